"""Lists of phrases, written as text and looked up by their first word."""

from receptionist.italian.words import Words

Phrase = tuple[str, ...]


def words_of(text: str) -> frozenset[str]:
    """A set of words, from a text with spaces between them."""
    return frozenset(text.split())


class Phrases:
    """Phrases separated by bars: "va bene | d accordo"."""

    def __init__(self, text: str) -> None:
        self.all: list[Phrase] = sorted(
            (tuple(each.split()) for each in text.split("|")), key=len, reverse=True
        )
        self._by_first: dict[str, list[Phrase]] = {}
        for phrase in self.all:
            self._by_first.setdefault(phrase[0], []).append(phrase)

    def at(self, words: Words, i: int) -> Phrase | None:
        """The longest phrase that stands at `i`."""
        for phrase in self._by_first.get(words.at(i), ()):
            if words.has(i, *phrase):
                return phrase
        return None
