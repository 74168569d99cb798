"""Services, bays, opening hours and closures."""

import re
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from scheduling import clock
from scheduling.models import Appointment, Bay, Closure, OpeningHours, Service
from scheduling.models.appointments import LIVE
from shops.admin_sites import shop_site
from shops.back_office import RoomAdmin, column
from shops.context import current_shop


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
            *("confirmed_by", "preparation", "is_active", "is_common", "position"),
        ]


@admin.register(Service, site=shop_site)
class ServiceAdmin(RoomAdmin):
    """Services."""

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
            {"fields": [("duration_minutes", "price_from"), "bays", ("most_a_day", "confirmed_by")]},
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
class BayAdmin(RoomAdmin):
    """Bays. One that is switched off keeps its appointments and takes no new ones."""

    list_display = ["name", "is_active", "position"]
    list_filter = ["is_active"]
    search_fields = ["name"]
    ordering = ["position", "id"]


@admin.register(OpeningHours, site=shop_site)
class OpeningHoursAdmin(RoomAdmin):
    """Opening hours, one row a period."""

    list_display = ["weekday", "opens", "closes"]
    list_filter = [("weekday", ChoicesDropdownFilter)]
    ordering = ["weekday", "opens"]


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
        super().save_model(request, obj, form, change)
        count = _appointments_in(obj).count()
        if count:
            text = _("Attenzione: %(count)d appuntamenti cadono in questa chiusura e vanno spostati.")
            self.message_user(request, text % {"count": count}, messages.WARNING)


def _appointments_in(closure: Closure) -> QuerySet[Appointment]:
    """Live appointments that start in the days of the closure (this year's, for a yearly one)."""
    tz = current_shop().tz
    begin = clock.to_datetime(clock.moment_at(closure.starts_on, 0, tz))
    end = clock.to_datetime(clock.moment_at(closure.ends_on, 24 * 60, tz))
    found = Appointment.objects.filter(status__in=LIVE, scheduled_at__gte=begin, scheduled_at__lt=end)
    if closure.bay_id:
        found = found.filter(bay_id=closure.bay_id)
    if closure.from_time and closure.to_time:
        found = found.filter(scheduled_at__time__lt=closure.to_time, ends_at__time__gt=closure.from_time)
    return found
