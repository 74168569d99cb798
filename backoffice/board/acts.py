"""What a tap on the board does: one verb on one car, as the person saw it, and at most once."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from backoffice.board.work import on_board
from scheduling import booking, clock, lifecycle
from scheduling.errors import SchedulingError
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import current_shop
from shops.staff.models import StaffUser

# What the customer hears when asking, so in Italian whoever presses it.
QUICK_NOTES = (
    "In attesa del ricambio",
    "Serve una sua conferma: la richiamiamo noi",
    "Il lavoro è più lungo del previsto",
    "In prova su strada",
)
QUICK_TIMES = ("12:00", "17:00")
LONGEST_NOTE = 300
FURTHEST = timedelta(days=60)


class BadTap(ValueError):
    """What came is nothing that the board sends."""


class PastPromise(SchedulingError):
    """Nobody is told to come for the car an hour ago."""

    code = "past_promise"
    text = gettext_lazy("Quell'ora è già passata.")


class NoTime(SchedulingError):
    """No day and time, or one far away."""

    code = "no_time"
    text = gettext_lazy("Scelga il giorno e l'ora.")


@dataclass(frozen=True)
class Tap:
    """One tap: the verb, the car, the version of it that was on the screen, and what was chosen with it."""

    verb: str
    pk: UUID
    seen: datetime
    choice: str
    data: Mapping[str, str]

    def typed(self, name: str) -> str:
        """What was typed on this car's card."""
        return self.data.get(f"{name}-{self.pk}", "")


@dataclass(frozen=True)
class Act:
    """`do` is the verb, `done` whether its end is reached already, `said` what the person reads then."""

    do: Callable[[Appointment, StaffUser, Tap, datetime], object]
    done: Callable[[Appointment, StaffUser, Tap, datetime], bool]
    said: Callable[[], str]


def perform(data: Mapping[str, str], *, person: StaffUser, now: datetime) -> str:
    """Do what was tapped; returns what to say. A tap that comes twice changes nothing the second time.

    Raises SchedulingError with the reason (Changed when somebody else was there in between), Http404 for a car that is
    not on the board, BadTap.
    """
    tap = read(data)
    act = ACTS[tap.verb]
    appointment = on_board(now=now).filter(pk=tap.pk).select_related("service").first()
    if appointment is None:
        raise Http404
    with transaction.atomic():
        lifecycle.lock(appointment)
        if not act.done(appointment, person, tap, now):
            lifecycle.require_unchanged(appointment, tap.seen)
            act.do(appointment, person, tap, now)
    return act.said()


def read(data: Mapping[str, str]) -> Tap:
    """The tap. Raises BadTap."""
    verb, _bar, rest = data.get("act", "").partition("|")
    pk, _bar, rest = rest.partition("|")
    seen, _bar, choice = rest.partition("|")
    try:
        tap = Tap(verb, UUID(pk), datetime.fromisoformat(seen), choice, data)
    except ValueError as error:
        raise BadTap from error
    if verb not in ACTS or tap.seen.tzinfo is None:
        raise BadTap
    return tap


def promised(tap: Tap, now: datetime) -> datetime | None:
    """By when: in half an hour or an hour (to full five minutes), at a usual time, at a time of one's own, or None."""
    if tap.choice == "none":
        return None
    if tap.choice in ("+30", "+60"):
        wanted = now + timedelta(minutes=int(tap.choice))
        return wanted + (datetime.min.replace(tzinfo=wanted.tzinfo) - wanted) % timedelta(minutes=5)
    text = tap.typed("at") if tap.choice == "own" else f"{timezone.localdate(now)}T{tap.choice}"
    if tap.choice != "own" and tap.choice not in QUICK_TIMES:
        raise BadTap
    try:
        found = clock.localise(datetime.fromisoformat(text).replace(tzinfo=None), current_shop().tz)
    except (ValueError, OverflowError) as error:
        raise NoTime from error
    if found is None or found - now > FURTHEST:
        raise NoTime
    if found < now - timedelta(minutes=1):
        raise PastPromise
    return found


def noted(tap: Tap) -> str:
    """The note for the customer: one of the usual ones, one's own, or none."""
    if tap.choice in ("own", "none"):
        return lifecycle.clean_text(tap.typed("note"), LONGEST_NOTE) if tap.choice == "own" else ""
    if tap.choice.isascii() and tap.choice.isdigit() and int(tap.choice[:3]) < len(QUICK_NOTES):
        return QUICK_NOTES[int(tap.choice)]
    raise BadTap


def _promise(row: Appointment, _person: StaffUser, tap: Tap, now: datetime) -> None:
    lifecycle.promise(appointment=row, promised_at=promised(tap, now), customer_note=row.customer_note)


def _note(row: Appointment, _person: StaffUser, tap: Tap, _now: datetime) -> None:
    lifecycle.promise(appointment=row, promised_at=row.promised_at, customer_note=noted(tap))


def _plain(verb: Callable[..., object]) -> Callable[[Appointment, StaffUser, Tap, datetime], object]:
    return lambda row, _person, _tap, _now: verb(appointment=row)


def _timed(verb: Callable[..., object]) -> Callable[[Appointment, StaffUser, Tap, datetime], object]:
    return lambda row, _person, _tap, now: verb(appointment=row, now=now)


def _is(*statuses: Status) -> Callable[[Appointment, StaffUser, Tap, datetime], bool]:
    return lambda row, _person, _tap, _now: row.status in statuses


ACTS: dict[str, Act] = {
    "mark_arrived": Act(
        _timed(booking.mark_arrived),
        lambda row, _p, _t, _n: row.arrived_at is not None,
        lambda: _("Segnata come arrivata."),
    ),
    "start": Act(_plain(booking.start), _is(Status.IN_PROGRESS), lambda: _("Lavoro iniziato.")),
    "complete": Act(_timed(booking.complete), _is(Status.COMPLETED), lambda: _("Segnata come pronta.")),
    "reopen": Act(_plain(booking.reopen), _is(Status.IN_PROGRESS), lambda: _("Di nuovo in lavorazione.")),
    "mark_collected": Act(
        _timed(booking.mark_collected),
        lambda row, _p, _t, _n: row.collected_at is not None,
        lambda: _("Segnata come ritirata."),
    ),
    "take": Act(
        lambda row, person, _t, _n: booking.assign(appointment=row, mechanic=person),
        lambda row, person, _t, _n: row.mechanic_id == person.pk,
        lambda: _("Ora è un suo lavoro."),
    ),
    "leave": Act(
        lambda row, _p, _t, _n: booking.assign(appointment=row, mechanic=None),
        lambda row, _p, _t, _n: row.mechanic_id is None,
        lambda: _("Lasciato agli altri."),
    ),
    "promise": Act(
        _promise,
        lambda row, _p, tap, now: row.promised_at == promised(tap, now),
        lambda: _("Ora promessa salvata."),
    ),
    "note": Act(_note, lambda row, _p, tap, _n: row.customer_note == noted(tap), lambda: _("Nota salvata.")),
}
