"""The list of shops as operators see it: what each says about itself, its plan, whether it is served."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.db.models import Prefetch, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import number_format
from django.utils.html import format_html_join
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from shops import health, plans, provisioning
from shops.admin_sites import platform_site
from shops.back_office import RoomAdmin, ShownInline, button, column, short_when
from shops.models import Domain, PhoneLine, Shop, WhatsAppNumber
from shops.operators import visits
from shops.refusals import Refused

STATUS_COLOURS = {"active": "success", "suspended": "warning", "creating": "info", "deleting": "danger"}
WELL_COLOURS = {"well": "success", "near": "warning", "problems": "danger", "off": "info"}


class Wellbeing(admin.SimpleListFilter):
    """Only those with something to look at."""

    title = _("salute")
    parameter_name = "salute"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """What may be asked for."""
        return [
            ("problemi", _("con problemi")),
            ("limite", _("vicine al limite del piano, o oltre")),
            ("bene", _("senza problemi")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Shop]) -> QuerySet[Shop]:
        """One condition more, no query more."""
        if self.value() == "problemi":
            return queryset.filter(health.problems())
        if self.value() == "limite":
            return queryset.filter(health.near_limit())
        if self.value() == "bene":
            return queryset.exclude(health.problems())
        return queryset


def _when(shop: Shop, name: str) -> str:
    report = health.report_of(shop)
    moment: datetime | None = getattr(report, name) if report else None
    return short_when(moment) if moment else "–"


class DomainInline(ShownInline):
    """The shop's hosts."""

    model = Domain
    fields = ["domain", "is_primary"]


class PhoneLineInline(ShownInline):
    """The shop's lines at Vapi."""

    model = PhoneLine
    fields = readonly_fields = ["number", "phone_number_id", "created_at"]


class WhatsAppInline(ShownInline):
    """The shop's numbers at Meta, without their tokens."""

    model = WhatsAppNumber
    fields = ["number", "phone_number_id", "waba_id"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WhatsAppNumber]:
        """Tokens are not even read."""
        found: QuerySet[WhatsAppNumber] = super().get_queryset(request)
        return found.defer("access_token")


