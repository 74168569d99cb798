"""Vapi and Meta as they speak to us: signed, over the platform's address, about whoever a test names."""

import json
from typing import Any

from django.test import Client

from tests.voice.payloads import load, raw
from tests.whatsapp.conftest import URL as META
from tests.whatsapp.payloads import body, signed, value

VAPI = "/api/vapi/webhook"
VAPI_SECRET, META_SECRET = "the-voice-of-the-proof", "the-chat-of-the-proof"
SPOKEN = "+393331234567"
"""Whom the recorded payloads are about."""


class Wire:
    """Both providers. Tasks run when `eager_tasks` is on and the test commits."""

    def __init__(self, client: Client, settings: Any) -> None:
        settings.VAPI_WEBHOOK_SECRETS, settings.WHATSAPP_APP_SECRETS = [VAPI_SECRET], [META_SECRET]
        self.client = client

    def vapi(self, name: str | dict[str, Any], phone: str = SPOKEN, **words: str) -> Any:
        """A recorded payload about another caller; `words`: what is said instead of what was, by its text."""
        text = json.dumps(load(name) if isinstance(name, str) else name, ensure_ascii=False)
        for was, new in {SPOKEN: phone, **words}.items():
            text = text.replace(was, new)
        answer = self.client.generic(
            "POST",
            VAPI,
            raw(json.loads(text)),
            content_type="application/json",
            headers={"X-Vapi-Secret": VAPI_SECRET},
        )
        assert answer.status_code == 200, answer.content
        return answer.json()

    def meta(self, *messages: dict[str, Any], field: str = "messages", **fields: Any) -> None:
        """A batch of messages."""
        self.send(body(value(*messages, **fields), field=field))

    def send(self, payload: dict[str, Any]) -> None:
        """A whole body."""
        data = raw(payload)
        answer = self.client.generic(
            "POST", META, data, content_type="application/json", headers=signed(data, META_SECRET)
        )
        assert answer.status_code == 200, answer.content
