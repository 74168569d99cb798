"""When the shop is open: weekly hours minus closures and holidays, as a time line. Pure: no database.

Minutes are minutes since local midnight; moments are seconds since 1970 (see scheduling.clock).
"""

from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from functools import cached_property
from zoneinfo import ZoneInfo

from scheduling import clock, public_holidays

END_OF_DAY = 24 * 60
Span = tuple[int, int]
Week = tuple[tuple[Span, ...], ...]
"""Opening periods in minutes for Monday to Sunday, in order and apart."""


class Why(StrEnum):
    """Why a day is closed."""

    HOLIDAY = "holiday"
    CLOSURE = "closure"
    WEEKDAY = "weekday"


@dataclass(frozen=True, slots=True)
class Closing:
    """Days, or `hours` of each of these days, in which the shop (or one bay) does not work."""

    starts_on: date
    ends_on: date
    hours: Span | None = None
    bay_id: int | None = None
    every_year: bool = False
    reason: str = ""

    def covers(self, day: date) -> bool:
        """Whether the day is one of its days. A yearly one may run over New Year."""
        if not self.every_year:
            return self.starts_on <= day <= self.ends_on
        length = self.ends_on - self.starts_on
        starts = (_same_day(self.starts_on, year) for year in (day.year, day.year - 1))
        return any(start <= day <= start + length for start in starts)

    def coming(self, today: date, until: date) -> tuple[date, date] | None:
        """Its first and last day, when it is on or begins between these two days; a yearly one the next time."""
        years = range(today.year - 1, until.year + 1)
        starts = [_same_day(self.starts_on, year) for year in years] if self.every_year else [self.starts_on]
        length = self.ends_on - self.starts_on
        return next(
            ((first, first + length) for first in starts if first <= until and first + length >= today), None
        )


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on which the shop does not open. `reason` is fit to be said; empty for the weekly day off."""

    day: date
    why: Why
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Timeline:
    """Opening periods in order and apart, as moments. Built once, asked often."""

    opens: list[int]
    closes: list[int]
    longest: int
    """Seconds of the longest period of a usual week: work that takes longer is carried over to the next
    one."""
    worked: list[int] = field(default_factory=list)
    """Seconds of opening up to the end of each period."""

    def __post_init__(self) -> None:
        total = 0
        for opens, closes in zip(self.opens, self.closes, strict=True):
            total += closes - opens
            self.worked.append(total)

    def period_at(self, moment: int) -> Span | None:
        """The opening period that the moment lies in (its end excluded)."""
        index = bisect_right(self.opens, moment) - 1
        if index < 0 or moment >= self.closes[index]:
            return None
        return self.opens[index], self.closes[index]

    def end_of(self, start: int, seconds: int) -> int | None:
        """When work of `seconds` that starts at this moment ends; None when it cannot start there.

        Work that fits into an opening period stays inside one. Longer work goes on over breaks, nights and
        closures.
        """
        index = bisect_right(self.opens, start) - 1
        if index < 0 or start >= self.closes[index]:
            return None
        if start + seconds <= self.closes[index]:
            return start + seconds
        if seconds <= self.longest:
            return None
        needed = self.worked[index] - (self.closes[index] - start) + seconds
        last = bisect_left(self.worked, needed)
        if last == len(self.worked):
            return None
        return self.closes[last] - (self.worked[last] - needed)


@dataclass(frozen=True)
class Calendar:
    """The shop's opening days. `works_on` names holidays (their keys) on which it opens as usual."""

    tz: ZoneInfo
    week: Week
    closings: Sequence[Closing] = ()
    works_on: Collection[str] = ()
    _days: dict[date, tuple[tuple[Span, ...], ClosedDay | None]] = field(default_factory=dict, repr=False)

    def spans(self, day: date) -> tuple[Span, ...]:
        """Opening periods of the day, in minutes, in order and apart."""
        return self._day(day)[0]

    def closed(self, day: date) -> ClosedDay | None:
        """Why the shop does not open at all on this day; None when it does."""
        return self._day(day)[1]

    def _day(self, day: date) -> tuple[tuple[Span, ...], ClosedDay | None]:
        known = self._days.get(day)
        if known is None:
            known = self._days[day] = self._work_out(day)
        return known

    def _work_out(self, day: date) -> tuple[tuple[Span, ...], ClosedDay | None]:
        holiday = public_holidays.on(day)
        if holiday and holiday.key not in self.works_on:
            return (), ClosedDay(day, Why.HOLIDAY, holiday.name)
        usual = spans = self.week[day.weekday()]
        reason = ""
        for closing in self.closings:
            if closing.bay_id is None and closing.covers(day):
                spans = _without(spans, closing.hours or (0, END_OF_DAY))
                reason = reason or closing.reason
                if not closing.hours:
                    return (), ClosedDay(day, Why.CLOSURE, closing.reason)
        if spans:
            return spans, None
        return (), ClosedDay(day, Why.CLOSURE if usual else Why.WEEKDAY, reason)

    def periods(self, first: date, last: date) -> list[Span]:
        """Opening periods of these days (both included) as moments; what meets at midnight is one period."""
        found: list[Span] = []
        for day in days(first, last):
            for opens, closes in self.spans(day):
                start, end = clock.moment_at(day, opens, self.tz), clock.moment_at(day, closes, self.tz)
                if found and found[-1][1] >= start:
                    start = found.pop()[0]
                if start < end:  # an hour that the clock skips is no opening
                    found.append((start, end))
        return found

    def timeline(self, first: date, last: date) -> Timeline:
        """The time line of these days, both included."""
        periods = self.periods(first, last)
        return Timeline([p[0] for p in periods], [p[1] for p in periods], self.longest)

    @cached_property
    def longest(self) -> int:
        """Seconds of the longest opening period of a usual week; 0 when the shop has no hours."""
        longest = run = 0
        previous_end = -1
        for number in range(14):  # twice, so that Sunday night runs into Monday
            for opens, closes in self.week[number % 7]:
                start, end = number * END_OF_DAY + opens, number * END_OF_DAY + closes
                run = run + end - start if start == previous_end else end - start
                previous_end = end
                longest = max(longest, run)
        return longest * 60

    def bay_closings(self, bay_id: int, first: date, last: date) -> Iterator[Span]:
        """The moments in which this bay is out of use, from and up to."""
        own = [closing for closing in self.closings if closing.bay_id == bay_id]
        for day in days(first, last) if own else ():
            for closing in own:
                if closing.covers(day):
                    start, end = closing.hours or (0, END_OF_DAY)
                    yield clock.moment_at(day, start, self.tz), clock.moment_at(day, end, self.tz)

    def is_open(self, now: datetime) -> bool:
        """Whether the shop is open at this moment."""
        moment = clock.to_moment(now)
        today = clock.local_date(moment, self.tz)
        return self.timeline(today, today).period_at(moment) is not None

    def next_opening(self, now: datetime, *, within_days: int = 60) -> datetime | None:
        """When the shop opens next (UTC); `now` itself when it is open; None when it does not for so long."""
        moment = clock.to_moment(now)
        today = clock.local_date(moment, self.tz)
        for start, end in self.periods(today, today + timedelta(days=within_days)):
            if moment < end:
                return clock.to_datetime(max(start, moment))
        return None


