"""The grammar of single days: "domani", "giovedì prossimo", "il 15", "3/12", "primo dicembre", "2026-12-03"."""

from dataclasses import replace
from datetime import date, timedelta

from receptionist.italian.almanac import at_day
from receptionist.italian.cardinals import small_number, word_value
from receptionist.italian.hours import COUNTED, clock_at
from receptionist.italian.lexicon import ENGLISH_MONTHS, MONTH_BY_A_DAY, NEAR, WEEKDAY
from receptionist.italian.ordinals import ordinal_at, year_at
from receptionist.italian.pieces import Days, Which
from receptionist.italian.vocabulary import LAST, NEXT, ORDINAL_ENDS, THIS
from receptionist.italian.words import Words

Found = tuple[Days, int] | None

_SHORT_WEEKDAYS_THAT_ARE_WORDS = frozenset({"mar", "sun", "sat", "mon", "wed"})
NEAR_STARTS = frozenset({"dopo", "domani", "l", "day", "giorno", *NEAR})
RECENT = timedelta(days=31)


def near_at(words: Words, i: int, today: date) -> Found:
    """ "oggi", "dopo domani", "domani l'altro", "l'altro ieri", "the day after tomorrow", "oggi a otto"."""
    if words.at(i) not in NEAR_STARTS:
        return None
    if words.has(i, "dopo", "domani") and not words.has(i, "dopo", "domani", "mattina"):
        days, end = 2, i + 2
    elif words.has(i, "domani", "l", "altro"):
        days, end = 2, i + 3
    elif words.has(i, "l", "altro", "ieri"):
        days, end = -2, i + 3
    elif words.has(i, "day", "after", "tomorrow"):
        days, end = 2, i + 3
    elif words.has(i, "day", "before", "yesterday"):
        days, end = -2, i + 3
    elif words.at(i) in NEAR:
        days, end = NEAR[words.at(i)], i + 1
    elif words.has(i, "giorno", "dopo", "domani"):
        days, end = 2, i + 3
    else:
        return None
    weeks, end = weeks_more(words, end)
    day = at_day(today, days + 7 * weeks)
    return (Days(first=day, which="today"), end) if day else None


def weekday_at(words: Words, i: int, today: date) -> Found:
    """A weekday with what was said about it: "questo giovedì", "giovedì prossimo", "giovedì a otto"."""
    which, j = _which(words, i)
    if ordinal := ordinal_at(words, i, today):
        return ordinal
    number = WEEKDAY.get(words.at(j))
    if number is None or (words.at(j) in _SHORT_WEEKDAYS_THAT_ARE_WORDS and not _is_short_day(words, j)):
        return None
    end = j + 1
    if (
        words.at(end) == "."
        and len(words.at(j)) <= 5
        and words.glued(end)
        and words.is_word(end + 1) is False
    ):
        end += 1
    after, end = _which_after(words, end)
    weeks, end = weeks_more(words, end)
    more, end = _weeks_from_now(words, end)
    said = Days(weekday=number, which=which or after, weeks=weeks or more)
    return (said, end) if weeks or more else _with_number(words, said, end)


def _weeks_from_now(words: Words, i: int) -> tuple[int, int]:
    """ "giovedì fra due": weeks, though nobody says so."""
    if words.at(i) not in ("fra", "tra"):
        return 0, i
    number = small_number(words, i + 1)
    if (
        number is None
        or not 1 < number[0] < 9
        or (words.is_word(number[1]) and words.at(number[1]) not in ("alle", "va", "è"))
    ):
        return 0, i
    return number[0], number[1]


def _with_number(words: Words, said: Days, i: int) -> tuple[Days, int]:
    """ "giovedì 26", "giovedì otto": the day of the month right after the weekday."""
    j = i + 1 if words.at(i) == "," and words.figure(i + 1) is not None else i
    number = day_number(words, j)
    if number is None:
        return said, i
    day, end = number
    goes_on = (
        words.at(end) in (":", "/", "h", ".", ",", "-")
        and words.glued(end)
        and words.figure(end + 1) is not None
    )
    is_hour = clock_at(words, j, told=False) is not None
    if goes_on or is_hour or words.at(end) in MONTH_BY_A_DAY or words.at(end) in COUNTED:
        return said, i
    return replace(said, number=day, in_words=words.figure(j) is None), end


def _is_short_day(words: Words, i: int) -> bool:
    """ "mar", "sun", "sat" are also words of their own: a day only beside something that is said of days."""
    beside = {words.at(i - 1), words.at(i + 1), words.at(i + 2)}
    signs = (
        NEXT
        | THIS
        | {"mattina", "pom", "pomeriggio", "sera", "alle", "ore", "h", "morning", "afternoon", "at", "on"}
    )
    return (
        bool(beside & signs)
        or words.figure(i + 1) is not None
        or len(words) <= 3
        or words.at(i - 1) in ("o", "x")
    )