@admin.register(Shop, site=platform_site)
class ShopAdmin(RoomAdmin):
    """Shops: who they are and whether they are served. What names their schema and role is not to be changed."""

    list_display = [
        *(
            "name",
            "well",
            "state",
            "plan",
            "used",
            "last_call",
            "last_message",
            "waiting",
            "lines",
            "whatsapp",
        ),
    ]
    list_filter = [Wellbeing, "status", "subscription_tier"]
    search_fields = ["name", "slug", "phone_number", "domains__domain", "phone_lines__number"]
    search_help_text = _("Nome, identificativo, telefono o dominio")
    ordering = ["name"]
    readonly_fields = [
        *("slug", "status", "schema_name", "db_role", "schema_version", "id", "created_at"),
        *("troubles", "reported", "last_call", "last_message", "queue", "failed", "used", "cost"),
    ]
    fieldsets = [
        (
            None,
            {
                "fields": [
                    ("name", "status"),
                    ("phone_number", "whatsapp_number"),
                    ("subscription_tier", "timezone"),
                ]
            },
        ),
        (
            _("Come sta"),
            {
                "description": _("Lo dice l'officina di sé, con soli conteggi e orari."),
                "fields": [
                    "troubles",
                    ("last_call", "last_message"),
                    ("queue", "failed"),
                    ("used", "cost"),
                    "reported",
                ],
            },
        ),
        (
            _("Identificativi"),
            {
                "classes": ["collapse"],
                "fields": [("slug", "id"), ("schema_name", "db_role"), "schema_version", "created_at"],
            },
        ),
    ]
    inlines = [DomainInline, PhoneLineInline, WhatsAppInline]
    actions = actions_submit_line = ["suspend", "resume"]
    actions_detail = ["enter"]
    actions_list = ["order"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """The provisioning worker makes a shop, by an order (shops.operators.orders): it needs the owner's login."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """delete_shop deletes one, after a dump."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shop]:
        """With report, hosts, lines and numbers: four queries for the page."""
        found: QuerySet[Shop] = super().get_queryset(request).select_related("health")
        domains = Prefetch("domains", Domain.objects.order_by("-is_primary", "domain"))
        numbers = Prefetch("whatsapp_numbers", WhatsAppNumber.objects.defer("access_token"))
        return found.prefetch_related(domains, "phone_lines", numbers)

    @column(_("stato"), ordering="status", label=STATUS_COLOURS)
    def state(self, shop: Shop) -> tuple[str, str]:
        """In a colour."""
        return shop.status, shop.get_status_display()

    @column(_("piano"), ordering="subscription_tier")
    def plan(self, shop: Shop) -> str:
        """The tier."""
        return str(shop.get_subscription_tier_display())

    @column(_("salute"), label=WELL_COLOURS)
    def well(self, shop: Shop) -> tuple[str, str]:
        """In a colour: how many problems there are."""
        now = timezone.now()
        if shop.status != Shop.Status.ACTIVE:
            return "off", "–"
        found = health.problems_of(shop, now)
        if found:
            text = ngettext("%(count)d problema", "%(count)d problemi", len(found))
            return "problems", text % {"count": len(found)}
        if health.is_new(shop, now):
            return "off", gettext("nuova")
        if health.usage_share(shop, now) >= plans.NEAR:
            return "near", gettext("quasi al limite")
        return "well", gettext("bene")

    @column(_("problemi"))
    def troubles(self, shop: Shop) -> str:
        """All of them, a line each."""
        found = health.problems_of(shop)
        lines: str = format_html_join("", "<p>{}</p>", ((each,) for each in found))
        return lines or gettext("Nessuno.")

    @column(_("ultima chiamata"), ordering="health__last_call_at")
    def last_call(self, shop: Shop) -> str:
        """When somebody last called."""
        return _when(shop, "last_call_at")

    @column(_("ultimo messaggio"), ordering="health__last_message_at")
    def last_message(self, shop: Shop) -> str:
        """When somebody last wrote."""
        return _when(shop, "last_message_at")

    @column(_("in coda"), ordering="health__waiting_since")
    def waiting(self, shop: Shop) -> str:
        """How many wait, and since when."""
        report = health.report_of(shop)
        if report is None or report.waiting_since is None:
            return "–"
        values = {"count": report.waiting_in + report.waiting_out, "when": short_when(report.waiting_since)}
        return gettext("%(count)d dal %(when)s") % values

    @column(_("in coda"))
    def queue(self, shop: Shop) -> str:
        """What waits: to be answered and to be sent, and since when."""
        report = health.report_of(shop)
        if report is None:
            return ""
        waiting = report.waiting_in + report.waiting_out
        if not waiting or report.waiting_since is None:
            return gettext("niente")
        values = {
            "in": report.waiting_in,
            "out": report.waiting_out,
            "when": short_when(report.waiting_since),
        }
        return gettext("%(in)d da rispondere, %(out)d da inviare, dal %(when)s") % values

    @column(_("non riusciti in 24 ore"))
    def failed(self, shop: Shop) -> str:
        """Messages and conversations."""
        report = health.report_of(shop)
        if report is None:
            return ""
        values = {"messages": report.failed_messages, "conversations": report.failed_conversations}
        return gettext("messaggi: %(messages)d, conversazioni: %(conversations)d") % values

    @column(_("uso del mese"), ordering="health__call_minutes")
    def used(self, shop: Shop) -> str:
        """Against what the plan allows."""
        if health.report_of(shop) is None:
            return ""
        return ", ".join(health.usage_words(shop, timezone.now()))

    @column(_("costo dei modelli nel mese ($)"))
    def cost(self, shop: Shop) -> str:
        """What the models cost the platform."""
        report = health.report_of(shop)
        return number_format(report.ai_cost, 2) if report else ""

    @column(_("rapporto"))
    def reported(self, shop: Shop) -> str:
        """When the shop last said how it is, and whether that is too long ago."""
        report = health.report_of(shop)
        if report is None:
            return gettext("non ancora")
        when = short_when(report.reported_at)
        if shop.status == Shop.Status.ACTIVE and health.is_stale(report, timezone.now()):
            return gettext("%(when)s: vecchio, i dati qui sopra possono non valere più") % {"when": when}
        return when

    @column(_("linee"))
    def lines(self, shop: Shop) -> str:
        """Numbers that the assistant answers."""
        return ", ".join(str(line) for line in shop.phone_lines.all())

    @column(_("WhatsApp"))
    def whatsapp(self, shop: Shop) -> str:
        """Numbers that customers write to."""
        return ", ".join(str(number) for number in shop.whatsapp_numbers.all())

    @button(_("Nuova officina"), url_path="order", permissions=["change"], icon="add_business")
    def order(self, request: HttpRequest) -> HttpResponse:
        """To the form."""
        return HttpResponseRedirect(reverse("admin:shops_shoporder_add"))

    @button(_("Entra per assistenza"), url_path="enter", permissions=["change"], icon="support")
    def enter(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """A page that asks why and for how long."""
        return visits.enter_shop(request, object_id)

    @button(_("Sospendi"), permissions=["change"], variant=ActionVariant.WARNING)
    def suspend(self, request: HttpRequest, chosen: Any) -> None:
        """Stop serving; in force at once."""
        self._set(request, chosen, provisioning.suspend, _("Sospese: %(count)d."))

    @button(_("Riattiva"), permissions=["change"], variant=ActionVariant.SUCCESS)
    def resume(self, request: HttpRequest, chosen: Any) -> None:
        """Serve again."""
        self._set(request, chosen, provisioning.resume, _("Riattivate: %(count)d."))

    def _set(self, request: HttpRequest, chosen: Any, verb: Callable[[Shop], bool], done: Any) -> None:
        """Carry out on the rows of the list, or on the one of the page; say what was done and what was refused."""
        count = 0
        for shop in [chosen] if isinstance(chosen, Shop) else chosen:
            try:
                if verb(shop):
                    count += 1
                    self.log_change(request, shop, [{"changed": {"fields": [str(_("stato"))]}}])
            except Refused as refusal:
                self.message_user(request, str(refusal), messages.ERROR)
        if count:
            self.message_user(request, done % {"count": count}, messages.SUCCESS)

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The button that the shop's status allows."""
        status = Shop.objects.filter(pk=object_id).values_list("status", flat=True).first()
        possible = {Shop.Status.ACTIVE: "shops_shop_suspend", Shop.Status.SUSPENDED: "shops_shop_resume"}
        buttons = super().get_actions_submit_line(request, object_id)
        return [button for button in buttons if button.action_name == possible.get(status)]

    def save_model(self, request: HttpRequest, obj: Shop, form: Any, change: bool) -> None:
        """Only what was changed: the platform's role may write no other column. Then the button that was pressed."""
        if form.changed_data:
            obj.save(update_fields=form.changed_data)
        for pressed in self.get_actions_submit_line(request, obj.pk):
            if pressed.action_name in request.POST:
                pressed.method(request, obj)
