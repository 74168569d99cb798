"""Read and typing: shown once, never a reason to fail."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from receptionist import channels
from receptionist.models import Conversation, ConversationMessage
from sandbox.meta import Meta
from shops.context import in_shop
from shops.models import Shop, WhatsAppNumber
from tests.database import superuser
from tests.whatsapp import sending_kit as kit
from whatsapp import presence

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    with kit.meta(settings) as running:
        yield running


@pytest.fixture
def chat(transactional_db: None, meta: Meta) -> Iterator[Conversation]:
    rossi = Shop.objects.get(slug="officina-rossi")
    kit.number(rossi)
    with in_shop(rossi):
        yield kit.chat()


def heard(chat: Conversation, meta: Meta, **values: Any) -> str:
    """Anna wrote; the id of her message."""
    wamid = meta.write("wa-rossi", kit.ANNA, "Ciao")
    ConversationMessage.objects.create(
        conversation=chat, role="customer", text="Ciao", wire_id=wamid, **values
    )
    return wamid


def test_it_is_shown_once_with_one_statement(chat: Conversation, meta: Meta) -> None:
    wamid = heard(chat, meta)
    with CaptureQueriesContext(connection) as seen:
        for _time in range(3):
            presence.show_typing(conversation_id=chat.pk, wire_id=wamid)
    assert [each.body for each in meta.sent] == [
        {
            "messaging_product": "whatsapp",
            "status": "read",
            "message_id": wamid,
            "typing_indicator": {"type": "text"},
        }
    ]
    assert len(seen) == 1


def test_nobody_types_once_it_is_answered(chat: Conversation, meta: Meta) -> None:
    wamid = heard(chat, meta, answered_at=timezone.now())
    presence.show_typing(conversation_id=chat.pk, wire_id=wamid)
    [sent] = meta.sent
    assert "typing_indicator" not in sent.body


def test_a_refusal_is_only_logged(chat: Conversation, meta: Meta) -> None:
    wamid = heard(chat, meta)
    meta.set_faults(drop={"next": 1})
    presence.show_typing(conversation_id=chat.pk, wire_id=wamid)
    presence.show_typing(conversation_id=chat.pk, wire_id="wamid.of-nobody")
    assert meta.sent == []


def test_a_number_that_stopped_shows_nothing(chat: Conversation, meta: Meta) -> None:
    wamid = heard(chat, meta)
    WhatsAppNumber.objects.update(stopped_at=timezone.now())
    presence.show_typing(conversation_id=chat.pk, wire_id=wamid)
    assert meta.sent == []


def test_a_token_that_cannot_be_read_is_only_logged(chat: Conversation, meta: Meta) -> None:
    wamid = heard(chat, meta)
    with superuser() as admin:
        admin.execute("UPDATE public.shops_whatsappnumber SET access_token = 'rubbish'")
    presence.show_typing(conversation_id=chat.pk, wire_id=wamid)
    assert meta.sent == []


def test_the_channel_queues_it(chat: Conversation, meta: Meta, eager_tasks: None) -> None:
    wamid = heard(chat, meta)
    channels.get("whatsapp").show_typing(conversation_id=chat.pk, wire_id=wamid)
    assert len(meta.sent) == 1
