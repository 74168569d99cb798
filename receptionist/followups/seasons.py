"""The two changes of tyres in a year, as data: winter equipment is required from 15 November to 15 April, and either
change may be made in the month before or after (Italian ministry of transport, directive of 16 January 2013).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from receptionist.models import FollowUpKind


@dataclass(frozen=True)
class Window:
    """From when to when (month, day; both included) the change is made."""

    kind: FollowUpKind
    opens: tuple[int, int]
    closes: tuple[int, int]


@dataclass(frozen=True)
class Season:
    """One change of one year."""

    kind: FollowUpKind
    opens: date
    closes: date


WINDOWS = (
    Window(FollowUpKind.TYRES_SUMMER, (4, 15), (5, 15)),
    Window(FollowUpKind.TYRES_WINTER, (10, 15), (11, 15)),
)


def now(today: date, days_before: Mapping[FollowUpKind, int]) -> Season | None:
    """The change to be spoken of today: from so many days before its window opens until it closes. None in between."""
    for window in WINDOWS:
        opens, closes = date(today.year, *window.opens), date(today.year, *window.closes)
        if opens - timedelta(days=days_before.get(window.kind, 0)) <= today <= closes:
            return Season(window.kind, opens, closes)
    return None
