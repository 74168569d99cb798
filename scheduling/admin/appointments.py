"""Appointments and the waiting list."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.contrib.filters.admin import ChoicesDropdownFilter, RelatedDropdownFilter

from scheduling import booking, clock
from scheduling.admin.archiving import appointments_spelled, widened
from scheduling.admin.exports import Exported
from scheduling.admin.filters import BayUseFilter, BookedFilter, StartFilter, WaitingForFilter
from scheduling.admin.forms import AppointmentForm
from scheduling.errors import SchedulingError
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment, WaitingList
from scheduling.models.appointments import Status
from shops.admin_sites import shop_site
from shops.back_office import RoomAdmin, button, column, short_when
from shops.context import current_shop
from shops.filters import DayRangeFilter

WRITTEN_BY_VERBS = [
    *(
        "code",
        "status",
        "ends_at",
        "customer_confirmed_at",
        "collected_at",
        "source",
        "cancel_reason",
        "cancelled_by",
    ),
    *("conversation_id", "created_at", "updated_at"),
]
PLAN = ["service", "scheduled_at", "bay", "duration_minutes", "drop_off_at"]
PEOPLE = ["customer", "vehicle", "contact_phone"]
TOLD = ["promised_at", "customer_note"]


class DayFilter(admin.SimpleListFilter):
    """The days one works with, by the shop's own calendar."""

    title = _("giorno")
    parameter_name = "giorno"

    def lookups(self, request: HttpRequest, model_admin: Any) -> Sequence[tuple[str, Any]]:
        """Name and label."""
        return [
            ("oggi", _("oggi")),
            ("domani", _("domani")),
            ("settimana", _("prossimi 7 giorni")),
            ("passati", _("passati")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Appointment]) -> QuerySet[Appointment]:
        """The appointments that start on the chosen days."""
        days = {"oggi": (0, 1), "domani": (1, 2), "settimana": (0, 7)}.get(self.value() or "")
        if days:
            return queryset.filter(scheduled_at__gte=_midnight(days[0]), scheduled_at__lt=_midnight(days[1]))
        return queryset.filter(scheduled_at__lt=_midnight(0)) if self.value() == "passati" else queryset


def _midnight(days: int) -> datetime:
    """Local midnight so many days from today."""
    return clock.to_datetime(
        clock.moment_at(timezone.localdate() + timedelta(days=days), 0, current_shop().tz)
    )


def _verb(name: str, description: Any) -> Any:
    """The same verb for the chosen rows of the list and as a button of the form."""

    def act(self: "AppointmentAdmin", request: HttpRequest, chosen: Any) -> None:
        rows = [chosen] if isinstance(chosen, Appointment) else list(chosen.select_related("service"))
        self.carry_out(request, rows, VERBS[name])

    act.__name__ = name  # by which the actions are told apart
    return button(description, permissions=["change"])(act)


def _cancel(appointment: Appointment) -> Appointment:
    return booking.cancel(appointment=appointment, by="staff")


VERBS: dict[str, Callable[[Appointment], Appointment]] = {
    "confirm": lambda appointment: booking.confirm(appointment=appointment),
    "start": lambda appointment: booking.start(appointment=appointment),
    "complete": lambda appointment: booking.complete(appointment=appointment),
    "mark_collected": lambda appointment: booking.mark_collected(appointment=appointment),
    "mark_no_show": lambda appointment: booking.mark_no_show(appointment=appointment),
    "reopen": lambda appointment: booking.reopen(appointment=appointment),
    "cancel": _cancel,
}


