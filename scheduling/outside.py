"""Booked appointments that the hours, the closures or a bay's closure no longer have room for."""

from bisect import bisect_left
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from scheduling import catalogue as catalogues
from scheduling import clock
from scheduling.hours import Span, Timeline
from scheduling.models import Appointment
from scheduling.models.appointments import Status

HORIZON = timedelta(days=400)


def outside(now: datetime | None = None) -> list[UUID]:
    """Ids of appointments to come that do not fit into the opening hours, the earliest first. Two queries.

    An appointment fits when its bay is not closed and the shop is open for as long as the work takes.
    """
    now = now or timezone.now()
    rows = list(
        Appointment.objects.filter(
            status__in=(Status.PENDING, Status.CONFIRMED), ends_at__gt=now, scheduled_at__lt=now + HORIZON
        )
        .order_by("scheduled_at")
        .values_list("pk", "scheduled_at", "ends_at", "duration_minutes", "bay_id")
    )
    if not rows:
        return []
    calendar = catalogues.load().calendar
    first = clock.local_date(clock.to_moment(min(row[1] for row in rows)), calendar.tz)
    last = clock.local_date(clock.to_moment(max(row[2] for row in rows)), calendar.tz)
    timeline = calendar.timeline(first, last)
    closed = {bay: list(calendar.bay_closings(bay, first, last)) for bay in {row[4] for row in rows}}
    return [
        pk
        for pk, begins, ends, minutes, bay in rows
        if not _fits((clock.to_moment(begins), clock.to_moment(ends)), minutes, timeline, closed[bay])
    ]


def _fits(span: Span, minutes: int, timeline: Timeline, closed: Sequence[Span]) -> bool:
    if any(begin < span[1] and span[0] < end for begin, end in closed):
        return False
    return _open_seconds(span, timeline) >= min(minutes * 60, span[1] - span[0])


def _open_seconds(span: Span, timeline: Timeline) -> int:
    """For how long the shop is open between two moments."""
    total = 0
    index = max(0, bisect_left(timeline.opens, span[0]) - 1)
    while index < len(timeline.opens) and timeline.opens[index] < span[1]:
        total += max(0, min(span[1], timeline.closes[index]) - max(span[0], timeline.opens[index]))
        index += 1
    return total
