"""The grammar of the parts of the day: "in mattinata", "tardo pomeriggio", "dopo pranzo", "appena aprite"."""

from dataclasses import replace

from receptionist.italian.almanac import Edge
from receptionist.italian.lexicon import AFTERNOON, EVENING, MORNING, PART, TODAY_PART, TOMORROW_PART
from receptionist.italian.phrases import Phrases, words_of
from receptionist.italian.pieces import Days, Hour, Piece, Which
from receptionist.italian.spans import EDGES
from receptionist.italian.words import Words

_EARLY = words_of("presto primo prima prime prestissimo early inizio primissima primissimo")
_LATE = words_of("tarda tardo tardi fine late inoltrato inoltrata")
_JOINING = words_of("di del della dell al alla la il ore cosa in nella nel the of thing sul sulla")
_NEAR_PARTS: tuple[tuple[Which, dict[str, str]], ...] = (("today", TODAY_PART), ("tomorrow", TOMORROW_PART))
_NAMED: tuple[tuple[Phrases, Piece], ...] = (
    (
        Phrases("ora di pranzo | ora pranzo | pausa pranzo | a pranzo | lunchtime | lunch time"),
        Piece("clock", 0, 0, hour=Hour(13, exact=True)),
    ),
    (Phrases("subito dopo pranzo"), Piece("part", 0, 0, part=AFTERNOON, edge="start")),
    (Phrases("dopo pranzo | after lunch"), Piece("part", 0, 0, part=AFTERNOON)),
    (Phrases("prima di pranzo | before lunch"), Piece("part", 0, 0, part=MORNING, edge="end")),
    (Phrases("dopo cena | ora di cena"), Piece("part", 0, 0, part=EVENING)),
    (
        Phrases(
            "dopo il lavoro | dopo lavoro | finito di lavorare | after work | sul tardi | fine giornata | tarda giornata | "
            "prima di chiudere | prima della chiusura | alla chiusura | esco dal lavoro | uscita dal lavoro"
        ),
        Piece("part", 0, 0, part=AFTERNOON, edge="end"),
    ),
    (
        Phrases("before work | prima del lavoro | prima di andare al lavoro | prima di lavoro"),
        Piece("part", 0, 0, part=MORNING, edge="start"),
    ),
    (
        Phrases("appena aprite | appena apre | quando aprite | quando apre | apertura"),
        Piece("part", 0, 0, part=MORNING, edge="start", word="opening"),
    ),
)


PART_STARTS = frozenset(
    {
        *(phrase[0] for phrases, _piece in _NAMED for phrase in phrases.all),
        *TODAY_PART, *TOMORROW_PART, *PART, *_EARLY, *_LATE, *EDGES, "this", "questo", "questa", "sta", "quest",
    }
)  # fmt: skip


def part_at(words: Words, i: int) -> Piece | None:
    """A part of the day at `i`, or a meal or the opening that stands for one."""
    if words.at(i) not in PART_STARTS:
        return None
    for phrases, piece in _NAMED:
        if phrase := phrases.at(words, i):
            return replace(piece, start=i, end=i + len(phrase))
    for near, names in _NEAR_PARTS:
        if words.at(i) in names:
            edge, end = _behind(words, i + 1)
            return Piece("part", i, end, part=names[words.at(i)], edge=edge, days=Days(which=near))
    if words.at(i) in ("this", "questo", "questa", "sta", "quest") and words.at(i + 1) in PART:
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
    return Piece("part", i, end, part=PART[name], edge=edge)


def _before(words: Words, i: int) -> tuple[Edge, int]:
    """ "prima cosa al", "tarda", "metà": which end of the part that follows."""
    word = words.at(i)
    edge: Edge = "start" if word in _EARLY else "end" if word in _LATE else EDGES.get(word, "")
    if not edge:
        return "", i
    return edge, words.skip(i + 1, _JOINING)


def _behind(words: Words, i: int) -> tuple[Edge, int]:
    """ "mattina presto", "pomeriggio tardi", "mattina sul tardi"."""
    j = words.skip(i, {"sul", "sulla", "piuttosto", "molto", ",", "non", "troppo", "più", "piu"})
    if words.has(i, "non", "troppo", "presto"):
        return "end", j + 1
    if words.at(j) in ("presto", "prestissimo", "early"):
        return "start", j + 1
    if words.at(j) in ("tardi", "inoltrato", "inoltrata", "late"):
        return "end", j + 1
    return "", i
