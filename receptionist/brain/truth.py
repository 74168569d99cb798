"""Whether an answer claims what did not happen: a booking, a change, a call to a person, a price.

What the tools did stands in their rows; an answer is held against those, sentence by sentence. It is read with little
wit: a claim is a word in the past, not negated, not in a question. When in doubt the model is asked to say it again.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from decimal import Decimal

from receptionist.brain import amounts
from receptionist.italian.clock import say_time
from receptionist.italian.lexicon import weekday_name
from receptionist.models import Conversation, Handover, ToolCall
from scheduling.catalogue import Catalogue
from scheduling.models import Appointment, WaitingList
from scheduling.models.appointments import LIVE, Status

BOOK, MOVE, CANCEL, PERSON, WAIT = "book", "move", "cancel", "person", "wait"
_CLAIMS = (
    (
        BOOK,
        r"\b(?:prenotat[oaie]|fissat[oaie]|confermat[oaie]|prenotazione (?:effettuata|registrata|fatta|andata)|"
        r"messo in agenda|segnat[oa] in agenda|ci vediamo|l[ae] aspett(?:iamo|o)|ti aspett(?:iamo|o)|booked|scheduled|"
        r"confirmed|reserved|see you (?:on|at|tomorrow)|gebucht|bestätigt|réservé|confirmé|reservad[oa]|confirmad[oa])\b",
    ),
    (MOVE, r"\b(?:spostat[oaie]|rimandat[oaie]|moved|rescheduled|verschoben|déplacé|cambiad[oa])\b"),
    (
        CANCEL,
        r"\b(?:annullat[oaie]|cancellat[oaie]|disdett[oaie]|cancell?ed|storniert|annulée?|anulad[oa]|cancelad[oa])\b",
    ),
    (
        PERSON,
        r"\b(?:ho (?:già )?(?:avvisato|avvertito|informato|inoltrato|segnalato|passato|trasmesso|chiesto di)|"
        r"(?:la|ti|vi|le) richiam(?:er\w+|iamo|ano)|(?:la|ti) (?:faccio|facciamo) richiamare|(?:sarà|verrà) richiamat\w+|"
        r"l'officina (?:la |ti )?richiam\w+|richiesta (?:annotata|inoltrata|trasmessa|registrata)|"
        r"i(?:'ve| have) (?:notified|passed|forwarded|informed|told)|will call you back|someone will call)\b",
    ),
    (
        WAIT,
        r"\b(?:(?:mess|inserit|aggiunt|iscritt|segnat)[oaie] (?:\w+ )?(?:in|nella|alla) lista|"
        r"(?:è|sei|siete) (?:già |ora )?(?:in|nella) lista d.attesa|"
        r"(?:put|added) you (?:on|to) the waiting list|(?:are|you're) (?:now )?on the waiting list)\b",
    ),
)
_PATTERNS = tuple((kind, re.compile(pattern, re.IGNORECASE)) for kind, pattern in _CLAIMS)
# Before the word, in its own clause: then it is no claim.
_NOT = re.compile(
    r"\b(?:non|nessun\w*|né|mai|se|quando|appena|finché|prima|dopo|una volta|per essere|not|never|no|if|when|once|"
    r"after|before|until|can't|cannot|n't|isn't|hasn't|wasn't|nicht|kein\w*|wenn|pas|cuando|nothing|nobody|niente|nulla|vuole|vuoi|posso|può|"
    r"possiamo|desidera|preferisce|would|shall|can|could|già occupat\w+|orari\w* (?:è |sono )?già)\b",
    re.IGNORECASE,
)
_PENDING = re.compile(r"conferm|in attesa|confirm|pending|bestätig", re.IGNORECASE)
_CLAUSE = re.compile(r"[^,.;:!?\n]*(?:(?<=\d)[.:](?=\d)[^,.;:!?\n]*)*[,.;:!?\n]?")
_CLOCK = re.compile(r"(?<![\d/.,])([01]?\d|2[0-3])[:.]([0-5]\d)(?![\d/]|\s?(?:€|eur))", re.IGNORECASE)
_HOUR = re.compile(
    r"\b(?:alle|dalle|fino alle|ore|at|um|à)\s+([01]?\d|2[0-3])(?![\d:.,/]*\d|\s?(?:€|eur|e\s|h\d|am|pm|%))",
    re.IGNORECASE,
)
_WEEKDAYS = {weekday_name(number)[:-1] if number < 5 else weekday_name(number): number for number in range(7)}
_DAY_WORD = re.compile(r"\b(luned|marted|mercoled|gioved|venerd|sabato|domenica)", re.IGNORECASE)
LONG_PAST = timedelta(days=60)
_SAY = {
    BOOK: (
        "Hai scritto che un appuntamento è preso, ma nessuno strumento l'ha detto per quel giorno e quell'ora. Se il "
        "cliente ha già confermato, usa adesso book_appointment; altrimenti chiedi quello che manca."
    ),
    MOVE: (
        "Hai scritto che un appuntamento è spostato, ma nessuno strumento l'ha detto. Usa reschedule_appointment, "
        "oppure chiedi quello che manca."
    ),
    CANCEL: (
        "Hai scritto che un appuntamento è annullato, ma nessuno strumento l'ha detto. Usa cancel_appointment, oppure "
        "chiedi quello che manca."
    ),
    PERSON: (
        "Hai scritto che l'officina è avvisata o che richiamerà, ma nessuno strumento l'ha detto. Usa adesso "
        "request_human, oppure non prometterlo."
    ),
    WAIT: (
        "Hai scritto che il cliente è in lista d'attesa, ma nessuno strumento l'ha detto. Usa book_appointment con "
        "waiting_list «sì», oppure proponi un posto libero."
    ),
    "time": (
        "Hai scritto un orario che non viene né dalle istruzioni né da uno strumento. Usa check_availability o "
        "list_appointments, e scrivi solo gli orari che dicono."
    ),
    "pending": "L'appuntamento è una richiesta che l'officina deve ancora confermare: dillo.",
    "price": (
        "Hai scritto un prezzo o uno sconto che l'officina non ha indicato. Scrivi solo i prezzi delle istruzioni e "
        "degli strumenti, «a partire da»; se non c'è, proponi un preventivo con request_human."
    ),
}


@dataclass(frozen=True)
class Claim:
    """Something an answer says was done: what, and the clause that says so."""

    kind: str
    words: str


def claims(text: str) -> list[Claim]:
    """What the text says was done, without what it denies, asks or puts under a condition."""
    found = []
    for clause in (hit[0] for hit in _CLAUSE.finditer(text) if hit[0].strip()):
        if clause.rstrip().endswith("?"):
            continue
        for kind, pattern in _PATTERNS:
            hit = pattern.search(clause)
            if hit and not _NOT.search(clause[: hit.start()]):
                found.append(Claim(kind, _with_when(text, clause)))
    return found


def _with_when(text: str, clause: str) -> str:
    """The sentence of the clause: "Prenotato, giovedì alle 9:30" names its time after a comma."""
    start = text.find(clause)
    end = re.search(r"[!?\n]|\.(?!\d)|$", text[start + len(clause.rstrip(" ,;:")) :])
    return text[start : start + len(clause) + (end.start() if end else 0)]


def false_claim(text: str, conversation: Conversation, now: datetime) -> str:
    """What is wrong with the text's claims, as a correction for the model; "" when they hold.

    One to four queries when there are claims, none otherwise. `now` aware, in the shop's time zone.
    """
    found = claims(text)
    if not found:
        return ""
    done = list(ToolCall.objects.filter(conversation=conversation, ok=True).values_list("name", "result"))
    rows = _appointments(conversation, now)
    for claim in found:
        if problem := _problem(claim, conversation, done, rows, now, text):
            return _SAY[problem]
    return ""


def _problem(
    claim: Claim,
    conversation: Conversation,
    done: list[tuple[str, str]],
    rows: list[Appointment],
    now: datetime,
    text: str,
) -> str:
    names = {name for name, _result in done}
    if claim.kind == PERSON:
        asked = bool(names & {"request_human"}) or Handover.objects.filter(conversation=conversation).exists()
        return "" if asked else PERSON
    if claim.kind == WAIT:
        who = conversation.customer_id
        return "" if who and WaitingList.objects.filter(customer_id=who).exists() else WAIT
    if claim.kind == CANCEL:
        gone = "cancel_appointment" in names or any(row.status == Status.CANCELLED for row in rows)
        return "" if gone else CANCEL
    live = [row for row in rows if row.status in LIVE]
    fitting = [row for row in live if fits(row, claim.words, now)]
    if claim.kind == MOVE and not ("reschedule_appointment" in names or _names_a_time(claim.words)):
        return MOVE
    if not fitting:
        return claim.kind
    if all(row.status == Status.PENDING for row in fitting) and not _PENDING.search(text):
        return "pending"
    return ""


def _appointments(conversation: Conversation, now: datetime) -> list[Appointment]:
    """The customer's appointments that somebody may still speak of."""
    if conversation.customer_id is None:
        return []
    rows = Appointment.objects.filter(customer_id=conversation.customer_id, ends_at__gt=now - LONG_PAST)
    return list(
        rows.only("scheduled_at", "drop_off_at", "promised_at", "status").order_by("-scheduled_at")[:20]
    )


