"""A call's events come twice and in any order, and the rows say what happened."""

from datetime import timedelta
from decimal import Decimal
from itertools import permutations

import pytest

from receptionist import conversations
from receptionist.conversations import Line
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Media,
    MediaKind,
    MediaState,
    MessageRole,
)
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, at_once, counted, open_call, statements, use

SAID = [
    Line(MessageRole.ASSISTANT, "Officina Rossi, buongiorno.", NOW),
    Line(MessageRole.CUSTOMER, "Vorrei un tagliando."),
    Line(MessageRole.CUSTOMER, "   "),
    Line(MessageRole.ASSISTANT, "Giovedì alle nove e mezza?\x00", NOW + timedelta(seconds=20)),
]


def test_a_known_number_brings_its_customer(mario: Customer) -> None:
    call = open_call("333 111 2223")
    assert (call.customer, call.phone_number, call.caller_verified) == (mario, MARIO, True)
    assert (call.channel, call.status) == ("voice", "active")


def test_a_number_that_a_channel_vouched_for_brings_its_customer(mario: Customer) -> None:
    ChannelIdentity.objects.create(
        customer=mario, channel="voice", external_id="+390298765432", verified=True
    )
    ChannelIdentity.objects.create(
        customer=mario, channel="voice", external_id="+390211111111", verified=False
    )
    assert open_call("+390298765432").customer == mario
    assert open_call("+390211111111").customer is None


@pytest.mark.parametrize(
    "phone", [None, "", "anonymous", "sip:abc@example.com", "1" * 60, "+390212345678", "02 12345678"]
)
def test_withheld_nonsense_and_the_shops_own_number_are_nobody(in_rossi: Shop, phone: str | None) -> None:
    factories.customer(phone="+390212345678")
    call = open_call(phone)
    assert (call.customer, call.phone_number, call.caller_verified) == (None, "", False)


def test_opening_twice_is_one_conversation(mario: Customer) -> None:
    first = open_call(MARIO, "c1")
    assert open_call(MARIO, "c1") == first
    assert open_call(None, "c1").customer == mario
    assert Conversation.objects.count() == 1


def test_a_chat_with_the_same_id_is_not_the_call(mario: Customer) -> None:
    chat = Conversation.objects.create(channel=Channel.WHATSAPP, external_id="same", customer=mario)
    assert open_call(None, external_id="same").pk != chat.pk


def test_a_caller_named_by_a_later_event_is_learned(mario: Customer) -> None:
    assert open_call(None, "c1").customer is None
    again = open_call(MARIO, "c1")
    assert (again.customer, again.caller_verified) == (mario, True)
    again.refresh_from_db()
    assert again.phone_number == MARIO


def test_opening_asks_little(mario: Customer) -> None:
    with counted() as captured:
        open_call(MARIO, "c1")
    assert len(statements(captured)) <= 5, statements(captured)
    with counted() as captured:
        open_call(MARIO, "c1")
    assert len(statements(captured)) == 1


def test_two_first_events_at_once_are_one_conversation(committed: Shop) -> None:
    found = at_once(committed, lambda _number: open_call(MARIO, "c1").pk, 5)
    assert len(set(found)) == 1
    with in_shop(committed):
        assert Conversation.objects.count() == 1


def test_the_disclosure_is_kept_once(call: Conversation) -> None:
    conversations.record_disclosure(conversation=call, sentence="Sono un'intelligenza artificiale.", at=NOW)
    conversations.record_disclosure(conversation=call, sentence="un'altra", at=NOW + timedelta(hours=1))
    call.refresh_from_db()
    assert (call.disclosed_at, call.disclosure) == (NOW, "Sono un'intelligenza artificiale.")


def test_the_report_is_stored(call: Conversation) -> None:
    media = conversations.finish_call(
        conversation=call,
        ended_reason="customer-ended-call",
        messages=SAID,
        summary="Tagliando prenotato.",
        cost=Decimal("0.123456"),
        started_at=NOW,
        ended_at=NOW + timedelta(minutes=2),
        recording_url="https://example.com/a.wav",
        recording_expires_at=NOW + timedelta(hours=1),
    )
    call.refresh_from_db()
    assert (call.status, call.summary, call.cost) == ("completed", "Tagliando prenotato.", Decimal("0.1235"))
    assert (call.ended_reason, call.ended_at) == ("customer-ended-call", NOW + timedelta(minutes=2))
    kept = [(row.role, row.text) for row in call.messages.all()]
    assert kept == [
        ("assistant", "Officina Rossi, buongiorno."),
        ("customer", "Vorrei un tagliando."),
        ("assistant", "Giovedì alle nove e mezza?"),
    ]
    assert media is not None
    assert (media.kind, media.state, media.source_url) == (
        "recording",
        "pending",
        "https://example.com/a.wav",
    )


