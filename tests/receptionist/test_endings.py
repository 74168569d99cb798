"""A chat that ends at the very moment in which its person writes again: nothing is left in a chat that is over."""

import threading
import time
import uuid
from typing import Any

import pytest
from django.db import connection

from receptionist import inbound, turns
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import Conversation, ConversationMessage, MessageKind, MessageRole
from sandbox.model_stub import model_stub
from shops.context import in_shop
from shops.models import Shop
from tests.database import superuser

ANNA = Person(phone="+393331234567", name="Anna")
SCRIPT: list[dict[str, Any]] = [
    {"when": "^grazie", "rounds": [{"content": "A presto.", "delay_ms": 700}]},
    {"when": "", "rounds": [{"content": "Va bene."}]},
]


def write(text: str) -> Received:
    message = Incoming(wire_id=f"wamid.{uuid.uuid4()}", kind=MessageKind.TEXT, text=text)
    return inbound.receive(channel="whatsapp", person=ANNA, line="wa-rossi", message=message)


def in_thread(shop: Shop, work: Any) -> threading.Thread:
    def run() -> None:
        try:
            with in_shop(shop):
                work()
        finally:
            connection.close()

    thread = threading.Thread(target=run)
    thread.start()
    return thread


def left() -> int:
    return ConversationMessage.objects.filter(role=MessageRole.CUSTOMER, answered_at=None).count()


@pytest.fixture
def model(settings: Any) -> Any:
    settings.BURST_WAIT_SECONDS = 0
    with model_stub(SCRIPT) as stub:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-scripted", stub.url
        yield stub


def test_what_comes_while_a_goodbye_is_answered(transactional_db: None, rossi: Shop, model: Any) -> None:
    with in_shop(rossi):
        place = write("Vengo domani")
        turns.run(conversation_id=place.conversation_id)
        write("Grazie")
        teller = in_thread(rossi, lambda: turns.run(conversation_id=place.conversation_id))
        time.sleep(0.35)
        write("Un'altra cosa")
        teller.join(20)
        assert left() == 0
        assert Conversation.objects.count() == 1


def test_without_another_word_a_goodbye_ends_the_chat(
    transactional_db: None, rossi: Shop, model: Any
) -> None:
    with in_shop(rossi):
        for text in ("Vengo domani", "Grazie"):
            place = write(text)
            turns.run(conversation_id=place.conversation_id)
        assert Conversation.objects.get().ended_at is not None


def test_a_message_does_not_go_into_a_chat_that_has_just_ended(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        first = write("Ciao")
    with superuser() as admin, superuser() as other:
        with other.transaction():
            other.execute(
                "UPDATE shop_officina_rossi.receptionist_conversation SET ended_at = now(), status = 'completed'"
            )
            teller = in_thread(rossi, lambda: write("Ancora una cosa"))
            until = time.monotonic() + 10
            while not admin.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
                assert time.monotonic() < until
                time.sleep(0.02)
        teller.join(10)
    with in_shop(rossi):
        message = ConversationMessage.objects.get(text="Ancora una cosa")
        assert message.conversation_id != first.conversation_id
        assert message.conversation.ended_at is None
