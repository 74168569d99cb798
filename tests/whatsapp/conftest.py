"""Meta's side of the wire, for the tests."""

from collections.abc import Callable
from typing import Any

import pytest
from celery import Task
from django.test import Client

from shops.context import as_platform
from shops.models import Shop, WhatsAppNumber
from tests.whatsapp.payloads import BIANCHI, ROSSI, WABA, load, raw, signed

URL = "/api/whatsapp/webhook"
SECRET = "the-secret-of-the-whatsapp-tests"
TOKEN = "the-token-of-the-whatsapp-tests"
SHOPS = {ROSSI: "officina-rossi", BIANCHI: "carrozzeria-bianchi"}

Post = Callable[..., Any]


def attach_numbers() -> None:
    """Each shop's number, with a token."""
    with as_platform():
        for line, slug in SHOPS.items():
            WhatsAppNumber.objects.get_or_create(
                phone_number_id=line,
                defaults={
                    "shop": Shop.objects.get(slug=slug),
                    "waba_id": WABA[line],
                    "access_token": TOKEN,
                },
            )


@pytest.fixture
def numbers(rossi: Shop, bianchi: Shop) -> None:
    """Both shops have a WhatsApp number: wa-rossi and wa-bianchi."""
    attach_numbers()


@pytest.fixture
def post(platform_client: Client, numbers: None, settings: Any) -> Post:
    """Send a payload (a file's name, a dict, or bytes) as Meta does; returns the response."""
    settings.WHATSAPP_APP_SECRETS = [SECRET]

    def post(payload: Any, *, status: int = 200) -> Any:
        data = load(payload) if isinstance(payload, str) else payload
        body = data if isinstance(data, bytes) else raw(data)
        response = platform_client.generic(
            "POST", URL, body, content_type="application/json", headers=signed(body, SECRET)
        )
        assert response.status_code == status, response.content
        return response

    return post


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, Any]]]:
    """What is sent to the broker: names of tasks and their arguments."""
    sent: list[tuple[str, dict[str, Any]]] = []

    def remember(self: Task, *_args: Any, kwargs: dict[str, Any], **_options: Any) -> None:
        sent.append((self.name, kwargs))

    monkeypatch.setattr(Task, "apply_async", remember)
    return sent
