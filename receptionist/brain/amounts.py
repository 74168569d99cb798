"""Money in a text: the amounts it names, in figures or in Italian words."""

import re
from decimal import Decimal, InvalidOperation

from receptionist.italian.cardinals import read_number

_FIGURES = r"\d{1,3}(?:[.\s]\d{3})+(?:,\d{1,2})?|\d+(?:[.,]\d{1,2})?"
_CURRENCY = r"(?:€|eur\b|euros?\b)"
_BEFORE = re.compile(rf"(?:€|\beur(?:os?)?)\s?({_FIGURES})", re.IGNORECASE)
_AFTER = re.compile(rf"(?<![\d.,])({_FIGURES})\s?{_CURRENCY}", re.IGNORECASE)
_IN_WORDS = re.compile(r"((?:[a-zàèéìòù]+\s+){1,3})euro\b", re.IGNORECASE)
# "149/169 euro", "tra 149 e 169 euro": the first amount has no mark of its own.
_RANGE = re.compile(
    rf"(?<![\d.,])({_FIGURES})\s?(?:-|–|/|a|e|o|to|and|or)\s?(?:{_FIGURES})\s?{_CURRENCY}", re.IGNORECASE
)
_FREE = re.compile(
    r"\b(gratis|gratuit[aeio]|gratuitamente|in omaggio|free of charge|for free|at no c(?:ost|harge)|kostenlos)\b",
    re.IGNORECASE,
)
_DISCOUNT = re.compile(r"\b(scont\w+|discount\w*|rabatt\w*|coupon|buono da)\b", re.IGNORECASE)


def of(text: str) -> set[Decimal]:
    """Every amount of euros that the text names."""
    found = {
        value
        for pattern in (_BEFORE, _AFTER, _RANGE)
        for hit in pattern.finditer(text)
        if (value := _value(hit[1])) is not None
    }
    return found | {value for hit in _IN_WORDS.finditer(text) if (value := _spoken(hit[1])) is not None}


def gifts(text: str) -> set[str]:
    """What the text gives away: "free", "discount", by kind."""
    return {name for name, pattern in (("free", _FREE), ("discount", _DISCOUNT)) if pattern.search(text)}


def _value(figures: str) -> Decimal | None:
    """Italian figures, and English ones: "1.200,50", "120.50", "1 200"."""
    plain = re.sub(r"\s", "", figures)
    if "," in plain:
        plain = plain.replace(".", "").replace(",", ".")
    elif re.fullmatch(r"\d{1,3}(?:\.\d{3})+", plain):
        plain = plain.replace(".", "")
    try:
        return Decimal(plain).normalize()
    except InvalidOperation:
        return None


def _spoken(words: str) -> Decimal | None:
    """The number that ends the words: "da circa centoventi" is 120."""
    parts = words.split()
    for start in range(len(parts)):
        value = read_number(" ".join(parts[start:]))
        if value is not None:
            return Decimal(value).normalize()
    return None
