"""A chat that was handed over, as the shop's people see it and answer it, on a desk and on a telephone."""

import uuid
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from playwright.sync_api import Page, expect

from receptionist import handover, inbound
from receptionist.content import Content, Option
from receptionist.inbound import Incoming, Person
from receptionist.models import (
    Conversation,
    ConversationMessage,
    Media,
    MediaKind,
    MediaState,
    MessageKind,
    MessageRole,
)
from shops.context import in_shop
from shops.models import Shop
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
PICTURE = Path(__file__).resolve().parents[2] / "docs" / "images"
OPTIONS = Content("Quando preferisce?", options=(Option("a", "gio 26, 9:30"), Option("b", "ven 27, 15:00")))


def write(text: str, kind: MessageKind = MessageKind.TEXT) -> Conversation:
    message = Incoming(wire_id=f"wamid.{uuid.uuid4()}", kind=kind, text=text)
    person = Person(phone="+393331234567", name="Anna Verdi")
    place = inbound.receive(channel="whatsapp", person=person, line="wa-rossi", message=message)
    return Conversation.objects.get(pk=place.conversation_id)


def a_chat(picture: bytes) -> Conversation:
    conversation = write("Buongiorno, vorrei un appuntamento per il tagliando della Panda")
    ConversationMessage.objects.create(
        conversation=conversation, role=MessageRole.ASSISTANT, text=OPTIONS.text, payload=OPTIONS.to_json()
    )
    conversation = write("Ecco il danno", MessageKind.IMAGE)
    media = Media(
        conversation=conversation,
        message=conversation.messages.get(kind="image"),
        kind=MediaKind.IMAGE,
        content_type="image/png",
        external_id="m1",
        state=MediaState.STORED,
        caption="paraurti",
    )
    media.file.save("x.png", ContentFile(picture), save=False)
    media.save()
    for number in range(12):
        write(f"Mi rispondete? {number}")
    write("Siete dei ladri, voglio parlare con il titolare!")
    handover.ask(conversation=conversation, reason="È arrabbiata per la fattura, vuole il titolare")
    return conversation


def test_a_chat_is_answered_by_a_person(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    picture = next(PICTURE.glob("*.png")).read_bytes()
    with in_shop(rossi):
        conversation = a_chat(picture)
    page.goto(f"{rossi_url}/admin/receptionist/conversation/{conversation.pk}/change/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    expect(page.get_by_text("vuole il titolare. Già provato")).to_be_visible()
    # A chat opens at its end: what was said last is in view inside its frame, what was first has gone up.
    below, above = page.evaluate(
        """() => {
            const frame = document.querySelector(".desk-chat").getBoundingClientRect();
            const lines = [...document.querySelectorAll(".desk-chat .desk-line")];
            const [first, last] = [lines[0], lines.at(-1)].map((each) => each.getBoundingClientRect());
            return [frame.bottom - last.bottom, first.top - frame.top];
        }"""
    )
    assert below >= 0
    assert above < 0
    shown = page.locator(".desk-line img")
    shown.scroll_into_view_if_needed()
    expect(shown).to_be_visible()
    page.wait_for_function("document.querySelector('.desk-line img').naturalWidth > 0")
    page.get_by_label("Scrivi al cliente su WhatsApp").fill("Buongiorno, sono Anna: la richiamo subito.")
    page.get_by_role("button", name="Invia").click()
    expect(page.locator(".desk-staff")).to_contain_text("la richiamo subito")
    expect(page.get_by_text("Preso in carico")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    page.get_by_role("button", name="Ridai all'assistente").click()
    expect(page.get_by_text("Risponde l'assistente.")).to_be_visible()
    with in_shop(rossi):
        assert Conversation.objects.get().status == "active"
