"""Days as they are said. The day of the month stays a figure, which every Italian voice reads right."""

from datetime import date, datetime, timedelta

from receptionist.italian.clock import at_time

WEEKDAYS = ("lunedì", "martedì", "mercoledì", "giovedì", "venerdì", "sabato", "domenica")
MONTHS = (
    "gennaio",
    "febbraio",
    "marzo",
    "aprile",
    "maggio",
    "giugno",
    "luglio",
    "agosto",
    "settembre",
    "ottobre",
    "novembre",
    "dicembre",
)
# Nearer than this a day and month cannot be taken for another year's.
_YEAR_NEEDED = timedelta(days=300)


def say_weekday(day: date) -> str:
    """The weekday alone: "giovedì"."""
    return WEEKDAYS[day.weekday()]


def say_date(day: date, today: date | None = None, *, first: str = "primo") -> str:
    """A day: "giovedì 26 novembre", "martedì primo dicembre"; with the year when `today` is far from it."""
    number = first if day.day == 1 else str(day.day)
    said = f"{say_weekday(day)} {number} {MONTHS[day.month - 1]}"
    if today is not None and abs(day - today) > _YEAR_NEEDED:
        return f"{said} {day.year}"
    return said


def say_day(day: date, today: date, *, first: str = "primo") -> str:
    """As `say_date`, after "oggi" or "domani" when it is: "domani, giovedì 26 novembre"."""
    near = {0: "oggi, ", 1: "domani, "}.get((day - today).days, "")
    return f"{near}{say_date(day, today, first=first)}"


def say_when(moment: datetime, now: datetime) -> str:
    """A moment: "giovedì 26 novembre alle nove e mezza". Both aware; said in the time zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    return f"{say_day(local.date(), now.date())} {at_time(local.time())}"
