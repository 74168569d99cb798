"""How much of the shop's opening hours its bays are taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import connection

from scheduling import clock
from scheduling.catalogue import Catalogue
from scheduling.hours import Span
from scheduling.periods import Stretch

# The rows of scheduling.selections.bay_use. Written out: hundreds of moments are read faster as whole seconds.
TAKEN = """
SELECT bay_id, array_agg(floor(date_part('epoch', scheduled_at))::bigint),
       array_agg(ceil(date_part('epoch', ends_at))::bigint)
FROM scheduling_appointment a JOIN scheduling_bay b ON b.id = a.bay_id AND b.is_active
WHERE status IN ('pending', 'confirmed', 'in_progress', 'completed')
  AND ends_at > %(begins)s AND scheduled_at < %(ends)s
GROUP BY bay_id
"""


@dataclass(frozen=True, slots=True)
class Use:
    """The share of opening time that is taken (None: the shop does not open), and by how many appointments."""

    share: float | None
    works: int


def of(cat: Catalogue, stretches: Sequence[Stretch]) -> list[Use]:
    """The use of the bays in each stretch, the last of which holds the others. One query.

    A bay's opening time is the shop's without the bay's own closures. What is booked outside of it does not count.
    """
    with connection.cursor() as cursor:
        cursor.execute(TAKEN, {"begins": stretches[-1].begins, "ends": stretches[-1].ends})
        taken = {bay: list(zip(starts, ends, strict=True)) for bay, starts, ends in cursor.fetchall()}
    return [_use(cat, each, taken) for each in stretches]


def _use(cat: Catalogue, stretch: Stretch, taken: dict[int, list[Span]]) -> Use:
    limits = clock.to_moment(stretch.begins), clock.to_moment(stretch.ends)
    opening = cat.calendar.periods(stretch.first, stretch.last)
    open_time = used = 0
    for bay in cat.bay_names:
        closings = sorted(cat.calendar.bay_closings(bay, stretch.first, stretch.last))
        own = _without(opening, closings) if closings else opening
        open_time += sum(end - begin for begin, end in own)
        used += _overlap(own, _joined(taken.get(bay, ())))
    works = sum(begin < limits[1] and end > limits[0] for spans in taken.values() for begin, end in spans)
    return Use(used / open_time if open_time else None, works)


def _joined(spans: Iterable[Span]) -> list[Span]:
    """In order and apart: a car that was ready early may share its time with the next one."""
    found: list[Span] = []
    for begin, end in sorted(spans):
        if found and begin <= found[-1][1]:
            found[-1] = (found[-1][0], max(found[-1][1], end))
        else:
            found.append((begin, end))
    return found


def _overlap(one: Sequence[Span], other: Sequence[Span]) -> int:
    """Seconds that both have; each in order and apart."""
    seconds = first = second = 0
    while first < len(one) and second < len(other):
        begin, end = max(one[first][0], other[second][0]), min(one[first][1], other[second][1])
        seconds += max(0, end - begin)
        if one[first][1] < other[second][1]:
            first += 1
        else:
            second += 1
    return seconds


def _without(spans: Sequence[Span], holes: Sequence[Span]) -> list[Span]:
    """The spans without the holes."""
    left = list(spans)
    for hole in holes:
        left = [
            part
            for begin, end in left
            for part in ((begin, min(end, hole[0])), (max(begin, hole[1]), end))
            if part[0] < part[1]
        ]
    return left
