"""The shop's opening hours and closures in words, from the calendar. Pure: no database.

`tell` says whether they are heard or read.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from itertools import groupby

from receptionist.italian import join_and
from receptionist.italian.dates import WEEKDAYS
from receptionist.italian.telling import SAID, Telling
from scheduling import clock
from scheduling.hours import END_OF_DAY, Calendar, ClosedDay, Span, Why, days

NO_HOURS = "Gli orari di apertura non sono indicati"
MAX_CLOSURES = 3


def time_of(minute: int) -> time:
    """The time of the day at so many minutes after midnight; the end of the day is midnight."""
    return time(minute // 60 % 24, minute % 60)


def say_spans(spans: tuple[Span, ...], tell: Telling = SAID) -> str:
    """Opening periods of one day: "dalle otto alle dodici e trenta e dalle quattordici alle diciotto"."""
    if spans == ((0, END_OF_DAY),):
        return "tutto il giorno"
    return join_and([tell.span(time_of(opens), time_of(closes)) for opens, closes in spans])


def say_week(calendar: Calendar, tell: Telling = SAID) -> str:
    """The usual week, days with the same hours together: "dal lunedì al venerdì dalle otto …, sabato …"."""
    parts = []
    for spans, group in groupby(enumerate(calendar.week), key=lambda day: day[1]):
        numbers = [number for number, _spans in group]
        if spans:
            parts.append(f"{_say_weekdays(numbers)} {say_spans(spans, tell)}")
    return f"Siamo aperti {', '.join(parts)}" if parts else NO_HOURS


def _say_weekdays(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return _the(numbers[0])
    if len(numbers) == 2:
        return f"{_the(numbers[0])} e {_the(numbers[1])}"
    last = "alla domenica" if numbers[-1] == 6 else f"al {WEEKDAYS[numbers[-1]]}"
    first = "dalla domenica" if numbers[0] == 6 else f"dal {WEEKDAYS[numbers[0]]}"
    return f"{first} {last}"


def _the(weekday: int) -> str:
    return f"{'la' if weekday == 6 else 'il'} {WEEKDAYS[weekday]}"


def say_day_hours(calendar: Calendar, day: date, today: date, tell: Telling = SAID) -> str:
    """What happens on one day: its hours, or that it is closed and why."""
    said = tell.day(day, today)
    closed = calendar.closed(day)
    if closed:
        return f"{said} siamo chiusi{say_why(closed)}"
    return f"{said} siamo aperti {say_spans(calendar.spans(day), tell)}"


def say_why(closed: ClosedDay) -> str:
    """The reason with its comma, ready to be put behind "siamo chiusi"; empty for the weekly day off."""
    if closed.why == Why.HOLIDAY:
        return f": è {closed.reason}" if closed.reason else ", è festa"
    return f": {closed.reason}" if closed.reason else ""


def closures_soon(calendar: Calendar, today: date, within_days: int = 45, tell: Telling = SAID) -> list[str]:
    """Days on which the shop is closed although it usually works, in words, in order; runs of days as one."""
    found: list[str] = []
    for run in _runs(calendar, today, today + timedelta(days=within_days)):
        first, last = run[0], run[-1]
        reason = f" ({first.reason})" if first.reason else ""
        if first.day == last.day:
            found.append(f"{tell.full_date(first.day, today)}{reason}")
        else:
            found.append(f"da {tell.full_date(first.day, today)} a {tell.full_date(last.day, today)}{reason}")
    return found[:MAX_CLOSURES]


def _runs(calendar: Calendar, first: date, last: date) -> Iterator[list[ClosedDay]]:
    """Closed days that follow each other for the same reason, days off between them included."""
    run: list[ClosedDay] = []
    for day in days(first, last):
        closed = calendar.closed(day)
        if closed and closed.why == Why.WEEKDAY:
            continue
        if run and (closed is None or closed.reason != run[0].reason):
            yield run
            run = []
        if closed:
            run.append(closed)
    if run:
        yield run


def say_collect(calendar: Calendar, now: datetime, tell: Telling = SAID) -> str:
    """When a car can be collected: "oggi fino alle diciotto e trenta", "domani, martedì 1… dalle otto alle…"."""
    minute = now.hour * 60 + now.minute
    later = [closes for opens, closes in calendar.spans(now.date()) if opens <= minute < closes]
    if later:
        last = calendar.spans(now.date())[-1][1]
        return f"oggi {tell.until(time_of(last))}"
    opening = calendar.next_opening(now)
    if opening is None:
        return "quando l'officina riapre"
    local = opening.astimezone(now.tzinfo)
    spans = next((s for s in calendar.spans(local.date()) if s[0] == local.hour * 60 + local.minute), None)
    hours = tell.span(time_of(spans[0]), time_of(spans[1])) if spans else ""
    return f"{tell.day(local.date(), now.date())} {hours}".strip()


def next_callback(calendar: Calendar, now: datetime, minutes: int) -> datetime | None:
    """When the shop will have had `minutes` of opening time from now (UTC); None when it has no hours."""
    today = now.date()
    timeline = calendar.timeline(today, today + timedelta(days=60))
    moment, left = clock.to_moment(now), minutes * 60
    for opens, closes in zip(timeline.opens, timeline.closes, strict=True):
        begin = max(opens, moment)
        if closes <= begin:
            continue
        if begin + left <= closes:
            return clock.to_datetime(begin + left)
        left -= closes - begin
    return None
