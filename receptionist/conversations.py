"""The life of a conversation: opened, followed and closed by events that may come twice and in any order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import structlog
from django.db import connection, transaction
from django.utils import timezone

from receptionist import identity, storable
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Media,
    MediaKind,
    MediaState,
    MessageRole,
)
from receptionist.models.config import is_own_number
from scheduling.models import Appointment, Customer
from shops.context import log_conversation
from shops.db.fetched import as_fetched
from shops.db.written import written_rows
from shops.phones import normalise_phone

log = structlog.get_logger(__name__)
MAX_MESSAGES = 1000
MAX_MESSAGE = 10_000
# Every message of a call begins with this query: written out, and without the long texts, it takes a third of
# the time. What it leaves out is fetched when it is asked for.
_CONVERSATION = (
    *("id", "customer_id", "channel", "external_id", "phone_number", "caller_verified"),
    *("status", "language", "started_at", "ended_at", "disclosed_at", "created_at"),
)
_CUSTOMER = ("id", "phone", "first_name", "last_name", "language")
_FIND = """
    SELECT v.id, v.customer_id, v.channel, v.external_id, v.phone_number, v.caller_verified,
           v.status, v.language, v.started_at, v.ended_at, v.disclosed_at, v.created_at,
           c.id, c.phone, c.first_name, c.last_name, c.language,
           v.id IS NULL AND EXISTS (SELECT 1 FROM receptionist_remotecopy
                                     WHERE service = 'vapi' AND external_id = %(id)s)
      FROM (SELECT 1) AS one
      LEFT JOIN receptionist_conversation v ON v.channel = 'voice' AND v.external_id = %(id)s
      LEFT JOIN scheduling_customer c ON c.id = v.customer_id
"""
# What a call can still become. A report that comes late may make "completed" more precise, nothing goes back.
_ALLOWED = {
    ConversationStatus.ACTIVE: {
        ConversationStatus.COMPLETED,
        ConversationStatus.TRANSFERRED,
        ConversationStatus.FAILED,
    },
    ConversationStatus.COMPLETED: {ConversationStatus.TRANSFERRED, ConversationStatus.FAILED},
}


class CallIsGone(Exception):
    """The call's conversation was deleted, with all that is known of the caller: nothing of it is stored again."""


@dataclass(frozen=True)
class Line:
    """One thing that was said, as a channel reports it. `sent_at` aware; None: not reported."""

    role: MessageRole
    text: str
    sent_at: datetime | None = None


def open_call(
    *, external_id: str, phone_number: str | None, started_at: datetime | None = None
) -> Conversation:
    """The conversation of the call `external_id`, opened if this is its first event. Safe to repeat.

    `phone_number` is the caller's as the signed envelope names it. A known verified number brings its
    customer; none, nonsense, or the shop's own number (a forwarded line hides the caller) counts as withheld.
    `started_at` is aware. One query when the call is known, five at most. Log lines carry the conversation
    from here on. Raises CallIsGone when the conversation was erased, or its words deleted with its caller.
    """
    call_id = storable.key(external_id)
    found = _find(call_id)
    phone = normalise_phone(phone_number) or ""
    if found is None:
        who = _caller(phone)
        row = Conversation(
            channel=Channel.VOICE, external_id=call_id, started_at=started_at or timezone.now(), **who
        )
        # Two first events of one call may come at once.
        with written_rows() as written:
            Conversation.objects.bulk_create([row], ignore_conflicts=True)
        found = row if written.count else _find(call_id)
        assert found is not None  # noqa: S101 - it was inserted, by us or by the other
        log_conversation(found.pk)
        log.info("conversation opened", channel="voice", known=found.customer_id is not None)
        return found
    log_conversation(found.pk)
    if phone and not found.phone_number:
        _learn_caller(found, phone)
    return found


