"""Licence plates and chassis numbers: one spelling for each, and what is wrong with a misheard one.

Italian cars: AA000AA, letters without I, O, Q, U. Motorcycles: AA00000. Old provincial plates (MI1A2345),
trailers and foreign plates exist and are taken as they are.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

MIN_LENGTH, MAX_LENGTH = 4, 10
_LETTER = "[A-HJ-NPR-TV-Z]"
ITALIAN_CAR = re.compile(rf"{_LETTER}{{2}}[0-9]{{3}}{_LETTER}{{2}}\Z")
ITALIAN_MOTORCYCLE = re.compile(rf"{_LETTER}{{2}}[0-9]{{5}}\Z")
_HEARD_CAR = re.compile(rf"{_LETTER}{{2}}[0-9O]{{3}}{_LETTER}{{2}}\Z")
# The form of a car's plate in which some letter came through as a digit.
_MISHEARD_CAR = re.compile(
    r"(?:[01][A-Z]|[A-Z][01])[0-9O]{3}[A-Z01]{2}\Z|[A-Z]{2}[0-9O]{3}(?:[01][A-Z]|[A-Z][01])\Z"
)
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}\Z")


def normalise_plate(text: str) -> str:
    """Upper case letters and digits only; an O heard in a digit's place of an Italian car plate becomes 0."""
    plain = "".join(char for char in unicodedata.normalize("NFKC", text).upper() if char.isalnum())
    if _HEARD_CAR.match(plain):
        return plain[:2] + plain[2:5].replace("O", "0") + plain[5:]
    return plain


def is_italian_car(text: str) -> bool:
    """Whether the plate has the form of Italian cars since 1994."""
    return ITALIAN_CAR.match(normalise_plate(text)) is not None


def plate_problem(text: str, *, heard: bool = True) -> str | None:
    """What is wrong with the plate, in Italian and fit to be said; None when it can be kept.

    Foreign and old plates pass. A 0 or 1 heard in a letter's place of an Italian plate is impossible: ask
    again. Pass `heard=False` for what somebody read and typed: a few foreign plates do look like that.
    """
    plate = normalise_plate(text)
    if not plate:
        return _("Manca la targa.")
    if len(plate) < MIN_LENGTH or len(plate) > MAX_LENGTH or not any(char.isdigit() for char in plate):
        return _("Questa non sembra una targa: chiedere di ripeterla lettera per lettera.")
    if heard and _MISHEARD_CAR.match(plate):
        return _(
            "Nella targa c'è una cifra al posto di una lettera: chiedere di ripeterla lettera per lettera."
        )
    return None


def normalise_vin(text: str) -> str:
    """The chassis number in upper case without spaces and hyphens."""
    return "".join(char for char in text.upper() if char.isalnum())


def vin_problem(text: str) -> str | None:
    """What is wrong with the chassis number, in Italian; None when it has 17 characters without I, O, Q."""
    if _VIN.match(normalise_vin(text)):
        return None
    return _("Il numero di telaio ha 17 caratteri, senza le lettere I, O e Q.")
