"""The statement that looks a shop's cars through for what is due, and brings back only what is to be told."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from receptionist.followups import kinds, seasons, when
from receptionist.followups.pace import EARLIER, NOTICE, Pace
from receptionist.followups.reasons import Reason
from receptionist.italian import one_line
from receptionist.models import FollowUpKind
from scheduling.due import add_months
from shops.context import current_shop

# A tagliando whose day has passed is worth a word for a while; a revisione that is over is not promotion any more.
SERVICE_LATE = timedelta(days=45)
# Who had their tyres changed here within so many months has them changed again.
TYRES_MONTHS = 14
# A change so shortly before the window opens was this season's.
TYRES_EARLY = timedelta(days=45)
MOST_FOR_ONE = 5
MOST_LISTED = 200
# Of so many customers at most is said in a day that no message was left for them.
MOST_OVER = 1000
# What is due; then what speaks against each; then, a customer at a time, those who have to be told first. What is due
# later than the shop asks for is told already when, in the order in which they have to be told, more customers come
# before it than messages can go out in time. With `listed` also what is not told, with why (the first that holds, in
# the order of the columns).
_FIND = """
WITH due AS (
    SELECT 'revision' AS kind, v.id AS vehicle_id, v.next_revision_on AS due_on, NULL::integer AS due_km,
           'revision:' || v.id || ':' || to_char(v.next_revision_on, 'YYYY-MM-DD') AS key, 'revision' AS renews,
           v.next_revision_on <= %(revision_until)s AS near, v.next_revision_on - %(revision_notice)s AS told_by
      FROM scheduling_vehicle v
     WHERE %(revision)s AND v.archived_at IS NULL
       AND v.next_revision_on BETWEEN %(today)s AND %(revision_until)s + %(earlier)s
    UNION ALL
    SELECT 'service', v.id, v.next_service_on, NULL,
           'service:' || v.id || ':' || to_char(v.next_service_on, 'YYYY-MM-DD'), 'service',
           v.next_service_on <= %(service_until)s,
           CASE WHEN v.next_service_on < %(today)s THEN %(at_leisure)s ELSE v.next_service_on - %(service_notice)s END
      FROM scheduling_vehicle v
     WHERE %(service)s AND v.archived_at IS NULL
       AND v.next_service_on BETWEEN %(service_from)s AND %(service_until)s + %(earlier)s
       AND (v.next_service_on <= %(service_until)s OR (v.mileage_km >= v.next_service_km) IS NOT TRUE)
    UNION ALL
    SELECT 'service', v.id, NULL, v.next_service_km,
           'service:' || v.id || ':' || coalesce(to_char(v.next_service_on, 'YYYY-MM-DD'), v.next_service_km || 'km'),
           'service', true, %(at_leisure)s
      FROM scheduling_vehicle v
     WHERE %(service)s AND v.archived_at IS NULL AND v.mileage_km >= v.next_service_km
       AND (v.next_service_on IS NULL OR v.next_service_on > %(service_until)s)
    UNION ALL
    SELECT %(tyres)s, t.vehicle_id, %(tyres_until)s::date, NULL,
           %(tyres)s || ':' || t.vehicle_id || ':' || to_char(%(tyres_until)s::date, 'YYYY'), 'tyres', true,
           %(tyres_until)s - %(notice)s
      FROM (SELECT a.vehicle_id, max(a.scheduled_at) AS last_at
              FROM scheduling_appointment a JOIN scheduling_service s ON s.id = a.service_id
             WHERE %(tyres)s <> '' AND s.renews = 'tyres' AND a.status = 'completed'
               AND a.scheduled_at BETWEEN %(tyres_since)s AND %(now)s AND a.vehicle_id IS NOT NULL
             GROUP BY a.vehicle_id) t
     WHERE t.last_at < %(tyres_done)s
), told AS (
    SELECT due.*, v.customer_id, v.license_plate, v.make, v.model,
           CASE
           WHEN c.erased_at IS NOT NULL THEN 'erased'
           WHEN c.archived_at IS NOT NULL OR c.merged_into_id IS NOT NULL OR v.archived_at IS NOT NULL THEN 'archived'
           WHEN EXISTS (SELECT 1 FROM scheduling_appointment a JOIN scheduling_service s ON s.id = a.service_id
                         WHERE a.vehicle_id = v.id AND s.renews = due.renews
                           AND (a.status = 'in_progress'
                                OR a.status IN ('pending', 'confirmed') AND a.scheduled_at > %(now)s)) THEN 'booked'
           WHEN NOT EXISTS (SELECT 1 FROM scheduling_consent y
                             WHERE y.customer_id = c.id AND y.purpose = 'marketing' AND y.granted
                               AND y.withdrawn_at IS NULL
                               AND NOT EXISTS (SELECT 1 FROM scheduling_consent n
                                                WHERE n.customer_id = c.id AND n.purpose = 'marketing'
                                                  AND (NOT n.granted AND n.given_at >= y.given_at
                                                       OR n.withdrawn_at >= y.given_at))) THEN 'no_consent'
           WHEN EXISTS (SELECT 1 FROM scheduling_channelidentity i
                         WHERE i.customer_id = c.id AND i.channel = 'whatsapp' AND i.opted_out_at IS NOT NULL)
                THEN 'stopped'
           WHEN c.phone IS NULL AND NOT EXISTS (SELECT 1 FROM scheduling_channelidentity i
                         WHERE i.customer_id = c.id AND i.channel = 'whatsapp' AND i.verified) THEN 'no_number'
           WHEN EXISTS (SELECT 1 FROM receptionist_followup f
                         WHERE f.customer_id = c.id AND f.outcome = 'sent' AND f.created_at >= %(midnight)s
                           AND f.kind IN ('thanks', 'revision', 'service', 'tyres_winter', 'tyres_summer'))
                THEN 'one_a_day'
           ELSE ''
           END AS reason
      FROM due
      JOIN scheduling_vehicle v ON v.id = due.vehicle_id
      JOIN scheduling_customer c ON c.id = v.customer_id
     WHERE NOT EXISTS (SELECT 1 FROM receptionist_followup f WHERE f.key = due.key)
), in_line AS (
    SELECT told.*, dense_rank() OVER (ORDER BY first_by, customer_id) AS place
      FROM (SELECT told.*, min(greatest(told_by, %(today)s)) OVER (PARTITION BY customer_id) AS first_by
              FROM told WHERE %(listed)s OR reason = '') told
), now_due AS (
    SELECT in_line.*,
           row_number() OVER (PARTITION BY customer_id ORDER BY coalesce(due_on, %(today)s), kind, vehicle_id) AS nth
      FROM in_line
     WHERE near OR told_by = first_by
               AND place <= (SELECT max(i.place - p.messages)
                               FROM in_line i
                               JOIN unnest(%(pace_days)s::date[], %(pace_messages)s::integer[]) AS p(day, messages)
                                 ON p.day = i.first_by)
), numbered AS (
    SELECT now_due.*, dense_rank() OVER (ORDER BY first_by, customer_id) AS customer_nth FROM now_due
)
SELECT kind, vehicle_id, customer_id, due_on, due_km, key, license_plate, make, model, reason,
       customer_nth <= %(customers)s
  FROM numbered
 WHERE nth <= %(most_for_one)s
   AND (customer_nth <= %(customers)s OR due_on < %(next_day)s AND kind <> 'service' AND customer_nth <= %(most_over)s)
 ORDER BY customer_nth, nth
