"""Lost requests: who asked for an appointment, got none, and why. The tools speak as they do to a customer."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest
import time_machine

from receptionist import conversations, handover, lost
from receptionist.lost import LostRequest, Reason
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageRole,
    ToolCall,
)
from receptionist.toolcalls import FAILED
from scheduling import periods
from scheduling.models import Customer, Service
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, at, counted, open_call, statements, use

LATER = NOW + timedelta(hours=3)


def found(now: datetime = LATER) -> list[LostRequest]:
    return lost.requests(periods.of_days(date(2026, 11, 23), date(2026, 11, 29), NOW.tzinfo), now=now)  # type: ignore[arg-type]  # a ZoneInfo


def only() -> LostRequest:
    (one,) = found()
    return one


@pytest.fixture(autouse=True)
def _tuesday() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def hang_up(call: Conversation) -> None:
    call.status, call.ended_at = ConversationStatus.COMPLETED, NOW + timedelta(minutes=3)
    call.save(update_fields=["status", "ended_at"])


def fill_day() -> None:
    """Nothing is free until the end of Thursday."""
    for service in Service.objects.all():
        for bay in service.bays.all():
            if not bay.appointments.exists():
                factories.appointment(at("2026-11-24T08:00"), minutes=60 * 24 * 3, service=service, bay=bay)


def test_offered_and_not_taken(call: Conversation) -> None:
    use(call, "check_availability", service="tagliando", date_from="2026-11-26")
    hang_up(call)
    one = only()
    assert (one.reason, one.work, one.wanted, one.who) == (
        Reason.NO_ANSWER,
        "tagliando",
        "2026-11-26",
        "Mario Verdi",
    )


def test_what_was_booked_or_moved_is_not_lost(call: Conversation, mario: Customer) -> None:
    use(call, "check_availability", service="tagliando")
    use(call, "book_appointment", service="tagliando", start=THURSDAY)
    again = open_call(external_id="second")
    use(again, "check_availability", service="tagliando")
    use(again, "reschedule_appointment", start="2026-11-27T10:00")
    assert found() == []


def test_who_came_back_and_booked_is_not_lost(call: Conversation, mario: Customer) -> None:
    use(call, "check_availability", service="tagliando")
    hang_up(call)
    assert len(found()) == 1
    factories.appointment(at("2026-12-01T09:00"), customer=mario)
    assert found() == []


def test_a_chat_that_goes_on_is_not_lost_yet(call: Conversation) -> None:
    use(call, "check_availability", service="tagliando")
    assert found(now=NOW + timedelta(minutes=5)) == []
    assert len(found(now=NOW + timedelta(hours=2))) == 1


def test_no_place_when_it_was_wanted(call: Conversation) -> None:
    fill_day()
    use(call, "check_availability", service="tagliando", date_from="2026-11-26", date_to="2026-11-26")
    hang_up(call)
    assert only().reason == Reason.FULL
    assert only().detail


def test_a_start_that_was_taken(call: Conversation) -> None:
    fill_day()
    use(call, "book_appointment", service="tagliando", start=THURSDAY)
    hang_up(call)
    assert only().reason == Reason.FULL


def test_the_last_answer_counts(call: Conversation) -> None:
    fill_day()
    use(call, "check_availability", service="tagliando", date_from="2026-11-26", date_to="2026-11-26")
    use(call, "check_availability", service="tagliando", date_from="2026-11-30")
    hang_up(call)
    assert only().reason == Reason.NO_ANSWER


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ({"service": "rifare la tappezzeria"}, Reason.NOT_OFFERED),
        ({"service": "tagliando", "date_from": "2026-11-29", "date_to": "2026-11-29"}, Reason.CLOSED),
        ({"service": "tagliando", "date_from": "2027-10-04", "date_to": "2027-10-04"}, Reason.NOTICE),
    ],
)
def test_what_the_tool_said(call: Conversation, arguments: dict[str, Any], reason: Reason) -> None:
    use(call, "check_availability", **arguments)
    hang_up(call)
    assert (only().reason, only().detail != "") == (reason, True)


@pytest.mark.parametrize("start", ["2026-11-24T10:30", "2027-10-05T10:00"])
def test_too_soon_and_too_far(call: Conversation, start: str) -> None:
    use(call, "book_appointment", service="tagliando", start=start)
    hang_up(call)
    assert only().reason == Reason.NOTICE


def test_the_waiting_list(call: Conversation) -> None:
    fill_day()
    use(call, "book_appointment", service="tagliando", start="2026-11-26", waiting_list="sì")
    hang_up(call)
    assert only().reason == Reason.WAITING


def test_a_person_was_asked_for(call: Conversation) -> None:
    use(call, "check_availability", service="tagliando")
    handover.ask(conversation=call, reason="Vuole parlare con Anna", now=NOW)
    assert (only().reason, only().detail) == (Reason.PERSON, "Vuole parlare con Anna")


def test_a_tool_that_failed(call: Conversation) -> None:
    ToolCall.objects.create(
        conversation=call, call_id="x", name="check_availability", arguments=["?"], result=FAILED, ok=False
    )
    hang_up(call)
    assert (only().reason, only().work) == (Reason.FAILURE, "")


def test_the_price(call: Conversation) -> None:
    use(call, "check_availability", service="tagliando")
    ConversationMessage.objects.create(
        conversation=call, role=MessageRole.CUSTOMER, text="No grazie, è troppo caro."
    )
    hang_up(call)
    assert only().reason == Reason.PRICE


@pytest.mark.parametrize(
    ("shown", "tapped", "reason"),
    [
        (["at:2026-11-26T09:30|x", "more:"], "", Reason.NO_ANSWER),
        (["at:2026-11-26T09:30|x", "wait:2026-11-25:2026-11-25:"], "", Reason.FULL),
        (
            ["at:2026-11-26T09:30|x", "wait:2026-11-25:2026-11-25:"],
            "wait:2026-11-25:2026-11-25:",
            Reason.WAITING,
        ),
        (["svc:abc", "svc:other"], "svc:other", Reason.NOT_OFFERED),
    ],
)
def test_the_guided_mode(mario: Customer, shown: list[str], tapped: str, reason: Reason) -> None:
    """It looks for places without a tool: what it showed and what was tapped tell."""
    chat = Conversation.objects.create(
        channel="whatsapp", external_id="w", contact=MARIO, customer=mario, started_at=NOW, active_at=NOW
    )
    options = [{"id": each, "title": "x", "description": ""} for each in shown]
    ConversationMessage.objects.create(
        conversation=chat, role=MessageRole.ASSISTANT, text="Quando?", payload={"options": options}
    )
    if tapped:
        ConversationMessage.objects.create(
            conversation=chat, role=MessageRole.CUSTOMER, text="x", payload={"id": tapped}
        )
    assert only().reason == reason


def test_questions_are_not_requests(call: Conversation) -> None:
    use(call, "shop_info", topic="orari")
    hang_up(call)
    assert found() == []


def test_one_query_however_many(in_rossi: Shop) -> None:
    for number in range(12):
        talk = conversations.open_call(external_id=f"c{number}", phone_number=f"+39333000{number:04d}")
        use(talk, "check_availability", service="tagliando")
        hang_up(talk)
    with counted() as captured:
        assert len(found()) == 12
    assert len(statements(captured)) == 1
    assert lost.by_reason(found()) == [(Reason.NO_ANSWER, 12)]
