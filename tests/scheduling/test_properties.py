"""What holds for every shop, every booking and every moment, clock changes included."""

import os
from datetime import UTC, date, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from scheduling import clock
from scheduling.availability import Limits, Need, PartOfDay, Search, Slot, Taken
from scheduling.hours import Calendar, Closing, days, make_week
from tests.scheduling.plain import ROME

# Around both clock changes of 2027, around Christmas and in August.
MOMENTS = [
    datetime(2027, 3, 26, tzinfo=UTC),
    datetime(2027, 10, 29, tzinfo=UTC),
    datetime(2026, 12, 22, tzinfo=UTC),
    datetime(2027, 8, 10, tzinfo=UTC),
]
# The same examples every time, so that a run says something about the change; PROPERTY_EXAMPLES looks for new
# ones.
MORE = int(os.environ.get("PROPERTY_EXAMPLES", "0"))
EXAMPLES = settings(max_examples=MORE or 80, derandomize=not MORE, deadline=None)
END_OF_REPEATED_HOUR = 3 * 60  # in Rome, in October


@st.composite
def spans(draw: Any) -> tuple[int, int]:
    opens = draw(st.integers(0, 23 * 4)) * 15
    return opens, min(opens + draw(st.integers(1, 40)) * 15, 24 * 60)


@st.composite
def calendars(draw: Any) -> Calendar:
    week = [(day, *span) for day in range(7) for span in draw(st.lists(spans(), max_size=2))]
    closings = []
    for _ in range(draw(st.integers(0, 2))):
        first = draw(st.dates(date(2026, 12, 20), date(2027, 11, 10)))
        closings.append(
            Closing(
                first,
                first + timedelta(days=draw(st.integers(0, 10))),
                hours=draw(st.none() | spans()),
                bay_id=draw(st.none() | st.integers(1, 3)),
                every_year=draw(st.booleans()),
            )
        )
    return Calendar(ROME, make_week(week), tuple(closings))


@st.composite
def searches(draw: Any) -> Search:
    begin = draw(st.sampled_from(MOMENTS))
    now = clock.to_moment(begin) + draw(st.integers(0, 3 * 24 * 3600))
    cap = st.none() | st.integers(1, 3)
    limits = Limits(
        grid=draw(st.sampled_from([10, 15, 30, 60])),
        notice=draw(st.integers(0, 48 * 60)),
        horizon_days=draw(st.integers(1, 10)),
        buffer=draw(st.sampled_from([0, 10, 45])),
        most_morning=draw(cap),
        most_afternoon=draw(cap),
    )
    need = Need(
        minutes=draw(st.sampled_from([20, 30, 45, 60, 120, 270, 480, 900])),
        bay_ids=draw(st.permutations([1, 2, 3]))[: draw(st.integers(1, 3))],
        most_a_day=draw(cap),
        part_of_day=draw(st.none() | st.sampled_from(PartOfDay)),
    )
    return Search(draw(calendars()), limits, need, now)


@st.composite
def bookings(draw: Any, search: Search) -> Taken:
    """What a shop has booked already, never overlapping."""
    bays: dict[int, list[tuple[int, int]]] = {}
    for bay in (1, 2, 3):
        cursor = search.now - 6 * 3600
        for _ in range(draw(st.integers(0, 12))):
            cursor += draw(st.integers(0, 20)) * 1800
            end = cursor + draw(st.integers(1, 12)) * 900
            bays.setdefault(bay, []).append((cursor, end))
            cursor = end
    starts = sorted(begin for spans_ in bays.values() for begin, _ in spans_)
    return Taken(bays, starts, starts[::2])


def moments(slot: Slot) -> tuple[int, int]:
    return clock.to_moment(slot.starts_at), clock.to_moment(slot.ends_at)


def everything(search: Search, taken: Taken) -> list[Slot]:
    return search.run(search.today, search.last_day, taken, limit=None).slots


@EXAMPLES
@given(st.data())
def test_a_slot_never_overlaps_what_is_booked(data: st.DataObject) -> None:
    search = data.draw(searches())
    taken = data.draw(bookings(search))
    buffer = search.limits.buffer * 60
    for slot in everything(search, taken):
        start, end = moments(slot)
        for begin, finish in taken.bays.get(slot.bay_id, ()):
            assert end + buffer <= begin or finish + buffer <= start
        assert slot.bay_id in search.need.bay_ids


@EXAMPLES
@given(st.data())
def test_a_slot_lies_in_opening_hours_and_lasts_as_long_as_the_work(data: st.DataObject) -> None:
    search = data.draw(searches())
    calendar = search.calendar
    some = search.run(
        search.today, search.last_day, Taken(), limit=15
    ).slots  # minutes are counted one by one
    for slot in some:
        start, end = moments(slot)
        first, last = clock.local_date(start, ROME), clock.local_date(end, ROME)
        # Minute by minute, by the plain definition: the wall clock is inside a span of its day.
        open_minutes = [
            moment
            for moment in range(start, end, 60)
            if _is_open(calendar, datetime.fromtimestamp(moment, ROME))
        ]
        assert len(open_minutes) == search.need.minutes
        assert open_minutes[0] == start
        assert open_minutes[-1] == end - 60
        if search.need.minutes * 60 <= calendar.longest:
            assert len(open_minutes) == (end - start) // 60
        assert all(calendar.closed(day) is None for day in (first, last) if day == first)


