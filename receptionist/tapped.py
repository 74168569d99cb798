"""The buttons of messages that we sent: what a tap on one of them proves.

A confirmation or a reminder goes to a number that we know; whoever taps its button holds that number now, and names the
appointment by the code that stood in the message. That is worth as much as the plate. A payload alone is worth nothing:
the message that had the button must have gone to the very contact it comes back from.
"""

from django.db.models import Q, QuerySet

from receptionist.models import (
    Conversation,
    MessageKind,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
    Purpose,
)

TAPPED = (MessageKind.BUTTON, MessageKind.INTERACTIVE)
VERBS = ("confirm", "move", "cancel")
OURS = (Purpose.CONFIRMATION, Purpose.REMINDER)


def sent(conversation: Conversation, code: str) -> QuerySet[OutboundMessage]:
    """The messages with a button for this appointment that went to whom this conversation is with, the last first."""
    people = {conversation.contact, str(conversation.phone_number) if conversation.caller_verified else ""}
    has_button = Q()
    for verb in VERBS:
        payload = f"{verb}:{code}"
        has_button |= Q(content__template__buttons__contains=[payload])
        has_button |= Q(content__options__contains=[{"id": payload}])
    rows = OutboundMessage.objects.filter(
        has_button, channel=conversation.channel, recipient__in=people - {""}, purpose__in=OURS
    )
    return rows.exclude(status=OutboundStatus.FAILED).order_by("-created_at")


def proves(conversation: Conversation, code: str) -> bool:
    """Whether in this conversation a button was tapped that we had sent to this very contact for this appointment."""
    payloads = [f"{verb}:{code}" for verb in VERBS]
    taps = conversation.messages.filter(role=MessageRole.CUSTOMER, kind__in=TAPPED, payload__id__in=payloads)
    return bool(code) and taps.exists() and sent(conversation, code).exists()
