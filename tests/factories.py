"""Builders of a workshop's data, for the tests of every room. To be called inside a shop (`in_rossi`).

Every builder makes a valid row with sensible values; pass what the test is about. A new shop has the seeds of
an officina already: `empty_workshop` takes them away for tests that want their own hours and bays.
"""

import itertools
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from scheduling.models import (
    Appointment,
    Bay,
    Closure,
    Customer,
    OpeningHours,
    Service,
    Vehicle,
    WaitingList,
)
from shops.context import current_shop

_numbers = itertools.count(1)

MORNING, AFTERNOON = (time(8), time(12, 30)), (time(14), time(18, 30))
WEEK = [*((day, *span) for day in range(5) for span in (MORNING, AFTERNOON)), (5, time(8), time(12))]
"""The hours of a usual officina: weekday, opening, closing."""


def empty_workshop() -> None:
    """Take away what the shop was seeded with (and any appointment)."""
    for model in (Appointment, WaitingList, Closure, OpeningHours, Service, Bay):
        model.objects.all().delete()


def customer(**values: Any) -> Customer:
    """A customer with a verified mobile number of their own."""
    number = next(_numbers)
    values = {
        "first_name": "Maria",
        "last_name": "Bianchi",
        "phone": f"+39333{number:07d}",
        "gdpr_consent": True,
    } | values
    return Customer.objects.create(**values)


def vehicle(owner: Customer | None = None, **values: Any) -> Vehicle:
    """A Fiat Panda with a plate of its own; owned by `owner` when given."""
    number = next(_numbers)
    values = {
        "customer": owner,
        "license_plate": f"AB{number % 1000:03d}{_letters(number // 1000)}",
        "make": "Fiat",
        "model": "Panda",
        "year": 2019,
    } | values
    return Vehicle.objects.create(**values)


def _letters(number: int) -> str:
    alphabet = "ABCDEFGHJKLMNPRSTVWXYZ"
    return alphabet[number // len(alphabet) % len(alphabet)] + alphabet[number % len(alphabet)]


def bay(name: str = "", **values: Any) -> Bay:
    """A bay in use, after the ones there are."""
    number = next(_numbers)
    return Bay.objects.create(**{"name": name or f"Ponte {number}", "position": number} | values)


def service(name: str = "", *, bays: Sequence[Bay] | None = None, **values: Any) -> Service:
    """An hour's work, in `bays` (default: all bays there are)."""
    number = next(_numbers)
    made = Service.objects.create(
        **{"name": name or f"Servizio {number}", "duration_minutes": 60, "position": number} | values
    )
    made.bays.set(Bay.objects.all() if bays is None else bays)
    return made


def hours(week: Sequence[tuple[int, time, time]] = WEEK) -> None:
    """Replace the opening hours."""
    OpeningHours.objects.all().delete()
    OpeningHours.objects.bulk_create(
        OpeningHours(weekday=day, opens=opens, closes=closes) for day, opens, closes in week
    )


def closure(first: date, last: date | None = None, **values: Any) -> Closure:
    """A closure of whole days, both included."""
    return Closure.objects.create(starts_on=first, ends_on=last or first, **values)


def local(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    """A local time of the current shop, aware."""
    return datetime(year, month, day, hour, minute, tzinfo=current_shop().tz)


def appointment(starts_at: datetime, *, minutes: int | None = None, **values: Any) -> Appointment:
    """A confirmed appointment, written straight into the table: for the past and for any status.

    Customer, car, service and bay are made when not given; `vehicle=None` is none.
    """
    who = values.pop("customer", None) or customer()
    what = values.pop("service", None) or Service.objects.first() or service()
    where = values.pop("bay", None) or what.bays.first() or bay()
    car = values.pop("vehicle") if "vehicle" in values else vehicle(who)
    length = minutes or what.duration_minutes
    return Appointment.objects.create(
        **{
            "customer": who,
            "vehicle": car,
            "service": what,
            "bay": where,
            "scheduled_at": starts_at,
            "ends_at": starts_at.astimezone(UTC) + timedelta(minutes=length),
            "duration_minutes": length,
        }
        | values
    )


def waiting(who: Customer, what: Service, first: date, last: date, **values: Any) -> WaitingList:
    """Somebody on the waiting list."""
    return WaitingList.objects.create(customer=who, service=what, wanted_from=first, wanted_to=last, **values)
