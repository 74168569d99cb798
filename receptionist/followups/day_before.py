"""The reminder of the day before: for what the shop has confirmed, once for each day an appointment is on.

It goes out at the shop's time on the last day before that is no day off (the Saturday for a Monday). Who books or moves
after that moment, or shortly before it, knows; a pending appointment is the shop's to confirm first, and gets none. After
a standstill those that are still far enough away get theirs late, the others never.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db import connection

from receptionist.content import Content, Option
from receptionist.followups import deciding, kinds, telling, when, whom
from receptionist.links import appointment_url
from receptionist.models import AIConfig, FollowUpConfig, FollowUpKind
from scheduling.models import Appointment
from shops.context import current_shop
from shops.models import Shop

KIND = FollowUpKind.DAY_BEFORE
# A reminder that comes later than this before the appointment helps nobody.
ENOUGH = timedelta(hours=2)
# Who booked or moved so shortly before the reminder's hour has it in mind.
JUST_NOW = timedelta(hours=2)
# A round decides so many at most in one shop: after a standstill they come little by little.
MOST_A_ROUND = 50
# Days ahead whose reminder can be due: the longest row of days off, and a day.
AHEAD = 8
# Of the days whose moment has come: confirmed, ahead, booked or moved well before it, and not decided for that day.
_DUE = """
SELECT a.id
  FROM scheduling_appointment a
  JOIN unnest(%(days)s::date[], %(moments)s::timestamptz[]) AS d(day, moment)
    ON d.day = (a.scheduled_at AT TIME ZONE %(tz)s)::date
 WHERE a.status = 'confirmed' AND a.scheduled_at > %(now)s AND a.scheduled_at < %(end)s
   AND coalesce(a.moved_at, a.created_at) < d.moment - %(just_now)s::interval
   AND NOT EXISTS (SELECT 1 FROM receptionist_followup f
                    WHERE f.key = 'day_before:' || a.id || ':' || to_char(d.day, 'YYYY-MM-DD'))
 ORDER BY a.scheduled_at, a.id
 LIMIT %(most)s
"""


@dataclass(frozen=True)
class Day:
    """A day of appointments, and the moment (UTC) their reminder goes out."""

    day: date
    moment: datetime


def moment_for(day: date, send_at: time, config: FollowUpConfig, tz: ZoneInfo) -> datetime:
    """When the reminder of this day's appointments goes out (UTC)."""
    return when.in_the_day(when.working_day_before(day, config), send_at, config, tz)


def days_due(now: datetime, send_at: time, config: FollowUpConfig, tz: ZoneInfo) -> list[Day]:
    """Today and the days ahead whose moment has come, in order."""
    today = when.local_day(now, tz)
    ahead = (today + timedelta(days=each) for each in range(AHEAD))
    found = (Day(day, moment_for(day, send_at, config, tz)) for day in ahead)
    return [each for each in found if each.moment <= now]


def key_of(row: Appointment, shop: Shop) -> str:
    """Once for each day the appointment is on: one that is moved to another day gets another."""
    return f"{KIND.value}:{row.pk}:{when.local_day(row.scheduled_at, shop.tz).isoformat()}"


def due(
    now: datetime, wish: kinds.Wanted, config: FollowUpConfig, most: int = MOST_A_ROUND
) -> list[Appointment]:
    """The appointments whose reminder is due and not decided, the nearest first. Two queries at most."""
    tz = current_shop().tz
    days = days_due(now, wish.send_at or time(17), config, tz)
    if not days:
        return []
    values: dict[str, Any] = {
        "days": [each.day for each in days],
        "moments": [each.moment for each in days],
        "tz": str(tz),
        "now": now,
        "end": when.at(days[-1].day + timedelta(days=1), time(0), tz),
        "most": most,
        "just_now": JUST_NOW,
    }
    with connection.cursor() as cursor:
        cursor.execute(_DUE, values)
        ids: list[UUID] = [row[0] for row in cursor.fetchall()]
    rows = (
        Appointment.objects.select_related("customer", "service", "vehicle").filter(pk__in=ids) if ids else []
    )
    return sorted(rows, key=lambda row: (row.scheduled_at, row.pk))


def run(now: datetime, wish: kinds.Wanted, config: FollowUpConfig) -> int:
    """Decide about what is due; how many. Side effects: as receptionist.followups.deciding. Safe at any time."""
    rows = due(now, wish, config)
    if not rows:
        return 0
    ai = AIConfig.load()
    numbers = whom.numbers_of([row.customer for row in rows])
    wishes = [_wish(row, numbers.get(row.customer_id) or whom.number_for(row), wish, ai, now) for row in rows]
    return len(deciding.send_many(wishes, now=now))


def _wish(row: Appointment, number: str, wish: kinds.Wanted, ai: AIConfig, now: datetime) -> deciding.Wish:
    shop = current_shop()
    return deciding.Wish(
        kind=KIND,
        key=key_of(row, shop),
        customer=row.customer,
        recipient=number,
        content=content(row, wish=wish, ai=ai),
        day=when.local_day(now, shop.tz),
        appointment_id=row.pk,
        vehicle_id=row.vehicle_id,
        not_after=row.scheduled_at - ENOUGH,
    )


def content(row: Appointment, *, wish: kinds.Wanted | None = None, ai: AIConfig | None = None) -> Content:
    """What the reminder says, with its three buttons: they come, they move it, they cancel it."""
    ai = ai or AIConfig.load()
    places = telling.appointment_places(row, ai)
    places["link"] = appointment_url(row, shop=current_shop())
    return kinds.content_for(KIND, places, options=buttons(row.code), wish=wish, manner=ai.formality)


def buttons(code: str) -> tuple[Option, ...]:
    """The three buttons of an appointment's reminder."""
    return (
        Option(f"confirm:{code}", "Confermo"),
        Option(f"move:{code}", "Sposta"),
        Option(f"cancel:{code}", "Annulla"),
    )
