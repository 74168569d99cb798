"""Wall time, as the calendar in the browser speaks it: the shop's own clock, without a zone.

The browser's zone plays no part: it gets and sends "2026-11-23T09:00" and draws that.
"""

from datetime import date, datetime, time, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from scheduling import clock
from scheduling.errors import SchedulingError
from scheduling.hours import Calendar
from shops.context import current_shop

MOST_DAYS = 43
"""Six weeks, and the day on which the clock changes."""
YEARS = range(2000, 2100)


class BadInput(Exception):
    """What was sent makes no sense; the message says what, in words."""


class SkippedTime(SchedulingError):
    """The shop's clock does not show this time: the hour that is skipped in March."""

    code = "skipped"

    @property
    def message(self) -> str:
        return _("Quell'ora non esiste: quella notte si passa all'ora legale.")


class FarTime(SchedulingError):
    """A year in which nobody makes appointments."""

    code = "far"

    @property
    def message(self) -> str:
        return _("Data e ora non sono valide.")


def wall(moment: datetime) -> str:
    """The moment on the shop's wall, to the minute."""
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def wall_span(begin: datetime, end: datetime) -> tuple[str, str]:
    """Begin and end on the wall. Where the clock is set back an end may come before its begin: it is drawn as
    long as it really is."""
    first, last = timezone.localtime(begin), timezone.localtime(end)
    if last.replace(tzinfo=None) <= first.replace(tzinfo=None):
        drawn = first.replace(tzinfo=None) + (end - begin)
        return wall(begin), drawn.strftime("%Y-%m-%dT%H:%M")
    return wall(begin), wall(end)


def read_wall(text: str) -> datetime:
    """What "2026-11-23T09:00" means in the shop. Raises BadInput for nonsense, SkippedTime for what the clock
    skips."""
    try:
        naive = datetime.fromisoformat(text[:19])
    except ValueError:
        raise BadInput(_("Data e ora non sono valide.")) from None
    if naive.tzinfo is not None or naive.year not in YEARS:
        raise BadInput(_("Data e ora non sono valide."))
    return on_wall(naive.date(), naive.time())


def on_wall(day: date, at: time) -> datetime:
    """A date and a time of day in the shop. Raises SkippedTime, FarTime."""
    if day.year not in YEARS:
        raise FarTime
    found = clock.localise(datetime.combine(day, at.replace(second=0, microsecond=0)), current_shop().tz)
    if found is None:
        raise SkippedTime
    return found


def read_days(first: str, last: str) -> tuple[date, date]:
    """The first day and the one after the last. Raises BadInput for nonsense and for more than six weeks."""
    try:
        begin, end = date.fromisoformat(first[:10]), date.fromisoformat(last[:10])
    except ValueError:
        raise BadInput(_("Il periodo non è valido: servono due date come 2026-11-23.")) from None
    if begin >= end or begin.year not in YEARS or end.year not in YEARS:
        raise BadInput(_("Il periodo non è valido: la fine viene dopo l'inizio."))
    if (end - begin).days > MOST_DAYS:
        raise BadInput(_("Il periodo è troppo lungo: al massimo sei settimane."))
    return begin, end


def midnight(day: date) -> datetime:
    """The moment at which the day begins in the shop (UTC)."""
    return clock.to_datetime(clock.moment_at(day, 0, current_shop().tz))


def opening_minutes(calendar: Calendar, begin: datetime, end: datetime) -> int:
    """Minutes of opening between two moments: what is worked when a job lasts from the one to the other."""
    start, stop = clock.to_moment(begin), clock.to_moment(end)
    days = clock.local_date(start, calendar.tz), clock.local_date(stop, calendar.tz)
    periods = calendar.periods(days[0] - timedelta(days=1), days[1])
    return sum(max(0, min(stop, closes) - max(start, opens)) for opens, closes in periods) // 60
