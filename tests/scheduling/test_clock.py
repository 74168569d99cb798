"""Wall time and real time, with both clock changes of 2027 in Rome (28 March, 31 October)."""

from datetime import UTC, date, datetime

import pytest

from scheduling import clock
from tests.scheduling.plain import ROME, utc

SPRING, AUTUMN = date(2027, 3, 28), date(2027, 10, 31)


# day, minute of the day, the moment in UTC
@pytest.mark.parametrize(
    ("day", "minute", "moment"),
    [
        (date(2026, 11, 26), 570, "2026-11-26 08:30"),
        (date(2026, 7, 1), 570, "2026-07-01 07:30"),
        (date(2026, 7, 1), 1440, "2026-07-01 22:00"),
        (SPRING, 0, "2027-03-27 23:00"),
        (SPRING, 119, "2027-03-28 00:59"),
        (SPRING, 120, "2027-03-28 01:00"),  # 2:00 does not exist: the moment of the change
        (SPRING, 150, "2027-03-28 01:00"),
        (SPRING, 180, "2027-03-28 01:00"),
        (SPRING, 1440, "2027-03-28 22:00"),
        (AUTUMN, 120, "2027-10-31 00:00"),
        (AUTUMN, 150, "2027-10-31 00:30"),  # comes twice: the first time
        (AUTUMN, 180, "2027-10-31 02:00"),
        (AUTUMN, 1440, "2027-10-31 23:00"),
    ],
)
def test_moment_at(day: date, minute: int, moment: str) -> None:
    assert clock.moment_at(day, minute, ROME) == utc(moment)


@pytest.mark.parametrize(
    ("day", "minute", "exists"),
    [
        (SPRING, 119, True),
        (SPRING, 120, False),
        (SPRING, 179, False),
        (SPRING, 180, True),
        (AUTUMN, 150, True),
    ],
)
def test_exists(day: date, minute: int, exists: bool) -> None:
    assert clock.exists(day, minute, ROME) is exists


@pytest.mark.parametrize(("day", "plain"), [(SPRING, False), (AUTUMN, False), (date(2027, 3, 27), True)])
def test_is_plain_day(day: date, plain: bool) -> None:
    assert clock.is_plain_day(day, ROME) is plain


def test_localise_reads_what_people_mean() -> None:
    said = datetime.fromisoformat("2026-11-26T09:30")
    assert clock.localise(said, ROME) == datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    assert clock.localise(datetime.fromisoformat("2027-03-28T02:30"), ROME) is None
    twice = clock.localise(datetime.fromisoformat("2027-10-31T02:30"), ROME)
    assert twice is not None
    assert twice.astimezone(UTC) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    aware = datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    assert clock.localise(aware, ROME) is aware


def test_a_naive_datetime_is_an_error() -> None:
    with pytest.raises(ValueError, match="time zone"):
        clock.to_moment(datetime.fromisoformat("2026-11-26T09:30"))


def test_moments_round_down_and_come_back() -> None:
    when = datetime(2026, 11, 26, 8, 30, 0, 999_999, tzinfo=UTC)
    assert clock.to_datetime(clock.to_moment(when)) == when.replace(microsecond=0)
    assert clock.local_date(utc("2026-11-25 23:30"), ROME) == date(2026, 11, 26)
