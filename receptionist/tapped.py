"""The buttons of messages that we sent: what a tap on one of them proves, and what a plain yes to one means.

A confirmation or a reminder goes to a number that we know; whoever taps its button holds that number now, and names the
appointment by the code that stood in the message. That is worth as much as the plate. A payload alone is worth nothing:
the message that had the button must have gone to the very contact it comes back from.
"""

from datetime import datetime, timedelta

from django.db.models import Q, QuerySet
from django.utils import timezone

from receptionist.content import Content
from receptionist.italian import read_yes_no
from receptionist.models import (
    Conversation,
    ConversationMessage,
    MessageKind,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
    Purpose,
)

TAPPED = (MessageKind.BUTTON, MessageKind.INTERACTIVE)
VERBS = ("confirm", "move", "cancel")
OURS = (Purpose.CONFIRMATION, Purpose.REMINDER)
# What a plain yes and a plain no to one of our messages mean.
YES, NO = ("confirm", "offer_yes"), ("cancel", "offer_no")
MEANT = "meant"
# A yes is an answer to what was asked yesterday, not to what was asked last week.
FRESH = timedelta(hours=48)
MAX_WORDS = 40


def sent(conversation: Conversation, code: str) -> QuerySet[OutboundMessage]:
    """The messages with a button for this appointment that went to whom this conversation is with, the last first."""
    has_button = Q()
    for verb in VERBS:
        payload = f"{verb}:{code}"
        has_button |= Q(content__template__buttons__contains=[payload])
        has_button |= Q(content__options__contains=[{"id": payload}])
    rows = OutboundMessage.objects.filter(
        has_button, channel=conversation.channel, recipient__in=_names(conversation), purpose__in=OURS
    )
    return rows.exclude(status=OutboundStatus.FAILED).order_by("-created_at")


def proves(conversation: Conversation, code: str) -> bool:
    """Whether in this conversation a button was tapped that we had sent to this very contact for this appointment."""
    payloads = [f"{verb}:{code}" for verb in VERBS]
    tap = Q(kind__in=TAPPED, payload__id__in=payloads) | Q(payload__meant__in=payloads)
    taps = conversation.messages.filter(tap, role=MessageRole.CUSTOMER)
    return bool(code) and taps.exists() and sent(conversation, code).exists()


def meant(conversation: Conversation, message: ConversationMessage, now: datetime | None = None) -> str:
    """The payload of the button that a plain yes or no, or a thumb, means; "" for anything else.

    Words count where a reminder or an offer is the last thing we wrote to this contact; a thumb where it is on one.
    Side effect: what was meant is kept in the message's payload. One query where it may be one, two where it is.
    """
    if message.kind not in (MessageKind.TEXT, MessageKind.REACTION):
        return ""
    text = str(message.payload.get("emoji") or "") if message.kind == MessageKind.REACTION else message.text
    yes = read_yes_no(text) if 0 < len(text) <= MAX_WORDS else None
    asked = None if yes is None else _asked(conversation, message, now or timezone.now())
    ids = [each.id for each in Content.from_json(asked.content).options] if asked else []
    found = next((each for each in ids if each.partition(":")[0] in (YES if yes else NO)), "")
    if found:
        message.payload = {**message.payload, MEANT: found}
        ConversationMessage.objects.filter(pk=message.pk).update(payload=message.payload)
    return found


def _asked(conversation: Conversation, message: ConversationMessage, now: datetime) -> OutboundMessage | None:
    """The reminder or the offer that was answered."""
    rows = OutboundMessage.objects.filter(channel=conversation.channel, recipient__in=_names(conversation))
    if message.kind == MessageKind.REACTION:
        return rows.filter(
            wire_id=str(message.payload.get("message_id") or ""), purpose=Purpose.REMINDER
        ).first()
    went_out = rows.exclude(status__in=(OutboundStatus.QUEUED, OutboundStatus.FAILED))
    last = went_out.order_by("-created_at").first()
    if last is None or last.purpose != Purpose.REMINDER or (last.sent_at or last.created_at) <= now - FRESH:
        return None
    return last


def _names(conversation: Conversation) -> set[str]:
    """What the channel calls whom this conversation is with."""
    verified = str(conversation.phone_number) if conversation.caller_verified else ""
    return {conversation.contact, verified} - {""}
