"""The grammar of the clock: "9.30", "9e30", "le nove e mezza", "tre meno un quarto", "un quarto alle otto"."""

from dataclasses import replace
from typing import Literal

from receptionist.italian.cardinals import small_number
from receptionist.italian.lexicon import MONTH_BY_A_DAY, MORNING, TODAY_PART
from receptionist.italian.phrases import words_of
from receptionist.italian.pieces import Hour
from receptionist.italian.words import Words

Found = tuple[Hour, int] | None
Half = Literal["", "am", "pm", "night"]

# "le 4 gomme" is no time: what can be counted in a workshop.
COUNTED = words_of(
    "gomme gomma ruote pneumatici candele candelette pastiglie dischi porte posti chiavi copie macchine "
    "auto vetture volte persone viti lampadine lampade luci spie frecce cinghie ammortizzatori valvole "
    "marce bulloni cerchi invernali estive stagioni termiche moto rate ore ora euro eur km chilometri "
    "kilometri mila mille anni anno mesi mese giorni giorno gg settimane settimana sett cv kw cc litri "
    "litro lt bar mm cm metri cavalli cilindri minuti minuto min tdi jtd mjt multijet hdi tsi td turbo "
    "diesel benzina gpl metano hybrid ibrida tagliandi lavori cose problemi figli bambini furgoni camion "
    "pezzi filtri freni tergicristalli spazzole sensori iniettori tyres tires cars keys days day weeks "
    "week months month hours hour years people wheels x v fari faro specchietti finestrini sedili airbag "
    "cuscinetti semiassi paia ammortizzatore gradi percento caparra appuntamenti preventivi foto messaggi "
    "chiamate su vie iva posteriori anteriori davanti dietro prezzi giri batterie bottiglie pratiche"
)
_QUARTERS = {"mezza": 30, "mezzo": 30, "mezz": 30, "½": 30}
_AFTER_HOUR = frozenset({"circa", "ca", "precise", "precisa", "spaccate", "esatte", "clock", "o"})
_DAYTIMES: dict[str, Half] = {
    "mattina": "am", "mattino": "am", "mattinata": "am", "morning": "am", "pomeriggio": "pm", "pom": "pm", "sera": "pm",
    "afternoon": "pm", "evening": "pm", "notte": "night", "night": "night",
}  # fmt: skip


def clock_at(words: Words, i: int, *, told: bool) -> Found:
    """A time of the day at `i`, and where it ends.

    `told`: an article or a preposition of hours stood before it ("alle", "le", "ore"), so that a number alone
    is one. Without it only what looks like a time is taken.
    """
    if words.figure(i) == 24 and words.at(i + 1) in ("h", "ore", "su"):
        return None
    for rule in (_named, _quarter_to, _english):
        found = rule(words, i)
        if found is not None:
            return _daytime(words, *found)
    return _number(words, i, told=told)


def _number(words: Words, i: int, *, told: bool) -> Found:
    hour = small_number(words, i)
    if hour is None and words.at(i) == "una" and told:
        hour = (1, i + 1)
    if hour is None:
        return None
    value, j = hour
    if value > 24:
        return _together(words, i) if told else None
    leading_zero = words.at(i).startswith("0") and len(words.at(i)) == 2
    found = _with_minutes(words, i, j, value, told=told)
    if found is None:
        return None
    minute, end, plain_sight = found
    exact = value > 12 or value == 0 or leading_zero
    read, after = _daytime(words, Hour(value % 24, minute, exact or value == 24), end)
    if not (told or plain_sight or read.half):
        return None
    if _counts_things(words, after) and not read.half:
        return None
    return read, after


def _with_minutes(words: Words, i: int, j: int, hour: int, *, told: bool) -> tuple[int, int, bool] | None:
    """The minutes after an hour that ends at `j`: how many, where they end, and whether it can only be a time."""
    mark = words.at(j)
    if mark in (":", ".", ",", "h", ";") and words.glued(j) and words.figure(i) is not None:
        written = _written_minutes(words, j, hour, told=told)
        if written is not None:
            return written
        if mark == ":" and words.glued(j + 1) and words.figure(j + 1) is not None:
            return None
    spoken = _spoken_minutes(words, j)
    if spoken is not None:
        minute, end, sure = spoken
        in_figures = words.figure(i) is not None and words.figure(end - 1) is not None
        whole = i == 0 and end == len(words)
        return minute, end, sure or whole or (in_figures and 6 <= hour <= 19)
    beside = _minutes_beside(words, j) if told else None
    return (beside, j + 1, True) if beside is not None else (0, j, False)


