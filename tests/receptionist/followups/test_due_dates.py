"""Due dates: which, when, to whom, once; one message a customer; never what somebody did not agree to."""

from datetime import date, datetime, time, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receptionist import confirmations, optout
from receptionist.followups import due_dates, rounds, seasons
from receptionist.models import FollowUp, FollowUpConfig, FollowUpKind, OutboundMessage, Purpose
from scheduling import due
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import at_once, counted, statements
from tests.receptionist.followups.conftest import agree, give_whatsapp, rome, turn

TODAY = date(2027, 3, 2)  # a Tuesday
NOW = rome(2027, 3, 2, 10)
LAST = {"last_revision_on": date(2025, 3, 12)}  # due by 31 March 2027


@pytest.fixture
def promoting(writing: Shop) -> Shop:
    """A shop with all due dates on."""
    for kind in due_dates.KINDS:
        turn(kind)
    return writing


def owner(**values: Any) -> Customer:
    """Somebody who agreed to promotional messages."""
    customer = factories.customer(**values)
    agree(customer)
    return customer


def texts() -> list[str]:
    return [each.content["text"] for each in OutboundMessage.objects.order_by("created_at", "key")]


@pytest.mark.parametrize(
    ("car", "said"),
    [
        (LAST, "la revisione di Fiat Panda {plate} va fatta entro il 31 marzo 2027"),
        ({"last_revision_on": date(2025, 4, 12)}, None),
        ({"registered_on": date(2023, 3, 5)}, "entro il 31 marzo 2027"),
        ({"last_revision_on": date(2026, 3, 5), "yearly_revision": True}, "entro il 31 marzo 2027"),
        # over: driving with it is not a matter of promotion
        ({"last_revision_on": date(2025, 2, 5)}, None),
        (
            {"last_service_on": date(2026, 3, 16)},
            "il tagliando di Fiat Panda {plate} va fatto entro il 16 marzo 2027",
        ),
        ({"last_service_on": date(2026, 3, 17)}, None),
        ({"last_service_on": date(2026, 2, 10)}, "al più presto (era per il 10 febbraio 2027)"),
        ({"last_service_on": date(2025, 12, 10)}, None),
        (
            {"last_service_on": date(2026, 10, 1), "last_service_km": 40_000, "mileage_km": 55_000},
            "al più presto (i 55.000 km sono raggiunti)",
        ),
        ({"last_service_on": date(2026, 10, 1), "last_service_km": 40_000, "mileage_km": 54_999}, None),
        ({}, None),
    ],
    ids=range(12),
)
def test_what_is_due(promoting: Shop, car: dict[str, Any], said: str | None) -> None:
    row = factories.vehicle(owner(), **car)

    rounds.run(NOW)

    if said is None:
        assert texts() == []
    else:
        assert len(texts()) == 1
        assert said.format(plate=row.license_plate) in texts()[0]
        assert OutboundMessage.objects.get().purpose == Purpose.PROMOTION


@pytest.mark.parametrize(
    ("today", "kind"),
    [
        (date(2026, 10, 7), None),
        (date(2026, 10, 8), FollowUpKind.TYRES_WINTER),
        (date(2026, 11, 15), FollowUpKind.TYRES_WINTER),
        (date(2026, 11, 16), None),
        (date(2027, 4, 7), None),
        (date(2027, 4, 8), FollowUpKind.TYRES_SUMMER),
        (date(2027, 5, 15), FollowUpKind.TYRES_SUMMER),
        (date(2027, 5, 16), None),
    ],
    ids=str,
)
def test_the_seasons_of_tyres(today: date, kind: FollowUpKind | None) -> None:
    found = seasons.now(today, {FollowUpKind.TYRES_WINTER: 7, FollowUpKind.TYRES_SUMMER: 7})

    assert (found.kind if found else None) == kind


@pytest.mark.parametrize(
    ("last", "told"),
    [
        (rome(2026, 4, 20, 9), True),
        (rome(2025, 11, 3, 9), True),
        (rome(2025, 7, 1, 9), False),  # too long ago: they go elsewhere
        (rome(2026, 10, 5, 9), False),  # this season's, early
    ],
    ids=["in spring", "last autumn", "long ago", "just now"],
)
def test_tyres_for_who_had_them_changed_here(promoting: Shop, last: datetime, told: bool) -> None:
    tyres = factories.service(renews=Service.Renews.TYRES)
    who = owner()
    factories.appointment(last, customer=who, service=tyres, status="completed")

    rounds.run(rome(2026, 10, 13, 10))
    rounds.run(rome(2026, 10, 20, 10))

    assert len(texts()) == (1 if told else 0)
    if told:
        assert "entro il 15 novembre 2026" in texts()[0]


