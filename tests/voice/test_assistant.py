"""The assistant a shop presents: only keys that Vapi knows, Italian throughout, set up as the shop wrote."""

import json
import re
from typing import Any

import pytest

from receptionist.models import AIConfig
from receptionist.tools import REGISTRY
from shops.context import in_shop
from shops.models import Shop
from tests.voice.conftest import SECRET, Post

# The keys of Vapi's schema (OpenAPI description, 2026-08) at the places that are used. One key beyond them and the
# caller hears nothing.
SERVER = {"url", "timeoutSeconds", "credentialId", "headers", "backoffPlan"}
TOOL_MESSAGE = {"type", "content", "timingMilliseconds"}
KNOWN: dict[str, set[str]] = {
    "": {
        "name", "firstMessage", "firstMessageMode", "transcriber", "voice", "model", "serverMessages", "server",
        "maxDurationSeconds", "voicemailDetection", "voicemailMessage", "endCallMessage", "artifactPlan",
        "analysisPlan", "metadata", "backgroundSound", "startSpeakingPlan", "stopSpeakingPlan", "monitorPlan",
    },
    "transcriber": {"provider", "model", "language", "keyterm", "numerals", "smartFormat", "endpointing"},
    "voice": {"provider", "voiceId", "model", "language", "chunkPlan", "stability", "similarityBoost", "speed"},
    "voice.chunkPlan": {"enabled", "formatPlan"},
    "voice.chunkPlan.formatPlan": {"enabled"},
    "model": {"provider", "model", "messages", "tools", "temperature", "maxTokens"},
    "model.messages[]": {"role", "content"},
    "model.tools[]": {"type", "function", "server", "messages", "destinations", "async"},
    "model.tools[].function": {"name", "description", "parameters", "strict"},
    "model.tools[].server": SERVER,
    "model.tools[].messages[]": TOOL_MESSAGE,
    "server": SERVER,
    "server.backoffPlan": {"type", "maxRetries", "baseDelaySeconds", "excludedStatusCodes"},
    "artifactPlan": {"recordingEnabled", "recordingFormat", "pcapEnabled"},
    "analysisPlan": {"summaryPlan", "structuredDataPlan", "successEvaluationPlan"},
    "analysisPlan.summaryPlan": {"enabled", "timeoutSeconds", "messages"},
    "analysisPlan.summaryPlan.messages[]": {"role", "content"},
    "analysisPlan.structuredDataPlan": {"enabled", "schema"},
    "analysisPlan.successEvaluationPlan": {"enabled", "rubric"},
}  # fmt: skip
FREE = {"metadata", "server.headers", "model.tools[].server.headers", "model.tools[].function.parameters"}
NOT_RECORDED = {"recordingEnabled": False, "recordingFormat": "wav;l16", "pcapEnabled": False}
GONE = ("endCallFunctionEnabled", "silenceTimeoutSeconds", "serverUrl", "serverUrlSecret", "recordingEnabled")
ENGLISH = re.compile(
    r"\b(the|and|please|hold|moment please|sorry|you|your|call back|one sec|summary)\b", re.IGNORECASE
)


@pytest.fixture
def ring(post: Post, rossi: Shop) -> Any:
    """The assistant after the shop's settings were changed."""

    def ring(**changes: Any) -> dict[str, Any]:
        with in_shop(rossi):
            AIConfig.objects.update(**changes) if changes else None
        found: dict[str, Any] = post("assistant-request__caller_shown")["assistant"]
        return found

    return ring


def unknown_keys(value: Any, path: str = "") -> list[str]:
    """Keys at places where Vapi's schema has none of that name."""
    if isinstance(value, list):
        return [found for each in value for found in unknown_keys(each, f"{path}[]")]
    if not isinstance(value, dict) or path in FREE:
        return []
    known = KNOWN.get(path, set())
    here = [f"{path}.{key}" for key in value if key not in known]
    return here + [
        found
        for key, each in value.items()
        if key in known
        for found in unknown_keys(each, f"{path}.{key}".lstrip("."))
    ]


def test_only_keys_that_vapi_knows(ring: Any) -> None:
    assistant = ring()
    assert unknown_keys(assistant) == []
    assert not set(GONE) & set(assistant)
    assert unknown_keys({"surprise": 1, "voice": {"surprise": 2}}) == [".surprise", "voice.surprise"]


