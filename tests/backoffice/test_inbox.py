"""Conversazioni: the list and its filters, what a conversation shows, and what it costs."""

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from receptionist import handover, inbound, staffreply
from receptionist.inbound import Incoming, Person
from receptionist.models import (
    Conversation,
    ConversationMessage,
    Media,
    MediaKind,
    MediaState,
    MessageKind,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
)
from shops.context import current_shop, in_shop
from shops.db.current import here
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.conftest import counted, open_call, statements

LogIn = Callable[[Client, StaffUser, Shop], Client]
HOSTILE = '"><img src=x onerror=alert(1)><script>alert(2)</script>{{ 7*7 }}'


class Inside(Client):
    """A browser on the first shop's host; the test is in that shop again after each request."""

    def request(self, **values: Any) -> Any:
        shop = current_shop()
        response = super().request(**values)
        here().set_tenant(shop)
        return response


@pytest.fixture
def office(in_rossi: Shop, manager: StaffUser, log_in: LogIn) -> Client:
    return log_in(Inside(SERVER_NAME="rossi.example"), manager, in_rossi)


def write(text: str, phone: str = "+393331234567", name: str = "Anna Verdi", **more: Any) -> Conversation:
    wire = more.pop("wire_id", "") or f"wamid.{uuid.uuid4()}"
    message = Incoming(wire_id=wire, kind=more.pop("kind", MessageKind.TEXT), text=text, **more)
    place = inbound.receive(
        channel="whatsapp", person=Person(phone=phone, name=name), line="wa-rossi", message=message
    )
    return Conversation.objects.get(pk=place.conversation_id)


def listed(client: Client, **filters: str) -> list[str]:
    """Whom the list shows, in its order."""
    response = client.get(reverse("admin:inbox_rows"), filters)
    assert response.status_code == 200
    return [row.who for row in response.context["list"].rows]


def opened(client: Client, row: Conversation) -> str:
    response = client.get(reverse("admin:inbox_chat", args=[row.pk]))
    assert response.status_code == 200
    return str(response.content.decode())


def test_the_last_active_comes_first_whoever_was_active(office: Client, manager: StaffUser) -> None:
    bruno = write("ciao", "+393332222222", "Bruno Neri")
    write("ciao", "+393333333333", "Carla Blu")
    call = open_call("+393334444444")
    assert listed(office) == ["+393334444444", "Carla Blu", "Bruno Neri"]
    staffreply.send(conversation=bruno, staff=manager, text="Eccomi")
    assert listed(office)[0] == "Bruno Neri"
    assert call.active_at < Conversation.objects.get(pk=bruno.pk).active_at


def test_found_by_name_by_phone_in_any_spelling_and_by_plate(office: Client) -> None:
    anna = write("ciao")
    write("ciao", "+393332222222", "Bruno Neri")
    assert anna.customer
    factories.vehicle(anna.customer, license_plate="GA123BC")
    for search in (
        *("anna", "verdi anna", "VERDI", "333 123 4567", "+39 333-1234567", "0039 3331234567", "1234567"),
        *("ga 123 bc", "GA123BC", "a123b"),
    ):
        assert listed(office, q=search) == ["Anna Verdi"], search
    assert listed(office, q="nessuno") == []


def test_filters_say_what_is_to_be_done_and_whose_it_is(
    office: Client, manager: StaffUser, in_rossi: Shop
) -> None:
    asked, held, failed = (write("ciao", f"+39333000000{n}", f"Cliente {n}") for n in (1, 2, 3))
    write("ciao", "+393330000004", "Cliente 4")
    open_call("+393335555555")
    handover.ask(conversation=asked, reason="la fattura")
    out = staffreply.send(conversation=held, staff=manager, text="Buongiorno")
    OutboundMessage.objects.filter(pk=out.pk).update(status="sent")
    lost = staffreply.send(conversation=failed, staff=manager, text="Buongiorno")
    handover.give_back(conversation=failed, staff=manager)
    OutboundMessage.objects.filter(pk=lost.pk).update(
        status=OutboundStatus.FAILED, failed_at=timezone.now(), error="Il numero non ha WhatsApp."
    )
    assert listed(office, state="todo") == ["Cliente 3", "Cliente 1"]
    assert listed(office, state="mine") == ["Cliente 2"]
    assert listed(office, state="failed") == ["Cliente 3"]
    assert listed(office, channel="voice") == ["+393335555555"]
    assert "Il numero non ha WhatsApp." in opened(office, failed)
    office.post(reverse("admin:inbox_do", args=[failed.pk]), {"do": "done"})
    assert listed(office, state="failed") == []
    Conversation.objects.filter(pk=asked.pk).update(active_at=timezone.now() - timedelta(days=40))
    assert "Cliente 1" not in listed(office, period="month")
    # What is not understood is not asked.
    assert len(listed(office, state="x", channel="\x00", period="9" * 500, q="\x00", after="no_no")) == 5


