"""«La macchina è pronta»: said once when the work is done, with when the car can be collected."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.formats import date_format

from receptionist.content import Content
from receptionist.followups import deciding, kinds, telling, when, whom
from receptionist.followups.reasons import NEVER_CAME
from receptionist.models import (
    AIConfig,
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
)
from receptionist.opening import time_of
from scheduling import catalogue, clock
from scheduling.hours import Calendar
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.context import current_shop

# Opened again and done again within so long it is the same piece of news.
SAME_NEWS = timedelta(hours=2)
# Who tidies up the list of past weeks tells nobody anything.
LONG_AGO = timedelta(days=14)
DAYS_AHEAD = 14


def on_completed(sender: Any, appointment: Appointment, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.appointment_completed: a task tells the customer. No query."""
    from receptionist.tasks_offers import tell_ready

    tell_ready.queue(appointment_id=str(appointment.pk))


def tell(*, appointment_id: UUID | str, now: datetime | None = None) -> FollowUp | None:
    """Tell the customer that the car is ready, unless that was said just now, it is not, or it was collected.

    Runs inside the shop. Side effects: receptionist.followups.deciding.send. Safe to repeat, and at once.
    """
    now = now or timezone.now()
    rows = Appointment.objects.select_related("customer", "service", "vehicle")
    row = rows.filter(pk=appointment_id, status=Status.COMPLETED, collected_at=None).first()
    if row is None or row.ends_at < now - LONG_AGO:
        return None
    earlier = list(_said(row))
    if earlier and _is_same_news(earlier[0], now):
        return None
    return deciding.send(
        kind=FollowUpKind.READY,
        key=f"ready:{row.pk}:{len(earlier)}",
        customer=row.customer,
        recipient=whom.number_for(row),
        content=content(row, now),
        day=when.local_day(now, current_shop().tz),
        appointment=row,
        vehicle=row.vehicle,
        now=now,
    )


def content(row: Appointment, now: datetime) -> Content:
    """What is said to who reads it when it goes out. A few queries."""
    shop = current_shop()
    goes_out = when.next_allowed(now, FollowUpConfig.load(), shop.tz)
    places = telling.appointment_places(row, AIConfig.load()) | {
        "ritiro": collection(catalogue.load(shop).calendar, goes_out),
        "nota": row.customer_note,
    }
    return kinds.content_for(FollowUpKind.READY, places)


def _said(row: Appointment) -> list[FollowUp]:
    """What was decided about it before, the last first."""
    rows = FollowUp.objects.select_related("message").filter(kind=FollowUpKind.READY, appointment_id=row.pk)
    return list(rows.order_by("-created_at"))


def _is_same_news(last: FollowUp, now: datetime) -> bool:
    """Whether the customer has heard it, or is about to. What was dropped as no longer true was not."""
    if last.reason in NEVER_CAME:
        return False
    return last.created_at > now - SAME_NEWS


def collection(calendar: Calendar, moment: datetime) -> str:
    """When the car can be collected, for who reads it at this moment: "oggi fino alle 18:30", "domani dalle 08:00 alle
    18:30", "lunedì 23 novembre dalle 08:00 alle 12:00"; "negli orari di apertura" when the shop opens on no day soon."""
    tz = calendar.tz
    today = when.local_day(moment, tz)
    at = clock.to_moment(moment)
    for days in range(DAYS_AHEAD):
        day = today + timedelta(days=days)
        spans = [
            (opens, closes) for opens, closes in calendar.spans(day) if clock.moment_at(day, closes, tz) > at
        ]
        if not spans:
            continue
        opens, closes = spans[0][0], spans[-1][1]
        name = {0: "oggi", 1: "domani"}.get(days) or date_format(day, "l j F").lower()
        begun = clock.moment_at(day, opens, tz) <= at
        from_time = "" if begun else f" dalle {time_of(opens):%H:%M}"
        return f"{name}{from_time} {'fino ' if begun else ''}alle {time_of(closes):%H:%M}"
    return "negli orari di apertura"
