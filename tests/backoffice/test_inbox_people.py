"""Who of the shop has a conversation, and what may be written when the 24 hours are over."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from receptionist import handover, holding, inbound, optout, staffreply, stafftemplates, turns
from receptionist.inbound import Incoming, Person
from receptionist.models import (
    Conversation,
    ConversationMessage,
    Handover,
    MessageKind,
    OutboundMessage,
)
from scheduling.models.appointments import Status
from shops.models import Shop
from shops.refusals import Refused
from shops.staff.models import StaffUser
from tests import factories
from tests.backoffice.test_inbox import Inside, LogIn, opened, write
from tests.receptionist.conftest import open_call
from tests.whatsapp import sending_kit as kit
from whatsapp import sending
from whatsapp.models import MessageTemplate
from whatsapp.templates import DEFINITIONS, synchronise

WABA = "waba-rossi"


@pytest.fixture
def bruna(in_rossi: Shop) -> StaffUser:
    user: StaffUser = StaffUser.objects.create_user(
        "bruna@rossi.example", role="receptionist", first_name="Bruna", last_name="Sala"
    )
    return user


@pytest.fixture
def chat(in_rossi: Shop) -> Conversation:
    return write("Buongiorno, ho una domanda")


def test_the_second_is_told_who_has_it(
    in_rossi: Shop, chat: Conversation, manager: StaffUser, bruna: StaffUser, log_in: LogIn
) -> None:
    handover.ask(conversation=chat, reason="x")
    holding.take(conversation=chat, staff=bruna)
    assert Conversation.objects.get().held_by == bruna
    with pytest.raises(holding.HeldByOther, match="Bruna Sala"):
        holding.take(conversation=chat, staff=manager)
    with pytest.raises(holding.HeldByOther, match="Bruna Sala"):
        staffreply.send(conversation=chat, staff=manager, text="Buongiorno")
    assert not OutboundMessage.objects.filter(channel="whatsapp").exists()
    office = log_in(Inside(SERVER_NAME="rossi.example"), manager, in_rossi)
    text = opened(office, chat)
    assert "Se ne occupa Bruna Sala" in text
    assert f"take:{bruna.pk}" in text
    # Who was seen to have it is not who has it any more: told again.
    with pytest.raises(holding.HeldByOther):
        holding.take(conversation=chat, staff=manager, over=uuid.uuid4())
    holding.take(conversation=chat, staff=manager, over=bruna.pk)
    assert Conversation.objects.get().held_by == manager
    assert Handover.objects.get().taken_by == manager
    staffreply.send(conversation=chat, staff=manager, text="Buongiorno")
    handover.give_back(conversation=chat, staff=manager)
    assert Conversation.objects.get().held_by is None


def test_a_call_s_request_is_one_person_s(in_rossi: Shop, manager: StaffUser, bruna: StaffUser) -> None:
    call = open_call("+393330001112")
    handover.ask(conversation=call, reason="preventivo")
    holding.take(conversation=call, staff=bruna)
    assert holding.holder_of(call) == bruna
    with pytest.raises(holding.HeldByOther):
        holding.take(conversation=call, staff=manager)
    holding.settle(conversation=call, staff=bruna)
    with pytest.raises(Refused, match="niente"):
        holding.take(conversation=call, staff=manager)


def test_silence_that_ran_out_is_nobody_s(chat: Conversation, manager: StaffUser, bruna: StaffUser) -> None:
    holding.take(conversation=chat, staff=bruna)
    Conversation.objects.update(silent_until=timezone.now() - timedelta(minutes=1))
    chat.refresh_from_db()
    assert holding.holder_of(chat) is None
    handover.wake(conversation=chat)
    assert Conversation.objects.get().held_by is None


def test_ended_by_hand(chat: Conversation, manager: StaffUser, bruna: StaffUser) -> None:
    handover.ask(conversation=chat, reason="x")
    holding.take(conversation=chat, staff=bruna)
    with pytest.raises(holding.HeldByOther):
        holding.end(conversation=chat, staff=manager)
    holding.end(conversation=chat, staff=bruna)
    row = Conversation.objects.get()
    assert (row.status, row.ended_reason, row.held_by) == ("completed", "staff", None)
    assert Handover.objects.get().status == "done"
    assert not row.messages.filter(answered_at=None).exists()
    with pytest.raises(Refused, match="già conclusa"):
        holding.end(conversation=chat, staff=bruna)
    assert write("Ancora io").pk != chat.pk


# --- templates -------------------------------------------------------------------------------------------------


@pytest.fixture
def approved(committed_number: None, in_rossi: Shop) -> None:
    for each in DEFINITIONS:
        MessageTemplate.objects.create(waba_id=WABA, name=each.name, status="approved", body=each.body)


@pytest.fixture
def committed_number(transactional_db: None, rossi: Shop) -> None:
    kit.number(rossi, waba=WABA)


@pytest.fixture
def late(approved: None, in_rossi: Shop) -> Conversation:
    """Anna wrote the day before yesterday; the sweep has ended the chat."""
    write("Quanto costano i freni?")
    then = timezone.now() - timedelta(hours=40)
    Conversation.objects.update(
        last_customer_at=then,
        active_at=then,
        ended_at=timezone.now() - timedelta(hours=16),
        status="completed",
    )
    return Conversation.objects.get()


def test_outside_the_window_only_an_approved_template(
    late: Conversation, manager: StaffUser, in_rossi: Shop, log_in: LogIn
) -> None:
    names = [each.name for each in stafftemplates.offers(late)]
    assert names == [
        "aros_rispondere_qui",
        "aros_auto_pronta_ritiro",
    ]  # no appointment, and none for the staff
    office = log_in(Inside(SERVER_NAME="rossi.example"), manager, in_rossi)
    text = opened(office, late)
    assert "ha una risposta alla sua richiesta" in text
    address = reverse("admin:inbox_do", args=[late.pk])
    data = {"do": "template", "name": "aros_rispondere_qui", "place-2": "  i freni\n", "token": "t1"}
    assert office.post(address, data).status_code == 302
    office.post(address, data)  # twice
    (out,) = OutboundMessage.objects.filter(channel="whatsapp")
    assert out.content["template"] == {
        "name": "aros_rispondere_qui",
        "parameters": ["Officina Rossi", "i freni"],
        "buttons": ["m:person"],
        "language": "it",
    }
    assert "i freni" in out.content["text"]
    line = ConversationMessage.objects.get(role="staff")
    assert (line.payload["by"], line.payload["template"]) == (str(manager), "aros_rispondere_qui")
    assert Conversation.objects.get().ended_at is not None


def test_a_place_is_not_left_empty_and_a_paused_template_not_sent(
    late: Conversation, manager: StaffUser
) -> None:
    def send(**values: str) -> Any:
        return staffreply.send_template(
            conversation=late, staff=manager, name="aros_rispondere_qui", values=values
        )

    with pytest.raises(Refused, match="Di che cosa si tratta"):
        send(**{"2": " \n"})
    MessageTemplate.objects.update(status="paused")
    with pytest.raises(Refused, match="non si può mandare"):
        send(**{"2": "i freni"})
    assert not OutboundMessage.objects.filter(channel="whatsapp").exists()


def test_a_confirmation_holds_the_facts_and_stop_forbids_it(late: Conversation, manager: StaffUser) -> None:
    at = timezone.now() + timedelta(days=2)
    assert late.customer
    row = factories.appointment(at, customer=late.customer, status=Status.CONFIRMED)
    values = {"2": "domani", "3": "12:00"}  # not the employee's to change
    out = staffreply.send_template(conversation=late, staff=manager, name="aros_conferma", values=values)
    assert out.content["template"]["buttons"] == [f"move:{row.code}", f"cancel:{row.code}"]
    assert "domani" not in out.content["template"]["parameters"]
    optout.record(customer=late.customer, channel="whatsapp")
    with pytest.raises(Refused, match="STOP"):
        staffreply.send_template(conversation=late, staff=manager, name="aros_promemoria", values={})


def test_the_template_goes_out_and_its_button_asks_for_a_person(
    settings: Any, late: Conversation, manager: StaffUser, in_rossi: Shop
) -> None:
    MessageTemplate.objects.all().delete()
    with kit.meta(settings) as meta:
        synchronise(in_rossi)
        _send_and_tap(late, manager)
    assert meta is not None


def _send_and_tap(late: Conversation, manager: StaffUser) -> None:
    out = staffreply.send_template(
        conversation=late, staff=manager, name="aros_rispondere_qui", values={"2": "i freni"}
    )
    sending.send(message_id=out.pk)
    out.refresh_from_db()
    assert (out.status, out.error) == ("sent", "")
    place = inbound.receive(
        channel="whatsapp",
        person=Person(phone="+393331234567"),
        line="wa-rossi",
        message=Incoming(
            wire_id="wamid.tap", kind=MessageKind.BUTTON, text="Continua", payload={"id": "m:person"}
        ),
    )
    turns.run(conversation_id=place.conversation_id)
    assert Handover.objects.filter(conversation=place.conversation_id, kind="chat").exists()


def test_nobody_writes_from_another_shop_s_number(in_rossi: Shop, manager: StaffUser) -> None:
    with pytest.raises(Refused, match="solo telefonare"):
        staffreply.send_template(conversation=open_call(), staff=manager, name="aros_conferma", values={})


def test_only_posts_change_something(
    chat: Conversation, in_rossi: Shop, manager: StaffUser, log_in: LogIn
) -> None:
    office = log_in(Inside(SERVER_NAME="rossi.example"), manager, in_rossi)
    address = reverse("admin:inbox_do", args=[chat.pk])
    assert office.get(address, {"do": "take"}).status_code == 405
    strict = Inside(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
    strict.cookies = office.cookies
    assert strict.post(address, {"do": "take"}).status_code == 403
    assert Client(SERVER_NAME="rossi.example").post(address, {"do": "take"}).status_code == 302


def test_a_form_sent_again_with_other_words_is_another_message(
    in_rossi: Shop, chat: Conversation, manager: StaffUser
) -> None:
    """The answer to the first was lost on its way: who corrects the words and sends again means these."""
    for text in ("Domani alle 9", "Domani alle 9", "Domani alle 10"):
        staffreply.send(conversation=chat, staff=manager, text=text, token="t")
    said = ConversationMessage.objects.filter(conversation=chat, role="staff").values_list("text", flat=True)
    assert sorted(said) == ["Domani alle 10", "Domani alle 9"]
    assert OutboundMessage.objects.filter(conversation=chat, key__startswith="staff:").count() == 2
