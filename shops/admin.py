"""The operators' admin, on the platform's host: shops and what leads to them. Runs with the platform's database role,
which sees no shop's data. Shops are made and deleted by commands."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import BooleanField, Case, Prefetch, QuerySet, Value, When
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminPasswordWidget

from shops import lines, provisioning
from shops.admin_sites import platform_site
from shops.back_office import ReadOnly, RoomAdmin, ShownInline, button, column, short_when
from shops.models import Domain, PhoneLine, Shop, UnroutedEvent, WhatsAppNumber
from shops.refusals import Refused

STATUS_COLOURS = {"active": "success", "suspended": "warning", "creating": "info", "deleting": "danger"}


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

    list_display = ["name", "slug", "state", "subscription_tier", "host", "lines", "whatsapp", "created"]
    list_filter = ["status", "subscription_tier"]
    search_fields = ["name", "slug", "phone_number", "domains__domain", "phone_lines__number"]
    search_help_text = _("Nome, identificativo, telefono o dominio")
    ordering = ["name"]
    readonly_fields = ["slug", "status", "schema_name", "db_role", "schema_version", "id", "created_at"]
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
            _("Identificativi"),
            {
                "classes": ["collapse"],
                "fields": [("slug", "id"), ("schema_name", "db_role"), "schema_version", "created_at"],
            },
        ),
    ]
    inlines = [DomainInline, PhoneLineInline, WhatsAppInline]
    actions = actions_submit_line = ["suspend", "resume"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        """create_shop makes a shop: it needs the owner's login."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """delete_shop deletes one, after a dump."""
        return False

    def get_queryset(self, request: HttpRequest) -> QuerySet[Shop]:
        """With hosts, lines and numbers: four queries for the page."""
        found: QuerySet[Shop] = super().get_queryset(request)
        domains = Prefetch("domains", Domain.objects.order_by("-is_primary", "domain"))
        numbers = Prefetch("whatsapp_numbers", WhatsAppNumber.objects.defer("access_token"))
        return found.prefetch_related(domains, "phone_lines", numbers)

    @column(_("stato"), ordering="status", label=STATUS_COLOURS)
    def state(self, shop: Shop) -> tuple[str, str]:
        """In a colour."""
        return shop.status, shop.get_status_display()

    @column(_("dominio"))
    def host(self, shop: Shop) -> str:
        """The primary one."""
        return next((each.domain for each in shop.domains.all()), "")

    @column(_("linee"))
    def lines(self, shop: Shop) -> str:
        """Numbers that the assistant answers."""
        return ", ".join(str(line) for line in shop.phone_lines.all())

    @column(_("WhatsApp"))
    def whatsapp(self, shop: Shop) -> str:
        """Numbers that customers write to."""
        return ", ".join(str(number) for number in shop.whatsapp_numbers.all())

    @column(_("creata il"), ordering="created_at")
    def created(self, shop: Shop) -> str:
        """The day."""
        return date_format(timezone.localtime(shop.created_at), "j M Y")

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


