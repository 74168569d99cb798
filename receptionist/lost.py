"""Requests that were lost: an appointment was asked for and none was made, and why, in the workshop's words.

Everything is read from what was kept anyway: the tools that were used and what they answered, what was shown to tap,
what the customer wrote, who was asked for. Nothing is guessed from the tone of a conversation. Whoever came back and
booked, or was booked by the shop afterwards, is not lost.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import (
    BooleanField,
    Case,
    Exists,
    F,
    Func,
    OuterRef,
    Q,
    QuerySet,
    TextChoices,
    TextField,
    Value,
    When,
)
from django.utils.translation import gettext_lazy as _

from receptionist import toolcalls
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    MessageRole,
    ToolCall,
)
from scheduling.models import Appointment
from scheduling.periods import Stretch

# A chat that is silent for so long is not about to book.
QUIET = timedelta(hours=1)
MOST = 500
ASKS = ("check_availability", "book_appointment")
BOOKS = ("book_appointment", "reschedule_appointment")
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

    conversation: Conversation
    reason: Reason
    work: str
    wanted: str
    """When it was wanted, as it was asked for: dates as "2026-11-26", or the customer's words; "" when not said."""
    detail: str
    """The assistant's own sentence, or why a person was asked for; "" when there is nothing to add."""


@dataclass(slots=True)
class _Traces:
    """What is known of one conversation."""

    calls: list[ToolCall] = field(default_factory=list)
    handover: str = ""
    shown: set[str] = field(default_factory=set)


def requests(chosen: Stretch, *, now: datetime, most: int = MOST) -> list[LostRequest]:
    """The lost requests of conversations that began in the stretch, latest first. Four queries, however many.

    A conversation that still goes on is not lost yet. `now` aware.
    """
    rows = list(lost(chosen, now=now).select_related("customer").order_by("-started_at", "pk")[:most])
    traces = _traces([row.pk for row in rows])
    return [_told(row, traces[row.pk]) for row in rows]


def by_reason(found: Iterable[LostRequest]) -> list[tuple[Reason, int]]:
    """How many for each reason, most first."""
    return Counter(each.reason for each in found).most_common()


def lost(chosen: Stretch, *, now: datetime) -> QuerySet[Conversation]:
    """Conversations of the stretch that asked for an appointment, are over or quiet, and led to none."""
    calls = ToolCall.objects.filter(conversation=OuterRef("pk"))
    offered = ConversationMessage.objects.filter(
        _taps('$.options[*].id ? (@ starts with "at:" || @ starts with "svc:")'),
        conversation=OuterRef("pk"),
        role=MessageRole.ASSISTANT,
    )
    own = Appointment.objects.filter(conversation_id=OuterRef("pk"))
    later = Appointment.objects.filter(
        customer_id=OuterRef("customer_id"), created_at__gte=OuterRef("started_at")
    )
    begun = Conversation.objects.filter(started_at__gte=chosen.begins, started_at__lt=chosen.ends)
    return begun.filter(
        Q(Exists(calls.filter(name__in=ASKS))) | Q(Exists(offered)),
        ~Exists(calls.filter(name__in=BOOKS, appointment_id__isnull=False)),
        ~Exists(own),
        ~Exists(later),
    ).exclude(status=ConversationStatus.ACTIVE, active_at__gt=now - QUIET)


class _TapsMatch(Func):
    """Whether a message's payload holds what a JSON path describes."""

    function = "jsonb_path_exists"
    template = "%(function)s(%(expressions)s::jsonpath)"
    output_field = BooleanField()


def _taps(path: str) -> Q:
    return Q(_TapsMatch(F("payload"), Value(path, output_field=TextField())))


# What a message shows of its conversation, in the order in which it is looked for.
_MARKS = (
    ("waits", Q(role=MessageRole.CUSTOMER) & _taps('$.id ? (@ starts with "wait:")')),
    ("other", Q(role=MessageRole.CUSTOMER) & _taps('$.id ? (@ == "svc:other")')),
    (
        "price",
        Q(
            role=MessageRole.CUSTOMER,
            text__iregex=r"tropp[oai] car[oaie]|costa tropp[oi]|troppo alt[oi]|troppi soldi|too expensive|"
            r"troppo per me|da un altr[oa]|altrove",
        ),
    ),
    ("full", Q(role=MessageRole.ASSISTANT) & _taps('$.options[*].id ? (@ starts with "wait:")')),
)


def _traces(ids: Sequence[UUID]) -> dict[UUID, _Traces]:
    """Tools used, a person asked for, what messages show. Three queries."""
    found = {each: _Traces() for each in ids}
    if not ids:
        return found
    for call in ToolCall.objects.filter(conversation__in=ids, name__in=ASKS).order_by("created_at"):
        found[call.conversation_id].calls.append(call)
    handovers = Handover.objects.filter(conversation__in=ids).order_by("created_at")
    for conversation, reason in handovers.values_list("conversation_id", "reason"):
        found[conversation].handover = reason
    marks = Case(*(When(rule, then=Value(name)) for name, rule in _MARKS), output_field=TextField())
    said = ConversationMessage.objects.filter(
        conversation__in=ids, role__in=(MessageRole.CUSTOMER, MessageRole.ASSISTANT)
    )
    for conversation, mark in (
        said.annotate(mark=marks)
        .exclude(mark=None)
        .order_by()
        .values_list("conversation_id", "mark")
        .distinct()
    ):
        found[conversation].shown.add(mark)
    return found


def _told(row: Conversation, traces: _Traces) -> LostRequest:
    last = traces.calls[-1] if traces.calls else None
    reason = _reason(row, last, traces)
    spoken = _sentence(last.result, reason) if last is not None else ""
    return LostRequest(
        conversation=row,
        reason=reason,
        work=next((said for call in reversed(traces.calls) if (said := _said(call, "service"))), ""),
        wanted=_wanted(traces.calls),
        detail=(traces.handover if reason == Reason.PERSON else spoken)[:MAX_WORDS],
    )


def _reason(row: Conversation, last: ToolCall | None, traces: _Traces) -> Reason:
    if row.status == ConversationStatus.FAILED or (
        last is not None and last.result in ("", toolcalls.FAILED)
    ):
        return Reason.FAILURE
    if "waits" in traces.shown or _joined_list(last):
        return Reason.WAITING
    if "price" in traces.shown:
        return Reason.PRICE
    told = _told_by(last.result) if last is not None else None
    if told is None and "other" in traces.shown:
        told = Reason.NOT_OFFERED
    if told is None and "full" in traces.shown:
        told = Reason.FULL
    if told is not None:
        return told
    asked = traces.handover or row.status == ConversationStatus.TRANSFERRED
    return Reason.PERSON if asked else Reason.NO_ANSWER


def _joined_list(last: ToolCall | None) -> bool:
    return last is not None and bool(last.ok) and bool(_said(last, "waiting_list"))


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


def _wanted(calls: Sequence[ToolCall]) -> str:
    """The last days, part of the day or start that was asked for."""
    for call in reversed(calls):
        said = _said(call, "start") or _said(call, "date_from")
        if said:
            return said
    return ""


def _said(call: ToolCall, name: str) -> str:
    """An argument as it came from the model: any JSON at all."""
    value = call.arguments.get(name) if isinstance(call.arguments, dict) else None
    return value.strip()[:MAX_WORDS] if isinstance(value, str) else ""


__all__ = ["LostRequest", "Reason", "by_reason", "lost", "requests"]
