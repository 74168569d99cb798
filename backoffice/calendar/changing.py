"""What the calendar does to an appointment: through the verbs, and only when it is as the person had seen it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.core.exceptions import FieldDoesNotExist
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.calendar import times
from scheduling import booking, catalogue, lifecycle
from scheduling.availability import Slot
from scheduling.errors import Closed, NotBookable
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment, Bay
from scheduling.models.appointments import Status
from shops.back_office import short_when
from shops.staff.models import StaffUser

LABELS: dict[str, Any] = {
    "confirm": gettext_lazy("Conferma"),
    "mark_arrived": gettext_lazy("Arrivato"),
    "start": gettext_lazy("Inizia il lavoro"),
    "complete": gettext_lazy("È pronta"),
    "mark_collected": gettext_lazy("Ritirata"),
    "reopen": gettext_lazy("Non è ancora pronta"),
    "mark_no_show": gettext_lazy("Non presentato"),
    "cancel": gettext_lazy("Annulla l'appuntamento"),
}
DANGEROUS = frozenset({"cancel", "mark_no_show"})
VERBS: dict[str, Callable[[Appointment], Appointment]] = {
    "confirm": lambda appointment: booking.confirm(appointment=appointment),
    "mark_arrived": lambda appointment: booking.mark_arrived(appointment=appointment),
    "start": lambda appointment: booking.start(appointment=appointment),
    "complete": lambda appointment: booking.complete(appointment=appointment),
    "mark_collected": lambda appointment: booking.mark_collected(appointment=appointment),
    "reopen": lambda appointment: booking.reopen(appointment=appointment),
    "mark_no_show": lambda appointment: booking.mark_no_show(appointment=appointment),
    "cancel": lambda appointment: booking.cancel(appointment=appointment, by="staff"),
}


@dataclass(frozen=True, slots=True)
class Button:
    """A verb that the appointment's status allows."""

    verb: str
    label: str
    dangerous: bool


def buttons(appointment: Appointment, now: datetime | None = None) -> list[Button]:
    """What may be done with the appointment now, in the order of a day."""
    pointless = _pointless(appointment, now or timezone.now())
    return [
        Button(verb, str(label), verb in DANGEROUS)
        for verb, label in LABELS.items()
        if appointment.status in TRANSITIONS[verb].sources and verb not in pointless
    ]


def why_fixed(appointment: Appointment) -> str:
    """Why its day, hour and bay cannot be changed, "" when they can."""
    status = Appointment.Status(appointment.status)
    if status in TRANSITIONS["reschedule"].sources:
        return ""
    if status == Status.IN_PROGRESS:
        return _(
            "Il lavoro è già cominciato: giorno, ora e postazione non si cambiano più, l'ora promessa sì."
        )
    if status == Status.COMPLETED:
        return _("Il lavoro è finito: giorno, ora e postazione non si cambiano più.")
    return _("L'appuntamento non è più in programma: per un altro giorno serve un appuntamento nuovo.")


def _pointless(appointment: Appointment, now: datetime) -> set[str]:
    """Verbs that the status allows and that would be refused, or do nothing."""
    found = set[str]()
    if appointment.scheduled_at > now:
        found.add("mark_no_show")
        if appointment.status != Status.IN_PROGRESS:
            found.add("complete")
    if appointment.arrived_at or appointment.status == Status.IN_PROGRESS:
        found.add("mark_arrived")
    if appointment.collected_at:
        found.add("mark_collected")
    return found


def act(*, appointment: Appointment, verb: str, seen: datetime) -> Appointment:
    """Do the verb if the appointment is as it was `seen`. Raises Changed and what the verb raises."""
    with transaction.atomic():
        lifecycle.lock(appointment)
        lifecycle.require_unchanged(appointment, seen)
        return VERBS[verb](appointment)


