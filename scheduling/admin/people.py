"""Customers, their contacts and consents, and their vehicles."""

from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter

from scheduling import consents, plates
from scheduling.admin.archiving import NUMBER, Archived, ArchivedFilter, customers_spelled, widened
from scheduling.admin.exports import Exported
from scheduling.admin.people_forms import CustomerForm
from scheduling.models import ChannelIdentity, Consent, Customer, Vehicle
from shops.admin_sites import shop_site
from shops.back_office import HistoryAdmin, RoomAdmin, button, column
from shops.filters import DayRangeFilter


def page_of(row: Customer | Vehicle) -> str:
    """The address of the row's page with its whole history; of its form where there is no such page."""
    name = row._meta.model_name
    try:
        return reverse(f"admin:{name}_page", args=[row.pk])
    except NoReverseMatch:
        return reverse(f"admin:scheduling_{name}_change", args=[row.pk])


def _link(row: Customer | Vehicle, text: str) -> SafeString:
    return format_html(
        '<a class="font-semibold text-primary-600 dark:text-primary-400" href="{}">{}</a>', page_of(row), text
    )


class VehicleInline(TabularInline):
    """The customer's cars, without the archived ones. A car is archived on its own page, never deleted."""

    model = Vehicle
    can_delete = False
    fields = ["license_plate", "make", "model", "year", "fuel", "mileage_km"]
    extra = 0
    show_change_link = True
    tab = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Vehicle]:
        """Those in use."""
        found: QuerySet[Vehicle] = super().get_queryset(request)
        return found.filter(archived_at__isnull=True)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody."""
        return False


class IdentityInline(TabularInline):
    """How the customer reaches the shop; written by the channels."""

    model = ChannelIdentity
    fields = readonly_fields = ["channel", "external_id", "verified", "opted_out_at", "created_at"]
    extra = 0
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Only a channel can vouch for a contact."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


class ConsentInline(TabularInline):
    """The proof of what was agreed to; it stays as it was given."""

    model = Consent
    fields = readonly_fields = ["purpose", "granted", "wording", "channel", "given_at", "withdrawn_at"]
    extra = 0
    tab = True

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Consents are added on their own page."""
        return False

    has_change_permission = has_delete_permission = has_add_permission


@admin.register(Customer, site=shop_site)
class CustomerAdmin(Archived, Exported, RoomAdmin):
    """Customers. The name leads to the page with everything about them; the form is one step further."""

    form = CustomerForm
    list_display = ["name", "phone", "email", "plates", "gdpr_consent", "created_at"]
    list_display_links = None
    list_filter = [ArchivedFilter, "gdpr_consent", ("created_at", DayRangeFilter)]
    actions = ["archive", "restore", "merge"]
    actions_detail = ["whole_page"]
    search_fields = ["first_name", "last_name", "phone", "email", "vehicles__license_plate"]
    search_help_text = _("Nome, telefono, email o targa")
    ordering = ["last_name", "first_name"]
    readonly_fields = ["stopped", "created_at"]
    fieldsets = [
        (None, {"fields": [("first_name", "last_name"), ("phone", "email"), ("language", "gdpr_consent")]}),
        (None, {"fields": ["notes", ("stopped", "created_at")]}),
    ]
    inlines = [VehicleInline, IdentityInline, ConsentInline]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Customer]:
        """With their cars, in one query for the page; without those who were merged into somebody."""
        found: QuerySet[Customer] = super().get_queryset(request)
        return found.filter(merged_into=None).prefetch_related("vehicles")

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Telephones and plates are found however they are typed."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        also = customers_spelled(search_term)
        if also is not None:
            if request.resolver_match and request.resolver_match.url_name == "autocomplete":
                queryset = queryset.filter(archived_at__isnull=True)
            return widened(queryset, found, also), False
        return found, distinct

    @button(_("Scheda"), permissions=["view"], icon="badge")
    def whole_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page with everything about the customer."""
        return HttpResponseRedirect(page_of(Customer(pk=object_id)))

    @button(_("Unisci i due selezionati"), permissions=["change"])
    def merge(self, request: HttpRequest, chosen: QuerySet[Customer]) -> HttpResponse | None:
        """To the page that shows the two side by side."""
        two = list(chosen.values_list("pk", flat=True)[:3])
        if len(two) != 2:
            messages.error(request, _("Selezionare esattamente due clienti da unire."))
            return None
        return HttpResponseRedirect(f"{reverse('admin:merge')}?tenere={two[0]}&unire={two[1]}")

    @column(_("cliente"), ordering="last_name")
    def name(self, customer: Customer) -> str:
        """Surname first, as the list is ordered; leads to their page."""
        name = f"{customer.last_name} {customer.first_name}".strip() or str(_("senza nome"))
        return _link(customer, name)

    @column(_("messaggi"))
    def stopped(self, customer: Customer) -> str:
        """On which channels they want no message that the shop begins."""
        stopped = [each for each in customer.identities.all() if each.opted_out_at] if customer.pk else []
        if not stopped:
            return str(_("riceve conferme e promemoria"))
        first = min(each.opted_out_at for each in stopped if each.opted_out_at)
        channels = sorted({str(each.get_channel_display()) for each in stopped})
        return str(_("Ha scritto STOP (%(channels)s) il %(day)s: riceve solo risposte.")) % {
            "channels": ", ".join(channels),
            "day": date_format(timezone.localtime(first), "j/m/Y H:i"),
        }

    @column(_("veicoli"))
    def plates(self, customer: Customer) -> str:
        """The plates of the customer's cars."""
        return ", ".join(vehicle.license_plate for vehicle in customer.vehicles.all())


