"""Which of the pieces found in a text are meant: what was taken back, corrected or only told is left out."""

from datetime import date

from receptionist.italian.pieces import Piece
from receptionist.italian.words import Words

_SUBJECTS = frozenset({"day", "clock", "part", "now_plus"})
_NEAR = 3
_MOVING = ("spost", "anticip", "posticip", "rimand", "rinvi", "cambi", "reschedul", "move")


def _group(piece: Piece) -> str:
    """What replaces what: a time replaces a time, "stasera" both a day and a part."""
    return "clock" if piece.kind in ("clock", "part") else piece.kind


def chosen(words: Words, found: list[Piece], today: date) -> list[Piece]:
    """The pieces that are meant, in their order, with "or" between alternatives."""
    kept = _without_negated(words, found)
    kept = _corrected(kept)
    kept = _moved(words, kept)
    kept = _ahead(_strong(kept), today)
    return [piece for piece in kept if piece.kind in _SUBJECTS or piece.kind in ("or", "soon", "stop")]


def _without_negated(words: Words, found: list[Piece]) -> list[Piece]:
    out: set[int] = set()
    for k, piece in enumerate(found):
        if piece.kind == "not":
            out |= _negated(words, found, k)
        elif piece.kind == "maybe_not":
            out |= _refused(words, found, k)
    return [piece for k, piece in enumerate(found) if k not in out]


def _negated(words: Words, found: list[Piece], k: int) -> set[int]:
    """What a "not" takes away: the piece before it for "giovedì non posso", otherwise the next."""
    piece = found[k]
    before = _run(found, k, -1)
    after = _run(found, k, 1)
    if piece.word == "cannot":
        if (
            before
            and piece.start - found[before[0]].end <= _NEAR
            and not _comma(words, found[before[0]].end, piece.start)
        ):
            return set(before)
        if after and found[after[0]].start - piece.end <= 2:
            return set(after)
        if before and piece.start - found[before[0]].end <= _NEAR:
            return set(before)
        return set()
    if (
        after
        and found[after[0]].start - piece.end <= 4
        and not _comma(words, piece.end, found[after[0]].start)
    ):
        return set(after)
    return set()


def _refused(words: Words, found: list[Piece], k: int) -> set[int]:
    """A "no" right after a piece refuses it; right before one only when another follows."""
    piece = found[k]
    before, after = _run(found, k, -1), _run(found, k, 1)
    if before and found[before[0]].end == piece.start and not _comma(words, piece.start - 1, piece.start):
        return set(before)
    if before and words.at(piece.start - 1) == "," and after and found[before[0]].end >= piece.start - 2:
        return {b for b in before if any(_group(found[a]) == _group(found[b]) for a in after)}
    if after and found[after[0]].start == piece.end and piece.word != ",":
        later = [n for n in range(after[-1] + 1, len(found)) if _group(found[n]) == _group(found[after[0]])]
        return set(after) if later else set()
    return set()


def _run(found: list[Piece], k: int, step: int) -> list[int]:
    """The pieces of one subject next to `k`: "giovedì mattina alle 9" is one."""
    run: list[int] = []
    n = k + step
    while 0 <= n < len(found) and found[n].kind in _SUBJECTS:
        if run:
            gap = found[n].start - found[run[-1]].end if step > 0 else found[run[-1]].start - found[n].end
            if gap > 0 or any(_group(found[n]) == _group(found[m]) for m in run):
                break
        run.append(n)
        n += step
    return run


def _comma(words: Words, start: int, end: int) -> bool:
    return any(words.at(k) in (",", ".", ";", "?", "!", "\n") for k in range(max(start, 0), end))


def _corrected(found: list[Piece]) -> list[Piece]:
    """ "giovedì anzi venerdì": what comes after replaces what is of its kind before."""
    kept: list[Piece] = []
    for k, piece in enumerate(found):
        if piece.kind == "correct":
            later = {_group(each) for each in found[k + 1 :] if each.kind in _SUBJECTS}
            newer = _first_group(found[k + 1 :], later)
            kept = [each for each in kept if each.kind not in _SUBJECTS or _group(each) not in newer]
        else:
            kept.append(piece)
    return kept


def _first_group(after: list[Piece], groups: set[str]) -> set[str]:
    """The kinds that the correction itself names: those of its own sentence."""
    named: set[str] = set()
    for piece in after:
        if piece.kind in ("stop", "correct") and named:
            break
        if piece.kind in _SUBJECTS:
            named.add(_group(piece))
    return named & groups


def _moved(words: Words, found: list[Piece]) -> list[Piece]:
    """Where somebody asks to move an appointment, the day it has now is not the one that is wanted."""
    if not any(word.text.startswith(_MOVING) for word in words.tokens if word.is_word):
        return found
    days = [piece for piece in found if piece.kind == "day"]
    if len(days) < 2:
        return found
    old = [piece for piece in days if piece.bound == "from" or _has_appointment(words, piece.start)]
    if not old or len(old) == len(days):
        old = [days[0]] if any(words.at(each.start) in ("a", "al", "per") for each in days[1:]) else []
    kept: list[Piece] = []
    for k, piece in enumerate(found):
        belongs = (
            piece.kind in ("clock", "part") and k and found[k - 1] in old and piece.start == found[k - 1].end
        )
        if piece not in old and not belongs:
            kept.append(piece)
    return kept


def _has_appointment(words: Words, i: int) -> bool:
    return any(
        words.at(k).startswith(("appuntament", "prenotazion", "prenotat", "fissat"))
        for k in range(max(0, i - 4), i)
    )


def _ahead(found: list[Piece], today: date) -> list[Piece]:
    """Beside a day to come, one that has passed is only told, with the hour and part of the day that it had."""
    days = [piece for piece in found if piece.kind == "day" and piece.days is not None]
    past = [
        each
        for each in days
        if each.days and each.days.first and not each.days.is_range and each.days.first < today
    ]
    if not past or len(past) == len(days):
        return found
    kept: list[Piece] = []
    for k, piece in enumerate(found):
        belongs = (
            piece.kind in ("clock", "part") and k and found[k - 1] in past and piece.start == found[k - 1].end
        )
        if piece not in past and not belongs:
            kept.append(piece)
    return kept


def _strong(found: list[Piece]) -> list[Piece]:
    """What is only told (since when, a deadline, when the car is fetched) counts when nothing else is said."""
    found = [piece for piece in found if piece.word != "since"]
    strong = {_group(piece) for piece in found if not piece.weak}
    if "now_plus" in strong or any(piece.kind == "part" and piece.days is not None for piece in found):
        strong.add("day")
    return [piece for piece in found if not piece.weak or _group(piece) not in strong]
