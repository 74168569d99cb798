"""Small words that change what stands beside them: not, or, rather, as soon as possible; and where sentences end."""

from receptionist.italian.lexicon import NEAR, WEEKDAY
from receptionist.italian.phrases import Phrases, words_of
from receptionist.italian.pieces import Days, Kind, Piece
from receptionist.italian.words import Words

_NOT = Phrases(
    "mai | invece di | invece che | al posto | anziche | piuttosto che | tranne | eccetto | salvo | "
    "escluso | esclusi | fuorche | a parte | ne | not | except | instead of | meno che"
)
_OR = Phrases("o | oppure | or | sennò | senno | se no | altrimenti | in alternativa | o anche")
_CORRECT = Phrases(
    "anzi | meglio | o meglio | volevo dire | intendevo | cioe | ops | scusi | scusa | scusate | mi sono "
    "sbagliato | mi sono sbagliata | mi correggo | errore | actually | rather | sorry | pardon | i mean | "
    "invece | *"
)
# What somebody cannot do: "giovedì non posso".
_CANNOT = words_of(
    "posso possiamo riesco riusciamo va vanno ce ci potrei potro mi sono sarei saro può puo e è vengo "
    "riuscirei riusciro lavoro okay ok"
)
_ABLE = words_of("la faccio bene disponibile libero libera possibile venire")
_IMPOSSIBLE = words_of("nemmeno neanche neppure impossibile impegnato impegnata occupato occupata")
_SOON = Phrases(
    "adesso | in questo momento | "
    "prima possibile | appena possibile | appena potete | appena puo | appena puoi | appena avete | "
    "appena si puo | appena c è | appena riuscite | appena ha | quanto prima | piu presto | prima che "
    "potete | prima che puo | prima che si puo | prima che puoi | prima che riuscite | prima possibilita "
    "| prima disponibilita | prima data | primo posto | primo buco | primo giorno | primo appuntamento | "
    "primo orario | primo disponibile | prima disponibile | primo libero | primo slot | primo momento | "
    "subito | urgente | urgentemente | urgenza | urgentissimo | asap | immediatamente | a breve | as soon "
    "as possible | as soon as you can | soonest | earliest | first available | urgent | urgently | right "
    "away | tra poco | fra poco | il prima che | quando vuole | quando volete | quando vuoi | quando "
    "potete | quando puo | quando puoi | quando avete posto | quando avete tempo | quando avete un | "
    "quando avete disponibilita | quando ha posto | quando c è posto | quando preferisce | quando "
    "preferite | quando preferisci | quando capita | quando le pare | quando vi fa comodo | quando le fa "
    "comodo | quando vi va bene | quando le va bene | quando siete liberi | quando è libero | qualsiasi "
    "giorno | qualsiasi momento | qualsiasi ora | qualsiasi orario | qualsiasi data | qualunque giorno | "
    "qualunque momento | qualunque ora | qualunque orario | qualunque data | indifferente | fa lo stesso "
    "| è lo stesso | è uguale | per me uguale | fa uguale | any day | any time | anytime | whenever | "
    "nessuna preferenza | non ho preferenze | un giorno qualsiasi | un giorno qualunque | vedete voi | mi dica lei | "
    "faccia lei | fate voi | decida lei | decidete voi | scelga lei"
)


_BETTER = words_of("meglio preferisco preferirei piuttosto")
_MARKERS: tuple[tuple[Kind, Phrases], ...] = (("not", _NOT), ("correct", _CORRECT), ("or", _OR))
_NOT_SO = words_of("non niente nulla senza poco da")
_STOPS = frozenset({".", "?", "!", "\n", ";"})


def marker_at(words: Words, i: int) -> Piece | None:
    """A word of doubt or change, or the end of a sentence, at `i`."""
    word = words.at(i)
    if word in _STOPS:
        return Piece("stop", i, i + 1, word=word)
    if word in ("non", "no", "don", "cannot", "can"):
        return _negation(words, i)
    if word in _IMPOSSIBLE or (word == "lavoro" and (words.at(i - 1) in WEEKDAY or words.at(i - 1) in NEAR)):
        return Piece("not", i, i + 1, word="cannot")
    if word == "che" and any(words.at(k) in _BETTER for k in range(max(0, i - 6), i)):
        return Piece("not", i, i + 1, word="than")  # "meglio il 17 che il 18"
    for kind, phrases in _MARKERS:
        if phrase := phrases.at(words, i):
            return Piece(kind, i, i + len(phrase), word=phrase[0])
    return None


def _negation(words: Words, i: int) -> Piece | None:
    word, after = words.at(i), words.at(i + 1)
    if word == "no":
        return Piece("maybe_not", i, i + 1, word="," if after in (",", ".", "!", "") else "")
    if word in ("cannot", "don") or (word == "can" and after == "t"):
        return Piece("not", i, i + (2 if after == "t" else 1), word="cannot")
    if word == "can" or after in ("prima", "oltre", "dopo", "piu", "troppo"):
        return None
    if after in _CANNOT:
        end = words.skip(
            i + 1,
            _CANNOT | {"la", "faccio", "bene", "disponibile", "libero", "libera", "possibile", "venire"},
        )
        if words.at(i + 1) in ("è", "e") and words.at(i + 2) not in ("possibile", "libero", "disponibile"):
            return None
        return Piece("not", i, end, word="cannot")
    if after in ("so", "vedo", "parte", "funziona", "ho", "fa", "si"):
        return None
    return Piece("not", i, i + 1, word="not")


def soon_at(words: Words, i: int) -> Piece | None:
    """ "il prima possibile", "quando vuole", "in giornata" at `i`."""
    if (
        words.has(i, "in", "giornata")
        or words.has(i, "entro", "giornata")
        or words.has(i, "entro", "la", "giornata")
    ):
        end = i + 3 if words.at(i + 1) == "la" else i + 2
        return Piece("day", i, end, days=Days(which="today"), weak=True, word="giornata")
    before = words.at(i - 1)
    if before in _NOT_SO or (words.at(i - 2) == "non" and before in ("è", "ho", "c")):
        return None
    phrase = _SOON.at(words, i)
    return Piece("soon", i, i + len(phrase)) if phrase else None
