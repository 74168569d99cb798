"""Reading the dates and times that a model writes: meant to be ISO, often nearly so.

A moment is local to the shop. A trailing Z is taken for local time too, since models add it to what they were
asked to write in local time; a real offset is obeyed.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from receptionist.italian.dates import MONTHS, WEEKDAYS

_DAY_MONTH_YEAR = re.compile(r"(\d{1,2})[/.\-](\d{1,2})[/.\-](\d{4})(?!\d)")
_DAY_MONTH_NAME = re.compile(rf"\b(\d{{1,2}}|primo)\s+({'|'.join(MONTHS)})(?:\s+(\d{{4}}))?\b")
_TIME = re.compile(r"(?<!\d)([01]?\d|2[0-3])[:.](\d{2})(?!\d)")
_HOUR_ONLY = re.compile(r"\b(?:alle|ore|at)\s+([01]?\d|2[0-3])(?![\d:.])")
_NEAR = {"oggi": 0, "today": 0, "domani": 1, "tomorrow": 1, "dopodomani": 2}
_MORNING = {"mattina", "mattino", "mattinata", "morning", "am"}
_AFTERNOON = {"pomeriggio", "afternoon", "sera", "evening", "pm"}
MAX_TEXT = 80


@dataclass(frozen=True)
class Moment:
    """What could be read: a day, a time, both, or `at` (aware) when both make a real moment."""

    day: date | None = None
    clock: time | None = None
    at: datetime | None = None


def read_moment(text: str, now: datetime) -> Moment:
    """The moment that `text` names, in the time zone of `now` (aware). Unreadable → an empty Moment.

    Never raises. A local time that the change to summer time skips has a day and a time and no `at`.
    """
    text = text.strip()[:MAX_TEXT]
    zone = now.tzinfo or UTC
    iso = _iso_moment(text, zone)
    if iso is not None:
        return Moment(iso.date(), iso.time(), _real(iso, zone))
    day, clock = read_day(text, now.date()), read_time(text)
    if day is None or clock is None:
        return Moment(day, clock)
    return Moment(day, clock, _real(datetime.combine(day, clock), zone))


def read_day(text: str, today: date) -> date | None:
    """A day: ISO, "26/11/2026", "26 novembre", "domani", a weekday's name (the next one after `today`)."""
    text = text.strip().lower()[:MAX_TEXT]
    try:
        return date.fromisoformat(text[:10])
    except ValueError:
        pass
    if written := _DAY_MONTH_YEAR.search(text):
        return _date(int(written[3]), int(written[2]), int(written[1]))
    if named := _DAY_MONTH_NAME.search(text):
        return _next_named(named, today)
    words = set(re.findall(r"\w+", text))
    if near := words & _NEAR.keys():
        return today + timedelta(days=_NEAR[near.pop()])
    plain = {word.replace("ì", "i") for word in words}
    for number, name in enumerate(WEEKDAYS):
        if name.replace("ì", "i") in plain:
            return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)
    return None


def read_time(text: str) -> time | None:
    """A time of the day in figures: "9:30", "09.30", "alle 9". None when there is none."""
    rest = _DAY_MONTH_YEAR.sub(" ", text.lower()[:MAX_TEXT])
    if found := _TIME.search(rest):
        return time(int(found[1]), int(found[2])) if int(found[2]) < 60 else None
    alone = _HOUR_ONLY.search(rest)
    return time(int(alone[1])) if alone else None


def read_part_of_day(text: str) -> str | None:
    """Either "morning" or "afternoon", from Italian or English words; None when it says neither or both."""
    words = set(re.findall(r"\w+", text.lower()[:MAX_TEXT]))
    morning, afternoon = bool(words & _MORNING), bool(words & _AFTERNOON)
    if morning == afternoon:
        return None
    return "morning" if morning else "afternoon"


def _iso_moment(text: str, zone: tzinfo) -> datetime | None:
    """The naive local moment of an ISO text that has a time."""
    if len(text) < 12 or not re.match(r"\d{4}-\d{2}-\d{2}[T ]\d", text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.utcoffset():
            moment = moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None, second=0, microsecond=0)


def _real(naive: datetime, zone: tzinfo) -> datetime | None:
    """`naive` in `zone`; None when the clocks jump over it or it is out of the calendar."""
    try:
        aware = naive.replace(tzinfo=zone)
        back = aware.astimezone(UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return aware if back.replace(tzinfo=None) == naive else None


def _next_named(named: re.Match[str], today: date) -> date | None:
    day = 1 if named[1] == "primo" else int(named[1])
    month = MONTHS.index(named[2]) + 1
    if named[3]:
        return _date(int(named[3]), month, day)
    this_year = _date(today.year, month, day)
    if this_year is None or this_year >= today:
        return this_year
    return _date(today.year + 1, month, day)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
