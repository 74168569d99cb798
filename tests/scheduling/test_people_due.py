"""When revisione and tagliando are due, as tables; and that the rows of cars say so whatever writes them."""

from dataclasses import dataclass
from datetime import date

import pytest

from scheduling import due
from scheduling.models import Vehicle
from shops.models import Shop
from tests import factories


@dataclass
class Car:
    registered_on: date | None = None
    last_revision_on: date | None = None
    yearly_revision: bool = False
    last_service_on: date | None = None
    last_service_km: int | None = None
    service_every_months: int | None = None
    service_every_km: int | None = None


@pytest.mark.parametrize(
    ("car", "expected"),
    [
        (Car(), None),
        (Car(registered_on=date(2022, 11, 3)), date(2026, 11, 30)),
        (Car(registered_on=date(2020, 2, 29)), date(2024, 2, 29)),
        (Car(registered_on=date(2021, 2, 10)), date(2025, 2, 28)),
        (Car(registered_on=date(2015, 5, 9), last_revision_on=date(2025, 4, 2)), date(2027, 4, 30)),
        (Car(last_revision_on=date(2024, 12, 31)), date(2026, 12, 31)),
        (Car(last_revision_on=date(2024, 2, 29)), date(2026, 2, 28)),
        (Car(registered_on=date(2026, 1, 15), yearly_revision=True), date(2027, 1, 31)),
        (
            Car(registered_on=date(2015, 1, 1), last_revision_on=date(2026, 3, 1), yearly_revision=True),
            date(2027, 3, 31),
        ),
        (Car(registered_on=date(9999, 1, 1)), None),
    ],
)
def test_revisione(car: Car, expected: date | None) -> None:
    assert due.next_revision(car) == expected


@pytest.mark.parametrize(
    ("car", "day", "km"),
    [
        (Car(), None, None),
        (Car(registered_on=date(2020, 1, 1)), None, None),
        (Car(last_service_on=date(2026, 1, 31)), date(2027, 1, 31), None),
        (Car(last_service_on=date(2026, 8, 31), service_every_months=6), date(2027, 2, 28), None),
        (Car(last_service_km=60_000), None, 75_000),
        (
            Car(last_service_on=date(2025, 3, 5), last_service_km=10_000, service_every_km=30_000),
            date(2026, 3, 5),
            40_000,
        ),
        (Car(last_service_on=date(9999, 1, 1)), None, None),
    ],
)
def test_tagliando(car: Car, day: date | None, km: int | None) -> None:
    assert (due.next_service(car), due.next_service_km(car)) == (day, km)


@pytest.mark.parametrize(
    ("due_on", "due_km", "mileage", "expected"),
    [
        (None, None, None, False),
        (date(2026, 11, 22), None, None, True),
        (date(2026, 11, 23), None, None, False),
        (date(2027, 5, 1), 75_000, 75_000, True),
        (date(2027, 5, 1), 75_000, 74_999, False),
        (date(2026, 5, 1), 75_000, 20_000, True),
        (None, 75_000, None, False),
    ],
)
def test_whichever_comes_first(
    due_on: date | None, due_km: int | None, mileage: int | None, expected: bool
) -> None:
    today = date(2026, 11, 22)
    assert due.service_is_due(due_on=due_on, due_km=due_km, mileage_km=mileage, today=today) is expected


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (None, "unknown"),
        (date(2026, 11, 21), "overdue"),
        (date(2026, 11, 22), "soon"),
        (date(2027, 1, 21), "soon"),
        (date(2027, 1, 22), "later"),
    ],
)
def test_how_near(day: date | None, expected: str) -> None:
    assert due.standing(day, date(2026, 11, 22)) == expected


def test_rows_follow_whatever_writes_them(in_rossi: Shop) -> None:
    car = factories.vehicle(registered_on=date(2022, 11, 3))
    assert Vehicle.objects.get(pk=car.pk).next_revision_on == date(2026, 11, 30)
    car.last_revision_on, car.last_service_on, car.last_service_km = (
        date(2026, 11, 20),
        date(2026, 11, 20),
        80_000,
    )
    car.save(update_fields=["last_revision_on", "last_service_on", "last_service_km"])
    kept = Vehicle.objects.get(pk=car.pk)
    assert (kept.next_revision_on, kept.next_service_on, kept.next_service_km) == (
        date(2028, 11, 30),
        date(2027, 11, 20),
        95_000,
    )
    Vehicle.objects.bulk_create([Vehicle(license_plate="ZZ999ZZ", registered_on=date(2025, 1, 1))])
    assert Vehicle.objects.get(license_plate="ZZ999ZZ").next_revision_on == date(2029, 1, 31)
    kept.last_service_on = None
    kept.save()
    assert Vehicle.objects.get(pk=car.pk).next_service_on is None
