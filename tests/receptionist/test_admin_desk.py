"""The page of a conversation: staff read it, take it, answer in it and give it back; files are theirs alone."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from receptionist import handover, inbound, optout, staffreply, turns
from receptionist.inbound import Incoming, Person
from receptionist.models import (
    Conversation,
    ConversationMessage,
    Handover,
    Media,
    MediaKind,
    MediaState,
    MessageKind,
    OutboundMessage,
)
from shops.context import current_shop, in_shop
from shops.db.current import here
from shops.models import Shop
from shops.refusals import Refused
from shops.staff.models import StaffUser
from tests.receptionist.conftest import counted, open_call, statements

LogIn = Callable[[Client, StaffUser, Shop], Client]
ANNA = Person(phone="+393331234567", user_id="IT.7", name="Anna Verdi")


class Inside(Client):
    """A browser on the first shop's host; the test is in that shop again after each request."""

    def request(self, **values: Any) -> Any:
        shop = current_shop()
        response = super().request(**values)
        here().set_tenant(shop)
        return response


@pytest.fixture
def office(in_rossi: Shop, manager: StaffUser, log_in: LogIn) -> Client:
    """The first shop's back office, its administrator logged in."""
    return log_in(Inside(SERVER_NAME="rossi.example"), manager, in_rossi)


@pytest.fixture
def chat(in_rossi: Shop) -> Conversation:
    """Anna wrote, nobody answered."""
    return write("Buongiorno, ho una domanda")


def write(text: str, **more: Any) -> Conversation:
    message = Incoming(
        wire_id=f"wamid.{uuid.uuid4()}", kind=more.pop("kind", MessageKind.TEXT), text=text, **more
    )
    place = inbound.receive(channel="whatsapp", person=ANNA, line="wa-rossi", message=message)
    return Conversation.objects.get(pk=place.conversation_id)


def page(client: Client, row: Conversation) -> str:
    response = client.get(reverse("admin:inbox_chat", args=[row.pk]))
    assert response.status_code == 200
    return response.content.decode()


def do(client: Client, row: Conversation, what: str, **data: str) -> Any:
    address = reverse("admin:inbox_do", args=[row.pk])
    return client.post(address, {"do": what, **data}, follow=True)


def employee(rossi: Shop, role: str) -> StaffUser:
    with in_shop(rossi):
        user: StaffUser = StaffUser.objects.create_user(f"{role}@rossi.example", role=role)
        return user


def test_why_and_the_two_lines_stand_on_top(office: Client, chat: Conversation) -> None:
    handover.ask(conversation=chat, reason="la fattura non torna")
    text = page(office, chat).partition("data-chat")[2]
    for part in (
        "Chat da prendere in mano",
        "Anna Verdi, +393331234567",
        "La fattura non torna",
        "tace fino a",
    ):
        assert part in text
    assert text.index("La fattura non torna") < text.index("ho una domanda")
    for button in ("Prendi in mano", "Ridai all&#x27;assistente", "Fatto"):
        assert button in text or button.replace("&#x27;", "'") in text


def test_taken_given_back_and_done(office: Client, chat: Conversation, manager: StaffUser) -> None:
    handover.ask(conversation=chat, reason="x")
    do(office, chat, "take")
    row = Handover.objects.get()
    assert (row.status, row.taken_by) == ("taken", manager)
    assert len(turns.unanswered(chat.pk)) == 1
    do(office, chat, "give_back")
    assert (Conversation.objects.get().status, Handover.objects.get().status) == ("active", "done")
    assert "risponde già" in do(office, chat, "give_back").content.decode()


def test_done_leaves_the_chat_with_the_person(office: Client, chat: Conversation) -> None:
    handover.ask(conversation=chat, reason="x")
    assert "tace ancora" in do(office, chat, "done").content.decode()
    assert (Conversation.objects.get().status, Handover.objects.get().status) == ("transferred", "done")


def test_a_call_s_request_is_worked_off_on_its_page(office: Client, in_rossi: Shop) -> None:
    call = open_call("+393330001112")
    handover.ask(conversation=call, reason="preventivo")
    assert "data-write" not in page(office, call)
    do(office, call, "take")
    assert Handover.objects.get().status == "taken"
    do(office, call, "done")
    assert Handover.objects.get().status == "done"


def test_a_chat_is_taken_before_anybody_asks(office: Client, chat: Conversation) -> None:
    assert "Risponde l'assistente" in page(office, chat).replace("&#x27;", "'")
    do(office, chat, "take")
    assert handover.is_silent(Conversation.objects.get())


