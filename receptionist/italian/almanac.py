"""Counting in the calendar: the next day of a name or number, edges of weeks and months, holidays by name."""

from calendar import monthrange
from datetime import date, timedelta
from typing import Literal

from scheduling import public_holidays

Edge = Literal["", "start", "middle", "end"]
FARTHEST = 36_500


def at_day(day: date, days: int) -> date | None:
    """So many days later; None out of the calendar or beyond a century."""
    if abs(days) > FARTHEST:
        return None
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def next_weekday(day: date, weekday: int) -> date:
    """The first such weekday from `day` on, itself included."""
    return day + timedelta(days=(weekday - day.weekday()) % 7)


def next_with(number: int, today: date) -> date | None:
    """The next day with this number of the month, today included."""
    year, month = today.year, today.month
    for _step in range(13):
        if number <= monthrange(year, month)[1]:
            day = date(year, month, number)
            if day >= today:
                return day
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    return None


def nth_weekday(year: int, month: int, weekday: int, ordinal: int) -> date | None:
    """The first, second… or last (-1) such weekday of a month."""
    length = monthrange(year, month)[1]
    first = next_weekday(date(year, month, 1), weekday).day
    days = range(first, length + 1, 7)
    return date(year, month, days[-1] if ordinal == -1 else days[ordinal - 1])


def week_of(day: date, edge: Edge = "") -> tuple[date, date]:
    """Monday to Sunday of its week; its start is Monday to Wednesday, the middle Tuesday to Thursday."""
    monday = day - timedelta(days=day.weekday())
    first, last = {"": (0, 6), "start": (0, 2), "middle": (1, 3), "end": (3, 5)}[edge]
    return monday + timedelta(days=first), monday + timedelta(days=last)


def month_of(year: int, month: int, edge: Edge = "") -> tuple[date, date]:
    """The whole month; its start and end are seven days, the middle those about the fifteenth."""
    length = monthrange(year, month)[1]
    first, last = {"": (1, length), "start": (1, 7), "middle": (12, 18), "end": (length - 6, length)}[edge]
    return date(year, month, first), date(year, month, last)


def months_later(day: date, months: int) -> date | None:
    """The same day so many months later, or the last one of a shorter month."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


# Names by which people call a day, as words without accents, longest first. Fixed ones as (month, day);
# Easter moves with the year.
_FIXED: dict[tuple[str, ...], tuple[int, int]] = {
    ("vigilia", "di", "natale"): (12, 24),
    ("antivigilia",): (12, 23),
    ("christmas", "eve"): (12, 24),
    ("boxing", "day"): (12, 26),
    ("new", "year", "s", "eve"): (12, 31),
    ("new", "year", "s", "day"): (1, 1),
    ("new", "year"): (1, 1),
    ("ultimo", "dell", "anno"): (12, 31),
    ("vigilia", "di", "capodanno"): (12, 31),
    ("primo", "dell", "anno"): (1, 1),
    ("giorno", "dei", "morti"): (11, 2),
    ("san", "silvestro"): (12, 31),
    ("san", "valentino"): (2, 14),
    ("festa", "degli", "innamorati"): (2, 14),
    ("festa", "del", "papa"): (3, 19),
    ("san", "giuseppe"): (3, 19),
    ("liberazione",): (4, 25),
    ("festa", "dei", "santi"): (11, 1),
    ("giorno", "dei", "santi"): (11, 1),
    ("ai", "morti"): (11, 2),
    ("sant", "ambrogio"): (12, 7),
    ("santo", "stefano"): (12, 26),
    ("s", "stefano"): (12, 26),
    ("s", ".", "stefano"): (12, 26),
    ("san", "stefano"): (12, 26),
    ("san", "francesco"): (10, 4),
    ("festa", "della", "repubblica"): (6, 2),
    ("festa", "della", "liberazione"): (4, 25),
    ("festa", "dei", "lavoratori"): (5, 1),
    ("festa", "del", "lavoro"): (5, 1),
    ("festa", "della", "donna"): (3, 8),
    ("tutti", "i", "santi"): (11, 1),
    ("ognissanti",): (11, 1),
    ("immacolata", "concezione"): (12, 8),
    ("immacolata",): (12, 8),
    ("natale",): (12, 25),
    ("christmas",): (12, 25),
    ("vigilia",): (12, 24),
    ("capodanno",): (1, 1),
    ("epifania",): (1, 6),
    ("befana",): (1, 6),
    ("ferragosto",): (8, 15),
    ("halloween",): (10, 31),
}
_BY_EASTER: dict[tuple[str, ...], int] = {
    ("easter", "monday"): 1,
    ("lunedi", "dell", "angelo"): 1,
    ("lunedi", "di", "pasqua"): 1,
    ("lunedi", "dopo", "pasqua"): 1,
    ("domenica", "delle", "palme"): -7,
    ("martedi", "grasso"): -47,
    ("pasquetta",): 1,
    ("pasqua",): 0,
    ("easter",): 0,
}
HOLIDAYS = {name[0] for name in (*_FIXED, *_BY_EASTER)}
LONGEST_HOLIDAY = max(len(name) for name in (*_FIXED, *_BY_EASTER))


def holiday(name: tuple[str, ...], today: date) -> date | None:
    """The next day of that name, today included."""
    for year in (today.year, today.year + 1):
        day = _in_year(name, year)
        if day is not None and day >= today:
            return day
    return None


def _in_year(name: tuple[str, ...], year: int) -> date | None:
    if name in _FIXED:
        return date(year, *_FIXED[name])
    if name not in _BY_EASTER or not 1900 < year < 2200:
        return None
    easter = next(
        day for day, each in public_holidays.of_year(year).items() if each == public_holidays.EASTER
    )
    return easter + timedelta(days=_BY_EASTER[name])