def move(
    *,
    appointment: Appointment,
    starts_at: datetime,
    ends_at: datetime | None,
    bay: Bay | None,
    seen: datetime,
) -> Appointment:
    """Move it, and with `ends_at` make it as long as the opening time between the two.

    Raises Changed, NotBookable with the nearest free slots, TransitionRefused.
    """
    minutes = None
    if ends_at is not None:
        calendar = catalogue.load().calendar
        minutes = times.opening_minutes(calendar, starts_at, ends_at)
        if minutes < 1:
            raise Closed
    return booking.reschedule(
        appointment=appointment,
        starts_at=starts_at,
        bay=bay,
        minutes=minutes,
        by_staff=True,
        unchanged_since=seen,
    )


@dataclass(frozen=True, slots=True)
class Wish:
    """What the short form asks for; `plan` None leaves time and place as they are."""

    plan: Mapping[str, Any] | None
    told: Mapping[str, Any] | None
    plain: Mapping[str, Any]
    assigned: bool = False
    mechanic: StaffUser | None = None


def save(*, appointment: Appointment, wish: Wish, seen: datetime) -> Appointment:
    """Carry out the short form, all of it or nothing. Raises Changed and what the verbs raise."""
    with transaction.atomic():
        if wish.plan is not None:
            booking.reschedule(appointment=appointment, **wish.plan, by_staff=True, unchanged_since=seen)
        else:
            lifecycle.lock(appointment)
            lifecycle.require_unchanged(appointment, seen)
        if wish.told is not None:
            booking.promise(appointment=appointment, **wish.told)
        if wish.assigned:
            booking.assign(appointment=appointment, mechanic=wish.mechanic)
        if wish.plain:
            lifecycle.store(appointment, **wish.plain)
    return appointment


def who_changed(appointment: Appointment) -> str:
    """Who changed it last, when and what, for the person whose change came too late."""
    entry = (
        LogEntry.objects.get_for_object(appointment).select_related("actor").order_by("-timestamp").first()
    )
    if entry is None:
        return _("Nel frattempo l'appuntamento è cambiato.")
    said = {
        "who": _author(entry),
        "when": date_format(timezone.localtime(entry.timestamp), "H:i"),
        "what": ", ".join(_names(entry.changes or {})),
    }
    if not said["what"]:
        return _("Nel frattempo %(who)s ha cambiato l'appuntamento, alle %(when)s.") % said
    return _("Nel frattempo %(who)s ha cambiato l'appuntamento, alle %(when)s: %(what)s.") % said


def _author(entry: LogEntry) -> str:
    if entry.actor is not None:
        return str(entry.actor)
    if (entry.additional_data or {}).get("by") in ("voice", "whatsapp", "web"):
        return _("l'assistente")
    return _("il sistema")


def _names(changes: Mapping[str, Any]) -> list[str]:
    """The fields' names in the words of the pages."""
    found = []
    for name in changes:
        try:
            found.append(str(getattr(Appointment._meta.get_field(name), "verbose_name", name)))
        except FieldDoesNotExist:
            continue
    return found


def refusal_text(refusal: NotBookable) -> str:
    """Why not, and when instead."""
    text = refusal.message
    if refusal.alternatives:
        text += " " + _("Liberi: %(slots)s.") % {
            "slots": ", ".join(short_when(slot.starts_at) for slot in refusal.alternatives)
        }
    return text


def alternatives(refusal: NotBookable) -> list[dict[str, Any]]:
    """The nearest free slots, for buttons."""
    bays = {pk: name for pk, name in Bay.objects.values_list("pk", "name")}  # noqa: C416 - typed
    return [_alternative(slot, bays) for slot in refusal.alternatives]


def _alternative(slot: Slot, bays: Mapping[int, str]) -> dict[str, Any]:
    label = _("%(when)s, %(bay)s") % {
        "when": short_when(slot.starts_at),
        "bay": bays.get(slot.bay_id, ""),
    }
    return {"start": times.wall(slot.starts_at), "bay": slot.bay_id, "label": label}