def _names_a_time(words: str) -> bool:
    return bool(_CLOCK.search(words) or _DAY_WORD.search(words))


def fits(row: Appointment, words: str, now: datetime) -> bool:
    """Whether the clock times and weekdays that are named are the appointment's."""
    moments = [each.astimezone(now.tzinfo) for each in (row.scheduled_at, row.drop_off_at) if each]
    clocks = {time(int(hit[1]), int(hit[2])) for hit in _CLOCK.finditer(words)}
    days = {_weekday(hit[1]) for hit in _DAY_WORD.finditer(words)}
    return (not clocks or any(each.time() in clocks for each in moments)) and (
        not days or any(each.weekday() in days for each in moments)
    )


def _weekday(stem: str) -> int:
    return next(number for name, number in _WEEKDAYS.items() if name.startswith(stem.lower()[:6]))


def false_time(text: str, *, known: str) -> str:
    """A correction when the text names a time of the day that stands nowhere in what is known; "" otherwise.

    What is known has its times in figures or in words; the hours after noon count from one as well.
    """
    named = {(int(hit[1]), int(hit[2])) for hit in _CLOCK.finditer(text)}
    named |= {(int(hit[1]), 0) for hit in _HOUR.finditer(text)}
    lowered = known.lower()
    return "" if all(_is_known(hour, minute, lowered) for hour, minute in named) else _SAY["time"]


