"""Which service somebody means: "il tagliando", "cambio gomme", "devo fare la revisione". Pure: no database.

A phrase of the shop that is said whole decides; several, or only parts of one, leave candidates to ask about.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

# Close enough for a word that was misheard by a letter ("taliando").
ALIKE = 0.84
MAX_TEXT = 300
_EMPTY = frozenset(
    [
        "il",
        "lo",
        "la",
        "l",
        "i",
        "gli",
        "le",
        "un",
        "uno",
        "una",
        "di",
        "del",
        "dello",
        "della",
        "dell",
        "dei",
        "delle",
        "degli",
        "a",
        "al",
        "alla",
        "allo",
        "ai",
        "alle",
        "da",
        "dal",
        "in",
        "nel",
        "nella",
        "con",
        "per",
        "su",
        "e",
        "ed",
        "o",
        "mi",
        "ci",
        "vi",
        "si",
        "mia",
        "mio",
        "miei",
        "mie",
        "che",
        "vorrei",
        "volevo",
        "devo",
        "dovrei",
        "fare",
        "faccio",
        "bisogno",
        "ho",
        "serve",
        "servirebbe",
        "prenotare",
        "prenotazione",
        "appuntamento",
        "macchina",
        "auto",
        "vettura",
        "favore",
        "grazie",
    ]
)


@dataclass(frozen=True, slots=True)
class Named:
    """A service by its name and by what people say for it."""

    name: str
    words: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Ranked:
    """`sure`: the index of the one that is meant; otherwise `candidates`, likeliest first (may be empty)."""

    sure: int | None
    candidates: tuple[int, ...] = ()


def rank(text: str, services: Sequence[Named]) -> Ranked:
    """Which of the services the text means."""
    heard = stems(text[:MAX_TEXT])
    if not heard:
        return Ranked(None)
    exact = [i for i, service in enumerate(services) if stems(service.name) == heard]
    if len(exact) == 1:
        return Ranked(exact[0])
    whole = {i: size for i, service in enumerate(services) if (size := _said_whole(heard, service))}
    if whole:
        return _decided(_without_shadowed(whole, heard, services))
    partial = {i: score for i, service in enumerate(services) if (score := _said_partly(heard, service))}
    ordered = tuple(sorted(partial, key=lambda i: -partial[i]))
    if len(ordered) == 1 and partial[ordered[0]] >= 1:
        return Ranked(ordered[0], ordered)
    return Ranked(None, ordered)


def stems(text: str) -> tuple[str, ...]:
    """The words that carry meaning, without accents and without the vowel that singular and plural differ
    in."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(char if char.isalnum() else " " for char in plain if not unicodedata.combining(char))
    return tuple(_stem(word) for word in plain.split() if word not in _EMPTY)


def _stem(word: str) -> str:
    if len(word) > 3:
        word = word.rstrip("aeiou")
        return word[:-1] if word.endswith(("ch", "gh")) else word
    return word


def _phrases(service: Named) -> list[tuple[str, ...]]:
    return [phrase for text in (service.name, *service.words) if (phrase := stems(text))]


def _alike(one: str, other: str) -> bool:
    if one == other:
        return True
    return min(len(one), len(other)) >= 5 and SequenceMatcher(None, one, other).ratio() >= ALIKE


def _said_whole(heard: Sequence[str], service: Named) -> int:
    """Words of the longest phrase that is said whole; 0 when none is."""
    return max(
        (
            len(phrase)
            for phrase in _phrases(service)
            if all(any(_alike(w, h) for h in heard) for w in phrase)
        ),
        default=0,
    )


def _said_partly(heard: Sequence[str], service: Named) -> float:
    """The best share of a phrase that is said, more than 0 when a word of any phrase is."""
    best = 0.0
    for phrase in _phrases(service):
        said = sum(any(_alike(word, h) for h in heard) for word in phrase)
        best = max(best, said / len(phrase))
    return best


def _without_shadowed(
    whole: dict[int, int], heard: Sequence[str], services: Sequence[Named]
) -> dict[int, int]:
    """Drop a service whose said phrase is only a part of a longer one: "gomme" inside "riparazione gomme"."""
    longest = {i: _longest_said(heard, services[i]) for i in whole}
    return {
        i: size
        for i, size in whole.items()
        if not any(other != i and set(longest[i]) < set(longest[other]) for other in whole)
    }


def _longest_said(heard: Sequence[str], service: Named) -> tuple[str, ...]:
    said = [p for p in _phrases(service) if all(any(_alike(w, h) for h in heard) for w in p)]
    return max(said, key=len)


def _decided(whole: dict[int, int]) -> Ranked:
    ordered = tuple(sorted(whole, key=lambda i: -whole[i]))
    return Ranked(ordered[0] if len(ordered) == 1 else None, ordered)
