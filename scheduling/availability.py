"""What is free: one search over plain data, so that its tests are tables. Pure: no database, no clock of its
own.

Moments are whole seconds since 1970 (see scheduling.clock). Starts are walked in order once; every bay
remembers until when it is blocked, so a month of ten bays with thousands of appointments takes a few
milliseconds.
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from scheduling import clock
from scheduling.hours import Calendar, ClosedDay, Span, Timeline, days

# How far beyond the last start the time line reaches, for work that is carried over closures in August.
CARRY_DAYS = 75
# The shop's own people may write down what began today.


STAFF_NOTICE = -24 * 60


class PartOfDay(StrEnum):
    MORNING = "morning"
    AFTERNOON = "afternoon"


class Nothing(StrEnum):
    """Why nothing is free, from far to near: the furthest that any start came."""

    PAST = "past"
    BEYOND_HORIZON = "beyond_horizon"
    NO_BAY = "no_bay"
    CLOSED = "closed"
    CLOSED_THEN = "closed_then"
    TOO_SOON = "too_soon"
    OFF_GRID = "off_grid"
    TOO_LONG = "too_long"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Slot:
    """Room for the work in a bay, from `starts_at` up to `ends_at`, both aware and in UTC."""

    starts_at: datetime
    ends_at: datetime
    bay_id: int


@dataclass(frozen=True, slots=True)
class Limits:
    """The shop's rules that a start has to meet. Times in minutes, caps in cars; None is no cap."""

    grid: int = 30
    notice: int = 120
    horizon_days: int = 60
    buffer: int = 0
    afternoon_from: int = 13 * 60
    most_morning: int | None = None
    most_afternoon: int | None = None

    def for_staff(self) -> "Limits":
        """What is left for the shop's own people: the opening hours and the bays, nothing else."""
        return Limits(grid=1, notice=STAFF_NOTICE, horizon_days=730, afternoon_from=self.afternoon_from)