def test_a_repeated_report_adds_nothing_twice(call: Conversation) -> None:
    report = {"conversation": call, "messages": SAID, "summary": "S", "cost": Decimal(1)}
    conversations.finish_call(**report, recording_url="https://example.com/a")
    media = conversations.finish_call(**report, recording_url="https://example.com/b")
    assert ConversationMessage.objects.count() == 3
    assert Media.objects.get() == media
    assert Media.objects.get().source_url == "https://example.com/b"
    Media.objects.update(state=MediaState.STORED)
    assert conversations.finish_call(**report, recording_url="https://example.com/c") is None
    assert Media.objects.get().kind == MediaKind.RECORDING


def test_an_empty_report_takes_nothing_away(call: Conversation) -> None:
    conversations.finish_call(
        conversation=call, messages=SAID, summary="S", cost=Decimal(1), ended_reason="x"
    )
    conversations.finish_call(conversation=call)
    call.refresh_from_db()
    assert (call.summary, call.cost, call.ended_reason) == ("S", Decimal(1), "x")
    assert call.messages.count() == 3


@pytest.mark.parametrize("cost", ["NaN", "Infinity", "-1", "99999999"])
def test_a_cost_that_is_none_is_dropped(call: Conversation, cost: str) -> None:
    conversations.finish_call(conversation=call, cost=Decimal(cost))
    call.refresh_from_db()
    assert call.cost is None


@pytest.mark.parametrize(
    ("reason", "status"),
    [
        ("customer-ended-call", "completed"),
        ("assistant-ended-call", "completed"),
        ("silence-timed-out", "completed"),
        ("exceeded-max-duration", "completed"),
        ("", "completed"),
        ("assistant-forwarded-call", "transferred"),
        ("assistant-error", "failed"),
        ("pipeline-error-openai-llm-failed", "failed"),
        ("call.in-progress.error-assistant-did-not-receive-customer-audio", "failed"),
        ("call.forwarding.operator-error", "failed"),
        ("assistant-not-found", "failed"),
        ("twilio-failed-to-connect-call", "failed"),
        ("something-new", "completed"),
    ],
)
def test_what_a_reason_means(reason: str, status: str) -> None:
    assert conversations.status_for(reason) == status


@pytest.mark.parametrize("order", list(permutations(["start", "status", "end"])))
def test_events_in_any_order(mario: Customer, order: tuple[str, ...]) -> None:
    for event in order:
        call = open_call(MARIO, "c1")
        if event == "status":
            conversations.record_status(conversation=call, status=ConversationStatus.ACTIVE)
        if event == "end":
            conversations.finish_call(conversation=call, messages=SAID, ended_reason="customer-ended-call")
    call = Conversation.objects.get()
    assert (call.status, call.customer, call.messages.count()) == ("completed", mario, 3)


@pytest.mark.parametrize(
    ("steps", "end"),
    [
        (["completed", "active"], "completed"),
        (["transferred", "completed"], "transferred"),
        (["transferred", "active", "failed"], "transferred"),
        (["completed", "transferred"], "transferred"),
        (["completed", "failed"], "failed"),
        (["failed", "completed"], "failed"),
        (["failed", "transferred"], "failed"),
    ],
)
def test_a_status_never_goes_back(call: Conversation, steps: list[str], end: str) -> None:
    for step in steps:
        conversations.record_status(conversation=call, status=ConversationStatus(step), at=NOW, reason="r")
    assert call.status == end
    call.refresh_from_db()
    assert call.status == end


def test_a_tool_call_after_the_end_does_not_reopen(call: Conversation) -> None:
    conversations.finish_call(conversation=call, ended_reason="customer-ended-call")
    use(open_call(MARIO, call.external_id), "request_human", reason="x")
    call.refresh_from_db()
    assert call.status == "completed"


def test_a_conversation_knows_the_appointments_it_made(call: Conversation) -> None:
    use(call, "book_appointment", service="tagliando", start=THURSDAY)
    use(call, "book_appointment", service="revisione", start="2026-11-25T09:00")
    assert [row.service.name for row in conversations.appointments_of(call)] == ["Revisione", "Tagliando"]


def test_another_shop_sees_nothing(rossi: Shop, bianchi: Shop) -> None:
    with in_shop(rossi):
        open_call(MARIO, "c1")
    with in_shop(bianchi):
        assert not Conversation.objects.exists()
        assert open_call(MARIO, "c1").customer is None
