"""The first words of a chat: who answers, and that it is an AI (AI Act, art. 50). Kept as proof by the turn."""

from datetime import datetime

from receptionist.italian import one_line
from receptionist.models import AIConfig, Conversation
from receptionist.prompt import first_sentence
from shops.context import current_shop


def opening(*, config: AIConfig, conversation: Conversation, now: datetime) -> str:
    """The greeting with the disclosure, in the conversation's language, without the question: an answer follows."""
    if conversation.language.startswith("en"):
        shop = one_line(current_shop().name)
        return f"{shop}, hello. I am the virtual assistant, an artificial intelligence."
    return first_sentence(config=config, conversation=conversation, now=now, ask=False)
