"""Customers, their contacts and consents, and their vehicles."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from unfold.admin import TabularInline
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RangeDateFilter

from scheduling import consents
from scheduling.models import ChannelIdentity, Consent, Customer, Vehicle
from shops.admin_sites import shop_site
from shops.back_office import HistoryAdmin, RoomAdmin, button, column


class VehicleInline(TabularInline):
    """The customer's cars."""

    model = Vehicle
    fields = ["license_plate", "make", "model", "year", "fuel", "mileage_km"]
    extra = 0
    show_change_link = True
    tab = True


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
class CustomerAdmin(RoomAdmin):
    """Customers."""

    list_display = ["name", "phone", "email", "plates", "gdpr_consent", "created_at"]
    list_filter = ["gdpr_consent", ("created_at", RangeDateFilter)]
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
        """With their cars, in one query for the page."""
        found: QuerySet[Customer] = super().get_queryset(request)
        return found.prefetch_related("vehicles")

    @column(_("cliente"), ordering="last_name")
    def name(self, customer: Customer) -> str:
        """Surname first, as the list is ordered."""
        return f"{customer.last_name} {customer.first_name}".strip() or str(_("senza nome"))

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
class VehicleAdmin(RoomAdmin):
    """Vehicles."""

    list_display = ["license_plate", "label", "year", "fuel", "customer", "mileage_km", "last_revision_on"]
    list_filter = [("fuel", ChoicesDropdownFilter), ("last_revision_on", RangeDateFilter)]
    list_select_related = ["customer"]
    search_fields = ["license_plate", "make", "model", "vin", "customer__first_name", "customer__last_name"]
    search_help_text = _("Targa, marca, modello, telaio o cliente")
    autocomplete_fields = ["customer"]
    readonly_fields = ["created_at"]
    ordering = ["license_plate"]
    fieldsets = [
        (None, {"fields": ["license_plate", ("make", "model"), ("year", "fuel"), "customer"]}),
        (
            None,
            {"fields": ["vin", "mileage_km", ("registered_on", "last_revision_on"), "notes", "created_at"]},
        ),
    ]

    @column(_("veicolo"), ordering="make")
    def label(self, vehicle: Vehicle) -> str:
        """Make and model."""
        return vehicle.label

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Plates are found however they are typed: "ab 123 cd"."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        plate = "".join(char for char in search_term.upper() if char.isalnum())
        if plate and plate != search_term:
            found |= queryset.filter(license_plate__startswith=plate)
        return found, distinct
