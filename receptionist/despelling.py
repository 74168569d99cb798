"""Undoing what was spelled, to compare what identifies a car, a person or an appointment wherever it stands."""

import re

from receptionist.italian.spelling import OWN_NAMES

_DIGITS = {
    word: str(number)
    for number, word in enumerate(
        ("zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove")
    )
}
_SPELLED = re.compile(r"\b([a-z])\s+(?:come|as in|di)\s+[^\W\d_]{2,}", re.IGNORECASE)
# Letters that no town stands for: "ics", "kappa".
_LETTERS = {name: letter for letter, name in OWN_NAMES.items()} | {"cappa": "K", "doppiavu": "W"}
_LETTER_NAME = re.compile(rf"\b({'|'.join(sorted(_LETTERS, key=len, reverse=True))})\b", re.IGNORECASE)
_BETWEEN = re.compile(r"[\W_]+")
_DIGIT_WORD = re.compile(rf"\b({'|'.join(_DIGITS)})\b", re.IGNORECASE)


def despelled(text: str) -> str:
    """ "G come Genova, A come Ancona, uno" as "G, A, 1"."""
    text = _SPELLED.sub(lambda hit: hit[1].upper(), text)
    text = _LETTER_NAME.sub(lambda hit: _LETTERS[hit[1].lower()], text)
    return _DIGIT_WORD.sub(lambda hit: _DIGITS[hit[1].lower()], text)


def plain(text: str) -> str:
    """Letters and figures alone, in capitals, spelling undone."""
    return _BETWEEN.sub("", despelled(text).upper())
