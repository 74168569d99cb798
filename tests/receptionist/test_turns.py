"""A turn: everything that was written since the last answer is answered once, whoever tries and however often."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from receptionist import handover, inbound, leases, sweeping, tasks, turns
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    Media,
    MessageKind,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
)
from sandbox.model_stub import model_stub
from shops.context import in_shop
from shops.models import Shop

ANNA = Person(phone="+393331234567", user_id="IT.1349", name="Anna")


@pytest.fixture(autouse=True)
def no_wait(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


def write(text: str, wire_id: str = "", kind: MessageKind = MessageKind.TEXT, **more: Any) -> Received:
    now = more.pop("now", None)
    message = Incoming(wire_id=wire_id or f"wamid.{uuid.uuid4()}", kind=kind, text=text, **more)
    return inbound.receive(channel="whatsapp", person=ANNA, line="wa-rossi", message=message, now=now)


def replies() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(purpose="reply").order_by("created_at"))


def test_a_message_is_answered(in_rossi: Shop) -> None:
    place = write("Ciao, vorrei fare un tagliando?")
    turns.run(conversation_id=place.conversation_id)
    (reply,) = replies()
    assert (reply.channel, reply.recipient, reply.line) == ("whatsapp", "+393331234567", "wa-rossi")
    assert reply.status == OutboundStatus.QUEUED
    assert ConversationMessage.objects.get(role=MessageRole.CUSTOMER).answered_at
    assert ConversationMessage.objects.get(role=MessageRole.ASSISTANT).text == reply.content["text"]
    conversation = Conversation.objects.get()
    assert (conversation.turn_id, conversation.lease_holder, conversation.lease_until) == (None, None, None)


def test_the_first_answer_says_that_an_ai_answers_and_only_the_first(in_rossi: Shop) -> None:
    place = write("Buongiorno, che orari fate?")
    turns.run(conversation_id=place.conversation_id)
    write("E il sabato siete aperti?")
    turns.run(conversation_id=place.conversation_id)
    first, second = (each.content["text"] for each in replies())
    conversation = Conversation.objects.get()
    assert conversation.disclosed_at
    assert conversation.disclosure in first
    assert "intelligenza artificiale" in conversation.disclosure
    assert "intelligenza artificiale" not in second


def test_several_messages_have_one_answer(in_rossi: Shop) -> None:
    for text in ("ciao", "volevo", "un tagliando"):
        place = write(text)
    turns.run(conversation_id=place.conversation_id)
    assert len(replies()) == 1
    assert turns.unanswered(place.conversation_id) == []


def test_nothing_unanswered_says_nothing(in_rossi: Shop) -> None:
    place = write("Ciao?")
    turns.run(conversation_id=place.conversation_id)
    turns.run(conversation_id=place.conversation_id)
    assert len(replies()) == 1


def test_while_another_holds_the_lease(in_rossi: Shop) -> None:
    place = write("Ciao?")
    other = uuid.uuid4()
    assert leases.take(conversation_id=place.conversation_id, holder=other)
    turns.run(conversation_id=place.conversation_id)
    assert replies() == []
    assert Conversation.objects.get().lease_holder == other


def test_a_killed_workers_lease_runs_out(in_rossi: Shop) -> None:
    place = write("Ciao?")
    leases.take(conversation_id=place.conversation_id, holder=uuid.uuid4())
    Conversation.objects.update(lease_until=timezone.now() - timedelta(seconds=1), turn_id=uuid.uuid4())
    turns.run(conversation_id=place.conversation_id)
    assert len(replies()) == 1


def test_what_was_prepared_without_the_lease_is_not_stored(
    transactional_db: None, rossi: Shop, settings: Any
) -> None:
    """The model took so long that the lease ran out, and another worker has the chat."""
    other = uuid.uuid4()
    with model_stub([{"when": "", "rounds": [{"content": "Certo."}]}], latency_ms=800) as model:
        settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "key", model.url
        with in_shop(rossi):
            place = write("Ciao?")

        def answer() -> None:
            try:
                with in_shop(rossi):
                    turns.run(conversation_id=place.conversation_id)
            finally:
                connection.close()

        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(answer)
            while not model.most_at_once:
                time.sleep(0.02)
            with in_shop(rossi):
                Conversation.objects.update(lease_holder=other)
            running.result()
    with in_shop(rossi):
        assert replies() == []
        assert len(turns.unanswered(place.conversation_id)) == 1
        assert Conversation.objects.get().lease_holder == other


def test_a_turn_that_is_run_again_keeps_its_id(in_rossi: Shop) -> None:
    turn = uuid.uuid4()
    place = write("Ciao?")
    Conversation.objects.update(turn_id=turn)
    turns.run(conversation_id=place.conversation_id)
    assert replies()[0].key == f"reply:{turn}"


def test_the_time_of_a_burst_is_waited_out(in_rossi: Shop, settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0.4
    place = write("ciao")
    began = time.monotonic()
    turns.run(conversation_id=place.conversation_id)
    assert 0.3 < time.monotonic() - began < 2


@pytest.mark.parametrize(
    ("text", "kind"), [("avete posto domani?", MessageKind.TEXT), ("Sì", MessageKind.INTERACTIVE)]
)
def test_questions_and_taps_are_answered_at_once(
    in_rossi: Shop, settings: Any, text: str, kind: MessageKind
) -> None:
    settings.BURST_WAIT_SECONDS = 5
    place = write(text, kind=kind)
    began = time.monotonic()
    turns.run(conversation_id=place.conversation_id)
    assert time.monotonic() - began < 3
    assert len(replies()) == 1


def test_a_voice_note_waits_until_it_is_written_down(in_rossi: Shop) -> None:
    place = write("", kind=MessageKind.AUDIO, is_ready=False)
    turns.run(conversation_id=place.conversation_id)
    assert replies() == []
    ConversationMessage.objects.update(is_ready=True, text="Che orari fate?")
    turns.run(conversation_id=place.conversation_id)
    assert len(replies()) == 1


def test_a_voice_note_that_nobody_writes_down_is_answered_all_the_same(in_rossi: Shop) -> None:
    long_ago = timezone.now() - turns.LONGEST_LISTENING - timedelta(seconds=1)
    place = write("", kind=MessageKind.AUDIO, is_ready=False, now=long_ago)
    assert sweeping.chats_to_answer() == [place.conversation_id]
    turns.run(conversation_id=place.conversation_id)
    assert len(replies()) == 1


def test_while_a_person_has_the_chat_nothing_is_said(in_rossi: Shop) -> None:
    place = write("Ciao?", now=timezone.now() - timedelta(minutes=1))
    Conversation.objects.update(status=ConversationStatus.TRANSFERRED, silent_until=None)
    turns.run(conversation_id=place.conversation_id)
    assert replies() == []
    assert sweeping.chats_to_answer() == []


def test_the_turn_that_handed_over_is_still_answered(in_rossi: Shop) -> None:
    """Its worker was killed between the hand-over and the answer."""
    place = write("Ciao?")
    Conversation.objects.update(status=ConversationStatus.TRANSFERRED, turn_id=uuid.uuid4())
    turns.run(conversation_id=place.conversation_id)
    assert len(replies()) == 1


def test_the_sweep_finds_what_nobody_answered(in_rossi: Shop) -> None:
    fresh = write("Ciao?")
    assert sweeping.chats_to_answer() == []  # a worker has it in hand
    ConversationMessage.objects.update(received_at=timezone.now() - timedelta(minutes=1))
    assert sweeping.chats_to_answer() == [fresh.conversation_id]
    leases.take(conversation_id=fresh.conversation_id, holder=uuid.uuid4())
    assert sweeping.chats_to_answer() == []


def test_fifty_workers_answer_once(transactional_db: None, rossi: Shop, settings: Any) -> None:
    with in_shop(rossi):
        place = write("Che orari fate?")
    barrier = threading.Barrier(20)

    def one(_number: int) -> None:
        try:
            with in_shop(rossi):
                barrier.wait(20)
                turns.run(conversation_id=place.conversation_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        list(pool.map(one, range(20)))
    with in_shop(rossi):
        assert len(replies()) == 1
        assert turns.unanswered(place.conversation_id) == []


def test_messages_that_come_while_an_answer_is_made(transactional_db: None, rossi: Shop) -> None:
    """Twenty messages of one person and as many workers: all answered, none twice."""
    with in_shop(rossi):
        place = write("Che orari fate?")

    def one(number: int) -> None:
        try:
            with in_shop(rossi):
                write(f"E alle {number}?")
                turns.run(conversation_id=place.conversation_id)
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(one, range(20)))
    with in_shop(rossi):
        assert turns.unanswered(place.conversation_id) == []
        assert 1 <= len(replies()) <= 21
        assert len({each.key for each in replies()}) == len(replies())


def test_what_is_taken_back_while_the_person_writes_is_not_answered(
    rossi: Shop, transactional_db: None, settings: Any
) -> None:
    settings.BURST_WAIT_SECONDS = 1.5
    with in_shop(rossi):
        place = write("Il mio codice fiscale è questo")

        def take_back() -> None:
            with in_shop(rossi):
                ConversationMessage.objects.update(text="", answered_at=timezone.now())
            connection.close()

        later = threading.Timer(0.3, take_back)
        later.start()
        turns.run(conversation_id=place.conversation_id)
        later.join()
        assert not replies()
        row = Conversation.objects.get()
        assert (row.turn_id, row.lease_holder) == (None, None)


def test_stop_is_found_again_while_a_person_has_the_chat(in_rossi: Shop) -> None:
    place = write("Ciao?")
    turns.run(conversation_id=place.conversation_id)
    handover.staff_took_over(conversation=Conversation.objects.get())
    before = timezone.now() - timedelta(seconds=20)
    write("Allora aspetto", now=before)
    assert sweeping.chats_to_answer() == []
    write("STOP", now=before)
    assert sweeping.chats_to_answer() == [place.conversation_id]
    turns.run(conversation_id=place.conversation_id)
    assert OutboundMessage.objects.filter(purpose="optout").count() == 1
    assert sweeping.chats_to_answer() == []


def test_what_nobody_answered_for_a_day_is_a_persons(in_rossi: Shop) -> None:
    write("Quanto costa il tagliando?", now=timezone.now() - timedelta(hours=25))
    assert sweeping.end_silent_chats() == 1
    [asked] = Handover.objects.all()
    assert (asked.kind, asked.urgency) == ("callback", "high")
    assert Conversation.objects.get().status == ConversationStatus.FAILED


def test_who_writes_from_another_number_is_answered_there(in_rossi: Shop) -> None:
    numbers = ("+393331234567", "+393339999999")
    for number in numbers:
        person = Person(phone=number, user_id="IT.1349", name="Anna")
        message = Incoming(wire_id=f"wamid.{number}", kind=MessageKind.TEXT, text="Ci siete?")
        place = inbound.receive(channel="whatsapp", person=person, line="wa-rossi", message=message)
        turns.run(conversation_id=place.conversation_id)
    assert [each.recipient for each in replies()] == list(numbers)
    assert len({row.customer_id for row in Conversation.objects.all()}) == 1


def test_one_sweep_at_a_time(rossi: Shop, db: None) -> None:
    """With thousands of shops one takes longer than the pause until the next."""
    with in_shop(rossi):
        write("Ciao", now=timezone.now() - timedelta(hours=25))
    alone = f"{connection.settings_dict['NAME']}:sweep"
    caches["routing"].add(alone, b"1", timeout=5)
    tasks.sweep.run()
    with in_shop(rossi):
        assert Conversation.objects.get().ended_at is None
    caches["routing"].delete(alone)
    tasks.sweep.run()
    with in_shop(rossi):
        assert Conversation.objects.get().ended_at
    assert caches["routing"].get(alone) is None


def test_a_shop_without_work_costs_one_statement(in_rossi: Shop) -> None:
    place = write("Ciao?")
    turns.run(conversation_id=place.conversation_id)
    OutboundMessage.objects.update(status=OutboundStatus.SENT)
    with CaptureQueriesContext(connection) as asked:
        sweeping.sweep_shop()
    assert len(asked) == 1


@pytest.mark.parametrize("left", ["unanswered", "unheard", "queued", "sending", "file", "silent"])
def test_whatever_is_left_is_work(in_rossi: Shop, left: str) -> None:
    place = write("Ciao?")
    turns.run(conversation_id=place.conversation_id)
    OutboundMessage.objects.update(status=OutboundStatus.SENT)
    assert not sweeping.has_work()
    now, messages = timezone.now(), ConversationMessage.objects.filter(pk=place.message_id)
    if left == "unanswered":
        messages.update(answered_at=None, received_at=now - timedelta(seconds=10))
    elif left == "unheard":
        messages.update(is_ready=False)
    elif left in ("queued", "sending"):
        OutboundMessage.objects.update(status=left)
    elif left == "file":
        Media.objects.create(conversation_id=place.conversation_id, kind="image", external_id="m")
    else:
        Conversation.objects.update(last_customer_at=now - timedelta(hours=25))
    assert sweeping.has_work()
