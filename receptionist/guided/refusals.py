"""Why a start cannot be had, in words."""

from datetime import datetime

from receptionist import opening
from receptionist.guided.state import Wanted
from receptionist.guided.turn import Turn
from scheduling import clock
from scheduling.availability import Nothing, Search
from scheduling.hours import Span
from scheduling.models import Service
from scheduling.offers import Offers


def why_not(turn: Turn, start: datetime) -> Nothing | None:
    """What speaks against a start, whatever is booked; None when nothing does or the service is not known.

    A start off the grid whose work would not end before the shop closes is refused for that.
    """
    service = turn.service
    if service is None:
        return None
    search = _search(turn, service)
    nothing = search.refusal(clock.to_moment(start))
    if nothing == Nothing.OFF_GRID and not _ends(search, start):
        return Nothing.TOO_LONG
    return nothing


def _search(turn: Turn, service: Service) -> Search:
    return turn.shop.search(service, clock.to_moment(turn.now))


def _ends(search: Search, start: datetime) -> bool:
    timeline = search.timeline(start.date(), start.date())
    return timeline.end_of(clock.to_moment(start), search.need.minutes * 60) is not None


def say(turn: Turn, service: Service, start: datetime, reason: Nothing | None) -> str:
    """The sentence for a start that cannot be had; `reason` None: somebody has it."""
    words, day = turn.say, start.date()
    if reason == Nothing.CLOSED:
        return _closed(turn, start)
    if reason == Nothing.TOO_LONG:
        later = any(
            opens > start.hour * 60 + start.minute for opens, _closes in turn.shop.calendar.spans(day)
        )
        return words(
            "too_long_break" if later else "too_long",
            service=service.name,
            needs=words.needs(service.duration_minutes),
            at=words.at(start.time()),
        )
    if reason == Nothing.OFF_GRID:
        at = words.at(start.time())
        return words("off_grid", at=at[:1].upper() + at[1:] if turn.lang == "it" else at)
    if reason == Nothing.TOO_SOON:
        return words("too_soon", notice=words.duration(turn.shop.rules.notice_minutes))
    if reason == Nothing.BEYOND_HORIZON:
        return words("too_far", day=words.day(_search(turn, service).last_day, turn.today))
    if reason == Nothing.PAST:
        return words("past")
    return words("no_bay") if reason == Nothing.NO_BAY else words("taken")


def say_none(turn: Turn, service: Service, offers: Offers, wanted: Wanted) -> str:
    """The sentence for days in which nothing is free."""
    words = turn.say
    if wanted.day:
        day = datetime.fromisoformat(wanted.day).date()
        if turn.shop.calendar.closed(day):
            return _closed(turn, datetime.combine(day, turn.now.time(), turn.now.tzinfo))
        if not wanted.earliest and offers.nothing in (Nothing.FULL, Nothing.TOO_SOON, Nothing.TOO_LONG):
            return words("full_day", day=words.day(day, turn.today))
    if offers.nothing == Nothing.BEYOND_HORIZON:
        return words("too_far", day=words.day(_search(turn, service).last_day, turn.today))
    if offers.nothing == Nothing.NO_BAY:
        return words("no_bay")
    if offers.slots or offers.nothing == Nothing.CLOSED_THEN:
        return words("full_then")
    if offers.nothing == Nothing.PAST:
        return words("past")
    return words("full_days") if wanted.first else ""


def _closed(turn: Turn, start: datetime) -> str:
    words, day = turn.say, start.date()
    closed = turn.shop.calendar.closed(day)
    if closed:
        said = words.day(day, turn.today)
        why = opening.say_why(closed) if turn.lang == "it" else ""
        return words("closed", day=said[:1].upper() + said[1:], why=why)
    return words("closed_then", hours=spans(turn.shop.calendar.spans(day)))


def spans(periods: tuple[Span, ...]) -> str:
    """Opening periods as they are written: "8:00-12:30, 14:00-18:30"."""
    return ", ".join(f"{_written(opens)}–{_written(closes)}" for opens, closes in periods)


def _written(minute: int) -> str:
    return f"{minute // 60 % 24}:{minute % 60:02}"
