"""Times of the day as they are said.

Until noon people say halves and quarters ("nove e mezza"), in the afternoon the twenty-four hours keep half
past two from being taken for the night ("quattordici e trenta").
"""

from datetime import time

from receptionist.italian.numbers import say_number

_QUARTERS = {15: "un quarto", 30: "mezza", 45: "tre quarti"}


def say_time(moment: time) -> str:
    """Without article: 09:30 → "nove e mezza", 12:00 → "mezzogiorno", 14:30 → "quattordici e trenta"."""
    hour, minute = moment.hour, moment.minute
    if not minute and hour in (0, 12):
        return "mezzanotte" if hour == 0 else "mezzogiorno"
    said = {0: "mezzanotte", 1: "una"}.get(hour) or say_number(hour)
    if not minute:
        return said
    short = _QUARTERS.get(minute) if hour < 12 else None
    return f"{said} e {short or say_number(minute)}"


def at_time(moment: time) -> str:
    """With its preposition: "alle nove e mezza", "all'una", "a mezzogiorno"."""
    return _with(moment, "alle ", "all'", "a ")


def from_time(moment: time) -> str:
    """Where it begins: "dalle nove", "dall'una", "da mezzogiorno"."""
    return _with(moment, "dalle ", "dall'", "da ")


def until_time(moment: time) -> str:
    """Where it ends: "fino alle diciotto e trenta", "fino all'una", "fino a mezzogiorno"."""
    return f"fino {at_time(moment)}"


def say_span(start: time, end: time) -> str:
    """Opening hours: "dalle otto alle dodici e trenta"."""
    return f"{from_time(start)} {at_time(end)}"


def _with(moment: time, plural: str, single: str, bare: str) -> str:
    said = say_time(moment)
    if said.startswith(("mezzogiorno", "mezzanotte")):
        return f"{bare}{said}"
    return f"{single if moment.hour == 1 else plural}{said}"
