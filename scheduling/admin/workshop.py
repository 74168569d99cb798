"""Services, bays and closures. The opening hours have a page of their own, for the whole week.

What appointments speak of is switched off, not deleted: the books need it.
"""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from scheduling.models import Bay, Closure, Service
from scheduling.outside import outside
from shops.admin_sites import shop_site
from shops.back_office import RoomAdmin, button, column


class WordsField(forms.CharField):
    """A list of phrases, one a line or between commas."""

    widget = UnfoldAdminTextareaWidget

    def prepare_value(self, value: Any) -> Any:
        """One a line."""
        return "\n".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        """Without empty and repeated ones."""
        phrases = [phrase.strip() for phrase in re.split(r"[\n,;]", value or "")]
        return list(dict.fromkeys(phrase for phrase in phrases if phrase))


class ServiceForm(forms.ModelForm):
    """A service with its words as text."""

    words = WordsField(
        label=_("Come lo chiedono i clienti"),
        required=False,
        help_text=_("Una parola o frase per riga: «cambio olio», «gomme invernali»."),
    )
    bays = forms.ModelMultipleChoiceField(
        label=_("Postazioni"),
        queryset=Bay.objects.all(),
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        required=False,
        help_text=_("Senza postazioni il servizio non si può prenotare."),
    )

    class Meta:
        model = Service
        fields = [
            *("name", "words", "description", "duration_minutes", "price_from", "bays", "most_a_day"),
            *("confirmed_by", "renews", "preparation", "is_active", "is_common", "position"),
        ]


class SwitchedOff:
    """Rows that appointments speak of are switched off: they take no new ones and keep the old ones."""

    actions = ("switch_off", "switch_on")
    kept_words: Any = ""

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Who may, as long as no appointment speaks of it."""
        allowed: bool = super().has_delete_permission(request, obj)  # type: ignore[misc]  # beside a ModelAdmin
        return allowed and (obj is None or not obj.appointments.exists())

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Without the deletion of many at once."""
        found: dict[str, Any] = super().get_actions(request)  # type: ignore[misc]
        found.pop("delete_selected", None)
        return found

    def render_change_form(self, request: HttpRequest, context: dict[str, Any], **values: Any) -> Any:
        """Say why there is nothing to delete with."""
        row = values.get("obj")
        if request.method == "GET" and row is not None and row.appointments.exists():
            messages.info(request, self.kept_words)
        return super().render_change_form(request, context, **values)  # type: ignore[misc]

    @button(_("Metti fuori uso: resta solo nello storico"), permissions=["change"])
    def switch_off(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Each row on its own, so that the history tells of it."""
        self._switch(request, chosen, on=False)

    @button(_("Rimetti in uso"), permissions=["change"])
    def switch_on(self, request: HttpRequest, chosen: QuerySet[Any]) -> None:
        """Each row on its own, so that the history tells of it."""
        self._switch(request, chosen, on=True)

    def _switch(self, request: HttpRequest, chosen: QuerySet[Any], *, on: bool) -> None:
        rows = list(chosen.exclude(is_active=on))
        for row in rows:
            row.is_active = on
            row.save(update_fields=["is_active"])
        text = ngettext("%(number)d riga aggiornata.", "%(number)d righe aggiornate.", len(rows))
        messages.success(request, text % {"number": len(rows)})


@admin.register(Service, site=shop_site)
class ServiceAdmin(SwitchedOff, RoomAdmin):
    """Services."""

    kept_words = _(
        "Questo servizio ha degli appuntamenti: non si elimina. Per non offrirlo più, tolga la spunta «prenotabile»."
    )

    form = ServiceForm
    list_display = [
        *(
            "name",
            "duration_minutes",
            "price_from",
            "where",
            "confirmed_by",
            "is_common",
            "is_active",
            "position",
        ),
    ]
    list_filter = ["is_active", "is_common", ("confirmed_by", ChoicesDropdownFilter)]
    search_fields = ["name", "description"]
    ordering = ["position", "name"]
    fieldsets = [
        (None, {"fields": ["name", "words", "description"]}),
        (
            _("Lavoro"),
            {
                "fields": [
                    ("duration_minutes", "price_from"),
                    "bays",
                    ("most_a_day", "confirmed_by"),
                    "renews",
                ]
            },
        ),
        (_("Con i clienti"), {"fields": ["preparation", ("is_active", "is_common", "position")]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Service]:
        """With their bays, in one query for the page."""
        found: QuerySet[Service] = super().get_queryset(request)
        return found.prefetch_related("bays")

    @column(_("postazioni"))
    def where(self, service: Service) -> str:
        """The bays that can do it."""
        return ", ".join(bay.name for bay in service.bays.all())


@admin.register(Bay, site=shop_site)
class BayAdmin(SwitchedOff, RoomAdmin):
    """Bays. One that is switched off keeps its appointments and takes no new ones."""

    kept_words = _(
        "Questa postazione ha degli appuntamenti: non si elimina. Per non usarla più, tolga la spunta «in uso»."
    )
    list_display = ["name", "mechanic", "is_active", "position"]
    list_select_related = ["mechanic"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["position", "id"]


@admin.register(Closure, site=shop_site)
class ClosureAdmin(RoomAdmin):
    """Closures."""

    list_display = ["reason_or_days", "starts_on", "ends_on", "hours", "bay", "every_year"]
    list_filter = ["every_year", "bay"]
    list_select_related = ["bay"]
    search_fields = ["reason"]
    ordering = ["-starts_on"]
    fieldsets = [
        (None, {"fields": ["reason", ("starts_on", "ends_on"), "every_year"]}),
        (_("Solo in parte"), {"fields": [("from_time", "to_time"), "bay"]}),
    ]

    @column(_("motivo"), ordering="reason")
    def reason_or_days(self, closure: Closure) -> str:
        """What customers are told."""
        return str(closure)

    @column(_("orario"))
    def hours(self, closure: Closure) -> str:
        """The hours of a partial closure."""
        if closure.from_time is None or closure.to_time is None:
            return str(_("tutto il giorno"))
        return f"{closure.from_time:%H:%M}–{closure.to_time:%H:%M}"

    def save_model(self, request: HttpRequest, obj: Closure, form: Any, change: bool) -> None:
        """Save, and say which appointments now lie in the closure: nobody has told the customers."""
        before = set(outside())
        super().save_model(request, obj, form, change)
        count = len(set(outside()) - before)
        if count:
            text = ngettext(
                "Attenzione: %(count)d appuntamento cade in questa chiusura e va spostato.",
                "Attenzione: %(count)d appuntamenti cadono in questa chiusura e vanno spostati.",
                count,
            ) % {"count": count}
            link = format_html(
                '<a class="underline" href="{}">{}</a>', reverse("admin:out_of_hours"), _("Quali sono")
            )
            self.message_user(request, format_html("{} {}", text, link), messages.WARNING)
