"""What is chosen by links: the service, and a start in the shop's own time. Nothing here is trusted to be well formed."""

import re
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from scheduling import booking, clock
from scheduling.availability import Slot
from scheduling.catalogue import Catalogue
from scheduling.models import Service
from website.booking import words

DAYS_SHOWN = 7
# More starts than a week of five-minute steps has.
ALL = 3000
START_FORMAT = "%Y-%m-%dT%H:%M"
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z")
_START = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}\Z")
# Beyond these a date is a slip or a game, and near the edges of the calendar arithmetic would fail.
FARTHEST = timedelta(days=1000)


@dataclass(frozen=True, slots=True)
class Time:
    """A start that can be chosen: as it stands in the address, and as it is read."""

    key: str
    text: str


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the list: its free starts, or why there are none."""

    date: date
    title: str
    morning: list[Time] = field(default_factory=list)
    afternoon: list[Time] = field(default_factory=list)
    nothing: str = ""

    @property
    def count(self) -> int:
        """How many starts are free."""
        return len(self.morning) + len(self.afternoon)

    @property
    def parts(self) -> list[tuple[str, list[Time]]]:
        """The halves of the day that have free starts, with their names."""
        halves = ((_("Mattina"), self.morning), (_("Pomeriggio"), self.afternoon))
        return [(name, times) for name, times in halves if times]


@dataclass(frozen=True, slots=True)
class Days:
    """The days that are shown, and where the list goes on."""

    days: list[Day]
    earlier: date | None
    later: date | None
    moved: bool = False
    """The list begins later than today because nothing is free before."""

    @property
    def anything(self) -> bool:
        """Whether any start is free."""
        return self.first is not None

    @property
    def first(self) -> date | None:
        """The first day with a free start."""
        return next((each.date for each in self.days if each.count), None)


def bookable(cat: Catalogue) -> list[Service]:
    """The services that customers can book: in use, with a bay that can do them."""
    return [service for service in cat.services if cat.bays_for(service)]


def service(cat: Catalogue, text: str) -> Service | None:
    """The bookable service with this id; None for anything else."""
    try:
        wanted = UUID(text) if len(text) <= 40 else None
    except ValueError:
        return None
    return next((each for each in bookable(cat) if each.pk == wanted), None)


def day(text: str) -> date | None:
    """A date as the address has it; None for anything else."""
    try:
        return date.fromisoformat(text) if _DAY.match(text) else None
    except ValueError:
        return None


def start(text: str, cat: Catalogue, now: datetime) -> datetime | None:
    """The start that an address names, aware; None for what is none, is years away, or is skipped by the clock."""
    if not _START.match(text):
        return None
    try:
        wall = datetime.fromisoformat(text)
    except ValueError:
        return None
    if abs(wall.date() - now.date()) > FARTHEST:
        return None
    return clock.localise(wall, cat.calendar.tz)


def key(when: datetime, cat: Catalogue) -> str:
    """The start as the address names it: the shop's wall clock."""
    return when.astimezone(cat.calendar.tz).strftime(START_FORMAT)


def time_of(slot: Slot, cat: Catalogue) -> Time:
    """A slot as a start to choose."""
    return Time(key(slot.starts_at, cat), words.clock(slot.starts_at.astimezone(cat.calendar.tz)))


def is_free(
    service: Service, begin: datetime, cat: Catalogue, now: datetime, *, without: UUID | None = None
) -> bool:
    """Whether the start can be booked at this moment, not counting the appointment `without`. One query."""
    at = begin.astimezone(cat.calendar.tz).date()
    found = booking.free_slots(
        service=service, date_from=at, date_to=at, limit=ALL, without=without, catalogue=cat, now=now
    ).slots
    return any(slot.starts_at == begin for slot in found)


def days(
    service: Service, first: date | None, cat: Catalogue, now: datetime, *, without: UUID | None = None
) -> Days:
    """A week of starts from `first` (None: from the first free one). One query, two or three when all is full near.

    `without`: an appointment that does not count, because it is being moved.
    """
    today = now.astimezone(cat.calendar.tz).date()
    last_day = today + timedelta(days=cat.rules.horizon_days)
    begin = min(max(first or today, today), last_day)
    found = booking.free_slots(
        service=service,
        date_from=begin,
        date_to=_end(begin),
        limit=ALL,
        without=without,
        catalogue=cat,
        now=now,
    )
    moved = False
    if not found.slots and found.nearest and first is None:
        begin, moved = found.nearest[0].starts_at.astimezone(cat.calendar.tz).date(), True
        found = booking.free_slots(
            service=service,
            date_from=begin,
            date_to=_end(begin),
            limit=ALL,
            without=without,
            catalogue=cat,
            now=now,
        )
    later = _end(begin) + timedelta(days=1)
    return Days(
        _by_day(found.slots, begin, min(_end(begin), last_day), today, cat),
        earlier=max(begin - timedelta(days=DAYS_SHOWN), today) if begin > today else None,
        later=later if later <= last_day else None,
        moved=moved,
    )


def _end(begin: date) -> date:
    return begin + timedelta(days=DAYS_SHOWN - 1)


def _by_day(slots: list[Slot], first: date, last: date, today: date, cat: Catalogue) -> list[Day]:
    free: dict[date, tuple[list[Time], list[Time]]] = {}
    noon = cat.rules.afternoon_from
    for slot in slots:
        local = slot.starts_at.astimezone(cat.calendar.tz)
        free.setdefault(local.date(), ([], []))[local.time() >= noon].append(time_of(slot, cat))
    found = []
    for number in range((last - first).days + 1):
        which = first + timedelta(days=number)
        title = words.day(which, today)
        if which in free:
            found.append(Day(which, title, *free[which]))
        else:
            found.append(Day(which, title, nothing=_why_not(which, today, cat)))
    return found


def _why_not(which: date, today: date, cat: Catalogue) -> str:
    closed = cat.calendar.closed(which)
    if closed is None:
        return _("per oggi non c'è più posto") if which == today else _("tutto occupato")
    return _("chiuso: %(reason)s") % {"reason": closed.reason} if closed.reason else _("chiuso")
