"""Days and times: from what was said to a start that is free, or to the list of starts that are."""

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from receptionist.content import Option
from receptionist.guided import refusals
from receptionist.guided.says import Says
from receptionist.guided.state import Wanted
from receptionist.guided.turn import Turn
from receptionist.italian.when import When
from scheduling import booking, clock
from scheduling.availability import Nothing
from scheduling.models import Service
from scheduling.offers import Offers, alternatives

MOST_ROWS = 9
# With rows for the waiting list and for more times.
MOST_ROWS_FULL = 8
LOOK = 80
A_HALF_DAY = 2
MOST_BEFORE, FEW = 3, 5
LAST_DAYS = timedelta(days=6)
NOON = time(13)
EVENING = "17:00"
ONE_OFFER = "first"
"""What the open question is about when one time was proposed: a thumb accepts it."""


def choose(turn: Turn, when: When) -> Says | None:
    """Take what was said about the time: None when the wish has its start now, otherwise what to ask or offer."""
    if when.question or when.either:
        return _ask_which(turn, when)
    if when.at:
        return take(turn, when.at)
    exact, known = _exact(when), _known_day(turn)
    if exact and known and not when.day and not when.days:
        return take(turn, datetime.combine(known, exact, turn.now.tzinfo))
    if when.day and not when.clock and not when.part and turn.wish.start:
        same_time = datetime.combine(
            when.day, datetime.fromisoformat(turn.wish.start).time(), turn.now.tzinfo
        )
        if is_free(turn, same_time):
            return take(turn, same_time)
    turn.wish.start = ""
    turn.state.wanted = wanted(when, known)
    return show(turn)


def _exact(when: When) -> time | None:
    return when.clock if when.clock and not (when.after or when.before or when.until) else None


def wanted(when: When, known: date | None) -> Wanted:
    """The days and hours to look in; `known` is the day that was being talked about."""
    exact, first = _exact(when), when.day
    last = first
    if when.days:
        first, last = when.days
    elif not when.day and known and not when.soonest and not exact:
        first = last = known
    asked = Wanted(first=_iso(first), last=_iso(last), part=_part(when.part))
    if exact:
        asked.earliest = asked.latest = _hour(exact)
    elif when.clock:
        asked.earliest = "" if when.before else _hour(when.clock)
        asked.latest = _hour(when.clock) if when.before else _hour(when.until)
    elif when.part == "evening":
        asked.earliest = EVENING
    return asked


def _iso(day: date | None) -> str:
    return day.isoformat() if day else ""


def _hour(moment: time | None) -> str:
    return f"{moment:%H:%M}" if moment else ""


def _part(part: str | None) -> str:
    return {"morning": "morning", "afternoon": "afternoon", "evening": "afternoon"}.get(part or "", "")


def _known_day(turn: Turn) -> date | None:
    """The day that is being talked about: the chosen one, or the one whose times were shown."""
    said = turn.wish.start[:10] or turn.state.wanted.day or turn.state.wanted.talk
    return date.fromisoformat(said) if said else None


def _ask_which(turn: Turn, when: When) -> Says:
    """The question that an ambiguous or past moment needs, with the days to tap where there are some."""
    turn.state.asked = "slot"
    clock_said = _hour(when.clock)
    options = tuple(
        Option(f"day:{day.isoformat()}:{clock_said}:{_part(when.part)}", turn.say.short_day(day))
        for day in when.either
        if day >= turn.today
    )
    question = when.question if turn.lang == "it" and when.question else turn.say("which_day")
    if when.past and not options:
        turn.wish.start, turn.state.wanted = "", Wanted()
        return show(turn, turn.say("past") if turn.lang == "en" or not when.question else when.question)
    return Says(question, options)


def day_tapped(turn: Turn, day: date, clock_said: str, part: str) -> Says | None:
    """One of the days of a question was chosen."""
    at = time.fromisoformat(clock_said) if clock_said else None
    if at:
        return take(turn, datetime.combine(day, at, turn.now.tzinfo))
    turn.wish.start, turn.state.wanted = "", Wanted(first=day.isoformat(), last=day.isoformat(), part=part)
    return show(turn)


def is_free(turn: Turn, start: datetime) -> bool:
    """Whether the service can begin then."""
    return refusals.why_not(turn, start) is None and start in _free_on(turn, start.date())


