"""Batches over HTTP, the same one many times at the same moment: every message once, in its shop."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests

from receptionist.models import Conversation, ConversationMessage, Media, OutboundMessage, OutboundStatus
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.conftest import SECRET, URL, attach_numbers
from tests.whatsapp.payloads import BIANCHI, body, load, message, names, raw, signed, status, value

AT_ONCE = 8


@pytest.fixture
def send_at_once(live_server: Any, settings: Any, transactional_db: None) -> Any:
    """Send bodies at the same moment; all of them are answered with 200."""
    attach_numbers()
    settings.WHATSAPP_APP_SECRETS = [SECRET]

    def one(data: bytes) -> int:
        url = live_server.url.replace("localhost", "127.0.0.1") + URL
        headers = {"Content-Type": "application/json", "Host": "localhost", **signed(data, SECRET)}
        return requests.post(url, data=data, headers=headers, timeout=60).status_code

    def send_at_once(bodies: list[bytes]) -> None:
        with ThreadPoolExecutor(AT_ONCE) as pool:
            assert set(pool.map(one, bodies)) == {200}

    return send_at_once


def shop(slug: str = "officina-rossi") -> Shop:
    found: Shop = Shop.objects.get(slug=slug)
    return found


def test_one_batch_many_times_at_once(send_at_once: Any) -> None:
    people = [f"39333000{number:04d}" for number in range(12)]
    batch = raw(
        body(
            value(*(message(f"ciao {who}", sender=who) for who in people for _time in range(2))),
            value(*(message(f"salve {who}", sender=who) for who in people), line=BIANCHI),
        )
    )
    send_at_once([batch] * AT_ONCE)
    for slug, each in (("officina-rossi", 2), ("carrozzeria-bianchi", 1)):
        with in_shop(shop(slug)):
            assert ConversationMessage.objects.count() == each * len(people)
            assert Conversation.objects.count() == Customer.objects.count() == len(people)
            assert ChannelIdentity.objects.count() == len(people)


def test_first_messages_of_one_person_in_many_webhooks(send_at_once: Any) -> None:
    send_at_once([raw(body(value(message(f"parola {number}")))) for number in range(24)])
    with in_shop(shop()):
        assert Conversation.objects.count() == Customer.objects.count() == 1
        assert ConversationMessage.objects.count() == 24


def test_statuses_at_once_end_at_the_furthest(send_at_once: Any) -> None:
    with in_shop(shop()):
        row = OutboundMessage.objects.create(
            channel="whatsapp", recipient="+393331234567", status=OutboundStatus.SENDING, content={}
        )
    told = [
        raw(body(value(statuses=[status("wamid.new", state, biz_opaque_callback_data=str(row.pk))])))
        for state in ("sent", "delivered", "read", "failed") * 4
    ]
    send_at_once(told)
    with in_shop(shop()):
        row.refresh_from_db()
    assert (row.status, row.wire_id) == (OutboundStatus.READ, "wamid.new")


def test_every_payload_three_times_at_once_in_any_order(send_at_once: Any) -> None:
    told = [name for name in names() if not name.startswith(("system__", "account_update"))]
    everything = [raw(load(name)) for name in told for _time in range(3)]
    random.Random(7).shuffle(everything)
    send_at_once(everything)
    with in_shop(shop()):
        ids = list(ConversationMessage.objects.values_list("wire_id", flat=True))
        assert len(ids) == len(set(ids))
        texts = set(ConversationMessage.objects.values_list("text", flat=True))
        assert {"Ci siete?", "Senza contatti", "Il libretto", "per Rossi, due", "anche buono"} <= texts
        files = list(Media.objects.values_list("external_id", flat=True))
        assert len(files) == len(set(files)) == 8
        # One open chat a person.
        people = Conversation.objects.filter(ended_at=None).values_list("contact", flat=True)
        assert len(people) == len(set(people))
