"""A visitor leaves their chat for good, as one does at a computer that others use: their token opens nothing any more."""

import uuid
from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from receptionist import phoneproof
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageKind,
    MessageRole,
)
from receptionist.webchat.visitors import LEFT, contact_of, hold

log = structlog.get_logger(__name__)
# For who reads the chat at the shop.
NOTED = "Chi scriveva ha dimenticato la chat: da qui non legge più niente."


def leave(*, visitor: uuid.UUID, now: datetime | None = None) -> bool:
    """End the visitor's chat so that nobody can open it again; whether there was one. Safe to repeat.

    Side effects: codes that wait for a telephone prove nothing any more, a turn that is running is dropped, who reads
    the chat at the shop is told. What was booked stays, and so does a request for a person.
    """
    now = now or timezone.now()
    with transaction.atomic():
        phoneproof.withdraw(contact=contact_of(visitor), now=now)
        chats = Conversation.objects.select_for_update(no_key=True).filter(
            channel=Channel.WEB, contact=contact_of(visitor)
        )
        list(chats)
        hold(visitor)  # a message that is on its way has begun a chat by now, or finds that it may not
        row = chats.filter(ended_at=None).first() or chats.order_by("-started_at").first()
        if row is None:
            return False
        if row.ended_reason != LEFT:
            _end(row, now)
    return True


def _end(row: Conversation, now: datetime) -> None:
    if row.status == ConversationStatus.ACTIVE:
        row.status = ConversationStatus.COMPLETED
    row.ended_at, row.ended_reason = row.ended_at or now, LEFT
    row.turn_id = row.lease_holder = row.lease_until = None
    row.draft = ""
    row.save(
        update_fields=[
            *("status", "ended_at", "ended_reason"),
            *("turn_id", "draft", "lease_holder", "lease_until"),
        ]
    )
    # Nobody would read an answer.
    row.messages.filter(role=MessageRole.CUSTOMER, answered_at=None).update(answered_at=now)
    ConversationMessage.objects.get_or_create(
        conversation=row,
        external_id=LEFT,
        defaults={
            **{"role": MessageRole.SYSTEM, "kind": MessageKind.SYSTEM, "text": NOTED},
            **{"sent_at": now, "received_at": now, "answered_at": now},
        },
    )
    log.info("web chat left")