def make_week(openings: Sequence[tuple[int, int, int]]) -> Week:
    """The week from (weekday, opens, closes) in minutes, in any order; what touches or overlaps becomes one
    period."""
    return tuple(
        _merged(sorted((opens, closes) for weekday, opens, closes in openings if weekday == number))
        for number in range(7)
    )


def days(first: date, last: date) -> Iterator[date]:
    """Every date from first to last, both included."""
    for ordinal in range(first.toordinal(), last.toordinal() + 1):
        yield date.fromordinal(ordinal)


def _merged(spans: Sequence[Span]) -> tuple[Span, ...]:
    found: list[Span] = []
    for start, end in spans:
        if found and start <= found[-1][1]:
            found[-1] = (found[-1][0], max(end, found[-1][1]))
        else:
            found.append((start, end))
    return tuple(found)


def _without(spans: Sequence[Span], hole: Span) -> tuple[Span, ...]:
    """What is left of the periods outside of the hole."""
    left: list[Span] = []
    for start, end in spans:
        if hole[1] <= start or end <= hole[0]:
            left.append((start, end))
            continue
        if start < hole[0]:
            left.append((start, hole[0]))
        if hole[1] < end:
            left.append((hole[1], end))
    return tuple(left)


def _same_day(day: date, year: int) -> date:
    """The day in another year; 29 February becomes 1 March where there is none."""
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
