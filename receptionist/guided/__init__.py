"""The guided mode: without a model, through lists and buttons."""

from collections.abc import Sequence
from datetime import datetime

from django.utils import timezone

from receptionist import handover
from receptionist.content import Answer, Content
from receptionist.models import Conversation, ConversationMessage


def reply(
    conversation: Conversation,
    *,
    pending: Sequence[ConversationMessage] = (),
    now: datetime | None = None,
) -> Answer:
    """Answer the pending messages by the next step."""
    now = now or timezone.now()
    row = handover.ask(conversation=conversation, reason="", now=now, transfer=False)
    return Answer(Content(handover.say_next(row, now)))
