"""How many due dates can still be told before a day: so many messages on each day on which the shop writes.

When more cars are due than fit in between "so many days before" and the date (an import, the end of a month, a long
closure), the first of them are told earlier: as many as it takes, and no more.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from receptionist.followups import when
from receptionist.models import FollowUpConfig
from scheduling.hours import Closing
from scheduling.models import Closure

# Nobody is told more days earlier than the shop asks for.
EARLIER = 60
# Who is told should still have so many days to come.
NOTICE = 7


@dataclass(frozen=True)
class Pace:
    """`messages[n]` can still go out after today and up to `days[n]`, which begin today. `next_day`: the next on which any
    can."""

    days: list[date]
    messages: list[int]
    next_day: date


def closings() -> list[Closing]:
    """The whole days on which the shop is closed: nobody could take the car. One query."""
    whole_days = Closure.objects.filter(bay=None, from_time=None)
    return [Closing(each.starts_on, each.ends_on, every_year=each.every_year) for each in whole_days]


def from_today(today: date, config: FollowUpConfig, closed: Sequence[Closing], days: int) -> Pace:
    """The pace of so many days from today on. No query."""
    found, messages, room = [today], [0], 0
    next_day = None
    for after in range(1, days + 1):
        day = today + timedelta(days=after)
        if when.is_working_day(day, config) and not any(each.covers(day) for each in closed):
            room += config.most_promotions_a_day
            next_day = next_day or day
        found.append(day)
        messages.append(room)
    return Pace(found, messages, next_day or today + timedelta(days=days + 1))
