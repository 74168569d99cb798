"""Vapi's side of the line, for the tests."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from receptionist import conversations, recording
from receptionist.models import AIConfig, Conversation
from shops.context import in_shop
from shops.models import Shop
from tests.voice.payloads import load, raw

URL = "/api/vapi/webhook"
SECRET = "the-secret-of-the-voice-tests"

Post = Callable[..., Any]


@pytest.fixture(autouse=True)
def vapi_secret(settings: Any) -> str:
    settings.VAPI_WEBHOOK_SECRETS = [SECRET]
    return SECRET


@pytest.fixture
def post(platform_client: Client) -> Post:
    """Send a payload (a file's name, or a dict) as Vapi does; returns the decoded answer of a 200."""

    def post(payload: Any, *, status: int = 200) -> Any:
        data = load(payload) if isinstance(payload, str) else payload
        response = platform_client.generic(
            "POST", URL, raw(data), content_type="application/json", headers={"X-Vapi-Secret": SECRET}
        )
        assert response.status_code == status, response.content
        return response.json()

    return post


@pytest.fixture
def announced(rossi: Shop) -> Conversation:
    """The call of the payloads, whose caller was told that it is recorded."""
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
        call = conversations.open_call(
            external_id=load("end-of-call-report__artifact")["message"]["call"]["id"],
            phone_number="+393331234567",
        )
        sentence = f"Officina Rossi, buongiorno. Sono un'intelligenza artificiale. {recording.ANNOUNCEMENT}"
        conversations.record_disclosure(conversation=call, sentence=sentence)
        return call
