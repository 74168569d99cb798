"""How much of the shop's opening hours its bays are taken."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from scheduling import clock, selections
from scheduling.catalogue import Catalogue
from scheduling.hours import Span
from scheduling.models import Appointment
from scheduling.periods import Stretch


@dataclass(frozen=True, slots=True)
class Use:
    """The share of opening time that is taken (None: the shop does not open), and by how many appointments."""

    share: float | None
    works: int


def of(cat: Catalogue, stretches: Sequence[Stretch]) -> list[Use]:
    """The use of the bays in each stretch, the last of which holds the others. One query.

    A bay's opening time is the shop's without the bay's own closures. What is booked outside of it does not count.
    """
    rows = Appointment.objects.filter(selections.bay_use(stretches[-1])).order_by("scheduled_at")
    taken: dict[int, list[Span]] = {}
    for bay, begins, ends in rows.values_list("bay_id", "scheduled_at", "ends_at"):
        taken.setdefault(bay, []).append((clock.to_moment(begins), clock.to_moment(ends)))
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
