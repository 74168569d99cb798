"""Named stretches of the shop's calendar: what "oggi" and "questa settimana" mean, in the shop's time zone.

Lists, figures and links use the same names, so that a figure and the list behind it count the same rows.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from scheduling import clock


class Period(StrEnum):
    """The names, as they stand in addresses."""

    TODAY = "oggi"
    WEEK = "settimana"
    MONTH = "mese"


MONTH_DAYS = 30


@dataclass(frozen=True, slots=True)
class Stretch:
    """Local dates, both included, and the moments they begin and end at (aware, UTC; the end excluded)."""

    first: date
    last: date
    begins: datetime
    ends: datetime

    def holds(self, moment: datetime) -> bool:
        """Whether the moment lies in it."""
        return self.begins <= moment < self.ends


def of_days(first: date, last: date, tz: ZoneInfo) -> Stretch:
    """From local midnight of the first day to the midnight that ends the last; on a clock change 23 or 25 hours."""
    begins = clock.to_datetime(clock.moment_at(first, 0, tz))
    return Stretch(first, last, begins, clock.to_datetime(clock.moment_at(last + timedelta(days=1), 0, tz)))


def named(period: Period, today: date, tz: ZoneInfo) -> Stretch:
    """Today; the week from Monday to Sunday; the last thirty days, today included."""
    if period == Period.TODAY:
        return of_days(today, today, tz)
    if period == Period.WEEK:
        monday = today - timedelta(days=today.weekday())
        return of_days(monday, monday + timedelta(days=6), tz)
    return of_days(today - timedelta(days=MONTH_DAYS - 1), today, tz)