@admin.register(ChannelIdentity, site=shop_site)
class ChannelIdentityAdmin(HistoryAdmin):
    """Contacts, written by the channels."""

    list_display = ["customer", "channel", "external_id", "verified", "opted_out_at", "created_at"]
    list_filter = [("channel", ChoicesDropdownFilter), "verified"]
    list_select_related = ["customer"]
    search_fields = ["external_id", "customer__first_name", "customer__last_name"]
    ordering = ["-created_at"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Only a channel can vouch for a contact."""
        return False


@admin.register(Consent, site=shop_site)
class ConsentAdmin(HistoryAdmin):
    """Consents: given, and perhaps withdrawn; never changed."""

    list_display = ["customer", "purpose", "granted", "channel", "given_at", "withdrawn_at"]
    list_filter = [("purpose", ChoicesDropdownFilter), "granted", ("channel", ChoicesDropdownFilter)]
    list_select_related = ["customer"]
    search_fields = ["customer__first_name", "customer__last_name", "customer__phone"]
    autocomplete_fields = ["customer"]
    fields = ["customer", "purpose", "granted", "wording", "channel", "given_at", "withdrawn_at"]
    readonly_fields = ["withdrawn_at"]
    ordering = ["-given_at"]
    actions = ["withdraw"]

    @button(_("Registra il ritiro del consenso"), permissions=["add"])
    def withdraw(self, request: HttpRequest, chosen: QuerySet[Consent]) -> None:
        """The customer takes the consent back; the proof that it was given stays."""
        count = consents.withdraw(chosen, timezone.now())
        self.message_user(request, _("Consensi ritirati: %(count)d.") % {"count": count})


@admin.register(Vehicle, site=shop_site)
class VehicleAdmin(Archived, Exported, RoomAdmin):
    """Vehicles. The plate leads to the page with everything about the car."""

    list_display = ["plate", "label", "year", "fuel", "customer", "mileage_km", "next_revision_on"]
    list_display_links = None
    list_filter = [
        ArchivedFilter,
        ("fuel", ChoicesDropdownFilter),
        ("next_revision_on", DayRangeFilter),
        ("next_service_on", DayRangeFilter),
    ]
    list_select_related = ["customer"]
    search_fields = ["license_plate", "make", "model", "vin", "customer__first_name", "customer__last_name"]
    search_help_text = _("Targa, marca, modello, telaio o cliente")
    autocomplete_fields = ["customer"]
    readonly_fields = ["next_revision_on", "next_service_on", "next_service_km", "created_at"]
    ordering = ["license_plate"]
    actions = ["archive", "restore"]
    actions_detail = ["whole_page"]
    fieldsets = [
        (
            None,
            {"fields": ["license_plate", ("make", "model"), ("year", "fuel"), "customer", "vin", "notes"]},
        ),
        (
            _("Scadenze"),
            {
                "fields": [
                    ("registered_on", "last_revision_on", "yearly_revision"),
                    ("mileage_km", "last_service_on", "last_service_km"),
                    ("service_every_months", "service_every_km"),
                    ("next_revision_on", "next_service_on", "next_service_km"),
                ]
            },
        ),
        (None, {"fields": ["created_at"]}),
    ]

    @column(_("targa"), ordering="license_plate")
    def plate(self, vehicle: Vehicle) -> str:
        """Leads to the car's page."""
        return _link(vehicle, vehicle.license_plate)

    @column(_("veicolo"), ordering="make")
    def label(self, vehicle: Vehicle) -> str:
        """Make and model."""
        return vehicle.label

    @button(_("Scheda"), permissions=["view"], icon="badge")
    def whole_page(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page with everything about the car."""
        return HttpResponseRedirect(page_of(Vehicle(pk=object_id)))

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Plates are found however they are typed ("ab 123 cd"), and by their owner's telephone."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        if request.resolver_match and request.resolver_match.url_name == "autocomplete":
            queryset = queryset.filter(archived_at__isnull=True)
        plate = plates.normalise_plate(search_term)
        also = Q(license_plate__startswith=plate) if plate and plate != search_term else None
        owners = customers_spelled(search_term) if NUMBER.match(search_term.strip()) else None
        if owners is not None:
            mine = Q(customer__in=Customer.objects.filter(owners).values("pk"))
            also = mine if also is None else also | mine
        return (found, distinct) if also is None else (widened(queryset, found, also), False)