def take(turn: Turn, start: datetime) -> Says | None:
    """Set the wish's start when it is free; otherwise say why it is not and what is near."""
    service = turn.service
    if service is None:
        turn.wish.when = start.replace(tzinfo=None).isoformat(timespec="minutes")
        return None
    reason = refusals.why_not(turn, start)
    if reason is None and start in _free_on(turn, start.date()):
        turn.wish.start = start.replace(tzinfo=None).isoformat(timespec="minutes")
        turn.state.wanted = Wanted(first=start.date().isoformat(), last=start.date().isoformat())
        return None
    turn.wish.start = ""
    if reason in (Nothing.TOO_LONG, Nothing.OFF_GRID):
        return _next_fitting(turn, service, start, reason)
    lead = refusals.say(turn, service, start, reason)
    search = turn.shop.search(service, clock.to_moment(turn.now))
    near = alternatives(service=service, search=search, start=clock.to_moment(start), limit=MOST_ROWS)
    starts = sorted(slot.starts_at.astimezone(turn.now.tzinfo) for slot in near)
    turn.state.wanted = Wanted(first=start.date().isoformat(), last=start.date().isoformat())
    full = reason is None and not any(each.date() == start.date() for each in starts)
    return _listed(turn, service, starts, f"{lead} {turn.say('nearest')}", waiting=full)


def _next_fitting(turn: Turn, service: Service, start: datetime, reason: Nothing) -> Says:
    """For work that would not end in time: what comes next, and why."""
    lead = refusals.say(turn, service, start, reason)
    offers = _look(turn, service, start.date(), None, "")
    later = [each for each in _local(turn, offers) if each > start]
    turn.state.wanted = Wanted(first=start.date().isoformat(), last=start.date().isoformat())
    if not later:
        return _listed(turn, service, [], lead)
    nearest = turn.say("next_fit", when=turn.say.when(later[0], turn.today))
    said = _listed(turn, service, later[:MOST_ROWS], f"{lead} {nearest}")
    turn.state.about = ONE_OFFER
    return said


def show(turn: Turn, lead: str = "", beyond: str = "") -> Says:
    """The list of free starts for what is wanted; the nearest ones, and why, when there are none.

    `beyond`: only what comes after this start (ISO, local).
    """
    service, wanted = turn.service, turn.state.wanted
    if service is None:
        return Says(turn.say("no_services"))
    first = date.fromisoformat(wanted.first) if wanted.first else None
    last = date.fromisoformat(wanted.last) if wanted.last else None
    offers = _look(turn, service, first, last, wanted.part, beyond)
    starts = _matching(_local(turn, offers), wanted, beyond)
    if starts:
        single = bool(wanted.day) or len(starts) <= MOST_ROWS
        rows = starts if single else _spread(starts)
        question = (
            turn.say("choose_slot") if lead or wanted.first else turn.say("which_slot", service=service.name)
        )
        return _listed(turn, service, rows[:MOST_ROWS], f"{lead}\n\n{question}".strip())
    if beyond:
        return _after_last(turn, lead, beyond)
    return _nearest(turn, service, offers, wanted, lead)


def more(turn: Turn, seen: str) -> Says:
    """The next page: what comes after the last row that was shown."""
    return show(turn, beyond=seen or turn.state.wanted.seen)


def _after_last(turn: Turn, lead: str, beyond: str) -> Says:
    """Nothing is left in what was wanted: go on with the days after it; at the very end begin again."""
    wanted = turn.state.wanted
    if wanted.last or wanted.part or wanted.earliest or wanted.latest:
        turn.state.wanted = Wanted(first=beyond[:10])
        return show(turn, lead, beyond)
    turn.state.wanted = Wanted()
    return show(turn, turn.say("no_more"))


def _nearest(turn: Turn, service: Service, offers: Offers, wanted: Wanted, lead: str) -> Says:
    why = refusals.say_none(turn, service, offers, wanted)
    near = _local(turn, offers) or [each.starts_at.astimezone(turn.now.tzinfo) for each in offers.nearest]
    if not near and offers.nothing == Nothing.BEYOND_HORIZON:
        last = last_bookable(turn, service)
        near = _local(turn, _look(turn, service, last - LAST_DAYS, last, ""))
    if not near:
        near = _local(turn, _look(turn, service, None, None, ""))
    waiting = offers.nothing in (Nothing.FULL, Nothing.TOO_SOON)
    text = " ".join(part for part in (lead, why, turn.say("nearest") if near else "") if part)
    return _listed(turn, service, _around(near, wanted), text, waiting=waiting)


