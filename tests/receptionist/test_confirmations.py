"""A booking made on the phone is confirmed on WhatsApp: when that was agreed, once, and as it stands."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist import confirmations, optout, prompt, toolcalls
from receptionist.content import Content
from receptionist.models import AIConfig, Channel, Conversation, OutboundMessage
from scheduling import booking
from scheduling.models import Appointment, Consent, Service
from shops.context import in_shop
from shops.lines import attach_whatsapp
from shops.models import Shop
from tests.database import as_owner
from whatsapp import failures, sending

ANNA = "+393331234567"
START = "2026-11-26T09:30"
Book = Callable[..., str]


@pytest.fixture
def shop(transactional_db: None) -> Iterator[Shop]:
    """The first shop with a WhatsApp number. Tuesday, 24 November 2026, 9:41 in Italy."""
    with time_machine.travel(datetime(2026, 11, 24, 8, 41, tzinfo=UTC)):
        with as_owner():
            rossi = Shop.objects.get(slug="officina-rossi")
            attach_whatsapp(
                rossi, phone_number_id="wa-rossi", waba_id="w", number="+390212345678", access_token="t"
            )
        with in_shop(rossi):
            AIConfig.objects.update(address="Via Roma 1, Milano")
            yield rossi


@pytest.fixture
def call(shop: Shop) -> Conversation:
    return Conversation.objects.create(
        channel=Channel.VOICE, external_id="call-1", phone_number=ANNA, caller_verified=True
    )


@pytest.fixture
def book(call: Conversation, eager_tasks: None) -> Book:
    """Book by the tool, as the model calls it; the tasks run at once."""

    def book(answer: str = "sì", call_id: str = "1", conversation: Conversation = call, **more: str) -> str:
        arguments = {
            "service": "tagliando",
            "start": START,
            "license_plate": "AB123CD",
            "first_name": "Anna",
            "whatsapp_confirmation": answer,
        } | more
        return toolcalls.answer(
            conversation=conversation, call_id=call_id, name="book_appointment", arguments=arguments
        ).text

    return book


def sent() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(channel="whatsapp").order_by("created_at"))


def test_who_says_yes_gets_a_confirmation(book: Book) -> None:
    said = book("sì, grazie")

    assert said.startswith("Prenotato")
    assert "La conferma arriva su WhatsApp." in said
    [message] = sent()
    row = Appointment.objects.get(conversation_id__isnull=False)
    content = Content.from_json(message.content)
    assert (message.recipient, message.purpose) == (ANNA, "confirmation")
    assert content.template is not None
    assert content.template.name == "aros_conferma"
    assert content.template.parameters == (
        "Officina Rossi",
        "giovedì 26 novembre",
        "09:30",
        "Tagliando",
        "Via Roma 1, Milano",
    )
    assert content.template.buttons == (f"move:{row.code}", f"cancel:{row.code}")
    assert "giovedì 26 novembre alle 09:30" in content.text
    [consent] = Consent.objects.filter(purpose="service_messages")
    assert (consent.granted, consent.channel, consent.wording) == (True, "voice", confirmations.QUESTION)


@pytest.mark.parametrize("answer", ["no", "", "non so"])
def test_who_does_not_say_yes_gets_none(book: Book, answer: str) -> None:
    assert "WhatsApp" not in book(answer)
    assert sent() == []
    assert list(Consent.objects.values_list("granted", flat=True)) == ([False] if answer == "no" else [])


def test_said_again_it_is_sent_once(book: Book) -> None:
    for call_id in ("1", "1", "2"):
        book(call_id=call_id)
    confirmations.send(appointment_id=Appointment.objects.get(conversation_id__isnull=False).pk)
    assert len(sent()) == 1
    assert Consent.objects.filter(purpose="service_messages").count() == 1


def test_a_number_that_was_only_said_gets_nothing(book: Book, shop: Shop) -> None:
    hidden = Conversation.objects.create(channel=Channel.VOICE, external_id="call-2")
    said = book(conversation=hidden, phone="333 7654321")
    assert said.startswith("Prenotato")
    assert sent() == []
    assert not Consent.objects.exists()


def test_a_moved_appointment_is_confirmed_anew_and_a_cancelled_one_is_not(book: Book) -> None:
    book()
    row = Appointment.objects.select_related("service").get(conversation_id__isnull=False)
    first, later = row.scheduled_at, datetime(2026, 11, 27, 9, 0, tzinfo=UTC)

    booking.reschedule(appointment=row, starts_at=later, by_staff=True)
    booking.reschedule(appointment=row, starts_at=later, by_staff=True)
    assert len(sent()) == 2
    booking.reschedule(appointment=row, starts_at=first, by_staff=True)
    assert [each.content["template"]["parameters"][1] for each in sent()] == [
        "giovedì 26 novembre",
        "venerdì 27 novembre",
        "giovedì 26 novembre",
    ]
    booking.cancel(appointment=row)
    confirmations.send(appointment_id=row.pk)
    assert len(sent()) == 3


def test_what_the_shop_confirms_is_confirmed_when_it_has(book: Book) -> None:
    Service.objects.filter(name="Tagliando").update(confirmed_by=Service.ConfirmedBy.SHOP)
    assert "La conferma arriva su WhatsApp appena l'officina conferma." in book()
    assert sent() == []

    booking.confirm(appointment=Appointment.objects.get(conversation_id__isnull=False))
    assert len(sent()) == 1


def test_stop_is_honoured(book: Book) -> None:
    book("no")
    row = Appointment.objects.select_related("customer").get(conversation_id__isnull=False)
    optout.record(customer=row.customer, channel="whatsapp", contact=ANNA)
    book("sì", call_id="2")
    assert sent() == []


def test_a_past_appointment_is_not_confirmed(book: Book) -> None:
    book("no")
    row = Appointment.objects.get(conversation_id__isnull=False)
    Consent.objects.update(granted=True)
    with time_machine.travel(datetime(2026, 12, 24, tzinfo=UTC)):
        assert confirmations.send(appointment_id=row.pk) is None


def prompt_of(conversation: Conversation) -> str:
    return prompt.build(conversation=conversation, config=AIConfig.load(), now=datetime.now(UTC))


def test_the_question_is_asked_where_it_can_be(shop: Shop, call: Conversation) -> None:
    hidden: Any = Conversation(channel=Channel.VOICE, external_id="h")
    chat: Any = Conversation(
        channel=Channel.WHATSAPP, external_id="w", phone_number=ANNA, caller_verified=True
    )
    assert confirmations.QUESTION in prompt_of(call)
    assert confirmations.QUESTION not in prompt_of(hidden)
    assert confirmations.QUESTION not in prompt_of(chat)


def test_a_shop_without_whatsapp_offers_nothing(bianchi: Shop, book: Book) -> None:
    with in_shop(bianchi):
        call = Conversation.objects.create(
            channel=Channel.VOICE, external_id="c", phone_number=ANNA, caller_verified=True
        )
        assert confirmations.QUESTION not in prompt_of(call)
        assert "WhatsApp" not in book(conversation=call)
        assert sent() == []
        assert not Consent.objects.exists()


def test_a_confirmation_that_waited_is_held_against_the_appointment(book: Book) -> None:
    """A dead token held it back for days: what is no longer true does not go out."""
    book()
    [message] = sent()
    row = Appointment.objects.get(conversation_id__isnull=False)
    assert not confirmations.is_stale(message)
    AIConfig.objects.update(address="Via Verdi 2, Milano")
    assert not confirmations.is_stale(message)
    with time_machine.travel(row.scheduled_at):
        assert confirmations.is_stale(message)
    booking.cancel(appointment=row)
    assert confirmations.is_stale(message)


def test_a_confirmation_of_a_moved_appointment_gives_way_to_the_new_one(book: Book) -> None:
    book()
    row = Appointment.objects.select_related("service").get(conversation_id__isnull=False)
    booking.reschedule(appointment=row, starts_at=datetime(2026, 11, 27, 9, 0, tzinfo=UTC))
    first, second = sent()
    assert (confirmations.is_stale(first), confirmations.is_stale(second)) == (True, False)


def test_a_stale_confirmation_is_not_sent(book: Book) -> None:
    book()
    [message] = sent()
    booking.cancel(appointment=Appointment.objects.get(conversation_id__isnull=False))
    OutboundMessage.objects.update(status="queued", next_attempt_at=timezone.now(), attempts=0)
    sending.send(message_id=message.pk)  # and Meta is not asked: the tests have no network
    message.refresh_from_db()
    assert (message.status, message.error) == ("failed", str(failures.STALE))
