"""What to offer: free slots for a wish, and the nearest ones to a start that cannot be had."""

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils import timezone

from scheduling import calendar, catalogue, clock
from scheduling.availability import Found, Nothing, PartOfDay, Search, Slot, Taken, nearest
from scheduling.catalogue import Catalogue
from scheduling.hours import ClosedDay
from scheduling.models import Service

# An open question is answered from a week; only a shop that is full so far costs a second look.
FIRST_LOOK_DAYS = 7
AROUND_DAYS = 7
MOST_CLOSED_DAYS = 10


@dataclass(frozen=True, slots=True)
class Offers:
    """Free slots, nearest first. When there are none, `nothing` says why and `nearest` what comes closest."""

    slots: list[Slot] = field(default_factory=list)
    nothing: Nothing | None = None
    closed: list[ClosedDay] = field(default_factory=list)
    """Days of the wish, up to the first slot, on which the shop does not open, with the reason to say."""
    nearest: list[Slot] = field(default_factory=list)
    """Outside of the wish: the other part of the same day, or other days."""


def free_slots(
    *,
    service: Service,
    date_from: date | None = None,
    date_to: date | None = None,
    part_of_day: PartOfDay | str | None = None,
    limit: int = 3,
    without: UUID | None = None,
    catalogue: Catalogue | None = None,
    now: datetime | None = None,
) -> Offers:
    """Free slots for a service that start in these days (local dates, both included), at most one per start.

    Without dates: from today to the horizon. `catalogue`: pass it when it is already loaded, it saves a
    query. `without`: an appointment that does not count, because it is being moved. Queries: the catalogue, then one,
    and one more only when nothing is found near. No side effects.
    """
    cat = _catalogue(catalogue)
    moment = clock.to_moment(now or timezone.now())
    wish = cat.search(service, moment, part_of_day=PartOfDay(part_of_day) if part_of_day else None)
    first = max(date_from or wish.today, wish.today) if date_to is None or date_to >= wish.today else date_to
    if date_to is None:
        return _open_ended(service, wish, first, limit, without)
    return _in_range(service, wish, first, max(first, date_to), limit, without)


def alternatives(
    *, service: Service, search: Search, start: int, limit: int = 3, without: UUID | None = None
) -> list[Slot]:
    """The free slots nearest to a start (a moment) that cannot be had, nearest first. One query, two when all
    is full.

    `without`: an appointment that does not count, because it is being moved.
    """
    wished = min(max(clock.local_date(start, search.calendar.tz), search.today), search.last_day)
    around = timedelta(days=AROUND_DAYS)
    first, last = max(wished - around, search.today), min(wished + around, search.last_day)
    found = _look(service, search, first, last, limit=None, without=without).slots
    if not found and last < search.last_day:
        found = _look(
            service, search, last + timedelta(days=1), search.last_day, limit=limit, without=without
        ).slots
    return nearest(found, clock.to_datetime(start), limit)


def _catalogue(given: Catalogue | None) -> Catalogue:
    return given if given is not None else catalogue.load()


def _open_ended(service: Service, wish: Search, first: date, limit: int, without: UUID | None) -> Offers:
    split = min(first + timedelta(days=FIRST_LOOK_DAYS - 1), wish.last_day)
    found = _look(service, wish, first, split, limit=limit, without=without)
    if len(found.slots) < limit and first <= wish.last_day and split < wish.last_day:
        rest_from, still = split + timedelta(days=1), limit - len(found.slots)
        rest = _look(service, wish, rest_from, wish.last_day, limit=still, without=without)
        found.slots += rest.slots
        found.closed += rest.closed
        found.nothing = None if found.slots else rest.nothing
    return Offers(found.slots, found.nothing, found.closed[:MOST_CLOSED_DAYS])


def _in_range(
    service: Service, wish: Search, first: date, last: date, limit: int, without: UUID | None
) -> Offers:
    around = timedelta(days=AROUND_DAYS)
    before, after = max(first - around, wish.today), min(last + around, wish.last_day)
    taken = _taken(service, wish, before, after, without)
    found = wish.run(first, last, taken, limit=limit)
    closed = found.closed[:MOST_CLOSED_DAYS]
    if found.slots or found.nothing in (Nothing.NO_BAY, Nothing.BEYOND_HORIZON):
        return Offers(found.slots, found.nothing, closed)
    near = wish.run(before, after, taken, limit=None).slots
    if wish.need.part_of_day:
        near += wish.at_any_time().run(first, last, taken, limit=limit).slots[:1]
    if not near and after < wish.last_day:
        beyond = after + timedelta(days=1)
        near = _look(service, wish, beyond, wish.last_day, limit=limit, without=without).slots
    return Offers([], found.nothing, closed, _closest(near, wish, first, last, limit))


def _closest(slots: list[Slot], wish: Search, first: date, last: date, limit: int) -> list[Slot]:
    """The slots that are the fewest days away from the wish; of the same day, the earlier."""

    def days_away(slot: Slot) -> int:
        day = slot.starts_at.astimezone(wish.calendar.tz).date()
        return max((first - day).days, (day - last).days, 0)

    return sorted(slots, key=lambda slot: (days_away(slot), slot.starts_at))[:limit]


def _look(
    service: Service,
    search: Search,
    first: date,
    last: date,
    *,
    limit: int | None,
    without: UUID | None = None,
) -> Found:
    return search.run(first, last, _taken(service, search, first, last, without), limit=limit)


def _taken(service: Service, search: Search, first: date, last: date, without: UUID | None = None) -> Taken:
    if not search.need.bay_ids or first > last:
        return Taken()
    return calendar.taken(
        search.reach(first, last),
        bay_ids=search.need.bay_ids,
        service=service,
        caps=search.capped,
        without=without,
    )
