"""What a channel tells again after an erasure brings nobody back; what is new from the same person is new."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from receptionist import gone
from receptionist.models import AIConfig, Conversation, ConversationMessage, GoneMessage, Media, ToolCall
from receptionist.rights import erase, search
from receptionist.tasks import sweep_rights
from scheduling.models import Customer
from shops.context import in_shop
from shops.models import Shop
from tests.receptionist.rights.wire import SPOKEN, Wire
from tests.voice.payloads import load
from tests.whatsapp.conftest import attach_numbers
from tests.whatsapp.payloads import body, message, status, value

CALL = load("end-of-call-report__artifact")["message"]["call"]["id"]
WRITER = "393477654321"


@pytest.fixture
def wire(rossi: Shop, bianchi: Shop, platform_client: Client, settings: Any) -> Wire:
    settings.OPENAI_API_KEY = ""
    attach_numbers()
    return Wire(platform_client, settings)


def forget(rossi: Shop, phone: str) -> None:
    with in_shop(rossi):
        row = erase.erase(customer=Customer.objects.get(phone=phone))
        erase.delete_files(erasure_id=row.pk)
        assert search.look_for([phone]) == []


def nothing_is_known(rossi: Shop, phone: str) -> None:
    with in_shop(rossi):
        assert search.look_for([phone]) == []
        assert not Conversation.objects.exists()
        assert not ConversationMessage.objects.exists()
        assert not Media.objects.exists()
        assert not ToolCall.objects.exists()
        assert not Customer.objects.filter(erased_at=None).exists()


# --- calls --------------------------------------------------------------------------------------------------------


@pytest.fixture
def erased_call(wire: Wire, rossi: Shop) -> Wire:
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
        Customer.objects.create(phone=SPOKEN, first_name="Mario")
    wire.vapi("assistant-request__caller_shown")
    report = load("end-of-call-report__artifact")
    shown = load("assistant-request__caller_shown")["message"]["call"]["id"]
    assert shown == report["message"]["call"]["id"]
    forget(rossi, SPOKEN)
    return wire


@pytest.mark.parametrize(
    ("late", "answer"),
    [
        ("end-of-call-report__artifact", {}),
        ("end-of-call-report__forwarded", {}),
        ("status-update__ended", {}),
        ("status-update__forwarding", {}),
        ("status-update__in_progress", {}),
        ("assistant-request__caller_shown", "error"),
        ("transfer-destination-request__asked_for_a_person", "error"),
        ("function-call__legacy", "result"),
        ("tool-calls__captured_objects", "results"),
    ],
)
def test_a_call_that_was_erased_stays_erased(erased_call: Wire, rossi: Shop, late: str, answer: Any) -> None:
    payload = load(late)
    payload["message"].setdefault("call", {})["id"] = CALL
    said = erased_call.vapi(payload)
    assert said == answer if isinstance(answer, dict) else answer in said
    nothing_is_known(rossi, SPOKEN)


def test_the_same_caller_calls_again_and_is_new(erased_call: Wire, rossi: Shop) -> None:
    payload = load("assistant-request__caller_shown")
    payload["message"]["call"]["id"] = "a-new-call"
    assert "assistant" in erased_call.vapi(payload)
    with in_shop(rossi):
        assert Conversation.objects.get().phone_number == SPOKEN


def test_a_copy_that_is_deleted_of_a_call_that_stays_changes_nothing(wire: Wire, rossi: Shop) -> None:
    """Who refuses to be recorded has the provider's copy deleted; the call goes on."""
    wire.vapi("assistant-request__caller_shown")
    report = load("end-of-call-report__artifact")
    wire.vapi(report)  # its recording was not announced: the copy is to be deleted
    wire.vapi(report)
    with in_shop(rossi):
        assert Conversation.objects.get(external_id=CALL).messages.exists()


# --- chats --------------------------------------------------------------------------------------------------------


def picture(**fields: Any) -> dict[str, Any]:
    return message(
        None,
        sender=WRITER,
        type="image",
        image={"id": "file-1", "mime_type": "image/jpeg", "caption": "Ecco"},
        **fields,
    )


def test_messages_that_come_again_after_the_erasure_are_not_stored(wire: Wire, rossi: Shop) -> None:
    first, second = message("Sono Anna", sender=WRITER), picture()
    thumb = message(None, sender=WRITER, type="reaction", reaction={"message_id": first["id"], "emoji": "❤️"})
    batch = body(value(first, second, thumb))
    wire.send(batch)
    with in_shop(rossi):
        assert ConversationMessage.objects.count() == 3
    forget(rossi, f"+{WRITER}")
    wire.send(batch)
    nothing_is_known(rossi, f"+{WRITER}")


@pytest.mark.parametrize("kind", ["edit", "revoke"])
def test_a_change_of_a_message_that_was_erased_stores_nothing(wire: Wire, rossi: Shop, kind: str) -> None:
    first = message("Sono Anna", sender=WRITER)
    wire.meta(first)
    forget(rossi, f"+{WRITER}")
    part = {"original_message_id": first["id"]} | (
        {"message": {"type": "text", "text": {"body": "Sono Anna Bo"}}} if kind == "edit" else {}
    )
    wire.meta(message(None, sender=WRITER, type=kind, **{kind: part}))
    nothing_is_known(rossi, f"+{WRITER}")


def test_what_the_shop_wrote_from_its_phone_comes_again(wire: Wire, rossi: Shop) -> None:
    wire.meta(message("Sono Anna", sender=WRITER))
    echo = {
        "from": "390212345678",
        "to": WRITER,
        "id": "wamid.echo.1",
        "timestamp": "1795509667",
        "type": "text",
        "text": {"body": "Buongiorno signora Anna"},
    }
    payload = body(value(message_echoes=[echo]), field="smb_message_echoes")
    wire.send(payload)
    with in_shop(rossi):
        assert ConversationMessage.objects.filter(role="staff").exists()
    forget(rossi, f"+{WRITER}")
    wire.send(payload)
    nothing_is_known(rossi, f"+{WRITER}")


def test_a_status_of_a_message_that_is_gone(wire: Wire, rossi: Shop) -> None:
    wire.meta(message("Sono Anna", sender=WRITER))
    forget(rossi, f"+{WRITER}")
    for state in ("sent", "delivered", "read", "failed"):
        wire.meta(statuses=[status("wamid.ours", state, recipient_id=WRITER)])
    nothing_is_known(rossi, f"+{WRITER}")


def test_the_same_writer_writes_again_and_is_new(wire: Wire, rossi: Shop) -> None:
    wire.meta(message("Sono Anna", sender=WRITER))
    forget(rossi, f"+{WRITER}")
    wire.meta(message("Sono di nuovo Anna", sender=WRITER))
    with in_shop(rossi):
        assert Customer.objects.get(phone=f"+{WRITER}").erased_at is None
        assert ConversationMessage.objects.get().text == "Sono di nuovo Anna"


def test_digests_name_nobody_and_are_forgotten(wire: Wire, rossi: Shop) -> None:
    first = message("Sono Anna", sender=WRITER)
    wire.meta(first)
    forget(rossi, f"+{WRITER}")
    with in_shop(rossi):
        row = GoneMessage.objects.get()
        assert first["id"] not in row.digest
        assert gone.was(first["id"])
        GoneMessage.objects.update(gone_at=timezone.now() - gone.REPEATED_FOR - timedelta(minutes=1))
    sweep_rights.run()
    with in_shop(rossi):
        assert not GoneMessage.objects.exists()