def _which(words: Words, i: int) -> tuple[Which, int]:
    if words.at(i) in ("il", "la", "lo"):
        i += 1
    if words.at(i) in NEXT:
        return "next", i + 1
    if words.at(i) in THIS:
        return ("next", i + 2) if words.at(i + 1) in NEXT else ("this", i + 1)
    if words.at(i) in LAST:
        return "last", i + 1
    return "", i


def _which_after(words: Words, i: int) -> tuple[Which, int]:
    if words.at(i) in NEXT and words.at(i + 1) not in ("settimana", "sett", "mese", "weekend", "week"):
        if words.at(i + 1) == "venturo":
            i += 1
        return "next", i + 1
    if words.at(i) in LAST and words.at(i + 1) not in ("settimana", "sett"):
        return "last", i + 1
    if words.has(i, "che", "viene") or words.has(i, "che", "verra") or words.has(i, "che", "arriva"):
        return "next", i + 2
    if words.at(i) == "questo":
        return "this", i + 1
    if words.at(i) == "dopo" and not words.is_word(i + 1) and words.figure(i + 1) is None:
        return "next", i + 1
    if words.has(i, "p", ".", "v"):
        return "next", i + 4 if words.at(i + 3) == "." else i + 3
    return "", i


def weeks_more(words: Words, i: int) -> tuple[int, int]:
    """ "a otto", "a quindici": a week or two more than the day that was said."""
    j = i + 1 if words.at(i) in ("a", "ad") else i
    weeks = {"otto": 1, "8": 1, "quindici": 2, "15": 2}.get(words.at(j), 0)
    if not weeks or j == i or (words.at(j + 1) in MONTH_BY_A_DAY or words.at(j + 1) in (":", ".", "e")):
        return 0, i
    return weeks, j + 2 if words.at(j + 1) == "giorni" else j + 1


def date_at(words: Words, i: int, today: date, *, article: bool) -> Found:
    """A date in figures or words. `article`: "il", "del", "giorno" stood before, so that "15" alone is a day."""
    return (
        _iso(words, i)
        or _figures(words, i, today, article=article)
        or _english(words, i, today)
        or _named(words, i, today)
        or (_number(words, i) if article else None)
    )


def _iso(words: Words, i: int) -> Found:
    if len(words.at(i)) != 4 or words.figure(i) is None or words.at(i + 1) not in ("-", "/", "."):
        return None
    month, day = words.figure(i + 2), words.figure(i + 4)
    if words.at(i + 3) != words.at(i + 1) or month is None or day is None:
        return None
    found = real_date(int(words.at(i)), month, day)
    return (Days(first=found, said_year=True) if found else Days()), i + 5


def _figures(words: Words, i: int, today: date, *, article: bool) -> Found:
    """ "3/12", "3-12-26", "3.12.2026", "03 12 2026"."""
    day, mark, month = words.figure(i), words.at(i + 1), words.figure(i + 2)
    if day is None or len(words.at(i)) > 2 or (words.glued(i) and words.at(i - 1) in "/-.,"):
        return None
    if words.figure(i + 1) is not None:
        return _spaced(words, i)
    if mark not in ("/", "-", ".") or month is None or len(words.at(i + 2)) > 2:
        return None
    if mark != "/" and not (words.glued(i + 1) and words.glued(i + 2)):
        return None
    if words.at(i + 3) == mark and words.glued(i + 3) and words.figure(i + 4) is not None:
        return _with_year(words, i, day, month)
    if mark == "." and _is_engine(words, i, day, month, article=article):
        return None
    if mark == "-" and not (article or len(words) == 3 or words.at(i - 1) in WEEKDAY):
        return None
    if words.at(i + 3) in ("/", "-") and words.glued(i + 3):
        return None
    goes_on = words.at(i + 3) in (".", ":") and words.glued(i + 4) and words.figure(i + 4) is not None
    if goes_on and len(words.at(i + 4)) == 2:
        return None  # "8/8.30" are hours
    found = dated(day, month, today)
    return (found, i + 3) if found.first else None


def _with_year(words: Words, i: int, day: int, month: int) -> Found:
    written = words.at(i + 4)
    if len(written) not in (2, 4) or not words.glued(i + 4):
        return None
    year = int(written) + (2000 if len(written) == 2 else 0)
    found = real_date(year, month, day) or real_date(year, day, month)
    return (Days(first=found, said_year=True) if found else Days()), i + 5


def _spaced(words: Words, i: int) -> Found:
    """ "03 12 2026": three figures of which the last is a year."""
    day, month, year = words.figure(i), words.figure(i + 1), words.figure(i + 2)
    if day is None or month is None or year is None or len(words.at(i + 2)) != 4 or len(words.at(i + 1)) > 2:
        return None
    found = real_date(year, month, day)
    return (Days(first=found, said_year=True), i + 3) if found and 2000 <= year < 2100 else None


