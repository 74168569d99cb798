"""A chat that is handed to a person: who says what, who is silent, and how it comes back."""

import uuid
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist import handover, inbound, leases, sweeping, turns
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    MessageKind,
    MessageRole,
    OutboundMessage,
    ToolCall,
)
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.conftest import NOW, at, use

ANNA = Person(phone="+393331234567", name="Anna")
EVENING = at("2026-11-24T20:00")


@pytest.fixture(autouse=True)
def no_wait(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


def write(text: str, kind: MessageKind = MessageKind.TEXT, now: datetime | None = None) -> Received:
    sent_at = now or timezone.now()
    message = Incoming(wire_id=f"wamid.{uuid.uuid4()}", kind=kind, text=text, sent_at=sent_at)
    return inbound.receive(channel="whatsapp", person=ANNA, line="wa-rossi", message=message, now=now)


def chat(text: str = "Buongiorno?", now: datetime | None = None) -> Conversation:
    return Conversation.objects.get(pk=write(text, now=now).conversation_id)


def replies() -> list[str]:
    rows = OutboundMessage.objects.filter(purpose="reply").order_by("created_at")
    return [each.content["text"] for each in rows]


def notices() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(purpose="notice").order_by("created_at"))


def test_a_chat_is_handed_over_with_why_and_two_lines(in_rossi: Shop) -> None:
    conversation = chat()
    row = handover.ask(conversation=conversation, reason="vuole il titolare", now=NOW)
    assert (row.kind, row.status, row.reason) == ("chat", "open", "vuole il titolare")
    assert row.summary == "Anna, +393331234567\nVuole il titolare. Già provato: niente."
    stored = Conversation.objects.get()
    assert (stored.status, stored.handed_over_at) == ("transferred", NOW)
    assert stored.silent_until == NOW + timedelta(hours=12)
    assert (conversation.status, conversation.silent_until) == (stored.status, stored.silent_until)


def test_the_silence_outlasts_what_was_promised(in_rossi: Shop) -> None:
    """Asked for on Saturday night: the person is there on Monday, and so long nobody else answers."""
    saturday = NOW.replace(day=28, hour=22)
    conversation = chat(now=saturday)
    row = handover.ask(conversation=conversation, reason="x", now=saturday)
    assert row.callback_at is not None
    assert row.callback_at.date() == saturday.date() + timedelta(days=2)
    assert Conversation.objects.get().silent_until == row.callback_at + handover.AFTER_PROMISE


@pytest.mark.parametrize(
    ("now", "formality", "language", "words"),
    [
        (NOW, "lei", "it", "Un collega le risponde qui appena possibile, entro le 11:00."),
        (NOW, "tu", "it", "Un collega ti risponde qui appena possibile, entro le 11:00."),
        (NOW, "lei", "en", "A colleague will answer you here by 11:00 today."),
        (
            EVENING,
            "lei",
            "it",
            "Adesso l'officina è chiusa: un collega le risponde qui entro le 9:00 di domani, mercoledì 25 novembre.",
        ),
        (
            at("2026-11-28T15:00"),
            "tu",
            "it",
            "Adesso l'officina è chiusa: un collega ti risponde qui entro le 9:00 di lunedì 30 novembre.",
        ),
        (
            at("2026-11-28T15:00"),
            "lei",
            "en-GB",
            "The garage is closed now: a colleague will answer you here by 9:00 on Monday 30 November.",
        ),
        (NOW, "lei", "de", "A colleague will answer you here by 11:00 today."),
    ],
)
def test_the_customer_is_told_by_when(
    in_rossi: Shop, now: datetime, formality: str, language: str, words: str
) -> None:
    AIConfig.load()
    AIConfig.objects.update(formality=formality)
    conversation = chat()
    conversation.language = language
    row = handover.ask(conversation=conversation, reason="x", now=now)
    assert handover.say_next(row, now) == words


def test_a_shop_without_hours_promises_no_time(in_rossi: Shop) -> None:
    factories.hours([])
    row = handover.ask(conversation=chat(), reason="x", now=NOW)
    assert handover.say_next(row, NOW) == "Un collega le risponde qui appena possibile."


def test_a_call_back_silences_nobody(in_rossi: Shop) -> None:
    conversation = chat()
    row = handover.ask(conversation=conversation, reason="auto in ritardo", now=NOW, transfer=False)
    assert (row.kind, handover.say_next(row, NOW)) == (
        "callback",
        "L'officina la richiama entro le 11:00.",
    )
    assert Conversation.objects.get().status == "active"


def test_a_chat_that_is_handed_over_stays_so_when_a_call_back_is_wanted_too(in_rossi: Shop) -> None:
    conversation = chat()
    handover.ask(conversation=conversation, reason="titolare", now=NOW)
    row = handover.ask(conversation=conversation, reason="ritardo", now=NOW, transfer=False)
    assert (row.kind, row.wanted) == ("chat", "titolare; ritardo")


