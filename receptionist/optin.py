"""Asking, once in a customer's life, whether the shop may write about due dates and offers too.

After a booking in a WhatsApp chat, when the person has gone quiet: nothing waits for the answer, who taps no or does
not answer is not asked again, and the appointment stands either way. The same in guided and in model mode: the question
and the taps on it never pass through either.
"""

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.utils import timezone

from receptionist import consenting, handover, languages, optout, outbox
from receptionist.content import Answer, Content, Option
from receptionist.followups import kinds
from receptionist.models import (
    PROMOTIONAL,
    AIConfig,
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Formality,
    MessageKind,
    MessageRole,
    OutboundMessage,
    Purpose,
    ToolCall,
)
from scheduling.models import Consent

log = structlog.get_logger(__name__)
MODE = "optin"
YES, NO = "promotion:yes", "promotion:no"
TAPS = frozenset({MessageKind.BUTTON, MessageKind.INTERACTIVE})
QUIET = timedelta(seconds=60)
LOOKS = 4
"""How often somebody who goes on writing is waited for."""
_BUTTONS = {"it": ("Sì, volentieri", "No, grazie"), "en": ("Yes, please", "No, thanks")}
_THANKS = {
    ("lei", True): "Grazie, le scriveremo quando serve. Per smettere basta scrivere STOP.",
    ("lei", False): "Va bene, per questo non le scriveremo.",
    ("tu", True): "Grazie, ti scriveremo quando serve. Per smettere basta scrivere STOP.",
    ("tu", False): "Va bene, per questo non ti scriveremo.",
    ("en", True): "Thank you, we will write when something is due. Writing STOP is enough to end it.",
    ("en", False): "All right, we will not write about that.",
}


def after_turn(*, conversation: Conversation, turn_id: UUID | None) -> None:
    """Have somebody asked later, when this turn of a chat booked something. One query; a task."""
    if conversation.channel != Channel.WHATSAPP or turn_id is None:
        return
    booked = ToolCall.objects.filter(
        conversation=conversation, turn_id=turn_id, name="book_appointment", ok=True
    )
    if booked.exists():
        _later(conversation.pk, LOOKS)


def _later(conversation_id: UUID, looks: int) -> None:
    from receptionist.tasks import ask_about_promotion

    ask_about_promotion.queue_in(QUIET.total_seconds(), conversation_id=str(conversation_id), looks=looks)


def ask(*, conversation_id: UUID | str, looks: int = 0) -> OutboundMessage | None:
    """Put the question, if it is time for it and was never put before.

    Not to who answered it in any way or said STOP, nor where a person has the chat, nor in a shop that sends no such
    message. While they go on writing it is looked at again, `looks` times. Runs inside the shop. Side effects: a message
    out, and its line in the chat. Safe to repeat.
    """
    row = Conversation.objects.select_related("customer").filter(pk=conversation_id).first()
    if row is None or not _may_be_asked(row):
        return None
    now = timezone.now()
    if row.turn_id is not None or (row.last_customer_at and row.last_customer_at > now - QUIET):
        if looks > 0:
            _later(row.pk, looks - 1)
        return None
    text = _wording(row)
    yes, no = _BUTTONS["it" if languages.is_italian(row.language) else "en"]
    content = Content(text, options=(Option(YES, yes), Option(NO, no)))
    with transaction.atomic():
        key = f"optin:{row.customer_id}"
        if OutboundMessage.objects.filter(key=key).exists():
            return None
        ConversationMessage.objects.create(
            conversation=row,
            role=MessageRole.ASSISTANT,
            text=text,
            payload=content.to_json(),
            external_id=key,
            sent_at=now,
            received_at=now,
            answered_at=now,
        )
        message = outbox.put(
            channel=row.channel,
            recipient=row.contact,
            line=row.line,
            content=content,
            purpose=Purpose.REPLY,
            conversation=row,
            key=key,
        )
    log.info("asked about promotion")
    return message


def _may_be_asked(row: Conversation) -> bool:
    customer = row.customer
    if customer is None or customer.erased_at or row.status != ConversationStatus.ACTIVE:
        return False
    if row.is_over or handover.is_silent(row) or optout.is_out(customer, row.channel):
        return False
    if consenting.was_asked(customer, Consent.Purpose.MARKETING):
        return False
    wanted = kinds.all_wanted()
    return any(wanted[kind].enabled for kind in PROMOTIONAL)


def _wording(conversation: Conversation) -> str:
    return consenting.wording(
        Consent.Purpose.MARKETING,
        channel=conversation.channel,
        language=conversation.language,
        formality=AIConfig.load().formality,
    )


def rest_of(waiting: Sequence[ConversationMessage]) -> list[ConversationMessage]:
    """What was written besides taps on the question."""
    return [each for each in waiting if _said(each) is None]


def answer(*, conversation: Conversation, waiting: Sequence[ConversationMessage]) -> Answer | None:
    """Keep what a tap on the question says, and thank for it; None when nobody tapped. The last tap counts.

    Side effects: a Consent with the words of the question.
    """
    taps = [said for each in waiting if (said := _said(each)) is not None]
    if not taps or conversation.customer is None:
        return None
    granted = taps[-1]
    put = ConversationMessage.objects.filter(
        conversation__customer=conversation.customer, external_id=f"optin:{conversation.customer_id}"
    )
    consenting.record(
        customer=conversation.customer,
        purpose=Consent.Purpose.MARKETING,
        granted=granted,
        wording=put.values_list("text", flat=True).first() or _wording(conversation),
        channel=conversation.channel,
        conversation_id=conversation.pk,
    )
    return Answer(Content(_thanks(conversation, granted=granted)), mode=MODE)


def _said(message: ConversationMessage) -> bool | None:
    """Yes or no, None for what is no tap on the question."""
    tapped = message.payload.get("id") if isinstance(message.payload, dict) else None
    return {YES: True, NO: False}.get(str(tapped)) if message.kind in TAPS else None


def _thanks(conversation: Conversation, *, granted: bool) -> str:
    if not languages.is_italian(conversation.language):
        return _THANKS["en", granted]
    manner = "tu" if AIConfig.load().formality == Formality.TU else "lei"
    return _THANKS[manner, granted]
