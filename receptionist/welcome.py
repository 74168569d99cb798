"""The first words of a chat: who answers, and that it is an AI (AI Act, art. 50). Kept as proof by the turn."""

from datetime import datetime

from receptionist import languages
from receptionist.italian import one_line
from receptionist.models import AIConfig, Conversation
from receptionist.prompt import first_sentence
from shops.context import current_shop

# A disclosure that is not understood is none. Languages that are missing here get the English one.
_OPENINGS = {
    "en": "{shop}, hello. I am the virtual assistant, an artificial intelligence.",
    "de": "{shop}, guten Tag. Ich bin der virtuelle Assistent, eine künstliche Intelligenz.",
    "fr": "{shop}, bonjour. Je suis l'assistant virtuel, une intelligence artificielle.",
    "es": "{shop}, hola. Soy el asistente virtual, una inteligencia artificial.",
    "pt": "{shop}, olá. Sou o assistente virtual, uma inteligência artificial.",
    "ro": "{shop}, bună ziua. Sunt asistentul virtual, o inteligență artificială.",
}


def opening(*, config: AIConfig, conversation: Conversation, now: datetime) -> str:
    """The greeting with the disclosure, in the conversation's language, without the question: an answer follows."""
    if languages.is_italian(conversation.language):
        return first_sentence(config=config, conversation=conversation, now=now, ask=False)
    said = _OPENINGS.get(conversation.language.partition("-")[0], _OPENINGS["en"])
    return said.format(shop=one_line(current_shop().name))
