"""The next free place of many services at once, for the shop's own people: one query for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection

from scheduling import clock
from scheduling.availability import Search, Slot, Taken
from scheduling.catalogue import Catalogue
from scheduling.hours import Span
from scheduling.models import Service
from scheduling.models.appointments import LIVE

# Mostly the first days are enough; only a shop that is full looks at the rest.
FIRST_LOOK = timedelta(days=6)

# Starts of every service are counted as well, for the most cars of a half day and of a service.
# Written out, because putting it together anew costs more than the database takes to answer.
BOOKED = """
SELECT bay_id, service_id, status = ANY(%(live)s),
       array_agg(floor(date_part('epoch', scheduled_at))::bigint),
       array_agg(ceil(date_part('epoch', ends_at))::bigint)
FROM scheduling_appointment
WHERE status IN ('pending', 'confirmed', 'in_progress', 'completed')
  AND ends_at > %(begin)s AND scheduled_at < %(end)s
GROUP BY bay_id, service_id, status = ANY(%(live)s)
"""


@dataclass(frozen=True, slots=True)
class NextFree:
    """A service and its next free place as customers are offered it; None: none up to the horizon."""

    service: Service
    slot: Slot | None


def next_free(cat: Catalogue, services: Sequence[Service], now: datetime) -> list[NextFree]:
    """For each service the first start that a customer could have. One query in all; none without services."""
    moment = clock.to_moment(now)
    searches = [cat.search(service, moment) for service in services]
    if not searches:
        return []
    booked = _booked([search.reach(search.today, search.last_day) for search in searches])
    found = []
    for service, search in zip(services, searches, strict=True):
        taken = Taken(booked.bays, booked.starts, booked.of_service.get(str(service.pk), ()))
        found.append(NextFree(service, _first(search, taken)))
    return found


@dataclass(frozen=True, slots=True)
class _Booked:
    bays: dict[int, list[Span]]
    starts: list[int]
    of_service: dict[str, list[int]]


def _booked(reaches: Sequence[Span]) -> _Booked:
    found = _Booked({}, [], {})
    with connection.cursor() as cursor:
        cursor.execute(
            BOOKED,
            {
                "live": [status.value for status in LIVE],
                "begin": clock.to_datetime(min(reach[0] for reach in reaches)),
                "end": clock.to_datetime(max(reach[1] for reach in reaches)),
            },
        )
        for bay_id, service_id, live, starts, ends in cursor.fetchall():
            found.starts.extend(starts)
            found.of_service.setdefault(str(service_id), []).extend(starts)
            if live:
                found.bays.setdefault(bay_id, []).extend(zip(starts, ends, strict=True))
    for spans in found.bays.values():
        spans.sort()
    return found


def _first(search: Search, taken: Taken) -> Slot | None:
    near = min(search.today + FIRST_LOOK, search.last_day)
    return _look(search, search.today, near, taken) or _look(
        search, near + timedelta(days=1), search.last_day, taken
    )


def _look(search: Search, first: date, last: date, taken: Taken) -> Slot | None:
    slots = search.run(first, last, taken, limit=1).slots if first <= last else []
    return slots[0] if slots else None
