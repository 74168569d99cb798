"""Many cars due at once: spread over the days, nobody forgotten, nobody told after the day, and said where it cannot be."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from receptionist.followups import pace, rounds
from receptionist.models import FollowUp, FollowUpConfig, FollowUpKind
from scheduling.hours import Closing
from scheduling.models import Consent, Customer, Vehicle
from shops.models import Shop
from tests import factories
from tests.receptionist.followups.conftest import agree, rome, turn

MARCH = date(2027, 3, 31)  # a Wednesday; the 29th is Easter Monday
IN_MARCH = {"last_revision_on": date(2025, 3, 12)}
HOLIDAY = (date(2027, 8, 8), date(2027, 8, 22))


def cars(count: int, **values: Any) -> None:
    """So many cars, each of somebody who agreed to promotional messages."""
    people = Customer.objects.bulk_create(
        Customer(first_name="Anna", last_name=f"{number}", phone=f"+39347{number:07d}")
        for number in range(Customer.objects.count(), Customer.objects.count() + count)
    )
    Consent.objects.bulk_create(
        Consent(
            customer=each,
            purpose="marketing",
            granted=True,
            wording="?",
            channel="shop",
            given_at=rome(2026, 1, 7),
        )
        for each in people
    )
    Vehicle.objects.bulk_create(
        Vehicle(customer=each, license_plate=f"X{each.last_name}", make="Fiat", model="Panda", **values)
        for each in people
    )


def days(first: date, last: date) -> Iterator[date]:
    return (first + timedelta(days=after) for after in range((last - first).days + 1))


def look(first: date, last: date) -> None:
    """The rounds of these days, two each."""
    for day in days(first, last):
        rounds.run(rome(day.year, day.month, day.day, 10))
        rounds.run(rome(day.year, day.month, day.day, 15))


def most(count: int) -> None:
    FollowUpConfig.objects.update_or_create(only=True, defaults={"most_promotions_a_day": count})


def told() -> Counter[date]:
    return Counter(FollowUp.objects.filter(outcome="sent").values_list("day", flat=True))


def test_a_thousand_cars_of_one_day_are_all_told_in_time(writing: Shop) -> None:
    turn(FollowUpKind.REVISION)
    cars(1000, **IN_MARCH)

    look(date(2027, 1, 15), MARCH + timedelta(days=2))

    sent = told()
    assert sum(sent.values()) == 1000
    assert max(sent.values()) == 30
    assert max(sent) <= MARCH - timedelta(days=pace.NOTICE)
    # as early as it takes, and no earlier
    assert min(sent) > date(2027, 2, 5)
    assert not any(day.weekday() == 6 for day in sent)


def test_few_are_told_when_the_shop_wants(writing: Shop) -> None:
    turn(FollowUpKind.REVISION)
    cars(20, **IN_MARCH)

    look(date(2027, 2, 15), MARCH)

    assert told() == {date(2027, 3, 1): 20}


def test_too_late_for_all_it_is_said_who_was_not_told(writing: Shop) -> None:
    """Brought in on the Friday before: there are days for forty."""
    turn(FollowUpKind.REVISION)
    most(10)
    cars(60, **IN_MARCH)

    look(date(2027, 3, 26), MARCH + timedelta(days=3))

    assert told() == {date(2027, 3, day): 10 for day in (26, 27, 30, 31)}
    left = FollowUp.objects.exclude(outcome="sent")
    assert set(left.values_list("outcome", "reason", "day")) == {("skipped", "most_a_day", MARCH)}
    assert left.count() == 20


def test_a_worker_that_was_down_for_a_week(writing: Shop) -> None:
    turn(FollowUpKind.REVISION)
    most(10)
    cars(100, **IN_MARCH)

    look(date(2027, 2, 20), date(2027, 3, 3))
    look(date(2027, 3, 11), MARCH)

    assert sum(told().values()) == 100
    assert max(told().values()) == 10


@pytest.mark.parametrize(
    ("before", "due", "day"),
    [
        (0, date(2027, 5, 30), date(2027, 5, 29)),  # a Sunday: on Saturday
        (0, date(2027, 12, 26), date(2027, 12, 24)),  # Christmas
        (3, date(2027, 8, 20), date(2027, 8, 7)),  # in the holiday: before it
        (7, date(2027, 8, 25), date(2027, 8, 7)),  # two days after it: before it as well
        (7, date(2027, 8, 31), date(2027, 8, 24)),
        (30, date(2027, 9, 15), date(2027, 8, 23)),  # whose day fell into it: right after it
        (30, date(2027, 8, 31), date(2027, 8, 2)),  # a Sunday is no day to begin on
    ],
    ids=str,
)
def test_what_would_be_told_on_a_day_off(writing: Shop, before: int, due: date, day: date) -> None:
    turn(FollowUpKind.SERVICE, days=before)
    factories.closure(*HOLIDAY)
    customer = factories.customer()
    agree(customer)
    factories.vehicle(customer, last_service_on=due.replace(year=due.year - 1))

    look(due - timedelta(days=45), due + timedelta(days=1))

    assert told() == {day: 1}


def test_what_has_no_hurry_lets_go_first_what_has(writing: Shop) -> None:
    """Many reached their kilometres at once; a revisione is over in three days."""
    turn(FollowUpKind.SERVICE)
    turn(FollowUpKind.REVISION)
    most(2)
    cars(5, mileage_km=60_000, last_service_km=40_000)
    cars(1, **IN_MARCH)

    look(date(2027, 3, 27), date(2027, 3, 27))
    assert FollowUp.objects.filter(kind="revision").count() == 1
    look(date(2027, 3, 28), date(2027, 3, 31))
    assert FollowUp.objects.filter(kind="service", outcome="sent").count() == 5


def test_what_comes_long_after_is_not_told_along(writing: Shop) -> None:
    turn(FollowUpKind.SERVICE)
    turn(FollowUpKind.REVISION)
    customer = factories.customer()
    agree(customer)
    Vehicle.objects.create(
        customer=customer,
        license_plate="AB123CD",
        last_service_on=date(2026, 5, 5),
        **IN_MARCH,
    )

    look(date(2027, 3, 27), MARCH)

    assert list(FollowUp.objects.values_list("kind", flat=True)) == ["revision"]


def test_kilometres_reached_before_the_date_are_told_once(writing: Shop) -> None:
    turn(FollowUpKind.SERVICE)
    most(1)
    cars(3, mileage_km=60_000, last_service_km=40_000, last_service_on=date(2026, 3, 30))

    look(date(2027, 3, 1), date(2027, 4, 10))

    assert sum(told().values()) == 3
    assert FollowUp.objects.count() == 3


def test_messages_that_fit_in_before_a_day() -> None:
    config = FollowUpConfig(most_promotions_a_day=10)
    closed = [Closing(date(2026, 12, 28), date(2027, 1, 6))]

    found = pace.from_today(date(2026, 12, 23), config, closed, 20)

    fits = dict(zip(found.days, found.messages, strict=True))
    assert found.next_day == date(2026, 12, 24)
    assert fits[date(2026, 12, 23)] == 0
    assert fits[date(2026, 12, 24)] == 10
    assert fits[date(2027, 1, 6)] == 10  # Christmas, a Sunday, and closed to Epiphany
    assert fits[date(2027, 1, 7)] == 20
    assert fits[date(2027, 1, 9)] == fits[date(2027, 1, 10)] == 40  # the Sunday has none
