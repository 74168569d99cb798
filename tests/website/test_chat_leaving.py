"""A visitor who forgets the chat, notes on the proof in their place, and how often a page may ask."""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import unquote
from uuid import UUID

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from receptionist import staffreply, webchat, welcome
from receptionist.models import AIConfig, Conversation, ConversationMessage, MessageRole, PhoneProof
from shops.context import as_platform, in_shop
from shops.limits import Limit
from shops.models import Shop
from shops.refusals import Refused
from shops.staff.models import StaffUser
from tests.receptionist.chatting import one_by_one
from tests.receptionist.conftest import NOW
from tests.receptionist.test_phoneproof import on_whatsapp
from tests.website.chatting import Visitor
from website.chat import limits, tokens

pytestmark = pytest.mark.usefixtures("eager_tasks")
ADDRESSES = ("message", "tap", "proof", "forget")


@pytest.fixture(autouse=True)
def tuesday(settings: Any) -> Iterator[Any]:
    settings.OPENAI_API_KEY = ""
    settings.BURST_WAIT_SECONDS = 0
    with time_machine.travel(NOW, tick=True) as clock:
        yield clock


@pytest.fixture
def visitor(rossi_client: Client, django_capture_on_commit_callbacks: Any) -> Visitor:
    return Visitor(rossi_client, django_capture_on_commit_callbacks)


@pytest.fixture
def whatsapp(rossi: Shop) -> None:
    """The shop has a WhatsApp number to send codes to."""
    with as_platform():
        Shop.objects.filter(pk=rossi.pk).update(whatsapp_number="+390212345678")
    rossi.whatsapp_number = "+390212345678"


def forgets(visitor: Visitor) -> None:
    assert visitor.post("forget", {}, status=200) == {"forgotten": True}


def notes(visitor: Visitor) -> list[str]:
    return [each["text"] for each in visitor.see()["messages"] if each["role"] == "note"]


def test_what_is_forgotten_opens_nothing(visitor: Visitor) -> None:
    visitor.write("Mi chiamo Lia Neri")
    forgets(visitor)
    for path in ADDRESSES:
        said = visitor.post(path, {"id": "x", "text": "ciao", "message": "x", "option": "x"}, status=401)
        assert "scaduta" in said["error"]
    assert visitor.get().status_code == 401


def test_it_is_over_and_the_shop_is_told_once(visitor: Visitor, rossi: Shop) -> None:
    visitor.write("Che orari fate?")
    forgets(visitor)
    with in_shop(rossi):
        row = Conversation.objects.get()
        assert (row.status, row.ended_reason) == ("completed", "left")
        assert row.ended_at
        (told,) = row.messages.filter(role=MessageRole.SYSTEM)
        assert "ha dimenticato la chat" in told.text


def test_who_never_wrote_can_forget_too(visitor: Visitor, rossi: Shop) -> None:
    forgets(visitor)
    forgets(visitor)
    with in_shop(rossi):
        assert not Conversation.objects.exists()


@pytest.mark.parametrize("token", ["", "a.b.c", "\x00", "x" * 5000], ids=["none", "forged", "nul", "long"])
def test_a_forged_token_forgets_nothing(visitor: Visitor, rossi: Shop, token: str) -> None:
    visitor.write("Che orari fate?")
    visitor.post("forget", {}, status=401, token=token)
    assert visitor.see()["over"] is False


def test_another_shop_s_token_forgets_nothing(
    visitor: Visitor, bianchi_client: Client, django_capture_on_commit_callbacks: Any
) -> None:
    other = Visitor(bianchi_client, django_capture_on_commit_callbacks)
    visitor.write("Che orari fate?")
    visitor.post("forget", {}, status=401, token=other.token)
    assert visitor.see()["over"] is False


@pytest.mark.usefixtures("whatsapp")
def test_a_code_of_before_proves_nothing(visitor: Visitor, rossi: Shop) -> None:
    visitor.write("Quando ho l'appuntamento?")
    link = visitor.proof()["link"]
    forgets(visitor)
    with in_shop(rossi):
        assert PhoneProof.objects.get().expires_at <= timezone.now()
        on_whatsapp(unquote(link.partition("text=")[2]))
        row = Conversation.objects.get(channel="web")
        assert (row.caller_verified, row.phone_number, row.customer) == (False, "", None)


