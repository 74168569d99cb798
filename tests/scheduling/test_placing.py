"""One start that somebody wants: what speaks against it, and where it is placed."""

from datetime import UTC, date, datetime, timedelta

import pytest

from scheduling.availability import Limits, Need, Nothing, Search, Slot, nearest
from tests.scheduling.plain import (
    ALL_DAY,
    ROME,
    H,
    at,
    calendar,
    run,
    search,
    taken,
)

MONDAY, SATURDAY, SUNDAY = "2026-11-23", "2026-11-28", "2026-11-29"


# start, what speaks against it
@pytest.mark.parametrize(
    ("start", "values", "refusal"),
    [
        (f"{MONDAY} 09:00", {}, None),
        (f"{MONDAY} 11:30", {}, None),  # ends at 12:30 sharp
        (f"{MONDAY} 12:00", {}, Nothing.TOO_LONG),
        (f"{MONDAY} 12:30", {}, Nothing.CLOSED),
        (f"{MONDAY} 13:00", {}, Nothing.CLOSED),
        (f"{MONDAY} 07:30", {}, Nothing.CLOSED),
        (f"{SUNDAY} 09:00", {}, Nothing.CLOSED),
        (f"{MONDAY} 09:10", {}, Nothing.OFF_GRID),
        (f"{MONDAY} 09:00:30", {}, Nothing.OFF_GRID),
        (f"{MONDAY} 06:59", {}, Nothing.PAST),
        (f"{MONDAY} 08:30", {"notice": 120}, Nothing.TOO_SOON),
        ("2027-01-22 09:00", {}, None),
        ("2027-01-25 09:00", {}, Nothing.BEYOND_HORIZON),
        (f"{MONDAY} 09:00", {"bays": ()}, Nothing.NO_BAY),
        (f"{MONDAY} 12:15", {"minutes": 120, "grid": 15}, Nothing.TOO_LONG),  # "a two-hour job at 12:15"
    ],
)
def test_what_speaks_against_a_start(start: str, values: dict[str, object], refusal: Nothing | None) -> None:
    assert search(**values).refusal(at(start)) == refusal  # type: ignore[arg-type]


def test_the_second_time_of_an_hour_is_no_start() -> None:
    question = search("2027-10-30 12:00", cal=calendar(ALL_DAY))
    assert question.refusal(at("2027-10-31 02:30")) is None
    assert question.refusal(at("2027-10-31 02:30", fold=1)) == Nothing.OFF_GRID


def test_staff_knows_only_hours_and_bays() -> None:
    strict = Limits(grid=30, notice=600, horizon_days=1, buffer=60, most_morning=1)
    question = Search(calendar(), strict.for_staff(), Need(60, (1,)), at(f"{MONDAY} 10:00"))
    assert question.refusal(at(f"{MONDAY} 09:07")) is None  # began an hour ago
    assert question.refusal(at("2026-11-20 09:00")) == Nothing.PAST
    assert question.refusal(at(f"{MONDAY} 13:00")) == Nothing.CLOSED
    booked = taken((1, f"{MONDAY} 09:00", f"{MONDAY} 10:00"), starts=[f"{MONDAY} 09:00"])
    assert question.place(at(f"{MONDAY} 10:00"), booked) is not None
    assert question.place(at(f"{MONDAY} 09:30"), booked) is None


def test_place_agrees_with_run() -> None:
    booked = taken((1, f"{MONDAY} 09:00", f"{MONDAY} 10:30"), (2, f"{MONDAY} 08:00", f"{MONDAY} 11:00"))
    question = search(bays=(1, 2), buffer=15)
    offered = {slot.starts_at: slot for slot in run(question, MONDAY, booked=booked).slots}
    for minute in range(0, 24 * H, 30):
        start = at(f"{MONDAY} {minute // 60:02d}:{minute % 60:02d}")
        placed = question.place(start, booked) if question.refusal(start) is None else None
        assert placed == offered.get(datetime.fromtimestamp(start, UTC))


def test_reach_covers_what_matters() -> None:
    begin, end = search(buffer=30).reach(date(2026, 11, 23), date(2026, 11, 23))
    assert begin == at("2026-11-22 23:30")
    assert end == at("2026-11-24 01:30")
    # Carried work that starts on Monday evening needs the bay until Tuesday.
    begin, end = search(minutes=600).reach(date(2026, 11, 23), date(2026, 11, 23))
    assert end >= at("2026-11-25 08:30")


def test_nearest_offers_both_sides() -> None:
    free = run(search(grid=30), MONDAY).slots
    wished = datetime.fromtimestamp(at(f"{MONDAY} 09:10"), UTC)
    assert [f"{s.starts_at.astimezone(ROME):%H:%M}" for s in nearest(free, wished, 3)] == [
        "09:00",
        "09:30",
        "08:30",
    ]


def test_slots_are_in_utc() -> None:
    slot = run(search(), MONDAY, limit=1).slots[0]
    assert slot == Slot(
        datetime(2026, 11, 23, 7, 0, tzinfo=UTC), datetime(2026, 11, 23, 8, 0, tzinfo=UTC), bay_id=1
    )
    assert slot.starts_at.utcoffset() == timedelta(0)
