"""What may become of an appointment, and the verbs that make it so. Every verb is safe to repeat."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import structlog
from django.db import IntegrityError, transaction
from django.dispatch import Signal
from django.utils import timezone

from scheduling import signals
from scheduling.errors import Changed, Gone, NotHere, SlotTaken, TooEarly, TransitionRefused
from scheduling.models import Appointment
from scheduling.models.appointments import LIVE, Status
from shops import history
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)

EXCLUSION_VIOLATION = "23P01"
UNIQUE_VIOLATION = "23505"


@dataclass(frozen=True, slots=True)
class Transition:
    """From which statuses a verb leads where; `to` None leaves the status as it is."""

    sources: frozenset[str]
    to: Status | None


TRANSITIONS: dict[str, Transition] = {
    "confirm": Transition(frozenset({Status.PENDING}), Status.CONFIRMED),
    # A car that comes late may still be worked on.
    "start": Transition(frozenset({Status.PENDING, Status.CONFIRMED, Status.NO_SHOW}), Status.IN_PROGRESS),
    # Nobody has to press "start" in a small shop; but see TooEarly.
    "complete": Transition(frozenset({Status.IN_PROGRESS, Status.CONFIRMED}), Status.COMPLETED),
    "reopen": Transition(frozenset({Status.COMPLETED}), Status.IN_PROGRESS),
    "cancel": Transition(frozenset({Status.PENDING, Status.CONFIRMED}), Status.CANCELLED),
    "mark_no_show": Transition(frozenset({Status.PENDING, Status.CONFIRMED}), Status.NO_SHOW),
    "reschedule": Transition(frozenset({Status.PENDING, Status.CONFIRMED}), None),
    "acknowledge": Transition(frozenset({Status.PENDING, Status.CONFIRMED}), None),
    "promise": Transition(frozenset({*LIVE, Status.COMPLETED}), None),
    "mark_arrived": Transition(frozenset({Status.PENDING, Status.CONFIRMED, Status.IN_PROGRESS}), None),
    "assign": Transition(frozenset({*LIVE, Status.COMPLETED}), None),
    "mark_collected": Transition(frozenset({Status.COMPLETED}), None),
}
"""The whole table: what is not here is refused."""


def sqlstate(error: BaseException) -> str | None:
    """PostgreSQL's code of a database error, by which errors are told apart (names of constraints may
    differ)."""
    return getattr(error.__cause__, "sqlstate", None)


def clean_text(text: str, limit: int | None = None) -> str:
    """Text that the database takes: without NUL, at most `limit` characters."""
    return text.replace("\x00", "").strip()[:limit]


def lock(appointment: Appointment) -> None:
    """Lock the row to the end of the transaction and bring the object up to date. Raises Gone."""
    try:
        row = Appointment.objects.select_for_update().get(pk=appointment.pk)
    except Appointment.DoesNotExist as error:
        raise Gone from error
    for field in Appointment._meta.concrete_fields:
        if getattr(appointment, field.attname) != getattr(row, field.attname):
            setattr(appointment, field.attname, getattr(row, field.attname))


def require_unchanged(appointment: Appointment, since: datetime | None) -> None:
    """Raise Changed when the locked row was written after the version (its `updated_at`) that the caller had seen.

    None: the caller does not mind.
    """
    if since is not None and appointment.updated_at != since:
        raise Changed


def require(verb: str, appointment: Appointment) -> None:
    """Raise TransitionRefused when the appointment's status does not allow the verb."""
    if appointment.status not in TRANSITIONS[verb].sources:
        raise TransitionRefused(verb, appointment.status, appointment.get_status_display())


def confirm(*, appointment: Appointment) -> Appointment:
    """The shop says yes to a pending appointment."""
    _change("confirm", appointment)
    signals.appointment_settled.send(sender=None, appointment=appointment)
    return appointment


def start(*, appointment: Appointment) -> Appointment:
    """Work begins. Raises SlotTaken when the car comes after a no-show and the bay was given away."""
    return _change("start", appointment)


def complete(*, appointment: Appointment, now: datetime | None = None) -> Appointment:
    """The car is ready. The bay is free from now on. Raises TooEarly for one that neither began nor is due.

    Side effects: appointment_completed is sent, once for each time it gets ready; the car's due date that the service
    renews begins anew (scheduling.renewal).
    """

    def not_before_its_time() -> None:
        if appointment.status == Status.CONFIRMED and appointment.scheduled_at > (now or timezone.now()):
            raise TooEarly

    return _change("complete", appointment, check=not_before_its_time, done=signals.appointment_completed)


