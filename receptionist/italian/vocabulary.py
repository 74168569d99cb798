"""Words that several grammars share: next, last, this, first, and what has weeks."""

from receptionist.italian.phrases import words_of

NEXT = words_of(
    "prossimo prossima prossimi prossime prox pross venturo ventura entrante next seguente successivo successiva coming"
)
LAST = words_of("scorso scorsa passato passata last precedente")
THIS = words_of("questo questa quest sta this corrente")
ORDINAL = {
    "primo": 1, "prima": 1, "first": 1, "secondo": 2, "seconda": 2, "second": 2, "terzo": 3, "terza": 3, "third": 3,
    "quarto": 4, "quarta": 4, "fourth": 4, "ultimo": -1, "ultima": -1,
}  # fmt: skip
ORDINAL_ENDS = frozenset({"st", "nd", "rd", "th", "°", "o", "^"})
UNITS_OF_WEEK = words_of("settimana settimane sett week")
