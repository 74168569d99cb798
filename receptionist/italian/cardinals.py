"""Numbers as they are written: "120000", "120.000", "120 mila", "centoventimila", "un paio", "una decina"."""

from functools import lru_cache

from receptionist.italian.words import Words

_SMALL = (
    "zero", "uno", "due", "tre", "quattro", "cinque", "sei", "sette", "otto", "nove", "dieci", "undici", "dodici",
    "tredici", "quattordici", "quindici", "sedici", "diciassette", "diciotto", "diciannove",
)  # fmt: skip
_TENS = ("venti", "trenta", "quaranta", "cinquanta", "sessanta", "settanta", "ottanta", "novanta")
_ENGLISH = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
)  # fmt: skip
_DOZENS = {
    "paio": 2, "paia": 2, "coppia": 2, "decina": 10, "dozzina": 12, "quindicina": 15, "ventina": 20, "trentina": 30,
    "cinquantina": 50, "centinaio": 100, "couple": 2,
}  # fmt: skip
ARTICLES = {"un": 1, "una": 1, "uno": 1}
_MAX = 10**12


def _below_hundred() -> dict[str, int]:
    found = {word: number for number, word in enumerate(_SMALL)}
    for tens, name in enumerate(_TENS, 2):
        found[name] = tens * 10
        for unit in range(1, 10):
            stem = name[:-1] if unit in (1, 8) else name
            found[stem + _SMALL[unit]] = tens * 10 + unit
        found[name[:-1] + "un"] = tens * 10 + 1
    return found


def _below_thousand() -> dict[str, int]:
    small = _below_hundred()
    found = dict(small)
    for hundreds in range(1, 10):
        name = "cento" if hundreds == 1 else f"{_SMALL[hundreds]}cento"
        found[name] = hundreds * 100
        for word, number in small.items():
            if number:
                found[name + word] = hundreds * 100 + number
                if word[0] == "o":
                    found[name[:-1] + word] = hundreds * 100 + number
    return found


_WORDS = _below_thousand()


@lru_cache(maxsize=4096)
def word_value(word: str) -> int | None:
    """The number that one word is: "ventitre" → 23, "duemilaventisei" → 2026. Without accents, lower case."""
    if word in _WORDS:
        return _WORDS[word]
    if word in _ENGLISH:
        return _ENGLISH.index(word)
    for sign in ("mila", "mille"):
        left, found, right = word.partition(sign)
        if not found:
            continue
        thousands = 1 if sign == "mille" and not left else _WORDS.get(left)
        rest = _WORDS.get(right) if right else 0
        if thousands is not None and rest is not None and (sign == "mila") == bool(left):
            return thousands * 1000 + rest
    return None


def small_number(words: Words, i: int) -> tuple[int, int] | None:
    """A number in one word or figure at `i`, and where it ends. Articles are no numbers here."""
    figure = words.figure(i)
    if figure is not None:
        return figure, i + 1
    word = words.at(i)
    if word in ARTICLES:
        return None
    value = word_value(word)
    return None if value is None else (value, i + 1)


def amount(words: Words, i: int) -> tuple[int, int] | None:
    """How many of something: also "un", "un paio di", "una decina di"."""
    j = i + 1 if words.at(i) in ARTICLES or words.at(i) == "a" else i
    if words.at(j) in _DOZENS:
        return _DOZENS[words.at(j)], j + 2 if words.at(j + 1) in ("di", "d", "of") else j + 1
    if words.at(i) in ARTICLES:
        return 1, i + 1
    return small_number(words, i)


def read_number(text: str) -> int | None:
    """The first number of the text, in figures or words; None without one. Never raises.

    Thousands may have their point ("120.000"), "mila" and "mille" multiply. "Un" and "una" count only when
    there is no other number.
    """
    words = Words(text)
    article = None
    for i in range(len(words)):
        if words.at(i) in ARTICLES and word_value(words.at(i + 1)) is None and words.at(i + 1) not in _DOZENS:
            article = 1 if article is None else article
            continue
        found = _whole(words, i)
        if found is not None:
            return found if found < _MAX else None
    return article


def _whole(words: Words, i: int) -> int | None:
    if words.at(i) in _DOZENS or (words.at(i) in ARTICLES and words.at(i + 1) in _DOZENS):
        found = amount(words, i)
        return found[0] if found else None
    if words.figure(i) is not None:
        value, i = _grouped(words, i)
    else:
        single = word_value(words.at(i))
        if single is None:
            return None
        value, i = single, i + 1
    return _multiplied(words, i, value)


def _grouped(words: Words, i: int) -> tuple[int, int]:
    """Figures with points, commas or spaces between thousands: "120.000"."""
    digits, i = words.at(i), i + 1
    while (
        words.at(i) in (".", "'")
        and words.glued(i)
        and words.glued(i + 1)
        and words.figure(i + 1) is not None
        and len(words.at(i + 1)) == 3
        and len(digits) < 10
    ):
        digits, i = digits + words.at(i + 1), i + 2
    return int(digits), i


def _multiplied(words: Words, i: int, value: int) -> int:
    """What follows in words of their own: "120 mila", "due mila e cinquecento", "cento venti"."""
    if words.at(i) in ("mila", "mille", "k") and value:
        value, i = value * 1000, i + 1
    elif words.at(i) in ("milione", "milioni") and value:
        value, i = value * 1_000_000, i + 1
    for _step in range(3):
        j = i + 1 if words.at(i) == "e" else i
        more = None if words.figure(j) is not None else word_value(words.at(j))
        if words.at(j) in ("mila", "mille") and 1 < value < 1000:
            value, i = value * 1000, j + 1
        elif more and _fits_below(more, value):
            value, i = value + more, j + 1
        else:
            break
    return value


def _fits_below(more: int, value: int) -> bool:
    """Whether `more` goes into the zeros of `value`: 20 into 100, 500 into 2000, not 30 into 9."""
    zeros = 1
    while value and value % (zeros * 10) == 0:
        zeros *= 10
    return more < zeros and value >= 20
