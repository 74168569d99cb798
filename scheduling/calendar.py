"""What is already booked, for the search: one query, one row a bay, aggregated by the database."""

from collections.abc import Sequence
from typing import TypedDict, Unpack
from uuid import UUID

from django.db import connection
from django.db.backends.utils import CursorWrapper

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
    with connection.cursor() as cursor:
        ask(cursor, reach=reach, bay_ids=bay_ids, service=service, caps=caps, without=without)
        return read(cursor)


class Question(TypedDict):
    """The arguments of `taken`."""

    reach: Span
    bay_ids: Sequence[int]
    service: Service
    caps: bool
    without: UUID | None


def ask(cursor: CursorWrapper, **question: Unpack[Question]) -> None:
    """Send the query of `taken`, for who has more to ask at once (see Placing.lock_and_look)."""
    values = {
        "begin": clock.to_datetime(question["reach"][0]),
        "end": clock.to_datetime(question["reach"][1]),
        "without": question["without"],
        "bays": list(question["bay_ids"]),
        "service": question["service"].pk,
        "live": [status.value for status in LIVE],
    }
    cursor.execute(TAKEN_AND_COUNTED if question["caps"] else TAKEN, values)


def read(cursor: CursorWrapper) -> Taken:
    """What the query of `ask` found."""
    bays: dict[int, list[Span]] = {}
    starts: list[int] = []
    own: list[int] = []
    for bay_id, begins, ends, *counted in cursor.fetchall():
        # Live spans of a bay never overlap, so begins and ends pair up once both are in order.
        bays[bay_id] = list(zip(sorted(begins or ()), sorted(ends or ()), strict=True))
        if counted:
            starts += counted[0]
            own += counted[1] or ()
    return Taken(bays=bays, starts=starts, service_starts=own)