@admin.register(Appointment, site=shop_site)
class AppointmentAdmin(Exported, RoomAdmin):
    """Appointments: written by the verbs only, never deleted."""

    form = AppointmentForm
    list_display = ["when", "customer", "vehicle", "service", "bay", "state", "source", "promised", "code"]
    list_filter = [
        DayFilter,
        StartFilter,
        BookedFilter,
        BayUseFilter,
        WaitingForFilter,
        ("status", ChoicesDropdownFilter),
        ("scheduled_at", DayRangeFilter),
        ("service", RelatedDropdownFilter),
        ("bay", RelatedDropdownFilter),
        ("source", ChoicesDropdownFilter),
    ]
    list_select_related = ["customer", "vehicle", "service", "bay"]
    search_fields = [
        *("code", "customer__first_name", "customer__last_name", "customer__phone"),
        *("vehicle__license_plate", "contact_phone"),
    ]
    search_help_text = _("Codice, cliente, telefono o targa")
    autocomplete_fields = ["customer", "vehicle"]
    readonly_fields = WRITTEN_BY_VERBS
    ordering = ["-scheduled_at"]
    actions = list(VERBS)
    actions_submit_line = list(VERBS)
    fieldsets = [
        (None, {"fields": [("code", "status"), ("customer", "vehicle"), "service"]}),
        (
            _("Quando e dove"),
            {"fields": ["scheduled_at", ("bay", "duration_minutes"), "ends_at", "drop_off_at"]},
        ),
        (
            _("Al cliente si dice"),
            {"fields": ["promised_at", "customer_note", ("customer_confirmed_at", "collected_at")]},
        ),
        (_("Note"), {"fields": ["contact_phone", "notes"]}),
        (
            _("Storia"),
            {
                "classes": ["collapse"],
                "fields": [
                    *(("source", "conversation_id"), ("cancel_reason", "cancelled_by")),
                    ("created_at", "updated_at"),
                ],
            },
        ),
    ]

    confirm = _verb("confirm", _("Conferma"))
    start = _verb("start", _("Inizia il lavoro"))
    complete = _verb("complete", _("È pronta"))
    mark_collected = _verb("mark_collected", _("Ritirata"))
    mark_no_show = _verb("mark_no_show", _("Non presentato"))
    reopen = _verb("reopen", _("Non è ancora pronta"))
    cancel = _verb("cancel", _("Annulla l'appuntamento"))

    @column(_("quando"), ordering="scheduled_at")
    def when(self, appointment: Appointment) -> str:
        """The start, local."""
        return short_when(appointment.scheduled_at)

    @column(_("promesso"), ordering="promised_at")
    def promised(self, appointment: Appointment) -> str:
        """What the customer was promised, local."""
        return short_when(appointment.promised_at)

    @column(
        _("stato"),
        ordering="status",
        label={
            Status.PENDING.label: "warning",
            Status.CONFIRMED.label: "info",
            Status.IN_PROGRESS.label: "primary",
            Status.COMPLETED.label: "success",
            Status.CANCELLED.label: "danger",
            Status.NO_SHOW.label: "danger",
        },
    )
    def state(self, appointment: Appointment) -> str:
        """The status, coloured."""
        return str(appointment.get_status_display())

    def get_search_results(self, request: HttpRequest, queryset: Any, search_term: str) -> Any:
        """Telephones and plates are found however they are typed."""
        found, distinct = super().get_search_results(request, queryset, search_term)
        also = appointments_spelled(search_term)
        return (found, distinct) if also is None else (widened(queryset, found, also), False)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody: what will not happen is cancelled, and stays in the history."""
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: Appointment | None = None) -> list[str]:
        """What is over is not rewritten."""
        if obj is None:
            return WRITTEN_BY_VERBS
        fixed = [*WRITTEN_BY_VERBS, "customer"]
        if obj.status not in TRANSITIONS["reschedule"].sources:
            fixed += [*PLAN, *PEOPLE[1:]]
        if obj.status not in TRANSITIONS["promise"].sources:
            fixed += TOLD
        return fixed

    def get_fieldsets(self, request: HttpRequest, obj: Appointment | None = None) -> Any:
        """With the row's version, unseen, where it can be changed."""
        shown = list(super().get_fieldsets(request, obj))
        if obj is None or not self.has_change_permission(request, obj):
            return shown
        (title, first), *others = shown
        return [(title, {**first, "fields": ["version", *first["fields"]]}), *others]

    def get_autocomplete_fields(self, request: HttpRequest) -> list[str]:
        """Customer and vehicle."""
        return list(self.autocomplete_fields)

    def get_actions_submit_line(self, request: HttpRequest, object_id: Any) -> list[Any]:
        """The buttons that the appointment's status allows."""
        status = Appointment.objects.filter(pk=object_id).values_list("status", flat=True).first()
        buttons = super().get_actions_submit_line(request, object_id)
        names = {f"scheduling_appointment_{verb}": verb for verb in VERBS}
        return [b for b in buttons if status in TRANSITIONS[names[b.action_name]].sources]

    def save_model(self, request: HttpRequest, obj: Appointment, form: Any, change: bool) -> None:
        """The form has written it; a button that was pressed does its verb."""
        for pressed in self.get_actions_submit_line(request, obj.pk):
            if pressed.action_name in request.POST:
                pressed.method(request, obj)

    def carry_out(
        self,
        request: HttpRequest,
        rows: Sequence[Appointment],
        verb: Callable[[Appointment], Appointment],
    ) -> None:
        """Do the verb on every row, and say what was done and what was refused, with the reason."""
        done = 0
        for row in rows:
            try:
                verb(row)
                done += 1
            except SchedulingError as refusal:
                self.message_user(request, f"{row.code}: {refusal.message}", messages.ERROR)
        if done and len(rows) > 1:
            self.message_user(request, _("Appuntamenti aggiornati: %(count)d.") % {"count": done})


@admin.register(WaitingList, site=shop_site)
class WaitingListAdmin(RoomAdmin):
    """Who waits for a slot."""

    list_display = ["customer", "vehicle", "service", "wanted_from", "wanted_to", "part_of_day", "status"]
    list_filter = [("status", ChoicesDropdownFilter), ("service", RelatedDropdownFilter)]
    list_select_related = ["customer", "vehicle", "service"]
    search_fields = [
        "customer__first_name",
        "customer__last_name",
        "customer__phone",
        "vehicle__license_plate",
    ]
    autocomplete_fields = ["customer", "vehicle"]
    readonly_fields = ["created_at"]
    ordering = ["wanted_from", "created_at"]