def reopen(*, appointment: Appointment) -> Appointment:
    """The car is not ready after all. Raises SlotTaken when its bay was given away for the remaining time."""
    return _change("reopen", appointment, collected_at=None)


def cancel(*, appointment: Appointment, reason: str = "", by: str = "") -> Appointment:
    """Cancel and free the bay. The first reason stays when it is cancelled again.

    Side effects: appointment_cancelled is sent, once.
    """
    return _change(
        "cancel",
        appointment,
        done=signals.appointment_cancelled,
        cancel_reason=clean_text(reason, 300),
        cancelled_by=clean_text(by, 80),
    )


def mark_no_show(*, appointment: Appointment, now: datetime | None = None) -> Appointment:
    """The customer did not come. Raises TooEarly before the start."""

    def only_once_due() -> None:
        if appointment.scheduled_at > (now or timezone.now()):
            raise TooEarly

    return _change("mark_no_show", appointment, check=only_once_due)


def acknowledge(*, appointment: Appointment, now: datetime | None = None) -> Appointment:
    """The customer says that they will come. The first time stays when it is said again; its status does not change."""
    with transaction.atomic():
        lock(appointment)
        require("acknowledge", appointment)
        if appointment.customer_confirmed_at is None:
            store(appointment, customer_confirmed_at=now or timezone.now())
    return appointment


def mark_arrived(*, appointment: Appointment, now: datetime | None = None) -> Appointment:
    """The car is here. The first time stays when it is said again."""
    with transaction.atomic():
        lock(appointment)
        require("mark_arrived", appointment)
        if appointment.arrived_at is None:
            store(appointment, arrived_at=now or timezone.now())
    return appointment


def assign(*, appointment: Appointment, mechanic: StaffUser | None) -> Appointment:
    """Whose work it is; None leaves it to the bay's mechanic. Raises NotHere for somebody who was deactivated."""
    if mechanic is not None and not mechanic.is_active:
        raise NotHere
    with transaction.atomic():
        lock(appointment)
        require("assign", appointment)
        chosen = mechanic.pk if mechanic else None
        if appointment.mechanic_id != chosen:
            store(appointment, mechanic_id=chosen)
    return appointment


def mark_collected(*, appointment: Appointment, now: datetime | None = None) -> Appointment:
    """The customer took the car. The first time stays when it is said again."""
    with transaction.atomic():
        lock(appointment)
        require("mark_collected", appointment)
        if appointment.collected_at is None:
            store(appointment, collected_at=now or timezone.now())
    return appointment


def promise(*, appointment: Appointment, promised_at: datetime | None, customer_note: str) -> Appointment:
    """Set what the customer is told when asking whether the car is ready: by when, and a note ("" for
    none)."""
    with transaction.atomic():
        lock(appointment)
        require("promise", appointment)
        store(appointment, promised_at=promised_at, customer_note=clean_text(customer_note, 300))
    return appointment


def _change(
    verb: str,
    appointment: Appointment,
    *,
    check: Callable[[], None] | None = None,
    done: Signal | None = None,
    **values: object,
) -> Appointment:
    """Lead the appointment to the verb's status, together with `values`. Does nothing when it is there
    already. `done` is sent when it was not, in the same transaction."""
    transition = TRANSITIONS[verb]
    try:
        with transaction.atomic():
            lock(appointment)
            if appointment.status == transition.to:
                return appointment
            require(verb, appointment)
            if check:
                check()
            store(appointment, status=transition.to, **values)
            if done:
                done.send(sender=None, appointment=appointment)
    except IntegrityError as error:
        if sqlstate(error) == EXCLUSION_VIOLATION:
            raise SlotTaken from error
        raise
    log.info("appointment changed", verb=verb, appointment=str(appointment.pk))
    return appointment


def store(appointment: Appointment, **values: object) -> None:
    """Write `values` to the row and to its history, and to the object only when the database took them."""
    before = {_field(name): getattr(appointment, name) for name in values}
    after = {_field(name): value for name, value in values.items()}
    values["updated_at"] = timezone.now()
    Appointment.objects.filter(pk=appointment.pk).update(**values)
    history.record(appointment, before, after)
    for name, value in values.items():
        setattr(appointment, name, value)


def _field(attribute: str) -> str:
    return Appointment._meta.get_field(attribute).name