def _is_engine(words: Words, i: int, day: int, month: int, *, article: bool) -> bool:
    """ "Punto 1.2", "il 1.6 diesel": a day has two figures for the month, or something that says it is one."""
    if len(words.at(i + 2)) == 2:
        return not (article or words.at(i - 1) in WEEKDAY) and not (day > 23 or month == 12)
    return day < 7 or not (article or words.at(i - 1) in WEEKDAY)


def _english(words: Words, i: int, today: date) -> Found:
    """ "December 3rd", "Dec 3, 2026"."""
    if words.at(i) not in ENGLISH_MONTHS:
        return None
    day = words.figure(i + 1)
    if day is None or not 1 <= day <= 31:
        return None
    end = i + 3 if words.at(i + 2) in ORDINAL_ENDS and words.glued(i + 2) else i + 2
    return _in_month(words, day, MONTH_BY_A_DAY[words.at(i)], end, today)


def _named(words: Words, i: int, today: date) -> Found:
    """ "15 dicembre", "quindici di dicembre", "primo dicembre", "1° dic", "3rd of December 2026"."""
    day = day_number(words, i)
    if day is None:
        return None
    number, j = day
    if stretch := _stretch(words, number, j, today):
        return stretch
    k = words.skip(j, {"di", "del", "d", "of", "mese"}) if words.at(j) in ("di", "del", "d", "of") else j
    month = MONTH_BY_A_DAY.get(words.at(k))
    if month is None or (words.at(k) in ("set", "mar", "may") and words.at(k + 1) in ("di", "be")):
        return None
    return _in_month(words, number, month, k + 1, today)


def _stretch(words: Words, first: int, i: int, today: date) -> Found:
    """ "13-15 luglio", "10 e 11 dicembre": two days of a month that is said once."""
    last = day_number(words, i + 1) if words.at(i) in ("-", "/", "e", "o", "–") else None
    if last is None or last[0] <= first or words.at(last[1]) not in MONTH_BY_A_DAY:
        return None
    end = _in_month(words, last[0], MONTH_BY_A_DAY[words.at(last[1])], last[1] + 1, today)
    if end is None or end[0].first is None:
        return None
    return Days(first=end[0].first - timedelta(days=last[0] - first), last=end[0].first), end[1]


def _in_month(words: Words, day: int, month: int, end: int, today: date) -> Found:
    year, j = year_at(words, end)
    if year is None and words.is_word(j):
        spoken = word_value(words.at(j))
        year, j = (spoken, j + 1) if spoken is not None and 2000 < spoken < 2100 else (None, end)
    if year is not None:
        return Days(first=real_date(year, month, day), said_year=True), j
    if words.has(end, "prossimo") or words.has(end, "p", ".", "v", "."):
        end += 1 if words.has(end, "prossimo") else 4
    return dated(day, month, today), end


def _number(words: Words, i: int) -> Found:
    """ "il 15", "il quindici", "il primo", "il 15 del mese prossimo"."""
    day = day_number(words, i)
    if day is None:
        return None
    number, end = day
    after = words.at(end)
    if (
        after in COUNTED
        or after in ("€", "%", "h")
        or (words.figure(i) is not None and _is_part_of_code(words, i, end))
    ):
        return None
    return Days(number=number, in_words=words.figure(i) is None), end


def _is_part_of_code(words: Words, i: int, end: int) -> bool:
    """ "il 1.6", "il 4x4", "il 15:30": the figures go on."""
    goes_on = words.glued(end) and (words.is_word(end) or words.at(end) in (":", "/", "°"))
    point = (
        words.at(end) in (".", ",", "-")
        and words.glued(end)
        and words.glued(end + 1)
        and words.figure(end + 1) is not None
    )
    return (
        goes_on
        or point
        or (words.glued(i) and words.is_word(i - 1) and words.at(i - 1) not in ("l", "all", "dell", "dall"))
    )


def day_number(words: Words, i: int) -> tuple[int, int] | None:
    """A day of the month, as a cardinal, "primo", "1°" or "3rd", and where it ends."""
    if words.at(i) in ("primo", "first"):
        return 1, i + 1
    found = small_number(words, i)
    if found is None or not 1 <= found[0] <= 31:
        return None
    number, end = found
    if words.at(end) in ORDINAL_ENDS and words.glued(end):
        end += 1
    return number, end


def dated(day: int, month: int, today: date) -> Days:
    """A day and month without a year: the next one, unless it has only just passed. Empty when there is none."""
    if month > 12 >= day:
        day, month = month, day
    this_year = real_date(today.year, month, day)
    if this_year is not None and this_year >= today:
        return Days(first=this_year)
    if this_year is not None and today - this_year <= RECENT:
        return Days(first=this_year, recent=True)
    for ahead in range(1, 9):
        if found := real_date(today.year + ahead, month, day):
            return Days(first=found)
    return Days()


def real_date(year: int, month: int, day: int) -> date | None:
    """The date, None when the calendar has none."""
    try:
        return date(year, month, day)
    except ValueError:
        return None
