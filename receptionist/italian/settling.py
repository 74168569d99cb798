"""From what was said to days of the calendar, with the question to ask where it can be taken in two ways."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from receptionist.italian import almanac, questions
from receptionist.italian.days import real_date
from receptionist.italian.grouping import Group
from receptionist.italian.pieces import Bound, Days, Hour


@dataclass
class Folded:
    """What all pieces say together."""

    first: date | None = None
    last: date | None = None
    bound: Bound = ""
    hour: Hour | None = None
    until: Hour | None = None
    hour_bound: Bound = ""
    part: str | None = None
    edge: str = ""
    opening: bool = False
    soonest: bool = False
    minutes: int = 0
    minutes_by: bool = False
    question: str = ""
    past: bool = False
    either: tuple[date, ...] = ()
    hours: list[Hour] = field(default_factory=list)


def settle_one(group: Group, out: Folded, now: datetime) -> None:
    """One day or stretch. Side effect: the days, the limit and the question of `out`."""
    days, today = group.days, now.date()
    out.bound = group.bound if group.bound != "between" else ""
    if days.weekday is not None and days.number is not None:
        _weekday_and_number(days, out, today)
    elif days.weekday is not None and days.first is not None:
        _mismatch(days, out, today)
    elif days.weekday is not None:
        _weekday(days, out, now)
    elif days.number is not None:
        out.first = almanac.next_with(days.number, today)
    else:
        out.first, out.last = days.first, days.last
        if days.recent and days.first is not None:
            later = real_date(today.year + 1, days.first.month, days.first.day)
            out.past = True
            out.question = questions.next_year(days.first, later, today) if later else ""
            out.either = (later,) if later else ()


def _weekday(days: Days, out: Folded, now: datetime) -> None:
    today, number = now.date(), days.weekday or 0
    if days.which == "last":
        back = (today.weekday() - number - 1) % 7 + 1
        out.first = today - timedelta(days=back)
        return
    ahead = (number - today.weekday()) % 7
    if days.weeks or days.which == "next":
        step = (ahead or 7) if days.which == "next" else ahead
        out.first = today + timedelta(days=step + 7 * days.weeks)
        if days.which == "next" and ahead == 1 and not days.weeks:
            _doubt(out, [out.first, out.first + timedelta(days=7)], today)
        return
    day = today + timedelta(days=ahead)
    if ahead:
        out.first = day
        return
    later = today + timedelta(days=7)
    if _still_today(out, now):
        _doubt(out, [day, later], today)
    out.first = later


def _still_today(out: Folded, now: datetime) -> bool:
    """Whether what is said of the hour can still be today."""
    if out.hour is not None:
        latest = out.hour.hour if out.hour.exact or out.hour.hour > 7 else out.hour.hour + 12
        return (latest, out.hour.minute) > (now.hour, now.minute)
    if out.part == "morning":
        return now.hour < 12
    return now.time() < time(18, 30)


def _doubt(out: Folded, days: list[date], today: date) -> None:
    out.either = tuple(days)
    out.question = questions.which_day(days, today)


def _weekday_and_number(days: Days, out: Folded, today: date) -> None:
    """ "giovedì 26", "giovedì 9", "giovedì otto"."""
    weekday, number = days.weekday or 0, days.number or 1
    day: date | None = today
    for _month in range(3):
        day = almanac.next_with(number, day) if day else None
        if day is not None and day.weekday() == weekday:
            out.first = day
            return
        day = day + timedelta(days=1) if day else None
    nearest = almanac.next_weekday(today + timedelta(days=1), weekday)
    weeks = {8: 1, 15: 2}.get(number)
    if days.in_words and weeks:
        out.first = nearest + timedelta(days=7 * weeks)
        return
    same_number = almanac.next_with(number, today)
    if same_number is None:
        out.first = nearest
        return
    if 7 <= number <= 18:
        out.first, out.either = nearest, (nearest, same_number)
        out.question = questions.day_or_hour(nearest, number, same_number, today)
    else:
        out.first = same_number
        _doubt(out, sorted({same_number, almanac.next_weekday(same_number, weekday)}), today)


def _mismatch(days: Days, out: Folded, today: date) -> None:
    """A weekday and a date that do not belong together."""
    first = days.first
    if first is None:
        return
    out.first = first
    beside = almanac.next_weekday(first - timedelta(days=3), days.weekday or 0)
    choices = [day for day in sorted({first, beside}) if day >= today]
    _doubt(out, choices, today)


def settle_several(groups: list[Group], out: Folded, now: datetime) -> None:
    """More than one day: a stretch, a choice, or a doubt. Side effect: the days and the question of `out`."""
    today = now.date()
    settled = _each_settled(groups, out, now)
    coming = [each for each in settled if each.last >= today] or settled
    distinct = sorted({(each.first, each.last) for each in coming})
    if not distinct:
        return
    out.first, out.last = distinct[0][0], max(last for _first, last in distinct)
    out.bound = ""
    if len(distinct) == 1:
        out.bound = coming[0].group.bound if coming[0].group.bound != "between" else ""
        return
    joined = {each.group.joined for each in coming[1:]}
    if joined == {"range"}:
        if all(each.group.days.holiday for each in coming) and coming[0].group.bound == "between":
            out.first, out.last = out.first + timedelta(days=1), out.last - timedelta(days=1)
        return
    out.either = tuple(first for first, _last in distinct)
    if "or" not in joined:
        out.question = questions.which_day(list(out.either), today)


@dataclass(frozen=True)
class _Settled:
    first: date
    last: date
    group: Group


def _each_settled(groups: list[Group], out: Folded, now: datetime) -> list[_Settled]:
    settled: list[_Settled] = []
    for group in groups:
        one = replace(out, first=None, last=None, question="", either=(), past=False)
        one.first = _end_of_stretch(group, settled[-1].first) if settled else None
        if one.first is None:
            settle_one(group, one, now)
        if one.first is not None:
            settled.append(_Settled(one.first, one.last or one.first, group))
    if len(settled) == 2 and settled[1].group.joined == "range" and settled[1].group.days.first:
        # "dal 10 al 15 dicembre": the month is said once, at the end.
        end, number = settled[1].first, groups[0].days.number
        day = real_date(end.year, end.month, number) if number else None
        if day is not None and day <= end:
            settled[0] = _Settled(day, day, settled[0].group)
    return settled


def _end_of_stretch(group: Group, begin: date) -> date | None:
    """The second day of "da lunedì a mercoledì", "dal 30 al 2": counted from the first."""
    days = group.days
    if group.joined != "range" or days.first is not None:
        return None
    if days.weekday is not None:
        return almanac.next_weekday(begin, days.weekday) if days.number is None else None
    return almanac.next_with(days.number, begin) if days.number is not None else None
