"""Vapi's webhook through the shared security suite, once for each way to prove a request."""

import base64
import hashlib
import hmac
import itertools
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import holidays
import pytest

from receptionist.models import Conversation, ConversationMessage, Handover, Media, ToolCall
from scheduling.models import Appointment, Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop, UnroutedEvent
from tests.voice.conftest import URL
from tests.voice.payloads import load, raw
from tests.webhook_cases import SECRET, SignedTimeCases, WebhookCases

TABLES = (Conversation, ConversationMessage, ToolCall, Media, Handover, Appointment, Customer, Vehicle)
HOLIDAYS = holidays.country_holidays("IT")
_numbers = itertools.count(1)


class VapiCases(WebhookCases):
    """What the three ways share."""

    url = URL

    @pytest.fixture(autouse=True)
    def vapi_secret(self) -> None:
        """The suite configures its own secrets."""

    def use_secrets(self, settings: Any, *secrets: str) -> None:
        settings.VAPI_WEBHOOK_SECRETS = list(secrets)

    def body(self) -> bytes:
        payload = load("tool-calls__captured_objects")
        payload["message"]["call"]["id"] = f"call-of-the-suite-{next(_numbers)}"
        return raw(payload)

    def stored(self) -> Any:
        found: dict[str, Any] = {"unrouted": list(UnroutedEvent.objects.values_list("count", flat=True))}
        for shop in Shop.objects.all():
            with in_shop(shop):
                for table in TABLES:
                    found[f"{shop.slug}.{table.__name__}"] = sorted(map(str, table.objects.values_list()))
        return found


REPEATED = [
    "assistant-request__caller_shown",
    "assistant-request__caller_withheld",
    "assistant-request__unknown_line",
    "tool-calls__three_at_once",
    "tool-calls__unknown_line",
    "function-call__legacy",
    "transfer-destination-request__asked_for_a_person",
    "status-update__forwarding",
    "status-update__ended",
    "end-of-call-report__artifact",
    "end-of-call-report__older_capture",
]


class TestPlainSecret(VapiCases):
    """The suite, and every message that stores something, sent again."""

    def sign(self, body: bytes, secret: str, *, seconds_ago: int = 0) -> Mapping[str, str]:
        return {"X-Vapi-Secret": secret}

    @pytest.mark.parametrize("name", REPEATED)
    def test_replayed_message(self, platform_client: Any, name: str) -> None:
        body = raw(load(name))
        first = self.send(platform_client, body, self.sign(body, SECRET))
        stored = self.stored()
        for _time in range(2):
            again = self.send(platform_client, body, self.sign(body, SECRET))
            assert again.content == first.content
            without_counts = {**self.stored(), "unrouted": stored["unrouted"]}
            assert without_counts == stored

    def test_a_booking_that_is_replayed_is_one(self, platform_client: Any, rossi: Shop) -> None:
        offer = load("tool-calls__captured_objects")
        body = raw(offer)
        self.send(platform_client, body, self.sign(body, SECRET))
        booking = load("tool-calls__captured_objects")
        booking["message"]["toolCallList"] = [
            {
                "id": "call_book",
                "function": {
                    "name": "book_appointment",
                    "arguments": {
                        "service": "tagliando",
                        "start": next_morning(),
                        "license_plate": "AB123CD",
                        "first_name": "Anna",
                        "last_name": "Ferri",
                    },
                },
            }
        ]
        body = raw(booking)
        answers = {self.send(platform_client, body, self.sign(body, SECRET)).content for _time in range(3)}
        assert len(answers) == 1
        assert "Prenotato" in answers.pop().decode()
        with in_shop(rossi):
            assert Appointment.objects.count() == 1
            assert Customer.objects.count() == 1


class TestBearer(VapiCases):
    def sign(self, body: bytes, secret: str, *, seconds_ago: int = 0) -> Mapping[str, str]:
        return {"Authorization": f"Bearer {secret}"}


class TestSignature(SignedTimeCases, VapiCases):
    def sign(self, body: bytes, secret: str, *, seconds_ago: int = 0) -> Mapping[str, str]:
        stamp = str(int(time.time()) - seconds_ago)
        return {"x-timestamp": stamp, "x-signature": self.digest(stamp, body, secret).hex()}

    def digest(self, stamp: str, body: bytes, secret: str) -> bytes:
        return hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256).digest()

    def test_milliseconds_and_base64(self, platform_client: Any) -> None:
        body, stamp = self.body(), str(int(time.time() * 1000))
        digest = base64.b64encode(self.digest(stamp, body, SECRET)).decode()
        headers = {"x-timestamp": stamp, "x-signature": f"sha256={digest}"}
        assert self.send(platform_client, body, headers).status_code == 200


def next_morning() -> str:
    """A Thursday morning that is no holiday, some weeks ahead, as local ISO time."""
    day = datetime.now().date() + timedelta(days=14)  # noqa: DTZ005
    day += timedelta(days=(3 - day.weekday()) % 7)
    while day in HOLIDAYS:
        day += timedelta(days=7)
    return f"{day.isoformat()}T09:30"
