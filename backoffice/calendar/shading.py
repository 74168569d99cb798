"""When the shop, or one bay, does not work: what the calendar shades. Wall time; no database."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils.translation import gettext as _

from scheduling.hours import END_OF_DAY, Calendar, Closing, Span, Why, days


@dataclass(frozen=True, slots=True)
class Shade:
    """From and up to, on the shop's wall; `bay` None is the whole shop. `whole_day` days are marked in the month."""

    start: str
    end: str
    bay: int | None = None
    reason: str = ""
    whole_day: bool = False


def shades(calendar: Calendar, first: date, last: date) -> list[dict[str, Any]]:
    """What is closed from `first` up to, and without, `last`."""
    found: list[Shade] = []
    for day in days(first, last - timedelta(days=1)):
        found += _of_shop(calendar, day)
        found += _of_bays(calendar, day)
    return [asdict(shade) for shade in found]


def _of_shop(calendar: Calendar, day: date) -> Iterator[Shade]:
    closed = calendar.closed(day)
    if closed is not None:
        reason = closed.reason if closed.why is not Why.WEEKDAY else ""
        yield _shade(day, (0, END_OF_DAY), reason=reason or _("Chiuso"), whole_day=True)
        return
    for gap in _gaps(calendar.week[day.weekday()]):
        yield _shade(day, gap)
    for closing in _closings(calendar, day):
        if closing.bay_id is None:
            yield _shade(day, closing.hours or (0, END_OF_DAY), reason=closing.reason or _("Chiuso"))


def _of_bays(calendar: Calendar, day: date) -> Iterator[Shade]:
    for closing in _closings(calendar, day):
        if closing.bay_id is not None:
            reason = closing.reason or _("Fuori servizio")
            yield _shade(day, closing.hours or (0, END_OF_DAY), bay=closing.bay_id, reason=reason)


def _closings(calendar: Calendar, day: date) -> Iterator[Closing]:
    return (closing for closing in calendar.closings if closing.covers(day))


def _gaps(spans: Sequence[Span]) -> Iterator[Span]:
    """What lies between and around the opening periods of a day."""
    since = 0
    for opens, closes in spans:
        if since < opens:
            yield since, opens
        since = max(since, closes)
    if since < END_OF_DAY:
        yield since, END_OF_DAY


def _shade(
    day: date, span: Span, *, bay: int | None = None, reason: str = "", whole_day: bool = False
) -> Shade:
    midnight = datetime.combine(day, time())
    start, end = ((midnight + timedelta(minutes=minute)).isoformat(timespec="minutes") for minute in span)
    return Shade(start, end, bay, reason, whole_day)
