"""The operators' admin, on the platform's host: shops and what leads to them. Runs with the platform's database role,
which sees no shop's data. What is about shops themselves stands in shops.operators."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import BooleanField, Case, QuerySet, Value, When
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant
from unfold.widgets import UnfoldAdminPasswordWidget

from shops import lines
from shops.admin_sites import platform_site
from shops.back_office import RoomAdmin, button, column, short_when
from shops.models import Domain, PhoneLine, WhatsAppNumber
from shops.operators import orders, shops, unrouted, visits  # they register themselves

__all__ = ["orders", "shops", "unrouted", "visits"]


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

    def get_fields(self, request: HttpRequest, obj: PhoneLine | None = None) -> Any:
        """A new one has no date yet."""
        return [name for name in super().get_fields(request, obj) if obj or name != "created_at"]


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

    def get_fields(self, request: HttpRequest, obj: WhatsAppNumber | None = None) -> Any:
        """A new one: only what there is to write."""
        return super().get_fields(request, obj) if obj else [*WhatsAppForm.Meta.fields, "new_token"]

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
