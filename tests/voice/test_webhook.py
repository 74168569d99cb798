"""Every payload through the real view: what is answered, and what is stored."""

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client

from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    Media,
    MessageRole,
    ToolCall,
)
from scheduling.models import Appointment, Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop, UnroutedEvent
from tests.voice.conftest import URL, Post
from tests.voice.payloads import load, names, raw
from voice.webhook import HANDLERS, IGNORED

TRANSFER = "+393480000001"


@pytest.fixture
def tuesday_morning() -> Iterator[None]:
    """An ordinary Tuesday, 24 November 2026, at 9:43 in Italy: the shops are open."""
    with time_machine.travel(datetime(2026, 11, 24, 8, 43, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def conversation(rossi: Shop) -> Any:
    """Look up the one conversation of the first shop."""

    def conversation() -> Conversation:
        with in_shop(rossi):
            return Conversation.objects.select_related("customer").get()

    return conversation


@pytest.mark.parametrize("name", names())
def test_every_payload_is_answered_in_its_shape(post: Post, rossi: Shop, name: str) -> None:
    answer = post(name)
    kind = name.partition("__")[0]
    expected = {
        "assistant-request": ({"assistant"}, {"error"}),
        "tool-calls": ({"results"},),
        "function-call": ({"result"},),
        "transfer-destination-request": ({"destination"}, {"error"}),
    }.get(kind, (set(),))
    assert set(answer) in expected
    for result in answer.get("results", []):
        text = result.get("result") or result.get("error")
        assert {"toolCallId", "name"} < set(result)
        assert len(result) == 3
        assert isinstance(text, str)
        assert text
        assert "\n" not in text
    assert "must-never-be-kept" not in json.dumps(answer)


# --- assistant-request ----------------------------------------------------------------------------------------------


def test_an_assistant_and_a_conversation(post: Post, conversation: Any, rossi: Shop) -> None:
    assistant = post("assistant-request__caller_shown")["assistant"]
    found = conversation()
    assert found.phone_number == "+393331234567"
    assert found.caller_verified
    assert found.status == ConversationStatus.ACTIVE
    assert found.disclosure == assistant["firstMessage"]
    assert "intelligenza artificiale" in assistant["firstMessage"]
    assert found.disclosed_at
    assert assistant["metadata"] == {"shop": str(rossi.pk), "conversation": str(found.pk)}


def test_a_known_caller_is_in_the_prompt(post: Post, conversation: Any, rossi: Shop) -> None:
    with in_shop(rossi):
        anna = Customer.objects.create(phone="+393331234567", first_name="Anna", last_name="Bianchi")
        Vehicle.objects.create(customer=anna, license_plate="AB123CD", make="Fiat", model="Panda")
    prompt = post("assistant-request__caller_shown")["assistant"]["model"]["messages"][0]["content"]
    assert "Anna Bianchi" in prompt
    assert "Fiat Panda" in prompt
    assert conversation().customer == anna


@pytest.mark.parametrize("name", ["caller_withheld", "caller_is_the_shop", "caller_is_anonymous_text"])
def test_withheld(post: Post, conversation: Any, rossi: Shop, name: str) -> None:
    with in_shop(rossi):
        Customer.objects.create(phone=rossi.phone_number, first_name="Un", last_name="Collega")
    prompt = post(f"assistant-request__{name}")["assistant"]["model"]["messages"][0]["content"]
    assert "Il numero è nascosto" in prompt
    assert conversation().phone_number == ""
    assert not conversation().caller_verified
    assert conversation().customer is None


def test_the_second_shop_has_its_own_assistant(post: Post, rossi: Shop, bianchi: Shop) -> None:
    assert post("assistant-request__second_shop")["assistant"]["name"] == "Carrozzeria Bianchi"
    with in_shop(rossi):
        assert not Conversation.objects.exists()
    with in_shop(bianchi):
        assert Conversation.objects.count() == 1


def test_a_line_known_only_by_its_number(post: Post, conversation: Any) -> None:
    assert post("assistant-request__line_known_by_number")["assistant"]["name"] == "Officina Rossi"
    assert conversation()


def test_an_unknown_line_is_counted_without_a_word(post: Post, rossi: Shop, bianchi: Shop) -> None:
    for _time in range(3):
        answer = post("assistant-request__unknown_line")
    assert answer == {"error": "Il numero chiamato non è attivo. Ci scusiamo, arrivederci."}
    event = UnroutedEvent.objects.get()
    assert (event.channel, event.external_id, event.kind) == ("voice", "line-nobody", "assistant-request")
    assert event.count == 3
    assert "3331234567" not in str(vars(event))
    for shop in (rossi, bianchi):
        with in_shop(shop):
            assert not Conversation.objects.exists()


def test_no_line_at_all(post: Post, rossi: Shop) -> None:
    assert set(post({"message": {"type": "assistant-request"}})) == {"error"}


def test_a_call_without_an_id_still_gets_an_assistant(post: Post, conversation: Any) -> None:
    payload = load("assistant-request__caller_shown")
    del payload["message"]["call"]["id"]
    assert set(post(payload)) == {"assistant"}
    assert set(post(payload)) == {"assistant"}
    assert conversation().external_id.startswith("request:")


def test_another_organisation_at_vapi(post: Post, settings: Any, rossi: Shop) -> None:
    org = load("assistant-request__caller_shown")["message"]["call"]["orgId"]
    settings.VAPI_ORG_ID = org
    assert set(post("assistant-request__caller_shown")) == {"assistant"}
    settings.VAPI_ORG_ID = "another"
    assert set(post("assistant-request__caller_shown")) == {"error"}
    (result,) = post("tool-calls__captured_objects")["results"]
    assert set(result) == {"toolCallId", "name", "error"}


# --- tools ----------------------------------------------------------------------------------------------------------


def test_results_in_order_with_exact_ids(post: Post, rossi: Shop) -> None:
    results = post("tool-calls__three_at_once")["results"]
    assert [result["toolCallId"] for result in results] == ["call_a", "call_b", "call_c"]
    assert [result["name"] for result in results] == ["check_availability", "shop_info", "lookup_customer"]
    assert all("result" in result for result in results)
    with in_shop(rossi):
        assert ToolCall.objects.count() == 3


def test_a_repeated_id_gets_the_stored_answer(post: Post, rossi: Shop) -> None:
    first = post("tool-calls__captured_objects")
    payload = load("tool-calls__captured_objects")
    payload["message"]["toolCallList"][0]["function"] = {"name": "shop_info", "arguments": {"topic": "orari"}}
    again = post(payload)
    assert again["results"][0]["result"] == first["results"][0]["result"]
    with in_shop(rossi):
        assert ToolCall.objects.get().name == "check_availability"


def test_an_unknown_tool_and_broken_arguments_are_told_to_the_model(post: Post, rossi: Shop) -> None:
    assert "non lo posso fare" in post("tool-calls__unknown_tool")["results"][0]["result"]
    assert "non è arrivata intera" in post("tool-calls__broken_arguments")["results"][0]["result"]


def test_tools_of_an_unknown_line_or_call(post: Post, rossi: Shop) -> None:
    for name in ("unknown_line", "without_call"):
        (result,) = post(f"tool-calls__{name}")["results"]
        assert set(result) == {"toolCallId", "name", "error"}


def test_more_tools_than_a_call_ever_has(post: Post, rossi: Shop) -> None:
    payload = load("tool-calls__captured_objects")
    tools = [{"id": f"call_{n}", "function": {"name": "shop_info", "arguments": {}}} for n in range(40)]
    payload["message"]["toolCallList"] = tools
    results = post(payload)["results"]
    assert [result["toolCallId"] for result in results] == [tool["id"] for tool in tools]
    assert [("result" in result) for result in results] == [True] * 16 + [False] * 24


def test_ids_that_no_column_holds(post: Post, rossi: Shop) -> None:
    long = "call_" + "x" * 5000
    payload = load("tool-calls__captured_objects")
    payload["message"]["call"]["id"] = "y" * 5000
    payload["message"]["toolCallList"] = [{"id": long, "name": "shop_info"}, {"id": 7, "name": "shop_info"}]
    results = post(payload)["results"]
    assert [result["toolCallId"] for result in results] == [long, "7"]
    assert post(payload)["results"] == results
    with in_shop(rossi):
        assert ToolCall.objects.count() == 2
        assert Conversation.objects.count() == 1


def test_a_function_call_that_comes_twice_runs_once(post: Post, rossi: Shop) -> None:
    first = post("function-call__legacy")
    assert post("function-call__legacy") == first
    with in_shop(rossi):
        assert ToolCall.objects.count() == 1


def test_who_calls_comes_from_the_envelope_alone(post: Post, rossi: Shop) -> None:
    """Arguments that name a shop or a customer change nothing."""
    with in_shop(rossi):
        other = Customer.objects.create(phone="+393337654321", first_name="Carla", last_name="Verdi")
        Vehicle.objects.create(customer=other, license_plate="ZZ999ZZ", make="Audi", model="A4")
    payload = load("tool-calls__captured_objects")
    payload["message"]["toolCallList"] = [
        {
            "id": "call_x",
            "name": "lookup_customer",
            "arguments": {"customer": str(other.pk), "phone": "+393337654321", "shop": "carrozzeria-bianchi"},
        }
    ]
    said = post(payload)["results"][0]["result"]
    assert "Carla" not in said
    assert "Audi" not in said


# --- transfer -------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("tuesday_morning")
def test_a_person_while_the_shop_is_open(post: Post, rossi: Shop, conversation: Any) -> None:
    with in_shop(rossi):
        AIConfig.objects.update(transfer_number=TRANSFER)
    destination = post("transfer-destination-request__asked_for_a_person")["destination"]
    assert destination["type"] == "number"
    assert destination["number"] == TRANSFER
    assert destination["message"]
    assert conversation().status == ConversationStatus.TRANSFERRED
    with in_shop(rossi):
        assert Handover.objects.get().kind == "transfer"


def test_no_person_while_it_is_closed(post: Post, rossi: Shop) -> None:
    with in_shop(rossi):
        AIConfig.objects.update(transfer_number=TRANSFER)
    with time_machine.travel(datetime(2026, 11, 24, 21, 0, tzinfo=UTC), tick=False):
        answer = post("transfer-destination-request__asked_for_a_person")
    assert set(answer) == {"error"}
    assert "mercoledì 25 novembre" in answer["error"]
    with in_shop(rossi):
        assert Handover.objects.get().kind == "callback"


# --- status, report, the rest ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status", "reason"),
    [
        ("ringing", "active", ""),
        ("in_progress", "active", ""),
        ("forwarding", "transferred", ""),
        ("ended", "completed", "customer-ended-call"),
        ("ended_with_error", "failed", "pipeline-error-eleven-labs-voice-failed"),
        ("not_found", "failed", ""),
    ],
)
def test_status(post: Post, conversation: Any, name: str, status: str, reason: str) -> None:
    assert post(f"status-update__{name}") == {}
    assert (conversation().status, conversation().ended_reason) == (status, reason)
    assert (conversation().ended_at is not None) == (status in ("completed", "failed"))


@pytest.mark.usefixtures("tuesday_morning")
@pytest.mark.parametrize("name", ["artifact", "older_capture"])
def test_the_report(post: Post, conversation: Any, rossi: Shop, name: str) -> None:
    assert post(f"end-of-call-report__{name}") == {}
    found = conversation()
    assert found.status == ConversationStatus.COMPLETED
    assert "Panda" in found.summary
    assert found.cost == Decimal("0.0856")
    assert found.started_at == datetime(2026, 11, 24, 8, 41, 7, 112000, tzinfo=UTC)
    assert found.ended_at == datetime(2026, 11, 24, 8, 42, 1, 400000, tzinfo=UTC)
    with in_shop(rossi):
        said = list(ConversationMessage.objects.values_list("role", "text"))
    assert [role for role, _text in said] == [
        MessageRole.ASSISTANT,
        MessageRole.CUSTOMER,
        MessageRole.ASSISTANT,
        MessageRole.CUSTOMER,
    ]
    assert said[1][1] == "Buongiorno, vorrei fare il tagliando alla Panda."


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("forwarded", "transferred"),
        ("silence", "completed"),
        ("failed", "failed"),
        ("transcript_only", "completed"),
    ],
)
def test_how_it_ended(post: Post, conversation: Any, name: str, status: str) -> None:
    post(f"end-of-call-report__{name}")
    assert conversation().status == status


