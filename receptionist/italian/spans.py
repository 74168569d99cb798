"""The grammar of longer stretches: weeks, months, weekends, "fra tre giorni", "dopo le feste", "a fine mese"."""

from datetime import date, timedelta

from receptionist.italian import almanac
from receptionist.italian.almanac import Edge
from receptionist.italian.cardinals import amount, small_number
from receptionist.italian.days import real_date
from receptionist.italian.lexicon import MONTH, MONTH_BY_A_DAY, WEEKDAY
from receptionist.italian.ordinals import ordinal_at, year_at
from receptionist.italian.phrases import words_of
from receptionist.italian.pieces import Days
from receptionist.italian.vocabulary import LAST, NEXT, ORDINAL, THIS, UNITS_OF_WEEK
from receptionist.italian.words import Words

Found = tuple[Days, int] | None

_WEEKENDS = frozenset({"weekend", "weekends", "finesettimana"})
_MONTH = frozenset({"mese", "month"})
EDGES: dict[str, Edge] = {
    **dict.fromkeys(words_of("inizio inizi primi prime principio beginning start early"), "start"),
    **dict.fromkeys(words_of("meta mezzo middle mid"), "middle"),
    **dict.fromkeys(words_of("fine ultimi ultime end finire late"), "end"),
}
_JOINING = words_of("di del della dell d giorni la il of the in a lo")
_UNITS = {
    "giorni": 1, "giorno": 1, "gg": 1, "g": 1, "days": 1, "day": 1, "gironi": 1, "giorn": 1,
    "settimane": 7, "settimana": 7, "sett": 7, "weeks": 7, "week": 7, "settimanella": 7, "giornata": 1,
}  # fmt: skip
_MONTH_UNITS = frozenset({"mesi", "mese", "months", "month", "mesetto"})
_YEAR_UNITS = frozenset({"anni", "anno", "year", "years"})
_MINUTES = {
    "ore": 60, "ora": 60, "oretta": 60, "orette": 60, "orettina": 60, "hours": 60, "hour": 60, "h": 60,
    "minuti": 1, "minuto": 1, "min": 1, "minutes": 1, "minute": 1, "minutini": 1,
}  # fmt: skip
_STREETS = words_of("via viale piazza corso largo chiesa piazzale parrocchia quartiere vicolo")
_SEASONS = {
    "primavera": ((3, 21), (6, 20)), "estate": ((6, 21), (9, 22)), "autunno": ((9, 23), (12, 20)),
    "inverno": ((12, 21), (3, 20)),
}  # fmt: skip


SPAN_STARTS = frozenset(
    {
        "feste", "festivita", "vacanze", "holidays", "ponte", "giorno", "weekend", "weekends", "finesettimana", "week", "w",
        "altro", "altra", "settimana", "sett", "settimane", "mese", "month", "anno", "year", "prima", "seconda", "nuovo",
        "questi", *almanac.HOLIDAYS, *EDGES, *NEXT, *LAST, *THIS, *ORDINAL, *MONTH_BY_A_DAY, *_SEASONS,
    }
)  # fmt: skip


def span_at(words: Words, i: int, today: date) -> Found:
    """A week, month, weekend, holiday or season at `i`."""
    if words.at(i) not in SPAN_STARTS and words.figure(i) is None:
        return None
    for rule in (_feasts, _holiday, _weekend, _week, _month, _season, _year, _coming_days):
        found = rule(words, i, today)
        if found is not None:
            return found
    return None


def _edge(words: Words, i: int) -> tuple[Edge, int]:
    """ "a fine…", "ai primi di…", "prima metà di…": which end of what follows, and where that begins."""
    j = words.skip(i, {"la", "il", "l", "gli", "i", "a", "all", "ai", "agli", "the"})
    if words.at(j) in ("prima", "seconda") and words.at(j + 1) == "meta":
        return ("start" if words.at(j) == "prima" else "end"), words.skip(j + 2, _JOINING)
    edge = EDGES.get(words.at(j))
    if edge is None:
        return "", i
    return edge, words.skip(j + 1, _JOINING)


