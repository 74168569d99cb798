"""What the next nights delete, before they do. Counting is bounded: a page never waits for a whole table."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from receptionist.retention import selecting
from receptionist.retention.periods import Kind, Periods, Plan, next_night
from shops.context import current_shop

MOST = 1000

_OVER: dict[Kind, tuple[Callable[[Plan], QuerySet[Any]], str]] = {
    Kind.AUDIO: (lambda plan: selecting.files(plan, Kind.AUDIO), "created_at"),
    Kind.IMAGES: (lambda plan: selecting.files(plan, Kind.IMAGES), "created_at"),
    Kind.TRANSCRIPTS: (selecting.transcripts, "active_at"),
    Kind.VISITORS: (selecting.visitors, "active_at"),
    Kind.APPOINTMENTS: (selecting.appointments, "scheduled_at"),
    Kind.PEOPLE: (selecting.people, "created_at"),
}


@dataclass(frozen=True, slots=True)
class Count:
    """How many there are, and whether more than were counted."""

    number: int
    more: bool = False

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True, slots=True)
class Coming:
    """What goes of one kind: in the next night, and in the nights of the coming days, that one included.

    `oldest` is the shop's local day of the oldest of them; None when nothing goes.
    """

    kind: Kind
    tonight: Count
    soon: Count
    oldest: date | None


def upcoming(*, days: int = 7, now: datetime | None = None, periods: Periods | None = None) -> list[Coming]:
    """What the next night and the nights of so many days will delete, by kind; files and rows alike.

    Counts stop at MOST. What an appointment or an open conversation keeps at this moment is not counted. At most
    three queries for each kind.
    """
    now = now or timezone.now()
    periods = periods or Periods.load()
    first = next_night(now)
    tonight = Plan(periods, _local(first), now)
    last = Plan(periods, _local(first + timedelta(days=max(days, 1) - 1)), now)
    return [_coming(kind, tonight, last) for kind in Kind]


def shortened(*, periods: Periods, now: datetime | None = None) -> list[Coming]:
    """What the next night would delete by these periods and not by the shop's own. As `upcoming` for one night."""
    now = now or timezone.now()
    own = {each.kind: each for each in upcoming(days=1, now=now)}
    then = upcoming(days=1, now=now, periods=periods)
    return [each for each in then if each.tonight.number > own[each.kind].tonight.number]


def _coming(kind: Kind, tonight: Plan, last: Plan) -> Coming:
    over, by = _OVER[kind]
    soon = _count(over(last))
    if not soon:
        return Coming(kind, Count(0), soon, None)
    oldest = over(last).order_by(by).values_list(by, flat=True).first()
    return Coming(kind, _count(over(tonight)), soon, _local(oldest) if oldest else None)


def _count(rows: QuerySet[Any]) -> Count:
    found = rows.order_by().values("pk")[: MOST + 1].count()
    return Count(min(found, MOST), found > MOST)


def _local(moment: datetime) -> date:
    return moment.astimezone(current_shop().tz).date()
