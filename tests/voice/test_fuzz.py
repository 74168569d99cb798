"""Nothing that is sent ends in a 500, and nothing in a mistake of ours that is only hidden.

500 tries by default; AROS_FUZZ_EXAMPLES raises them (10,000 in the long run).
"""

import json
import os
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receptionist.tools import REGISTRY
from shops.models import Shop
from tests.voice.conftest import SECRET, URL
from tests.voice.payloads import load, names
from voice.webhook import HANDLERS, IGNORED, VapiWebhook

pytestmark = [pytest.mark.fuzz, pytest.mark.timeout(3600)]
EXAMPLES = max(int(os.environ.get("AROS_FUZZ_EXAMPLES", "500")), 5) // 5
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
    st.sampled_from(
        ["", "null", "tagliando", "2026-02-30", "2026-11-26T09:30", "AB123CD", "+393331234567", "x" * 5000]
    ),
)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.sampled_from([0, -1, 10**30, 1795509667112, 1795509667]),
    st.floats(),
    texts,
)
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)
types = st.one_of(st.sampled_from(["assistant-request", *sorted(HANDLERS), *sorted(IGNORED)]), texts)


@pytest.fixture
def send(rossi: Shop, platform_client: Client, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> Any:
    """Send a signed body; what comes back must be an answer, and none that only hides a mistake."""

    def hidden(*_args: Any) -> Any:
        raise AssertionError("a mistake of ours was hidden")

    monkeypatch.setattr(VapiWebhook, "broken", hidden)

    def send(body: bytes) -> Any:
        caplog.clear()
        response = platform_client.generic(
            "POST", URL, body, content_type="application/json", headers={"X-Vapi-Secret": SECRET}
        )
        assert response.status_code == 200, response.content
        assert "tool failed" not in caplog.text, caplog.text
        answer = json.loads(response.content)
        assert isinstance(answer, dict)
        for result in answer.get("results", []):
            assert {"toolCallId", "name"} < set(result) <= {"toolCallId", "name", "result", "error"}
            assert all(isinstance(value, str) for value in result.values())
            assert "\n" not in result.get("result", "")
        return answer

    return send


@fuzzed
@given(body=st.one_of(st.binary(max_size=200), values.map(lambda value: json.dumps(value).encode())))
def test_anything(send: Any, body: bytes) -> None:
    send(body)


FIELDS = (
    "timestamp", "call", "phoneNumber", "customer", "toolCallList", "toolCalls", "toolWithToolCallList",
    "functionCall", "status", "endedReason", "artifact", "analysis", "transcript", "summary", "recordingUrl",
    "messages", "cost", "startedAt", "endedAt", "assistant",
)  # fmt: skip


@fuzzed
@given(kind=types, fields=st.dictionaries(st.sampled_from(FIELDS), values, max_size=6), routed=st.booleans())
def test_a_message_of_any_shape(send: Any, kind: str, fields: dict[str, Any], routed: bool) -> None:
    message = {**fields, "type": kind}
    if routed:
        call = message.get("call") if isinstance(message.get("call"), dict) else {}
        message["call"] = {"id": "call-of-the-fuzz", **call, "phoneNumberId": "line-rossi"}
    send(json.dumps({"message": message}).encode())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path, *(found for key, each in inner for found in _paths(each, (*path, key)))]


def _changed(payload: Any, path: tuple[Any, ...], how: str, value: Any) -> Any:
    if not path:
        return value
    place = payload
    for key in path[:-1]:
        place = place[key]
    if how == "drop":
        del place[path[-1]]
    elif how == "double":
        place[path[-1]] = [place[path[-1]]] * 3
    else:
        place[path[-1]] = value
    return payload


@fuzzed
@given(data=st.data(), name=st.sampled_from(names()))
def test_a_real_payload_with_something_changed(send: Any, data: st.DataObject, name: str) -> None:
    payload = load(name)
    for _change in range(data.draw(st.integers(1, 3))):
        path = data.draw(st.sampled_from(_paths(payload)))
        how = data.draw(st.sampled_from(["replace", "replace", "drop", "double"]))
        payload = _changed(payload, path, how, data.draw(values))
    send(json.dumps(payload).encode())


@fuzzed
@given(
    name=st.sampled_from(names()),
    at=st.integers(0, 5000),
    piece=st.binary(min_size=1, max_size=4),
    cut=st.booleans(),
)
def test_a_real_payload_with_broken_bytes(send: Any, name: str, at: int, piece: bytes, cut: bool) -> None:
    body = json.dumps(load(name)).encode()
    at %= len(body)
    send(body[:at] if cut else body[:at] + piece + body[at + len(piece) :])


ARGUMENTS = sorted({name for tool in REGISTRY.values() for name in tool.arguments.model_fields})


@fuzzed
@given(
    tool=st.sampled_from([*REGISTRY, "unknown"]),
    arguments=st.one_of(st.dictionaries(st.sampled_from([*ARGUMENTS, "other"]), values, max_size=8), values),
    as_text=st.booleans(),
    call_id=st.one_of(st.just("call_1"), texts),
    caller=st.sampled_from(["+393331234567", "", "anonymous", "+390212345678"]),
)
def test_a_tool_with_any_arguments(
    send: Any, tool: str, arguments: Any, as_text: bool, call_id: str, caller: str
) -> None:
    payload = load("tool-calls__captured_objects")
    message = payload["message"]
    message["customer"] = message["call"]["customer"] = {"number": caller}
    message["call"]["id"] = f"call-of-{caller or 'nobody'}"
    wanted = json.dumps(arguments) if as_text else arguments
    message["toolCallList"] = [{"id": call_id, "function": {"name": tool, "arguments": wanted}}]
    answer = send(json.dumps(payload).encode())
    # Numbers without end are no JSON: then the whole request is not.
    assert len(answer.get("results", [])) == 1 or set(answer) == {"error"}
