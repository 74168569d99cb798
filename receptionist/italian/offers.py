"""Several moments said in one breath."""

from collections.abc import Iterable
from datetime import date, datetime, time
from itertools import groupby

from receptionist.italian.clock import at_time
from receptionist.italian.dates import say_day
from receptionist.italian.text import join_or


def say_moments(moments: Iterable[datetime], now: datetime) -> str:
    """Offers to choose from, a day said once.

    "giovedì 26 novembre alle nove e mezza, alle dieci o alle undici". With several days each time keeps its
    own: "giovedì 26 novembre alle undici oppure venerdì 27 novembre alle otto o alle nove".
    """
    local = sorted({moment.astimezone(now.tzinfo) for moment in moments})
    days = [
        _say_times(day, [moment.time() for moment in group], now)
        for day, group in groupby(local, key=lambda moment: moment.date())
    ]
    return " oppure ".join(days)


def _say_times(day: date, times: list[time], now: datetime) -> str:
    return f"{say_day(day, now.date())} {join_or([at_time(each) for each in times])}"
