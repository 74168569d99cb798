"""When a message that the shop begins may go out: the shop's zone, quiet hours, Sundays and public holidays.

Quiet hours are local times and may go over midnight; from and to the same: there are none. They are placed on the
real time line (scheduling.clock), so that both clock changes come out right. Days are the shop's local days.
"""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from receptionist.models import FollowUpConfig
from scheduling import clock, public_holidays

ONE_DAY = timedelta(days=1)
# Christmas, Easter and Sundays never make so many days in a row.
LONGEST_REST = 14
SUNDAY = 6
MINUTES_A_DAY = 24 * 60


def local_day(moment: datetime, tz: ZoneInfo) -> date:
    """The shop's day at this moment."""
    return moment.astimezone(tz).date()


def at(day: date, clock_time: time, tz: ZoneInfo) -> datetime:
    """The moment (UTC) of a local time: the moment of the change when the clock skips it, the first when it comes twice."""
    return clock.to_datetime(clock.moment_at(day, _minute(clock_time), tz))


def _minute(clock_time: time) -> int:
    return clock_time.hour * 60 + clock_time.minute


def is_working_day(day: date, config: FollowUpConfig) -> bool:
    """Whether messages go out on this day at all."""
    return config.on_sundays or (day.weekday() != SUNDAY and public_holidays.on(day) is None)


def quiet_until(moment: datetime, config: FollowUpConfig, tz: ZoneInfo) -> datetime | None:
    """The end of the quiet hours that the moment is in; None when it is in none. Only the hours, not the days."""
    begins, ends = config.quiet_from, config.quiet_to
    if begins == ends:
        return None
    today = local_day(moment, tz)
    over_midnight = ends < begins
    for day in (today - ONE_DAY, today):
        last = day + ONE_DAY if over_midnight else day
        if at(day, begins, tz) <= moment < (end := at(last, ends, tz)):
            return end
    return None


def is_quiet(moment: datetime, config: FollowUpConfig, tz: ZoneInfo) -> bool:
    """Whether nothing may go out at this moment."""
    return not is_working_day(local_day(moment, tz), config) or quiet_until(moment, config, tz) is not None


def next_allowed(moment: datetime, config: FollowUpConfig, tz: ZoneInfo) -> datetime:
    """The moment itself (UTC), or the first one after it at which a message may go out."""
    moment = moment.astimezone(UTC)
    for _step in range(3 * LONGEST_REST):
        day = local_day(moment, tz)
        if not is_working_day(day, config):
            moment = at(day + ONE_DAY, time(0), tz)
        elif end := quiet_until(moment, config, tz):
            moment = end
        else:
            break
    return moment


def working_day_before(day: date, config: FollowUpConfig) -> date:
    """The last day before this one on which messages go out: the Saturday for a Monday."""
    for back in range(1, LONGEST_REST + 1):
        before = day - back * ONE_DAY
        if is_working_day(before, config):
            return before
    return day - ONE_DAY


def in_the_day(day: date, send_at: time, config: FollowUpConfig, tz: ZoneInfo) -> datetime:
    """The moment of the day for a message that is to go out at `send_at`: that one, or the nearest that is not quiet.

    A time in the evening's quiet hours becomes the last minute before them, one in the morning's their end.
    """
    moment = at(day, send_at, tz)
    end = quiet_until(moment, config, tz)
    if end is None:
        return moment
    if local_day(end, tz) == day:
        return end
    evening = at(day, config.quiet_from, tz) - timedelta(minutes=1)
    return evening if local_day(evening, tz) == day else at(day, time(12), tz)
