"""The next free slots of the services people ask for most, for the prompt: one query for all of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from scheduling import calendar, clock
from scheduling.availability import Search, Slot, Taken
from scheduling.catalogue import Catalogue
from scheduling.models import Service

MOST_SERVICES = 5
LOOK_AHEAD = timedelta(days=13)
AT_A_TIME = timedelta(days=2)
MOST_TOLD = 8
# Two of a morning and two of an afternoon leave room for other days: people rarely want the very next half hour.
A_HALF_DAY = 2


@dataclass(frozen=True)
class NextSlots:
    """A service, and what is free in the next two weeks: nearest first, spread over half days."""

    service: Service
    slots: Sequence[Slot]


def next_slots(shop: Catalogue, now: datetime) -> list[NextSlots]:
    """For each common service at most eight free slots. One query in all; none when there is no such service.

    Services of which only so many a day are taken are left to the tool: their cars would have to be counted too.
    """
    moment = clock.to_moment(now)
    services = [each for each in shop.common if each.most_a_day is None and shop.bays_for(each)][
        :MOST_SERVICES
    ]
    if not services:
        return []
    searches = {service.pk: shop.search(service, moment) for service in services}
    taken = _taken(list(searches.values()), services[0])
    found = []
    for service in services:
        found.append(NextSlots(service, _nearest(searches[service.pk], taken)))
    return found


def _nearest(search: Search, taken: Taken) -> list[Slot]:
    """The first slots of the first half days, looked for a few days at a time: mostly the first are enough."""
    kept: list[Slot] = []
    day, last = search.today, search.today + LOOK_AHEAD
    while day <= last and len(kept) < MOST_TOLD:
        until = min(day + AT_A_TIME, last)
        kept += _spread(search.run(day, until, taken, limit=None).slots, search)
        day = until + timedelta(days=1)
    return kept[:MOST_TOLD]


def _taken(searches: Sequence[Search], any_service: Service) -> Taken:
    """What is booked in all their bays. The service only matters for caps of its own, which none of them has."""
    reaches = [search.reach(search.today, search.today + LOOK_AHEAD) for search in searches]
    bays = {bay for search in searches for bay in search.need.bay_ids}
    return calendar.taken(
        (min(reach[0] for reach in reaches), max(reach[1] for reach in reaches)),
        bay_ids=sorted(bays),
        service=any_service,
        caps=any(search.capped for search in searches),
    )


def _spread(slots: Sequence[Slot], search: Search) -> list[Slot]:
    """The first two of every half day."""
    counted: dict[tuple[int, bool], int] = {}
    kept = []
    for slot in slots:
        local = slot.starts_at.astimezone(search.calendar.tz)
        half = (local.toordinal(), local.hour * 60 + local.minute >= search.limits.afternoon_from)
        counted[half] = counted.get(half, 0) + 1
        if counted[half] <= A_HALF_DAY:
            kept.append(slot)
    return kept
