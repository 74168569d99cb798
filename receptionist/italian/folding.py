"""Puts pieces together: a weekday and its week, a day and its month, from and to, one day or another."""

from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta

from receptionist.italian import almanac, questions
from receptionist.italian.days import real_date
from receptionist.italian.pieces import Bound, Days, Hour, Piece
from receptionist.italian.words import Words


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


@dataclass
class _Group:
    """Pieces of days that stand for one day or one stretch, and how they hang on what was before."""

    days: Days
    bound: Bound
    start: int
    end: int
    joined: str = ""
    """ "or", "range" or nothing."""


def fold(words: Words, found: list[Piece], now: datetime) -> Folded:
    """One reading of all pieces that are meant."""
    out = Folded(soonest=any(piece.kind == "soon" for piece in found))
    for piece in found:
        if piece.kind == "now_plus":
            out.minutes, out.minutes_by = piece.minutes, piece.bound in ("by", "before")
    _fold_hours(words, found, out)
    _fold_parts(found, out)
    _fold_days(words, found, out, now)
    return out


def _fold_hours(words: Words, found: list[Piece], out: Folded) -> None:
    clocks = [piece for piece in found if piece.kind == "clock" and piece.hour is not None]
    if not clocks:
        return
    first = clocks[0]
    out.hour, out.hour_bound, out.until = first.hour, first.bound, first.until
    out.hours = [piece.hour for piece in clocks if piece.hour is not None]
    if len(clocks) > 1:
        second = clocks[1]
        linked = _link(words, first.end, second.start)
        if second.hour == first.hour and not second.bound:
            return
        if (
            first.bound in ("from", "between", "after")
            or linked in ("or", "to", "and")
            or second.bound in ("by", "before")
        ):
            out.until, out.hour_bound = second.hour, "from"
        elif first.bound in ("before", "by"):
            out.hour, out.until, out.hour_bound = second.hour, first.hour, "from"
        else:
            # The last word counts: "alle 9. No, facciamo le 10."
            out.hour, out.hour_bound = clocks[-1].hour, clocks[-1].bound
    elif first.bound == "between":
        out.hour_bound = ""


def _link(words: Words, start: int, end: int) -> str:
    between = [words.at(k) for k in range(start, end)]
    if any(word in ("o", "oppure", "or") for word in between):
        return "or"
    if between in (["e"], ["and"]):
        return "and"
    if between and all(word in ("-", "a", "alle", "to", "–", "fino") for word in between):
        return "to"
    return "" if between else "next"


def _fold_parts(found: list[Piece], out: Folded) -> None:
    parts = [piece for piece in found if piece.kind == "part"]
    named = {piece.part for piece in parts}
    if len(named) == 1:
        out.part = parts[0].part
        out.edge = next((piece.edge for piece in parts if piece.edge), "")
        out.opening = any(piece.word == "opening" for piece in parts)
        if parts[0].bound == "before" and out.part == "afternoon" and out.hour is None:
            out.part, out.edge = "morning", ""
    halves = {each.half for each in out.hours if each.half}
    if not out.part and len(halves) == 1 and out.hour is not None:
        out.part = _part_of(out.hour)


def _part_of(hour: Hour) -> str:
    if hour.half == "am":
        return "morning"
    if hour.half == "night":
        return "evening" if hour.hour >= 9 else "morning"
    return "evening" if 6 <= hour.hour < 12 or hour.hour >= 18 else "afternoon"


def _fold_days(words: Words, found: list[Piece], out: Folded, now: datetime) -> None:
    today = now.date()
    groups = _groups(words, found, today)
    if not groups:
        if any(piece.kind == "part" and piece.days is not None for piece in found):
            out.first = today
        return
    if len(groups) == 1:
        _settle(groups[0], out, now)
        return
    _several(groups, out, now)


def _groups(words: Words, found: list[Piece], today: date) -> list[_Group]:
    """Neighbours that say one thing together: "giovedì", "26 novembre"; "lunedì" "della prossima settimana"."""
    groups: list[_Group] = []
    for piece in found:
        days = piece.days
        if piece.kind not in ("day", "part") or days is None:
            continue
        if days.which in ("today", "tomorrow") and days.first is None:
            days = replace(days, first=today + timedelta(days=days.which == "tomorrow"))
        link = _joined(words, found, groups[-1], piece) if groups else ""
        merged = None
        if groups and link == "":
            narrowed = _narrowed(groups[-1].days, days, piece.bound, today)
            if narrowed is not None:
                groups[-1] = _Group(
                    narrowed, groups[-1].bound, groups[-1].start, piece.end, groups[-1].joined
                )
                continue
            merged = _merged(groups[-1].days, days, today)
        if merged is not None:
            last = groups[-1]
            groups[-1] = _Group(merged, last.bound or piece.bound, last.start, piece.end, last.joined)
        else:
            groups.append(_Group(days, piece.bound, piece.start, piece.end, link))
    return groups


def _narrowed(one: Days, limit: Days, bound: Bound, today: date) -> Days | None:
    """ "il lunedì dopo Natale", "a gennaio dopo le feste": a day or stretch limited by another."""
    first, last = limit.first, limit.end
    if not bound or bound == "between" or first is None or last is None:
        return None
    if one.weekday is not None and one.first is None and one.number is None:
        if bound in ("after", "from"):
            return Days(first=almanac.next_weekday(last + timedelta(days=bound == "after"), one.weekday))
        latest = first - timedelta(days=bound == "before")
        return Days(first=latest - timedelta(days=(latest.weekday() - one.weekday) % 7))
    if not one.is_range or one.first is None or one.end is None:
        return None
    if bound in ("after", "from"):
        begin = max(one.first, last + timedelta(days=bound == "after"))
        return Days(first=begin, last=one.end) if begin <= one.end else None
    finish = min(one.end, first - timedelta(days=bound == "before"))
    return Days(first=one.first, last=finish) if one.first <= finish else None


