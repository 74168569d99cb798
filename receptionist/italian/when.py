"""Reading when somebody means: one answer for a whole text, or the question to ask."""

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Literal

from receptionist.italian import almanac, questions
from receptionist.italian.choosing import chosen
from receptionist.italian.folding import fold
from receptionist.italian.halves import Opens, settle
from receptionist.italian.iso import iso_day, iso_moment, real
from receptionist.italian.lexicon import AFTERNOON, EVENING, MORNING
from receptionist.italian.scan import pieces
from receptionist.italian.settling import Folded
from receptionist.italian.words import MAX_TEXT

OPENS: Opens = (time(8), time(18, 30))
Part = Literal["morning", "afternoon", "evening"]
OPEN_ENDED = timedelta(days=13)
"""How far "dopo Natale" reaches: two weeks in all."""


@dataclass(frozen=True)
class When:
    """When somebody means, as far as it was said. Days and times are local to the shop.

    Ask `question` before anything else when there is one: `day` and `clock` are then only the likelier reading.
    """

    day: date | None = None
    """One day."""
    days: tuple[date, date] | None = None
    """Several, from the first to the last: "la settimana prossima", "dopo Natale" (two weeks of it)."""
    clock: time | None = None
    until: time | None = None
    """The end of a stretch: "dalle 9 alle 11"."""
    part: Part | None = None
    soonest: bool = False
    """As soon as there is a place, or whenever."""
    after: bool = False
    """`clock` is the earliest; without a clock, `days` begins after what was said."""
    before: bool = False
    """`clock` is the latest; without a clock, `days` ends with or before what was said."""
    at: datetime | None = None
    """Aware: day and clock together are one moment that exists, and there is no doubt about either."""
    question: str = ""
    """What to ask the customer, in Italian."""
    past: bool = False
    """It has passed. Never to be offered."""
    either: tuple[date, ...] = ()
    """The days to choose from: named by the customer, or the readings the question is about."""

    def __bool__(self) -> bool:
        """Whether anything was understood."""
        return self != When()


def read_when(
    text: str, now: datetime, *, opens: Opens = OPENS, expects: Literal["", "day", "clock"] = ""
) -> When:
    """When `text` means, read at `now` (aware, local to the shop). Never raises.

    `opens`: the first and last hour of the shop; "alle 3" is the afternoon because of them. `expects`: what was
    just asked, so that a number alone can be an answer ("15" as a day or as an hour).
    """
    zone = now.tzinfo or UTC
    iso = iso_moment(text.strip()[:80], zone)
    if iso is not None:
        return _finished(When(day=iso.date(), clock=iso.time()), now, zone)
    alone = text.strip().rstrip(".!")
    if day := iso_day(alone):
        return _finished(When(day=day), now, zone)
    if expects and alone.isdecimal() and len(alone) < 3:
        text = f"il {alone}" if expects == "day" else f"alle {alone}"
    today = now.date()
    words, found = pieces(text[:MAX_TEXT], today)
    return _understood(fold(words, chosen(words, found, today), now), now, zone, opens)


def _understood(folded: Folded, now: datetime, zone: tzinfo, opens: Opens) -> When:
    if folded.minutes:
        moment = (now + timedelta(minutes=folded.minutes)).replace(second=0, microsecond=0)
        local = moment.astimezone(zone)
        return _finished(When(day=local.date(), clock=local.time(), before=folded.minutes_by), now, zone)
    when = _days(folded, now)
    when = _clock(when, folded, opens)
    when = replace(when, soonest=folded.soonest)
    return _finished(when, now, zone)


def _days(folded: Folded, now: datetime) -> When:
    """The day or days, and the question about them."""
    today = now.date()
    when = When(question=folded.question, either=folded.either, past=folded.past)
    if folded.first is None:
        return when
    last = folded.last or folded.first
    bound = folded.bound
    if bound in ("after", "from"):
        first = folded.first if bound == "from" else almanac.at_day(last, 1) or last
        first = max(first, today)
        return replace(when, days=(first, first + OPEN_ENDED), after=True)
    if bound in ("before", "by"):
        end = last if bound == "by" else almanac.at_day(folded.first, -1) or folded.first
        if end < today:
            return replace(when, day=folded.first, past=True)
        return replace(when, days=(today, end), before=True)
    if folded.last is None or folded.last == folded.first:
        return replace(when, day=folded.first)
    if folded.last < today:
        return replace(when, days=(folded.first, folded.last), past=True)
    return replace(when, days=(max(folded.first, today), folded.last))


_EDGES: dict[tuple[str, str], tuple[time, str]] = {
    (MORNING, "start"): (time(10), "before"),
    (MORNING, "middle"): (time(10), ""),
    (MORNING, "end"): (time(11), "after"),
    (AFTERNOON, "start"): (time(16), "before"),
    (AFTERNOON, "middle"): (time(16), ""),
    (AFTERNOON, "end"): (time(17), "after"),
    (EVENING, "start"): (time(19), "before"),
    (EVENING, "end"): (time(20), "after"),
}


def _clock(when: When, folded: Folded, opens: Opens) -> When:
    part: Part | None = folded.part  # type: ignore[assignment]  # only names of parts are put there
    when = replace(when, part=part)
    if folded.hour is None:
        if part and folded.edge:
            clock, bound = _EDGES.get((part, folded.edge), (None, ""))
            if folded.opening:
                clock, bound = opens[0], ""
            after, before = bound == "after", bound == "before"
            return replace(when, clock=clock, after=after, before=before) if clock else when
        return when
    settled = settle(folded.hour, part, opens)
    until = None
    if folded.until is not None:
        until = settle(folded.until, part, opens)
        if until <= settled and until.hour < 12:
            until = until.replace(hour=until.hour + 12)
        after, before = True, False
    else:
        after, before = folded.hour_bound in ("after", "from"), folded.hour_bound in ("before", "by")
    question = when.question
    if not question and part == MORNING and settled.hour >= 13:
        question = questions.which_half(settled)
    return replace(when, clock=settled, until=until, after=after, before=before, question=question)


def _finished(when: When, now: datetime, zone: tzinfo) -> When:
    """With the moment itself, and the questions that only day and hour together raise."""
    today = now.date()
    question, past = when.question, when.past
    at = None
    if when.day is not None and when.clock is not None:
        at = real(datetime.combine(when.day, when.clock), zone)
        if at is None and not question and abs(when.day.year - today.year) < 100:
            question = questions.no_such_hour(when.day, when.clock, today)
    if when.day is not None and not when.either:
        if when.day < today:
            past = True
        elif when.day == today and not past:
            past = _too_late_today(when, now)
    if past and not question:
        question = questions.passed(when.day, when.clock, today)
    bounded = when.after or when.before
    doubtful = bool(when.either) or bounded
    return replace(when, at=None if doubtful else at, question=question, past=past)


def _too_late_today(when: When, now: datetime) -> bool:
    if when.clock is not None:
        return not when.after and when.clock < now.time().replace(second=0, microsecond=0, tzinfo=None)
    return (when.part == MORNING and now.hour >= 13) or (when.part == AFTERNOON and now.hour >= 19)