def test_the_tool_hands_over_and_tells_by_when(in_rossi: Shop) -> None:
    said = use(chat(), "request_human", reason="vuole parlare con una persona")
    assert said.text == "Richiesta annotata. Un collega le risponde qui appena possibile, entro le 11:00."
    assert Conversation.objects.get().status == "transferred"


def test_danger_comes_before_everything(in_rossi: Shop) -> None:
    AIConfig.load()
    AIConfig.objects.update(tow_number="+390212340000")
    place = write("Ciao, i freni non funzionano, avete posto la settimana prossima?")
    turns.run(conversation_id=place.conversation_id)
    (said,) = replies()
    words = said.split("\n\n")[1]
    assert words.startswith("Per la sua sicurezza si fermi appena può")
    assert "112" in words
    assert "Soccorso stradale: +390212340000." in words
    assert "un collega le risponde qui" in words.lower()
    row = Handover.objects.get()
    assert (row.urgency, row.kind) == ("danger", "chat")
    assert "i freni non funzionano" in row.wanted
    assert not ToolCall.objects.exists()
    assert notices()[0].content["subject"].startswith("Pericolo: ")


def test_a_tourist_is_warned_in_english(in_rossi: Shop) -> None:
    place = write("Help! There is smoke coming from the engine")
    turns.run(conversation_id=place.conversation_id)
    (said,) = replies()
    assert "stop as soon as you can in a safe place" in said
    assert "A colleague will answer you here" in said or "The garage is closed now" in said
    assert Conversation.objects.get().language == "en"


@pytest.mark.parametrize(
    "text", ["Siete dei ladri, voglio il rimborso", "sono rimasto a piedi in tangenziale"]
)
def test_anger_and_need_bring_a_person(in_rossi: Shop, text: str) -> None:
    AIConfig.load()
    AIConfig.objects.update(tow_number="+390212340000")
    place = write(text)
    turns.run(conversation_id=place.conversation_id)
    (said,) = replies()
    assert "Mi dispiace." in said
    assert ("+390212340000" in said) is ("piedi" in text)
    assert (Handover.objects.get().urgency, Conversation.objects.get().status) == ("high", "transferred")


def test_taps_and_files_are_no_alarm(in_rossi: Shop) -> None:
    """A list may offer "Spia rossa": who taps it is led on, and a picture's words are not the customer's."""
    conversation = chat("buongiorno")
    write("Spia rossa", kind=MessageKind.INTERACTIVE)
    write("esce fumo dal motore", kind=MessageKind.DOCUMENT)
    assert turns._words(turns.unanswered(conversation.pk)) == "buongiorno"


def test_the_assistant_is_silent_until_the_chat_is_given_back(
    in_rossi: Shop, django_capture_on_commit_callbacks: Any
) -> None:
    conversation = chat()
    handover.ask(conversation=conversation, reason="x")
    assert not write("c'è qualcuno?").wants_turn
    turns.run(conversation_id=conversation.pk)
    assert replies() == []
    long_ago = timezone.now() - timedelta(minutes=1)
    ConversationMessage.objects.update(received_at=long_ago)
    assert sweeping.chats_to_answer() == []
    with django_capture_on_commit_callbacks() as queued:
        assert handover.give_back(conversation=conversation)
    assert len(queued) == 1
    stored = Conversation.objects.get()
    assert (stored.status, stored.silent_until) == ("active", None)
    assert Handover.objects.get().status == "done"
    turns.run(conversation_id=conversation.pk)
    assert len(replies()) == 1
    assert turns.unanswered(conversation.pk) == []
    assert not handover.give_back(conversation=conversation)


def test_nothing_is_queued_where_nothing_is_unanswered(
    in_rossi: Shop, django_capture_on_commit_callbacks: Any
) -> None:
    conversation = chat()
    handover.ask(conversation=conversation, reason="x")
    ConversationMessage.objects.update(answered_at=timezone.now())
    with django_capture_on_commit_callbacks() as queued:
        assert handover.give_back(conversation=conversation)
    assert queued == []


def test_calls_and_chats_that_ended_are_not_given_back(in_rossi: Shop) -> None:
    conversation = chat()
    handover.ask(conversation=conversation, reason="x")
    Conversation.objects.update(ended_at=timezone.now())
    assert not handover.give_back(conversation=conversation)
    Conversation.objects.update(ended_at=None, channel="voice")
    assert not handover.give_back(conversation=conversation)


