"""The parts of `read_when` that tools ask for one by one: the moment, the day, the hour, the part of the day."""

from dataclasses import dataclass
from datetime import date, datetime, time
from zoneinfo import ZoneInfo

from receptionist.italian.when import When, read_when

_ROME = ZoneInfo("Europe/Rome")


@dataclass(frozen=True)
class Moment:
    """What could be read: a day, a time, both, or `at` (aware) when both make a real moment."""

    day: date | None = None
    clock: time | None = None
    at: datetime | None = None
    question: str = ""
    """What to ask, when it can be taken in two ways."""


def read_moment(text: str, now: datetime) -> Moment:
    """The moment that `text` names, in the time zone of `now` (aware). Unreadable → an empty Moment.

    Never raises. A local time that the change to summer time skips has a day and a time and no `at`.
    """
    when = read_when(text, now)
    return Moment(when.day, when.clock, when.at, when.question)


def read_day(text: str, today: date) -> date | None:
    """A day: of several the first, of two readings the likelier; a weekday's name is the next one after `today`."""
    when = _at_midnight(text, today)
    if when.day is not None:
        return when.day
    return when.days[0] if when.days else None


def read_time(text: str) -> time | None:
    """A time of the day: "9:30", "alle nove e mezza". None when there is none."""
    return read_when(text, datetime(2026, 1, 1, tzinfo=_ROME)).clock


def read_part_of_day(text: str) -> str | None:
    """Either "morning" or "afternoon", from Italian or English words; None when it says neither or both."""
    part = read_when(text, datetime(2026, 1, 1, tzinfo=_ROME)).part
    return "afternoon" if part == "evening" else part


def _at_midnight(text: str, today: date) -> When:
    return read_when(text, datetime.combine(today, time(), tzinfo=_ROME))
