"""What of a message about due dates still holds when it goes out: cars are sold, seen to and booked meanwhile."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q

from receptionist.followups import kinds, seasons, when
from receptionist.followups.due_query import Due
from receptionist.italian import one_line
from receptionist.models import FollowUp, FollowUpKind
from scheduling.models import Appointment, Service, Vehicle
from scheduling.models.appointments import Status
from shops.context import current_shop

RENEWS = {
    FollowUpKind.REVISION: Service.Renews.REVISION,
    FollowUpKind.SERVICE: Service.Renews.SERVICE,
    FollowUpKind.TYRES_WINTER: Service.Renews.TYRES,
    FollowUpKind.TYRES_SUMMER: Service.Renews.TYRES,
}


def still_due(rows: Sequence[FollowUp], now: datetime) -> list[Due]:
    """What was decided, as it is now, the first first; without what is booked, done, or of a car that is somebody else's
    by now. Three queries."""
    ids = {row.vehicle_id for row in rows if row.vehicle_id}
    cars = {car.pk: car for car in Vehicle.objects.filter(pk__in=ids, archived_at=None)}
    booked = _booked(ids, now)
    today = when.local_day(now, current_shop().tz)
    ahead = timedelta(days=kinds.wanted(FollowUpKind.SERVICE).days or 0)
    found = []
    for row in rows:
        kind, car = FollowUpKind(row.kind), cars.get(row.vehicle_id) if row.vehicle_id else None
        if car is None or car.customer_id != row.customer_id or (car.pk, RENEWS[kind]) in booked:
            continue
        due = _due(row, kind, car, today + ahead)
        if due is not None:
            found.append(due)
    return found


def _booked(ids: set[UUID], now: datetime) -> set[tuple[UUID | None, str]]:
    """Which cars come for which work anyway."""
    ahead = Q(status__in=(Status.PENDING, Status.CONFIRMED), scheduled_at__gt=now)
    rows = Appointment.objects.filter(ahead | Q(status=Status.IN_PROGRESS), vehicle__in=ids)
    return set(rows.values_list("vehicle_id", "service__renews"))


def _due(row: FollowUp, kind: FollowUpKind, car: Vehicle, near: date) -> Due | None:
    """The same date or kilometres as it was decided about; None when the car has others by now."""
    about = row.key.rsplit(":", 1)[-1]
    on: date | None = None
    km: int | None = None
    if kind == FollowUpKind.REVISION:
        on = car.next_revision_on
    elif kind == FollowUpKind.SERVICE:
        on, km = car.next_service_on, car.next_service_km
        reached = km is not None and (car.mileage_km or 0) >= km
        if reached and (on is None or on > near):
            about = about if on is None or about != on.isoformat() else f"{km}km"
            on = None
        else:
            km = None
    else:
        on = next(date(int(about), *each.closes) for each in seasons.WINDOWS if each.kind == kind)
        about = on.isoformat()
    owner = row.customer_id
    if owner is None or about != (on.isoformat() if on else f"{km}km"):
        return None
    said = one_line(f"{car.make} {car.model} {car.license_plate}", 80)
    return Due(kind, car.pk, owner, on, km, row.key, car.license_plate, said, "")
