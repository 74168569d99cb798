"""Something said in a chat beside its turns: that a file could not be kept."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from receptionist import handover, languages, outbox, welcome
from receptionist.content import Content
from receptionist.models import AIConfig, Conversation, ConversationMessage, MessageRole, Purpose


def say(*, conversation_id: UUID, italian: str, english: str, key: str) -> bool:
    """Say a sentence in Italian or English, once per `key`; whether it was said.

    Nothing is said in a chat that is over or that a person has. The first words of a chat say that an AI answers, here
    too. Side effects: the line in the conversation, one OutboundMessage. Runs inside the shop.
    """
    now = timezone.now()
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        known = row.messages.filter(external_id=f"turn:{key}").exists()
        if known or row.ended_at is not None or handover.is_silent(row, now):
            return False
        text = italian if languages.is_italian(row.language) else english
        if row.disclosed_at is None:
            opening = welcome.opening(config=AIConfig.load(), conversation=row, now=now)
            text = f"{opening}\n\n{text}"
            row.disclosed_at, row.disclosure = now, opening
            row.save(update_fields=["disclosed_at", "disclosure"])
        ConversationMessage.objects.create(
            conversation=row,
            role=MessageRole.ASSISTANT,
            text=text,
            external_id=f"turn:{key}",
            sent_at=now,
            received_at=now,
            answered_at=now,
        )
        outbox.put(
            channel=row.channel,
            recipient=row.contact,
            line=row.line,
            content=Content(text),
            purpose=Purpose.REPLY,
            conversation=row,
            key=f"reply:{key}",
        )
    return True