def _week(words: Words, i: int, today: date) -> Found:
    if words.has(i - 1, "la", "prossima") and not words.is_word(i + 1):
        # "non questa settimana, la prossima": the noun was said before.
        named = any(words.at(k) in UNITS_OF_WEEK for k in range(max(0, i - 6), i - 1))
        return (_weekly(today, 1, "", explicit=True), i + 1) if named else None
    edge, j = _edge(words, i)
    j = words.skip(j, {"la", "quella"})
    if ordinal := ordinal_at(words, j, today):
        return ordinal
    ahead, k = _week_before(words, j)
    said = k > j
    if words.at(k) not in UNITS_OF_WEEK:
        return None
    end = k + 1
    if words.at(end) == "." and words.at(k) == "sett" and words.glued(end):
        end += 1
    if words.at(end) in ("del", "dal") and (found := _week_with(words, end, today)):
        return found
    shift, end, more = _week_after(words, end)
    if more:
        ahead = ahead + shift if said and shift == 1 and words.at(end - 1) == "dopo" else shift
    elif not said and not edge and words.at(i - 1) not in ("in", "per") and not words.has(i - 2, "per", "la"):
        return None
    return _weekly(today, ahead, edge, explicit=said or more), end


def _week_before(words: Words, i: int) -> tuple[int, int]:
    """What stands before "settimana": how many weeks ahead, and where it ends ("questa", "la prossima")."""
    word, ahead = words.at(i), 0
    if word in NEXT or word == "altra":
        ahead = 1
    elif word in LAST:
        ahead = -1
    elif word not in THIS:
        return 0, i
    if words.at(i + 1) == "altra" or (words.at(i + 1) in NEXT and word in THIS):
        return 1, i + 2
    return ahead, i + 1


def _week_after(words: Words, i: int) -> tuple[int, int, bool]:
    """What follows "settimana": how many weeks ahead, where it ends, whether anything was said."""
    if words.at(i) in NEXT:
        return 1, i + 1, True
    if words.at(i) in LAST:
        return -1, i + 1, True
    if words.has(i, "che", "viene") or words.has(i, "che", "arriva") or words.has(i, "che", "entra"):
        return 1, i + 2, True
    if words.at(i) == "dopo" or words.has(i, "after", "next"):
        return (2, i + 2, True) if words.at(i) == "after" else (1, i + 1, True)
    if words.at(i) in THIS:
        return 0, i + 1, True
    return 0, i, False


def _weekly(today: date, ahead: int, edge: Edge, *, explicit: bool) -> Days:
    day = almanac.at_day(today, 7 * ahead) or today
    first, last = almanac.week_of(day, edge)
    if last < today and not explicit:
        first, last = first + timedelta(days=7), last + timedelta(days=7)
    if edge == "start" and not explicit and first < today:
        first, last = first + timedelta(days=7), last + timedelta(days=7)
    return Days(first=first, last=last, edge=edge)


def _week_with(words: Words, i: int, today: date) -> Found:
    """ "la settimana del 7 dicembre", "la settimana dell'Immacolata"."""
    found = small_number(words, i + 1)
    if found is None or not 1 <= found[0] <= 31:
        return None
    month = MONTH_BY_A_DAY.get(words.at(found[1]))
    year, number = _coming(month, today) if month else (today.year, today.month)
    day = real_date(year, number, found[0]) if month else almanac.next_with(found[0], today)
    if day is None:
        return None
    first, last = almanac.week_of(day)
    return Days(first=first, last=last), found[1] + 1 if month else found[1]


def _weekend(words: Words, i: int, today: date) -> Found:
    which, j = 0, words.skip(i, {"il", "lo", "the", "nel", "un"})
    if words.at(j) in NEXT | THIS | {"altro"}:
        which, j = (1 if words.at(j) in NEXT or words.at(j) == "altro" else 0), j + 1
    if words.at(j) in _WEEKENDS or words.has(j, "w", "e"):
        end = j + 1 if words.at(j) in _WEEKENDS else j + 2
    elif words.has(j, "week", "end") or words.has(j, "fine", "settimana"):
        end = j + 2
    elif words.has(j, "week", "-", "end"):
        end = j + 3
    else:
        return None
    if words.at(end) in NEXT:
        # "fine settimana prossima" is the end of the next week, "weekend prossimo" the one to come.
        if words.at(end - 1) == "settimana" and words.at(end) == "prossima":
            return _weekly(today, 1, "end", explicit=True), end + 1
        end += 1
    elif words.at(end) == "dopo":
        which, end = 2, end + 1
    saturday = almanac.next_weekday(today, 5) if today.weekday() < 6 else today - timedelta(days=1)
    ahead = 7 if which == 2 or (which == 1 and today.weekday() > 3) else 0
    first = saturday + timedelta(days=ahead)
    return Days(first=first, last=first + timedelta(days=1)), end


