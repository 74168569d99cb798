"""Opening hours, closures and holidays as a time line."""

from datetime import UTC, date, datetime

import pytest

from scheduling import public_holidays
from scheduling.hours import ClosedDay, Closing, Span, Timeline, Why, make_week
from tests.scheduling.plain import ALL_DAY, WEEK, H, at, calendar, utc

THURSDAY = date(2026, 11, 26)
USUAL = ((8 * H, 12 * H + 30), (14 * H, 18 * H + 30))


# hours in which the shop closes that Thursday, what stays open
@pytest.mark.parametrize(
    ("hours", "spans"),
    [
        ((0, 24 * H), ()),
        ((12 * H + 30, 14 * H), USUAL),
        ((14 * H, 18 * H + 30), USUAL[:1]),
        ((16 * H, 24 * H), (USUAL[0], (14 * H, 16 * H))),
        ((9 * H, 10 * H), ((8 * H, 9 * H), (10 * H, 12 * H + 30), USUAL[1])),
        ((7 * H, 9 * H), ((9 * H, 12 * H + 30), USUAL[1])),
        ((10 * H, 15 * H), ((8 * H, 10 * H), (15 * H, 18 * H + 30))),
    ],
)
def test_closed_for_some_hours(hours: Span, spans: tuple[Span, ...]) -> None:
    cal = calendar(closings=[Closing(THURSDAY, THURSDAY, hours=hours, reason="assemblea")])
    assert cal.spans(THURSDAY) == spans
    assert cal.closed(THURSDAY) == (None if spans else ClosedDay(THURSDAY, Why.CLOSURE, "assemblea"))


# a yearly closing, a day, whether it covers the day
@pytest.mark.parametrize(
    ("first", "last", "day", "covered"),
    [
        (date(2020, 12, 7), date(2020, 12, 7), date(2026, 12, 7), True),
        (date(2020, 12, 7), date(2020, 12, 7), date(2026, 12, 8), False),
        (date(2020, 12, 24), date(2021, 1, 6), date(2026, 12, 31), True),  # over New Year
        (date(2020, 12, 24), date(2021, 1, 6), date(2027, 1, 6), True),
        (date(2020, 12, 24), date(2021, 1, 6), date(2027, 1, 7), False),
        (date(2020, 8, 9), date(2020, 8, 22), date(2027, 8, 22), True),
        (date(2024, 2, 29), date(2024, 2, 29), date(2027, 3, 1), True),
        (date(2024, 2, 29), date(2024, 2, 29), date(2028, 2, 29), True),
    ],
)
def test_every_year(first: date, last: date, day: date, covered: bool) -> None:
    assert Closing(first, last, every_year=True).covers(day) is covered


def test_a_closing_covers_its_days_only() -> None:
    closing = Closing(date(2026, 12, 7), date(2026, 12, 9))
    assert [closing.covers(date(2026, 12, day)) for day in (6, 7, 9, 10)] == [False, True, True, False]
    assert not closing.covers(date(2027, 12, 8))


def test_a_closing_of_a_bay_does_not_close_the_shop() -> None:
    cal = calendar(closings=[Closing(THURSDAY, THURSDAY, bay_id=3)])
    assert cal.spans(THURSDAY) == USUAL
    assert list(cal.bay_closings(3, date(2026, 11, 25), date(2026, 11, 27))) == [
        (at("2026-11-26 00:00"), at("2026-11-27 00:00"))
    ]
    assert list(cal.bay_closings(4, date(2026, 11, 25), date(2026, 11, 27))) == []


def test_a_holiday_is_told_before_a_closure() -> None:
    cal = calendar(closings=[Closing(date(2027, 8, 9), date(2027, 8, 22), reason="ferie estive")])
    assert cal.closed(date(2027, 8, 13)) == ClosedDay(date(2027, 8, 13), Why.CLOSURE, "ferie estive")
    assert cal.closed(date(2027, 8, 15)) == ClosedDay(date(2027, 8, 15), Why.HOLIDAY, "Ferragosto")
    assert cal.closed(date(2026, 11, 29)) == ClosedDay(date(2026, 11, 29), Why.WEEKDAY, "")


