"""Figures and words that are no date or time: prices, kilometres, tyres, telephones, plates, models, greetings."""

import re

from receptionist.italian.lexicon import MONTH_BY_A_DAY, WEEKDAY
from receptionist.italian.words import Words

_MASKED = re.compile(
    r"""
      \S{1,64}@\S{1,64} | \bhttps?://\S+ | \bwww\.\S+
    | [€$£]\ ?[0-9][0-9.,]{0,12}                                            # € 50
    | \b[0-9][0-9.,]{0,12}\ ?(?:€|(?:euro|eur)\b)                            # 120,50 euro
    | \b[0-9]{3}\ ?/\ ?[0-9]{2}(?:\ ?z?r?\ ?[0-9]{2})?\b                # 205/55 R16
    | \b[0-9]{3}\ [0-9]{2}\ ?z?r?\ ?[0-9]{2}\b                          # 205 55 16
    | \bkm\.?\ ?[0-9][0-9.,]{0,12}                                          # km 120.000
    | \b[0-9][0-9.,]{0,12}\ ?(?:mila\ ?)?(?:km|chilometri|kilometri)\b
    | \b[0-9]{1,4}\ ?mila\b
    | (?<![0-9.,/])[0-9]{1,3}\.[0-9]{3}(?![0-9.:/])                     # 120.000
    | (?:\+|\b00)[0-9](?:[\ ./-]?[0-9]){6,14}(?![0-9:])                 # +39 333 1234567
    | \b3[0-9]{2}[\ ./-]?[0-9]{2,3}[\ ./-]?[0-9]{2,4}(?:[\ ./-]?[0-9]{2,3})?(?![0-9:/])  # 333 123 4567
    | \b0[0-9]{1,3}[\ /-][0-9]{5,8}(?![0-9:])                            # 02 1234567
    | \b[0-9]{5,}\b(?!:)
    | \b[a-z]{2}[\ -]?[0-9]{3}[\ -]?[a-z]{2}\b                          # ab 123 cd
    """,
    re.VERBOSE,
)
_MASK = " § "
# Letters that may be written together with figures in a date or time: "9e30", "h9", "15dic", "9am".
_MAY_STICK = frozenset({
    "h", "e", "am", "pm", "gg", "g", "o", "st", "nd", "rd", "th", "t", "z", "ore", "alle", "il", "le", "del", "al", "dal",
    "dalle", "min", "sett", "l", "all", "dell", "dall", "a", "p", "m", "giorni", "hrs",
    *MONTH_BY_A_DAY, *WEEKDAY,
})  # fmt: skip
_MAY_START = _MAY_STICK - {"e", "t", "z", "o", "a", "p", "m", "g", "st", "nd", "rd", "th", "am", "pm"}
_GREETINGS = frozenset(
    {"buon", "buona", "buone", "buoni", "felice", "good", "happy", "merry", "bella", "bel"}
)
_LAMPS = ("lampad", "luc", "fari", "faro", "bulb", "anabbagl", "abbagl")


def masked(text: str) -> str:
    """Normalised text without the figures that belong to something else."""
    return _MASKED.sub(_MASK, text)


def skip_noise(words: Words, i: int) -> int:
    """Where what is no date at `i` ends; `i` when nothing of the kind stands there."""
    if words.at(i) in _GREETINGS:
        if words.at(i + 1) in ("fine", "week", "primo"):
            return i + 3
        return i + 2 if words.is_word(i + 1) else i
    if words.has(i, "non", "vedo", "l", "ora"):
        return i + 4
    return _code(words, i)


def _code(words: Words, i: int) -> int:
    """The end of letters and figures written as one, when they are no time: "r16", "4x4", "c3", "500l"."""
    if (words.is_word(i - 1) or words.figure(i - 1) is not None) and words.glued(i) and i:
        return i
    end = i + 1
    while words.glued(end) and (words.is_word(end) or words.at(end).isdigit()):
        end += 1
    parts = [words.at(k) for k in range(i, end)]
    figures = [part for part in parts if part.isdigit()]
    letters = [part for part in parts if not part.isdigit()]
    if not figures or not letters:
        return i
    if any(part not in _MAY_STICK for part in letters) or (
        parts[0] in letters and parts[0] not in _MAY_START
    ):
        return end
    if parts[-1] == "e" or (parts[0] == "h" and len(parts) == 2 and _is_lamp(words, i)):
        return end
    return end if int(figures[0][:9]) > 31 and parts[0] in figures and len(figures[0]) != 4 else i


def _is_lamp(words: Words, i: int) -> bool:
    return any(words.at(k).startswith(_LAMPS) for k in range(max(0, i - 4), i))
