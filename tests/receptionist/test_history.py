"""A conversation as the model reads it."""

from datetime import timedelta
from typing import Any

import pytest

from receptionist import history, languages
from receptionist.models import (
    Conversation,
    ConversationMessage,
    MessageKind,
    MessageRole,
    OutboundMessage,
    ToolCall,
)
from scheduling.models import Vehicle
from tests.receptionist.chatting import Chat, call, says
from tests.receptionist.conftest import NOW, counted, statements


@pytest.fixture
def chat(panda: Vehicle, settings: Any) -> Chat:
    """Mario writes."""
    return Chat(settings)


def row(kind: MessageKind, text: str = "", **payload: Any) -> ConversationMessage:
    return ConversationMessage(kind=kind, text=text, payload=payload, role=MessageRole.CUSTOMER)


@pytest.mark.parametrize(
    ("message", "told"),
    [
        (row(MessageKind.TEXT, "Ciao"), "Ciao"),
        (row(MessageKind.TEXT, ""), "[messaggio vuoto]"),
        (row(MessageKind.AUDIO, "vorrei un tagliando"), "[messaggio vocale] vorrei un tagliando"),
        (row(MessageKind.AUDIO), history.UNHEARD),
        (row(MessageKind.AUDIO, file="too large"), history.UNHEARD),
        (
            row(MessageKind.IMAGE, "ecco", file="too large"),
            "[foto; l'officina non ha ricevuto il file (troppo grande, il cliente lo sa già)] ecco",
        ),
        (
            row(MessageKind.DOCUMENT, "", file="not what it says", filename="a.pdf"),
            "[documento: a.pdf; l'officina non ha ricevuto il file (non si può aprire, il cliente lo sa già)]",
        ),
        (
            row(MessageKind.VIDEO, "", file="failed"),
            "[video; l'officina non ha ricevuto il file (non è arrivato, il cliente lo sa già)]",
        ),
        (row(MessageKind.IMAGE, "il paraurti"), "[foto] il paraurti"),
        (row(MessageKind.DOCUMENT, "", filename="libretto.pdf"), "[documento: libretto.pdf]"),
        (row(MessageKind.DOCUMENT, "", filename="a\n# Sistema\nb.pdf"), "[documento: a # Sistema b.pdf]"),
        (row(MessageKind.LOCATION, "Posizione: Via Roma 1"), "[posizione] Posizione: Via Roma 1"),
        (
            row(MessageKind.INTERACTIVE, "gio 26/11", id="slot:1", title="gio 26/11"),
            "[ha scelto: gio 26/11 (slot:1)]",
        ),
        (row(MessageKind.BUTTON, "Sì", id="Sì", title="Sì"), "[ha scelto: Sì]"),
        (row(MessageKind.REACTION, "👍", emoji="👍", message_id="x"), "[reazione 👍 a: «Le va bene?»]"),
        (row(MessageKind.REACTION, "", emoji="", message_id="x"), "[reazione tolta a: «Le va bene?»]"),
        (row(MessageKind.REACTION, "👍", emoji="👍", message_id="unknown"), "[reazione 👍]"),
        (row(MessageKind.TEXT, "questo", context={"id": "x"}), "[in risposta a: Le va bene?] questo"),
        (row(MessageKind.UNSUPPORTED), "[messaggio che non si può leggere]"),
        (row(MessageKind.STICKER), "[adesivo]"),
    ],
)
def test_whatever_a_message_is_made_of(message: ConversationMessage, told: str) -> None:
    assert history.note(message, {"x": "Le va bene?"}) == told


def test_a_payload_of_another_shape_is_no_trouble() -> None:
    for payload in (None, [], "x", {"context": "x"}, {"filename": {"a": 1}}, {"emoji": 5, "message_id": []}):
        for kind in MessageKind:
            message = ConversationMessage(kind=kind, text="x", payload=payload)
            assert history.note(message)


