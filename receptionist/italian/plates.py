"""Finding a plate in what somebody writes or spells: "ab 123 cd", "A come Ancona, B come Bologna, uno, due…"."""

import re

from receptionist.italian.cardinals import word_value
from receptionist.italian.phrases import words_of
from receptionist.italian.spelling import OWN_NAMES
from receptionist.italian.words import MAX_TEXT, Words, plain
from scheduling import plates

_CAR = re.compile(r"\b([a-z]{2})([\ .-]?)([0-9o]{3})([\ .-]?)([a-z]{2})\b")
_MOTORCYCLE = re.compile(r"\b([a-hj-npr-tv-z]{2})[\ .-]?([0-9]{5})\b")
_OLD = re.compile(r"\b([a-z]{2}|roma)[\ -]?([0-9][0-9a-z][0-9]{4}|[0-9]{5}[a-z]|[a-z][0-9]{5})\b")
_AFTER_NAME = re.compile(
    r"\b(?:targa(?:t[ao])?|plate)\b\s*(?:(?:è|e|is|number|della|auto|macchina|mia|straniera|estera|tedesca|numero)\s+)*"
    r"[:=]?\s*([a-z0-9]{1,4}(?:[\ .-]?[a-z0-9]{1,7}){0,3})"
)
_UNLIKE = set("ioqu")
# Two letters that are mostly a word: "le 500 da" is no plate.
_LITTLE_WORDS = words_of(
    "le la da ad al ed ha ma me te se ne va fa sa ce ve re km mm cm cc kw cv gg hp ok el de pm am nr ca "
    "sh tv pz ml lt gr kg"
)
_LETTER_NAMES = {name: letter for letter, name in OWN_NAMES.items()} | {
    "acca": "H", "kappa": "K", "cappa": "K", "ics": "X", "ipsilon": "Y", "zeta": "Z", "bi": "B", "ci": "C", "di": "D",
    "effe": "F", "gi": "G", "elle": "L", "emme": "M", "enne": "N", "pi": "P", "erre": "R", "esse": "S", "ti": "T",
    "vu": "V", "doppiavu": "W", "jay": "J", "cu": "Q",
}  # fmt: skip
_DIGIT_NAMES = frozenset({"zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove"})


def read_plate(text: str) -> str | None:
    """The plate in the text, normalised; None when there is none or it was misheard. Never raises.

    Italian cars and motorcycles are found anywhere, old provincial plates too; a foreign one after the word
    "targa" or alone.
    """
    lowered = plain(text[:MAX_TEXT])
    for find in (_written, _spelled, _named, _alone):
        found = find(lowered)
        if found and plates.plate_problem(found) is None:
            return plates.normalise_plate(found)
    return None


def _written(text: str) -> str | None:
    for match in _CAR.finditer(text):
        left, gap, digits, other_gap, right = match.groups()
        if _UNLIKE & {*left, *right} or not any(char.isdigit() for char in digits):
            continue
        apart = gap == " " or other_gap == " "
        if (
            apart
            and {left, right} & _LITTLE_WORDS
            and not _is_called_plate(text, match.start())
            and match[0] != text.strip()
        ):
            continue
        return left + digits + right
    for pattern in (_MOTORCYCLE, _OLD):
        for match in pattern.finditer(text):
            if match[1] not in _LITTLE_WORDS or _is_called_plate(text, match.start()):
                return match[1] + match[2]
    return None


def _is_called_plate(text: str, at: int) -> bool:
    return "targa" in text[max(0, at - 30) : at]


def _spelled(text: str) -> str | None:
    """Letter by letter, with or without the name of a town after each."""
    words = Words(text)
    best, i = "", 0
    while i < len(words):
        chars, end = _run(words, i)
        if _joins(words, i, end):
            i += 1
            continue
        if plates.is_italian_car(chars) or (len(chars) >= 7 and plates.ITALIAN_MOTORCYCLE.match(chars)):
            return chars
        # A foreign one must be told with towns: single letters and figures stand in many texts.
        if "come" in [words.at(k) for k in range(i, end)] and any(char.isdigit() for char in chars):
            best = max(best, chars, key=len)
        i = max(end, i + 1)
    return best or None


def _joins(words: Words, i: int, end: int) -> bool:
    """Whether the "e" at `i` is the little word before a plate whose letters are told with their towns."""
    return words.at(i) == "e" and words.at(i + 1) != "come" and words.at(i + 2) == "come" and end > i + 1


def _run(words: Words, i: int) -> tuple[str, int]:
    chars = ""
    while i < len(words) and len(chars) <= plates.MAX_LENGTH:
        char, after = _character(words, i)
        if not char:
            break
        chars, i = chars + char, words.skip(after, {",", ".", "-"})
    return chars, i


def _character(words: Words, i: int) -> tuple[str, int]:
    """One letter or some digits at `i`, and where they end, past the town that goes with a letter."""
    word = words.at(i)
    if word.isdigit() and len(word) <= 5:
        return word, i + 1
    if word in _DIGIT_NAMES:
        return str(word_value(word)), i + 1
    letter, end = _letter(words, i)
    town = words.at(end + 1) if words.at(end) in ("come", "di") else ""
    if letter and town[:1].upper() == letter:
        end += 2
    return letter, end


def _letter(words: Words, i: int) -> tuple[str, int]:
    word = words.at(i)
    if words.has(i, "doppia", "vu") or words.has(i, "doppia", "v"):
        return "W", i + 2
    if words.has(i, "i", "lunga"):
        return "J", i + 2
    if word == "è":
        # The letter, as a recogniser writes "E come Empoli"; without a town the verb: "la targa è…".
        return ("E" if words.at(i + 1) == "come" and words.at(i + 2)[:1] == "e" else ""), i + 1
    if len(word) == 1 and word.isalpha():
        return word.upper(), i + 1
    return _LETTER_NAMES.get(word, ""), i + 1


def _named(text: str) -> str | None:
    """What stands after "targa": a foreign plate may have any form."""
    found = _AFTER_NAME.search(text)
    if found is None:
        return None
    parts = re.split(r"[\ .-]", found[1])
    for length in range(len(parts), 0, -1):
        joined = "".join(parts[:length])
        mixed = any(char.isdigit() for char in joined) and any(char.isalpha() for char in joined)
        if mixed and parts[length - 1] not in _LITTLE_WORDS and plates.plate_problem(joined) is None:
            return joined
    return None


def _alone(text: str) -> str | None:
    """A whole message that can only be a plate: figures and letters, nothing else."""
    bare = text.strip().strip(".!")
    if not re.fullmatch(r"[a-z]{1,3}[\ -]?[a-z0-9]{1,4}[\ -]?[a-z0-9]{1,5}", bare):
        return None
    digits = sum(char.isdigit() for char in bare)
    words = [part for part in re.split(r"[\ -]", bare) if part.isalpha() and len(part) > 2]
    return None if digits < 2 or words or len(bare) < 5 else bare
