"""Quiet hours and days off, as tables, over both clock changes."""

from datetime import date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist.followups import when
from receptionist.models import FollowUpConfig
from tests.receptionist.followups.conftest import ROME, rome, utc


def config(
    quiet_from: time = time(20), quiet_to: time = time(8, 30), *, sundays: bool = False
) -> FollowUpConfig:
    return FollowUpConfig(quiet_from=quiet_from, quiet_to=quiet_to, on_sundays=sundays)


MOMENTS = [
    # a Tuesday at ten: at once
    (rome(2026, 11, 24, 10), rome(2026, 11, 24, 10)),
    (rome(2026, 11, 24, 8, 29), rome(2026, 11, 24, 8, 30)),
    (rome(2026, 11, 24, 8, 30), rome(2026, 11, 24, 8, 30)),
    (rome(2026, 11, 24, 19, 59), rome(2026, 11, 24, 19, 59)),
    (rome(2026, 11, 24, 20), rome(2026, 11, 25, 8, 30)),
    (rome(2026, 11, 24, 23, 59), rome(2026, 11, 25, 8, 30)),
    # Saturday evening: Sunday is a day off, and so on to Monday
    (rome(2026, 11, 28, 21), rome(2026, 11, 30, 8, 30)),
    (rome(2026, 11, 29, 12), rome(2026, 11, 30, 8, 30)),
    # Immacolata, a Tuesday
    (rome(2026, 12, 7, 22), rome(2026, 12, 9, 8, 30)),
    # Christmas and Santo Stefano, then a Sunday
    (rome(2026, 12, 24, 20), rome(2026, 12, 28, 8, 30)),
    # Easter Monday
    (rome(2027, 3, 29, 9), rome(2027, 3, 30, 8, 30)),
    # San Francesco, a holiday again since 2026: Monday 4 October 2027
    (rome(2027, 10, 4, 9), rome(2027, 10, 5, 8, 30)),
]


@pytest.mark.parametrize(("moment", "allowed"), MOMENTS, ids=[str(each[0]) for each in MOMENTS])
def test_a_message_waits_for_the_end_of_quiet_hours_and_days_off(moment: datetime, allowed: datetime) -> None:
    assert when.next_allowed(moment, config(), ROME) == allowed


def test_quiet_hours_end_by_the_wall_clock_on_both_clock_changes() -> None:
    every_day = config(sundays=True)

    assert when.next_allowed(rome(2027, 3, 27, 22), config(sundays=False), ROME) == rome(2027, 3, 30, 8, 30)
    # the night of 28 March 2027 is an hour shorter (8:30 is 6:30 UTC then), though Easter day itself is a day off
    assert when.next_allowed(rome(2027, 3, 27, 22), every_day, ROME) == utc(2027, 3, 28, 6, 30)
    assert when.next_allowed(rome(2027, 10, 30, 22), every_day, ROME) == utc(2027, 10, 31, 7, 30)


def test_times_that_the_clock_skips_or_shows_twice() -> None:
    assert when.at(date(2027, 3, 28), time(2, 30), ROME) == utc(2027, 3, 28, 1)
    assert when.at(date(2027, 10, 31), time(2, 30), ROME) == utc(2027, 10, 31, 0, 30)
    ends_in_it = config(time(1), time(2, 30), sundays=True)
    # the second 2:15 of that night is after the quiet hours' end, which was the first 2:30
    assert when.next_allowed(utc(2027, 10, 31, 1, 15), ends_in_it, ROME) == utc(2027, 10, 31, 1, 15)


def test_no_quiet_hours_and_quiet_at_noon() -> None:
    assert when.next_allowed(rome(2026, 11, 24, 3), config(time(0), time(0)), ROME) == rome(2026, 11, 24, 3)
    noon = config(time(12, 30), time(14, 30))
    assert when.next_allowed(rome(2026, 11, 24, 13), noon, ROME) == rome(2026, 11, 24, 14, 30)
    assert not when.is_quiet(rome(2026, 11, 24, 23), noon, ROME)


def test_the_day_before_a_monday_is_saturday() -> None:
    assert when.working_day_before(date(2026, 11, 30), config()) == date(2026, 11, 28)
    assert when.working_day_before(date(2026, 11, 30), config(sundays=True)) == date(2026, 11, 29)
    assert when.working_day_before(date(2026, 12, 28), config()) == date(2026, 12, 24)


@pytest.mark.parametrize(
    ("send_at", "moment"),
    [
        (time(17), rome(2026, 11, 24, 17)),
        (time(21), rome(2026, 11, 24, 19, 59)),
        (time(7), rome(2026, 11, 24, 8, 30)),
    ],
    ids=["by day", "in the evening's quiet", "in the morning's quiet"],
)
def test_a_time_in_the_quiet_hours_moves_within_its_day(send_at: time, moment: datetime) -> None:
    assert when.in_the_day(date(2026, 11, 24), send_at, config(), ROME) == moment


@given(
    moment=st.integers(0, 1_500_000).map(lambda minute: utc(2026, 1, 1) + timedelta(minutes=minute)),
    quiet_from=st.times(),
    quiet_to=st.times(),
    sundays=st.booleans(),
)
def test_what_is_allowed_is_never_quiet_and_never_earlier(
    moment: datetime, quiet_from: time, quiet_to: time, sundays: bool
) -> None:
    wish = config(
        quiet_from.replace(second=0, microsecond=0),
        quiet_to.replace(second=0, microsecond=0),
        sundays=sundays,
    )

    allowed = when.next_allowed(moment, wish, ROME)

    assert allowed >= moment
    assert not when.is_quiet(allowed, wish, ROME)
    assert allowed - moment < timedelta(days=7)
