"""A booking on the page, and what leaves for WhatsApp: to the socket and no further."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import responses
import time_machine
from django.test import Client

from receptionist import links, optout
from receptionist.models import OutboundMessage
from scheduling.models import Appointment
from shops.context import in_public, in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import with_whatsapp
from tests.website.booking_pages import NOW, one_service, send

GRAPH = re.compile("https://graph.facebook.com/.*/messages")


@pytest.fixture
def meta() -> Iterator[responses.RequestsMock]:
    with responses.RequestsMock(assert_all_requests_are_fired=False) as found:
        found.add("POST", GRAPH, json={"messages": [{"id": "wamid.first"}]})
        yield found


@pytest.fixture
def shop(transactional_db: None, eager_tasks: None) -> Iterator[Shop]:
    with time_machine.travel(NOW, tick=False):
        yield with_whatsapp()


def sent(meta: responses.RequestsMock) -> list[dict[str, Any]]:
    return [
        json.loads(call.request.body or b"{}") for call in meta.calls if "/messages" in str(call.request.url)
    ]


def test_the_ticked_box_sends_the_confirmation_with_the_link(
    shop: Shop, rossi_client: Client, meta: responses.RequestsMock
) -> None:
    with in_shop(shop):
        service = one_service()
    assert send(rossi_client, service, conferma="on").status_code == 302
    [said] = sent(meta)
    assert said["to"].lstrip("+") == "393331234567"
    assert said["type"] == "template"
    words = json.dumps(said, ensure_ascii=False)
    assert "venerdì 27 novembre" in words
    assert "Tagliando" in words
    with in_shop(shop):
        row = Appointment.objects.get(source="web")
        assert f"move:{row.code}" in words
        assert f"cancel:{row.code}" in words
        out = OutboundMessage.objects.get(purpose="confirmation")
        assert (out.status, out.wire_id) == ("sent", "wamid.first")
        with in_public():
            shop = Shop.objects.get(pk=shop.pk)
        assert links.appointment_url(row, shop=shop) in out.content["text"]


def test_without_the_tick_and_after_stop_nothing_leaves(
    shop: Shop, rossi_client: Client, meta: responses.RequestsMock
) -> None:
    with in_shop(shop):
        service = one_service()
    send(rossi_client, service)
    with in_shop(shop):
        who = factories.customer(phone="+393331234567")
        optout.record(customer=who, channel="whatsapp", contact="+393331234567")
    send(rossi_client, service, "2026-11-27T10:00", targa="AB124CD", conferma="on")
    assert sent(meta) == []
