"""The same message many times at the same moment, over HTTP: one effect, one answer."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from receptionist.models import Conversation, ToolCall
from scheduling.models import Appointment, Customer
from shops.context import in_shop
from shops.models import Shop
from tests.voice.conftest import SECRET, URL
from tests.voice.payloads import load, raw
from tests.voice.test_security import next_morning

AT_ONCE = 12


@pytest.fixture
def send_at_once(live_server: Any) -> Any:
    """Send bodies at the same moment; returns the bodies of the answers, all of them 200."""

    def one(body: bytes) -> bytes:
        url = live_server.url.replace("localhost", "127.0.0.1") + URL
        headers = {"X-Vapi-Secret": SECRET, "Content-Type": "application/json", "Host": "localhost"}
        answer = requests.post(url, data=body, headers=headers, timeout=30)
        assert answer.status_code == 200
        return answer.content

    def send_at_once(bodies: list[bytes]) -> list[bytes]:
        with ThreadPoolExecutor(len(bodies)) as pool:
            return list(pool.map(one, bodies))

    return send_at_once


def booking(call_id: str) -> bytes:
    payload = load("tool-calls__captured_objects")
    arguments = {
        "service": "tagliando",
        "start": next_morning(),
        "license_plate": "AB123CD",
        "first_name": "Anna",
        "last_name": "Ferri",
    }
    payload["message"]["toolCallList"] = [
        {"id": call_id, "function": {"name": "book_appointment", "arguments": arguments}}
    ]
    return raw(payload)


def test_one_booking_sent_many_times(send_at_once: Any, transactional_db: None) -> None:
    answers = send_at_once([booking("call_book")] * AT_ONCE)
    assert len(set(answers)) == 1
    assert "Prenotato" in answers[0].decode()
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        counts = [table.objects.count() for table in (Conversation, ToolCall, Appointment, Customer)]
        assert counts == [1, 1, 1, 1]


def test_one_wish_with_many_ids(send_at_once: Any, transactional_db: None) -> None:
    answers = send_at_once([booking(f"call_{number}") for number in range(AT_ONCE)])
    said = [answer.decode() for answer in answers]
    assert sum("Prenotato:" in each for each in said) == 1
    assert sum("Era già prenotato:" in each for each in said) == AT_ONCE - 1
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        counts = [table.objects.count() for table in (Conversation, ToolCall, Appointment, Customer)]
        assert counts == [1, AT_ONCE, 1, 1]


@pytest.mark.parametrize(
    "name", ["assistant-request__caller_shown", "status-update__ended", "end-of-call-report__artifact"]
)
def test_one_message_of_a_call(send_at_once: Any, transactional_db: None, request: Any, name: str) -> None:
    if name.startswith("end"):
        request.getfixturevalue("announced")
    send_at_once([raw(load(name))] * AT_ONCE)
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        conversation = Conversation.objects.get()
        assert conversation.messages.count() == (4 if name.startswith("end") else 0)
        assert conversation.media.count() == (1 if name.startswith("end") else 0)
