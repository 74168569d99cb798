"""Entering a shop to help, from the operators' side: why, for how long, and the way in."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.enums import ActionVariant

from shops import support
from shops.admin_sites import platform_site
from shops.back_office import ReadOnly, RoomAdmin, button, column, short_when
from shops.models import Shop, SupportVisit
from shops.operators import frame
from shops.operators.frame import operator_of
from shops.refusals import Refused


class VisitForm(forms.Form):
    """Why and for how long. The shop reads the reason."""

    reason = forms.CharField(
        label=_("Motivo"),
        max_length=300,
        help_text=_("Lo legge chi lavora nell'officina, mentre siete dentro e nella sua storia."),
        widget=forms.TextInput(attrs={"class": "op-input", "autocomplete": "off"}),
    )
    minutes = forms.IntegerField(
        label=_("Minuti"),
        min_value=1,
        max_value=support.MOST_MINUTES,
        initial=30,
        widget=forms.NumberInput(attrs={"class": "op-input", "inputmode": "numeric"}),
    )
    role = forms.ChoiceField(
        label=_("Con i permessi di"),
        choices=SupportVisit.Role.choices,
        initial=SupportVisit.Role.MANAGER,
        widget=forms.Select(attrs={"class": "op-input"}),
    )


def enter_shop(request: HttpRequest, object_id: str) -> HttpResponse:
    """Ask why; then show the button that leads into the shop, once and within two minutes."""
    try:
        shop = Shop.objects.filter(pk=object_id).first()
    except ValidationError:
        shop = None
    if shop is None:
        raise Http404
    form = VisitForm(request.POST if request.method == "POST" else None)
    context: dict[str, Any] = {"shop": shop, "form": form, "seconds": support.KEY_SECONDS}
    title = _("Assistenza a %(shop)s") % {"shop": shop.name}
    if request.method == "POST" and form.is_valid():
        try:
            visit, token = support.open_visit(shop=shop, operator=operator_of(request), **form.cleaned_data)
        except Refused as refusal:
            form.add_error(None, str(refusal))
        else:
            platform_site.get_model_admin(Shop).log_change(request, shop, _("Assistenza: %s") % visit.reason)
            context |= {"visit": visit, "token": token, "action": shop.url("/admin/support/enter/")}
            shown = frame.page(request, "shops/visit_key.html", context, title=title)
            shown["Cache-Control"] = "no-store"
            return shown
    return frame.page(request, "shops/visit_ask.html", context, title=title)


@admin.register(SupportVisit, site=platform_site)
class SupportVisitAdmin(ReadOnly, RoomAdmin):
    """Every visit there was. One that lasts can be ended."""

    list_display = ["shop", "operator_email", "reason", "state", "created_at", "until"]
    list_select_related = ["shop"]
    list_filter = ["ended_by"]
    search_fields = ["shop__name", "shop__slug", "operator_email"]
    ordering = ["-created_at"]
    exclude = ["key_hash", "key_until"]
    actions = ["end"]

    @column(_("stato"), label={"open": "warning", "over": "info", "waiting": "info"})
    def state(self, visit: SupportVisit) -> tuple[str, Any]:
        """Whether somebody is inside."""
        if visit.is_open():
            return "open", _("dentro")
        if visit.ended_at:
            return "over", _("finita il %(when)s") % {"when": short_when(visit.ended_at)}
        if visit.entered_at:
            return "over", _("finita il %(when)s") % {"when": short_when(visit.until)}
        return "waiting", _("mai entrata")

    @button(_("Termina"), permissions=["view"], variant=ActionVariant.WARNING)
    def end(self, request: HttpRequest, chosen: QuerySet[SupportVisit]) -> None:
        """Over at once: the next page that they open inside is the login."""
        now = timezone.now()
        count = chosen.filter(ended_at__isnull=True, until__gt=now).update(
            ended_at=now, ended_by=SupportVisit.EndedBy.OPERATOR
        )
        self.message_user(request, _("Terminate: %(count)d.") % {"count": count}, messages.SUCCESS)
