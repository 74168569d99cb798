"""The questions to ask when a day or a time can be taken in two ways, does not exist or has passed."""

from collections.abc import Sequence
from datetime import date, time

from receptionist.italian.clock import at_time
from receptionist.italian.dates import say_date
from receptionist.italian.text import join_or


def which_day(days: Sequence[date], today: date) -> str:
    """ "Intende oggi, giovedì 26 novembre, o giovedì 3 dicembre?" """
    said = [f"oggi, {say_date(day, today)}," if day == today else say_date(day, today) for day in days]
    return f"Intende {join_or(said)}?".replace(",?", "?")


def day_or_hour(first: date, hour: int, other: date, today: date) -> str:
    """A weekday and a number that is not its date: "giovedì 9"."""
    return f"Intende {say_date(first, today)} {at_time(time(hour))} o {say_date(other, today)}?"


def which_half(clock: time) -> str:
    """A morning with an hour of the afternoon."""
    return f"Intende di mattina o {at_time(clock)}?"


def no_such_hour(day: date, clock: time, today: date) -> str:
    """The hour that the change to summer time skips."""
    return f"{say_date(day, today).capitalize()} {at_time(clock)} non esiste, perché cambia l'ora. A che ora preferisce?"


def passed(day: date | None, clock: time | None, today: date) -> str:
    """What was asked for has passed."""
    if day is None:
        return "È già passato. Quale giorno preferisce?"
    if day == today:
        return "Oggi quell'ora è già passata. Preferisce più tardi o un altro giorno?"
    return f"{say_date(day, today).capitalize()} è già passato. Quale giorno preferisce?"


def next_year(day: date, later: date, today: date) -> str:
    """A day and month that passed a short while ago."""
    return f"{say_date(day, today).capitalize()} è già passato. Intende {say_date(later, today)} {later.year}?".replace(
        f" {later.year} {later.year}?", f" {later.year}?"
    )


def which_moment(said: Sequence[str]) -> str:
    """Several days, each with its own time."""
    return f"Preferisce {join_or(list(said))}?"
