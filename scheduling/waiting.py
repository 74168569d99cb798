"""Who waits for a slot: put on the list, and found when one comes free."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from shops.context import current_shop

MOST_FOUND = 5
MAX_NOTE = 300
AFTERNOON = 13


@dataclass(frozen=True, slots=True)
class Place:
    """A stretch of a bay that came free: `starts_at` aware, `minutes` of work; `customer_id` is who had it."""

    starts_at: datetime
    minutes: int
    bay_id: int
    customer_id: UUID

    @classmethod
    def of(cls, appointment: Appointment) -> "Place":
        """Where an appointment is, or was before it was cancelled."""
        return cls(
            appointment.scheduled_at,
            appointment.duration_minutes,
            appointment.bay_id,
            appointment.customer_id,
        )


def join(
    *,
    customer: Customer,
    service: Service,
    wanted_from: date,
    wanted_to: date,
    vehicle: Vehicle | None = None,
    part_of_day: str = "",
    note: str = "",
) -> WaitingList:
    """Put somebody on the waiting list for a service in these days (local dates, both included).

    The same wish twice is one row. `part_of_day` "morning", "afternoon" or "". Side effects: one row. Raises
    ValueError for days in the wrong order.
    """
    if wanted_to < wanted_from:
        raise ValueError("The last day lies before the first.")
    with transaction.atomic():
        # One customer's wishes one after the other, so that the same one is not written twice.
        Customer.objects.select_for_update(no_key=True).only("pk").get(pk=customer.pk)
        row, _made = WaitingList.objects.get_or_create(
            customer=customer,
            service=service,
            wanted_from=wanted_from,
            wanted_to=wanted_to,
            status=WaitingList.Status.WAITING,
            defaults={"vehicle": vehicle, "part_of_day": part_of_day, "note": note[:MAX_NOTE]},
        )
    return row


def who_fits(
    appointment: Appointment | Place, *, without: Collection[UUID] = (), limit: int = MOST_FOUND
) -> list[WaitingList]:
    """Who waits for a slot like this one, longest waiting first, five at most. One query.

    The day and the half of it are compared in the shop's time zone; the service must be the same, or one that the
    place's bay can do in no more time. `without`: ids of wishes that do not count.
    """
    place = appointment if isinstance(appointment, Place) else Place.of(appointment)
    local = place.starts_at.astimezone(current_shop().tz)
    part = WaitingList.PartOfDay.MORNING if local.hour < AFTERNOON else WaitingList.PartOfDay.AFTERNOON
    rows = WaitingList.objects.select_related("customer", "service", "vehicle").filter(
        status=WaitingList.Status.WAITING,
        wanted_from__lte=local.date(),
        wanted_to__gte=local.date(),
        part_of_day__in=["", part],
        service__duration_minutes__lte=place.minutes,
        service__bays=place.bay_id,
    )
    others = rows.exclude(customer_id=place.customer_id).exclude(pk__in=without)
    return list(others.order_by("created_at")[:limit])