def test_the_week_is_put_in_order() -> None:
    week = make_week([(0, 840, 1110), (0, 480, 750), (1, 480, 600), (1, 600, 720), (1, 700, 750), (6, 1, 2)])
    assert week[0] == ((480, 750), (840, 1110))
    assert week[1] == ((480, 750),)
    assert week[2] == ()
    assert week[6] == ((1, 2),)


# the week, its longest period in minutes
@pytest.mark.parametrize(
    ("week", "minutes"),
    [
        (WEEK, 270),
        (make_week([]), 0),
        (make_week([(5, 20 * H, 24 * H), (6, 0, 6 * H)]), 10 * H),
        (make_week([(6, 20 * H, 24 * H), (0, 0, 6 * H)]), 10 * H),  # Sunday night into Monday
        (ALL_DAY, 14 * 24 * H),  # never closes: as long as anybody looks
    ],
)
def test_longest(week: tuple[tuple[Span, ...], ...], minutes: int) -> None:
    assert calendar(week).longest == minutes * 60


def test_end_of_on_a_bare_time_line() -> None:
    line = Timeline([0, 200, 400], [100, 300, 500], longest=100)
    assert line.end_of(0, 100) == 100
    assert line.end_of(1, 100) is None  # fits a period, so it stays inside one
    assert line.end_of(50, 150) == 300
    assert line.end_of(50, 151) == 401
    assert line.end_of(0, 300) == 500
    assert line.end_of(0, 301) is None
    assert line.end_of(100, 1) is None
    assert line.end_of(-1, 1) is None


# a local time, whether the shop is open, when it opens next
@pytest.mark.parametrize(
    ("now", "is_open", "next_opening"),
    [
        ("2026-11-26 08:00", True, "2026-11-26 07:00"),
        ("2026-11-26 12:30", False, "2026-11-26 13:00"),
        ("2026-11-26 18:30", False, "2026-11-27 07:00"),
        ("2026-11-28 12:00", False, "2026-11-30 07:00"),
        ("2026-12-24 19:00", False, "2026-12-28 07:00"),  # Christmas, Santo Stefano, Sunday
    ],
)
def test_is_open_and_next_opening(now: str, is_open: bool, next_opening: str) -> None:
    moment = datetime.fromtimestamp(at(now), UTC)
    assert calendar().is_open(moment) is is_open
    assert calendar().next_opening(moment) == datetime.fromtimestamp(utc(next_opening), UTC)


def test_a_shop_without_hours_never_opens() -> None:
    assert calendar(make_week([])).next_opening(datetime(2026, 11, 26, tzinfo=UTC)) is None


# the days off of 2027 and their names
def test_holidays_of_a_year() -> None:
    year = {f"{day:%m-%d}": holiday.name for day, holiday in public_holidays.of_year(2027).items()}
    assert year == {
        "01-01": "Capodanno",
        "01-06": "Epifania",
        "03-28": "Pasqua",
        "03-29": "Pasquetta",
        "04-25": "festa della Liberazione",
        "05-01": "festa dei Lavoratori",
        "06-02": "festa della Repubblica",
        "08-15": "Ferragosto",
        "10-04": "festa di San Francesco",
        "11-01": "Ognissanti",
        "12-08": "Immacolata",
        "12-25": "Natale",
        "12-26": "Santo Stefano",
    }


@pytest.mark.parametrize(
    ("year", "off"), [(2024, False), (2025, False), (2026, True), (2027, True), (2040, True)]
)
def test_san_francesco(year: int, off: bool) -> None:
    assert (public_holidays.on(date(year, 10, 4)) is not None) is off


def test_choices_have_every_holiday_once() -> None:
    keys = [holiday.key for holiday in public_holidays.CHOICES]
    assert len(keys) == len(set(keys)) == 13
    assert {h.key for h in public_holidays.of_year(2027).values()} <= set(keys)
