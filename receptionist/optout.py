"""STOP: somebody wants no more messages that the shop starts."""

from collections.abc import Sequence

from receptionist.content import Answer, Content
from receptionist.models import Conversation, ConversationMessage

WORDS = frozenset({"stop", "unsubscribe", "cancellami", "annulla iscrizione", "basta messaggi"})


def is_stop(waiting: Sequence[ConversationMessage]) -> bool:
    """Whether one of the messages is nothing but the word."""
    return any(each.text.strip(" .!").lower() in WORDS for each in waiting)


def stop(*, conversation: Conversation) -> Answer:
    """Honour it and confirm it."""
    return Answer(Content("Va bene, non le scriveremo più di nostra iniziativa."), ends=True)
