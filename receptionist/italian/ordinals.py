"""The grammar of ordinals in a month: "il primo lunedì di dicembre", "l'ultima settimana del mese", "l'ultimo giorno"."""

from datetime import date, timedelta

from receptionist.italian import almanac
from receptionist.italian.lexicon import MONTH, MONTH_BY_A_DAY, WEEKDAY
from receptionist.italian.pieces import Days
from receptionist.italian.vocabulary import NEXT, ORDINAL, ORDINAL_ENDS, THIS, UNITS_OF_WEEK
from receptionist.italian.words import Words

Found = tuple[Days, int] | None
_JOINING = frozenset({"di", "del", "dell", "d", "of", "in", "the", "a"})


def ordinal_at(words: Words, i: int, today: date) -> Found:
    """The first, second… or last weekday, week or day of a month."""
    found = _ordinal(words, i)
    if found is None:
        return None
    ordinal, j = found
    unit = words.at(j)
    if unit not in WEEKDAY and unit not in UNITS_OF_WEEK and unit not in ("giorno", "day"):
        return None
    month = month_at(words, j + 1, today)
    if month is None:
        return (Days(weekday=WEEKDAY[unit]), j + 1) if unit in WEEKDAY and ordinal == 1 else None
    year, number, said, end = month
    if unit in WEEKDAY:
        return _weekday(today, year, number, WEEKDAY[unit], ordinal, said=said), end
    if unit in UNITS_OF_WEEK:
        return _week(today, year, number, ordinal, said=said), end
    first, last = almanac.month_of(year, number)
    return Days(first=last if ordinal == -1 else first + timedelta(days=ordinal - 1)), end


def _ordinal(words: Words, i: int) -> tuple[int, int] | None:
    if words.at(i) in ORDINAL:
        return ORDINAL[words.at(i)], i + 1
    figure = words.figure(i)
    if figure is not None and 1 <= figure <= 4 and words.at(i + 1) in ORDINAL_ENDS and words.glued(i + 1):
        return figure, i + 2
    return None


def month_at(words: Words, i: int, today: date) -> tuple[int, int, bool, int] | None:
    """Year and month of "di dicembre", "del mese prossimo"; whether that was said for certain; where it ends."""
    j = words.skip(i, _JOINING)
    if j == i:
        return None
    if words.at(j) == "mese" and words.at(j + 1) == "di":
        j += 2
    if words.at(j) in (MONTH_BY_A_DAY if words.at(j) != "mar" else MONTH):
        number = MONTH_BY_A_DAY[words.at(j)]
        year, end = year_at(words, j + 1)
        passed = almanac.month_of(today.year, number)[1] < today
        return (year or today.year + passed), number, year is not None, end
    ahead = words.at(j) in NEXT
    k = j + 1 if ahead or words.at(j) in THIS else j
    if words.at(k) not in ("mese", "month"):
        return None
    end = k + 1
    if words.at(end) in NEXT:
        ahead, end = True, end + 1
    base = almanac.months_later(today.replace(day=1), int(ahead)) or today
    return base.year, base.month, ahead, end


def year_at(words: Words, i: int) -> tuple[int | None, int]:
    """A year in figures after a month: "2027", ". 2027", "del 2027"; None and `i` without one."""
    j = words.skip(i, frozenset({".", ",", "del", "dell", "anno", "of", "nel"}))
    year = words.figure(j)
    if year is not None and len(words.at(j)) == 4 and 1900 <= year <= 2100:
        return year, j + 1
    return None, i


def _weekday(today: date, year: int, month: int, weekday: int, ordinal: int, *, said: bool) -> Days:
    day = almanac.nth_weekday(year, month, weekday, ordinal)
    if day is not None and day < today and not said:
        later = year + 1 if month != today.month else year
        day = almanac.nth_weekday(later, month, weekday, ordinal)
    return Days(first=day)


def _week(today: date, year: int, month: int, ordinal: int, *, said: bool) -> Days:
    first, last = almanac.month_of(year, month)
    if ordinal != -1 and not said and first + timedelta(days=7 * ordinal) <= today:
        following = almanac.months_later(first, 1) or first
        first, last = almanac.month_of(following.year, following.month)
    if ordinal == -1:
        return Days(first=last - timedelta(days=6), last=last)
    first += timedelta(days=7 * (ordinal - 1))
    return Days(first=first, last=first + timedelta(days=6))