@dataclass(frozen=True, slots=True)
class Need:
    """What is looked for: so many minutes of work in one of these bays, the ones to take first first."""

    minutes: int
    bay_ids: Sequence[int]
    most_a_day: int | None = None
    part_of_day: PartOfDay | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What is already booked, as moments: per bay the spans, and the starts that count against the caps."""

    bays: Mapping[int, Sequence[Span]] = field(default_factory=dict)
    starts: Sequence[int] = ()
    service_starts: Sequence[int] = ()


@dataclass(slots=True)
class Found:
    """The slots, nearest first and one per start; when there are none, how far the search came."""

    slots: list[Slot] = field(default_factory=list)
    nothing: Nothing | None = None
    closed: list[ClosedDay] = field(default_factory=list)


@dataclass(slots=True)
class _Bay:
    """One bay while the starts are walked in order."""

    id: int
    taken: Sequence[Span]
    next: int = 0
    blocked_until: int = 0

    def is_free(self, start: int, end: int, buffer: int) -> bool:
        if start < self.blocked_until:
            return False
        taken, index = self.taken, self.next
        while index < len(taken) and taken[index][1] + buffer <= start:
            index += 1
        self.next = index
        if index < len(taken) and taken[index][0] < end + buffer:
            # Every later start up to that end would clash as well.
            self.blocked_until = taken[index][1] + buffer
            return False
        return True


@dataclass(frozen=True)
class Search:
    """One question: this need, under these rules, at this moment."""

    calendar: Calendar
    limits: Limits
    need: Need
    now: int

    @property
    def today(self) -> date:
        """The date on the shop's wall."""
        return clock.local_date(self.now, self.calendar.tz)

    @property
    def last_day(self) -> date:
        """The last day that can be booked."""
        return self.today + timedelta(days=self.limits.horizon_days)

    @property
    def earliest(self) -> int:
        """The first moment that keeps the notice, in real elapsed time."""
        return self.now + self.limits.notice * 60

    def timeline(self, first: date, last: date) -> Timeline:
        """The opening time for starts in these days, far enough for the work to end in."""
        carried = self.need.minutes * 60 > self.calendar.longest
        margin = CARRY_DAYS + 2 * self.need.minutes // (24 * 60) if carried else 1
        # From the day before: a period may run on over midnight.
        return self.calendar.timeline(first - timedelta(days=1), last + timedelta(days=margin))

    def reach(self, first: date, last: date) -> Span:
        """The moments whose appointments matter to starts in these days, with the work's end and the
        buffer."""
        tz, buffer = self.calendar.tz, self.limits.buffer * 60
        start, end = clock.moment_at(first, 0, tz), clock.moment_at(last + timedelta(days=1), 0, tz)
        seconds = self.need.minutes * 60
        if seconds > self.calendar.longest:
            timeline = self.timeline(first, last)
            index = bisect_left(timeline.opens, end) - 1
            last_end = (
                timeline.end_of(max(timeline.opens[index], timeline.closes[index] - 1), seconds)
                if index >= 0
                else None
            )
            end = max(end, last_end or (timeline.closes[-1] if timeline.closes else end))
        return start - buffer, end + seconds + buffer

    @property
    def capped(self) -> bool:
        """Whether the number of cars matters, and not only the bays."""
        caps = (self.limits.most_morning, self.limits.most_afternoon, self.need.most_a_day)
        return any(cap is not None for cap in caps)

    def run(self, first: date, last: date, taken: Taken, *, limit: int | None) -> Found:
        """Free slots that start in these days (both included), at most `limit` (None: all)."""
        found = Found()
        if not self.need.bay_ids:
            found.nothing = Nothing.NO_BAY
        elif last < self.today:
            found.nothing = Nothing.PAST
        elif first > self.last_day:
            found.nothing = Nothing.BEYOND_HORIZON
        else:
            self._walk(max(first, self.today), min(last, self.last_day), taken, limit, found)
        return found

    def _walk(self, first: date, last: date, taken: Taken, limit: int | None, found: Found) -> None:
        timeline = self.timeline(first, last)
        bays = [_Bay(bay, self._taken_in(bay, first, last, taken)) for bay in self.need.bay_ids]
        caps, capped = _Caps(self, taken), self.capped
        buffer, seconds = self.limits.buffer * 60, self.need.minutes * 60
        furthest = Nothing.CLOSED
        for day in days(first, last):
            closed = self.calendar.closed(day)
            if closed:
                found.closed.append(closed)
            for stage, start in self.starts(day):
                end = timeline.end_of(start, seconds) if stage is None else None
                if end is None:
                    furthest = _further(furthest, stage or Nothing.TOO_LONG)
                    continue
                furthest = Nothing.FULL
                if capped and not caps.allow(day, start):
                    continue
                for bay in bays:
                    if start >= bay.blocked_until and bay.is_free(start, end, buffer):
                        found.slots.append(Slot(clock.to_datetime(start), clock.to_datetime(end), bay.id))
                        break
                if len(found.slots) == limit:
                    return
        if not found.slots:
            found.nothing = furthest

    def at_any_time(self) -> "Search":
        """The same without the wish for a part of the day."""
        return replace(self, need=replace(self.need, part_of_day=None))

    def refusal(self, start: int) -> Nothing | None:
        """What speaks against a start whatever is booked; None when nothing does."""
        tz = self.calendar.tz
        day = clock.local_date(start, tz)
        if start < min(self.now, self.earliest):
            return Nothing.PAST
        if start < self.earliest:
            return Nothing.TOO_SOON
        if day > self.last_day:
            return Nothing.BEYOND_HORIZON
        if not self.need.bay_ids:
            return Nothing.NO_BAY
        timeline = self.timeline(day, day)
        if timeline.period_at(start) is None:
            return Nothing.CLOSED
        wall = datetime.fromtimestamp(start, tz)
        if wall.second or wall.fold or (wall.hour * 60 + wall.minute) % self.limits.grid:
            return Nothing.OFF_GRID
        return None if timeline.end_of(start, self.need.minutes * 60) else Nothing.TOO_LONG

    def place(self, start: int, taken: Taken) -> Slot | None:
        """The slot at a start that `refusal` lets pass, in the first bay that is free; None when full."""
        day = clock.local_date(start, self.calendar.tz)
        end = self.timeline(day, day).end_of(start, self.need.minutes * 60)
        if end is None or not _Caps(self, taken).allow(day, start):
            return None
        for bay_id in self.need.bay_ids:
            bay = _Bay(bay_id, self._taken_in(bay_id, day, day, taken))
            if bay.is_free(start, end, self.limits.buffer * 60):
                return Slot(clock.to_datetime(start), clock.to_datetime(end), bay_id)
        return None

    def starts(self, day: date) -> Iterator[tuple[Nothing | None, int]]:
        """Every start on the grid in the day's opening time, with what speaks against it (None: nothing
        yet)."""
        tz, grid, earliest = self.calendar.tz, self.limits.grid, self.earliest
        noon, wanted = self.limits.afternoon_from, self.need.part_of_day
        plain, midnight = clock.is_plain_day(day, tz), clock.moment_at(day, 0, tz)
        for opens, closes in self.calendar.spans(day):
            for minute in range(-(-opens // grid) * grid, closes, grid):
                if plain:
                    start = midnight + 60 * minute
                elif clock.exists(day, minute, tz):
                    start = clock.moment_at(day, minute, tz)
                else:
                    continue
                if wanted and (minute < noon) != (wanted == PartOfDay.MORNING):
                    yield Nothing.CLOSED_THEN, start
                else:
                    yield (Nothing.TOO_SOON if start < earliest else None), start

    def _taken_in(self, bay_id: int, first: date, last: date, taken: Taken) -> list[Span]:
        spans = list(taken.bays.get(bay_id, ()))
        margin = timedelta(days=CARRY_DAYS if self.need.minutes * 60 > self.calendar.longest else 1)
        closings = list(self.calendar.bay_closings(bay_id, first - timedelta(days=1), last + margin))
        return _joined(spans + closings) if closings else spans


class _Caps:
    """At most so many cars a morning, an afternoon, or of the service a day; worked out once per half day."""

    def __init__(self, search: Search, taken: Taken) -> None:
        self._search = search
        self._starts = sorted(taken.starts)
        self._service_starts = sorted(taken.service_starts)
        limits = search.limits
        self._any = limits.most_morning is not None or limits.most_afternoon is not None
        self._known: dict[tuple[date, bool], bool] = {}

    def allow(self, day: date, start: int) -> bool:
        """Whether one more car may start then."""
        if not self._any and self._search.need.most_a_day is None:
            return True
        afternoon = start >= clock.moment_at(
            day, self._search.limits.afternoon_from, self._search.calendar.tz
        )
        known = self._known.get((day, afternoon))
        if known is None:
            known = self._known[day, afternoon] = self._has_room(day, afternoon)
        return known

    def _has_room(self, day: date, afternoon: bool) -> bool:
        tz, limits = self._search.calendar.tz, self._search.limits
        begin, end = clock.moment_at(day, 0, tz), clock.moment_at(day + timedelta(days=1), 0, tz)
        most = self._search.need.most_a_day
        if most is not None and _count(self._service_starts, begin, end) >= most:
            return False
        noon = clock.moment_at(day, limits.afternoon_from, tz)
        cap, span = (
            (limits.most_afternoon, (noon, end)) if afternoon else (limits.most_morning, (begin, noon))
        )
        return cap is None or _count(self._starts, *span) < cap


_ORDER = list(Nothing)


def _further(one: Nothing, other: Nothing) -> Nothing:
    return one if _ORDER.index(one) >= _ORDER.index(other) else other


def _count(starts: Sequence[int], begin: int, end: int) -> int:
    """How many starts lie in [begin, end); `starts` is sorted."""
    return bisect_left(starts, end) - bisect_left(starts, begin)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """The spans in order, with what overlaps made one."""
    found: list[Span] = []
    for start, end in sorted(spans):
        if found and start < found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((start, end))
    return found


def nearest(slots: Iterable[Slot], to: datetime, limit: int) -> list[Slot]:
    """The slots closest to a wished start, closest first; of two as close, the earlier."""
    return sorted(slots, key=lambda slot: (abs(slot.starts_at - to), slot.starts_at))[:limit]
