"""Local wall time and the real time line.

Everything about availability is counted in whole seconds since 1970 (UTC), where time has no gaps; shops
think in local dates and minutes since local midnight. The two meet here, with both clock changes: a local
time that is skipped in March does not exist, one that comes twice in October means the first time.
"""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

DAY = 86_400
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()


def to_datetime(moment: int) -> datetime:
    """The aware UTC datetime of a moment (seconds since 1970)."""
    return datetime.fromtimestamp(moment, UTC)


def to_moment(when: datetime) -> int:
    """Whole seconds since 1970, rounded down. A naive datetime is an error of the programmer: ValueError."""
    if when.utcoffset() is None:
        raise ValueError("A datetime without a time zone cannot be placed: make it aware first.")
    return int(when.timestamp() // 1)


def local_date(moment: int, tz: ZoneInfo) -> date:
    """The date on the shop's wall at this moment."""
    return datetime.fromtimestamp(moment, tz).date()


@lru_cache(maxsize=16_384)
def _offsets(tz: ZoneInfo, ordinal: int) -> tuple[int, bool]:
    """The moment of this day's local midnight as if nothing changed that day, and whether nothing does."""
    midnight = datetime.combine(date.fromordinal(ordinal), datetime.min.time(), tzinfo=tz)
    following = midnight + timedelta(days=1)  # wall clock arithmetic
    start = int(midnight.timestamp())
    return start, int(following.timestamp()) - start == DAY


def is_plain_day(day: date, tz: ZoneInfo) -> bool:
    """Whether the day has 24 hours, as all but two of the year have."""
    return _offsets(tz, day.toordinal())[1]


def moment_at(day: date, minute: int, tz: ZoneInfo) -> int:
    """The moment at `minute` minutes after local midnight (0 to 1440) of the day.

    A local time that the clock skips means the moment of the change; one that comes twice means the first.
    """
    start, plain = _offsets(tz, day.toordinal())
    if plain:
        return start + 60 * minute
    skipped = 0
    while not _shown(day, minute - skipped, tz):
        skipped += 1
    return _as_counted_before(day, minute - skipped, tz) + (60 if skipped else 0)


def exists(day: date, minute: int, tz: ZoneInfo) -> bool:
    """Whether the wall clock shows this minute of the day at all."""
    return is_plain_day(day, tz) or _shown(day, minute, tz)


def _as_counted_before(day: date, minute: int, tz: ZoneInfo) -> int:
    wall = datetime.combine(day, datetime.min.time(), tzinfo=tz) + timedelta(minutes=minute)
    return int(wall.timestamp())


def _shown(day: date, minute: int, tz: ZoneInfo) -> bool:
    wall = datetime.combine(day, datetime.min.time()) + timedelta(minutes=minute)
    return datetime.fromtimestamp(_as_counted_before(day, minute, tz), tz).replace(tzinfo=None) == wall


def localise(wall: datetime, tz: ZoneInfo) -> datetime | None:
    """What somebody means by a naive local date and time, aware; None when the clock skips it.

    An aware datetime is returned as it is.
    """
    if wall.tzinfo is not None:
        return wall
    minute = wall.hour * 60 + wall.minute
    if not exists(wall.date(), minute, tz):
        return None
    return wall.replace(tzinfo=tz, fold=0)
