"""The receptionist's mind: from what was written to what is answered."""

from collections.abc import Sequence
from datetime import datetime

from receptionist import guided
from receptionist.content import Answer
from receptionist.models import Conversation, ConversationMessage


def reply(
    conversation: Conversation,
    *,
    pending: Sequence[ConversationMessage] = (),
    now: datetime | None = None,
) -> Answer:
    """Answer the pending messages of a conversation. Outside of any transaction, inside the shop."""
    return guided.reply(conversation, pending=pending, now=now)
