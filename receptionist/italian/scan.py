"""Goes through a text and finds its pieces: limited days, hours, parts of the day, and words of doubt and change."""

from dataclasses import dataclass, replace
from datetime import date, timedelta

from receptionist.italian import almanac
from receptionist.italian.cardinals import ARTICLES, amount, small_number
from receptionist.italian.days import NEAR_STARTS, date_at, near_at, weekday_at
from receptionist.italian.hours import clock_at
from receptionist.italian.lexicon import MONTH_BY_A_DAY, NEAR, WEEKDAY
from receptionist.italian.markers import marker_at, soon_at
from receptionist.italian.noise import masked, skip_noise
from receptionist.italian.parts import PART_STARTS, part_at
from receptionist.italian.phrases import words_of
from receptionist.italian.pieces import Bound, Days, Hour, Piece
from receptionist.italian.spans import SPAN_STARTS, offset_at, span_at
from receptionist.italian.words import Words

_AFTER = frozenset({"dopo", "after", "passate", "oltre", "passata"})
_FROM = frozenset({"dalle", "dall", "dal", "da", "from", "partire", "partendo", "since", "dalla", "starting"})
_BEFORE = frozenset({"prima", "before"})
_BY = frozenset({"entro", "by", "fino", "fin", "sino", "until", "till", "finche", "max", "massimo"})
_BETWEEN = frozenset({"tra", "fra", "between"})
_OF_HOURS = words_of("alle all le l delle dell dalle dall sulle ore h hh at ora nelle")
_OF_DAYS = words_of("il al del dal nel giorno giornata l dell dall all nell sul the col")
_PLAIN = words_of(
    "per x verso circa intorno attorno su di a ad in la lo i gli della nella alla on around about for of "
    "d che piu tardi durante sotto ca ai agli dei dello massimo early late mese con qualche"
)
_BEFORE_VOWELS = frozenset({"l", "all", "dell", "dall"})
_DONE = ("fatto", "fatta", "comprat", "cambiat", "immatricolat", "acquistat", "speso", "pagat", "rifatt")
_COLLECTING = ("riprend", "ritir", "recuper")
_COUNTED_DAYS = words_of("giorni gg giorno settimane settimana days")
_MOST_BEFORE = 8


_SMALL = _OF_HOURS | _OF_DAYS | _PLAIN
_TURNABLE = _AFTER | _BEFORE | {"piu", "later", "earlier"}
_COUNTING = _BETWEEN | {"in", "entro", "dopo", "di", "nel", "after"}


@dataclass
class _Prefix:
    """The small words before a subject, and what they say of it."""

    end: int
    bound: Bound = ""
    hours: bool = False
    days: bool = False
    since: bool = False
    counting: bool = False


def pieces(text: str, today: date) -> tuple[Words, list[Piece]]:
    """What the text says of days and times, in its order."""
    words = Words(text, masked)
    found: list[Piece] = []
    i = 0
    while i < len(words):
        after = skip_noise(words, i)
        if after > i:
            i = after
            continue
        piece = marker_at(words, i) or _limited(words, i, today, found) or soon_at(words, i)
        if piece is None:
            i += 1
            continue
        found.append(replace(piece, weak=True) if _is_collecting(words, i) else piece)
        i = max(piece.end, i + 1)
    return words, found


def _is_collecting(words: Words, i: int) -> bool:
    """ "la riprendo alle 18": when the car is fetched is not when it is brought."""
    return any(words.at(k).startswith(_COLLECTING) for k in range(max(0, i - 3), i))


def _limited(words: Words, i: int, today: date, before: list[Piece]) -> Piece | None:
    """A day, hour or part of the day with the words that limit it."""
    if relative := _relative(words, i, today):
        return relative
    # "prima settimana", "fra le feste": the longest reading of the small words that leaves something to read.
    best: Piece | None = None
    for prefix in _prefixes(words, i):
        if prefix.end > i and soon_at(words, prefix.end):
            return best
        piece = _subject(words, i, prefix, today, before)
        if piece is not None and (best is None or piece.end > best.end):
            best = piece
    return best


def _prefixes(words: Words, i: int) -> list[_Prefix]:
    """What may be read as prefix: nothing, and every longer run of small words."""
    found = [_Prefix(i)]
    now = _Prefix(i)
    negated = words.at(i) in ("non", "not", "no") and words.at(i + 1) in _AFTER | _BEFORE | {
        "piu",
        "later",
        "earlier",
    }
    if negated:
        now = _Prefix(i + 1)
    while now.end - i < _MOST_BEFORE:
        step = _step(words, now)
        if step is None:
            break
        now = step
        found.append(_inverted(now) if negated else now)
    return found[1:] if negated else found


