"""Text as people write it, cut into words, figures and marks that a grammar can read.

Accents, capitals and apostrophes do not count ("giovedì", "giovedi'", "GIOVEDI" are one word); only "è" is kept
apart from "e", which joins hours and minutes.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

from receptionist.italian.lexicon import corrected

MAX_TEXT = 4096
_TOKEN = re.compile(r"[0-9]+|[^\W\d_]+|[^\w\s]|\n")
_APOSTROPHES = str.maketrans(dict.fromkeys("’‘`´′ʼ‛", "'"))
_FINAL_APOSTROPHE = re.compile(r"(?<=[a-z])'(?![a-z0-9])")
_MAX_DIGITS = 9
_MOST_SKIPPED = 8
_BEYOND = 32


@dataclass(frozen=True, slots=True)
class Token:
    """One word, run of digits or mark. `glued`: nothing stood between it and what is before."""

    text: str
    glued: bool
    is_word: bool = False
    is_figure: bool = False


class Words:
    """The tokens of a text, with answers for places beyond its end."""

    def __init__(self, text: str, mask: Callable[[str], str] | None = None) -> None:
        readable = plain(text[:MAX_TEXT])
        self.tokens = _tokens(mask(readable) if mask else readable)
        self._texts = [token.text for token in self.tokens] + [""] * _BEYOND

    def __len__(self) -> int:
        return len(self.tokens)

    def at(self, i: int) -> str:
        """The token at `i`, "" outside of the text."""
        return self._texts[i] if 0 <= i < len(self._texts) else ""

    def glued(self, i: int) -> bool:
        """Whether the token at `i` follows the one before without a space."""
        return 0 <= i < len(self.tokens) and self.tokens[i].glued

    def figure(self, i: int) -> int | None:
        """The number written in figures at `i`."""
        if not 0 <= i < len(self.tokens):
            return None
        token = self.tokens[i]
        return int(token.text) if token.is_figure and len(token.text) <= _MAX_DIGITS else None

    def is_word(self, i: int) -> bool:
        """Whether a word stands at `i`."""
        return 0 <= i < len(self.tokens) and self.tokens[i].is_word

    def has(self, i: int, *words: str) -> bool:
        """Whether these words stand at `i` one after the other."""
        return self._texts[i : i + len(words)] == list(words) if i >= 0 else False

    def skip(self, i: int, words: frozenset[str] | set[str]) -> int:
        """The first place from `i` that has none of `words`; little words are never many, so not much farther."""
        end = min(i + _MOST_SKIPPED, len(self.tokens))
        while i < end and self._texts[i] in words:
            i += 1
        return i


def plain(text: str) -> str:
    """Lower case without accents; "è" and "e'" stay "è"."""
    lowered = text.translate(_APOSTROPHES).lower()
    lowered = re.sub(r"\b[eè]'(?![a-z])|\bè\b|\bé\b", "\0", unicodedata.normalize("NFC", lowered))
    bare = "".join(char for char in unicodedata.normalize("NFKD", lowered) if not unicodedata.combining(char))
    return _FINAL_APOSTROPHE.sub(" ", bare).replace("\0", "è")


def _tokens(text: str) -> list[Token]:
    found: list[Token] = []
    end = -1
    for match in _TOKEN.finditer(text):
        word, glued = match[0], match.start() == end
        if word == "'":
            # An apostrophe joins: "l'8" is "l" and "8", written together.
            end = match.end() if glued else end
            continue
        is_figure = "0" <= word[0] <= "9"
        is_word = word[0].isalpha()
        found.append(Token(corrected(word) if is_word else word, glued, is_word, is_figure))
        end = match.end()
    return found
