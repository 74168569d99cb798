"""Looking for work that no worker did. Tasks may be lost (a broker emptied, a worker killed); rows are not."""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.conf import settings
from django.db import connection
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone

from receptionist import channels, inbound, optout, phoneproof, signals, turns
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
)

log = structlog.get_logger(__name__)
# What is younger than this is most likely in a worker's hands.
GRACE = timedelta(seconds=4)
MOST = 500
# Asked first, since most shops have nothing to do at most times and there are thousands: one statement over small
# indexes, written out. It may say yes for nothing, never no for something.
_HAS_WORK = """
SELECT EXISTS (SELECT 1 FROM receptionist_conversationmessage
                WHERE role = 'customer' AND answered_at IS NULL AND wire_id IS NOT NULL AND received_at < %(young)s)
    OR EXISTS (SELECT 1 FROM receptionist_conversationmessage WHERE NOT is_ready)
    OR EXISTS (SELECT 1 FROM receptionist_outboundmessage WHERE status IN ('queued', 'sending'))
    OR EXISTS (SELECT 1 FROM receptionist_media WHERE state = 'pending')
    OR EXISTS (SELECT 1 FROM receptionist_remotecopy WHERE done_at IS NULL AND next_attempt_at <= %(now)s)
    OR EXISTS (SELECT 1 FROM receptionist_conversation
                WHERE ended_at IS NULL AND contact <> '' AND coalesce(last_customer_at, started_at) <= %(silent)s)
"""


def chats_to_answer(now: datetime | None = None) -> list[UUID]:
    """Chats with something unanswered that nobody holds. Of those that a person has, the ones with a STOP. Two queries."""
    now = now or timezone.now()
    waiting = ConversationMessage.objects.filter(
        role=MessageRole.CUSTOMER,
        answered_at__isnull=True,
        wire_id__isnull=False,
        received_at__lt=now - GRACE,
    )
    ready = waiting.filter(Q(is_ready=True) | Q(received_at__lt=now - turns.LONGEST_LISTENING))
    free = Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    spoken_for = Q(status=ConversationStatus.TRANSFERRED, turn_id__isnull=True) & (
        Q(silent_until__isnull=True) | Q(silent_until__gt=now)
    )
    chats = Conversation.objects.filter(free, ended_at__isnull=True)
    rows = chats.filter(Exists(ready.filter(conversation=OuterRef("pk")))).exclude(spoken_for)
    found = list(rows.order_by("last_customer_at").values_list("pk", flat=True)[:MOST])
    theirs = waiting.filter(received_at__gt=now - inbound.SILENCE, conversation__in=chats.filter(spoken_for))
    said = theirs.order_by("-received_at").values_list("conversation_id", "text")[:MOST]
    heard = (pk for pk, text in said if optout.word_of(text) == optout.Word.STOP or phoneproof.code_in(text))
    return [*found, *dict.fromkeys(heard)]


def messages_to_send(now: datetime | None = None) -> list[OutboundMessage]:
    """Messages whose time has come, and those that a sender took and never finished. One query."""
    now = now or timezone.now()
    lost = now - timedelta(seconds=settings.WHATSAPP_LOST_RESPONSE_SECONDS)
    due = Q(status=OutboundStatus.QUEUED, next_attempt_at__lte=now - GRACE)
    stuck = Q(status=OutboundStatus.SENDING, claimed_at__lt=lost)
    return list(OutboundMessage.objects.filter(due | stuck).order_by("created_at")[:MOST])


def end_silent_chats(now: datetime | None = None) -> int:
    """End chats in which nobody wrote for a day; how many. One query, and two for each that ends."""
    now = now or timezone.now()
    silent = Q(last_customer_at__lte=now - inbound.SILENCE)
    never_wrote = Q(last_customer_at__isnull=True, started_at__lte=now - inbound.SILENCE)
    rows = Conversation.objects.filter(silent | never_wrote, ended_at__isnull=True).exclude(contact="")
    return sum(
        inbound.end_silent(conversation_id=pk, now=now) for pk in rows.values_list("pk", flat=True)[:MOST]
    )


def has_work(now: datetime | None = None) -> bool:
    """Whether there may be something to do in the current shop. One statement."""
    now = now or timezone.now()
    with connection.cursor() as cursor:
        cursor.execute(_HAS_WORK, {"young": now - GRACE, "silent": now - inbound.SILENCE, "now": now})
        return bool(cursor.fetchone()[0])


def sweep_shop() -> None:
    """Queue all of it for the current shop. Safe at any time: what is done twice is done once."""
    from receptionist.tasks import answer

    if not has_work():
        return
    chats, messages = chats_to_answer(), messages_to_send()
    for conversation_id in chats:
        answer.queue(conversation_id=str(conversation_id))
    for message in messages:
        channels.get(message.channel).queue(message)
    ended = end_silent_chats()
    signals.work_swept.send(sender=None)
    if chats or messages or ended:
        log.info("swept", chats=len(chats), messages=len(messages), ended=ended)
