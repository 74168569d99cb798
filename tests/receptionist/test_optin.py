"""Promotional messages are agreed to by tap, asked about once, after a booking; no answer and a no cost nothing."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist import consenting, handover, optin, optout
from receptionist.models import (
    PROMOTIONAL,
    Conversation,
    FollowUpKind,
    FollowUpSetting,
    OutboundMessage,
    ToolCall,
)
from scheduling.models import Appointment, Consent, Customer
from shops.models import Shop
from tests import factories
from tests.receptionist.chat import Chat, chat_with

MARKETING = Consent.Purpose.MARKETING
PHONE = "+393331112223"


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def mario(in_rossi: Shop) -> Customer:
    return factories.customer(first_name="Mario", last_name="Verdi", phone=PHONE)


@pytest.fixture
def chat(mario: Customer) -> Chat:
    """Mario has just booked, whatever way."""
    FollowUpSetting.objects.create(kind=FollowUpKind.REVISION, enabled=True)
    chat = chat_with(PHONE)
    chat.say("Buongiorno")
    return chat


def ask(chat: Chat, after: timedelta = timedelta(minutes=5)) -> OutboundMessage | None:
    with time_machine.travel(timezone.now() + after):
        message = optin.ask(conversation_id=chat.conversation.pk)
    if message:  # what is answered now comes after it
        OutboundMessage.objects.filter(pk=message.pk).update(created_at=timezone.now())
    return message


def test_asked_in_its_words_with_two_buttons(chat: Chat, mario: Customer) -> None:
    message = ask(chat)
    assert message
    assert message.recipient == PHONE
    assert [each["id"] for each in message.content["options"]] == [optin.YES, optin.NO]
    assert all(len(each["title"]) <= 20 for each in message.content["options"])
    assert message.content["text"] == consenting.wording(MARKETING, channel="whatsapp")
    assert not Consent.objects.exists()  # silence is no answer


@pytest.mark.parametrize(("tap", "granted"), [("Sì", True), ("No", False)])
def test_a_tap_is_the_answer(chat: Chat, mario: Customer, tap: str, granted: bool) -> None:
    message = ask(chat)
    assert message
    thanks = chat.tap(tap)
    row = Consent.objects.get(customer=mario, purpose=MARKETING)
    assert (row.granted, row.channel, row.wording) == (granted, "whatsapp", message.content["text"])
    assert row.conversation_id == chat.conversation.pk
    assert thanks == optin._THANKS["lei", granted]
    assert (consenting.agreed([mario.pk], MARKETING) == {mario.pk}) is granted


def test_asked_once(chat: Chat, mario: Customer) -> None:
    assert ask(chat)
    assert ask(chat, timedelta(days=1)) is None
    later = chat_with(PHONE)
    Conversation.objects.update(ended_at=timezone.now(), status="completed")
    later.say("Buongiorno")
    assert ask(later, timedelta(hours=1)) is None


def test_who_answered_before_is_not_asked(chat: Chat, mario: Customer) -> None:
    consenting.record(customer=mario, purpose=MARKETING, granted=False, wording="Web", channel="web")
    assert ask(chat) is None


def test_who_said_stop_is_not_asked(chat: Chat, mario: Customer) -> None:
    optout.record(customer=mario, channel="whatsapp", contact=PHONE)
    Consent.objects.all().delete()
    assert ask(chat) is None


def test_not_while_a_person_has_the_chat(chat: Chat, mario: Customer) -> None:
    handover.ask(conversation=chat.conversation, reason="Vuole parlare con una persona", now=timezone.now())
    assert ask(chat) is None


def test_not_while_they_go_on_writing(chat: Chat, mario: Customer) -> None:
    Conversation.objects.update(last_customer_at=timezone.now())
    assert optin.ask(conversation_id=chat.conversation.pk) is None
    assert not OutboundMessage.objects.filter(key__startswith="optin:").exists()


def test_a_shop_that_sends_none_does_not_ask(chat: Chat, mario: Customer) -> None:
    for kind in PROMOTIONAL:
        FollowUpSetting.objects.update_or_create(kind=kind, defaults={"enabled": False})
    assert ask(chat) is None


def test_nobody_that_is_not_there(in_rossi: Shop) -> None:
    assert optin.ask(conversation_id="00000000-0000-4000-8000-000000000000") is None


def test_stop_beside_a_tap_wins(chat: Chat, mario: Customer) -> None:
    ask(chat)
    chat.tap("Sì")
    chat.say("STOP")
    assert consenting.agreed([mario.pk], MARKETING) == set()


def test_a_forged_tap_of_somebody_nobody_knows_is_nothing(in_rossi: Shop) -> None:
    chat = chat_with("+393339990001")
    chat.tap_id(optin.YES, "Sì")
    row = Consent.objects.filter(purpose=MARKETING).first()
    assert row is None or str(row.customer.phone) == "+393339990001"


def test_a_booking_has_it_asked_and_anything_else_not(
    chat: Chat, mario: Customer, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    from celery import Task

    sent: list[str] = []
    monkeypatch.setattr(Task, "apply_async", lambda self, *_a, **_k: sent.append(self.name))
    conversation = chat.conversation
    turn = "11111111-1111-4111-8111-111111111111"
    with django_capture_on_commit_callbacks(execute=True):
        optin.after_turn(conversation=conversation, turn_id=turn)  # type: ignore[arg-type]
    assert sent == []
    ToolCall.objects.create(
        conversation=conversation, call_id="b", name="book_appointment", ok=True, turn_id=turn
    )
    with django_capture_on_commit_callbacks(execute=True):
        optin.after_turn(conversation=conversation, turn_id=turn)  # type: ignore[arg-type]
    assert sent == ["receptionist.ask_about_promotion"]


@pytest.mark.parametrize("answer", ["Sì", "No", ""], ids=["yes", "no", "silence"])
def test_the_appointment_stands_whatever_they_answer(chat: Chat, mario: Customer, answer: str) -> None:
    booked = factories.appointment(timezone.now() + timedelta(days=2), customer=mario)
    ask(chat)
    if answer:
        chat.tap(answer)
    assert Appointment.objects.get(pk=booked.pk).status == "confirmed"


def test_refusing_before_does_not_stop_a_booking(in_rossi: Shop, mario: Customer) -> None:
    consenting.record(customer=mario, purpose=MARKETING, granted=False, wording="No", channel="whatsapp")
    chat = chat_with(PHONE)
    chat.say("Vorrei prenotare un tagliando")
    assert chat.options or chat.text  # it goes on as for anybody
    assert "consenso" not in chat.text.lower()
