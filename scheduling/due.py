"""When a car's revisione and tagliando are due: the rules as data, and pure functions over a car's dates.

The revisione comes four years after the registration, then every two years; every year for taxis, hire cars,
ambulances and vehicles over 3.5 t. It is due by the end of the month, counted from the last one (art. 80 of the
Italian road code). The tagliando comes after months or kilometres, whichever is reached first. What is not known is
not guessed: without a last tagliando there is no next one. Dates are the shop's local days.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Interval:
    """Years from the registration to the first revisione, and from each to the next."""

    first_years: int
    every_years: int


REVISION = {False: Interval(4, 2), True: Interval(1, 1)}
"""By `yearly_revision`."""
SERVICE_MONTHS = 12
"""Between two tagliandi of a car that names no interval of its own."""
SERVICE_KM = 15_000
SOON = timedelta(days=60)
"""How long before a due date it is worth saying so."""
LAST_YEAR = date.max.year - 10


class Dated(Protocol):
    """What has to be known of a car."""

    registered_on: date | None
    last_revision_on: date | None
    yearly_revision: bool
    last_service_on: date | None
    last_service_km: int | None
    service_every_months: int | None
    service_every_km: int | None


SOURCES = frozenset(Dated.__annotations__)
"""The fields that due dates are made of."""


def add_months(day: date, months: int) -> date:
    """So many months later; the last day of the month where that month is shorter."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))


def end_of_month(day: date) -> date:
    """The last day of the month."""
    return day.replace(day=monthrange(day.year, day.month)[1])


def next_revision(car: Dated) -> date | None:
    """By when the revisione has to be done: the end of a month. None when neither registration nor last one is known."""
    interval = REVISION[bool(car.yearly_revision)]
    last, first = car.last_revision_on, car.registered_on
    base, years = (last, interval.every_years) if last else (first, interval.first_years)
    if base is None or base.year > LAST_YEAR:
        return None
    return end_of_month(add_months(base, 12 * years))


def next_service(car: Dated) -> date | None:
    """The day of the next tagliando by months; None when the last one is not known."""
    last = car.last_service_on
    months = car.service_every_months or SERVICE_MONTHS
    if last is None or last.year + months // 12 > LAST_YEAR:
        return None
    return add_months(last, months)


def next_service_km(car: Dated) -> int | None:
    """The kilometres of the next tagliando; None when those of the last one are not known."""
    if car.last_service_km is None:
        return None
    return car.last_service_km + (car.service_every_km or SERVICE_KM)


def service_is_due(*, due_on: date | None, due_km: int | None, mileage_km: int | None, today: date) -> bool:
    """Whether the tagliando is due: the day has come, or the kilometres are reached, whichever is first."""
    by_km = due_km is not None and mileage_km is not None and mileage_km >= due_km
    return by_km or (due_on is not None and due_on <= today)


def standing(due_on: date | None, today: date) -> str:
    """How near a due date is: "unknown", "overdue", "soon" or "later"."""
    if due_on is None:
        return "unknown"
    if due_on < today:
        return "overdue"
    return "soon" if due_on <= today + SOON else "later"
