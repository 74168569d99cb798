"""What is already booked, for the search: one query, one row a bay, aggregated by the database."""

from collections.abc import Sequence
from uuid import UUID

from django.db import connection

from scheduling import clock
from scheduling.availability import Taken
from scheduling.hours import Span
from scheduling.models import Service
from scheduling.models.appointments import LIVE

# Written out, because putting it together anew for every call costs more than the database takes to answer.
# Begins are rounded down and ends up to the second, so that a span never shrinks.
TAKEN = """
SELECT bay_id,
       array_agg(floor(date_part('epoch', scheduled_at))::bigint) FILTER (WHERE status = ANY(%(live)s)),
       array_agg(ceil(date_part('epoch', ends_at))::bigint) FILTER (WHERE status = ANY(%(live)s))
FROM scheduling_appointment
WHERE status IN ('pending', 'confirmed', 'in_progress', 'completed')
  AND ends_at > %(begin)s AND scheduled_at < %(end)s AND id IS DISTINCT FROM %(without)s
  AND bay_id = ANY(%(bays)s) AND status = ANY(%(live)s)
GROUP BY bay_id
"""
TAKEN_AND_COUNTED = """
SELECT bay_id,
       array_agg(floor(date_part('epoch', scheduled_at))::bigint) FILTER (WHERE status = ANY(%(live)s)),
       array_agg(ceil(date_part('epoch', ends_at))::bigint) FILTER (WHERE status = ANY(%(live)s)),
       array_agg(floor(date_part('epoch', scheduled_at))::bigint),
       array_agg(floor(date_part('epoch', scheduled_at))::bigint) FILTER (WHERE service_id = %(service)s)
FROM scheduling_appointment
WHERE status IN ('pending', 'confirmed', 'in_progress', 'completed')
  AND ends_at > %(begin)s AND scheduled_at < %(end)s AND id IS DISTINCT FROM %(without)s
GROUP BY bay_id
"""


def taken(
    reach: Span, *, bay_ids: Sequence[int], service: Service, caps: bool = True, without: UUID | None = None
) -> Taken:
    """What the appointments between two moments hold.

    `caps`: count starts of all bays too, for the most cars of a half day; otherwise only `bay_ids` are read.
    `without` leaves one appointment out: the one that is being moved. One query.
    """
    values = {
        "begin": clock.to_datetime(reach[0]),
        "end": clock.to_datetime(reach[1]),
        "without": without,
        "bays": list(bay_ids),
        "service": service.pk,
        "live": [status.value for status in LIVE],
    }
    with connection.cursor() as cursor:
        cursor.execute(TAKEN_AND_COUNTED if caps else TAKEN, values)
        rows = cursor.fetchall()
    bays: dict[int, list[Span]] = {}
    starts: list[int] = []
    own: list[int] = []
    for bay_id, begins, ends, *counted in rows:
        # Live spans of a bay never overlap, so begins and ends pair up once both are in order.
        bays[bay_id] = list(zip(sorted(begins or ()), sorted(ends or ()), strict=True))
        if counted:
            starts += counted[0]
            own += counted[1] or ()
    return Taken(bays=bays, starts=starts, service_starts=own)
