"""Every payload through the real view, and what it leaves; each again, three times and in any order, leaves the same."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist.content import Content
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Media,
    OutboundMessage,
    OutboundStatus,
)
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop, UnroutedEvent
from tests.whatsapp.conftest import Post
from tests.whatsapp.payloads import load, names
from whatsapp.models import MessageTemplate, TemplateStatus

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
ANNA, LUCIA = "+393331234567", "IT.4207714839115072"
OPEN = True  # still to be answered
DONE = False
CODE = {"type": "unsupported", "errors": [131051]}

# Payload → the messages of the first shop that it leaves: kind, words, what else it holds, whether it is to be answered.
LEAVES: dict[str, list[tuple[str, str, dict[str, Any], bool]]] = {
    "text__plain": [("text", "Buongiorno, vorrei prenotare un tagliando", {}, OPEN)],
    "text__reply": [("text", "Sì, quella", {"context": {"id": "wamid.OURS"}}, OPEN)],
    "text__forwarded": [("text", "Guarda qui", {"forwarded": True}, OPEN)],
    "text__frequently_forwarded": [("text", "Catena", {"frequently_forwarded": True}, OPEN)],
    "text__referral": [
        (
            "text",
            "Ho visto l'offerta gomme",
            {
                "referral": {
                    "source_url": "https://fb.me/3cr4Wqqkv",
                    "source_type": "ad",
                    "headline": "Gomme invernali",
                    "body": "Cambio gomme a 39 euro",
                }
            },
            OPEN,
        )
    ],
    "text__username_without_number": [("text", "Fate i tagliandi alle elettriche?", {}, OPEN)],
    "text__only_the_contact_names_the_sender": [("text", "Ci siete?", {}, OPEN)],
    "text__contacts_absent": [("text", "Senza contatti", {}, OPEN)],
    "text__emoji_only": [("text", "🚗💨👍🏽", {}, OPEN)],
    "text__4096_characters": [("text", "à" * 4096, {}, OPEN)],
    "text__right_to_left": [("text", "\u202emalatro\u202c \u200fمرحبا", {}, OPEN)],
    "text__nul_and_half_a_surrogate_pair": [("text", "primadopo ? fine", {}, OPEN)],
    "text__stop": [("text", "STOP", {}, OPEN)],
    "audio__voice_note": [("audio", "", {"voice": True}, OPEN)],
    "audio__file": [("audio", "", {}, OPEN)],
    "image__with_caption": [("image", "Il libretto", {}, OPEN)],
    "image__without_caption": [("image", "", {}, OPEN)],
    "video__with_caption": [("video", "Sente il rumore?", {}, OPEN)],
    "document__pdf": [("document", "Preventivo", {"filename": "preventivo 2026.pdf"}, OPEN)],
    "sticker__animated": [("sticker", "", {"animated": True}, OPEN)],
    "location__named": [
        (
            "location",
            "Posizione: Duomo di Milano, Piazza del Duomo, Milano, 45.46420, 9.19000",
            {
                "name": "Duomo di Milano",
                "address": "Piazza del Duomo, Milano",
                "latitude": 45.4642,
                "longitude": 9.19,
            },
            OPEN,
        )
    ],
    "location__bare": [
        (
            "location",
            "Posizione: 45.46420, 9.19000",
            {"name": "", "address": "", "latitude": 45.4642, "longitude": 9.19},
            OPEN,
        )
    ],
    "contacts__two": [
        (
            "contacts",
            "Contatto: Bruno Neri +39 333 765 4321; 02 1234567",
            {
                "contacts": [
                    {"name": "Bruno Neri", "phones": ["+39 333 765 4321"]},
                    {"name": "", "phones": ["02 1234567"]},
                ]
            },
            OPEN,
        )
    ],
    "button__quick_reply": [
        (
            "button",
            "Sposta",
            {"id": "move:5f1c", "title": "Sposta", "context": {"id": "wamid.TEMPLATE"}},
            OPEN,
        )
    ],
    "button__without_context": [("button", "Annulla", {"id": "cancel:5f1c", "title": "Annulla"}, OPEN)],
    "interactive__button_reply": [
        (
            "interactive",
            "Sì, confermo",
            {"id": "yes", "title": "Sì, confermo", "context": {"id": "wamid.OURS"}},
            OPEN,
        )
    ],
    "interactive__list_reply": [
        (
            "interactive",
            "gio 26/11 09:30",
            {"id": "slot:2026-11-26T09:30", "title": "gio 26/11 09:30"},
            OPEN,
        )
    ],
    "interactive__nfm_reply": [
        (
            "interactive",
            "Sent",
            {"id": "nfm:flow", "title": "Sent", "response": {"flow_token": "abc", "targa": "AB123CD"}},
            OPEN,
        )
    ],
    "interactive__without_a_body": [
        ("unsupported", "", {"type": "interactive", "errors": [131051]}, OPEN),
    ],
    "reaction__thumb_on_an_unknown_message": [
        ("reaction", "👍", {"emoji": "👍", "message_id": "wamid.NOBODY"}, DONE)
    ],
    "reaction__thumb_on_a_proposal": [
        ("reaction", "👍", {"emoji": "👍🏽", "message_id": "wamid.PROPOSAL"}, OPEN)
    ],
    "reaction__thumb_down_on_a_proposal": [
        ("reaction", "👎", {"emoji": "👎", "message_id": "wamid.PROPOSAL"}, OPEN)
    ],
    "reaction__heart_on_a_proposal": [
        ("reaction", "❤️", {"emoji": "❤️", "message_id": "wamid.PROPOSAL"}, DONE)
    ],
    "reaction__thumb_on_a_statement": [
        ("reaction", "👍", {"emoji": "👍", "message_id": "wamid.STATEMENT"}, DONE)
    ],
    "reaction__removed": [("reaction", "", {"emoji": "", "message_id": "wamid.PROPOSAL"}, DONE)],
    "reaction__removed_with_an_empty_emoji": [
        ("reaction", "", {"emoji": "", "message_id": "wamid.PROPOSAL"}, DONE)
    ],
    "order__two_items": [
        (
            "order",
            "Ordine: 4 × gomma-195, 1 × olio-5w30. Da montare insieme",
            {
                "catalog_id": "194836987003835",
                "items": [
                    {"id": "gomma-195", "quantity": "4", "price": 62.5, "currency": "EUR"},
                    {"id": "olio-5w30", "quantity": "1", "price": 29.0, "currency": "EUR"},
                ],
            },
            OPEN,
        )
    ],
    "system__user_changed_number": [
        (
            "system",
            "Anna changed from +39 333 123 4567 to +39 334 000 1111",
            {"type": "user_changed_number"},
            DONE,
        )
    ],
    "system__user_changed_user_id": [
        ("system", "Lucia changed her id", {"type": "user_changed_user_id"}, DONE)
    ],
    "unsupported__poll": [("unsupported", "", CODE, OPEN)],
    "unknown__type_never_seen": [("unsupported", "", {"type": "hologram"}, OPEN)],
    "edit__of_a_message_that_has_not_come": [("text", "Corretto", {"edited": ...}, OPEN)],
    "revoke__of_a_message_that_has_not_come": [("text", "", {"revoked": True}, DONE)],
    "batch__shops_statuses_and_a_stranger": [
        ("text", "per Rossi, uno", {}, OPEN),
        ("text", "per Rossi, due", {}, OPEN),
    ],
    "batch__with_malformed_messages": [
        ("text", "buono", {}, OPEN),
        ("unsupported", "", {"type": "image"}, OPEN),
        ("text", "senza id", {}, OPEN),
        ("text", "anche buono", {}, OPEN),
        ("unsupported", "", {"type": "text"}, OPEN),
    ],
    "smb_message_echoes__text": [("text", "Buongiorno Anna, la chiamo io tra poco", {}, DONE)],
    "smb_message_echoes__image": [("image", "Ecco il pezzo", {}, DONE)],
    "smb_message_echoes__to_a_username": [("text", "Certo Lucia", {}, DONE)],
}
# The ones about a message that has to be there, tested below by name.
WITH_ORIGINAL = {"edit__text", "revoke__text", "smb_message_echoes__revoke"}
# Status → how far our message is then.
MOVES = {
    "status__sent": "sent",
    "status__delivered": "delivered",
    "status__read": "read",
    "status__played": "read",
    "status__failed": "failed",
    "status__failed_window_closed": "failed",
    "status__never_seen": "sent",
    "status__read_without_a_number": "read",
    "batch__shops_statuses_and_a_stranger": "delivered",
}


@pytest.fixture(autouse=True)
def tuesday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def chats(rossi: Shop) -> None:
    """Anna and Lucia have open chats with the first shop, which sent Anna a proposal, a statement and another."""
    with in_shop(rossi):
        anna = Customer.objects.create(phone=ANNA, first_name="Anna")
        lucia = Customer.objects.create(first_name="Lucia")
        for who, contact in ((anna, ANNA), (lucia, LUCIA)):
            ChannelIdentity.objects.create(
                customer=who, channel="whatsapp", external_id=contact, verified=True
            )
            chat = Conversation.objects.create(
                channel=Channel.WHATSAPP,
                customer=who,
                contact=contact,
                phone_number=contact if contact == ANNA else "",
                external_id=f"first-{contact}",
                line="wa-rossi",
                last_customer_at=timezone.now(),
            )
            if contact == ANNA:
                ours(chat, "OURS", "Buongiorno")
                ours(chat, "PROPOSAL", "Le va bene giovedì alle 9:30?")
                ours(chat, "STATEMENT", "A giovedì.")
        MessageTemplate.objects.create(waba_id="waba-rossi", name="aros_conferma", language="it")


def ours(chat: Conversation, name: str, said: str) -> None:
    OutboundMessage.objects.create(
        conversation=chat,
        channel=Channel.WHATSAPP,
        recipient=chat.contact,
        line="wa-rossi",
        content=Content(said).to_json(),
        status=OutboundStatus.SENT,
        wire_id=f"wamid.{name}",
    )


def left(shop: Shop) -> list[tuple[str, str, dict[str, Any], bool]]:
    with in_shop(shop):
        return [
            (row.kind, row.text, row.payload, row.answered_at is None)
            for row in ConversationMessage.objects.order_by("sent_at", "wire_id")
        ]


def same(found: Any, expected: Any) -> None:
    """As lists in any order; an ellipsis stands for anything."""
    assert len(found) == len(expected), found
    for kind, words, payload, waits in expected:
        wanted = {key: value for key, value in payload.items() if value is not ...}
        assert any(
            each[:2] == (kind, words)
            and set(each[2]) == set(payload)
            and {key: each[2][key] for key in wanted} == wanted
            and each[3] == waits
            for each in found
        ), (kind, words, payload, waits, found)


def test_every_payload_is_in_a_table() -> None:
    others = [name for name in names() if name not in LEAVES and name not in MOVES]
    kept_nothing = {
        "errors",
        "message_template_status_update",
        "account_update",
        "calls",
        "history",
        "standby",
    }
    assert {name.partition("__")[0] for name in others if name not in WITH_ORIGINAL} == {
        *kept_nothing,
        "unknown_field",
    }
    assert {*LEAVES, *MOVES, *WITH_ORIGINAL} <= set(names())


@pytest.mark.parametrize("name", names())
def test_a_payload(post: Post, rossi: Shop, chats: None, name: str) -> None:
    if name in WITH_ORIGINAL:
        post("text__plain" if not name.startswith("smb") else "smb_message_echoes__text")
    response = post(name)
    assert response.json() == {}
    if name not in WITH_ORIGINAL:
        same(left(rossi), LEAVES.get(name, []))
    if name in MOVES:
        with in_shop(rossi):
            assert OutboundMessage.objects.get(wire_id="wamid.OURS").status == MOVES[name]


@pytest.mark.parametrize("name", names())
def test_a_payload_three_times(post: Post, rossi: Shop, chats: None, name: str) -> None:
    post(name)
    first = left(rossi)
    post(name)
    post(name)
    assert left(rossi) == first


@pytest.mark.parametrize("seed", range(5))
def test_all_payloads_three_times_in_any_order(post: Post, rossi: Shop, chats: None, seed: int) -> None:
    """Every message is there once and says the same. Nobody changes their number meanwhile: that has its own tests."""
    told = [name for name in names() if not name.startswith("system__")]
    everything = [name for name in told for _time in range(3)]
    random.Random(seed).shuffle(everything)
    for name in everything:
        post(name)
    found = left(rossi)
    expected = [row for name in told for row in LEAVES.get(name, [])]
    # Of the thumbs on one proposal the last one counts, and what was revoked is blank.
    quiet = [(kind, words) for kind, words, _payload, _waits in expected if kind != "reaction"]
    quiet.remove(("text", "Buongiorno, vorrei prenotare un tagliando"))
    quiet.remove(("text", "Buongiorno Anna, la chiamo io tra poco"))
    said = [row[:2] for row in found if row[0] != "reaction" and row[2] != {"revoked": True}]
    assert sorted(said) == sorted(each for each in quiet if each != ("text", ""))
    # One that had not come, two that had, and the correction of one that somebody answered.
    assert sum(row[2] == {"revoked": True} for row in found) in (3, 4)
    assert sum(row[0] == "reaction" for row in found) == sum(name.startswith("reaction") for name in names())
    with in_shop(rossi):
        assert OutboundMessage.objects.get(wire_id="wamid.OURS").status == OutboundStatus.READ
        assert (
            Media.objects.count()
            == sum(
                name.partition("__")[0] in ("audio", "image", "video", "document", "sticker")
                for name in names()
            )
            + 1
        )
        ids = ConversationMessage.objects.exclude(wire_id=None).values_list("wire_id", flat=True)
        assert len(ids) == len(set(ids)) == len(found)


@pytest.mark.parametrize("order", [("text__plain", "edit__text"), ("edit__text", "text__plain")], ids=str)
def test_an_edited_text(post: Post, rossi: Shop, order: tuple[str, str]) -> None:
    for name in (*order, *order):
        post(name)
    same(left(rossi), [("text", "Buongiorno, vorrei prenotare una revisione", {"edited": ...}, OPEN)])


@pytest.mark.parametrize("order", [("text__plain", "revoke__text"), ("revoke__text", "text__plain")], ids=str)
def test_a_text_that_is_taken_back(post: Post, rossi: Shop, order: tuple[str, str]) -> None:
    for name in (*order, "edit__text", *order):
        post(name)
    same(left(rossi), [("text", "", {"revoked": True}, DONE)])


def test_an_edit_after_the_answer_is_a_correction(post: Post, rossi: Shop) -> None:
    post("text__plain")
    with in_shop(rossi):
        ConversationMessage.objects.update(answered_at=timezone.now())
    post("edit__text")
    post("edit__text")
    same(
        left(rossi),
        [
            ("text", "Buongiorno, vorrei prenotare un tagliando", {"edited": ...}, DONE),
            ("text", "Buongiorno, vorrei prenotare una revisione", {"edits": ...}, OPEN),
        ],
    )


@pytest.mark.parametrize("name", ["edit__text", "revoke__text"])
def test_nobody_changes_the_message_of_somebody_else(post: Post, rossi: Shop, name: str) -> None:
    post("text__plain")
    change = load(name)
    change["entry"][0]["changes"][0]["value"]["messages"][0] |= {
        "from": "393339998877",
        "from_user_id": "IT.666",
    }
    post(change)
    same(left(rossi), [("text", "Buongiorno, vorrei prenotare un tagliando", {}, OPEN)])


def test_a_voice_note_waits_until_it_is_written_down(post: Post, rossi: Shop) -> None:
    post("audio__voice_note")
    with in_shop(rossi):
        assert not ConversationMessage.objects.get().is_ready
        media = Media.objects.get()
        assert (media.kind, media.state, media.external_id) == ("audio", "pending", "1321022136156105")
        assert (media.content_type, media.message_id) == ("audio/ogg", ConversationMessage.objects.get().pk)


def test_a_document_has_its_name(post: Post, rossi: Shop) -> None:
    post("document__pdf")
    with in_shop(rossi):
        media = Media.objects.get()
        assert (media.filename, media.caption, media.kind) == (
            "preventivo 2026.pdf",
            "Preventivo",
            "document",
        )


def test_a_person_without_a_number(post: Post, rossi: Shop) -> None:
    post("text__username_without_number")
    with in_shop(rossi):
        chat = Conversation.objects.get()
        assert (chat.contact, chat.phone_number) == (LUCIA, "")
        assert chat.customer is not None
        assert (chat.customer.first_name, chat.customer.phone) == ("Lucia", None)


def test_an_id_of_full_length_is_one_person(post: Post, rossi: Shop) -> None:
    long = "IT." + "a1" * 64
    for number in range(2):
        payload = load("text__username_without_number")
        said = payload["entry"][0]["changes"][0]["value"]["messages"][0]
        said |= {"from_user_id": long, "id": f"wamid.long.{number}"}
        post(payload)
    with in_shop(rossi):
        assert Conversation.objects.get().contact == long
        assert Customer.objects.count() == 1
        assert ChannelIdentity.objects.get().external_id == long


def test_the_batch_reaches_both_shops(post: Post, rossi: Shop, bianchi: Shop) -> None:
    post("batch__shops_statuses_and_a_stranger")
    with in_shop(bianchi):
        assert ConversationMessage.objects.get().text == "per Bianchi"
    assert UnroutedEvent.objects.get().external_id == "wa-nobody"


# --- taps on reactions ----------------------------------------------------------------------------------------------


def test_of_several_reactions_the_last_one_counts(post: Post, rossi: Shop, chats: None) -> None:
    for order in (["reaction__thumb_on_a_proposal", "reaction__removed"], ["reaction__removed"]):
        for name in order:
            post(name)
    with in_shop(rossi):
        assert not ConversationMessage.objects.filter(answered_at=None).exists()


def test_a_thumb_that_was_taken_back_before_it_came(post: Post, rossi: Shop, chats: None) -> None:
    post("reaction__removed")
    post("reaction__thumb_on_a_proposal")
    with in_shop(rossi):
        assert not ConversationMessage.objects.filter(answered_at=None).exists()


def test_a_thumb_when_the_chat_is_over(post: Post, rossi: Shop, chats: None) -> None:
    with in_shop(rossi):
        Conversation.objects.update(ended_at=timezone.now(), status=ConversationStatus.COMPLETED)
    post("reaction__thumb_on_a_proposal")
    with in_shop(rossi):
        row = ConversationMessage.objects.get()
        assert row.answered_at
        assert row.conversation.contact == ANNA
        assert Conversation.objects.count() == 2


# --- people who change ----------------------------------------------------------------------------------------------


def test_a_new_number_is_the_same_customer(post: Post, rossi: Shop, chats: None) -> None:
    for _time in range(2):
        post("system__user_changed_number")
    with in_shop(rossi):
        anna = Customer.objects.get(first_name="Anna")
        assert anna.phone == "+393340001111"
        assert anna.identities.get().external_id == "+393340001111"
        chat = Conversation.objects.get(customer=anna)
        assert (chat.contact, chat.phone_number) == ("+393340001111", "+393340001111")
        assert chat.messages.get().kind == "system"
    written = load("text__plain")
    said = written["entry"][0]["changes"][0]["value"]
    said["messages"][0] |= {"from": "393340001111", "from_user_id": "IT.1"}
    said["contacts"] = []
    post(written)
    with in_shop(rossi):
        assert Conversation.objects.count() == Customer.objects.count() == 2


def test_a_new_number_that_wrote_before_we_heard_of_it(post: Post, rossi: Shop, chats: None) -> None:
    written = load("text__plain")
    said = written["entry"][0]["changes"][0]["value"]
    said["messages"][0] |= {"from": "393340001111"}
    del said["messages"][0]["from_user_id"]
    said["contacts"] = [{"profile": {"name": "Anna"}, "wa_id": "393340001111"}]
    post(written)
    post("system__user_changed_number")
    with in_shop(rossi):
        anna = Customer.objects.get(first_name="Anna")
        assert anna.phone == "+393340001111"
        assert {each.customer for each in Conversation.objects.exclude(contact=LUCIA)} == {anna}


def test_a_number_that_is_another_customers_stays_theirs(post: Post, rossi: Shop, chats: None) -> None:
    with in_shop(rossi):
        other = Customer.objects.create(phone="+393340001111", first_name="Carla", last_name="Verdi")
    post("system__user_changed_number")
    with in_shop(rossi):
        assert Customer.objects.get(phone="+393340001111") == other
        assert Customer.objects.get(first_name="Anna").phone == ANNA


def test_a_new_id(post: Post, rossi: Shop, chats: None) -> None:
    post("system__user_changed_user_id")
    with in_shop(rossi):
        lucia = Customer.objects.get(first_name="Lucia")
        assert lucia.identities.get().external_id == "IT.5550001112223334"
        assert Conversation.objects.get(customer=lucia).contact == "IT.5550001112223334"


# --- the shop's own phone -------------------------------------------------------------------------------------------


def test_the_assistant_falls_silent_when_the_shop_writes(post: Post, rossi: Shop) -> None:
    post("text__plain")
    post("smb_message_echoes__text")
    with in_shop(rossi):
        chat = Conversation.objects.get()
        assert chat.status == ConversationStatus.TRANSFERRED
        assert chat.silent_until
        assert [row.role for row in chat.messages.order_by("sent_at")] == ["customer", "staff"]
        assert not chat.messages.filter(answered_at=None).exists()


def test_the_shop_writes_first(post: Post, rossi: Shop) -> None:
    post("smb_message_echoes__text")
    post("text__plain")
    with in_shop(rossi):
        chat = Conversation.objects.get()
        assert (chat.contact, chat.status) == (ANNA, ConversationStatus.TRANSFERRED)
        assert chat.customer is not None
        assert chat.messages.count() == 2


def test_one_of_ours_that_comes_back_is_no_echo(post: Post, rossi: Shop, chats: None) -> None:
    payload = load("smb_message_echoes__text")
    payload["entry"][0]["changes"][0]["value"]["message_echoes"][0]["id"] = "wamid.OURS"
    post(payload)
    assert left(rossi) == []


def test_what_the_shop_takes_back_is_blank(post: Post, rossi: Shop) -> None:
    post("smb_message_echoes__text")
    post("smb_message_echoes__revoke")
    same(left(rossi), [("text", "", {"revoked": True}, DONE)])


# --- the account ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "status"),
    [
        ("approved", TemplateStatus.APPROVED),
        ("rejected", TemplateStatus.REJECTED),
        ("paused", TemplateStatus.PAUSED),
    ],
)
def test_a_templates_status(post: Post, rossi: Shop, chats: None, name: str, status: str) -> None:
    post(f"message_template_status_update__{name}")
    with in_shop(rossi):
        row = MessageTemplate.objects.get()
        assert row.status == status
        assert row.reason == ("INVALID_FORMAT" if name == "rejected" else "")


def test_operators_hear_of_a_restricted_account_once(post: Post, rossi: Shop, settings: Any) -> None:
    settings.OPERATOR_EMAILS = ["operator@example.com"]
    for _time in range(2):
        post("account_update__restriction")
    post("account_update__verified")
    with in_shop(rossi):
        told = OutboundMessage.objects.get()
        assert (told.channel, told.recipient) == ("email", "operator@example.com")
