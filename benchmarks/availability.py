"""Free slots of thirty days for ten bays with 2,000 appointments: milliseconds of Python, and queries."""

import statistics
import time
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from benchmarks.report import Row
from scheduling import booking, catalogue, clock, codes
from scheduling.models import Appointment, Bay, Customer, Service
from shops.context import in_shop
from shops.models import Shop

DAYS, BAYS, APPOINTMENTS, MINUTES = 30, 10, 2000, 45
ROUNDS = 30


def measure(shop: Shop) -> list[Row]:
    """Ask for all free slots, the time of the database apart. The shop is left as it was."""
    with in_shop(shop), transaction.atomic():
        service = _fill()
        first = timezone.localdate() + timedelta(days=1)
        rounds = [_one_round(service, first) for _ in range(ROUNDS)]
        transaction.set_rollback(True)
    python, database, queries = (list(column) for column in zip(*rounds, strict=True))
    return [
        Row("availability, 30 days, 10 bays, 2,000 booked: Python, p50", statistics.median(python), "ms", 5),
        Row("availability: the database, p50", statistics.median(database), "ms"),
        Row("availability: queries", max(queries), "", 2),
    ]


def _one_round(service: Service, first: date) -> tuple[float, float, int]:
    """Milliseconds of Python and of the database, and the number of queries."""
    waited: list[float] = []

    def watch(execute: Callable[..., Any], *arguments: Any) -> Any:
        asked = time.perf_counter()
        try:
            return execute(*arguments)
        finally:
            waited.append((time.perf_counter() - asked) * 1000)

    with connection.execute_wrapper(watch):
        started = time.perf_counter()
        last = first + timedelta(days=DAYS - 1)
        offers = booking.free_slots(service=service, date_from=first, date_to=last, limit=100_000)
        total = (time.perf_counter() - started) * 1000
    assert offers.slots
    return total - sum(waited), sum(waited), len(waited)


def _fill() -> Service:
    """Ten bays with works back to back from tomorrow on, until there are enough."""
    Appointment.objects.all().delete()
    have = Bay.objects.count()
    Bay.objects.bulk_create([Bay(name=f"Ponte {n}", position=n) for n in range(have, BAYS)])
    bays, service, customer = (
        list(Bay.objects.all()[:BAYS]),
        Service.objects.all()[0],
        Customer.objects.create(),
    )
    service.bays.set(bays)
    calendar, tomorrow = catalogue.load().calendar, timezone.localdate() + timedelta(days=1)
    starts = [
        clock.to_datetime(start)
        for opens, closes in calendar.periods(tomorrow, tomorrow + timedelta(days=DAYS - 1))
        for start in range(opens, closes - MINUTES * 60, MINUTES * 60)
    ]
    places = [(start, bay) for start in starts for bay in bays][:APPOINTMENTS]
    Appointment.objects.bulk_create(
        Appointment(
            code=code,
            customer=customer,
            service=service,
            bay=bay,
            scheduled_at=start,
            ends_at=start + timedelta(minutes=MINUTES),
            duration_minutes=MINUTES,
        )
        for code, (start, bay) in zip(codes.new_codes(len(places)), places, strict=True)
    )
    return service