def _inverted(prefix: _Prefix) -> _Prefix:
    """ "non prima delle 10" is from ten on, "non oltre le 12" by noon."""
    turned: dict[str, Bound] = {"before": "from", "after": "by"}
    return replace(prefix, bound=turned.get(prefix.bound, prefix.bound))


def _step(words: Words, now: _Prefix) -> _Prefix | None:
    word = words.at(now.end)
    bound = now.bound
    if word == "partire" and words.at(now.end - 1) != "a":
        return None
    if word in _AFTER or (word == "poi" and now.bound == "from"):
        bound = "after"
    elif word in _BEFORE:
        bound = "before"
    elif word in _BY:
        bound = "by"
    elif word in _BETWEEN:
        bound = "between"
    elif word in _FROM:
        bound = now.bound if now.bound in ("after", "before", "by", "between") else "from"
    elif word not in _SMALL:
        return None
    hours = now.hours or word in _OF_HOURS or (word == "at")
    days = word in _OF_DAYS or (now.days and word in _OF_DAYS | {"mese"})
    if word == "ora" and not now.hours:
        return None
    end = now.end + 1
    if word in ("h", "ore") and words.at(end) in (".", ":"):
        end += 1
    counting = word in _COUNTING and (word not in ("di",) or words.at(now.end - 1) == "giro")
    return _Prefix(end, bound, hours, days, since=word == "da", counting=counting)


def _subject(words: Words, start: int, prefix: _Prefix, today: date, before: list[Piece]) -> Piece | None:
    """What stands after the prefix: the longest of what can be read there."""
    i = prefix.end
    if not _may_start(words, i):
        return None
    found: list[Piece] = []
    told = prefix.hours or _follows_day(words, start, prefix, before)
    # "il 5 alle 4": after the article of days it is no "five to four".
    hour = (
        None
        if prefix.days and not prefix.hours and words.at(i) != "mezzogiorno"
        else clock_at(words, i, told=told)
    )
    if hour is not None and words.at(i - 1) in _BEFORE_VOWELS and words.glued(i) and hour[0].hour != 1:
        hour = None  # "l'8" is a day: hours are many, "le 8"
    # "dall'1 al 4 dicembre": what goes on with "al" is a day.
    if hour is not None and words.at(hour[1]) != "al":
        found.append(Piece("clock", start, hour[1], prefix.bound, hour=hour[0]))
    if stretch := _hours_stretch(words, prefix, start, told or _beside_weekday(words, i, before)):
        found.append(stretch)
    if prefix.counting:
        found += _counted(words, start, i, prefix, today)
    day = span_at(words, i, today) or near_at(words, i, today)
    for each in (day, weekday_at(words, i, today), _date(words, i, prefix, today)):
        if each is not None:
            found.append(_day_piece(words, start, each, prefix, today))
    if part := part_at(words, i):
        found.append(part.given(prefix.bound, start))
    # "il 15" and "alle 15" end alike: the article decides, then the longer one.
    return max(found, key=lambda piece: piece.end) if found else None


_STARTS = frozenset(
    {
        "mezzogiorno", "mezzodi", "noon", "midday", "mezzanotte", "midnight", "mezzo", "mezz", "mezza", "quarto", "half",
        "quarter", "manca", "mancano", "a", "qualche", "pochi", "alcuni", "few", "paio", "couple",
        *ARTICLES, *WEEKDAY, *SPAN_STARTS, *PART_STARTS, *NEAR_STARTS,
    }
)  # fmt: skip


def _may_start(words: Words, i: int) -> bool:
    """Most words begin nothing: those are passed over quickly."""
    if words.at(i) == "a":
        return words.at(i + 1) in ("few", "quarter", "couple", "pranzo")
    return words.at(i) in _STARTS or small_number(words, i) is not None


def _hours_stretch(words: Words, prefix: _Prefix, start: int, told: bool) -> Piece | None:
    """ "ore 9-11", "9 - 11 giovedì", "between 9 and 11": two hours in figures."""
    i = prefix.end
    joined = words.at(i + 1) in _STRETCHING.get(prefix.bound, ())
    first, last = words.figure(i), words.figure(i + 2)
    dashed = told and words.at(i + 1) in ("-", "–")
    if first is None or last is None or not (dashed or joined):
        return None
    if not 7 <= first < last <= 20 or words.at(i + 3) in MONTH_BY_A_DAY or words.at(i + 3) in ("-", ":", "."):
        return None
    return Piece("clock", start, i + 3, "from", hour=Hour(first), until=Hour(last))


_STRETCHING = {"between": ("and", "e"), "from": ("to",)}


def _beside_weekday(words: Words, i: int, before: list[Piece]) -> bool:
    last = before[-1] if before else None
    comma = words.at(i - 1) == ","
    after_day = (
        last is not None and last.kind in ("day", "part", "clock") and last.end == (i - 1 if comma else i)
    )
    return after_day or words.at(i + 3) in WEEKDAY or words.at(i + 3) in NEAR


