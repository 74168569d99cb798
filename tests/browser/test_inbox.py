"""The inbox as the shop's people use it, on a desk and on a telephone: what is new comes by itself, and nothing is lost."""

import math
import struct
import uuid
import wave
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core.files.base import ContentFile
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist import conversations, handover, inbound
from receptionist.conversations import Line
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
    ToolCall,
)
from scheduling.models import Consent
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images"


def write(text: str, kind: MessageKind = MessageKind.TEXT, **more: Any) -> Conversation:
    message = Incoming(wire_id=f"wamid.{uuid.uuid4()}", kind=kind, text=text, **more)
    person = Person(phone="+393331234567", name="Anna Verdi")
    place = inbound.receive(channel="whatsapp", person=person, line="wa-rossi", message=message)
    return Conversation.objects.get(pk=place.conversation_id)


def attach(
    row: Conversation, kind: MediaKind, content: bytes, content_type: str, message: Any = None
) -> None:
    media = Media(
        conversation=row, message=message, kind=kind, content_type=content_type, state=MediaState.STORED
    )
    media.external_id = uuid.uuid4().hex
    media.file.save("x.bin", ContentFile(content), save=False)
    media.save()


def tone(seconds: int = 8) -> bytes:
    """A recording that a browser can play and seek in."""
    out = BytesIO()
    with wave.open(out, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(8000)
        frames = (int(3000 * math.sin(n / 8)) for n in range(8000 * seconds))
        sound.writeframes(b"".join(struct.pack("<h", each) for each in frames))
    return out.getvalue()


def a_chat() -> Conversation:
    """Anna wants her brakes done, sends a voice note and a picture, and then wants a person."""
    row = write("Buongiorno, vorrei un appuntamento per il tagliando della Panda")
    row.messages.create(
        role=MessageRole.ASSISTANT, text="Giovedì 26 alle 9:30 va bene?", external_id="turn:1"
    )
    OutboundMessage.objects.create(
        conversation=row, channel="whatsapp", recipient=row.contact, key="reply:1", status="read"
    )
    row = write("Sì, e senta questo rumore", MessageKind.AUDIO)
    attach(row, MediaKind.AUDIO, tone(), "audio/wav", row.messages.get(kind="audio"))
    row = write("Ecco il danno", MessageKind.IMAGE)
    picture = (PICTURE / "phone.png").read_bytes()
    attach(row, MediaKind.IMAGE, picture, "image/png", row.messages.get(kind="image"))
    row.messages.create(
        role=MessageRole.ASSISTANT, text="Prenotato: giovedì 26 novembre alle 9:30.", external_id="turn:2"
    )
    OutboundMessage.objects.create(
        conversation=row,
        channel="whatsapp",
        recipient=row.contact,
        key="reply:2",
        status="failed",
        failed_at=timezone.now(),
        error="Non consegnabile: il numero non ha WhatsApp, o non può ricevere questo messaggio.",
    )
    for number in range(12):
        write(f"Mi rispondete? {number}")
    assert row.customer
    factories.vehicle(row.customer, license_plate="GA123BC")
    factories.appointment(timezone.now() - timedelta(days=200), customer=row.customer, status="completed")
    Consent.objects.create(
        customer=row.customer, purpose="service_messages", granted=True, channel="whatsapp"
    )
    handover.ask(conversation=row, reason="È arrabbiata per la fattura, vuole il titolare")
    return row


def a_call() -> Conversation:
    """Mario booked on the telephone."""
    call = conversations.open_call(external_id="call-1", phone_number="+393337654321")
    mario = factories.customer(first_name="Mario", last_name="Esposito", phone="+393337654321")
    Conversation.objects.filter(pk=call.pk).update(customer=mario)
    row = factories.appointment(timezone.now() + timedelta(days=3), customer=mario, conversation_id=call.pk)
    ToolCall.objects.create(
        conversation=call,
        call_id="1",
        name="check_availability",
        arguments={"service": "tagliando", "date_from": "2026-11-26"},
        result="Giovedì alle nove e mezza, oppure venerdì alle quindici.",
        ok=True,
        duration_ms=42,
    )
    ToolCall.objects.create(
        conversation=call,
        call_id="2",
        name="book_appointment",
        arguments={"service": "tagliando", "start": "2026-11-26T09:30", "license_plate": "GA 123 BC"},
        result="Prenotato per giovedì alle nove e mezza.",
        ok=True,
        duration_ms=310,
        appointment_id=row.pk,
    )
    said = (
        (MessageRole.ASSISTANT, "Officina Rossi, buongiorno. Sono l'assistente virtuale."),
        (MessageRole.CUSTOMER, "Vorrei fare il tagliando."),
        (MessageRole.ASSISTANT, "Prenotato, la aspettiamo."),
    )
    conversations.finish_call(
        conversation=call,
        messages=[Line(role, text) for role, text in said],
        summary="Mario ha prenotato un tagliando.",
    )
    attach(call, MediaKind.RECORDING, tone(), "audio/wav")
    return call


def log_in(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()


def no_barriers(page: Page) -> None:
    found = Axe().run(page).response["violations"]
    grave = [each for each in found if each["impact"] in ("serious", "critical")]
    told = [(each["id"], [node["html"][:160] for node in each["nodes"][:4]]) for each in grave]
    assert told == []


def fits(page: Page) -> None:
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0


def at_the_end(page: Page) -> None:
    """The words stand at their end, or are brought there within a moment: pictures may still push them."""
    page.wait_for_function(
        """() => {
            const box = document.querySelector("[data-scroll]");
            return box && box.scrollHeight - box.scrollTop - box.clientHeight <= 2;
        }""",
        timeout=15_000,
    )


def test_taken_answered_and_new_words_come_by_themselves(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page, tmp_path: Path
) -> None:
    with in_shop(rossi):
        chat, call = a_chat(), a_call()
    log_in(page, f"{rossi_url}/admin/conversazioni/")
    expect(page.get_by_role("link", name="Anna Verdi")).to_be_visible()
    fits(page)
    no_barriers(page)
    page.get_by_role("link", name="Anna Verdi").click()
    expect(page.get_by_text("vuole il titolare. Già provato")).to_be_visible()
    page.wait_for_function("document.querySelector('.ib-line img')?.naturalWidth > 0")
    at_the_end(page)  # where a chat begins
    fits(page)
    no_barriers(page)
    expect(page.locator(".ib-lost")).to_contain_text("Non consegnabile")

    page.get_by_role("button", name="Prendi in mano").click()
    expect(page.get_by_text("La segue lei")).to_be_visible()
    box = page.get_by_label("Scrivi al cliente su WhatsApp")
    box.fill("Buongiorno, sono Anna:")
    # What the customer writes meanwhile comes without reloading, and the draft stays.
    with in_shop(rossi):
        write("C'è nessuno?")
    expect(page.locator(".ib-line--customer").last).to_contain_text("C'è nessuno?")
    expect(page.locator("[data-live]")).to_contain_text("C'è nessuno?")
    expect(box).to_have_value("Buongiorno, sono Anna:")
    at_the_end(page)
    page.reload()
    expect(box).to_have_value("Buongiorno, sono Anna:")
    box.press_sequentially(" la richiamo.")
    box.press("Control+Enter")
    expect(page.locator(".ib-line--staff")).to_contain_text("sono Anna: la richiamo.")
    expect(box).to_have_value("")
    with in_shop(rossi):
        sent = OutboundMessage.objects.get(conversation=chat, key__startswith="staff:")
        assert sent.content == {"text": "Buongiorno, sono Anna: la richiamo."}
        OutboundMessage.objects.filter(pk=sent.pk).update(status="delivered")
    expect(page.locator(".ib-line--staff .ib-fate")).to_contain_text("Consegnato")

    # Who reads further up stays there.
    page.evaluate("document.querySelector('[data-scroll]').scrollTop = 0")
    with in_shop(rossi):
        write("Grazie!")
    expect(page.get_by_role("button", name="Nuovi messaggi")).to_be_visible()
    assert page.evaluate("document.querySelector('[data-scroll]').scrollTop") == 0
    page.get_by_role("button", name="Nuovi messaggi").click()
    at_the_end(page)

    page.get_by_role("button", name="Ridai all'assistente").click()
    expect(page.get_by_text("Risponde l'assistente", exact=True)).to_be_visible()
    with in_shop(rossi):
        assert Conversation.objects.get(pk=chat.pk).status == "active"
    assert call.pk


SHRINKS_AND_GROWS = """() => new Promise((done) => {
    const lines = document.querySelector("[data-lines]");
    const before = lines.offsetHeight;
    lines.style.overflow = "hidden";
    requestAnimationFrame(() => {
        // Letters that arrive late wrap the words anew: the browser brings the box back to its shorter end.
        lines.style.height = `${before - 200}px`;
        // A picture arrives before the box is told.
        setTimeout(() => {
            lines.style.height = `${before + 300}px`;
            requestAnimationFrame(() => requestAnimationFrame(done));
        }, 0);
    });
})"""


def test_what_arrives_late_does_not_push_the_end_away(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    with in_shop(rossi):
        chat = a_chat()
    log_in(page, f"{rossi_url}/admin/conversazioni/{chat.pk}/")
    expect(page.locator(".ib-line img").first).to_be_visible()
    page.wait_for_function("document.querySelector('.ib-line img')?.naturalWidth > 0")
    at_the_end(page)
    page.evaluate(SHRINKS_AND_GROWS)
    at_the_end(page)


def test_a_call_is_heard_and_its_booking_stands_beside_it(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    with in_shop(rossi):
        call, chat = a_call(), a_chat()
    log_in(page, f"{rossi_url}/admin/conversazioni/{call.pk}/")
    expect(page.get_by_text("Prenotato, la aspettiamo.")).to_be_visible()
    side = page.get_by_role("button", name="Scheda")
    if side.is_visible():
        side.click()
    expect(page.get_by_text("Parole e fatti coincidono")).to_be_visible()
    page.get_by_text("Prendere un appuntamento").click()
    expect(page.get_by_text("gio 26 nov 09:30").first).to_be_visible()
    fits(page)
    no_barriers(page)
    # Seeking needs the server to give a part of the file.
    page.evaluate("document.querySelector('.ib-side audio').preload = 'auto'")
    page.wait_for_function("document.querySelector('.ib-side audio')?.duration > 7")
    page.evaluate("document.querySelector('.ib-side audio').currentTime = 6")
    page.wait_for_function(
        "!document.querySelector('.ib-side audio').seeking && document.querySelector('.ib-side audio').currentTime > 5"
    )

    # What is being heard is not interrupted by what comes.
    page.goto(f"{rossi_url}/admin/conversazioni/{chat.pk}/")
    with in_shop(rossi):
        note = ConversationMessage.objects.get(kind="audio")
    page.evaluate("document.querySelector('.ib-line audio').muted = true")
    page.evaluate("document.querySelector('.ib-line audio').play()")
    with in_shop(rossi):
        ConversationMessage.objects.filter(pk=note.pk).update(text="il rumore viene dai freni")
        write("Allora?")
    expect(page.locator(".ib-line--customer").last).to_contain_text("Allora?")
    assert page.evaluate("!document.querySelector('.ib-line audio').paused")
    # The assistant said that it had booked, and nothing was.
    expect(page.locator(".ib-side")).to_contain_text("Ha detto che un appuntamento è preso, ma non risulta.")
