"""Who waits for a slot: put on the list, and found when one comes free."""

from datetime import date

from django.db import transaction

from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from shops.context import current_shop

MOST_FOUND = 5
MAX_NOTE = 300
AFTERNOON = 13


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


def who_fits(appointment: Appointment) -> list[WaitingList]:
    """Who waits for a slot like this appointment's, longest waiting first, five at most. One query.

    The day and the half of it are compared in the shop's time zone; the service must be the same, or one that the
    appointment's bay can do in no more time.
    """
    local = appointment.scheduled_at.astimezone(current_shop().tz)
    part = WaitingList.PartOfDay.MORNING if local.hour < AFTERNOON else WaitingList.PartOfDay.AFTERNOON
    rows = WaitingList.objects.select_related("customer", "service").filter(
        status=WaitingList.Status.WAITING,
        wanted_from__lte=local.date(),
        wanted_to__gte=local.date(),
        part_of_day__in=["", part],
        service__duration_minutes__lte=appointment.duration_minutes,
        service__bays=appointment.bay_id,
    )
    return list(rows.exclude(customer_id=appointment.customer_id).order_by("created_at")[:MOST_FOUND])
