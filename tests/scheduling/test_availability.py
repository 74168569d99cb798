"""What is free, as tables. November 2026: the 23rd is a Monday; the shop opens 8:00-12:30, 14:00-18:30,
Saturday to 12."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from scheduling.availability import Limits, Need, Nothing, PartOfDay, Search
from scheduling.hours import Closing, make_week
from tests.scheduling.plain import (
    ALL_DAY,
    H,
    at,
    calendar,
    run,
    search,
    spans,
    taken,
    times,
)

MONDAY, SATURDAY, SUNDAY = "2026-11-23", "2026-11-28", "2026-11-29"


# minutes, day, the starts on a grid of an hour
@pytest.mark.parametrize(
    ("minutes", "day", "expected"),
    [
        (60, MONDAY, "08:00 09:00 10:00 11:00 14:00 15:00 16:00 17:00"),
        (30, MONDAY, "08:00 09:00 10:00 11:00 12:00 14:00 15:00 16:00 17:00 18:00"),
        (90, MONDAY, "08:00 09:00 10:00 11:00 14:00 15:00 16:00 17:00"),  # 11:00-12:30 is the last that fits
        (91, MONDAY, "08:00 09:00 10:00 14:00 15:00 16:00"),
        (270, MONDAY, "08:00 14:00"),  # exactly a half day
        (240, SATURDAY, "08:00"),
        (270, SATURDAY, ""),  # a weekday's half day does not fit into Saturday, and is not carried over
        (60, SATURDAY, "08:00 09:00 10:00 11:00"),
        (60, SUNDAY, ""),
    ],
)
def test_work_lies_inside_one_opening_period(minutes: int, day: str, expected: str) -> None:
    assert times(run(search(minutes=minutes, grid=60), day)) == expected.split()


# minutes, first start, its end: longer than the longest period (270 minutes)
@pytest.mark.parametrize(
    ("minutes", "start", "end"),
    [
        (271, f"{MONDAY} 08:00", f"{MONDAY} 14:01"),  # over lunch
        (300, f"{MONDAY} 14:00", "2026-11-24 08:30"),  # over night
        (540, f"{MONDAY} 08:00", f"{MONDAY} 18:30"),  # a whole day
        (541, f"{MONDAY} 08:00", "2026-11-24 08:01"),
        (300, "2026-11-27 14:00", "2026-11-28 08:30"),  # Friday into Saturday
        (300, "2026-11-28 11:00", "2026-11-30 12:00"),  # Saturday over Sunday into Monday
        (540 * 3, f"{MONDAY} 08:00", "2026-11-25 18:30"),
    ],
)
def test_longer_work_is_carried_over(minutes: int, start: str, end: str) -> None:
    day = start[:10]
    found = run(search(minutes=minutes, grid=60), day)
    slots = {slot.starts_at: slot.ends_at for slot in found.slots}
    begin = datetime.fromtimestamp(at(start), UTC)
    assert slots[begin] == datetime.fromtimestamp(at(end), UTC)


def test_carried_work_waits_for_the_end_of_a_closure() -> None:
    closed = Closing(date(2026, 11, 24), date(2026, 11, 30), reason="inventario")
    question = search(minutes=300, grid=60, cal=calendar(closings=[closed]))
    assert spans(run(question, MONDAY))[-1] == ("11-23 18:00", "12-01 12:30")


def test_carried_work_holds_its_bay_overnight() -> None:
    question = search(minutes=300, grid=60)
    booked = taken((1, "2026-11-24 08:00", "2026-11-24 09:00"))
    # Monday 14:00 would need the bay until 8:30 on Tuesday; 13:30 does not exist in the opening hours.
    assert spans(run(question, MONDAY, booked=booked)) == [
        ("11-23 08:00", "11-23 14:30"),
        ("11-23 09:00", "11-23 15:30"),
        ("11-23 10:00", "11-23 16:30"),
        ("11-23 11:00", "11-23 17:30"),
        ("11-23 12:00", "11-23 18:30"),
    ]


def test_carried_work_over_the_august_holidays() -> None:
    ferie = Closing(date(2027, 8, 9), date(2027, 8, 22), reason="ferie estive")
    question = search("2027-08-06 07:00", minutes=540, grid=60, cal=calendar(closings=[ferie]))
    assert spans(run(question, "2027-08-06"))[0] == ("08-06 08:00", "08-06 18:30")
    assert spans(run(question, "2027-08-07"))[0] == ("08-07 08:00", "08-23 14:30")


def test_work_that_never_ends_is_too_long() -> None:
    closed_for_good = Closing(date(2026, 11, 24), date(2036, 1, 1))
    question = search(minutes=600, cal=calendar(closings=[closed_for_good]))
    found = run(question, MONDAY)
    assert (found.slots, found.nothing) == ([], Nothing.TOO_LONG)


# what is booked in bays 1 and 2, and the starts that stay free on a Saturday (8:00-12:00) for an hour
@pytest.mark.parametrize(
    ("booked", "buffer", "expected"),
    [
        ([], 0, "08:00 08:30 09:00 09:30 10:00 10:30 11:00"),
        ([(1, "08:00", "12:00")], 0, "08:00 08:30 09:00 09:30 10:00 10:30 11:00"),  # bay 2 is free
        ([(1, "08:00", "12:00"), (2, "08:00", "12:00")], 0, ""),
        ([(1, "08:00", "12:00"), (2, "09:00", "10:00")], 0, "08:00 10:00 10:30 11:00"),
        ([(1, "08:00", "12:00"), (2, "09:00", "10:00")], 15, "10:30 11:00"),  # 8-9 ends too close to 9
        ([(1, "08:00", "12:00"), (2, "09:15", "10:00")], 15, "08:00 10:30 11:00"),
        ([(1, "08:00", "12:00"), (2, "07:00", "08:05")], 0, "08:30 09:00 09:30 10:00 10:30 11:00"),
        ([(1, "08:00", "10:00"), (2, "10:00", "12:00")], 0, "08:00 08:30 09:00 10:00 10:30 11:00"),
    ],
)
def test_bays_that_are_taken(booked: list[tuple[int, str, str]], buffer: int, expected: str) -> None:
    rows = taken(*((bay, f"{SATURDAY} {begin}", f"{SATURDAY} {end}") for bay, begin, end in booked))
    found = run(search(bays=(1, 2), buffer=buffer), SATURDAY, booked=rows)
    assert times(found) == expected.split()
    assert len({slot.starts_at for slot in found.slots}) == len(found.slots)
    if not found.slots:
        assert found.nothing == Nothing.FULL


def test_the_first_free_bay_of_the_order_is_taken() -> None:
    booked = taken((7, f"{SATURDAY} 08:00", f"{SATURDAY} 09:00"))
    found = run(search(bays=(7, 3)), SATURDAY, booked=booked)
    assert [slot.bay_id for slot in found.slots[:4]] == [3, 3, 7, 7]


def test_a_bay_out_of_use_is_like_a_taken_one() -> None:
    lift = Closing(date(2026, 11, 28), date(2026, 11, 28), hours=(9 * H, 10 * H), bay_id=1)
    cal = calendar(closings=[lift])
    assert times(run(search(cal=cal, grid=60), SATURDAY)) == ["08:00", "10:00", "11:00"]
    assert len(run(search(cal=cal, grid=60, bays=(2,)), SATURDAY).slots) == 4


# caps: what starts, what stays free (grid of an hour, two bays)
@pytest.mark.parametrize(
    ("caps", "starts", "own", "expected"),
    [
        ({"most_morning": 2}, ["08:00", "09:00"], [], "14:00 15:00 16:00 17:00"),
        ({"most_morning": 3}, ["08:00", "09:00"], [], "08:00 09:00 10:00 11:00 14:00 15:00 16:00 17:00"),
        ({"most_afternoon": 1}, ["14:00"], [], "08:00 09:00 10:00 11:00"),
        ({"most_afternoon": 1}, ["12:59"], [], "08:00 09:00 10:00 11:00 14:00 15:00 16:00 17:00"),
        ({"most_morning": 1, "most_afternoon": 1}, ["08:00", "16:00"], [], ""),
        ({"most_a_day": 1}, ["08:00", "09:00"], ["09:00"], ""),
        ({"most_a_day": 2}, ["08:00", "09:00"], ["09:00"], "08:00 09:00 10:00 11:00 14:00 15:00 16:00 17:00"),
    ],
)
def test_most_cars(caps: dict[str, int], starts: list[str], own: list[str], expected: str) -> None:
    booked = taken(starts=[f"{MONDAY} {t}" for t in starts], own=[f"{MONDAY} {t}" for t in own])
    question = search(bays=(1, 2), grid=60, **caps)
    assert times(run(question, MONDAY, booked=booked)) == expected.split()
    # Another day has its own count.
    assert len(run(question, "2026-11-24", booked=booked).slots) == 8


# now, notice in minutes, the first start
@pytest.mark.parametrize(
    ("now", "notice", "first"),
    [
        ("2026-11-23 07:00", 0, "11-23 08:00"),
        ("2026-11-23 08:00", 0, "11-23 08:00"),
        ("2026-11-23 08:01", 0, "11-23 08:30"),
        ("2026-11-23 08:00", 120, "11-23 10:00"),
        ("2026-11-23 10:00", 120, "11-23 14:00"),  # 12:00 would keep the notice but runs into lunch
        ("2026-11-23 16:00", 120, "11-24 08:00"),
        ("2026-11-23 20:00", 24 * H, "11-25 08:00"),
        ("2026-11-28 11:30", 0, "11-30 08:00"),  # Saturday noon to Monday
    ],
)
def test_notice(now: str, notice: int, first: str) -> None:
    found = run(search(now, notice=notice), now[:10], "2026-12-31", limit=1)
    assert spans(found)[0][0] == first


@pytest.mark.parametrize(
    ("part", "expected"),
    [(PartOfDay.MORNING, "08:00 09:00 10:00 11:00"), (PartOfDay.AFTERNOON, "14:00 15:00 16:00 17:00")],
)
def test_part_of_day(part: PartOfDay, expected: str) -> None:
    assert times(run(search(part=part, grid=60), MONDAY)) == expected.split()


def test_part_of_day_follows_the_shop() -> None:
    found = run(search(part=PartOfDay.AFTERNOON, grid=60, afternoon_from=11 * H), MONDAY)
    assert times(found)[0] == "11:00"


def test_horizon_counts_local_days() -> None:
    question = search("2026-11-23 23:30", horizon_days=2)
    assert spans(run(question, "2026-11-23", "2027-01-31"))[-1][0] == "11-25 17:30"


# question, first day, last day, the reason
@pytest.mark.parametrize(
    ("values", "first", "last", "nothing"),
    [
        ({}, "2026-11-20", "2026-11-22", Nothing.PAST),
        ({}, "2027-03-01", "2027-03-02", Nothing.BEYOND_HORIZON),
        ({"bays": ()}, MONDAY, MONDAY, Nothing.NO_BAY),
        ({}, SUNDAY, SUNDAY, Nothing.CLOSED),
        ({"part": PartOfDay.AFTERNOON}, SATURDAY, SATURDAY, Nothing.CLOSED_THEN),
        ({"now": "2026-11-23 18:10"}, MONDAY, MONDAY, Nothing.TOO_SOON),
        ({"now": "2026-11-23 17:45"}, MONDAY, MONDAY, Nothing.TOO_LONG),
        ({"minutes": 270}, SATURDAY, SATURDAY, Nothing.TOO_LONG),
    ],
)
def test_why_there_is_nothing(values: dict[str, object], first: str, last: str, nothing: Nothing) -> None:
    found = run(search(**values), first, last)  # type: ignore[arg-type]
    assert (found.slots, found.nothing) == ([], nothing)


# first day, last day, closings: what is said about the closed days
@pytest.mark.parametrize(
    ("first", "last", "closings", "said"),
    [
        ("2026-12-25", "2026-12-26", [], [("12-25", "Natale"), ("12-26", "Santo Stefano")]),
        ("2026-12-08", "2026-12-08", [], [("12-08", "Immacolata")]),
        ("2026-11-28", "2026-11-30", [], [("11-29", "")]),
        (
            "2026-12-07",
            "2026-12-07",
            [Closing(date(2026, 12, 7), date(2026, 12, 7), reason="ponte")],
            [("12-07", "ponte")],
        ),
        (
            "2026-12-07",
            "2026-12-07",
            [Closing(date(2010, 12, 7), date(2010, 12, 7), every_year=True, reason="Sant'Ambrogio")],
            [("12-07", "Sant'Ambrogio")],
        ),
    ],
)
def test_closed_days_are_told_with_their_reason(
    first: str, last: str, closings: list[Closing], said: list[tuple[str, str]]
) -> None:
    found = run(search(cal=calendar(closings=closings)), first, last)
    assert [(f"{c.day:%m-%d}", c.reason) for c in found.closed] == said


def test_san_francesco_is_closed_from_2026() -> None:
    # 4 October 2027 is a Monday.
    question = search("2027-09-27 07:00")
    found = run(question, "2027-10-04")
    assert (found.nothing, found.closed[0].reason) == (Nothing.CLOSED, "festa di San Francesco")
    before = search("2021-09-27 07:00")  # a Monday, and a day like any other
    assert len(run(before, "2021-10-04").slots) == 16


def test_a_shop_may_work_on_a_holiday() -> None:
    cal = calendar(works_on={"san_francesco"})
    assert len(run(search("2027-09-27 07:00", cal=cal), "2027-10-04").slots) == 16


def test_clocks_go_forward() -> None:
    """28 March 2027: 2:00 becomes 3:00. The night shop opens 1:00-5:00."""
    cal = calendar(make_week([(day, 1 * H, 5 * H) for day in range(7)]), works_on={"pasqua"})
    found = run(search("2027-03-27 12:00", cal=cal, minutes=30), "2027-03-28")
    assert times(found) == ["01:00", "01:30", "03:00", "03:30", "04:00", "04:30"]
    assert found.slots[2].starts_at == datetime(2027, 3, 28, 1, 0, tzinfo=UTC)
    # An hour of work from 1:30 ends at 3:30 on the wall.
    hour = run(search("2027-03-27 12:00", cal=cal, minutes=60), "2027-03-28")
    assert ("03-28 01:30", "03-28 03:30") in spans(hour)
    # The period is three real hours long, so four hours of work do not fit that day.
    assert run(search("2027-03-27 12:00", cal=cal, minutes=240), "2027-03-28").nothing == Nothing.TOO_LONG


def test_clocks_go_back() -> None:
    """31 October 2027: 3:00 becomes 2:00. Every wall time is offered once, the first time that it comes."""
    cal = calendar(make_week([(day, 1 * H, 5 * H) for day in range(7)]))
    found = run(search("2027-10-30 12:00", cal=cal, minutes=30), "2027-10-31")
    assert times(found) == ["01:00", "01:30", "02:00", "02:30", "03:00", "03:30", "04:00", "04:30"]
    assert found.slots[3].starts_at == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert found.slots[4].starts_at == datetime(2027, 10, 31, 2, 0, tzinfo=UTC)
    # An hour of work from 2:30 ends at the second 2:30.
    hour = run(search("2027-10-30 12:00", cal=cal, minutes=60), "2027-10-31")
    assert ("10-31 02:30", "10-31 02:30") in spans(hour)
    # The period is five real hours long.
    assert spans(run(search("2027-10-30 12:00", cal=cal, minutes=240), "2027-10-31"))[-1] == (
        "10-31 02:00",
        "10-31 05:00",
    )


# now, notice, the first start: a day of notice is 24 real hours
@pytest.mark.parametrize(
    ("now", "first"),
    [
        ("2027-03-27 09:00", "03-28 10:00"),  # the night is an hour shorter
        ("2027-03-26 09:00", "03-27 09:00"),
        ("2027-10-30 09:00", "10-31 08:00"),  # the night is an hour longer
        ("2027-10-29 09:00", "10-30 09:00"),
    ],
)
def test_notice_is_real_time_across_clock_changes(now: str, first: str) -> None:
    cal = calendar(ALL_DAY, works_on={"pasqua"})
    found = run(search(now, cal=cal, notice=24 * H), now[:10], "2027-11-30", limit=1)
    assert spans(found)[0][0] == first


@pytest.mark.parametrize("day", ["2027-03-28", "2027-10-31"])
def test_a_usual_day_is_usual_on_a_clock_change(day: str) -> None:
    """Opening hours are wall times: a shop that opens on that Sunday opens at 8 by its own clock."""
    cal = calendar(make_week([(6, 8 * H, 12 * H)]), works_on={"pasqua"})
    found = run(search(day + " 00:00", cal=cal, grid=60), day)
    assert times(found) == ["08:00", "09:00", "10:00", "11:00"]


def test_carried_work_counts_real_hours_over_a_clock_change() -> None:
    cal = calendar(make_week([(5, 20 * H, 24 * H), (6, 0, 6 * H)]), works_on={"pasqua"})
    # Saturday 20:00 to Sunday 6:00 is one period of ten hours on the wall, nine real ones that night.
    question = search("2027-03-27 12:00", cal=cal, minutes=9 * H, grid=60)
    assert spans(run(question, "2027-03-27")) == [("03-27 20:00", "03-28 06:00")]


def test_hours_that_meet_at_midnight_are_one_period() -> None:
    question = search(minutes=240, cal=calendar(ALL_DAY), grid=60)
    assert ("11-23 22:00", "11-24 02:00") in spans(run(question, MONDAY))


@pytest.mark.parametrize("zone", ["Europe/Rome", "Europe/London", "America/New_York", "Asia/Kolkata", "UTC"])
def test_every_shop_has_its_own_clock(zone: str) -> None:
    tz = ZoneInfo(zone)
    cal = calendar(tz=tz)
    question = Search(cal, Limits(notice=0), Need(60, (1,)), at("2026-11-23 07:00", tz))
    assert times(run(question, MONDAY, limit=1), tz) == ["08:00"]
