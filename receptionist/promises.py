"""What a customer is told once a person was asked for: what happens next, and by when.

In a call as it is said, in a chat as it is written; in Italian with the shop's Lei or tu, to everybody else in English.
"""

from datetime import datetime, timedelta

from receptionist import languages
from receptionist.italian import say_date, say_phone, say_when
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    Formality,
    Handover,
    HandoverKind,
    Urgency,
)
from scheduling import catalogue
from shops.context import current_shop

TRANSFERRING = "Passo subito la chiamata all'officina, un momento."
NO_TIME = "L'officina richiamerà appena possibile."
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
_STOP = {
    "lei": (
        "Per la sua sicurezza si fermi appena può in un posto sicuro, spenga il motore e non riparta. "
        "Se qualcuno è in pericolo chiami subito il 112."
    ),
    "tu": (
        "Per la tua sicurezza fermati appena puoi in un posto sicuro, spegni il motore e non ripartire. "
        "Se qualcuno è in pericolo chiama subito il 112."
    ),
    "en": (
        "For your safety, stop as soon as you can in a safe place, switch the engine off and do not drive on. "
        "If anybody is in danger, call 112 at once."
    ),
}
_WRITES = {"lei": "un collega le risponde qui", "tu": "un collega ti risponde qui"}
_CALLS = {"lei": "L'officina la richiama", "tu": "L'officina ti richiama"}


def say_next(row: Handover, now: datetime) -> str:
    """What the customer is told happens next; where there is danger, first to stop. Three queries at most."""
    conversation, now = row.conversation, now.astimezone(current_shop().tz)
    config = AIConfig.load()
    safety = say_safety(conversation, config) if row.urgency == Urgency.DANGER else ""
    return f"{safety} {_next(row, config, now)}".strip()


def _next(row: Handover, config: AIConfig, now: datetime) -> str:
    if row.conversation.channel == Channel.VOICE:
        return TRANSFERRING if row.kind == HandoverKind.TRANSFER else say_callback(row, now)
    if _manner(row.conversation, config) == "en":
        return _next_in_english(row, now)
    return _next_written(row, now, _manner(row.conversation, config))


def say_safety(conversation: Conversation, config: AIConfig) -> str:
    """To stop, whom to call when people are in danger, and the tow. No query."""
    return f"{_STOP[_manner(conversation, config)]} {say_tow(conversation, config)}".strip()


def say_sorry(conversation: Conversation, *, stranded: bool) -> str:
    """To somebody who is angry, or stranded: with whom to call to be towed. One query."""
    sorry = "Mi dispiace." if languages.is_italian(conversation.language) else "I am sorry about this."
    tow = say_tow(conversation, AIConfig.load()) if stranded else ""
    return f"{sorry} {tow}".strip()


def say_tow(conversation: Conversation, config: AIConfig) -> str:
    """Whom to call to be towed; empty when the shop names nobody. No query."""
    number = str(config.tow_number)
    if not number:
        return ""
    if _manner(conversation, config) == "en":
        return f"Roadside assistance: {number}."
    said = say_phone(number) if conversation.channel == Channel.VOICE else number
    return f"Soccorso stradale: {said}."


def say_callback(row: Handover, now: datetime) -> str:
    """What a caller is told about the call back. `now` aware, in the shop's time zone."""
    if row.callback_at is None:
        return NO_TIME
    return f"L'officina richiamerà entro {say_when(_rounded(row.callback_at), now)}."


def _rounded(moment: datetime) -> datetime:
    """The next quarter of an hour: nobody promises "le undici e sette"."""
    over = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return moment - over + (timedelta(minutes=15) if over else timedelta())


def _manner(conversation: Conversation, config: AIConfig) -> str:
    if not languages.is_italian(conversation.language):
        return "en"
    return "tu" if config.formality == Formality.TU else "lei"


def _is_closed(now: datetime) -> bool:
    return not catalogue.load().calendar.is_open(now)


def _next_written(row: Handover, now: datetime, manner: str) -> str:
    calls = row.kind == HandoverKind.CALLBACK
    if row.callback_at is None:
        said = _CALLS[manner] if calls else f"{_WRITES[manner][0].upper()}{_WRITES[manner][1:]}"
        return f"{said} appena possibile."
    by = _rounded(row.callback_at).astimezone(now.tzinfo)
    when = _by(by, now)
    if calls:
        return f"{_CALLS[manner]} {when}."
    if _is_closed(now):
        return f"Adesso l'officina è chiusa: {_WRITES[manner]} {when}."
    return f"{_WRITES[manner][0].upper()}{_WRITES[manner][1:]} appena possibile, {when}."


def _by(moment: datetime, now: datetime) -> str:
    """By when, as it is written: "entro le 11:15", "entro le 9:00 di domani, mercoledì 25 novembre"."""
    days = (moment.date() - now.date()).days
    clock = f"{moment.hour}:{moment:%M}"
    article = "l'" if moment.hour == 1 else "le "
    day = say_date(moment.date(), now.date())
    behind = {0: "", 1: f" di domani, {day}"}.get(days, f" di {day}")
    return f"entro {article}{clock}{behind}"


def _next_in_english(row: Handover, now: datetime) -> str:
    calls = row.kind == HandoverKind.CALLBACK
    does = "The garage will call you back" if calls else "A colleague will answer you here"
    if row.callback_at is None:
        return f"{does} as soon as possible."
    moment = _rounded(row.callback_at).astimezone(now.tzinfo)
    day = f"{_DAYS[moment.weekday()]} {moment.day} {_MONTHS[moment.month - 1]}"
    days = (moment.date() - now.date()).days
    behind = {0: " today", 1: f" tomorrow, {day}"}.get(days, f" on {day}")
    when = f"by {moment.hour}:{moment:%M}{behind}"
    if not calls and _is_closed(now):
        return f"The garage is closed now: {does[0].lower()}{does[1:]} {when}."
    return f"{does} {when}."