def _minutes_beside(words: Words, j: int) -> int | None:
    """ "alle 9 30", "alle nove trenta": minutes with nothing between."""
    figure = words.figure(j)
    if figure is not None:
        return figure if len(words.at(j)) == 2 and figure < 60 and _is_minutes(words, j, figure) else None
    value = small_number(words, j)
    return value[0] if value is not None and 9 < value[0] < 60 and _is_minutes(words, j, value[0]) else None


def _is_minutes(words: Words, j: int, value: int) -> bool:
    return (
        value % 5 == 0 and not _counts_things(words, j + 1) and words.at(j + 1) not in ("/", *MONTH_BY_A_DAY)
    )


def _written_minutes(words: Words, j: int, hour: int, *, told: bool) -> tuple[int, int, bool] | None:
    """Figures after a mark: ":30", ".30", ",30", "h30"; or "h" alone."""
    mark, minute = words.at(j), words.figure(j + 1)
    if minute is not None and words.glued(j + 1) and len(words.at(j + 1)) == 2 and minute < 60:
        if words.at(j + 2) == mark and words.glued(j + 2) and words.glued(j + 3):
            is_longer = words.figure(j + 3) is not None
            if is_longer and mark in ".,":
                return None
        # "Fiesta 1.25": an engine, unless something says that it is a time.
        sure = mark in ":h" or told or 6 <= hour <= 20
        seconds = words.at(j + 2) == ":" and words.glued(j + 2) and words.figure(j + 3) is not None
        return minute, j + 4 if seconds else j + 2, sure
    if mark == "h" and words.figure(j + 1) is None:
        return 0, j + 1, 7 <= hour <= 20
    return None


def _spoken_minutes(words: Words, j: int) -> tuple[int, int, bool] | None:
    """ "e mezza", "e un quarto", "e 30", "meno dieci", "e45". The last says whether it can only be a time."""
    if words.at(j) == "e" or words.has(j, "e", "e"):
        k = j + 1
        if words.at(k) in _QUARTERS and words.at(k + 1) not in ("ora", "litro", "giornata"):
            return 30, k + 1, words.at(k) != "mezzo"
        if quarter := _quarter(words, k):
            return quarter[0], quarter[1], True
        minute = (1, k + 1) if words.at(k) == "uno" else small_number(words, k)
        if minute is None or not 0 < minute[0] < 60 or words.at(minute[1]) in ("/", "alle", "marzo"):
            return None
        if words.at(minute[1]) in ("minuti", "min"):
            return minute[0], minute[1] + 1, True
        usual = minute[0] % 5 == 0 or minute[0] > 12 or words.is_word(k)
        return None if _counts_things(words, minute[1]) or not usual else (minute[0], minute[1], False)
    if words.at(j) == "meno":
        if quarter := _quarter(words, j + 1):
            return -quarter[0], quarter[1], True
        minute = small_number(words, j + 1)
        if minute is not None and 0 < minute[0] < 31:
            minutes_said = words.at(minute[1]) in ("minuti", "min")
            return -minute[0], minute[1] + minutes_said, True
    return None


def _quarter(words: Words, k: int) -> tuple[int, int] | None:
    if words.at(k) in ("un", "1") and words.at(k + 1) == "quarto":
        return 15, k + 2
    if words.at(k) == "quarto":
        return 15, k + 1
    if words.at(k) in ("tre", "3") and words.at(k + 1) in ("quarti", "quarto"):
        return 45, k + 2
    return None


def _named(words: Words, i: int) -> Found:
    """Noon and midnight, with what follows them."""
    name = words.at(i)
    if name == "mezzo" and words.at(i + 1) == "giorno":
        name, i = "mezzogiorno", i + 1
    noon = name in ("mezzogiorno", "mezzodi", "noon", "midday")
    if not noon and name not in ("mezzanotte", "midnight"):
        return None
    minutes, end = 0, i + 1
    if spoken := _spoken_minutes(words, i + 1):
        minutes, end, _sure = spoken
    return _hour(12 if noon else 0, minutes, exact=True), end


def _quarter_to(words: Words, i: int) -> Found:
    """ "un quarto alle otto", "dieci minuti alle nove", "mancano dieci alle nove"."""
    start = i + 1 if words.at(i) in ("manca", "mancano") else i
    before = _quarter(words, start)
    if before is None or before[0] != 15:
        before = small_number(words, start)
        if before is None or words.at(start) == "quarto":
            return None
    minutes, j = before
    if words.at(j) in ("minuti", "min"):
        j += 1
    if words.at(j) == "a" and (noon := _named(words, j + 1)):
        return _hour(noon[0].hour, -minutes, exact=True), noon[1]
    if words.at(j) not in ("alle", "all", "alla"):
        return None
    hour = (1, j + 2) if words.at(j + 1) == "una" else small_number(words, j + 1)
    if hour is None or not 1 <= hour[0] <= 24:
        return None
    only_minutes = minutes in (5, 15, 20, 25) or words.at(j - 1) in ("minuti", "min") or start > i
    later = minutes > hour[0] and minutes == 10 and words.figure(i) is None
    if not (only_minutes or later) or (
        minutes in (15, 20)
        and words.at(start) not in ("un", "quarto", "1")
        and start == i
        and words.figure(start) is not None
    ):
        return None
    return _hour(hour[0] % 24, -minutes, exact=hour[0] > 12), hour[1]


