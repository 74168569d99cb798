"""The grammar of the parts of the day: "in mattinata", "tardo pomeriggio", "dopo pranzo", "appena aprite"."""

from receptionist.italian.lexicon import AFTERNOON, EVENING, MORNING, PART, TODAY_PART
from receptionist.italian.pieces import Days, Hour, Piece
from receptionist.italian.spans import EDGES
from receptionist.italian.words import Words

_EARLY = frozenset(
    {"presto", "primo", "prima", "prime", "prestissimo", "early", "inizio", "primissima", "primissimo"}
)
_LATE = frozenset({"tarda", "tardo", "tardi", "fine", "late", "inoltrato", "inoltrata"})
_JOINING = frozenset(
    {
        "di",
        "del",
        "della",
        "dell",
        "al",
        "alla",
        "la",
        "il",
        "ore",
        "cosa",
        "in",
        "nella",
        "nel",
        "the",
        "of",
        "thing",
        "sul",
        "sulla",
    }
)
_PHRASES: dict[tuple[str, ...], Piece] = {
    ("dopo", "pranzo"): Piece("part", 0, 0, part=AFTERNOON),
    ("subito", "dopo", "pranzo"): Piece("part", 0, 0, part=AFTERNOON, edge="start"),
    ("prima", "di", "pranzo"): Piece("part", 0, 0, part=MORNING, edge="end"),
    ("ora", "di", "pranzo"): Piece("clock", 0, 0, hour=Hour(13, exact=True)),
    ("ora", "pranzo"): Piece("clock", 0, 0, hour=Hour(13, exact=True)),
    ("pausa", "pranzo"): Piece("clock", 0, 0, hour=Hour(13, exact=True)),
    ("a", "pranzo"): Piece("clock", 0, 0, hour=Hour(13, exact=True)),
    ("lunchtime",): Piece("clock", 0, 0, hour=Hour(13, exact=True)),
    ("after", "lunch"): Piece("part", 0, 0, part=AFTERNOON),
    ("dopo", "il", "lavoro"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("dopo", "lavoro"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("finito", "di", "lavorare"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("after", "work"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("dopo", "cena"): Piece("part", 0, 0, part=EVENING),
    ("ora", "di", "cena"): Piece("part", 0, 0, part=EVENING),
    ("sul", "tardi"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("fine", "giornata"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("tarda", "giornata"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("prima", "di", "chiudere"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("prima", "della", "chiusura"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("alla", "chiusura"): Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ("appena", "aprite"): Piece("part", 0, 0, part=MORNING, edge="start", word="opening"),
    ("appena", "apre"): Piece("part", 0, 0, part=MORNING, edge="start", word="opening"),
    ("quando", "aprite"): Piece("part", 0, 0, part=MORNING, edge="start", word="opening"),
    ("apertura",): Piece("part", 0, 0, part=MORNING, edge="start", word="opening"),
    ("before", "work"): Piece("part", 0, 0, part=MORNING, edge="start"),
    ("prima", "del", "lavoro"): Piece("part", 0, 0, part=MORNING, edge="start"),
    ("prima", "di", "andare", "al", "lavoro"): Piece("part", 0, 0, part=MORNING, edge="start"),
}
_BY_FIRST: dict[str, list[tuple[str, ...]]] = {}
for _phrase in sorted(_PHRASES, key=len, reverse=True):
    _BY_FIRST.setdefault(_phrase[0], []).append(_phrase)


def part_at(words: Words, i: int) -> Piece | None:
    """A part of the day at `i`, or a meal or the opening that stands for one."""
    for phrase in _BY_FIRST.get(words.at(i), ()):
        if words.has(i, *phrase):
            return _placed(_PHRASES[phrase], i, i + len(phrase))
    if words.at(i) in TODAY_PART:
        return _today(words, i)
    if words.at(i) in ("this", "questo", "questa", "sta") and words.at(i + 1) in PART:
        return Piece("part", i, i + 2, part=PART[words.at(i + 1)], days=Days(which="today"))
    edge, j = _before(words, i)
    name = words.at(j)
    if name not in PART:
        return None
    end = j + 1
    if name in ("matt", "pom", "pome") and words.at(end) == "." and words.glued(end):
        end += 1
    if not edge:
        edge, end = _behind(words, end)
    return Piece("part", i, end, part=PART[name], edge=edge)  # type: ignore[arg-type]


def _placed(piece: Piece, start: int, end: int) -> Piece:
    return Piece(
        piece.kind,
        start,
        end,
        piece.bound,
        hour=piece.hour,
        part=piece.part,
        edge=piece.edge,
        word=piece.word,
    )


def _today(words: Words, i: int) -> Piece:
    edge, end = _behind(words, i + 1)
    return Piece("part", i, end, part=TODAY_PART[words.at(i)], edge=edge, days=Days(which="today"))  # type: ignore[arg-type]


def _before(words: Words, i: int) -> tuple[str, int]:
    """ "prima cosa al", "tarda", "metà": which end of the part that follows."""
    word = words.at(i)
    edge = "start" if word in _EARLY else "end" if word in _LATE else EDGES.get(word, "")
    if not edge:
        return "", i
    return edge, words.skip(i + 1, _JOINING)


def _behind(words: Words, i: int) -> tuple[str, int]:
    """ "mattina presto", "pomeriggio tardi", "mattina sul tardi"."""
    j = words.skip(i, {"sul", "sulla", "piuttosto", "molto", ",", "non", "troppo", "più", "piu"})
    if words.has(i, "non", "troppo", "presto"):
        return "end", j + 1
    if words.at(j) in ("presto", "prestissimo", "early"):
        return "start", j + 1
    if words.at(j) in ("tardi", "inoltrato", "inoltrata", "late"):
        return "end", j + 1
    return "", i
