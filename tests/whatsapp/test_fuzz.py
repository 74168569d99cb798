"""Nothing that is sent ends in a 500, hides a mistake of ours, or loses the good messages beside it.

500 tries by default; AROS_FUZZ_EXAMPLES raises them (10,000 in the long run).
"""

import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receptionist.models import ConversationMessage
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.conftest import SECRET, URL
from tests.whatsapp.payloads import body, load, message, names, signed, value
from whatsapp.webhook import FIELDS, WhatsAppWebhook

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(3600)]
EXAMPLES = max(int(os.environ.get("AROS_FUZZ_EXAMPLES", "500")), 4) // 4
fuzzed = settings(
    max_examples=EXAMPLES,
    deadline=None,
    database=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)

# Every character there is: NUL, halves of surrogate pairs, right-to-left marks.
wild_text = st.text(st.characters(codec=None, categories=None), max_size=30)
texts = st.one_of(
    wild_text,
    st.sampled_from(["", "null", "393331234567", "IT.1349", "wamid.OURS", "1795509600", "👍", "x" * 5000]),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 10**30, 1795509600]),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
TYPES = (
    "text", "audio", "image", "video", "document", "sticker", "location", "contacts", "button", "interactive",
    "reaction", "order", "system", "unsupported", "edit", "revoke", "hologram",
)  # fmt: skip
PARTS = (
    "body", "id", "mime_type", "sha256", "caption", "voice", "latitude", "longitude", "name", "payload", "text", "type",
    "button_reply", "list_reply", "nfm_reply", "message_id", "emoji", "product_items", "wa_id", "user_id",
    "original_message_id", "message", "title", "response_json",
)  # fmt: skip


@pytest.fixture
def send(
    rossi: Shop, numbers: None, platform_client: Client, monkeypatch: Any, settings: Any, caplog: Any
) -> Any:
    """Send a signed body; it is acknowledged, and no mistake of ours is hidden behind that."""
    settings.WHATSAPP_APP_SECRETS = [SECRET]

    def hidden(*_args: Any) -> Any:
        raise AssertionError("a mistake of ours was hidden")

    monkeypatch.setattr(WhatsAppWebhook, "broken", hidden)

    def send(data: bytes) -> None:
        caplog.clear()
        response = platform_client.generic(
            "POST", URL, data, content_type="application/json", headers=signed(data, SECRET)
        )
        assert (response.status_code, json.loads(response.content)) == (200, {})
        assert "not understood" not in caplog.text, caplog.text
        assert "echo not stored" not in caplog.text, caplog.text

    return send


def is_kept(wire_id: str, shop: Shop) -> bool:
    with in_shop(shop):
        return ConversationMessage.objects.filter(wire_id=wire_id).exists()


@fuzzed
@given(data=st.one_of(st.binary(max_size=200), values.map(lambda each: json.dumps(each).encode())))
def test_anything(send: Any, data: bytes) -> None:
    send(data)


@fuzzed
@given(kind=st.one_of(st.sampled_from(TYPES), texts), part=values, fields=st.data())
def test_a_message_of_any_shape_beside_good_ones(
    send: Any, rossi: Shop, kind: str, part: Any, fields: Any
) -> None:
    inside = fields.draw(
        st.one_of(st.just(part), st.dictionaries(st.sampled_from(PARTS), values, max_size=5))
    )
    more = fields.draw(
        st.dictionaries(
            st.sampled_from(["id", "from", "from_user_id", "timestamp", "context", "referral", "errors"]),
            values,
            max_size=4,
        )
    )
    first, last = message("prima"), message("dopo")
    batch = value(first, last)
    batch["messages"] = [first, {**message(None), kind: inside, "type": kind, **more}, last]
    send(json.dumps(body(batch)).encode())
    assert is_kept(first["id"], rossi)
    assert is_kept(last["id"], rossi)


def _paths(found: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = found.items() if isinstance(found, dict) else enumerate(found) if isinstance(found, list) else ()
    return [path, *(each for key, part in inner for each in _paths(part, (*path, key)))]


def _changed(payload: Any, path: tuple[Any, ...], how: str, new: Any) -> Any:
    if not path:
        return new
    place = payload
    for key in path[:-1]:
        place = place[key]
    if how == "drop":
        del place[path[-1]]
    elif how == "double":
        place[path[-1]] = [place[path[-1]]] * 3
    else:
        place[path[-1]] = new
    return payload


@fuzzed
@given(data=st.data(), name=st.sampled_from(names()))
def test_a_real_payload_with_something_changed(
    send: Any, rossi: Shop, data: st.DataObject, name: str
) -> None:
    payload = load(name)
    for _change in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_paths(payload)))
        payload = _changed(
            payload,
            path,
            data.draw(st.sampled_from(["replace", "replace", "drop", "double"])),
            data.draw(values),
        )
    good = message("accanto")
    entries = payload.get("entry") if isinstance(payload, dict) else None
    if isinstance(entries, list):
        entries.extend(body(value(good))["entry"])
    send(json.dumps(payload).encode())
    assert not isinstance(entries, list) or is_kept(good["id"], rossi)


@fuzzed
@given(field=st.one_of(st.sampled_from(sorted(FIELDS)), texts), inside=values, line=st.booleans())
def test_any_field(send: Any, field: str, inside: Any, line: bool) -> None:
    told = inside if isinstance(inside, dict) else {"message_echoes": inside, "statuses": inside}
    if line:
        told = {**told, "metadata": {"phone_number_id": "wa-rossi"}}
    change = {"field": field, "value": told}
    send(json.dumps({"object": "x", "entry": [{"id": "waba-rossi", "changes": [change]}]}).encode())
