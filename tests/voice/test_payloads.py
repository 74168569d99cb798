"""Vapi's messages in all their shapes."""

import json
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest

from shops.webhooks import Malformed
from tests.voice.payloads import load
from voice.payloads import amount, lines_of, moment, parse

WHEN = datetime(2026, 11, 24, 8, 41, 7, 112000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("2026-11-24T08:41:07.112Z", WHEN),
        ("2026-11-24T09:41:07.112+01:00", WHEN),
        ("2026-11-24T08:41:07.112", WHEN),
        (1795509667112, WHEN),
        (1795509667112.0, WHEN),
        ("1795509667112", WHEN),
        (1795509667, WHEN.replace(microsecond=0)),
        (1795509667.112, WHEN),
        *((nonsense, None) for nonsense in (None, "", "soon", True, [], {}, -1, 0, 1e300, 10**30, "9" * 400)),
        ("0001-01-01T00:00:00Z", None),
        ("9999-12-31T23:59:59-14:00", None),
        ("2026-13-45T99:99:99Z", None),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_moment(value: Any, expected: datetime | None) -> None:
    assert moment(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.0856, Decimal("0.0856")),
        ("0.12", Decimal("0.1200")),
        (0, Decimal("0.0000")),
        (3, Decimal("3.0000")),
        *(
            (nonsense, None)
            for nonsense in (None, "", "free", -1, True, [], {}, 1e300, "NaN", "Infinity", "1e99999")
        ),
    ],
    ids=lambda value: repr(value)[:30],
)
def test_amount(value: Any, expected: Decimal | None) -> None:
    assert amount(value) == expected


@pytest.mark.parametrize(
    "name",
    [
        "captured_objects",
        "string_arguments",
        "flat_arguments",
        "flat_parameters",
        "only_tool_calls",
        "only_wrapped",
    ],
)
def test_every_shape_of_tool_calls(name: str) -> None:
    (tool,) = parse(load(f"tool-calls__{name}")).tools
    assert tool.id
    assert tool.name == "check_availability"
    assert tool.arguments == {"service": "tagliando", "part_of_day": "morning"}


def test_the_three_places_of_tool_calls_are_one() -> None:
    assert [tool.id for tool in parse(load("tool-calls__three_at_once")).tools] == [
        "call_a",
        "call_b",
        "call_c",
    ]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, {}),
        (None, {}),
        ("", {}),
        ("{}", {}),
        ('{"a": 1}', {"a": 1}),
        ("[1]", "[1]"),
        ('{"a": ', '{"a": '),
        ('{"a": NaN}', '{"a": NaN}'),
        ([1], "[1]"),
        (7, "7"),
    ],
    ids=repr,
)
def test_arguments(given: Any, expected: Any) -> None:
    message = {
        "type": "tool-calls",
        "toolCallList": [{"id": "c", "function": {"name": "n", "arguments": given}}],
    }
    assert parse({"message": message}).tools[0].arguments == expected


def test_the_legacy_function_call() -> None:
    assert parse(load("function-call__legacy")).function_call.arguments["service"] == "tagliando"
    assert parse(load("function-call__string_parameters")).function_call.arguments == {"topic": "orari"}


def test_who_calls_and_where() -> None:
    message = parse(load("assistant-request__caller_shown"))
    assert (message.line_id, message.line_number) == ("line-rossi", "+390212345678")
    assert message.caller == "+393331234567"
    assert parse(load("assistant-request__caller_only_in_call")).caller == "+393331234567"
    assert parse(load("assistant-request__caller_withheld")).caller == ""


def test_the_report_in_its_new_and_old_places() -> None:
    new, old = parse(load("end-of-call-report__artifact")), parse(load("end-of-call-report__older_capture"))
    assert [line.words for line in new.said] == [line.words for line in old.said]
    assert new.recording == "https://storage.example.invalid/mono.wav"
    assert old.recording == "https://storage.example.invalid/old.wav"
    newest = parse(load("end-of-call-report__recording_in_new_place"))
    assert newest.recording == "https://storage.example.invalid/new.wav"
    assert newest.cost == Decimal("0.12")
    assert new.cost == old.cost == Decimal("0.0856")
    assert new.started_at == old.started_at == WHEN


def test_a_transcript_alone_becomes_lines() -> None:
    said = parse(load("end-of-call-report__transcript_only")).said
    assert [line.role for line in said] == ["assistant", "user", "assistant", "user"]
    assert said[1].words == "Buongiorno, vorrei fare il tagliando alla Panda."


def test_a_line_without_a_name_goes_on_the_last_one() -> None:
    said = lines_of("rumore\nAI: Buongiorno.\nCome posso aiutarla?\n\nUser: Ore 10: va bene?")
    assert [(line.role, line.words) for line in said] == [
        ("assistant", "Buongiorno. Come posso aiutarla?"),
        ("user", "Ore 10: va bene?"),
    ]


@pytest.mark.parametrize(
    "data", [None, [], "x", 1, {}, {"message": None}, {"message": []}, {"message": {}}], ids=repr
)
def test_without_a_message_or_a_type_it_is_malformed(data: Any) -> None:
    with pytest.raises(Malformed):
        parse(data)


@pytest.mark.parametrize("wrong", [None, True, 1, 1.5, "x", "", [], [[]], [None], {}, {"a": {}}], ids=repr)
def test_a_field_of_the_wrong_type_counts_as_missing(wrong: Any) -> None:
    names = [
        "timestamp", "call", "phoneNumber", "customer", "toolCallList", "toolCalls", "toolWithToolCallList",
        "functionCall", "status", "endedReason", "artifact", "analysis", "transcript", "summary", "recordingUrl",
        "messages", "cost", "startedAt", "endedAt",
    ]  # fmt: skip
    message = parse({"message": {"type": "end-of-call-report", **dict.fromkeys(names, wrong)}})
    assert message.type == "end-of-call-report"
    for inside in ("call", "phoneNumber", "customer", "artifact", "analysis"):
        fields = dict.fromkeys(
            ["id", "number", "customer", "messages", "recording", "summary", "phoneNumberId"], wrong
        )
        message = parse({"message": {"type": "x", inside: fields}})
        assert (message.said, message.tools) == ([], []) or inside == "artifact"


def test_all_payload_files_are_what_they_are_called() -> None:
    from tests.voice.payloads import names

    for name in names():
        data = load(name)
        assert parse(data).type == name.partition("__")[0]
        assert json.dumps(data)
