"""A message comes in: stored once, with its person and its conversation, however and whenever it comes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from receptionist import inbound
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import Conversation, ConversationMessage, ConversationStatus, MessageKind
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import counted, statements

ANNA = Person(phone="+393331234567", user_id="IT.1349", name="Anna")


def take(person: Person = ANNA, wire_id: str = "wamid.1", text: str = "Ciao", **more: object) -> Received:
    now = more.pop("now", None)
    message = Incoming(wire_id=wire_id, kind=MessageKind.TEXT, text=text, **more)
    return inbound.receive(channel="whatsapp", person=person, line="wa-rossi", message=message, now=now)


def test_first_message_of_somebody_new(in_rossi: Shop) -> None:
    received = take()
    assert (received.created, received.wants_turn) == (True, True)
    conversation = Conversation.objects.get()
    assert (conversation.contact, conversation.line) == ("+393331234567", "wa-rossi")
    assert conversation.status == ConversationStatus.ACTIVE
    assert conversation.caller_verified
    customer = Customer.objects.get()
    assert (customer.phone, customer.first_name) == ("+393331234567", "Anna")
    assert conversation.customer == customer
    known = set(ChannelIdentity.objects.values_list("external_id", "verified"))
    assert known == {("+393331234567", True), ("IT.1349", True)}
    message = ConversationMessage.objects.get()
    assert (message.text, message.wire_id, message.answered_at) == ("Ciao", "wamid.1", None)


def test_somebody_without_a_number(in_rossi: Shop) -> None:
    take(Person(user_id="IT.77", name="Ugo"))
    conversation = Conversation.objects.get()
    assert (conversation.contact, conversation.phone_number) == ("IT.77", "")
    assert Customer.objects.get().phone is None


def test_one_person_with_and_without_a_number(in_rossi: Shop) -> None:
    take()
    take(Person(user_id="IT.1349"), wire_id="wamid.2")
    assert Conversation.objects.count() == 1
    assert Customer.objects.count() == 1


def test_a_known_customer_is_recognised(in_rossi: Shop) -> None:
    mario = factories.customer(first_name="Mario", phone="+393331234567")
    take()
    assert Conversation.objects.get().customer == mario
    mario.refresh_from_db()
    assert mario.first_name == "Mario"


def test_twice_is_once(in_rossi: Shop) -> None:
    first, second = take(), take(text="altro")
    assert second == Received(first.conversation_id, first.message_id, created=False, wants_turn=False)
    assert ConversationMessage.objects.get().text == "Ciao"


def test_twice_is_once_even_after_the_end(in_rossi: Shop) -> None:
    first = take()
    Conversation.objects.update(ended_at=timezone.now())
    assert not take().created
    assert take(wire_id="wamid.2").conversation_id != first.conversation_id
    assert not take().created


def test_after_a_day_of_silence_a_new_conversation(in_rossi: Shop) -> None:
    now = timezone.now()
    first = take(now=now - timedelta(hours=24, minutes=1))
    second = take(wire_id="wamid.2", now=now)
    assert second.conversation_id != first.conversation_id
    assert Conversation.objects.get(pk=first.conversation_id).ended_reason == "silence"


def test_just_within_the_day(in_rossi: Shop) -> None:
    now = timezone.now()
    first = take(now=now - timedelta(hours=23, minutes=59))
    assert take(wire_id="wamid.2", now=now).conversation_id == first.conversation_id


@pytest.mark.parametrize(("minutes", "wants"), [(None, False), (5, False), (-5, True)])
def test_a_chat_that_a_person_has(in_rossi: Shop, minutes: int | None, wants: bool) -> None:
    take()
    until = None if minutes is None else timezone.now() + timedelta(minutes=minutes)
    Conversation.objects.update(status=ConversationStatus.TRANSFERRED, silent_until=until)
    assert take(wire_id="wamid.2").wants_turn is wants
    assert ConversationMessage.objects.count() == 2


def test_what_is_only_kept(in_rossi: Shop) -> None:
    assert not take(wants_answer=False).wants_turn
    assert ConversationMessage.objects.get().answered_at


def test_not_ready(in_rossi: Shop) -> None:
    assert not take(is_ready=False).wants_turn
    assert ConversationMessage.objects.get().answered_at is None


@pytest.mark.parametrize("text", ["\x00nul\x00", "‮rovescio", "😀" * 5000, "\ud800"])
def test_any_text(in_rossi: Shop, text: str) -> None:
    assert take(text=text).created


def test_one_statement(in_rossi: Shop) -> None:
    with counted() as queries:
        take()
        take(wire_id="wamid.2")
    assert len(statements(queries)) == 2


def test_many_first_messages_at_once(transactional_db: None, rossi: Shop) -> None:
    def one(number: int) -> Received:
        try:
            with in_shop(rossi):
                return take(wire_id=f"wamid.{number % 8}")
        finally:
            connection.close()

    with ThreadPoolExecutor(16) as pool:
        received = list(pool.map(one, range(32)))
    with in_shop(rossi):
        assert sum(each.created for each in received) == 8
        assert ConversationMessage.objects.count() == 8
        assert Conversation.objects.count() == 1
        assert Customer.objects.count() == 1