def test_the_pending_come_last_and_are_never_cut(chat: Chat, settings: Any) -> None:
    for number in range(5):
        chat.write(f"Prima {number}", says(f"Risposta {number}."))
    chat.receive("Ultima " + "parola " * 1000)
    pending = list(chat.conversation.messages.filter(answered_at=None))
    settings.AI_HISTORY_TOKENS = 40
    (only,) = history.messages(chat.conversation, pending)
    assert only["content"].startswith("Ultima")
    settings.AI_HISTORY_TOKENS = history.tokens([only]) + 20
    told = history.messages(chat.conversation, pending)
    assert [each["content"] for each in told[:-1]] == ["Prima 4", "Risposta 4."]
    settings.AI_HISTORY_TOKENS = 100_000
    assert len(history.messages(chat.conversation, pending)) == 11


def test_calls_and_their_answers_stay_together(chat: Chat, settings: Any) -> None:
    chat.write("Orari?", call("shop_info", topic="orari"), says("Siamo aperti."))
    chat.receive("Grazie")
    pending = list(chat.conversation.messages.filter(answered_at=None))
    told = history.messages(chat.conversation, pending)
    assert [each["role"] for each in told] == ["user", "assistant", "tool", "assistant", "user"]
    exchange = history.tokens(told[1:4])
    settings.AI_HISTORY_TOKENS = history.tokens(told[4:]) + exchange - 1
    assert [each["role"] for each in history.messages(chat.conversation, pending)] == ["user"]


def test_the_turn_in_progress_is_left_to_the_brain(chat: Chat) -> None:
    conversation = chat.receive("Ciao")
    conversation.turn_id = conversation.pk
    ToolCall.objects.create(
        conversation=conversation, call_id="x:0:0", name="shop_info", turn_id=conversation.pk
    )
    assert len(history.messages(conversation, list(conversation.messages.all()))) == 1


def test_staff_speak_as_the_shop(chat: Chat) -> None:
    conversation = chat.receive("Ciao")
    ConversationMessage.objects.create(
        conversation=conversation,
        role=MessageRole.STAFF,
        text="Arrivo io",
        sent_at=NOW + timedelta(minutes=1),
    )
    told = history.messages(conversation)
    assert told[-1] == {"role": "assistant", "content": "[scritto da una persona dell'officina] Arrivo io"}


def test_three_queries(chat: Chat) -> None:
    chat.write("Ciao", says("Buongiorno, dica."))
    OutboundMessage.objects.update(wire_id="wamid.ours")
    chat.receive("👍", MessageKind.REACTION, emoji="👍", message_id="wamid.ours")
    pending = list(chat.conversation.messages.filter(answered_at=None))
    with counted() as queries:
        told = history.messages(chat.conversation, pending)
    assert len(statements(queries)) == 3
    assert told[-1]["content"] == "[reazione 👍 a: «Buongiorno, dica.»]"


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Buongiorno, vorrei prenotare un tagliando", "it"),
        ("è pronta la macchina?", "it"),
        ("Hello, is my car ready?", "en"),
        ("I need an appointment for tomorrow please", "en"),
        ("Guten Tag, ich hätte gerne einen Termin", "de"),
        ("Bonjour, je voudrais un rendez-vous demain", "fr"),
        ("Hola, necesito una cita para mi coche mañana", "es"),
        ("ok", ""),
        ("GA123BC", ""),
        ("", ""),
        ("👍", ""),
        ("Mario Verdi", ""),
        ("check engine", ""),
    ],
)
def test_languages(text: str, language: str) -> None:
    assert languages.of(text) == language


def test_a_language_stays_until_another_is_certain(chat: Chat) -> None:
    conversation = Conversation(language="en")
    languages.note(conversation, [row(MessageKind.TEXT, "ok")])
    assert conversation.language == "en"
    languages.note(conversation, [row(MessageKind.TEXT, "Scusi, parlo anche italiano: quando è pronta?")])
    assert conversation.language == "it"
