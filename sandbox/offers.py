"""Reading the receptionist: offers in its Italian answers, and times in the instructions it gives the model.

A small ear, for the scripted caller: "giovedì 26 novembre alle nove e mezza o alle undici oppure venerdì 27 …".
"""

import re
from collections.abc import Iterator
from datetime import date, datetime, time

MONTHS = (
    "gennaio", "febbraio", "marzo", "aprile", "maggio", "giugno",
    "luglio", "agosto", "settembre", "ottobre", "novembre", "dicembre",
)  # fmt: skip
_SMALL = (
    "zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici", "dodici",
    "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove",
)  # fmt: skip
_TENS = {20: "venti", 30: "trenta", 40: "quaranta", 50: "cinquanta"}
_PARTS = {"un quarto": 15, "mezza": 30, "mezzo": 30, "tre quarti": 45}
_ISO = re.compile(r"\b(\d{4}-\d{2}-\d{2}T\d{2}:\d{2})\b")


def _words() -> dict[str, int]:
    """Numbers from 0 to 59 as they are said."""
    found = {word: number for number, word in enumerate(_SMALL)}
    for ten, word in _TENS.items():
        found[word] = ten
        for one in range(1, 10):
            joined = f"{word[:-1] if one in (1, 8) else word}{_SMALL[one]}"
            found[joined] = ten + one
            found[joined.replace("tre", "tré") if one == 3 else joined] = ten + one
    return found


NUMBERS = _words()
_HOURS = {**{word: number for word, number in NUMBERS.items() if number < 24}, "una": 1}
_HOUR = "|".join(sorted(_HOURS, key=len, reverse=True))
_MINUTE = "|".join(sorted([*NUMBERS, *_PARTS], key=len, reverse=True))
_DAY = re.compile(rf"\b(primo|\d{{1,2}}) ({'|'.join(MONTHS)})(?: (\d{{4}}))?", re.IGNORECASE)
_TIME = re.compile(
    rf"\b(?:alle |all['’])(?:(\d{{1,2}})[:.](\d{{2}})|({_HOUR})\b(?: e ({_MINUTE})\b)?)|\ba (mezzogiorno|mezzanotte)\b"
    rf"(?: e ({_MINUTE})\b)?",
    re.IGNORECASE,
)


def read_offers(said: str, today: date) -> list[datetime]:
    """The moments that an answer offers, in the order in which they are said (local time, naive)."""
    days = list(_DAY.finditer(said))
    ends = [match.start() for match in days[1:]] + [len(said)]
    return [
        datetime.combine(day, moment)
        for match, end in zip(days, ends, strict=False)  # without a day there is one end too many
        if (day := _day(match, today))
        for moment in _times(said[match.end() : end])
    ]


def _day(match: re.Match[str], today: date) -> date | None:
    number = 1 if match[1].lower() == "primo" else int(match[1])
    month = MONTHS.index(match[2].lower()) + 1
    try:
        if match[3]:
            return date(int(match[3]), month, number)
        day = date(today.year, month, number)
    except ValueError:
        return None
    return day if day >= today else day.replace(year=today.year + 1)


def _times(said: str) -> Iterator[time]:
    for match in _TIME.finditer(said):
        figures, minutes, hour, part, noon, noon_part = match.groups()
        if figures:
            found = (int(figures), int(minutes))
        elif hour:
            found = (_HOURS[hour.lower()], _minutes(part))
        else:
            found = (12 if noon.lower() == "mezzogiorno" else 0, _minutes(noon_part))
        if found[0] < 24 and found[1] < 60:
            yield time(*found)


def _minutes(part: str | None) -> int:
    if not part:
        return 0
    return _PARTS.get(part.lower(), NUMBERS.get(part.lower(), 0))


def iso_times(text: str) -> list[str]:
    """The local ISO times in a text, each once, in order."""
    return list(dict.fromkeys(_ISO.findall(text)))


def say(moment: str) -> str:
    """An ISO time as a person would repeat it: "26 novembre alle 9:30"."""
    at = datetime.fromisoformat(moment)
    return f"{at.day} {MONTHS[at.month - 1]} alle {at.hour}:{at.minute:02}"