@pytest.mark.usefixtures("announced")
def test_any_order(post: Post, conversation: Any, rossi: Shop) -> None:
    """The report first, everything else after it: nothing goes back, nothing is lost."""
    for name in (
        "end-of-call-report__artifact",
        "status-update__ended",
        "tool-calls__captured_objects",
        "status-update__in_progress",
        "assistant-request__caller_shown",
        "end-of-call-report__artifact",
    ):
        post(name)
    found = conversation()
    assert found.status == ConversationStatus.COMPLETED
    assert found.cost == Decimal("0.0856")
    with in_shop(rossi):
        assert found.messages.count() == 4
        assert ToolCall.objects.count() == 1
        assert Media.objects.count() == 1


def test_a_report_that_names_the_caller_only_late(post: Post, conversation: Any, rossi: Shop) -> None:
    post("assistant-request__caller_withheld")
    post("status-update__in_progress")
    assert conversation().phone_number == "+393331234567"


def test_recording_is_left_alone_where_the_shop_does_not_record(post: Post, rossi: Shop) -> None:
    post("assistant-request__caller_shown")
    post("end-of-call-report__artifact")
    with in_shop(rossi):
        assert not Media.objects.exists()


@pytest.mark.parametrize(
    "name", [name for name in names() if name.partition("__")[0] not in {*HANDLERS, "assistant-request"}]
)
def test_ignored_and_unknown_messages_store_nothing(
    post: Post, rossi: Shop, django_assert_num_queries: Any, name: str
) -> None:
    with django_assert_num_queries(0):
        assert post(name) == {}


