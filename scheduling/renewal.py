"""What a finished work renews: the revisione or the tagliando of the car, from that day on."""

from datetime import date
from typing import Any

from django.utils import timezone

from scheduling.models import Appointment, Service, Vehicle
from scheduling.signals import appointment_completed

# What else a service renews has no date at the car.
FIELDS = {Service.Renews.REVISION: "last_revision_on", Service.Renews.SERVICE: "last_service_on"}


def on_completed(sender: Any, appointment: Appointment, **_kwargs: Any) -> None:
    """Note the shop's day as the car's last one, unless a later one is known. A query or two, in the verb's transaction.

    For a tagliando the kilometres that are known count as those of that day. Who says "not ready after all" leaves the
    date: the next time it is ready brings it up to date.
    """
    field = FIELDS.get(Service.Renews(appointment.service.renews))
    if field is None or appointment.vehicle_id is None:
        return
    today = timezone.localdate()
    car = Vehicle.objects.select_for_update(no_key=True).get(pk=appointment.vehicle_id)
    last = getattr(car, field)
    if last is not None and last >= today:
        return
    changed: dict[str, date | int] = {field: today}
    if field == "last_service_on" and car.mileage_km is not None:
        changed["last_service_km"] = car.mileage_km
    for name, value in changed.items():
        setattr(car, name, value)
    car.save(update_fields=list(changed))


def connect() -> None:
    """Called once by the app's ready()."""
    appointment_completed.connect(on_completed, dispatch_uid="scheduling.renewal")
