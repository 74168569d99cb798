"""Vapi's side of the line, for the tests."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

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