def test_unknown_types_are_logged_and_ignored_ones_are_not(post: Post, caplog: Any, rossi: Shop) -> None:
    for name in ("conversation-update__midway", "transcript__final"):
        post(name)
    assert "unknown message" not in caplog.text
    post("teleport-request__never_heard_of")
    assert "unknown message of vapi" in caplog.text
    assert "teleport" not in caplog.text


def test_control_of_the_call_is_never_subscribed_to(post: Post, rossi: Shop) -> None:
    subscribed = set(post("assistant-request__caller_shown")["assistant"]["serverMessages"])
    assert subscribed <= {*HANDLERS, "assistant-request"}
    assert not subscribed & IGNORED


# --- when something is wrong ----------------------------------------------------------------------------------------


ANSWERS = [
    ("assistant-request__caller_shown", {"error"}),
    ("tool-calls__three_at_once", {"results"}),
    ("function-call__legacy", {"result"}),
    ("transfer-destination-request__asked_for_a_person", {"error"}),
    ("status-update__ended", set()),
    ("end-of-call-report__artifact", set()),
]


@pytest.mark.parametrize(("name", "keys"), ANSWERS)
def test_a_suspended_shop_is_answered_politely(
    post: Post, rossi: Shop, monkeypatch: pytest.MonkeyPatch, name: str, keys: set[str]
) -> None:
    # Suspending is the owner's doing, which the web's login cannot play here.
    rossi.status = Shop.Status.SUSPENDED
    monkeypatch.setattr("shops.routing.shop_for_line", lambda *_line: rossi)
    answer = post(name)
    assert set(answer) == keys
    said = json.dumps(answer, ensure_ascii=False)
    assert not keys or "Officina Rossi in questo momento non può rispondere" in said
    with in_shop(rossi):
        assert not Conversation.objects.exists()


