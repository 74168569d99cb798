"""Puts pieces together: the hours, the parts of the day and the days of a text, as one reading."""

from datetime import datetime

from receptionist.italian.grouping import groups_of
from receptionist.italian.pieces import Hour, Piece
from receptionist.italian.settling import Folded, settle_one, settle_several
from receptionist.italian.words import Words


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
    clocks = [piece for piece in found if piece.kind == "clock"]
    out.hours = [piece.hour for piece in clocks if piece.hour is not None]
    if not clocks:
        return
    first = clocks[0]
    out.hour, out.hour_bound, out.until = first.hour, first.bound, first.until
    if len(clocks) > 1:
        second = clocks[1]
        linked = _link(words, first.end, second.start)
        if out.hours[0].at == out.hours[1].at and (second.until or not second.bound):
            out.until, out.hour_bound = second.until, second.bound or first.bound
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
    if between and all(word in ("-", "/", "a", "alle", "to", "–", "fino") for word in between):
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
        return "evening" if hour.hour >= 8 else "morning"
    return "evening" if 6 <= hour.hour < 12 or hour.hour >= 18 else "afternoon"


def _fold_days(words: Words, found: list[Piece], out: Folded, now: datetime) -> None:
    today = now.date()
    groups = groups_of(words, found, today)
    if not groups:
        if any(piece.kind == "part" and piece.days is not None for piece in found):
            out.first = today
        return
    if len(groups) == 1:
        settle_one(groups[0], out, now)
        return
    settle_several(groups, out, now)