def test_an_answer_that_is_written_meanwhile_is_dropped(
    transactional_db: None, rossi: Shop, visitor: Visitor, settings: Any
) -> None:
    who = tokens.read(visitor.token, shop=rossi)
    assert who
    slow = {"content": "Siamo aperti dalle otto.", "delay_ms": 2000}
    with one_by_one(settings, slow) as model, ThreadPoolExecutor(1) as pool:
        running = pool.submit(_write, rossi, who)
        _until(lambda: bool(model.requests))
        forgets(visitor)
        running.result()
    with in_shop(rossi):
        row = Conversation.objects.get()
        assert (row.turn_id, row.lease_holder, row.draft, row.ended_reason) == (None, None, "", "left")
        assert not row.messages.filter(role=MessageRole.ASSISTANT).exists()


def _write(shop: Shop, visitor: UUID) -> None:
    """The task of the turn runs in this thread, as soon as the message is stored."""
    try:
        with in_shop(shop):
            webchat.receive(visitor=visitor, client_id="m1", text="Che orari fate?")
    finally:
        connection.close()


def _until(true: Callable[[], bool]) -> None:
    end = time.monotonic() + 15
    while not true():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_message_that_was_on_its_way_begins_no_new_chat(visitor: Visitor, rossi: Shop) -> None:
    visitor.write("Che orari fate?")
    who = tokens.read(visitor.token, shop=rossi)
    assert who
    forgets(visitor)
    with in_shop(rossi):
        with pytest.raises(Refused):  # it had passed the door before
            webchat.receive(visitor=who, client_id="late", text="E il sabato?")
        assert Conversation.objects.count() == 1


def test_nobody_of_the_shop_opens_it_again(visitor: Visitor, rossi: Shop, manager: StaffUser) -> None:
    visitor.write("Vorrei parlare con una persona")
    forgets(visitor)
    with in_shop(rossi):
        row = Conversation.objects.get()
        with pytest.raises(Refused):
            staffreply.send(conversation=row, staff=manager, text="Eccomi")
        row.refresh_from_db()
        assert row.ended_reason == "left"
        assert not ConversationMessage.objects.filter(role=MessageRole.STAFF).exists()


@pytest.mark.usefixtures("whatsapp")
def test_the_proof_stands_where_it_happened(visitor: Visitor, rossi: Shop, tuesday: Any) -> None:
    visitor.write("Quando ho l'appuntamento?")
    link = visitor.proof()["link"]
    tuesday.shift(30)
    with in_shop(rossi):
        on_whatsapp(unquote(link.partition("text=")[2]))
    tuesday.shift(30)
    visitor.write("E che orari fate?")
    roles = [each["role"] for each in visitor.see()["messages"]]
    place = roles.index("note")
    assert "customer" in roles[:place]
    assert "customer" in roles[place:]
    assert notes(visitor) == ["Numero confermato: grazie."]
    assert visitor.see()["proved"] is True


def test_the_page_knows_the_greeting_that_the_first_answer_has(
    visitor: Visitor, rossi: Shop, rossi_client: Client
) -> None:
    visitor.write("Che orari fate?")
    answer = visitor.last["text"]
    with in_shop(rossi):
        row = Conversation.objects.get()
        assert row.disclosure == welcome.opening(config=AIConfig.load(), conversation=row, now=NOW)
    page = rossi_client.get("/chat")
    openings = page.context["words"]["openings"]
    assert [each for each in openings if answer.startswith(each)] == [row.disclosure]
    assert len(openings) == 2  # of the day and of the evening


def test_asking_has_a_limit_and_says_when_to_come_again(visitor: Visitor) -> None:
    seen = [visitor.get() for _ in range(limits.POLLED.most + 1)]
    assert {each.status_code for each in seen[:-1]} == {200}
    assert (seen[-1].status_code, seen[-1]["Retry-After"]) == (429, str(limits.POLLED.seconds))


def test_the_limit_by_address_counts_all_chats(
    rossi_client: Client, django_capture_on_commit_callbacks: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = Limit("chat-polled-address", 3, 10)
    monkeypatch.setattr(limits, "POLLED_FROM_ADDRESS", few)
    visitors = [Visitor(rossi_client, django_capture_on_commit_callbacks) for _ in range(4)]
    assert [each.get().status_code for each in visitors] == [200, 200, 200, 429]
