"""The first things: a message is stored with its person, a tap with what was chosen, a status moves its message."""

from typing import Any

import pytest
from django.test import Client

from receptionist.models import Conversation, ConversationMessage, MessageKind
from scheduling.models import ChannelIdentity, Customer
from shops.context import as_platform, in_shop
from shops.models import Shop, UnroutedEvent
from tests.whatsapp.conftest import URL, Post
from tests.whatsapp.payloads import body, message, value

VERIFY = {"hub.mode": "subscribe", "hub.verify_token": "agreed", "hub.challenge": "1158201444"}


@pytest.fixture
def rows(rossi: Shop) -> Any:
    """The first shop's messages, in the order of writing."""

    def rows() -> list[ConversationMessage]:
        with in_shop(rossi):
            return list(ConversationMessage.objects.select_related("conversation").order_by("sent_at"))

    return rows


@pytest.mark.parametrize(
    ("query", "status"),
    [
        (VERIFY, 200),
        ({**VERIFY, "hub.verify_token": "guessed"}, 403),
        ({**VERIFY, "hub.verify_token": ""}, 403),
        ({**VERIFY, "hub.verify_token": "agréed"}, 403),
        ({**VERIFY, "hub.mode": "unsubscribe"}, 403),
        ({**VERIFY, "hub.challenge": ""}, 403),
        ({}, 403),
    ],
    ids=str,
)
def test_verification(platform_client: Client, settings: Any, query: dict[str, str], status: int) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = "agreed"
    response = platform_client.get(URL, query)
    assert response.status_code == status
    if status == 200:
        assert response.content == b"1158201444"
        assert response.headers["Content-Type"].startswith("text/plain")
    else:
        assert b"1158201444" not in response.content


def test_verification_without_a_token(platform_client: Client, settings: Any) -> None:
    settings.WHATSAPP_VERIFY_TOKEN = ""
    assert platform_client.get(URL, {**VERIFY, "hub.verify_token": ""}).status_code == 403


def test_a_text(post: Post, rows: Any, rossi: Shop) -> None:
    post(body(value(message("Buongiorno"))))
    (row,) = rows()
    assert (row.kind, row.text, row.role, row.answered_at) == (
        MessageKind.TEXT,
        "Buongiorno",
        "customer",
        None,
    )
    assert (row.conversation.contact, row.conversation.line) == ("+393331234567", "wa-rossi")
    with in_shop(rossi):
        customer = Customer.objects.get()
        assert (customer.first_name, customer.phone) == ("Anna", "+393331234567")
        assert ChannelIdentity.objects.get().external_id == "+393331234567"


def test_a_tap(post: Post, rows: Any) -> None:
    tap = {"type": "list_reply", "list_reply": {"id": "slot:1", "title": "gio 26/11 09:30"}}
    post(body(value(message(type="interactive", interactive=tap))))
    post(body(value(message(type="button", button={"payload": "move:7", "text": "Sposta"}))))
    found = [(row.kind, row.text, row.payload) for row in rows()]
    assert found == [
        ("interactive", "gio 26/11 09:30", {"id": "slot:1", "title": "gio 26/11 09:30"}),
        ("button", "Sposta", {"id": "move:7", "title": "Sposta"}),
    ]


def test_a_turn_is_queued_once_for_each_chat(
    post: Post, django_capture_on_commit_callbacks: Any, queued: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        post(
            body(
                value(message("ciao"), message("volevo"), message("un tagliando")),
                value(message("salve", sender="393339999999")),
            )
        )
    assert [name for name, _kwargs in queued] == ["receptionist.answer"] * 2


def test_an_unknown_number_is_counted_without_the_words(post: Post, rossi: Shop) -> None:
    post(body(value(message("un segreto"), line="wa-nobody"), value(message("qui"))))
    event = UnroutedEvent.objects.get()
    assert (event.channel, event.external_id, event.kind) == ("whatsapp", "wa-nobody", "messages")
    assert "segreto" not in str(vars(event))
    with in_shop(rossi):
        assert ConversationMessage.objects.get().text == "qui"


def test_a_suspended_shop_keeps_nothing(post: Post, rossi: Shop, bianchi: Shop) -> None:
    with as_platform():
        shop = Shop.objects.get(pk=rossi.pk)
        shop.status = Shop.Status.SUSPENDED
        shop.save(update_fields=["status"])
    post(body(value(message("a Rossi")), value(message("a Bianchi"), line="wa-bianchi")))
    with in_shop(rossi):
        assert not Conversation.objects.exists()
    with in_shop(bianchi):
        assert ConversationMessage.objects.get().text == "a Bianchi"
