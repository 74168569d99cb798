"""What a visitor's page is shown: their own messages, what is being written, and who has the chat."""

import hashlib
import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Count, Exists, OuterRef, Q, Subquery
from django.utils import timezone

from receptionist import handover, phoneproof
from receptionist.models import Channel, Conversation, ConversationMessage, MessageKind, MessageRole
from receptionist.webchat.visitors import contact_of

MOST = 100
# Rows are committed a little out of their order: who asks for what came after one gets a little more.
OVERLAP = timedelta(minutes=2)
# An answer that has not come by then is no longer announced.
PATIENCE = timedelta(seconds=90)
SHOWN = (MessageRole.CUSTOMER, MessageRole.ASSISTANT, MessageRole.STAFF)
_SAID = Q(role__in=SHOWN) & ~Q(kind=MessageKind.SYSTEM)
_NOTES = Q(role=MessageRole.SYSTEM) & (
    Q(external_id__startswith=phoneproof.PROVED) | Q(external_id__startswith=phoneproof.TAKEN_BACK)
)


@dataclass(frozen=True)
class Seen:
    """How a visitor's chat is at this moment. `tag` changes with everything that is shown."""

    conversation: Conversation | None
    typing: bool
    person: bool
    proved: bool
    draft: str
    tag: str


def look(visitor: uuid.UUID, now: datetime | None = None) -> Seen:
    """The state of the visitor's last chat. One query."""
    now = now or timezone.now()
    row = _last(visitor, now)
    if row is None:
        return Seen(None, typing=False, person=False, proved=False, draft="", tag="none")
    open_ = row.ended_at is None
    person = open_ and handover.is_silent(row, now)
    typing = open_ and not person and (row.waits or row.turn_id is not None)  # type: ignore[attr-defined]
    draft = row.draft if open_ and row.turn_id is not None else ""
    proved = open_ and row.caller_verified
    shown = [row.pk, row.status, typing, person, proved, draft, row.last_id, row.number]  # type: ignore[attr-defined]
    tag = hashlib.sha256("\n".join(map(str, shown)).encode()).hexdigest()[:24]
    return Seen(row, typing=typing, person=person, proved=proved, draft=draft, tag=tag)


def _last(visitor: uuid.UUID, now: datetime) -> Conversation | None:
    said = ConversationMessage.objects.filter(conversation=OuterRef("pk"))
    shown = said.filter(_SAID | _NOTES)
    waits = said.filter(
        role=MessageRole.CUSTOMER,
        answered_at__isnull=True,
        received_at__gt=now - PATIENCE,
        wire_id__isnull=False,
    )
    chats = Conversation.objects.filter(channel=Channel.WEB, contact=contact_of(visitor))
    return (
        chats.annotate(
            last_id=Subquery(shown.order_by("-sent_at", "-received_at").values("pk")[:1]),
            number=Subquery(shown.order_by().values("conversation").annotate(n=Count("pk")).values("n")),
            waits=Exists(waits),
        )
        .order_by("-started_at")
        .first()
    )


def messages_after(visitor: uuid.UUID, after: str = "") -> list[ConversationMessage]:
    """The visitor's messages and the notes on their proof, the oldest first: the last ones, or those since about `after`.

    What a page has already may come again; messages have ids. Two queries at most.
    """
    mine = ConversationMessage.objects.filter(
        _SAID | _NOTES, conversation__channel=Channel.WEB, conversation__contact=contact_of(visitor)
    )
    try:
        pk = uuid.UUID(after) if after else None
    except ValueError:
        pk = None
    since = mine.filter(pk=pk).values_list("sent_at", flat=True).first() if pk else None
    rows = mine.filter(sent_at__gte=since - OVERLAP) if since else mine
    return list(rows.order_by("-sent_at", "-received_at")[:MOST])[::-1]