def test_as_it_stands(ring: Any) -> None:
    assistant = ring()
    assert assistant["transcriber"]["provider"] == "deepgram"
    assert assistant["transcriber"]["model"] == "nova-3"
    assert assistant["transcriber"]["language"] == "it"
    assert assistant["voice"]["provider"] == "11labs"
    assert assistant["voice"]["language"] == "it"
    assert assistant["voice"]["chunkPlan"] == {"enabled": True, "formatPlan": {"enabled": False}}
    assert assistant["model"]["provider"] == "openai"
    assert assistant["model"]["model"] == "gpt-4o"
    assert assistant["serverMessages"] == [
        "tool-calls", "transfer-destination-request", "status-update", "end-of-call-report", "hang",
    ]  # fmt: skip
    assert assistant["artifactPlan"] == NOT_RECORDED
    assert assistant["maxDurationSeconds"] == 600


def test_as_the_shop_wrote(ring: Any) -> None:
    assistant = ring(
        voice_id="v-1",
        voice_model="eleven_flash_v2_5",
        llm_model="gpt-4.1",
        temperature="0.10",
        max_call_seconds=900,
        recording_enabled=True,
        assistant_name="Giulia",
    )
    assert (assistant["voice"]["voiceId"], assistant["voice"]["model"]) == ("v-1", "eleven_flash_v2_5")
    assert (assistant["model"]["model"], assistant["model"]["temperature"]) == ("gpt-4.1", 0.1)
    assert assistant["maxDurationSeconds"] == 900
    assert assistant["artifactPlan"] == {**NOT_RECORDED, "recordingEnabled": True}
    assert "Giulia" in assistant["firstMessage"]
    assert "registrata" in assistant["firstMessage"]


@pytest.mark.parametrize(("seconds", "expected"), [(0, 10), (10, 10), (43200, 43200), (99999, 43200)])
def test_duration_within_vapis_limits(ring: Any, seconds: int, expected: int) -> None:
    assert ring(max_call_seconds=seconds)["maxDurationSeconds"] == expected


def test_a_voice_that_takes_no_language_gets_none(ring: Any) -> None:
    assert "language" not in ring(voice_model="eleven_multilingual_v2")["voice"]


def test_a_shop_that_speaks_more_languages(ring: Any) -> None:
    assistant = ring(languages=["it", "en"])
    assert assistant["transcriber"]["language"] == "multi"
    assert "language" not in assistant["voice"]


def test_key_terms(ring: Any) -> None:
    terms = ring()["transcriber"]["keyterm"]
    assert {"Officina Rossi", "Tagliando", "Fiat", "targa"} <= set(terms)
    assert len(terms) == len(set(terms)) <= 90
    assert "keyterm" not in ring(transcriber_model="nova-2")["transcriber"]


def test_the_tools_are_the_receptionists(ring: Any) -> None:
    tools = ring()["model"]["tools"]
    functions = {tool["function"]["name"]: tool for tool in tools if tool["type"] == "function"}
    assert set(functions) == set(REGISTRY)
    for tool in functions.values():
        assert tool["server"]["url"] == "http://localhost:8000/api/vapi/webhook"
        assert tool["server"]["headers"] == {"X-Vapi-Secret": SECRET}
        assert tool["function"]["parameters"]["type"] == "object"
        assert [message["type"] for message in tool["messages"]] == [
            "request-start",
            "request-response-delayed",
        ]
    assert [tool["type"] for tool in tools if tool["type"] != "function"] == ["transferCall", "endCall"]
    assert all("destinations" not in tool for tool in tools)


def test_everything_that_is_said_is_italian(ring: Any) -> None:
    assistant = ring()
    said = [assistant["firstMessage"], assistant["voicemailMessage"]]
    said += [each["content"] for each in assistant["analysisPlan"]["summaryPlan"]["messages"]]
    said += [each["content"] for tool in assistant["model"]["tools"] for each in tool.get("messages", [])]
    assert len(said) > 20
    for text in said:
        assert text
        assert not ENGLISH.search(text.replace("{{transcript}}", "").replace("{{endedReason}}", "")), text


def test_a_long_name_is_cut(post: Post, rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    rossi.name = "Autofficina Elettrauto Gommista Carrozzeria dei Fratelli Rossi"
    monkeypatch.setattr("shops.routing.shop_for_line", lambda *_line: rossi)
    assert len(post("assistant-request__caller_shown")["assistant"]["name"]) == 40


def test_how_vapi_proves_itself(ring: Any, settings: Any) -> None:
    assert ring()["server"]["headers"] == {"X-Vapi-Secret": SECRET}
    settings.VAPI_CREDENTIAL_ID = "cred-1"
    server = ring()["server"]
    assert server["credentialId"] == "cred-1"
    assert "headers" not in server
    assert SECRET not in json.dumps(server)


def test_a_bearer_token_where_only_that_is_accepted() -> None:
    from django.test import override_settings

    from voice.server import credentials

    with override_settings(VAPI_AUTH=["bearer"]):
        assert credentials() == {"headers": {"Authorization": f"Bearer {SECRET}"}}
    with override_settings(VAPI_AUTH=["hmac"]):
        assert credentials() == {}