def _month(words: Words, i: int, today: date) -> Found:
    edge, j = _edge(words, i)
    if words.at(j) in ("prossimo", "next") and words.at(j + 1) in MONTH:
        j += 1
    if words.at(j) in MONTH and (edge or words.at(j) not in ("march",)):
        return _named_month(words, j, today, edge)
    short = words.at(j) in MONTH_BY_A_DAY and words.at(j) != "mar"
    if short and (edge or year_at(words, j + 1)[0] is not None):
        return _named_month(words, j, today, edge)
    ahead = 1 if words.at(j) in NEXT or words.at(j) == "altro" else 0
    said = bool(ahead) or words.at(j) in THIS
    if words.at(j) in LAST:
        ahead, said = -1, True
    k = j + 1 if said else j
    if words.at(k) not in _MONTH:
        return None
    end = k + 1
    if words.at(end) in NEXT or words.has(end, "che", "viene") or words.at(end) == "dopo":
        ahead, said, end = 1, True, end + (2 if words.at(end) == "che" else 1)
    elif words.at(end) in LAST:
        ahead, said, end = -1, True, end + 1
    elif words.at(end) in THIS:
        said, end = True, end + 1
    if not (said or edge) and words.at(i - 1) not in ("in", "mese", "nel"):
        return None
    edge, end = _edge_behind(words, end, edge)
    return _monthly(today, ahead, edge, explicit=said), end


def _monthly(today: date, ahead: int, edge: Edge, *, explicit: bool) -> Days:
    base = almanac.months_later(today.replace(day=1), ahead) or today
    first, last = almanac.month_of(base.year, base.month, edge)
    if last < today and not explicit:
        base = almanac.months_later(base, 1) or base
        first, last = almanac.month_of(base.year, base.month, edge)
    return Days(first=first, last=last, edge=edge)


def _named_month(words: Words, i: int, today: date, edge: Edge) -> Found:
    if words.figure(i - 1) is not None:
        return None  # "32 dicembre"
    month, end = MONTH_BY_A_DAY[words.at(i)], i + 1
    year, _month_number = _coming(month, today, edge)
    written, end = year_at(words, end)
    if written is not None:
        year = written
    elif words.has(end, "prossimo"):
        end += 1
    edge, end = _edge_behind(words, end, edge)
    first, last = almanac.month_of(year, month, edge)
    return Days(first=first, last=last, edge=edge), end


def _edge_behind(words: Words, end: int, edge: Edge) -> tuple[Edge, int]:
    """ "il mese prossimo, verso la fine": which end, told afterwards."""
    j = words.skip(end, {",", "verso", "la", "l", "a", "all", "alla", "ma", "per"})
    behind = EDGES.get(words.at(j), "")
    if not behind or edge or j == end or words.at(j + 1) in ("settimana", "mese"):
        return edge, end
    return behind, j + 1


def _coming(month: int, today: date, edge: Edge = "") -> tuple[int, int]:
    last = almanac.month_of(today.year, month, edge)[1]
    return (today.year if last >= today else today.year + 1), month


def _feasts(words: Words, i: int, today: date) -> Found:
    """ "le feste", "le vacanze di Natale", "il ponte dell'Immacolata": from the first day to the last."""
    if words.at(i) in ("feste", "festivita", "vacanze", "holidays"):
        j = i + 1
        if words.at(j) in ("natalizie", "invernali"):
            j += 1
        elif words.at(j) in ("di", "dei") and words.at(j + 1) == "natale":
            j += 2
        elif words.at(i) in ("vacanze", "holidays") or words.at(j) in ("di", "a"):
            return None
        return _christmas(today), j
    return None


def _christmas(today: date) -> Days:
    in_january = today <= date(today.year, 1, 6)
    year = today.year - 1 if in_january else today.year
    return Days(first=date(year, 12, 24), last=date(year + 1, 1, 6), holiday=True)


def _holiday(words: Words, i: int, today: date) -> Found:
    behind = words.skip(i + 1, {"di", "dell", "della", "del"})
    for j in (i, behind) if words.at(i) in ("ponte", "giorno") else (i,):
        if words.at(j) not in almanac.HOLIDAYS or words.at(i - 1) in _STREETS:
            continue
        for length in range(almanac.LONGEST_HOLIDAY, 0, -1):
            day = almanac.holiday(tuple(words.at(j + k) for k in range(length)), today)
            if day is not None:
                return Days(first=day, holiday=True), j + length
    return None