@pytest.mark.parametrize(("name", "keys"), ANSWERS)
def test_a_mistake_of_ours_is_never_a_500(
    post: Post, rossi: Shop, monkeypatch: pytest.MonkeyPatch, caplog: Any, name: str, keys: set[str]
) -> None:
    def breaks(**_kwargs: Any) -> None:
        raise KeyError("what the customer said")

    monkeypatch.setattr("receptionist.conversations.open_call", breaks)
    assert set(post(name)) == keys
    assert "webhook failed" in caplog.text
    assert "KeyError" in caplog.text
    assert "what the customer said" not in caplog.text


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("assistant-request__caller_shown", 503),
        ("status-update__ended", 503),
        ("end-of-call-report__artifact", 503),
        ("tool-calls__three_at_once", 200),
        ("function-call__legacy", 200),
        ("transfer-destination-request__asked_for_a_person", 200),
    ],
)
def test_the_database_is_away(
    post: Post, rossi: Shop, monkeypatch: pytest.MonkeyPatch, name: str, status: int
) -> None:
    def away(**_kwargs: Any) -> None:
        raise OperationalError("connection refused for +393331234567")

    monkeypatch.setattr("receptionist.conversations.open_call", away)
    answer = post(name, status=status)
    assert set(answer) <= {"error", "results", "result"}
    assert "333" not in json.dumps(answer)


def test_nothing_said_is_logged(post: Post, rossi: Shop, caplog: Any) -> None:
    for name in names():
        post(name)
    for words in ("3331234567", "tagliando alla Panda", "must-never-be-kept", "Ferri", "una persona"):
        assert words not in caplog.text


def test_nothing_secret_is_stored(post: Post, rossi: Shop) -> None:
    for name in names():
        post(name)
    with in_shop(rossi):
        for table in (Conversation, ConversationMessage, ToolCall, Handover, Appointment, Media):
            assert "must-never-be-kept" not in str(list(table.objects.values()))


def test_every_log_line_carries_shop_and_conversation(
    post: Post, conversation: Any, rossi: Shop, caplog: Any
) -> None:
    post("tool-calls__captured_objects")
    (line,) = [record.msg for record in caplog.records if "tool answered" in str(record.msg)]
    assert line["orgId"] == str(rossi.pk)
    assert line["conversationId"] == str(conversation().pk)


def test_a_body_that_comes_in_pieces(platform_client: Client, rossi: Shop, vapi_secret: str) -> None:
    body = raw(load("status-update__in_progress"))
    response = platform_client.generic(
        "POST",
        URL,
        body,
        content_type="application/json",
        headers={"X-Vapi-Secret": vapi_secret, "Transfer-Encoding": "chunked"},
        **{"wsgi.input": io.BytesIO(body), "wsgi.input_terminated": True, "CONTENT_LENGTH": ""},
    )
    assert response.status_code == 200
    with in_shop(rossi):
        assert Conversation.objects.count() == 1
