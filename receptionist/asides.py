"""Something said in a chat beside its turns: that a file could not be kept."""

from uuid import UUID

from django.db import transaction
from django.utils import timezone

from receptionist import handover, languages, speaking
from receptionist.content import Content
from receptionist.models import Conversation


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
        speaking.say(row=row, content=Content(text), key=key, now=now)
        row.save(update_fields=["disclosed_at", "disclosure"])
    return True
