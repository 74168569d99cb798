"""STOP: heard alone, honoured at once, confirmed once; what the shop begins does not go out after it."""

import uuid
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from receptionist import handover, inbound, optout, outbox, turns
from receptionist.content import Content
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import Conversation, MessageKind, OutboundMessage, Purpose
from receptionist.optout import Word
from scheduling.models import ChannelIdentity, Consent, Customer
from shops.models import Shop
from tests import factories

ANNA = Person(phone="+393331234567", user_id="IT.991", name="Anna")


@pytest.fixture(autouse=True)
def no_wait(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


def write(text: str, person: Person = ANNA, kind: MessageKind = MessageKind.TEXT) -> Received:
    message = Incoming(wire_id=f"wamid.{uuid.uuid4()}", kind=kind, text=text)
    return inbound.receive(channel="whatsapp", person=person, line="wa-rossi", message=message)


def say(text: str, person: Person = ANNA) -> None:
    turns.run(conversation_id=write(text, person).conversation_id)


def said(purpose: str = "optout") -> list[str]:
    rows = OutboundMessage.objects.filter(purpose=purpose).order_by("created_at")
    return [each.content["text"] for each in rows]


@pytest.mark.parametrize(
    "text",
    [
        *("STOP", "stop", "Stop.", " stop!! ", "S T O P".replace(" ", ""), "Stop 🙏", "STOP messaggi"),
        *("Basta messaggi", "Cancellami", "disiscrivimi", "Non scrivetemi più!", "unsubscribe", "Opt-out"),
        *("Stop promotions", "stop, grazie", "Disattiva messaggi"),
    ],
)
def test_stop_is_heard(text: str) -> None:
    assert optout.word_of(text) == Word.STOP


@pytest.mark.parametrize(
    "text",
    [
        *(
            "stop allo scarico",
            "lo stop non si accende",
            "luce stop bruciata",
            "non stop",
            "basta",
            "annulla",
        ),
        *("cancella", "cancella l'appuntamento", "fine", "", "🛑", "vorrei lo start and stop riparato"),
        *("start&stop", "stop " * 20, "cancellami l'appuntamento di giovedì", "quit"),
    ],
)
def test_other_words_are_not(text: str) -> None:
    assert optout.word_of(text) is None


@pytest.mark.parametrize("text", ["START", "riprendi", "Riattiva messaggi"])
def test_start_is_heard(text: str) -> None:
    assert optout.word_of(text) == Word.START


def test_it_is_recorded_confirmed_and_proven(in_rossi: Shop) -> None:
    write("Buongiorno")
    customer = Customer.objects.get()
    Consent.objects.create(customer=customer, purpose="marketing", granted=True, channel="whatsapp")
    Consent.objects.create(customer=customer, purpose="privacy", granted=True, channel="whatsapp")
    say("STOP")
    assert set(ChannelIdentity.objects.values_list("opted_out_at", flat=True)) != {None}
    assert ChannelIdentity.objects.filter(opted_out_at=None).count() == 0  # under both names
    given, refused = Consent.objects.filter(purpose="marketing").order_by("-granted")
    assert given.withdrawn_at
    assert (refused.granted, refused.wording) == (False, "Ha scritto STOP.")
    assert Consent.objects.get(purpose="privacy").withdrawn_at is None


def test_it_is_confirmed_once(in_rossi: Shop) -> None:
    say("STOP")
    (confirmation,) = said()
    assert "non le scriveremo più di nostra iniziativa" in confirmation
    assert Conversation.objects.get().ended_at
    assert "intelligenza artificiale" in confirmation
    first = ChannelIdentity.objects.exclude(opted_out_at=None).values_list("opted_out_at", flat=True)[0]
    say("stop")
    say("STOP!")
    assert len(said()) == 1
    assert turns.unanswered(Conversation.objects.order_by("-started_at")[0].pk) == []
    assert ChannelIdentity.objects.filter(opted_out_at=first).count() == 2
    assert Consent.objects.count() == 1


def test_a_tourist_reads_english(in_rossi: Shop) -> None:
    say("Hello")
    Conversation.objects.update(language="en")
    say("unsubscribe")
    assert "we will not message you on our own initiative" in said()[0]


def test_what_was_written_besides_is_answered(in_rossi: Shop) -> None:
    write("STOP")
    say("anzi, che orari fate?")
    (reply,) = said("reply")
    assert "non le scriveremo più" in reply
    assert len(reply.split("\n\n")) > 2
    assert optout.is_out(Customer.objects.get(), "whatsapp")


def test_it_is_heard_while_a_person_has_the_chat(in_rossi: Shop) -> None:
    place = write("c'è qualcuno?")
    conversation = Conversation.objects.get(pk=place.conversation_id)
    handover.ask(conversation=conversation, reason="x")
    received = write("STOP")
    assert received.wants_turn
    turns.run(conversation_id=conversation.pk)
    assert len(said()) == 1
    assert [each.text for each in turns.unanswered(conversation.pk)] == ["c'è qualcuno?"]
    stored = Conversation.objects.get()
    assert (stored.status, stored.ended_at) == ("transferred", None)
    assert said("reply") == []


def test_confirmations_and_reminders_stop_and_answers_go_on(in_rossi: Shop) -> None:
    say("STOP")
    customer = Customer.objects.get()
    for purpose in (Purpose.CONFIRMATION, Purpose.REMINDER):
        assert not optout.allows(customer=customer, channel="whatsapp", purpose=purpose)
        for recipient in ("+393331234567", "IT.991"):
            with pytest.raises(optout.OptedOut):
                outbox.put(
                    channel="whatsapp", recipient=recipient, content=Content("Promemoria"), purpose=purpose
                )
    assert optout.allows(customer=customer, channel="whatsapp", purpose=Purpose.REPLY)
    assert optout.allows(customer=customer, channel="voice", purpose=Purpose.REMINDER)
    assert OutboundMessage.objects.exclude(purpose="optout").count() == 0
    say("Vorrei un tagliando")
    assert len(said("reply")) == 1


def test_it_counts_for_the_customers_number_too(in_rossi: Shop) -> None:
    """Somebody who wrote under an id of the channel's, and whose number the shop knows."""
    say("STOP", Person(user_id="IT.5555", name="Ugo"))
    Customer.objects.update(phone="+393330000001")
    assert not optout.allows_recipient(
        channel="whatsapp", recipient="+393330000001", purpose=Purpose.CONFIRMATION
    )


def test_others_are_written_to(in_rossi: Shop) -> None:
    say("STOP")
    other = factories.customer()
    assert optout.allows(customer=other, channel="whatsapp", purpose=Purpose.REMINDER)
    assert optout.allows(customer=None, channel="whatsapp", purpose=Purpose.REMINDER)
    row = outbox.put(
        channel="whatsapp", recipient=str(other.phone), content=Content("Ciao"), purpose=Purpose.REMINDER
    )
    assert row.status == "queued"


def test_start_takes_it_back(in_rossi: Shop) -> None:
    say("STOP")
    say("start")
    customer = Customer.objects.get()
    assert optout.allows(customer=customer, channel="whatsapp", purpose=Purpose.REMINDER)
    assert "le scriveremo di nuovo" in said()[1]
    assert Consent.objects.filter(granted=True).count() == 0  # promotion has to be asked for anew
    say("STOP")
    assert len(said()) == 3


def test_start_without_stop_is_an_ordinary_word(in_rossi: Shop) -> None:
    say("start")
    assert said() == []
    assert len(said("reply")) == 1


def test_a_killed_worker_s_confirmation_is_sent_by_the_next(in_rossi: Shop) -> None:
    place = write("STOP")
    conversation = Conversation.objects.select_related("customer").get()
    optout.stop(conversation=conversation)  # recorded, and then the worker was gone
    turns.run(conversation_id=place.conversation_id)
    assert len(said()) == 1


def test_recording_twice_changes_nothing(in_rossi: Shop) -> None:
    customer = factories.customer(phone="+393331112223")
    now = timezone.now()
    args = {"customer": customer, "channel": "whatsapp", "contact": "+393331112223"}
    assert optout.record(**args, now=now)
    assert not optout.record(**args, now=now + timedelta(days=1))
    assert ChannelIdentity.objects.get().opted_out_at == now