"""


@dataclass(frozen=True)
class Due:
    """Something a car has coming. `due_on` None: the kilometres `due_km` are reached. `reason` "" or why it is not told.

    Not `fits`: no message is left for it, and it is over before there are others.
    """

    kind: FollowUpKind
    vehicle_id: UUID
    customer_id: UUID
    due_on: date | None
    due_km: int | None
    key: str
    plate: str
    car: str
    reason: str
    fits: bool = True


def find(
    today: date,
    now: datetime,
    wanted: Mapping[FollowUpKind, kinds.Wanted],
    *,
    customers: int,
    pace: Pace | None = None,
    listed: bool = False,
) -> list[Due]:
    """What is due today and to be told, of so many customers at most, each customer's together. One statement.

    `pace`: what would not fit in later is told earlier, and what no message is left for comes along as such (`fits`).
    `listed`: also what is not told, with its Reason.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            _FIND,
            _values(today, now, wanted)
            | {
                "earlier": EARLIER if pace else 0,
                "pace_days": pace.days if pace else [],
                "pace_messages": pace.messages if pace else [],
                "next_day": pace.next_day if pace else None,
                "most_over": MOST_OVER,
                "customers": customers,
                "listed": listed,
                "most_for_one": MOST_LISTED if listed else MOST_FOR_ONE,
            },
        )
        return [_due(row) for row in cursor.fetchall()]


def _due(row: tuple[Any, ...]) -> Due:
    kind, vehicle_id, customer_id, due_on, due_km, key, plate, make, model, reason, fits = row
    car = one_line(f"{make} {model} {plate}", 80)
    return Due(
        FollowUpKind(kind),
        vehicle_id,
        customer_id,
        due_on,
        due_km,
        key,
        plate,
        car,
        Reason(reason).value if reason else "",
        fits,
    )


def _values(today: date, now: datetime, wanted: Mapping[FollowUpKind, kinds.Wanted]) -> dict[str, Any]:
    revision, service = wanted[FollowUpKind.REVISION], wanted[FollowUpKind.SERVICE]
    season = seasons.now(today, {kind: each.days or 0 for kind, each in wanted.items()})
    tyres = season if season and wanted[season.kind].enabled else None
    return {
        "today": today,
        "now": now,
        "midnight": _midnight(today),
        "revision": revision.enabled,
        "revision_until": today + timedelta(days=revision.days or 0),
        "revision_notice": min(NOTICE, revision.days or 0),
        "service": service.enabled,
        "service_from": today - SERVICE_LATE,
        "service_until": today + timedelta(days=service.days or 0),
        "service_notice": min(NOTICE, service.days or 0),
        "notice": NOTICE,
        "at_leisure": today + timedelta(days=NOTICE),
        "tyres": tyres.kind.value if tyres else "",
        "tyres_until": tyres.closes if tyres else today,
        "tyres_since": _midnight(add_months(today, -TYRES_MONTHS)),
        "tyres_done": _midnight((tyres.opens if tyres else today) - TYRES_EARLY),
    }


def _midnight(day: date) -> datetime:
    return when.at(day, time(0), current_shop().tz)