def _english(words: Words, i: int) -> Found:
    """ "half past nine", "quarter to ten", "ten past three"."""
    if words.at(i) == "a" and words.at(i + 1) == "quarter":
        i += 1
    if words.at(i) == "half":
        minutes, j = 30, i + 1
    elif words.at(i) == "quarter":
        minutes, j = 15, i + 1
    else:
        number = small_number(words, i)
        if number is None:
            return None
        minutes, j = number
    sign = {"past": 1, "to": -1}.get(words.at(j))
    hour = small_number(words, j + 1)
    if sign is None or hour is None or not 1 <= hour[0] <= 12 or minutes > 30:
        return None
    if sign < 0 and minutes not in (5, 10, 15, 20, 25):
        return None
    return _hour(hour[0], sign * minutes, exact=False), hour[1]


def _together(words: Words, i: int) -> Found:
    """ "alle 930", "ore 1430"."""
    digits = words.at(i)
    if words.figure(i) is None or len(digits) not in (3, 4):
        return None
    hour, minute = int(digits[:-2]), int(digits[-2:])
    if hour > 23 or minute > 59 or minute % 5 or _counts_things(words, i + 1):
        return None
    return _daytime(words, Hour(hour, minute, hour > 12 or len(digits) == 4), i + 1)


def _counts_things(words: Words, i: int) -> bool:
    return words.at(i) in COUNTED or words.at(i) in ("€", "%", "$")


def _daytime(words: Words, hour: Hour, i: int) -> tuple[Hour, int]:
    """What follows a time and says which half of the day: "di sera", "del mattino", "pm", "in the morning"."""
    total = hour.hour * 60 + hour.minute
    hour = replace(hour, hour=total // 60 % 24, minute=total % 60)
    i = _past_flourish(words, i)
    if short := _am_pm(words, i):
        hour, i = _half(hour, short[0]), short[1]
        spoken = None if hour.minute else _spoken_minutes(words, i)
        return (replace(hour, minute=spoken[0]), spoken[1]) if spoken and spoken[0] > 0 else (hour, i)
    j = i
    if words.at(j) in ("di", "del", "della", "d", "in", "dal", "nel"):
        j += 2 if words.has(j, "in", "the") else 1
    if words.at(j) in TODAY_PART:
        return (_half(hour, "am" if TODAY_PART[words.at(j)] == MORNING else "pm"), i) if j > i else (hour, i)
    if words.at(j) in _DAYTIMES and (j > i or words.at(j) in ("pom", "sera")):
        after = words.at(j + 1)
        if after != "presto" and not (words.at(i) in ("in", "nel") and words.at(i + 1) != "the"):
            return _half(hour, _DAYTIMES[words.at(j)]), j + 1
    return hour, i


def _past_flourish(words: Words, i: int) -> int:
    """Past what adds nothing to a time: "in punto", "o'clock", "circa", "precise"."""
    if words.has(i, "in", "punto") or words.has(i, "o", "clock"):
        i += 2
    if words.at(i) in ("h", "hrs") and words.glued(i):
        i += 1
    return i + 1 if words.at(i) in ("circa", "ca", "precise", "spaccate", "esatte") else i


def _am_pm(words: Words, i: int) -> tuple[Half, int] | None:
    """ "am", "p.m.", "p m"."""
    halves: dict[str, Half] = {"am": "am", "pm": "pm"}
    if words.at(i) in halves:
        return halves[words.at(i)], i + 1
    if words.at(i) in ("a", "p"):
        j = i + 2 if words.at(i + 1) == "." else i + 1
        if words.at(j) == "m":
            return halves[words.at(i) + "m"], j + 2 if words.at(j + 1) == "." else j + 1
    return None


def _half(hour: Hour, half: str) -> Hour:
    known: Half = "am" if half == "am" else "pm" if half == "pm" else "night"
    return replace(hour, half=hour.half or known)


def _hour(hour: int, minutes: int, *, exact: bool) -> Hour:
    total = (hour * 60 + minutes) % (24 * 60)
    return Hour(total // 60, total % 60, exact)