def test_staff_write_to_the_customer(office: Client, chat: Conversation, manager: StaffUser) -> None:
    handover.ask(conversation=chat, reason="x")
    do(office, chat, "write", text=" Buongiorno, guardo subito.\n", token="abc")
    do(office, chat, "write", text="Buongiorno, guardo subito.", token="abc")  # the button twice
    (out,) = OutboundMessage.objects.filter(channel="whatsapp")
    assert (out.purpose, out.recipient, out.line) == ("reply", "+393331234567", "wa-rossi")
    assert out.content == {"text": "Buongiorno, guardo subito."}
    line = ConversationMessage.objects.get(role="staff")
    assert line.payload == {"by": str(manager)}
    assert turns.unanswered(chat.pk) == []
    assert handover.is_silent(Conversation.objects.get())
    assert Handover.objects.get().status == "taken"
    text = page(office, chat)
    assert "guardo subito" in text
    assert "In coda" in text
    OutboundMessage.objects.filter(pk=out.pk).update(status="failed")
    assert "ib-lost" in page(office, chat)


@pytest.mark.parametrize(("text", "words"), [("  \n", "Scrivere il messaggio"), ("x" * 4097, "troppo lungo")])
def test_what_cannot_be_sent_is_refused(office: Client, chat: Conversation, text: str, words: str) -> None:
    assert words in do(office, chat, "write", text=text).content.decode()
    assert not ConversationMessage.objects.filter(role="staff").exists()
    assert Conversation.objects.get().status == "active"


def test_outside_the_24_hours_the_page_says_so(office: Client, chat: Conversation) -> None:
    assert 'data-mode="free"' in page(office, chat)
    Conversation.objects.update(last_customer_at=timezone.now() - timedelta(hours=24))
    text = page(office, chat)
    assert 'data-mode="template"' in text
    assert "lascia mandare solo un modello" in text
    assert "tel:+393331234567" in text
    assert "più di 24 ore" in do(office, chat, "write", text="Ciao").content.decode()
    assert not OutboundMessage.objects.filter(channel="whatsapp").exists()


def test_a_chat_that_ended_is_opened_again(chat: Conversation, manager: StaffUser) -> None:
    now = timezone.now()
    Conversation.objects.update(ended_at=now, ended_reason="done", status="completed")
    chat.refresh_from_db()
    staffreply.send(conversation=chat, staff=manager, text="Ancora una cosa")
    row = Conversation.objects.get()
    assert (row.ended_at, row.ended_reason, row.status) == (None, "", "transferred")
    assert not write("dica").ended_at
    assert Conversation.objects.count() == 1


def test_the_customer_s_open_chat_is_written_in(chat: Conversation, manager: StaffUser) -> None:
    Conversation.objects.update(ended_at=timezone.now(), status="completed")
    new = write("Rieccomi")
    staffreply.send(conversation=chat, staff=manager, text="Salve")
    assert ConversationMessage.objects.get(role="staff").conversation_id == new.pk
    assert Conversation.objects.get(pk=new.pk).status == "transferred"


def test_nobody_writes_into_a_call(in_rossi: Shop, manager: StaffUser) -> None:
    with pytest.raises(Refused, match="solo telefonare"):
        staffreply.send(conversation=open_call(), staff=manager, text="Ciao")


def test_stop_is_shown(office: Client, chat: Conversation) -> None:
    assert "Ha scritto STOP" not in page(office, chat)
    assert chat.customer
    optout.record(customer=chat.customer, channel="whatsapp")
    assert "Ha scritto STOP su WhatsApp" in page(office, chat)
    customer = office.get(reverse("admin:scheduling_customer_change", args=[chat.customer.pk]))
    assert "Ha scritto STOP" in customer.content.decode()


def test_the_customer_s_words_are_text(office: Client, chat: Conversation) -> None:
    write("<script>alert(1)</script><b>ciao</b>")
    text = page(office, chat)
    assert "<script>alert(1)" not in text
    assert "&lt;script&gt;alert(1)" in text


def test_a_place_is_on_the_map(office: Client, chat: Conversation) -> None:
    write("Posizione", kind=MessageKind.LOCATION, payload={"latitude": 45.4642, "longitude": "9.19"})
    write("Rotta", kind=MessageKind.LOCATION, payload={"latitude": 'x"onclick=', "longitude": None})
    text = page(office, chat)
    assert "mlat=45.464200&amp;mlon=9.190000" in text
    assert text.count("openstreetmap") == 1


