"""Many people at once, on a real PostgreSQL: who wins, and what the others get."""

import threading
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import Any

import pytest
from django.db import connection

from scheduling import booking, errors
from scheduling.models import Appointment, Customer
from scheduling.models.appointments import LIVE, Source
from scheduling.rules import Rules
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop, build

THREADS = 50


@pytest.fixture
def busy_shop(transactional_db: None) -> Workshop:
    """Committed rows, so that every thread's own connection sees them."""
    shop = Shop.objects.get(slug="officina-rossi")
    with in_shop(shop):
        return build(shop)


def at_once(shop: Shop, works: Sequence[Callable[[], Any]]) -> list[Any]:
    """Run every piece of work in a thread with its own connection, all let go together. Errors are
    results."""
    gate = threading.Barrier(len(works), timeout=60)
    results: list[Any] = [None] * len(works)

    def run(number: int, work: Callable[[], Any]) -> None:
        try:
            with in_shop(shop):
                connection.ensure_connection()
                gate.wait()
                results[number] = work()
        except Exception as error:
            results[number] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=90)
    assert not any(thread.is_alive() for thread in threads)
    return results


def wish(
    workshop: Workshop, customer: Customer, starts_at: datetime, **values: Any
) -> Callable[[], booking.Booking]:
    return lambda: booking.book(
        **{
            "customer": customer,
            "vehicle": None,
            "service": workshop.service,
            "starts_at": starts_at,
            "source": Source.AI_VOICE,
            "now": workshop.now,
        }
        | values
    )


def overlaps(rows: Sequence[Appointment]) -> bool:
    ordered = sorted(rows, key=lambda row: (row.bay_id, row.scheduled_at))
    return any(one.bay_id == two.bay_id and two.scheduled_at < one.ends_at for one, two in pairwise(ordered))


@pytest.mark.parametrize("bays", [1, 3])
def test_fifty_people_want_the_last_slot(busy_shop: Workshop, bays: int) -> None:
    with in_shop(busy_shop.shop):
        factories.empty_workshop()
        factories.hours()
        places = [factories.bay() for _ in range(bays)]
        service = factories.service("Controllo", bays=places)
        start = local(2026, 11, 28, 11)  # the last hour of a Saturday
        people = [factories.customer() for _ in range(THREADS)]
        works = [wish(busy_shop, person, start, service=service) for person in people]
    results = at_once(busy_shop.shop, works)
    won = [result for result in results if isinstance(result, booking.Booking)]
    lost = [result for result in results if isinstance(result, errors.SlotTaken)]
    assert (len(won), len(lost)) == (bays, THREADS - bays), {type(result) for result in results}
    assert all(len(error.alternatives) == 3 for error in lost)
    with in_shop(busy_shop.shop):
        rows = list(Appointment.objects.all())
        assert len(rows) == bays
        assert len({row.bay_id for row in rows}) == bays
        assert all(slot.starts_at != start for error in lost for slot in error.alternatives)


def test_the_same_wish_from_ten_places_books_once(busy_shop: Workshop) -> None:
    with in_shop(busy_shop.shop):
        one = wish(busy_shop, busy_shop.customer, local(2026, 11, 26, 9), vehicle=busy_shop.vehicle)
    results = at_once(busy_shop.shop, [one] * 10)
    assert sum(result.created for result in results) == 1
    assert len({result.appointment.pk for result in results}) == 1
    with in_shop(busy_shop.shop):
        assert Appointment.objects.count() == 1


def test_caps_hold_in_a_race(busy_shop: Workshop) -> None:
    """The database knows nothing of the most cars a morning: the lock does."""
    with in_shop(busy_shop.shop):
        Rules(most_morning=2, grid_minutes=10).save(busy_shop.shop)
        people = [factories.customer() for _ in range(12)]
        works = [
            wish(busy_shop, person, local(2026, 11, 26, 8 + n // 4, n % 4 * 10))
            for n, person in enumerate(people)
        ]
    results = at_once(Shop.objects.get(pk=busy_shop.shop.pk), works)
    assert sum(isinstance(result, booking.Booking) for result in results) == 2
    assert sum(isinstance(result, errors.SlotTaken) for result in results) == 10


def test_buffers_hold_in_a_race(busy_shop: Workshop) -> None:
    with in_shop(busy_shop.shop):
        Rules(buffer_minutes=30).save(busy_shop.shop)
        people = [factories.customer() for _ in range(10)]
        bay = busy_shop.bays[0]
        works = [
            wish(busy_shop, person, local(2026, 11, 26, 9 + n % 2), bay=bay)
            for n, person in enumerate(people)
        ]
    results = at_once(Shop.objects.get(pk=busy_shop.shop.pk), works)
    assert sum(isinstance(result, booking.Booking) for result in results) == 1


def test_moving_booking_and_cancelling_all_at_once(busy_shop: Workshop) -> None:
    """Whatever the order, no error that is not a refusal, no deadlock, and no bay held twice."""
    with in_shop(busy_shop.shop):
        shop = busy_shop.shop
        rows = [
            factories.appointment(local(2026, 11, 26, 8 + n), service=busy_shop.service, bay=bay)
            for n in range(3)
            for bay in busy_shop.bays
        ]
        works: list[Callable[[], Any]] = []
        for number, row in enumerate(rows):
            to = local(2026, 11, 26, 8 + (number + 1) % 4)
            works.append(partial(booking.reschedule, appointment=row, starts_at=to, now=busy_shop.now))
            same = Appointment.objects.get(pk=row.pk)
            works.append(partial(booking.cancel, appointment=same))
            works.append(wish(busy_shop, factories.customer(), local(2026, 11, 26, 8 + number % 4)))
    for result in at_once(shop, works):
        assert isinstance(result, booking.Booking | Appointment | errors.SchedulingError), repr(result)
    with in_shop(shop):
        assert not overlaps(list(Appointment.objects.filter(status__in=LIVE)))


def test_caps_hold_when_many_are_moved_at_once(busy_shop: Workshop) -> None:
    with in_shop(busy_shop.shop):
        Rules(most_morning=1, grid_minutes=10).save(busy_shop.shop)
        rows = [
            factories.appointment(local(2026, 11, 27, 14 + n % 4), service=busy_shop.service, bay=bay)
            for n, bay in enumerate([*busy_shop.bays] * 2)
        ]
        works = [
            partial(
                booking.reschedule,
                appointment=row,
                starts_at=local(2026, 11, 26, 8 + n, 10 * n),
                now=busy_shop.now,
            )
            for n, row in enumerate(rows)
        ]
    results = at_once(Shop.objects.get(pk=busy_shop.shop.pk), works)
    assert sum(isinstance(result, Appointment) for result in results) == 1
    assert sum(isinstance(result, errors.SlotTaken) for result in results) == 3
