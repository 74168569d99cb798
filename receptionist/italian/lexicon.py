"""The words of days, months and parts of the day: short forms, English, and slips of the thumb."""

from functools import lru_cache

from receptionist.italian.dates import MONTHS, WEEKDAYS

_DAY_NAMES = (
    ("lunedi", "lun", "monday", "mon"),
    ("martedi", "mar", "mart", "tuesday", "tue", "tues"),
    ("mercoledi", "mer", "merc", "wednesday", "wed"),
    ("giovedi", "gio", "giov", "thursday", "thu", "thur", "thurs"),
    ("venerdi", "ven", "vener", "friday", "fri"),
    ("sabato", "sab", "saturday", "sat"),
    ("domenica", "dom", "sunday", "sun"),
)
WEEKDAY = {name: number for number, names in enumerate(_DAY_NAMES) for name in names}

_MONTH_NAMES = (
    ("gennaio", "january"),
    ("febbraio", "february"),
    ("marzo", "march"),
    ("aprile", "april"),
    ("maggio",),
    ("giugno", "june"),
    ("luglio", "july"),
    ("agosto", "august"),
    ("settembre", "september"),
    ("ottobre", "october"),
    ("novembre", "november"),
    ("dicembre", "december"),
)
_MONTH_SHORT = (
    ("gen", "genn", "jan"),
    ("feb", "febb"),
    ("mar",),
    ("apr",),
    ("mag", "magg", "may"),
    ("giu", "jun"),
    ("lug", "jul"),
    ("ago", "aug"),
    ("set", "sett", "sep", "sept"),
    ("ott", "oct"),
    ("nov",),
    ("dic", "dec"),
)
MONTH = {name: number for number, names in enumerate(_MONTH_NAMES, 1) for name in names}
"""Names that are a month wherever they stand."""
MONTH_BY_A_DAY = MONTH | {name: number for number, names in enumerate(_MONTH_SHORT, 1) for name in names}
"""And those that are one only next to a day's number: "15 set"."""
ENGLISH_MONTHS = {name for names in _MONTH_NAMES for name in names[1:]} | {"may", "oct", "dec", "aug", "jan"}

NEAR = {
    "oggi": 0, "today": 0, "domani": 1, "dmn": 1, "dmani": 1, "tomorrow": 1, "tmrw": 1, "dopodomani": 2, "posdomani": 2,
    "ieri": -1, "yesterday": -1, "altroieri": -2, "avantieri": -2,
}  # fmt: skip

MORNING, AFTERNOON, EVENING = "morning", "afternoon", "evening"
PART = {
    "mattina": MORNING, "mattino": MORNING, "mattinata": MORNING, "matt": MORNING, "mattine": MORNING,
    "morning": MORNING, "antimeridiano": MORNING,
    "pomeriggio": AFTERNOON, "pomeriggi": AFTERNOON, "pom": AFTERNOON, "pome": AFTERNOON, "pomeridiano": AFTERNOON,
    "dopopranzo": AFTERNOON, "afternoon": AFTERNOON, "pm": AFTERNOON,
    "sera": EVENING, "serata": EVENING, "evening": EVENING, "notte": EVENING, "night": EVENING, "dopocena": EVENING,
}  # fmt: skip
TODAY_PART = {
    "stamattina": MORNING, "stamattinata": MORNING, "stamani": MORNING, "stamane": MORNING,
    "stasera": EVENING, "stanotte": EVENING, "tonight": EVENING,
}  # fmt: skip
TOMORROW_PART = {"domattina": MORNING, "domatina": MORNING, "domanimattina": MORNING, "domanisera": EVENING}

_CORRECTABLE = (
    *(name for names in _DAY_NAMES for name in names if len(name) > 5),
    *(name for name in MONTH if len(name) > 5),
    "domani", "dopodomani", "stamattina", "stasera", "mattina", "mattinata", "pomeriggio", "settimana",
    "prossimo", "prossima", "tomorrow", "afternoon", "mezzogiorno", "immacolata", "capodanno",
)  # fmt: skip
# Ordinary words and names that are one letter away from one of those.
_WORDS_OF_THEIR_OWN = {
    "aprire", "aprite", "aprirle", "aprirlo", "aprirla", "maggior", "maggiore", "domenico", "gennaro", "martina",
    "salato", "settimane", "mattino", "mattine", "domanda", "domande", "martini", "prossimi", "prossime", "mattinate",
    "domanii", "sanato", "luglia", "fredda", "frida", "giugni", "ottobrata", "domare", "augusta", "augusto", "agostino",
    "settembrini", "mondial", "sundays", "mondays", "fridays", "stasere", "martedisera", "sabatino", "sabati", "sabrina",
    "domata", "domato", "mattone", "marcata", "aprili", "venerdis", "pomeriggi",
}  # fmt: skip
_BY_FIRST = {
    letter: tuple(name for name in _CORRECTABLE if name[0] == letter)
    for letter in {name[0] for name in _CORRECTABLE}
}
_KNOWN = {
    *WEEKDAY,
    *MONTH_BY_A_DAY,
    *NEAR,
    *PART,
    *TODAY_PART,
    *TOMORROW_PART,
    *_CORRECTABLE,
    *_WORDS_OF_THEIR_OWN,
}
_SHORTEST, _LONG = 5, 8


@lru_cache(maxsize=8192)
def corrected(word: str) -> str:
    """The name of a day, month or part of the day that `word` misspells, otherwise `word`.

    One slip in names of six or seven letters, two in longer ones; the first letter is taken to be right.
    """
    if word in _KNOWN or not _SHORTEST <= len(word) <= 13:
        return word
    best, slips = word, 3
    for name in _BY_FIRST.get(word[0], ()):
        allowed = 1 if len(name) < _LONG or len(word) < _LONG - 1 else 2
        if abs(len(name) - len(word)) <= allowed:
            count = distance(word, name, allowed)
            if count <= allowed and count < slips:
                best, slips = name, count
    return best


def distance(one: str, other: str, most: int) -> int:
    """Letters put in, left out, changed or swapped with their neighbour; counted no further than `most` + 1."""
    before: list[int] = []
    row = list(range(len(other) + 1))
    for i, char in enumerate(one, 1):
        before, last, row = row, before, [i]
        for j, wanted in enumerate(other, 1):
            cost = min(row[j - 1] + 1, before[j] + 1, before[j - 1] + (char != wanted))
            if i > 1 and j > 1 and char == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, last[j - 2] + 1)
            row.append(cost)
        if min(row) > most:
            return most + 1
    return row[-1]


def weekday_name(number: int) -> str:
    """Monday is 0."""
    return WEEKDAYS[number]


def month_name(number: int) -> str:
    """January is 1."""
    return MONTHS[number - 1]
