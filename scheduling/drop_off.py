"""When a car that stays is brought: apart from the work itself, in opening hours, and not after the work
begins."""

from datetime import datetime, timedelta

from scheduling import clock
from scheduling.catalogue import Catalogue
from scheduling.errors import BadDropOff


def wished(cat: Catalogue, wish: datetime, *, begin: int, now: int) -> datetime:
    """The drop-off that the customer asks for. Raises BadDropOff for one that cannot be."""
    at = clock.to_moment(wish)
    if not now <= at <= begin or not _is_open(cat, at):
        raise BadDropOff
    return clock.to_datetime(at)


def usual(cat: Catalogue, *, begin: int, now: int) -> datetime:
    """The shop's drop-off time on the day of the work; the start itself where that is closed, past or
    later."""
    tz, at = cat.calendar.tz, cat.rules.drop_off_time
    if at is None:
        return clock.to_datetime(begin)
    moment = clock.moment_at(clock.local_date(begin, tz), at.hour * 60 + at.minute, tz)
    return clock.to_datetime(moment if now <= moment <= begin and _is_open(cat, moment) else begin)


def _is_open(cat: Catalogue, at: int) -> bool:
    """Whether a car can be brought: in opening hours, their last minute included."""
    day = clock.local_date(at, cat.calendar.tz)
    periods = cat.calendar.periods(day - timedelta(days=1), day)
    return any(opens <= at <= closes for opens, closes in periods)