@admin.register(Domain, site=platform_site)
class DomainAdmin(RoomAdmin):
    """Hosts. The primary one is in the shop's links, and stays."""

    list_display = ["domain", "tenant", "is_primary"]
    list_filter = ["is_primary"]
    list_select_related = ["tenant"]
    search_fields = ["domain", "tenant__name", "tenant__slug"]
    autocomplete_fields = ["tenant"]
    ordering = ["domain"]

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A shop is never left without a host."""
        return super().has_delete_permission(request, obj) and not (obj and obj.is_primary)

    def get_actions(self, request: HttpRequest) -> Any:
        """One at a time: deleting many would ask nobody about the primary ones."""
        return {
            name: action for name, action in super().get_actions(request).items() if name != "delete_selected"
        }

    def get_readonly_fields(self, request: HttpRequest, obj: Domain | None = None) -> list[str]:
        """The primary host hands over by making another one primary."""
        return ["is_primary", "tenant"] if obj and obj.is_primary else []


@admin.register(PhoneLine, site=platform_site)
class PhoneLineAdmin(RoomAdmin):
    """Lines at Vapi. Another shop here moves the line."""

    list_display = ["number", "shop", "phone_number_id", "created_at"]
    list_select_related = ["shop"]
    search_fields = ["number", "phone_number_id", "shop__name", "shop__slug"]
    autocomplete_fields = ["shop"]
    readonly_fields = ["created_at"]
    ordering = ["number"]


class WhatsAppForm(forms.ModelForm):
    """The token can be written and never be read."""

    new_token = forms.CharField(
        label=_("Token nuovo"),
        required=False,
        strip=True,
        max_length=1000,
        widget=UnfoldAdminPasswordWidget(attrs={"autocomplete": "off"}),
        help_text=_("Quello che c'è non si può leggere. Lasciare vuoto per tenerlo."),
    )

    class Meta:
        model = WhatsAppNumber
        fields = ["shop", "number", "phone_number_id", "waba_id"]

    def save(self, commit: bool = True) -> WhatsAppNumber:
        """Set the token when one was written; a number that Meta had refused then sends again."""
        if token := self.cleaned_data.get("new_token"):
            self.instance.access_token = token
            self.instance.stopped_at, self.instance.stopped_code = None, None
            self.instance.stopped_reason = ""
        saved: WhatsAppNumber = super().save(commit)
        return saved


@admin.register(WhatsAppNumber, site=platform_site)
class WhatsAppNumberAdmin(RoomAdmin):
    """Numbers at Meta. Their tokens are written here, and not even read."""

    form = WhatsAppForm
    list_display = ["number", "shop", "state", "why", "phone_number_id", "waba_id", "has_token"]
    list_filter = [("stopped_at", admin.EmptyFieldListFilter)]
    list_select_related = ["shop"]
    search_fields = ["number", "phone_number_id", "waba_id", "shop__name", "shop__slug"]
    autocomplete_fields = ["shop"]
    readonly_fields = ["state", "why", "has_token", "created_at"]
    fields = [
        ("state", "why"),
        *("shop", "number", "phone_number_id", "waba_id", "new_token", "has_token", "created_at"),
    ]
    ordering = ["number"]
    actions = ["restart"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[WhatsAppNumber]:
        """Without the token, with whether there is one."""
        found: QuerySet[WhatsAppNumber] = super().get_queryset(request)
        there = Case(
            When(access_token="", then=Value(False)), default=Value(True), output_field=BooleanField()
        )
        return found.defer("access_token").annotate(token_there=there)

    @column(_("invio"), ordering="stopped_at", label={"stopped": "danger", "sending": "success"})
    def state(self, number: WhatsAppNumber) -> tuple[str, str]:
        """Red when Meta refuses it."""
        if number.stopped_at is None:
            return "sending", gettext("attivo")
        return "stopped", gettext("fermo dal %(when)s") % {"when": short_when(number.stopped_at)}

    @column(_("perché"))
    def why(self, number: WhatsAppNumber) -> str:
        """What Meta said."""
        code = f" ({number.stopped_code})" if number.stopped_code is not None else ""
        return f"{number.stopped_reason}{code}" if number.stopped_at else ""

    @button(_("Riprendi l'invio"), permissions=["change"], variant=ActionVariant.SUCCESS)
    def restart(self, request: HttpRequest, chosen: QuerySet[WhatsAppNumber]) -> None:
        """Send what waits; in force at once. When Meta still refuses, it stops again."""
        restarted = [number for number in chosen if lines.restart_whatsapp(number)]
        for number in restarted:
            self.log_change(request, number, [{"changed": {"fields": [str(_("invio"))]}}])
        text = _("Invio ripreso per %(count)d numeri.") % {"count": len(restarted)}
        self.message_user(request, text, messages.SUCCESS if restarted else messages.WARNING)

    @column(_("token presente"), boolean=True)
    def has_token(self, number: WhatsAppNumber) -> bool:
        """Whether one is stored."""
        return bool(getattr(number, "token_there", False))


@admin.register(UnroutedEvent, site=platform_site)
class UnroutedEventAdmin(ReadOnly, RoomAdmin):
    """Lines that call for nobody: to be given to a shop with set_line."""

    list_display = ["external_id", "channel", "kind", "count", "first_at", "last_at"]
    list_filter = ["channel"]
    search_fields = ["external_id"]
    ordering = ["-last_at"]