@pytest.mark.parametrize(
    ("role", "reads", "works"), [("receptionist", 200, 302), ("manager", 200, 302), ("mechanic", 403, 403)]
)
def test_what_each_role_may_do(
    rossi: Shop, rossi_client: Client, log_in: LogIn, chat: Conversation, role: str, reads: int, works: int
) -> None:
    client = log_in(rossi_client, employee(rossi, role), rossi)
    assert client.get(reverse("admin:inbox_chat", args=[chat.pk])).status_code == reads
    address = reverse("admin:inbox_do", args=[chat.pk])
    assert client.post(address, {"do": "take"}).status_code == works
    with in_shop(rossi):
        assert (Conversation.objects.get().status == "transferred") is (works == 302)


def test_only_posts_change_something(office: Client, rossi: Shop, chat: Conversation) -> None:
    address = reverse("admin:inbox_do", args=[chat.pk])
    assert office.get(address, {"do": "take"}).status_code == 405
    assert office.post(address, {"do": "destroy"}).status_code == 404
    unknown = reverse("admin:inbox_do", args=[uuid.uuid4()])
    assert office.post(unknown, {"do": "take"}).status_code == 404
    strict = Inside(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
    strict.cookies = office.cookies
    assert strict.post(address, {"do": "take"}).status_code == 403
    assert (
        Client(SERVER_NAME="rossi.example").post(address, {"do": "take"}).status_code == 302
    )  # to the login
    with in_shop(rossi):
        assert Conversation.objects.get().status == "active"


def a_file(chat: Conversation, kind: MediaKind, content_type: str, name: str = "", **more: Any) -> Media:
    media = Media(
        conversation=chat,
        message=chat.messages.first(),
        kind=kind,
        content_type=content_type,
        filename=name,
        state=more.pop("state", MediaState.STORED),
        external_id=uuid.uuid4().hex,
        **more,
    )
    media.file.save(name or "x.bin", ContentFile(b"<svg onload=alert(1)>"), save=False)
    media.save()
    return media


@pytest.mark.parametrize(
    ("kind", "content_type", "shown"),
    [
        (MediaKind.IMAGE, "image/jpeg", True),
        (MediaKind.AUDIO, "audio/ogg; codecs=opus", True),
        (MediaKind.VIDEO, "video/mp4", True),
        (MediaKind.IMAGE, "image/svg+xml", False),
        (MediaKind.IMAGE, "text/html", False),
        (MediaKind.DOCUMENT, "application/pdf", False),
        (MediaKind.DOCUMENT, "text/html", False),
        (MediaKind.AUDIO, "", False),
    ],
)
def test_files_are_streamed_and_never_run(
    office: Client, chat: Conversation, kind: MediaKind, content_type: str, shown: bool
) -> None:
    media = a_file(chat, kind, content_type, 'libretto "2".pdf')
    address = reverse("admin:receptionist_conversation_media", args=[media.pk])
    response = office.get(address)
    assert b"".join(response.streaming_content) == b"<svg onload=alert(1)>"  # type: ignore[attr-defined]
    wanted = content_type.partition(";")[0] if shown else "application/octet-stream"
    assert response["Content-Type"] == wanted
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    disposition = "inline" if shown else "attachment; filename*=UTF-8''libretto%20%222%22.pdf"
    assert response["Content-Disposition"] == disposition
    assert address in page(office, chat)


def test_files_are_for_who_may_see_them(
    rossi: Shop,
    bianchi: Shop,
    outsider: StaffUser,
    bianchi_client: Client,
    office: Client,
    log_in: LogIn,
    chat: Conversation,
) -> None:
    media = a_file(chat, MediaKind.IMAGE, "image/png")
    address = reverse("admin:receptionist_conversation_media", args=[media.pk])
    assert Inside(SERVER_NAME="rossi.example").get(address).status_code == 302
    mechanic = log_in(Inside(SERVER_NAME="rossi.example"), employee(rossi, "mechanic"), rossi)
    assert mechanic.get(address).status_code == 403
    assert log_in(bianchi_client, outsider, bianchi).get(address).status_code == 404
    here().set_tenant(rossi)
    media.file.delete(save=False)
    assert office.get(address).status_code == 404
    pending = a_file(chat, MediaKind.IMAGE, "image/png", state=MediaState.FAILED)
    assert office.get(reverse("admin:receptionist_conversation_media", args=[pending.pk])).status_code == 404
    assert "Non scaricato" in page(office, chat)


def test_a_long_conversation_asks_as_little_as_a_short_one(office: Client, chat: Conversation) -> None:
    def asked() -> int:
        with counted() as captured:
            page(office, chat)
        return len(statements(captured))

    a_file(chat, MediaKind.IMAGE, "image/png")
    asked()
    few = asked()
    for number in range(20):
        write(f"messaggio {number}")
        a_file(chat, MediaKind.AUDIO, "audio/ogg")
    assert asked() == few
