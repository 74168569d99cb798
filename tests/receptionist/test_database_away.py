"""A database that goes in the middle of a turn: nothing is said wrongly, and the next one goes on at once."""

import uuid
from typing import Any

import pytest
from django.db import OperationalError, connection

from receptionist import inbound, toolcalls, turns
from receptionist.inbound import Incoming, Person
from receptionist.models import (
    Conversation,
    ConversationMessage,
    Handover,
    MessageKind,
    OutboundMessage,
    ToolCall,
)
from sandbox.model_stub import model_stub
from shops.context import in_shop
from shops.models import Shop
from tests.database import superuser

ANNA = Person(phone="+393331234567", name="Anna")
SCRIPT: list[dict[str, Any]] = [
    {
        "when": "persona",
        "rounds": [
            {"tool_calls": [{"name": "request_human", "arguments": {"reason": "vuole una persona"}}]},
            {"content": "La richiamiamo."},
        ],
    }
]


def write(text: str) -> uuid.UUID:
    message = Incoming(wire_id=f"wamid.{uuid.uuid4()}", kind=MessageKind.TEXT, text=text)
    return inbound.receive(channel="whatsapp", person=ANNA, line="wa-rossi", message=message).conversation_id


def break_the_connection() -> None:
    """As a restart does: the server ends this session."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        pid = cursor.fetchone()[0]
    with superuser() as admin:
        admin.execute("SELECT pg_terminate_backend(%s)", [pid])


def test_in_the_middle_of_a_tool(
    transactional_db: None, rossi: Shop, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.BURST_WAIT_SECONDS = 0
    claims = []
    claim = toolcalls._claim

    def breaks_once(*given: Any) -> Any:
        claims.append(1)
        if len(claims) == 1:
            break_the_connection()
        return claim(*given)

    monkeypatch.setattr(toolcalls, "_claim", breaks_once)
    with model_stub(SCRIPT) as stub, in_shop(rossi):
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-scripted", stub.url
        place = write("Una persona, per favore")
        with pytest.raises(OperationalError):
            turns.run(conversation_id=place)
        connection.close()  # as between two tasks
        assert OutboundMessage.objects.filter(purpose="reply").count() == 0
        assert Conversation.objects.get().lease_until is None
        turns.run(conversation_id=place)
        assert Handover.objects.count() == 1
        assert [each.ok for each in ToolCall.objects.all()] == [True]
        assert OutboundMessage.objects.filter(purpose="reply").count() == 1
        assert ConversationMessage.objects.filter(role="customer", answered_at=None).count() == 0