def test_the_list_goes_on_where_it_ended(office: Client) -> None:
    now = timezone.now()
    Conversation.objects.bulk_create(
        Conversation(
            channel="voice",
            external_id=f"c{n}",
            phone_number=f"+3933300{n:05d}",
            active_at=now - timedelta(minutes=n // 3),
        )
        for n in range(95)
    )
    seen, after = [], ""
    for _page in range(3):
        response = office.get(reverse("admin:inbox_rows"), {"after": after})
        seen += [row.who for row in response.context["list"].rows]
        after = response.context["list"].more
    assert after == ""
    assert len(seen) == len(set(seen)) == 95


def test_the_list_asks_as_little_of_many_as_of_few(office: Client) -> None:
    def asked() -> int:
        with counted() as captured:
            listed(office)
        return len(statements(captured))

    for n in range(3):
        handover.ask(conversation=write("ciao", f"+3933300000{n:02d}", f"C {n}"), reason="x")
    asked()
    few = asked()
    for n in range(3, 30):
        handover.ask(conversation=write("ciao", f"+3933300000{n:02d}", f"C {n}"), reason="x")
        open_call(f"+3933400000{n:02d}")
    assert asked() == few
    with counted() as captured:
        listed(office)
    assert not [sql for sql in statements(captured) if "COUNT(*)" in sql.upper()]


def test_a_conversation_of_two_thousand_lines_begins_at_its_end(office: Client) -> None:
    chat = write("Buongiorno")
    chat.messages.create(role="assistant", text="Mi dica.", external_id="turn:0")

    def asked() -> int:
        with counted() as captured:
            opened(office, chat)
        return len(statements(captured))

    asked()
    few = asked()
    now = timezone.now()
    ConversationMessage.objects.bulk_create(
        ConversationMessage(
            conversation=chat,
            role=MessageRole.CUSTOMER if n % 2 else MessageRole.ASSISTANT,
            text=f"riga {n};",
            external_id=f"turn:{n + 1}",
            sent_at=now + timedelta(seconds=n // 4),
        )
        for n in range(2000)
    )
    assert asked() == few
    text = opened(office, chat)
    assert "riga 1999;" in text
    assert "riga 1800;" not in text
    seen: list[Any] = []
    before: Any = ""
    for _page in range(25):
        response = office.get(reverse("admin:inbox_lines", args=[chat.pk]), {"before": before})
        page = response.context["page"]
        seen = [line.text for line in page.lines] + seen
        if not page.earlier:
            break
        before = page.lines[0].pk
    assert seen == ["Buongiorno", "Mi dica.", *(f"riga {n};" for n in range(2000))]


def test_pieces_are_asked_for_again_and_cost_nothing_while_they_are_the_same(office: Client) -> None:
    chat = write("Buongiorno")
    for name, args in (("inbox_rows", []), ("inbox_lines", [chat.pk]), ("inbox_side", [chat.pk])):
        address = reverse(f"admin:{name}", args=args)
        etag = office.get(address)["ETag"]
        assert office.get(address, headers={"If-None-Match": etag}).status_code == 304
    address = reverse("admin:inbox_lines", args=[chat.pk])
    etag = office.get(address)["ETag"]
    write("E poi?")
    assert "E poi?" in office.get(address, headers={"If-None-Match": etag}).content.decode()


def test_ticks_names_and_reactions_stand_by_the_words(office: Client, manager: StaffUser) -> None:
    chat = write("Le va bene?")
    out = staffreply.send(conversation=chat, staff=manager, text="Giovedì alle 9 va bene?")
    OutboundMessage.objects.filter(pk=out.pk).update(status="read", wire_id="wamid.out")
    write("", kind=MessageKind.REACTION, payload={"emoji": "👍", "message_id": "wamid.out"})
    lines = office.get(reverse("admin:inbox_lines", args=[chat.pk])).context["page"].lines
    assert [(line.who, line.fate, line.reactions) for line in lines] == [
        ("Cliente", "", ()),
        (str(manager), "read", ("👍",)),
        ("Cliente", "", ()),
    ]
    assert (lines[2].text, lines[2].about) == ("👍", "Giovedì alle 9 va bene?")
    assert "Letto" in opened(office, chat)
    write("", kind=MessageKind.REACTION, payload={"emoji": "", "message_id": "wamid.out"})
    lines = office.get(reverse("admin:inbox_lines", args=[chat.pk])).context["page"].lines
    assert lines[1].reactions == ()


def test_hostile_words_are_words(office: Client, manager: StaffUser) -> None:
    chat = write(HOSTILE, name=HOSTILE[:70])
    staffreply.send(conversation=chat, staff=manager, text=HOSTILE)
    chat.tool_calls.create(
        call_id="1",
        name=HOSTILE[:60],
        arguments={HOSTILE: HOSTILE, "start": "9999999-99-99T99:99", "service": [1], "notes": None},
        result=HOSTILE,
        ok=True,
    )
    chat.messages.create(role="assistant", text=HOSTILE, payload={"options": [{"title": HOSTILE}, 7]})
    Media.objects.create(
        conversation=chat,
        message=chat.messages.first(),
        kind=MediaKind.DOCUMENT,
        filename=HOSTILE,
        caption=HOSTILE,
        state=MediaState.FAILED,
        error="x",
    )
    handover.ask(conversation=chat, reason=HOSTILE)
    for text in (
        opened(office, chat),
        office.get(reverse("admin:inbox_rows"), {"q": HOSTILE}).content.decode(),
        office.get(reverse("admin:inbox"), {"q": HOSTILE}).content.decode(),
        office.get(reverse("admin:inbox_side", args=[chat.pk])).content.decode(),
    ):
        assert "<img src=x" not in text
        assert "<script>alert" not in text


def test_ids_that_are_not_there_are_not_found(
    bianchi: Shop, outsider: StaffUser, office: Client, chat_pages: tuple[str, ...], log_in: LogIn
) -> None:
    chat = write("ciao")
    theirs = log_in(Client(SERVER_NAME="bianchi.example"), outsider, bianchi)
    for name in chat_pages:
        address = reverse(f"admin:{name}", args=[uuid.uuid4()])
        assert office.get(address).status_code in (404, 405), name
        assert office.post(address, {"do": "take"}).status_code == 404, name
    lines = reverse("admin:inbox_lines", args=[chat.pk])
    for before in ("x", "\x00", str(uuid.uuid4()), "9" * 5000):
        assert office.get(lines, {"before": before}).status_code == 200
    for name in chat_pages:
        own = reverse(f"admin:{name}", args=[chat.pk])
        assert theirs.get(own).status_code in (404, 405), name
        assert theirs.post(own, {"do": "take"}).status_code == 404, name
    assert theirs.get(reverse("admin:inbox_rows")).context["list"].rows == []


@pytest.fixture
def chat_pages() -> tuple[str, ...]:
    return ("inbox_chat", "inbox_lines", "inbox_side", "inbox_do")


def test_the_old_page_leads_here(office: Client) -> None:
    chat = write("ciao")
    response = office.get(reverse("admin:receptionist_conversation_change", args=[chat.pk]))
    assert response.status_code == 302
    assert response["Location"] == reverse("admin:inbox_chat", args=[chat.pk])
    for unknown in (uuid.uuid4(), "x"):
        address = reverse("admin:receptionist_conversation_change", args=[unknown])
        assert office.get(address).status_code == 404


def test_a_mechanic_sees_no_conversations(rossi: Shop, rossi_client: Client, log_in: LogIn) -> None:
    with in_shop(rossi):
        chat = write("ciao")
        mechanic = StaffUser.objects.create_user("m@rossi.example", role="mechanic")
    client = log_in(rossi_client, mechanic, rossi)
    for name, args in (("inbox", []), ("inbox_rows", []), ("inbox_chat", [chat.pk]), ("inbox_do", [chat.pk])):
        assert client.get(reverse(f"admin:{name}", args=args)).status_code == 403


def recording(call: Conversation, content: bytes) -> str:
    media = Media(
        conversation=call, kind=MediaKind.RECORDING, content_type="audio/mpeg", state=MediaState.STORED
    )
    media.file.save("x.mp3", ContentFile(content), save=False)
    media.save()
    return reverse("admin:receptionist_conversation_media", args=[media.pk])


@pytest.mark.parametrize(
    ("asked", "status", "body", "told"),
    [
        ("", 200, b"0123456789", None),
        ("bytes=0-", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-999", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=-99", 206, b"0123456789", "bytes 0-9/10"),
        ("bytes=10-", 416, b"", "bytes */10"),
        ("bytes=-0", 416, b"", "bytes */10"),
        # What is no range, or several, is answered with the whole.
        ("bytes=4-2", 200, b"0123456789", None),
        ("bytes=0-1,4-5", 200, b"0123456789", None),
        ("bytes=-", 200, b"0123456789", None),
        ("bytes=²-", 200, b"0123456789", None),
        ("items=0-1", 200, b"0123456789", None),
    ],
)
def test_one_can_seek_in_a_recording(
    office: Client, asked: str, status: int, body: bytes, told: str | None
) -> None:
    call = open_call()
    address = recording(call, b"0123456789")
    headers = {"Range": asked} if asked else {}
    response = office.get(address, headers=headers)
    assert response.status_code == status
    assert b"".join(response) == body
    assert response.get("Content-Range") == told
    if status != 416:
        assert response["Accept-Ranges"] == "bytes"
        assert response["Content-Length"] == str(len(body))
        assert response["Content-Type"] == "audio/mpeg"
    assert "sandbox" in response["Content-Security-Policy"]
    assert address in opened(office, call)


def test_json_for_a_script_and_a_page_for_a_form(office: Client) -> None:
    chat = write("ciao")
    address = reverse("admin:inbox_do", args=[chat.pk])
    response = office.post(address, {"do": "take"}, headers={"Accept": "application/json"})
    said = json.loads(response.content)
    assert said["ok"]
    assert said["address"] == reverse("admin:inbox_chat", args=[chat.pk])
    refused = office.post(address, {"do": "write", "text": " "}, headers={"Accept": "application/json"})
    assert (json.loads(refused.content)["ok"], refused.status_code) == (False, 200)
    assert office.post(address, {"do": "give_back"}).status_code == 302
