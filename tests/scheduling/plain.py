"""A workshop as plain data, for tests of the search without a database."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from scheduling import clock
from scheduling.availability import Found, Limits, Need, Search, Taken
from scheduling.hours import Calendar, Closing, make_week

ROME = ZoneInfo("Europe/Rome")
H = 60
WEEK = make_week(
    [(day, *span) for day in range(5) for span in ((8 * H, 12 * H + 30), (14 * H, 18 * H + 30))]
    + [(5, 8 * H, 12 * H)]
)
"""Monday to Friday 8:00-12:30 and 14:00-18:30, Saturday 8:00-12:00."""
ALL_DAY = make_week([(day, 0, 24 * H) for day in range(7)])


def at(text: str, tz: ZoneInfo = ROME, fold: int = 0) -> int:
    """The moment of a local time like "2026-11-26 09:30"."""
    return clock.to_moment(datetime.fromisoformat(text).replace(tzinfo=tz, fold=fold))


def utc(text: str) -> int:
    return clock.to_moment(datetime.fromisoformat(text).replace(tzinfo=UTC))


def calendar(week: Any = WEEK, closings: Sequence[Closing] = (), **values: Any) -> Calendar:
    return Calendar(values.pop("tz", ROME), week, closings, **values)


def search(
    now: str = "2026-11-23 07:00",
    *,
    minutes: int = 60,
    bays: Sequence[int] = (1,),
    cal: Calendar | None = None,
    part: Any = None,
    most_a_day: int | None = None,
    **limits: Any,
) -> Search:
    """A search at a local time (default: a Monday before opening), without notice unless asked."""
    rules = Limits(**{"notice": 0, "horizon_days": 60} | limits)
    need = Need(minutes=minutes, bay_ids=bays, most_a_day=most_a_day, part_of_day=part)
    return Search(cal or calendar(), rules, need, at(now))


def taken(*spans: tuple[int, str, str], starts: Iterable[str] = (), own: Iterable[str] = ()) -> Taken:
    """What is booked: (bay, from, to) in local time."""
    bays: dict[int, list[tuple[int, int]]] = {}
    for bay, begin, end in spans:
        bays.setdefault(bay, []).append((at(begin), at(end)))
    return Taken(
        {bay: sorted(own_spans) for bay, own_spans in bays.items()},
        sorted(at(text) for text in starts),
        sorted(at(text) for text in own),
    )


NONE_TAKEN = Taken()


def run(
    question: Search, first: str, last: str = "", booked: Taken = NONE_TAKEN, limit: int | None = None
) -> Found:
    return question.run(date.fromisoformat(first), date.fromisoformat(last or first), booked, limit=limit)


def times(found: Found, tz: ZoneInfo = ROME) -> list[str]:
    """The starts as local "HH:MM"."""
    return [f"{slot.starts_at.astimezone(tz):%H:%M}" for slot in found.slots]


def spans(found: Found, tz: ZoneInfo = ROME) -> list[tuple[str, str]]:
    """Starts and ends as local "MM-DD HH:MM"."""
    return [
        (f"{slot.starts_at.astimezone(tz):%m-%d %H:%M}", f"{slot.ends_at.astimezone(tz):%m-%d %H:%M}")
        for slot in found.slots
    ]