def _nothing(_customer: Customer, _car: Vehicle) -> None:
    """No reason."""


def _refuses(customer: Customer, _car: Vehicle) -> None:
    agree(customer, granted=False)


def _stops(customer: Customer, _car: Vehicle) -> None:
    optout.record(customer=customer, channel="whatsapp", contact=str(customer.phone))


def _never_asked(customer: Customer, _car: Vehicle) -> None:
    customer.consents.all().delete()


def _withdraws(customer: Customer, _car: Vehicle) -> None:
    customer.consents.update(withdrawn_at=rome(2026, 2, 1))


def _archived(customer: Customer, _car: Vehicle) -> None:
    Customer.objects.filter(pk=customer.pk).update(archived_at=timezone.now())


def _erased(customer: Customer, _car: Vehicle) -> None:
    Customer.objects.filter(pk=customer.pk).update(erased_at=timezone.now())


def _sold(_customer: Customer, car: Vehicle) -> None:
    Vehicle.objects.filter(pk=car.pk).update(archived_at=timezone.now())


def _no_number(customer: Customer, _car: Vehicle) -> None:
    Customer.objects.filter(pk=customer.pk).update(phone=None)


def _booked(customer: Customer, car: Vehicle) -> None:
    service = factories.service(renews=Service.Renews.REVISION)
    factories.appointment(rome(2027, 3, 9, 9), customer=customer, vehicle=car, service=service)


def _another_work_booked(customer: Customer, car: Vehicle) -> None:
    factories.appointment(rome(2027, 3, 9, 9), customer=customer, vehicle=car, service=factories.service())


@pytest.mark.parametrize(
    ("happens", "told"),
    [
        (_nothing, True),
        (_another_work_booked, True),
        *((each, False) for each in (_refuses, _stops, _never_asked, _withdraws)),
        *((each, False) for each in (_archived, _erased, _sold, _no_number, _booked)),
    ],
)
def test_only_who_agreed_can_be_reached_and_has_nothing_booked(
    promoting: Shop, happens: Any, told: bool
) -> None:
    who = owner()
    happens(who, factories.vehicle(who, **LAST))

    rounds.run(NOW)

    assert len(texts()) == (1 if told else 0)


def test_consent_that_was_given_again_counts(promoting: Shop) -> None:
    who = owner()
    agree(who, granted=False)
    who.consents.create(purpose="marketing", granted=True, channel="shop", given_at=rome(2026, 6, 1))
    factories.vehicle(who, **LAST)

    rounds.run(NOW)

    assert len(texts()) == 1


def test_several_cars_and_dates_are_one_message(promoting: Shop) -> None:
    who = owner(first_name="Anna", last_name="Neri")
    one = factories.vehicle(who, **LAST, last_service_on=date(2026, 3, 10))
    two = factories.vehicle(who, make="Opel", model="Corsa", **LAST)

    rounds.run(NOW)

    said = texts()[0]
    assert len(texts()) == 1
    assert said.startswith("Buongiorno Anna Neri, il tagliando di")
    assert f"– revisione di Fiat Panda {one.license_plate} entro il 31 marzo 2027" in said
    assert f"– revisione di Opel Corsa {two.license_plate} entro il 31 marzo 2027" in said
    message = OutboundMessage.objects.get()
    assert message.content["template"]["parameters"][1].count("revisione di") == 2
    assert list(FollowUp.objects.values_list("message_id", flat=True)) == [message.pk] * 3


def test_once_for_a_car_and_its_date_and_never_two_a_day(promoting: Shop) -> None:
    who = owner()
    car = factories.vehicle(who, **LAST)
    for hours in range(0, 24 * 10, 3):
        rounds.run(NOW + timedelta(hours=hours))
    assert len(texts()) == 1
    car.last_revision_on = date(2027, 3, 20)
    car.save()
    rounds.run(rome(2029, 3, 6, 10))
    assert len(texts()) == 2


def test_what_is_more_than_the_most_of_a_day_comes_the_next(promoting: Shop) -> None:
    FollowUpConfig.objects.update_or_create(only=True, defaults={"most_promotions_a_day": 2})
    for _ in range(5):
        factories.vehicle(owner(), **LAST)

    counts = []
    for days in range(5):
        rounds.run(NOW + timedelta(days=days))
        counts.append(OutboundMessage.objects.count())

    assert counts == [2, 4, 5, 5, 5]


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (rome(2027, 3, 2, 9, 59), 0),
        (rome(2027, 3, 2, 10), 1),
        (rome(2027, 3, 2, 21), 0),
        (rome(2027, 3, 7, 11), 0),  # a Sunday
        (rome(2027, 3, 9, 11), 0),  # closed
        (rome(2027, 3, 10, 11), 1),
    ],
    ids=str,
)
def test_when_the_cars_are_looked_through(promoting: Shop, now: datetime, told: int) -> None:
    factories.vehicle(owner(), **LAST)
    factories.closure(date(2027, 3, 9))

    rounds.run(now)

    assert len(texts()) == told


