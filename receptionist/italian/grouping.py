"""Pieces of days that say one thing: "giovedì" and "26 novembre", "lunedì" and "della prossima settimana"."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from receptionist.italian import almanac
from receptionist.italian.days import real_date
from receptionist.italian.pieces import Bound, Days, Piece
from receptionist.italian.words import Words


@dataclass
class Group:
    """Pieces of days that stand for one day or one stretch, and how they hang on what was before."""

    days: Days
    bound: Bound
    start: int
    end: int
    joined: str = ""
    """ "or", "range" or nothing."""
    within: Days | None = None
    """The week or month that was said with the day."""


def groups_of(words: Words, found: list[Piece], today: date) -> list[Group]:
    """Neighbours that say one thing together: "giovedì", "26 novembre"; "lunedì" "della prossima settimana"."""
    groups: list[Group] = []
    for piece in found:
        days = _told_days(piece, today)
        if days is None:
            continue
        last = groups[-1] if groups else None
        link = _joined(words, found, last, piece) if last else ""
        if last is None or link or not _join(last, days, piece, today):
            groups.append(Group(days, piece.bound, piece.start, piece.end, link))
    _share_week(groups, today)
    return groups


def _told_days(piece: Piece, today: date) -> Days | None:
    """The days of a piece; "stasera" is a part of the day that has one."""
    days = piece.days
    if piece.kind not in ("day", "part") or days is None:
        return None
    if days.which in ("today", "tomorrow") and days.first is None:
        return replace(days, first=today + timedelta(days=days.which == "tomorrow"))
    return days


def _join(group: Group, days: Days, piece: Piece, today: date) -> bool:
    """Make the piece part of the group, when both say one thing."""
    merged = _narrowed(group.days, days, piece.bound, today)
    bound = group.bound
    if merged is None:
        merged, bound = _merged(group.days, days, today), group.bound or piece.bound
    if merged is None:
        return False
    group.within = days if days.is_range else group.days if group.days.is_range else group.within
    group.days, group.bound, group.end = merged, bound, piece.end
    return True


def _share_week(groups: list[Group], today: date) -> None:
    """ "la settimana prossima, mercoledì o giovedì": the week is said once for both."""
    within = next((group.within for group in groups if group.within is not None), None)
    if within is None or not any(group.joined == "or" for group in groups):
        return
    for group in groups:
        days = group.days
        if days.weekday is not None and days.first is None and days.number is None and not days.which:
            group.days = _weekday_in(days, within, today) or days


def _narrowed(one: Days, limit: Days, bound: Bound, today: date) -> Days | None:
    """ "il lunedì dopo Natale", "a gennaio dopo le feste": a day or stretch limited by another."""
    first, last = limit.first, limit.end
    if first is None and limit.number is not None and one.is_range and one.first is not None:
        first = last = real_date(one.first.year, one.first.month, limit.number)
    if not bound or bound == "between" or first is None or last is None:
        return None
    if one.weekday is not None and one.first is None and one.number is None:
        if bound in ("after", "from"):
            return Days(first=almanac.next_weekday(last + timedelta(days=bound == "after"), one.weekday))
        latest = first - timedelta(days=bound == "before")
        return Days(first=latest - timedelta(days=(latest.weekday() - one.weekday) % 7))
    if one.first is None or one.end is None:
        return None
    if not one.is_range:
        # "il 23 dicembre, prima di Natale" says no more than the day.
        fits = one.first > last if bound in ("after", "from") else one.first < first
        return one if fits else None
    if bound in ("after", "from"):
        begin = max(one.first, last + timedelta(days=bound == "after"))
        return Days(first=begin, last=one.end) if begin <= one.end else None
    finish = min(one.end, first - timedelta(days=bound == "before"))
    return Days(first=one.first, last=finish) if one.first <= finish else None


_TO = frozenset({"a", "al", "all", "ad"})


def _joined(words: Words, found: list[Piece], last: Group, piece: Piece) -> str:
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
    begin = max(other.first, today) if other.end is None or other.end >= today else other.first
    found = almanac.next_weekday(begin, number)
    return Days(first=found) if found <= (other.end or found) else None