def _around(near: Sequence[datetime], wanted: Wanted) -> list[datetime]:
    """A few starts before what was wanted and more after it, each side spread over half days."""
    ordered = sorted(near)
    day = wanted.last or wanted.first
    before = [each for each in ordered if day and each.date().isoformat() < (wanted.first or day)]
    after = [each for each in ordered if each not in before]
    kept = _spread(before)[-MOST_BEFORE:] if after else _spread(before)[-MOST_ROWS:]
    rows = _spread(after) if len(_spread(after)) + len(kept) >= FEW else after
    return [*kept, *rows][:MOST_ROWS]


def _look(
    turn: Turn, service: Service, first: date | None, last: date | None, part: str, beyond: str = ""
) -> Offers:
    if beyond:
        first = max(first or turn.today, date.fromisoformat(beyond[:10]))
        last = max(last, first) if last else None
    return booking.free_slots(
        service=service,
        date_from=first,
        date_to=last,
        part_of_day=part or None,
        limit=LOOK,
        catalogue=turn.shop,
        now=turn.now,
    )


def _local(turn: Turn, offers: Offers) -> list[datetime]:
    return [slot.starts_at.astimezone(turn.now.tzinfo) for slot in offers.slots]


def _free_on(turn: Turn, day: date) -> set[datetime]:
    service = turn.service
    if service is None:
        return set()
    offers = booking.free_slots(
        service=service, date_from=day, date_to=day, limit=500, catalogue=turn.shop, now=turn.now
    )
    return set(_local(turn, offers))


def _matching(starts: Sequence[datetime], wanted: Wanted, beyond: str) -> list[datetime]:
    kept = []
    for start in starts:
        hour, iso = f"{start:%H:%M}", start.replace(tzinfo=None).isoformat(timespec="minutes")
        late = wanted.latest and hour > wanted.latest
        if hour >= wanted.earliest and not late and iso > beyond:
            kept.append(start)
    return kept


def _spread(starts: Sequence[datetime]) -> list[datetime]:
    """The first two of every half day: people rarely want the very next half hour."""
    counted: dict[tuple[date, bool], int] = {}
    kept = []
    for start in starts:
        half = (start.date(), start.time() >= NOON)
        counted[half] = counted.get(half, 0) + 1
        if counted[half] <= A_HALF_DAY:
            kept.append(start)
    return kept


def _listed(
    turn: Turn, service: Service, starts: Sequence[datetime], text: str, *, waiting: bool = False
) -> Says:
    """The rows of a list, with one for more times, and one for the waiting list where the wish cannot be met."""
    turn.state.asked, turn.state.about = "slot", ""
    wanted = turn.state.wanted
    if not starts:
        name = service.name if turn.lang == "en" else service.name.lower()
        nothing = turn.say("no_slots", service=name)
        return Says(f"{text} {nothing}".strip(), (Option("m:person", turn.say("m_person")),))
    shown = list(starts)[: MOST_ROWS_FULL if waiting else MOST_ROWS]
    rows = [Option(_row_id(turn, service, start), turn.say.row(start)) for start in shown]
    if waiting and not turn.wish.move:
        rows.append(Option(f"wait:{wanted.first}:{wanted.last}:{wanted.part}", turn.say("notify")))
    wanted.seen = shown[-1].replace(tzinfo=None).isoformat(timespec="minutes")
    rows.append(Option(f"more:{wanted.seen}", turn.say("more")))
    return Says(text, tuple(rows), turn.say("b_slots"))


def _row_id(turn: Turn, service: Service, start: datetime) -> str:
    iso = start.replace(tzinfo=None).isoformat(timespec="minutes")
    return f"mv:{iso}|{turn.wish.move}" if turn.wish.move else f"at:{iso}|{service.pk.hex}"


def last_bookable(turn: Turn, service: Service) -> date:
    """The last day that can be booked."""
    return turn.shop.search(service, clock.to_moment(turn.now)).last_day


__all__ = ["choose", "day_tapped", "is_free", "last_bookable", "more", "show", "take", "wanted"]
