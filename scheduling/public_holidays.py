"""The public holidays of Italy, by a stable key and with a name fit to be said."""

from datetime import date
from functools import lru_cache
from typing import NamedTuple

import holidays


class Holiday(NamedTuple):
    key: str
    name: str


_FIXED = {
    (1, 1): Holiday("capodanno", "Capodanno"),
    (1, 6): Holiday("epifania", "Epifania"),
    (4, 25): Holiday("liberazione", "festa della Liberazione"),
    (5, 1): Holiday("lavoro", "festa dei Lavoratori"),
    (6, 2): Holiday("repubblica", "festa della Repubblica"),
    (8, 15): Holiday("ferragosto", "Ferragosto"),
    (10, 4): Holiday("san_francesco", "festa di San Francesco"),
    (11, 1): Holiday("ognissanti", "Ognissanti"),
    (12, 8): Holiday("immacolata", "Immacolata"),
    (12, 25): Holiday("natale", "Natale"),
    (12, 26): Holiday("santo_stefano", "Santo Stefano"),
}
EASTER = Holiday("pasqua", "Pasqua")
EASTER_MONDAY = Holiday("pasquetta", "Pasquetta")
_EASTER_NAMES = {"Pasqua": EASTER, "Lunedì dell'Angelo": EASTER_MONDAY}
# Kept on a Sunday and no day off: the library lists it since 2024.
_NO_DAY_OFF = "Giorno dell'unità nazionale"
SAN_FRANCESCO_SINCE = 2026

CHOICES = tuple(
    sorted({*_FIXED.values(), EASTER, EASTER_MONDAY}, key=lambda holiday: holiday.name.casefold())
)
"""All of them, for a settings page."""


@lru_cache(maxsize=64)
def of_year(year: int) -> dict[date, Holiday]:
    """The days off of a year, whatever the weekday. Do not change the answer: it is kept."""
    found: dict[date, Holiday] = {}
    for day, names in holidays.country_holidays("IT", years=year, language="it").items():
        parts = [name for name in names.split("; ") if name != _NO_DAY_OFF]
        fixed = _FIXED.get((day.month, day.day))
        easter = next((_EASTER_NAMES[name] for name in parts if name in _EASTER_NAMES), None)
        if fixed or easter:
            # A year has Easter on 25 April now and then: the day is closed either way.
            found[day] = easter or fixed or EASTER
        elif parts:
            found[day] = Holiday(parts[0].casefold(), parts[0])
    if year >= SAN_FRANCESCO_SINCE:
        found.setdefault(date(year, 10, 4), _FIXED[10, 4])
    return found


def on(day: date) -> Holiday | None:
    """The public holiday of the day, if it is one."""
    return of_year(day.year).get(day)
