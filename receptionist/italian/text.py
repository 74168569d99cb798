"""Putting words together: one line, lists that are said, sentences that end."""

import re
import unicodedata
from collections.abc import Sequence

_SPACES = re.compile(r"\s+")
# Controls, unpaired surrogates, private use and unassigned code points: nothing that can be said.
_UNSPEAKABLE = {"Cc", "Cf", "Cs", "Co", "Cn"}


def one_line(text: str, limit: int | None = None) -> str:
    """`text` on one line, without control characters; cut at a word before `limit` characters."""
    clean = "".join(" " if unicodedata.category(char) in _UNSPEAKABLE else char for char in text)
    clean = _SPACES.sub(" ", clean).strip()
    if limit is None or len(clean) <= limit:
        return clean
    cut = clean[: limit - 1]
    return f"{cut.rsplit(' ', 1)[0] if ' ' in cut else cut}…"


def join_and(parts: Sequence[str]) -> str:
    """Things that all hold: "a", "a e b", "a, b e c"."""
    return _join(parts, "e")


def join_or(parts: Sequence[str]) -> str:
    """A choice: "a", "a o b", "a, b o c"."""
    return _join(parts, "o")


def _join(parts: Sequence[str], word: str) -> str:
    kept = [part for part in parts if part]
    if len(kept) < 2:
        return "".join(kept)
    return f"{', '.join(kept[:-1])} {word} {kept[-1]}"


def sentence(text: str) -> str:
    """`text` on one line with a capital at the start and a mark at the end."""
    line = one_line(text)
    if not line:
        return ""
    line = line[0].upper() + line[1:]
    return line if line[-1] in ".!?…" else f"{line}."