def test_off_by_default(writing: Shop) -> None:
    factories.vehicle(owner(), **LAST)

    rounds.run(NOW)

    assert texts() == []


def test_one_that_waited_is_dropped_when_consent_is_withdrawn(promoting: Shop) -> None:
    who = owner()
    factories.vehicle(who, **LAST)
    with time_machine.travel(NOW, tick=False):
        rounds.run()
        message = OutboundMessage.objects.get()
        assert not confirmations.is_stale(message)
        agree_not_any_more = who.consents.filter(granted=True)
        agree_not_any_more.update(withdrawn_at=NOW)
        assert confirmations.is_stale(message)


def test_rounds_at_once_tell_once(committed: Shop) -> None:
    give_whatsapp(committed)
    with in_shop(committed):
        turn(FollowUpKind.REVISION)
        for _ in range(3):
            factories.vehicle(owner(), **LAST)

    at_once(committed, lambda _number: rounds.run(NOW), 4)

    with in_shop(committed):
        assert OutboundMessage.objects.count() == 3
        assert FollowUpConfig.load().scanned_on == TODAY


def test_two_shops_each_as_it_wants(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    for shop, days in ((rossi, 30), (bianchi, 10)):
        give_whatsapp(shop)
        with in_shop(shop):
            turn(FollowUpKind.REVISION, days=days, text="{officina}: {auto} {scadenza}")
            factories.vehicle(owner(), **LAST)
            rounds.run(NOW)

    with in_shop(rossi):
        assert texts()[0].startswith(rossi.name)
    with in_shop(bianchi):
        assert texts() == []
        rounds.run(rome(2027, 3, 22, 10))
        assert texts()[0].startswith(bianchi.name)


def test_no_more_queries_for_more_cars(promoting: Shop) -> None:
    FollowUpConfig.load()
    used = []
    for count in (3, 25):
        for _ in range(count):
            factories.vehicle(owner(), **LAST)
        factories.vehicle(None, **LAST)
        with counted() as captured:
            rounds.run(NOW + timedelta(days=len(used)))
        used.append(len(statements(captured)))

    assert used[0] == used[1]
    assert OutboundMessage.objects.count() == 28


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    cars=st.lists(
        st.tuples(st.integers(0, 3), st.dates(date(2024, 10, 1), date(2026, 12, 1))), min_size=1, max_size=6
    ),
    agreed=st.sets(st.integers(0, 3)),
    most=st.integers(1, 3),
)
def test_each_date_once_one_a_day_and_only_to_who_agreed(
    promoting: Shop, cars: list[tuple[int, date]], agreed: set[int], most: int
) -> None:
    for model in (FollowUp, OutboundMessage, Appointment, Vehicle, Customer):
        model.objects.all().delete()
    FollowUpConfig.objects.update_or_create(
        only=True, defaults={"most_promotions_a_day": most, "scanned_on": None}
    )
    people = [factories.customer() for _ in range(4)]
    for number in agreed:
        agree(people[number])
    for number, last in cars:
        factories.vehicle(people[number], last_revision_on=last, last_service_on=last)
    for days in range(0, 20):
        rounds.run(NOW + timedelta(days=days))
        rounds.run(NOW + timedelta(days=days, minutes=5))

    rows = list(FollowUp.objects.select_related("message"))
    assert {row.customer_id for row in rows} <= {people[number].pk for number in agreed}
    assert all(row.message for row in rows)
    a_day: dict[date, list[Any]] = {}
    for message in OutboundMessage.objects.all():
        a_day.setdefault(message.next_attempt_at.date(), []).append(message.recipient)
    assert all(len(set(to)) == len(to) <= most for to in a_day.values())
    wanted = {
        (car.pk, kind)
        for car in Vehicle.objects.filter(customer__in=[people[number] for number in agreed])
        for kind, on in (("revision", due.next_revision(car)), ("service", due.next_service(car)))
        if on and on >= TODAY + timedelta(days=19) and on <= TODAY + timedelta(days=20)
    }
    assert wanted <= {(row.vehicle_id, row.kind) for row in rows}


def test_a_time_of_its_own_for_a_kind(promoting: Shop) -> None:
    turn(FollowUpKind.SERVICE, send_at=time(16))
    factories.vehicle(owner(), last_service_on=date(2026, 3, 10))

    rounds.run(NOW)

    assert OutboundMessage.objects.get().next_attempt_at >= rome(2027, 3, 2, 16)
