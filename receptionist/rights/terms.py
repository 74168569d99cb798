r"""Strings that name a person, as patterns that find them in any spelling.

"+393331234567" is found as "333 123 45.67", "AB123CD" as "ab 123 cd", "Nicolò Verdi" as "verdi, nicolo" and as
JSON writes it (Nicol\u00f2). The patterns mean the same to PostgreSQL (~*) and to Python's re with IGNORECASE.
"""

import re
import unicodedata
from collections.abc import Iterable

from scheduling import plates
from shops.phones import normalise_phone

GONE = "[cancellato]"
LEAST = 3
"""Shorter strings are everywhere."""
_GAP = "[^0-9A-Za-z]{0,3}"
_BETWEEN = r"[^0-9A-Za-z]{1,12}(?:last_name[^0-9A-Za-z]{1,8}|first_name[^0-9A-Za-z]{1,8})?"
_DIGITS_OF_A_PHONE = 6
_PLATE = re.compile(r"[A-Z0-9]{5,17}\Z")


def pattern(text: str) -> str:
    """The pattern of one string, whatever it is: a telephone number, a plate or VIN, an address, names, words.

    Raises ValueError for one that is too short to tell anybody.
    """
    bare = text.replace("\x00", "").strip()
    if len(bare) < LEAST:
        raise ValueError("too short")
    return _phone(bare) or _plate(bare) or _words(bare)


def exact(text: str) -> str:
    """The pattern of a string that nobody spells otherwise."""
    return _word(text)


def names(first: str, last: str) -> list[str]:
    """The patterns of a person's whole name, both ways round; none for one that is known in part only."""
    if not first.strip() or not last.strip():
        return []
    return [_BETWEEN.join(map(_words, pair)) for pair in ((first, last), (last, first))]


def together(patterns: Iterable[str]) -> str:
    """One pattern for any of them; "" for none."""
    return "|".join(f"(?:{each})" for each in dict.fromkeys(patterns) if each)


def redact(value: object, found: re.Pattern[str]) -> object:
    """A text or a JSON value without what the pattern finds; everything else as it is."""
    if isinstance(value, str):
        return found.sub(GONE, value)
    if isinstance(value, list):
        return [redact(each, found) for each in value]
    if isinstance(value, dict):
        return {str(redact(name, found)): redact(each, found) for name, each in value.items()}
    return value


def _phone(text: str) -> str:
    """The national digits, with anything that people write between them; "" for what is no number."""
    if not re.fullmatch(r"[+0-9 ()./\-\u00a0]+", text):
        return ""
    digits = re.sub(r"\D", "", normalise_phone(text) or text)
    if len(digits) < _DIGITS_OF_A_PHONE:
        return ""
    return _GAP.join(digits.removeprefix("39") if len(digits) > 10 else digits)


def _plate(text: str) -> str:
    plate = plates.normalise_plate(text)
    is_one = _PLATE.match(plate) and any(each.isdigit() for each in plate) and any(map(str.isalpha, plate))
    return _GAP.join(plate) if is_one else ""


def _words(text: str) -> str:
    return "[^0-9A-Za-z]{1,4}".join(_word(word) for word in text.split())


def _word(word: str) -> str:
    return "".join(map(_letter, word))


def _letter(letter: str) -> str:
    """A letter with an accent is found without it, and as JSON in plain letters writes it."""
    if letter.isascii():
        return letter if letter.isalnum() else f"[{letter}]" if letter not in r"\^]-" else rf"\{letter}"
    bare = "".join(each for each in unicodedata.normalize("NFD", letter) if each.isascii())
    spelled = {letter, unicodedata.normalize("NFD", letter), letter.swapcase()} | ({bare} if bare else set())
    escaped = {rf"\\u{ord(each):04x}" for each in (letter, letter.swapcase()) if len(each) == 1}
    return f"(?:{'|'.join(sorted(spelled | escaped))})'?"
