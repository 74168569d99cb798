"""What the calendar draws for some days: appointments, bays, what is closed. Two queries whatever the data."""

from datetime import date, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.calendar import times
from backoffice.calendar.shading import shades
from scheduling import catalogue
from scheduling.lifecycle import TRANSITIONS
from scheduling.models import Appointment
from scheduling.models.appointments import LIVE

# No work lasts longer, over nights and closures: thirty days of work, carried over August.
LONGEST = timedelta(days=140)
COLUMNS = [
    *("id", "code", "customer_id", "vehicle_id", "service_id", "bay_id", "scheduled_at", "ends_at"),
    *("status", "updated_at", "promised_at", "drop_off_at", "arrived_at"),
    *("customer__first_name", "customer__last_name", "customer__phone"),
    *("vehicle__license_plate", "vehicle__make", "vehicle__model"),
    *("service__name", "bay__name", "bay__position"),
]


def days(first: date, last: date) -> dict[str, Any]:
    """The days from `first` up to, and without, `last`, ready for JSON. Times are the shop's wall times."""
    cat = catalogue.load()
    appointments = list(between(first, last))
    names = {**cat.bay_names}
    for appointment in appointments:  # a bay that is out of use is shown where it still has work
        names.setdefault(appointment.bay_id, appointment.bay.name)
    return {
        "from": first.isoformat(),
        "to": last.isoformat(),
        "offset": offset(),
        "bays": [
            {"id": pk, "name": name if pk in cat.bay_names else _("%(bay)s (fuori uso)") % {"bay": name}}
            for pk, name in names.items()
        ],
        "appointments": [_event(appointment) for appointment in appointments],
        "closed": shades(cat.calendar, first, last),
    }


def between(first: date, last: date) -> QuerySet[Appointment]:
    """Appointments that touch these days, in order."""
    begin, end = times.midnight(first), times.midnight(last)
    return (
        Appointment.objects.filter(scheduled_at__gte=begin - LONGEST, scheduled_at__lt=end, ends_at__gt=begin)
        .select_related("customer", "vehicle", "service", "bay")
        .only(*COLUMNS)
        .order_by("scheduled_at", "bay__position", "pk")
    )


def offset() -> str:
    """What the shop's clock shows beside UTC at the moment: "+01:00"."""
    text = timezone.localtime().strftime("%z")
    return f"{text[:3]}:{text[3:]}"


def _event(appointment: Appointment) -> dict[str, Any]:
    start, end = times.wall_span(appointment.scheduled_at, appointment.ends_at)
    car = appointment.vehicle
    return {
        "id": str(appointment.pk),
        "start": start,
        "end": end,
        "bay": appointment.bay_id,
        "customer": str(appointment.customer),
        "car": car.label if car else "",
        "plate": car.license_plate if car else "",
        "service": appointment.service.name,
        "service_id": str(appointment.service_id),
        "status": appointment.status,
        "live": appointment.status in LIVE,
        "movable": appointment.status in TRANSITIONS["reschedule"].sources,
        "stays": appointment.drop_off_at is not None,
        "arrived": appointment.arrived_at is not None,
        "version": appointment.updated_at.isoformat(),
    }
