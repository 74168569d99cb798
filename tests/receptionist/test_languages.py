"""Who writes in another language is told in it that an AI answers; what is fixed besides, in English."""

import pytest

from receptionist import languages, optout, welcome
from receptionist.models import AIConfig, Conversation, ConversationMessage
from shops.models import Shop
from tests.receptionist.conftest import NOW


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("Hallo, ich brauche einen Termin für mein Auto", "de"),
        ("Bonjour, je voudrais un rendez-vous pour ma voiture", "fr"),
        ("Hola, quiero una cita para mi coche mañana", "es"),
        ("Hello, I need an appointment for my car", "en"),
        ("Buongiorno, vorrei un appuntamento", "it"),
        ("AB123CD", "it"),
    ],
)
def test_the_language_of_a_message_is_noted(text: str, code: str) -> None:
    conversation = Conversation(language="it")
    languages.note(conversation, [ConversationMessage(text=text)])
    assert conversation.language == code


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("it", "Officina Rossi, buongiorno. Sono l'assistente virtuale, un'intelligenza artificiale."),
        ("", "Officina Rossi, buongiorno. Sono l'assistente virtuale, un'intelligenza artificiale."),
        ("en-GB", "Officina Rossi, hello. I am the virtual assistant, an artificial intelligence."),
        ("de", "Officina Rossi, guten Tag. Ich bin der virtuelle Assistent, eine künstliche Intelligenz."),
        ("fr", "Officina Rossi, bonjour. Je suis l'assistant virtuel, une intelligence artificielle."),
        ("es", "Officina Rossi, hola. Soy el asistente virtual, una inteligencia artificial."),
        ("pt-BR", "Officina Rossi, olá. Sou o assistente virtual, uma inteligência artificial."),
        ("ro", "Officina Rossi, bună ziua. Sunt asistentul virtual, o inteligență artificială."),
        ("ar", "Officina Rossi, hello. I am the virtual assistant, an artificial intelligence."),
    ],
)
def test_an_ai_answers_is_said_in_the_persons_language(in_rossi: Shop, language: str, told: str) -> None:
    conversation = Conversation(channel="whatsapp", language=language)
    assert welcome.opening(config=AIConfig.load(), conversation=conversation, now=NOW) == told


def test_every_language_that_is_heard_has_its_own_words() -> None:
    assert set(languages._TELLING) - {"it"} <= set(welcome._OPENINGS)


def test_stop_is_confirmed_in_english_to_who_writes_no_italian(in_rossi: Shop) -> None:
    conversation = Conversation(channel="whatsapp", contact="+491701234567", language="de")
    conversation.save()
    waiting = [ConversationMessage(kind="text", text="STOP", conversation=conversation)]
    answer = optout.answer(conversation=conversation, waiting=waiting)
    assert answer
    assert answer.content
    assert answer.content.text.startswith("Done: we will not message you")