def _follows_day(words: Words, start: int, prefix: _Prefix, before: list[Piece]) -> bool:
    """ "domani 9", "domani mattina 9": a number right after a day that needs none is an hour; "12.30 o 13" too."""
    if prefix.end == start and words.at(start - 1) in ("o", "-", "/") and words.figure(start) is not None:
        clock = next((piece for piece in reversed(before) if piece.kind != "or"), None)
        return clock is not None and clock.kind == "clock" and clock.end == start - 1
    if prefix.end != start or not before or before[-1].end not in (start, start - 1):
        return False
    if before[-1].end == start - 1 and words.at(start - 1) not in (",", "-"):
        return False
    last = before[-1]
    sure = last.kind == "part" or (
        last.days is not None and last.days.weekday is None and last.days.first is not None
    )
    return sure and words.at(start) != "una"


def _counted(words: Words, start: int, i: int, prefix: _Prefix, today: date) -> list[Piece]:
    found = offset_at(words, i, today)
    if found is None:
        return []
    value, end = found
    bound: Bound = "" if prefix.bound == "between" else prefix.bound
    if isinstance(value, int):
        return [Piece("now_plus", start, end, bound, minutes=value)]
    return [Piece("day", start, end, bound, days=value)]


def _date(words: Words, i: int, prefix: _Prefix, today: date) -> tuple[Days, int] | None:
    article = prefix.days or (prefix.bound == "between" and words.at(i - 1) in ("il", "l"))
    return date_at(words, i, today, article=article)


def _day_piece(words: Words, start: int, found: tuple[Days, int], prefix: _Prefix, today: date) -> Piece:
    days, end = found
    since = (prefix.since and _is_since(words, start, end, days, today)) or _is_told(words, start, days)
    if any(words.at(k).startswith("scad") for k in range(max(0, start - 3), start)):
        return Piece("day", start, end, "by", days=days, weak=True)
    return Piece("day", start, end, prefix.bound, days=days, weak=since, word="since" if since else "")


_SYMPTOMS_BEFORE = words_of("è gia ferma fermo accesa acceso rotta rotto fa rumore problema spia")
_SYMPTOMS_AFTER = words_of("che mi la non fa ho sento è si ha perde perdo")


def _is_since(words: Words, start: int, end: int, days: Days, today: date) -> bool:
    """ "è ferma da lunedì", "da ieri non parte": since when, not from when."""
    if days.end is not None and days.end < today:
        return True
    return words.at(start - 1) in _SYMPTOMS_BEFORE or words.at(end) in _SYMPTOMS_AFTER


def _is_told(words: Words, start: int, days: Days) -> bool:
    """ "ho fatto il tagliando a marzo": a month in which something was done."""
    if days.first is None or days.end is None or (days.end - days.first).days < 27:
        return False
    return any(words.at(k).startswith(_DONE) for k in range(max(0, start - 6), start))


def _relative(words: Words, i: int, today: date) -> Piece | None:
    """ "il giorno dopo Natale", "due giorni prima del 15", "la settimana dopo Natale"."""
    distance = _distance(words, words.skip(i, {"il", "la", "the", "l"}))
    if distance is None:
        return None
    count, unit, k = distance
    sign = {"dopo": 1, "prima": -1, "after": 1, "before": -1, "da": 1}.get(words.at(k))
    if sign is None:
        return None
    j = words.skip(k + 1, {"di", "del", "dell", "della", "il", "l", "la"})
    article = j > k + 1
    found = span_at(words, j, today) or near_at(words, j, today) or date_at(words, j, today, article=article)
    if found is None or found[0].edge or words.at(j) in WEEKDAY:
        return None
    base = found[0].end if sign > 0 else found[0].first
    if base is None:
        return None
    if unit == 7 and count == 1 and words.at(k) != "da":
        first, last = almanac.week_of(base + timedelta(days=7 * sign))
        return Piece("day", i, found[1], days=Days(first=first, last=last))
    day = almanac.at_day(base, sign * count * unit)
    return Piece("day", i, found[1], days=Days(first=day)) if day else None


def _distance(words: Words, i: int) -> tuple[int, int, int] | None:
    """How many of what before or after something, and where that ends: "due giorni", "la settimana"."""
    if words.at(i) in ("giorno", "indomani", "day"):
        return 1, 1, i + 1
    if words.at(i) == "settimana":
        return 1, 7, i + 1
    number = amount(words, i)
    if number is None or number[0] > 999 or words.at(number[1]) not in _COUNTED_DAYS:
        return None
    return number[0], 7 if words.at(number[1]).startswith("sett") else 1, number[1] + 1