_TO = frozenset({"a", "al", "all", "ad"})


def _joined(words: Words, found: list[Piece], last: _Group, piece: Piece) -> str:
    between = [words.at(k) for k in range(last.end, piece.start)]
    if any(word in ("o", "oppure", "or", "altrimenti", "senno") for word in between):
        return "or"
    if any(each.kind == "or" and last.end <= each.start < piece.start for each in found):
        return "or"
    beside = between in ([], ["e"], ["-"], ["to"], ["and"]) and piece.bound in ("", "by")
    reaches = last.bound == "between" or piece.bound == "by" or between in (["to"], ["-"])
    if last.bound in ("from", "between") and beside and (reaches or words.at(piece.start) in _TO):
        return "range"
    if between in (["-"], ["–"]):
        return "range"
    if between in (["e"], ["and"]):
        return "or"
    return ""


def _merged(one: Days, other: Days, today: date) -> Days | None:
    """Both as one, or None when they do not say one thing."""
    for a, b in ((one, other), (other, one)):
        if a.weekday is not None and a.first is None and a.number is None and b.weekday is None:
            if b.number is not None and b.first is None:
                return replace(a, number=b.number, in_words=b.in_words)
            return _weekday_in(a, b, today)
        if a.number is not None and a.weekday is None and b.is_range and b.first is not None:
            found = real_date(b.first.year, b.first.month, a.number)
            if found is not None and b.first <= found <= (b.end or found):
                return Days(first=found)
    if one.first is not None and one.first == other.first and one.end == other.end:
        return one
    if (
        one.number is not None
        and other.first is not None
        and not other.is_range
        and other.first.day == one.number
    ):
        return other
    if one.weekday is not None and one == other:
        return one
    return _within(one, other) or _within(other, one)


def _within(inner: Days, outer: Days) -> Days | None:
    """ "domani" and "questa settimana": the narrower one, when it lies in the other."""
    if (
        inner.first is None
        or not outer.is_range
        or outer.first is None
        or inner.end is None
        or outer.end is None
    ):
        return None
    return inner if outer.first <= inner.first and inner.end <= outer.end else None


def _weekday_in(weekday: Days, other: Days, today: date) -> Days | None:
    """ "giovedì" with "26 novembre", "fra due settimane", "della prossima settimana", "di dicembre"."""
    number = weekday.weekday or 0
    if other.first is None:
        return None
    if other.loose and not other.is_range:
        if (other.first - today).days % 7 == 0 and (other.first - today).days:
            first, _last = almanac.week_of(other.first)
            return Days(first=first + timedelta(days=number))
        back = (other.first.weekday() - number) % 7
        nearest = other.first + timedelta(days=-back if back <= 3 else 7 - back)
        return Days(first=nearest)
    if not other.is_range:
        return other if other.first.weekday() == number else replace(other, weekday=number)
    found = almanac.next_weekday(max(other.first, today), number)
    return Days(first=found) if found <= (other.end or found) else None


def _settle(group: _Group, out: Folded, now: datetime) -> None:
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


def _several(groups: list[_Group], out: Folded, now: datetime) -> None:
    """More than one day: a stretch, a choice, or a doubt."""
    today = now.date()
    settled: list[tuple[date, date, _Group]] = []
    for group in groups:
        one = replace(out, first=None, last=None, question="", either=(), past=False)
        if (
            group.joined == "range"
            and settled
            and group.days.weekday is not None
            and group.days.first is None
        ):
            one.first = almanac.next_weekday(settled[-1][0], group.days.weekday)
        elif (
            group.joined == "range"
            and settled
            and group.days.number is not None
            and group.days.weekday is None
        ):
            one.first = almanac.next_with(group.days.number, settled[-1][0])
        else:
            _settle(group, one, now)
        if one.first is not None:
            settled.append((one.first, one.last or one.first, group))
    # "dal 10 al 15 dicembre": the month is said once, at the end.
    if (
        len(settled) == 2
        and settled[1][2].joined == "range"
        and groups[0].days.number
        and settled[1][2].days.first
    ):
        day = real_date(settled[1][0].year, settled[1][0].month, groups[0].days.number)
        if day is not None and day <= settled[1][0]:
            settled[0] = (day, day, settled[0][2])
    coming = [each for each in settled if each[1] >= today] or settled
    distinct = sorted({each[:2] for each in coming})
    if not distinct:
        return
    out.first, out.last = distinct[0][0], max(each[1] for each in distinct)
    out.bound = ""
    if len(distinct) == 1:
        out.bound = coming[0][2].bound if coming[0][2].bound != "between" else ""
        return
    joined = {each[2].joined for each in coming[1:]}
    if joined == {"range"}:
        if all(each[2].days.holiday for each in coming) and coming[0][2].bound == "between":
            out.first, out.last = out.first + timedelta(days=1), out.last - timedelta(days=1)
        return
    out.either = tuple(each[0] for each in distinct)
    if "or" not in joined and len(distinct) > 1:
        out.question = questions.which_day(list(out.either), today)
