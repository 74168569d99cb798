"""Requests that were lost: an appointment was asked for and none was made, and why, in the workshop's words.

Everything is read from what was kept anyway: the tools that were used and what they answered, what was shown to tap,
what the customer wrote, who was asked for. Nothing is guessed from the tone of a conversation. Whoever came back and
booked, or was booked by the shop afterwards, is not lost.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection
from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _

from receptionist import toolcalls
from receptionist.models import Channel, ConversationStatus
from scheduling.periods import Stretch

# A chat that is silent for so long is not about to book.
QUIET = timedelta(hours=1)
MOST = 500
MAX_WORDS = 120


class Reason(TextChoices):
    """Why nothing was booked; the first one that fits, from the surest to the vaguest."""

    FAILURE = "guasto", _("Qualcosa non ha funzionato")
    WAITING = "attesa", _("Nessun posto: è in lista d'attesa")
    NOT_OFFERED = "lavoro", _("Lavoro che non si prenota")
    PRICE = "prezzo", _("Il prezzo non andava bene")
    FULL = "pieno", _("Nessun posto quando voleva")
    CLOSED = "chiuso", _("Voleva un giorno o un'ora di chiusura")
    NOTICE = "preavviso", _("Troppo presto o troppo lontano")
    PERSON = "persona", _("Ha chiesto una persona")
    NO_ANSWER = "silenzio", _("Non ha più risposto")


@dataclass(frozen=True, slots=True)
class LostRequest:
    """A conversation that asked for an appointment and has none. `work` and `wanted` in the words that were used."""

    pk: UUID
    """The conversation's."""
    who: str
    """The customer's name, else the number, else "" when it was withheld."""
    channel: Channel
    started_at: datetime
    reason: Reason
    work: str
    wanted: str
    """When it was wanted, as it was asked for: dates as "2026-11-26", or the customer's words; "" when not said."""
    detail: str
    """The assistant's own sentence, or why a person was asked for; "" when there is nothing to add."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One use of a tool. `arguments` as they came from the model: any JSON at all."""

    arguments: Any
    result: str
    ok: bool | None

    def said(self, name: str) -> str:
        """An argument; "" for what is no text."""
        value = self.arguments.get(name) if isinstance(self.arguments, dict) else None
        return value.strip()[:MAX_WORDS] if isinstance(value, str) else ""


@dataclass(frozen=True, slots=True)
class _Traces:
    """What is known of one conversation."""

    status: str
    calls: list[_Call]
    handover: str
    """Why a person was asked for last."""
    marks: frozenset[str]
    """What its messages show: waits, other, price, full."""


# Written out, because the day's page asks too, and putting it together anew costs more than the database takes.
# Slots and works that were shown to be tapped have ids that begin with "at:" and "svc:" (receptionist.guided).
# OFFSET 0 changes nothing but the plan: each conversation of the period is looked up, where PostgreSQL would else read
# every tool call and every message that the shop has ever had.
LOST = """
WITH lost AS (
    SELECT c.id, c.channel, c.status, c.started_at, c.phone_number, p.first_name, p.last_name
    FROM receptionist_conversation c LEFT JOIN scheduling_customer p ON p.id = c.customer_id
    WHERE c.started_at >= %(begins)s AND c.started_at < %(ends)s
      AND (c.status <> 'active' OR c.active_at <= %(quiet)s)
      AND (EXISTS (SELECT 1 FROM receptionist_toolcall t WHERE t.conversation_id = c.id
                   AND t.name IN ('check_availability', 'book_appointment') OFFSET 0)
           OR EXISTS (SELECT 1 FROM receptionist_conversationmessage m
                      WHERE m.conversation_id = c.id AND m.role = 'assistant' AND jsonb_path_exists(
                          m.payload, '$.options[*].id ? (@ starts with "at:" || @ starts with "svc:")') OFFSET 0))
      AND NOT EXISTS (SELECT 1 FROM receptionist_toolcall t WHERE t.conversation_id = c.id
                      AND t.name IN ('book_appointment', 'reschedule_appointment')
                      AND t.appointment_id IS NOT NULL OFFSET 0)
      AND NOT EXISTS (SELECT 1 FROM scheduling_appointment a WHERE a.conversation_id = c.id)
      AND NOT EXISTS (SELECT 1 FROM scheduling_appointment a WHERE a.customer_id = c.customer_id
                      AND a.created_at >= c.started_at)
    ORDER BY c.started_at DESC, c.id LIMIT %(most)s
)
SELECT id, channel, status, started_at, phone_number, coalesce(first_name, ''), coalesce(last_name, ''),
       ARRAY(SELECT jsonb_build_array(t.arguments, t.result, t.ok) FROM receptionist_toolcall t
             WHERE t.conversation_id = lost.id AND t.name IN ('check_availability', 'book_appointment')
             ORDER BY t.created_at),
       coalesce((SELECT h.reason FROM receptionist_handover h WHERE h.conversation_id = lost.id
                 ORDER BY h.created_at DESC LIMIT 1), ''),
       ARRAY(SELECT DISTINCT CASE
                 WHEN m.role = 'customer' AND starts_with(m.payload ->> 'id', 'wait:') THEN 'waits'
                 WHEN m.role = 'customer' AND m.payload ->> 'id' = 'svc:other' THEN 'other'
                 WHEN m.role = 'customer' AND m.text ~* %(price)s THEN 'price'
                 WHEN m.role = 'assistant' AND jsonb_path_exists(
                     m.payload, '$.options[*].id ? (@ starts with "wait:")') THEN 'full'
                 ELSE '' END
             FROM receptionist_conversationmessage m WHERE m.conversation_id = lost.id)
FROM lost ORDER BY started_at DESC, id
"""
PRICE = (
    "tropp[oai] car[oaie]|costa tropp[oi]|troppo alt[oi]|troppi soldi|troppo per me|too expensive|"
    "(vado|provo|sento) (altrove|da un altr[oa])"
)