def _is_known(hour: int, minute: int, known: str) -> bool:
    hours = {hour, (hour + 12) % 24}
    words = {say_time(time(each, minute)) for each in hours}
    figures = {rf"0?{each}[:.]{minute:02}" for each in hours}
    figures |= set() if minute else {rf"(?:alle|ore|le|at|per le|verso le)\s+{each}" for each in hours}
    return any(re.search(rf"(?<!\w)(?:{each})(?!\w)", known) for each in figures | words)


def false_price(text: str, *, told: str, offered: Catalogue) -> str:
    """A correction when the text names an amount, a gift or a discount that is not in what was told; "" otherwise."""
    named, given = amounts.of(text), amounts.gifts(_without_denials(text))
    if not named and not given:  # most answers: what was told is long, and need not be read
        return ""
    prices = {service.price_from for service in offered.services if service.price_from is not None}
    known = amounts.of(told) | {Decimal(each).normalize() for each in prices}
    known |= {Decimal(int(each)).normalize() for each in prices}
    return _SAY["price"] if named - known or given - amounts.gifts(told) else ""


def _without_denials(text: str) -> str:
    """The clauses that neither deny nor ask."""
    clauses = [hit[0] for hit in _CLAUSE.finditer(text)]
    return " ".join(each for each in clauses if not each.rstrip().endswith("?") and not _NOT.search(each))
