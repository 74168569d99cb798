"""A work that is done renews the car's due date."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from scheduling import booking
from scheduling.models import Service
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop


@pytest.fixture
def at_work(workshop: Workshop) -> Iterator[Workshop]:
    """On the day of the work."""
    with time_machine.travel(local(2026, 11, 26, 12), tick=False):
        yield workshop


def done(workshop: Workshop, renews: str, **car: Any) -> Any:
    """The car after its work is ready."""
    Service.objects.filter(pk=workshop.service.pk).update(renews=renews)
    vehicle = factories.vehicle(workshop.customer, **car)
    service = Service.objects.get(pk=workshop.service.pk)
    made = factories.appointment(
        local(2026, 11, 26, 9),
        customer=workshop.customer,
        vehicle=vehicle,
        service=service,
        bay=workshop.bays[0],
    )
    booking.complete(appointment=made)
    vehicle.refresh_from_db()
    return vehicle


@pytest.mark.parametrize(
    ("renews", "known", "expected"),
    [
        (
            "revision",
            {"registered_on": date(2020, 3, 1)},
            {"last_revision_on": date(2026, 11, 26), "next_revision_on": date(2028, 11, 30)},
        ),
        ("revision", {"last_revision_on": date(2027, 1, 5)}, {"last_revision_on": date(2027, 1, 5)}),
        (
            "service",
            {"mileage_km": 61_000},
            {"last_service_on": date(2026, 11, 26), "last_service_km": 61_000, "next_service_km": 76_000},
        ),
        (
            "service",
            {},
            {"last_service_on": date(2026, 11, 26), "last_service_km": None, "last_revision_on": None},
        ),
        ("", {}, {"last_service_on": None, "last_revision_on": None}),
    ],
)
def test_the_due_date_begins_anew(
    at_work: Workshop, renews: str, known: dict[str, object], expected: dict[str, object]
) -> None:
    car = done(at_work, renews, **known)

    assert {name: getattr(car, name) for name in expected} == expected


def test_without_a_car_there_is_nothing_to_renew(at_work: Workshop) -> None:
    Service.objects.filter(pk=at_work.service.pk).update(renews="service")
    service = Service.objects.get(pk=at_work.service.pk)
    made = factories.appointment(local(2026, 11, 26, 9), vehicle=None, service=service, bay=at_work.bays[0])

    assert booking.complete(appointment=made).status == "completed"