def requests(chosen: Stretch, *, now: datetime, most: int = MOST) -> list[LostRequest]:
    """The lost requests of conversations that began in the stretch, latest first. One query.

    A conversation that still goes on is not lost yet. `now` aware.
    """
    values: dict[str, Any] = {
        "begins": chosen.begins,
        "ends": chosen.ends,
        "quiet": now - QUIET,
        "most": most,
        "price": PRICE,
    }
    with connection.cursor() as cursor:
        cursor.execute(LOST, values)
        return [_told(*row) for row in cursor.fetchall()]


def by_reason(found: Iterable[LostRequest]) -> list[tuple[Reason, int]]:
    """How many for each reason, most first."""
    return Counter(each.reason for each in found).most_common()


def _told(
    pk: UUID,
    channel: str,
    status: str,
    started_at: datetime,
    phone: str,
    first_name: str,
    last_name: str,
    calls: Sequence[Any],
    handover: str,
    marks: Sequence[str],
) -> LostRequest:
    """One row of the query."""
    used = [_Call(*(json.loads(call) if isinstance(call, str) else call)) for call in calls]
    traces = _Traces(status, used, handover, frozenset(marks))
    reason = _reason(traces)
    spoken = _sentence(used[-1].result, reason) if used else ""
    return LostRequest(
        pk=pk,
        who=f"{first_name} {last_name}".strip() or phone,
        channel=Channel(channel),
        started_at=started_at,
        reason=reason,
        work=next((said for call in reversed(used) if (said := call.said("service"))), ""),
        wanted=_wanted(used),
        detail=(handover if reason == Reason.PERSON else spoken)[:MAX_WORDS],
    )


def _reason(traces: _Traces) -> Reason:
    last = traces.calls[-1] if traces.calls else None
    if traces.status == ConversationStatus.FAILED or (
        last is not None and last.result in ("", toolcalls.FAILED)
    ):
        return Reason.FAILURE
    if "waits" in traces.marks or _joined_list(last):
        return Reason.WAITING
    if "price" in traces.marks:
        return Reason.PRICE
    told = _told_by(last.result) if last is not None else None
    if told is None and "other" in traces.marks:
        told = Reason.NOT_OFFERED
    if told is None and "full" in traces.marks:
        told = Reason.FULL
    if told is not None:
        return told
    asked = traces.handover or traces.status == ConversationStatus.TRANSFERRED
    return Reason.PERSON if asked else Reason.NO_ANSWER


def _joined_list(last: _Call | None) -> bool:
    return last is not None and bool(last.ok) and bool(last.said("waiting_list"))


# The sentences by which the tools say why not (receptionist.tools.wording and parsing); a test holds them together.
_SENTENCES: tuple[tuple[Reason, tuple[str, ...]], ...] = (
    (
        Reason.NOT_OFFERED,
        (
            "non è tra quelli prenotabili",
            "Non ci sono lavori prenotabili",
            "Questo lavoro al momento non si può prenotare",
            "Per questo lavoro bisogna sentire l'officina",
        ),
    ),
    (Reason.NOTICE, ("È troppo presto", "È troppo lontano")),
    (Reason.CLOSED, ("siamo chiusi",)),
    (
        Reason.FULL,
        (
            *("non c'è posto", "è tutto occupato", "non ci sono posti liberi", "non è più libero"),
            *("non ci stanno", "non si finirebbe prima"),
        ),
    ),
)


def _told_by(result: str) -> Reason | None:
    """Why not, by the words of a tool's answer; None when it offered what was wanted."""
    return next((reason for reason, marks in _SENTENCES if any(mark in result for mark in marks)), None)


def _sentence(result: str, reason: Reason) -> str:
    """The sentence of a tool's answer that says why not; "" when none does."""
    marks = dict(_SENTENCES).get(reason, ())
    sentences = (each.strip() for each in result.split(". "))
    return next((each for each in sentences if any(mark.rstrip(".") in each for mark in marks)), "")


def _wanted(calls: Sequence[_Call]) -> str:
    """The last days, part of the day or start that was asked for."""
    for call in reversed(calls):
        said = call.said("start") or call.said("date_from")
        if said:
            return said
    return ""
