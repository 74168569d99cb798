"""Dates, times and plates as they are written on WhatsApp, where a row of a list has 24 characters."""

from datetime import date, datetime, time, timedelta
from decimal import Decimal

from scheduling import plates

_WEEKDAYS = ("lun", "mar", "mer", "gio", "ven", "sab", "dom")
_YEAR_NEEDED = timedelta(days=300)


def write_date(day: date, today: date | None = None) -> str:
    """A day: "gio 26/11"; with the year when `today` is far from it: "ven 26/11/2027"."""
    written = f"{_WEEKDAYS[day.weekday()]} {day.day:02d}/{day.month:02d}"
    if today is not None and abs(day - today) > _YEAR_NEEDED:
        return f"{written}/{day.year:04d}"
    return written


def write_when(moment: datetime, now: datetime) -> str:
    """A moment: "gio 26/11 09:30", at most 20 characters. Both aware; written in the time zone of `now`."""
    local = moment.astimezone(now.tzinfo)
    return f"{write_date(local.date(), now.date())} {local:%H:%M}"


def write_time(clock: time) -> str:
    """A time: "9:30"."""
    return f"{clock.hour}:{clock.minute:02d}"


def write_price(amount: Decimal | int) -> str:
    """Euro: "149 €", "79,02 €"."""
    return f"{f'{Decimal(amount):.2f}'.removesuffix('.00').replace('.', ',')} €"


def write_plate(plate: str) -> str:
    """A plate as it is read best: "AB 123 CD" for an Italian car, others as they are."""
    normal = plates.normalise_plate(plate)
    if plates.ITALIAN_CAR.match(normal):
        return f"{normal[:2]} {normal[2:5]} {normal[5:]}"
    if plates.ITALIAN_MOTORCYCLE.match(normal):
        return f"{normal[:2]} {normal[2:]}"
    return normal