def _find(call_id: str) -> Conversation | None:
    """The conversation of a call with its customer, as if the ORM had fetched them. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_FIND, {"id": call_id})
        *row, is_gone = cursor.fetchone()
    if is_gone:
        raise CallIsGone
    if row[0] is None:
        return None
    found = as_fetched(Conversation, _CONVERSATION, row[: len(_CONVERSATION)])
    customer = row[len(_CONVERSATION) :]
    if customer[0] is not None:
        found.customer = as_fetched(Customer, _CUSTOMER, customer)
    return found


def _caller(phone: str) -> dict[str, Any]:
    """What is known of the caller with this number (E.164, "" when withheld)."""
    if not phone or is_own_number(phone):
        return {"phone_number": "", "caller_verified": False, "customer": None}
    customer = identity.find_customer(channel=Channel.VOICE, phone=phone)
    return {"phone_number": phone, "caller_verified": True, "customer": customer}


def _learn_caller(conversation: Conversation, phone: str) -> None:
    """An earlier event of the call named no caller, this one does."""
    who = _caller(phone)
    if not who["caller_verified"]:
        return
    conversation.phone_number, conversation.caller_verified = phone, True
    customer: Customer | None = who["customer"]
    if conversation.customer_id is None:
        conversation.customer = customer
    conversation.save(update_fields=["phone_number", "caller_verified", "customer"])


def record_disclosure(*, conversation: Conversation, sentence: str, at: datetime | None = None) -> None:
    """Keep the proof that the caller was told of the AI: the exact first sentence and when. The first counts."""
    if conversation.disclosed_at:
        return
    conversation.disclosed_at, conversation.disclosure = at or timezone.now(), sentence
    conversation.save(update_fields=["disclosed_at", "disclosure"])


def record_status(
    *, conversation: Conversation, status: ConversationStatus, at: datetime | None = None, reason: str = ""
) -> bool:
    """The call became `status`; whether that changed anything. Never goes backwards: see `_ALLOWED`.

    A status other than active or transferred ends the conversation, at `at` (aware) or now.
    """
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        changed = _advance(row, status)
        if status in (ConversationStatus.COMPLETED, ConversationStatus.FAILED) and row.ended_at is None:
            row.ended_at, changed = at or timezone.now(), True
        if reason and not row.ended_reason:
            row.ended_reason, changed = storable.text(reason, 200), True
        if changed:
            row.save(update_fields=["status", "ended_at", "ended_reason"])
    _refresh(conversation, row)
    return changed


def finish_call(
    *,
    conversation: Conversation,
    ended_reason: str = "",
    messages: Sequence[Line] = (),
    summary: str = "",
    cost: Decimal | None = None,
    started_at: datetime | None = None,
    ended_at: datetime | None = None,
    recording_url: str = "",
    recording_expires_at: datetime | None = None,
) -> Media | None:
    """Store the report of a call that ended; safe to repeat, before or after the call's other events.

    Times are aware, `cost` in US dollars. A repeated report adds the messages that were missing and never
    replaces what is kept. Returns the recording to fetch (a Media row in state pending, with the newest
    link), or None. The caller queues the fetching. A transcript of an AI call is no proof of who said what:
    it is kept as heard.
    """
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation.pk)
        _advance(row, status_for(ended_reason))
        row.ended_reason = storable.text(ended_reason, 200) or row.ended_reason
        if row.purged_at is not None:  # a report that comes again does not bring back what was deleted
            messages, summary, recording_url = (), "", ""
        row.summary = storable.text(summary, 5000) or row.summary
        row.cost = _cost(cost) if cost is not None else row.cost
        row.started_at = min(started_at, row.started_at) if started_at else row.started_at
        row.ended_at = ended_at or row.ended_at or timezone.now()
        row.active_at = max(row.started_at, row.ended_at)
        row.save()
        _keep_messages(row, messages)
        media = _expect_recording(row, recording_url, recording_expires_at) if recording_url else None
    _refresh(conversation, row)
    log.info("conversation finished", status=row.status, messages=len(messages), recording=bool(media))
    return media


def status_for(ended_reason: str) -> ConversationStatus:
    """What Vapi's `endedReason` makes of a call. Unknown reasons are an ordinary end."""
    reason = ended_reason.lower()
    if "forward" in reason and "error" not in reason:
        return ConversationStatus.TRANSFERRED
    failures = (
        "error",
        "failed",
        "not-found",
        "invalid",
        "rejected",
        "timed-out",
        "worker-died",
        "unavailable",
    )
    if any(word in reason for word in failures) and reason != "silence-timed-out":
        return ConversationStatus.FAILED
    return ConversationStatus.COMPLETED


def appointments_of(conversation: Conversation) -> list[Appointment]:
    """The appointments this conversation made, in the order of their time. One query."""
    made = Appointment.objects.filter(conversation_id=conversation.pk)
    return list(made.select_related("service", "vehicle").order_by("scheduled_at"))


def _advance(row: Conversation, status: ConversationStatus) -> bool:
    if status not in _ALLOWED.get(ConversationStatus(row.status), set()):
        return False
    row.status = status
    return True


def _refresh(conversation: Conversation, row: Conversation) -> None:
    for name in ("status", "summary", "cost", "started_at", "ended_at", "ended_reason"):
        setattr(conversation, name, getattr(row, name))


def _cost(cost: Decimal) -> Decimal | None:
    """A cost that fits its column; nonsense is dropped."""
    if not cost.is_finite() or not 0 <= cost < 1_000_000:
        log.warning("cost out of range")
        return None
    return cost.quantize(Decimal("0.0001"))


def _keep_messages(row: Conversation, messages: Sequence[Line]) -> None:
    """Each message has its place in the call as its id, so a report that comes again adds nothing twice."""
    said = [line for line in messages if line.text.strip()][:MAX_MESSAGES]
    ConversationMessage.objects.bulk_create(
        [
            ConversationMessage(
                conversation=row,
                role=line.role,
                text=storable.text(line.text, MAX_MESSAGE),
                external_id=f"{number}",
                sent_at=line.sent_at or row.ended_at or timezone.now(),
                position=number,
            )
            for number, line in enumerate(said)
        ],
        ignore_conflicts=True,
    )


def _expect_recording(row: Conversation, url: str, expires_at: datetime | None) -> Media | None:
    """The one recording of the call, to be fetched from its newest link; None when it is already kept."""
    media, _created = Media.objects.get_or_create(conversation=row, kind=MediaKind.RECORDING)
    if media.state in (MediaState.STORED, MediaState.PURGED):
        return None
    media.source_url, media.link_expires_at = storable.text(url), expires_at
    media.state = MediaState.PENDING
    media.save(update_fields=["source_url", "link_expires_at", "state"])
    return media
