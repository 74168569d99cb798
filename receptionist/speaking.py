"""What the assistant says in a chat of its own: the line in the conversation, and the message on its way."""

from dataclasses import replace
from datetime import datetime

from receptionist import outbox, welcome
from receptionist.content import Content
from receptionist.models import AIConfig, Conversation, ConversationMessage, MessageRole, Purpose


def say(
    *, row: Conversation, content: Content, key: str, now: datetime, purpose: Purpose = Purpose.REPLY
) -> None:
    """Say it, once per `key`. The first words of a chat say that an AI answers.

    Runs inside a transaction that holds the locked `row`, whose `disclosed_at` and `disclosure` the caller saves.
    Side effects: the line `turn:<key>` in the conversation, one OutboundMessage `reply:<key>`.
    """
    if row.disclosed_at is None:
        opening = welcome.opening(config=AIConfig.load(), conversation=row, now=now)
        content = replace(content, text=f"{opening}\n\n{content.text}".strip())
        row.disclosed_at, row.disclosure = now, opening
    ConversationMessage.objects.create(
        conversation=row,
        role=MessageRole.ASSISTANT,
        text=content.text,
        payload=content.to_json() if content.options else {},
        external_id=f"turn:{key}",
        sent_at=now,
        received_at=now,
        answered_at=now,
    )
    outbox.put(
        channel=row.channel,
        recipient=row.contact,
        line=row.line,
        content=content,
        purpose=purpose,
        conversation=row,
        key=f"reply:{key}",
    )
