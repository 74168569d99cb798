"""On the telephone promotion is asked about once, after a booking; the answer is kept in the words that were asked."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from receptionist import consenting, optin_spoken, optout
from receptionist.models import AIConfig, Conversation, FollowUpKind, FollowUpSetting
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer
from shops.context import in_shop
from shops.lines import attach_whatsapp
from shops.models import Shop
from tests import factories
from tests.database import as_owner
from tests.voice.conftest import Post
from tests.voice.payloads import load
from voice import promoting, refusing

CALL = load("tool-calls__captured_objects")["message"]["call"]["id"]
CALLER = "+393331234567"
QUESTION = "Vuole che le scriviamo su WhatsApp quando scadono revisione, tagliando o gomme?"
Use = Callable[..., str]


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    """The first shop with a WhatsApp number, which reminds of the revisione. Tuesday, 24 November 2026."""
    with time_machine.travel(datetime(2026, 11, 24, 8, 41, tzinfo=UTC)):
        with as_owner():
            rossi = Shop.objects.get(slug="officina-rossi")
            attach_whatsapp(
                rossi, phone_number_id="wa-rossi", waba_id="w", number="+390212345678", access_token="t"
            )
        with in_shop(rossi):
            FollowUpSetting.objects.update_or_create(kind=FollowUpKind.REVISION, defaults={"enabled": True})
        yield rossi


@pytest.fixture
def ring(post: Post, shop: Shop) -> Callable[[], tuple[str, set[str]]]:
    """Call; the prompt, and the names of the tools that the model has."""

    def ring() -> tuple[str, set[str]]:
        payload = load("assistant-request__caller_shown")
        payload["message"]["call"]["id"] = CALL
        model = post(payload)["assistant"]["model"]
        names = {each.get("function", {}).get("name", "") for each in model["tools"]}
        return model["messages"][0]["content"], names

    return ring


@pytest.fixture
def use(post: Post) -> Use:
    """Call a tool as the model does; what it is told."""

    def use(name: str, arguments: Any, call_id: str = "1") -> str:
        payload = load("tool-calls__captured_objects")
        for key in ("toolCalls", "toolWithToolCallList"):
            payload["message"].pop(key, None)
        payload["message"]["toolCallList"] = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        ]
        [result] = post(payload)["results"]
        assert (result["toolCallId"], result["name"]) == (call_id, name)
        return str(result["result"])

    return use


@pytest.fixture
def booked(ring: Any, use: Use) -> None:
    """The caller has just booked."""
    ring()
    said = use(
        "book_appointment",
        {
            "service": "tagliando",
            "start": "2026-11-26T09:30",
            "license_plate": "AB123CD",
            "first_name": "Anna",
            "last_name": "Bianchi",
        },
        "book",
    )
    assert said.startswith("Prenotato")


def consents(shop: Shop) -> list[Consent]:
    with in_shop(shop):
        return list(Consent.objects.filter(purpose="marketing").order_by("given_at"))


def test_the_model_is_told_to_ask_after_the_booking(ring: Any) -> None:
    prompt, tools = ring()
    assert f"Quando l'appuntamento è prenotato, e solo allora, chiedi una volta sola «{QUESTION}»" in prompt
    assert promoting.NAME in tools


@pytest.mark.parametrize(
    ("said", "granted"),
    [("sì", True), ("Sì, volentieri", True), (True, True), ("no", False), ("no grazie", False)],
    ids=["yes", "gladly", "true", "no", "thanks"],
)
def test_the_answer_is_kept_with_the_words(
    booked: None, use: Use, shop: Shop, said: Any, granted: bool
) -> None:
    told = use(promoting.NAME, {"answer": said})
    assert told == (optin_spoken.YES if granted else optin_spoken.NO)
    use(promoting.NAME, {"answer": said}, "again")
    [row] = consents(shop)
    assert (row.granted, row.channel, row.wording) == (granted, "voice", QUESTION)
    with in_shop(shop):
        assert row.conversation_id == Conversation.objects.get(external_id=CALL).pk
        assert Appointment.objects.count() == 1, "whatever the answer is"


def test_in_the_shops_manner(booked: None, use: Use, ring: Any, shop: Shop) -> None:
    with in_shop(shop):
        AIConfig.objects.update(formality="tu")
    prompt, _tools = ring()
    assert "«Vuoi che ti scriviamo su WhatsApp" in prompt
    assert "«Ti mando la conferma su WhatsApp?»" in prompt
    use(promoting.NAME, {"answer": "sì"})
    assert consents(shop)[0].wording.startswith("Vuoi che ti scriviamo")


def test_who_changes_their_mind_in_the_call(booked: None, use: Use, shop: Shop) -> None:
    use(promoting.NAME, {"answer": "sì"}, "1")
    use(promoting.NAME, {"answer": "no"}, "2")
    with in_shop(shop):
        customer = Customer.objects.get(phone=CALLER)
        assert not consenting.agreed([customer.pk], "marketing")


@pytest.mark.parametrize(
    "arguments",
    [
        {},
        {"answer": "non so"},
        {"answer": ["sì"]},
        {"answer": 1},
        '{"answer": "\\ud800\\u0000s"}',
        "nonsense",
        None,
    ],
    ids=["none", "unsure", "list", "number", "broken", "text", "null"],
)
def test_what_is_no_answer_is_kept_nowhere(booked: None, use: Use, shop: Shop, arguments: Any) -> None:
    assert use(promoting.NAME, arguments) == optin_spoken.UNCLEAR
    assert consents(shop) == []


def test_nobody_agrees_before_booking(ring: Any, use: Use, shop: Shop) -> None:
    with in_shop(shop):
        factories.customer(phone=CALLER)
    ring()
    assert use(promoting.NAME, {"answer": "sì"}) == optin_spoken.NOT_NOW
    assert consents(shop) == []
    assert use(promoting.NAME, {"answer": "no"}) == optin_spoken.NO
    assert [row.granted for row in consents(shop)] == [False]


@pytest.mark.parametrize("granted", [True, False], ids=["yes", "no"])
def test_who_answered_before_is_not_asked(ring: Any, use: Use, shop: Shop, granted: bool) -> None:
    with in_shop(shop):
        consenting.record(
            customer=factories.customer(phone=CALLER),
            purpose="marketing",
            granted=granted,
            wording="Possiamo?",
            channel="shop",
        )
    prompt, tools = ring()
    assert promoting.NAME not in tools | set(prompt.split())
    use("book_appointment", {"service": "tagliando", "start": "2026-11-26T09:30", "license_plate": "AB123CD"})
    assert use(promoting.NAME, {"answer": "sì"}, "2") == optin_spoken.NOT_NOW
    assert len(consents(shop)) == 1


def test_not_asked_after_stop(ring: Any, shop: Shop) -> None:
    with in_shop(shop):
        customer = factories.customer(phone=CALLER)
        ChannelIdentity.objects.create(
            customer=customer,
            channel="whatsapp",
            external_id=CALLER,
            opted_out_at=datetime.now(UTC),
        )
        assert optout.is_out(customer, "whatsapp")
    assert promoting.NAME not in ring()[1]


def test_not_asked_where_nothing_is_sent(ring: Any, shop: Shop) -> None:
    with in_shop(shop):
        for kind in FollowUpKind.values:
            FollowUpSetting.objects.update_or_create(kind=kind, defaults={"enabled": False})
    prompt, tools = ring()
    assert promoting.NAME not in tools
    assert QUESTION not in prompt


def test_not_asked_where_there_is_no_whatsapp(post: Post, rossi: Shop) -> None:
    model = post("assistant-request__caller_shown")["assistant"]["model"]
    assert promoting.NAME not in {each.get("function", {}).get("name") for each in model["tools"]}
    assert promoting.NAME not in model["messages"][0]["content"]


@pytest.mark.usefixtures("booked")
def test_by_the_legacy_of_tool_calls_too(post: Post, shop: Shop) -> None:
    def function(name: str, parameters: Any) -> str:
        payload = load("tool-calls__captured_objects")
        for key in ("toolCallList", "toolCalls", "toolWithToolCallList"):
            payload["message"].pop(key, None)
        payload["message"] |= {
            "type": "function-call",
            "functionCall": {"name": name, "parameters": parameters},
        }
        return str(post(payload)["result"])

    assert function(promoting.NAME, {"answer": "sì"}) == optin_spoken.YES
    function(refusing.NAME, {})
    assert [row.granted for row in consents(shop)] == [True]
    with in_shop(shop):
        assert Conversation.objects.get(external_id=CALL).recording_refused_at is not None


def test_who_was_asked_on_the_telephone_is_not_asked_in_a_chat(booked: None, use: Use, shop: Shop) -> None:
    use(promoting.NAME, {"answer": "no"})
    with in_shop(shop):
        assert consenting.was_asked(Customer.objects.get(phone=CALLER), "marketing")


def test_the_confirmation_knows_its_call_and_words(booked: None, use: Use, shop: Shop) -> None:
    use(
        "book_appointment",
        {
            "service": "cambio gomme",
            "start": "2026-11-27T09:30",
            "license_plate": "AB123CD",
            "whatsapp_confirmation": "sì",
        },
        "second",
    )
    with in_shop(shop):
        row = Consent.objects.get(purpose="service_messages")
        assert row.conversation_id == Conversation.objects.get(external_id=CALL).pk
        assert row.wording == "Le mando la conferma su WhatsApp?"
