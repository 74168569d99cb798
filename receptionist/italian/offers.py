"""Several moments said in one breath."""

from collections.abc import Callable, Iterable
from datetime import date, datetime, time
from itertools import groupby

from receptionist.italian.clock import at_time
from receptionist.italian.dates import say_day
from receptionist.italian.text import join_or


def say_moments(
    moments: Iterable[datetime],
    now: datetime,
    *,
    day: Callable[[date, date], str] = say_day,
    at: Callable[[time], str] = at_time,
) -> str:
    """Offers to choose from, a day said once.

    "giovedì 26 novembre alle nove e mezza, alle dieci o alle undici". With several days each time keeps its
    own: "giovedì 26 novembre alle undici oppure venerdì 27 novembre alle otto o alle nove". `day` and `at` say a day,
    as seen from today, and a time.
    """
    local = sorted({moment.astimezone(now.tzinfo) for moment in moments})
    days = [
        f"{day(each, now.date())} {join_or([at(moment.time()) for moment in group])}"
        for each, group in groupby(local, key=lambda moment: moment.date())
    ]
    return " oppure ".join(days)
