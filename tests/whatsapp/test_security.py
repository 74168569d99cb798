"""WhatsApp's webhook through the shared security suite."""

import hashlib
import hmac
import itertools
from collections.abc import Mapping
from typing import Any

import pytest

from receptionist.models import Conversation, ConversationMessage, Media, OutboundMessage
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop, UnroutedEvent
from tests.webhook_cases import SECRET, SignedBodyCases
from tests.whatsapp.conftest import URL
from tests.whatsapp.payloads import body, load, message, names, raw, value

TABLES = (Conversation, ConversationMessage, Media, OutboundMessage, Customer, ChannelIdentity)
# What changes when a person writes again, though no new message came.
PASSING = {"last_customer_at"}
_numbers = itertools.count(1)


class TestSignature(SignedBodyCases):
    """The suite, and every payload sent again."""

    url = URL

    @pytest.fixture(autouse=True)
    def _numbers_of_shops(self, numbers: None) -> None:
        """Both shops have a number."""

    def use_secrets(self, settings: Any, *secrets: str) -> None:
        settings.WHATSAPP_APP_SECRETS = list(secrets)

    def sign(self, body: bytes, secret: str, *, seconds_ago: int = 0) -> Mapping[str, str]:
        digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
        return {"X-Hub-Signature-256": f"sha256={digest}"}

    def body(self) -> bytes:
        return raw(body(value(message(f"Ciao {next(_numbers)}"))))

    def stored(self) -> Any:
        found: dict[str, Any] = {"unrouted": list(UnroutedEvent.objects.values_list("count", flat=True))}
        for shop in Shop.objects.all():
            with in_shop(shop):
                for table in TABLES:
                    names = [each.attname for each in table._meta.concrete_fields if each.name not in PASSING]
                    found[f"{shop.slug}.{table.__name__}"] = sorted(
                        map(str, table.objects.values_list(*names))
                    )
        return found

    @pytest.mark.parametrize("name", names())
    def test_replayed_payload(self, platform_client: Any, name: str) -> None:
        body = raw(load(name))
        first = self.send(platform_client, body, self.sign(body, SECRET))
        stored = self.stored()
        for _time in range(2):
            again = self.send(platform_client, body, self.sign(body, SECRET))
            assert (again.status_code, again.content) == (200, first.content)
            assert {**self.stored(), "unrouted": stored["unrouted"]} == stored

    @pytest.mark.parametrize(
        "header",
        [
            "sha256=",
            "sha1=0000",
            "",
            "sha256=" + "0" * 64,
            "sha256=" + "é" * 64,
            "SHA256",
            "sha256=" + "0" * 100_000,
        ],
        ids=lambda value: value[:20],
    )
    def test_odd_signatures(self, platform_client: Any, header: str) -> None:
        self.refused(platform_client, self.body(), {"X-Hub-Signature-256": header})

    def test_the_older_sha1_signature_is_not_enough(self, platform_client: Any) -> None:
        body = self.body()
        digest = hmac.new(SECRET.encode(), body, hashlib.sha1).hexdigest()
        self.refused(platform_client, body, {"X-Hub-Signature": f"sha1={digest}"})
        self.refused(platform_client, body, {"X-Hub-Signature-256": f"sha1={digest}"})

    def test_upper_case_digits(self, platform_client: Any) -> None:
        body = self.body()
        signed = self.sign(body, SECRET)["X-Hub-Signature-256"]
        header = "sha256=" + signed.removeprefix("sha256=").upper()
        assert self.send(platform_client, body, {"X-Hub-Signature-256": header}).status_code == 200
