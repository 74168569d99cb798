"""What the assistant said against what was done: each use of a tool in the workshop's words, and what does not agree.

The words are read as receptionist.brain.truth reads them before an answer goes out. A call is heard through a
transcript, so nothing is certain here: it says where a person should look.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from receptionist.brain import truth
from receptionist.italian import one_line
from receptionist.models import Conversation, ConversationMessage, Handover, MessageRole, ToolCall
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops.back_office import short_when

MOST_CALLS = 100
MOST_LINES = 200
MOST_VALUE = 160
# A transcript's clock is not ours, and an answer is written a moment after the tool ran.
NEAR = timedelta(minutes=2)
ASKED = {
    "check_availability": gettext_lazy("Cercare un posto libero"),
    "book_appointment": gettext_lazy("Prendere un appuntamento"),
    "list_appointments": gettext_lazy("Guardare gli appuntamenti del cliente"),
    "reschedule_appointment": gettext_lazy("Spostare un appuntamento"),
    "cancel_appointment": gettext_lazy("Annullare un appuntamento"),
    "lookup_customer": gettext_lazy("Riconoscere il cliente"),
    "register_vehicle": gettext_lazy("Registrare un'auto"),
    "vehicle_status": gettext_lazy("Vedere a che punto è l'auto"),
    "shop_info": gettext_lazy("Leggere le informazioni dell'officina"),
    "request_human": gettext_lazy("Chiedere una persona"),
}
ARGUMENTS = {
    "service": gettext_lazy("lavoro"),
    "start": gettext_lazy("quando"),
    "date_from": gettext_lazy("dal"),
    "date_to": gettext_lazy("al"),
    "part_of_day": gettext_lazy("parte del giorno"),
    "license_plate": gettext_lazy("targa"),
    "first_name": gettext_lazy("nome"),
    "last_name": gettext_lazy("cognome"),
    "phone": gettext_lazy("telefono detto"),
    "drop_off": gettext_lazy("consegna"),
    "notes": gettext_lazy("note"),
    "whatsapp_confirmation": gettext_lazy("conferma su WhatsApp"),
    "waiting_list": gettext_lazy("lista d'attesa"),
    "appointment": gettext_lazy("codice"),
    "reason": gettext_lazy("motivo"),
    "topic": gettext_lazy("argomento"),
    "make": gettext_lazy("marca"),
    "model": gettext_lazy("modello"),
    "year": gettext_lazy("anno"),
    "vin": gettext_lazy("telaio"),
}
_SAID = {
    truth.BOOK: gettext_lazy("Ha detto che un appuntamento è preso, ma non risulta."),
    truth.MOVE: gettext_lazy("Ha detto che un appuntamento è spostato, ma non risulta."),
    truth.CANCEL: gettext_lazy("Ha detto che un appuntamento è annullato, ma non risulta."),
    truth.PERSON: gettext_lazy("Ha detto che l'officina è avvisata, ma nessuno è stato avvisato."),
}
_DONE = {
    "book_appointment": gettext_lazy("Ha preso un appuntamento, ma non risulta che l'abbia detto."),
    "reschedule_appointment": gettext_lazy("Ha spostato un appuntamento, ma non risulta che l'abbia detto."),
    "cancel_appointment": gettext_lazy("Ha annullato un appuntamento, ma non risulta che l'abbia detto."),
}
# Broader than a claim: also "la richiesta è registrata", "la aspettiamo giovedì".
_TOLD = re.compile(
    r"prenot|fissat|conferm|segnat|spostat|rimandat|annullat|cancellat|disdett|richiest|agenda|aspett|vediamo|"
    r"book|schedul|reserv|moved|cancel|see you|request",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Deed:
    """One use of a tool. `ok` None: it never answered. `argument` pairs are words for the workshop."""

    asked: str
    arguments: tuple[tuple[str, str], ...]
    ok: bool | None
    answer: str
    seconds: float
    at: datetime
    appointment: Appointment | None


@dataclass(frozen=True)
class Finding:
    """Where words and deeds do not agree. `line` is what was said, with its words; None: it was not said."""

    text: str
    words: str
    line: UUID | None


@dataclass(frozen=True)
class Account:
    """Everything the assistant did in a conversation, and where its words say something else."""

    deeds: list[Deed]
    findings: list[Finding]
    made: list[Appointment]


def account(conversation: Conversation) -> Account:
    """Five queries at any length; of a very long conversation the last part."""
    calls = list(conversation.tool_calls.order_by("-created_at")[:MOST_CALLS])[::-1]
    rows = _appointments(conversation, calls)
    said = ConversationMessage.objects.filter(conversation=conversation, role=MessageRole.ASSISTANT)
    lines = list(said.only("pk", "text", "sent_at").order_by("-position", "-sent_at")[:MOST_LINES])[::-1]
    touched = {call.appointment_id for call in calls if call.appointment_id}
    return Account(
        deeds=[_deed(call, rows) for call in calls],
        findings=[*_unfounded(conversation, lines, calls, rows), *_untold(lines, calls)],
        made=[row for row in rows.values() if row.pk in touched or row.conversation_id == conversation.pk],
    )


def _appointments(conversation: Conversation, calls: Sequence[ToolCall]) -> dict[UUID, Appointment]:
    """What the tools touched, what was made here, and what else the customer has, the newest first. One query."""
    touched = [call.appointment_id for call in calls if call.appointment_id]
    mine = Q(pk__in=touched) | Q(conversation_id=conversation.pk)
    if conversation.customer_id is not None:
        since = conversation.started_at - truth.LONG_PAST
        mine |= Q(customer_id=conversation.customer_id, ends_at__gt=since)
    found = Appointment.objects.filter(mine).select_related("service", "vehicle")
    return {row.pk: row for row in found.order_by("-scheduled_at")[:60]}


def _deed(call: ToolCall, rows: dict[UUID, Appointment]) -> Deed:
    given = call.arguments if isinstance(call.arguments, dict) else {}
    named = ((str(ARGUMENTS.get(name, name)), as_read(value)) for name, value in list(given.items())[:20])
    return Deed(
        asked=str(ASKED.get(call.name, call.name)),
        arguments=tuple((name, value) for name, value in named if value),
        ok=call.ok,
        answer=call.result,
        seconds=round(call.duration_ms / 1000, 1),
        at=call.created_at,
        appointment=rows.get(call.appointment_id) if call.appointment_id else None,
    )


def as_read(value: Any) -> str:
    """An argument as people read it: local ISO times as "gio 26 nov 09:30"."""
    if value is None or isinstance(value, list | dict):
        return ""
    text = one_line(str(value), MOST_VALUE)
    try:
        moment = parse_datetime(text) if "T" in text else None
        return short_when(timezone.make_aware(moment)) if moment and timezone.is_naive(moment) else text
    except (ValueError, OverflowError):
        return text


def _unfounded(
    conversation: Conversation,
    lines: Sequence[ConversationMessage],
    calls: Sequence[ToolCall],
    rows: dict[UUID, Appointment],
) -> Iterator[Finding]:
    """Claims that nothing bears out."""
    claims = [(line, claim) for line in lines for claim in truth.claims(line.text) if claim.kind in _SAID]
    if not claims:
        return
    asked = Handover.objects.filter(conversation=conversation).exists()
    told: set[tuple[Any, str]] = set()
    for line, claim in claims:
        if (line.pk, claim.kind) in told or _bears_out(claim, line.sent_at + NEAR, calls, rows, asked=asked):
            continue
        told.add((line.pk, claim.kind))
        yield Finding(str(_SAID[claim.kind]), one_line(claim.words, MOST_VALUE), line.pk)


def _bears_out(
    claim: truth.Claim,
    by: datetime,
    calls: Sequence[ToolCall],
    rows: dict[UUID, Appointment],
    *,
    asked: bool,
) -> bool:
    done = {call.name for call in calls if call.ok and call.created_at <= by}
    if claim.kind == truth.PERSON:
        return asked or "request_human" in done
    if claim.kind == truth.CANCEL:
        gone = any(row.status == Status.CANCELLED for row in rows.values())
        return gone or "cancel_appointment" in done
    if claim.kind == truth.MOVE and "reschedule_appointment" in done:
        return True
    there = [row for row in rows.values() if row.created_at <= by]
    local = timezone.localtime(by)
    # One that was changed since may have stood where the words say.
    return any(row.updated_at > by or truth.fits(row, claim.words, local) for row in there)


def _untold(lines: Sequence[ConversationMessage], calls: Sequence[ToolCall]) -> Iterator[Finding]:
    """What was done, with no word about it afterwards."""
    for call in calls:
        if not call.ok or call.name not in _DONE or call.appointment_id is None:
            continue
        after = (line.text for line in lines if line.sent_at >= call.created_at - NEAR)
        if not any(_TOLD.search(text) for text in after):
            yield Finding(str(_DONE[call.name]), "", None)


def heading(account: Account) -> str:
    """What is to be said of it in one line."""
    if account.findings:
        return _("Da controllare")
    return _("Parole e fatti coincidono") if account.deeds else _("Non ha usato strumenti")