def test_the_silence_runs_out(in_rossi: Shop) -> None:
    AIConfig.load()
    AIConfig.objects.update(silence_hours=2)
    with time_machine.travel(NOW, tick=False):
        conversation = chat()
        handover.ask(conversation=conversation, reason="x")
        Conversation.objects.update(failed_turns=2)
    with time_machine.travel(NOW + timedelta(hours=1, minutes=59), tick=False):
        assert handover.is_silent(Conversation.objects.get())
        assert sweeping.chats_to_answer() == []
    with time_machine.travel(NOW + timedelta(hours=2, minutes=1), tick=False):
        assert sweeping.chats_to_answer() == [conversation.pk]
        assert write("Che orari fate?").wants_turn
        turns.run(conversation_id=conversation.pk)
        stored = Conversation.objects.get()
        assert (stored.status, stored.silent_until, stored.failed_turns) == ("active", None, 0)
    assert len(replies()) == 1
    assert Handover.objects.get(kind="chat").status == "open"


def test_staff_who_write_take_the_chat(in_rossi: Shop, manager: StaffUser) -> None:
    conversation = chat()
    handover.ask(conversation=conversation, reason="x")
    handover.staff_took_over(conversation=conversation, staff=manager)
    stored = Conversation.objects.get()
    assert stored.status == conversation.status == ConversationStatus.TRANSFERRED
    assert turns.unanswered(conversation.pk) == []
    row = Handover.objects.get()
    assert (row.status, row.taken_by) == ("taken", manager)


def test_staff_who_take_it_in_hand_have_not_answered_yet(in_rossi: Shop, manager: StaffUser) -> None:
    conversation = chat()
    handover.staff_took_over(conversation=conversation, staff=manager, wrote=False)
    assert len(turns.unanswered(conversation.pk)) == 1
    assert handover.is_silent(Conversation.objects.get())


def test_each_message_of_staff_prolongs_the_silence(in_rossi: Shop) -> None:
    conversation = chat()
    first = timezone.now() - timedelta(hours=3)
    handover.staff_took_over(conversation=conversation, at=first)
    assert conversation.silent_until == first + timedelta(hours=12)
    handover.staff_took_over(conversation=conversation, at=first + timedelta(hours=1))
    assert conversation.silent_until == first + timedelta(hours=13)
    assert conversation.handed_over_at == first
    handover.staff_took_over(conversation=conversation, at=first)  # an echo that came late
    assert conversation.silent_until == first + timedelta(hours=13)


def test_an_echo_of_long_ago_silences_nobody(in_rossi: Shop) -> None:
    conversation = chat()
    handover.staff_took_over(conversation=conversation, at=timezone.now() - timedelta(hours=13))
    assert Conversation.objects.get().status == "active"
    assert len(turns.unanswered(conversation.pk)) == 1


def test_what_came_after_the_shops_message_is_not_answered_by_it(in_rossi: Shop) -> None:
    conversation = chat(now=timezone.now() - timedelta(minutes=10))
    handover.staff_took_over(conversation=conversation, at=timezone.now() - timedelta(minutes=20))
    assert len(turns.unanswered(conversation.pk)) == 1


def test_a_running_turns_answer_is_dropped(in_rossi: Shop) -> None:
    """The employee writes while the assistant thinks: the customer hears one of them."""
    conversation = chat()
    holder = uuid.uuid4()
    assert leases.take(conversation_id=conversation.pk, holder=holder)
    waiting = turns.unanswered(conversation.pk)
    conversation = Conversation.objects.get()
    turns._name_turn(conversation, holder)
    answer = turns._answer(conversation, waiting)
    handover.staff_took_over(conversation=Conversation.objects.get())
    with pytest.raises(leases.LeaseLost):
        turns._store(conversation, holder, waiting, answer)
    assert replies() == []
    assert ConversationMessage.objects.filter(role=MessageRole.ASSISTANT).count() == 0


def test_a_turn_that_waits_out_a_burst_does_not_begin(in_rossi: Shop) -> None:
    conversation = chat()
    holder = uuid.uuid4()
    assert leases.take(conversation_id=conversation.pk, holder=holder)
    seen = Conversation.objects.get()
    handover.staff_took_over(conversation=Conversation.objects.get())
    with pytest.raises(leases.LeaseLost):
        turns._name_turn(seen, holder)


def test_a_turn_that_handed_over_says_so(in_rossi: Shop) -> None:
    """The turn in which a person was asked for still gets its answer."""
    conversation = chat("voglio un rimborso")
    turns.run(conversation_id=conversation.pk)
    assert len(replies()) == 1
    turns.run(conversation_id=conversation.pk)
    write("pronto?")
    turns.run(conversation_id=conversation.pk)
    assert len(replies()) == 1


def test_asking_again_adds_to_what_is_open_and_tells_nobody_twice(in_rossi: Shop) -> None:
    conversation = chat()
    handover.ask(conversation=conversation, reason="preventivo", now=NOW)
    handover.ask(conversation=conversation, reason="fattura", now=NOW)
    assert Handover.objects.get().wanted == "preventivo; fattura"
    assert len(notices()) == 1
    handover.ask(conversation=conversation, reason="esce fumo", now=NOW)
    assert len(notices()) == 2