def _season(words: Words, i: int, today: date) -> Found:
    j = i + 1 if words.at(i) in ("questa", "quest", "prossima", "questo", "prossimo") else i
    span = _SEASONS.get(words.at(j))
    if span is None or (j == i and words.at(i - 1) not in ("in", "dopo", "l", "dell", "prima", "la", "d")):
        return None
    (month, day), (last_month, last_day) = span
    last = date(today.year, last_month, last_day)
    if last < today:
        last = date(today.year + 1, last_month, last_day)
    first = date(last.year if month <= last_month else last.year - 1, month, day)
    return Days(first=first, last=last, holiday=True), j + 1


def _year(words: Words, i: int, today: date) -> Found:
    """ "l'anno prossimo", "anno nuovo", "fine anno"."""
    edge, j = _edge(words, i)
    before = words.at(j) in NEXT | {"nuovo"}
    k = j + 1 if before else j
    if words.at(k) not in ("anno", "year"):
        return None
    new = before or words.at(k + 1) in NEXT | {"nuovo"}
    end = k + 1 if before or not new else k + 2
    if edge and not (new and edge == "end"):
        start = (edge == "start") or new
        year, month = (today.year + 1, 1) if start else (today.year, 12 if edge == "end" else 6)
        first, last = almanac.month_of(year, month, edge)
        return Days(first=first, last=last, edge=edge), end
    if not new:
        return None
    return Days(first=date(today.year + 1, 1, 1), last=date(today.year + 1, 12, 31)), end


def _coming_days(words: Words, i: int, today: date) -> Found:
    """ "nei prossimi giorni", "in questi giorni", "uno di questi giorni"."""
    if words.at(i) in ("prossimi", "questi", "next") and words.at(i + 1) in ("giorni", "gg", "days"):
        return Days(first=today + timedelta(days=1), last=today + timedelta(days=7)), i + 2
    number = small_number(words, i + 1) if words.at(i) in ("prossimi", "prossime", "next") else None
    if number is not None and words.at(number[1]) in _UNITS and number[0] < 100:
        return Days(first=today, last=almanac.at_day(today, number[0] * _UNITS[words.at(number[1])])), number[
            1
        ] + 1
    return None


def offset_at(words: Words, i: int, today: date) -> tuple[Days | int, int] | None:
    """How long from now, after "tra", "fra", "in" or "entro": days, or minutes as a number."""
    vague = words.at(i) in ("qualche", "pochi", "alcuni", "few") or words.has(i, "a", "few")
    if vague:
        j = i + 2 if words.has(i, "a", "few") else i + 1
        unit = _UNITS.get(words.at(j))
        if unit is None:
            return None
        return Days(first=almanac.at_day(today, 2 * unit), last=almanac.at_day(today, 5 * unit)), j + 1
    if words.at(i) in ("mezz", "mezza") and words.at(i + 1) in ("ora", "oretta"):
        return 30, i + 2
    if words.has(i, "un", "quarto", "d", "ora"):
        return 15, i + 4
    if words.has(i, "tre", "quarti", "d", "ora"):
        return 45, i + 4
    number = amount(words, i)
    if number is None or number[0] > 999:
        return None
    low, j = number
    high, j = _or_more(words, j, low)
    return _counted(words, j, low, high, today)


def _or_more(words: Words, j: int, low: int) -> tuple[int, int]:
    """ "due o tre", "3/4", "2-3"."""
    if words.at(j) in ("o", "/", "-", "or"):
        more = small_number(words, j + 1)
        if more is not None and low < more[0] <= low + 10:
            return more
    return low, j


def _counted(words: Words, j: int, low: int, high: int, today: date) -> tuple[Days | int, int] | None:
    word = words.at(j)
    if word in _MINUTES:
        minutes, end = low * _MINUTES[word], j + 1
        if words.at(end) == "e" and words.at(end + 1) in ("mezza", "mezzo"):
            minutes, end = minutes + 30, end + 2
        elif words.has(end, "e", "un", "quarto"):
            minutes, end = minutes + 15, end + 3
        return minutes, end
    end = j + 1
    if words.has(end, "lavorativi"):
        end += 1
    if word in WEEKDAY and low == high:
        return Days(weekday=WEEKDAY[word], weeks=low - 1), j + 1
    if word in _UNITS:
        first, last = (almanac.at_day(today, each * _UNITS[word]) for each in (low, high))
        if words.has(end, "o", "due") and low == 1:
            last, end = almanac.at_day(today, 2 * _UNITS[word]), end + 2
    elif word in _MONTH_UNITS:
        first, last = almanac.months_later(today, low), almanac.months_later(today, high)
    elif word in _YEAR_UNITS:
        first = last = almanac.months_later(today, 12 * low)
    else:
        return None
    if first is None or last is None:
        return None
    return Days(first=first, last=last if last != first else None, loose=True), end
