"""The page of the booking rules."""

from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError
from unfold import widgets

from scheduling import public_holidays
from scheduling.rules import Rules
from shops.admin_sites import Page, shop_site
from shops.context import current_shop

PERMISSION = "scheduling.change_openinghours"
GRIDS = (5, 10, 15, 20, 30, 60)


def _number(
    label: Any, help_text: Any, *, least: int, most: int, required: bool = True
) -> forms.IntegerField:
    return forms.IntegerField(
        label=label,
        help_text=help_text,
        min_value=least,
        max_value=most,
        required=required,
        widget=widgets.UnfoldAdminIntegerFieldWidget,
    )


class RulesForm(forms.Form):
    """One field for each of scheduling.rules.Rules."""

    notice_minutes = _number(
        _("Preavviso (minuti)"), _("Quanto prima dell'inizio si può ancora prenotare."), least=0, most=43_200
    )
    horizon_days = _number(
        _("Giorni prenotabili"), _("Fin dove si può prenotare, da oggi."), least=1, most=365
    )
    grid_minutes = forms.TypedChoiceField(
        label=_("Un inizio ogni"),
        choices=[(minutes, _("%(minutes)d minuti") % {"minutes": minutes}) for minutes in GRIDS],
        coerce=int,
        widget=widgets.UnfoldAdminSelectWidget,
    )
    buffer_minutes = _number(
        _("Pausa tra due auto (minuti)"),
        _("Quanto resta libera una postazione tra un lavoro e l'altro."),
        least=0,
        most=240,
    )
    drop_off_time = forms.TimeField(
        label=_("Orario di consegna"),
        help_text=_("Quando si porta l'auto che resta in officina. Vuoto: all'inizio del lavoro."),
        required=False,
        widget=widgets.UnfoldAdminSingleTimeWidget(format="%H:%M"),
    )
    most_morning = _number(
        _("Auto al mattino"),
        _("Al massimo, per tutta l'officina. Vuoto: senza limite."),
        least=1,
        most=500,
        required=False,
    )
    most_afternoon = _number(
        _("Auto al pomeriggio"),
        _("Al massimo, per tutta l'officina. Vuoto: senza limite."),
        least=1,
        most=500,
        required=False,
    )
    afternoon_from = forms.TimeField(
        label=_("Il pomeriggio comincia alle"), widget=widgets.UnfoldAdminSingleTimeWidget(format="%H:%M")
    )
    works_on_holidays = forms.MultipleChoiceField(
        label=_("Festività in cui si lavora"),
        help_text=_("In tutte le altre l'officina è chiusa."),
        choices=[(holiday.key, holiday.name) for holiday in public_holidays.CHOICES],
        required=False,
        widget=widgets.UnfoldAdminCheckboxSelectMultipleWidget,
    )


def rules_page(request: HttpRequest) -> HttpResponse:
    """Show the rules, or save them; in force from the next call."""
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    shop = current_shop()
    form = RulesForm(request.POST or None, initial=Rules.of(shop).model_dump())
    if request.method == "POST" and form.is_valid() and _saved(form):
        messages.success(request, _("Le regole sono salvate e valgono da subito."))
        return HttpResponseRedirect(reverse("admin:scheduling_rules"))
    context = {**shop_site.each_context(request), "title": _("Regole di prenotazione"), "form": form}
    request.current_app = shop_site.name
    return render(request, "shops/one_form.html", context)


def _saved(form: RulesForm) -> bool:
    try:
        Rules.model_validate(form.cleaned_data).save(current_shop())
    except ValidationError as error:
        for fault in error.errors():
            form.add_error(str(fault["loc"][0]) if fault["loc"] else None, _("Il valore non è valido."))
        return False
    return True


shop_site.add_page(
    Page(
        app_label="scheduling",
        title=_("Regole di prenotazione"),
        path="scheduling/rules/",
        name="scheduling_rules",
        view=rules_page,
        permission=PERMISSION,
    )
)
