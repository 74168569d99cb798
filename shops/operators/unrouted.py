"""Lines that call for nobody: seen, and given to a shop."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AutocompleteSelect
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from shops import lines
from shops.admin_sites import platform_site
from shops.back_office import ReadOnly, RoomAdmin, button
from shops.models import PhoneLine, Shop, UnroutedEvent, WhatsAppNumber
from shops.operators import frame
from shops.phones import normalise_phone
from shops.refusals import Refused

INPUT = {"class": "op-input", "autocomplete": "off"}


class NamedSelect(AutocompleteSelect):
    """A search with words in it while nothing is chosen, which are its name too."""

    def build_attrs(
        self, base_attrs: dict[str, Any], extra_attrs: dict[str, Any] | None = None
    ) -> dict[str, Any]:
        """As Django's, which leaves the words empty."""
        found: dict[str, Any] = super().build_attrs(base_attrs, extra_attrs)
        return {**found, "data-placeholder": str(_("Scegliere l'officina"))}


def _shop_field() -> forms.ModelChoiceField:
    widget = NamedSelect(PhoneLine._meta.get_field("shop"), platform_site)
    return forms.ModelChoiceField(
        label=_("Officina"), queryset=Shop.objects.exclude(status__in=["creating", "deleting"]), widget=widget
    )


class LineForm(forms.Form):
    """Whose the telephone line is, and its number."""

    shop = _shop_field()
    number = forms.CharField(
        label=_("Numero"),
        max_length=40,
        help_text=_("Quello che risponde, come +39 02 12345678."),
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "tel"}),
    )


class NumberForm(forms.Form):
    """Whose the WhatsApp number is; what is left empty keeps its value."""

    shop = _shop_field()
    number = forms.CharField(
        label=_("Numero"),
        max_length=40,
        required=False,
        help_text=_("Come +39 02 12345678. Facoltativo."),
        widget=forms.TextInput(attrs={**INPUT, "inputmode": "tel"}),
    )
    waba_id = forms.CharField(
        label=_("Account WhatsApp Business"),
        max_length=100,
        required=False,
        widget=forms.TextInput(attrs=INPUT),
    )
    access_token = forms.CharField(
        label=_("Token"),
        max_length=1000,
        required=False,
        strip=True,
        help_text=_("Dell'utente di sistema dell'officina presso Meta. Senza, riceve e non può rispondere."),
        widget=forms.PasswordInput(attrs={**INPUT, "autocomplete": "new-password"}),
    )


@admin.register(UnroutedEvent, site=platform_site)
class UnroutedEventAdmin(ReadOnly, RoomAdmin):
    """Lines that call for nobody, to be given to a shop."""

    list_display = ["external_id", "channel", "kind", "count", "first_at", "last_at"]
    list_filter = ["channel"]
    search_fields = ["external_id"]
    ordering = ["-last_at"]
    actions_detail = actions_row = ["attach"]

    @button(_("Assegna a un'officina"), url_path="attach", icon="add_link")
    def attach(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """The page that asks whose it is."""
        event = self.get_object(request, object_id)
        if event is None:
            raise Http404
        form = _form(event, request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                said = _attach(event, form.cleaned_data)
            except Refused as refusal:
                form.add_error(None, str(refusal))
            else:
                self.log_deletions(request, UnroutedEvent.objects.filter(pk=event.pk))
                event.delete()
                self.message_user(request, said, messages.SUCCESS)
                return HttpResponseRedirect(reverse("admin:shops_unroutedevent_changelist"))
        context = {"event": event, "form": form, "media": self.media + form.media}
        title = _("Di chi è %(line)s?") % {"line": event.external_id}
        return frame.page(request, "shops/attach.html", context, title=title)


def _form(event: UnroutedEvent, data: Any) -> forms.Form:
    if event.channel == UnroutedEvent.Channel.WHATSAPP:
        return NumberForm(data)
    # Vapi names a line by its id; where it named none, what was counted is the number that was called.
    return LineForm(data, initial={"number": normalise_phone(event.external_id) or ""})


def _attach(event: UnroutedEvent, given: dict[str, Any]) -> str:
    """Give the line to the shop; what to tell the operator. Raises Refused."""
    shop: Shop = given.pop("shop")
    model = WhatsAppNumber if event.channel == UnroutedEvent.Channel.WHATSAPP else PhoneLine
    row = (
        model.objects.filter(phone_number_id=event.external_id)
        .select_related("shop")
        .only("shop__name")
        .first()
    )
    former = row.shop.name if row else ""
    if model is WhatsAppNumber:
        lines.attach_whatsapp(shop, phone_number_id=event.external_id, **given)
    else:
        lines.attach_line(shop, phone_number_id=event.external_id, number=given["number"])
    values = {"line": event.external_id, "shop": shop.name, "former": former}
    if former and former != shop.name:
        return str(_("%(line)s risponde ora per %(shop)s. Era di %(former)s.") % values)
    return str(_("%(line)s risponde ora per %(shop)s.") % values)