def _is_open(calendar: Calendar, wall: datetime) -> bool:
    """The plain definition. An hour that comes twice opens and closes the first time, so what closes after it
    is open all through its second time."""
    minute = wall.hour * 60 + wall.minute
    spans = calendar.spans(wall.date())
    if wall.fold:
        return any(opens < END_OF_REPEATED_HOUR <= closes for opens, closes in spans)
    return any(opens <= minute < closes for opens, closes in spans)


@EXAMPLES
@given(st.data())
def test_a_slot_keeps_notice_horizon_grid_and_part_of_day(data: st.DataObject) -> None:
    search = data.draw(searches())
    for slot in everything(search, Taken()):
        start, _end = moments(slot)
        wall = slot.starts_at.astimezone(ROME)
        assert start - search.now >= search.limits.notice * 60
        assert (wall.date() - search.today).days <= search.limits.horizon_days
        assert (wall.hour * 60 + wall.minute) % search.limits.grid == 0
        assert (wall.second, wall.microsecond, wall.fold) == (0, 0, 0)
        if search.need.part_of_day:
            is_morning = wall.hour * 60 + wall.minute < search.limits.afternoon_from
            assert is_morning == (search.need.part_of_day == PartOfDay.MORNING)
        assert search.refusal(start) is None


@EXAMPLES
@given(st.data())
def test_the_same_question_has_the_same_answer(data: st.DataObject) -> None:
    search = data.draw(searches())
    taken = data.draw(bookings(search))
    slots = everything(search, taken)
    assert slots == everything(search, taken)
    starts = [slot.starts_at for slot in slots]
    assert starts == sorted(set(starts))
    # Fewer are the first ones; and days asked one by one give the same as asked together.
    assert search.run(search.today, search.last_day, taken, limit=2).slots == slots[:2]
    apart = [
        slot
        for day in days(search.today, search.last_day)
        for slot in search.run(day, day, taken, limit=None).slots
    ]
    assert apart == slots


@EXAMPLES
@given(st.data())
def test_every_offer_can_be_had_and_nothing_else(data: st.DataObject) -> None:
    """`place` (what booking asks) and `run` (what is offered) agree on every moment of the grid."""
    search = data.draw(searches())
    search = search.at_any_time()
    taken = data.draw(bookings(search))
    offered = {slot.starts_at: slot for slot in everything(search, taken)}
    step = search.limits.grid * 60
    begin = search.now - search.now % step
    for start in range(begin, begin + 3 * 24 * 3600, step):
        placed = search.place(start, taken) if search.refusal(start) is None else None
        assert placed == offered.get(clock.to_datetime(start))


@EXAMPLES
@given(st.data())
def test_booking_what_is_offered_until_nothing_is_left(data: st.DataObject) -> None:
    """Take the first offer again and again: no two overlap in a bay, no cap is passed, and it comes to an
    end."""
    search = data.draw(searches())
    bays: dict[int, list[tuple[int, int]]] = {}
    starts: list[int] = []
    for _ in range(60):
        taken = Taken({bay: sorted(held) for bay, held in bays.items()}, starts, starts)
        found = search.run(search.today, search.last_day, taken, limit=1)
        if not found.slots:
            break
        start, end = moments(found.slots[0])
        held = bays.setdefault(found.slots[0].bay_id, [])
        assert all(end <= begin or finish <= start for begin, finish in held)
        held.append((start, end))
        starts.append(start)
    by_day: dict[date, list[datetime]] = {}
    for start in starts:
        wall = datetime.fromtimestamp(start, ROME)
        by_day.setdefault(wall.date(), []).append(wall)
    noon = search.limits.afternoon_from
    for walls in by_day.values():
        morning = sum(wall.hour * 60 + wall.minute < noon for wall in walls)
        assert morning <= (search.limits.most_morning or 99)
        assert len(walls) - morning <= (search.limits.most_afternoon or 99)
        assert len(walls) <= (search.need.most_a_day or 99)


@EXAMPLES
@given(st.data())
def test_what_the_database_reads_is_enough(data: st.DataObject) -> None:
    """Appointments outside of `reach` change nothing."""
    search = data.draw(searches())
    taken = data.draw(bookings(search))
    begin, end = search.reach(search.today, search.last_day)
    seen = {
        bay: [span for span in held if span[1] > begin and span[0] < end] for bay, held in taken.bays.items()
    }
    inside = {start for held in seen.values() for start, _ in held}
    partly = Taken(
        seen, [s for s in taken.starts if s in inside], [s for s in taken.service_starts if s in inside]
    )
    assert everything(search, taken) == everything(search, partly)
