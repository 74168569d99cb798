"""The guided first hour: a step is done when something happened."""

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.firsthour import forwarding, steps
from receptionist import conversations
from receptionist.models import Channel, Conversation
from scheduling.models import Service
from shops.context import as_platform
from shops.models import PhoneLine, Shop, WhatsAppNumber
from tests.backoffice.test_myshop import HOURS, HUB, USUAL, sent
from tests.scheduling.desk import Desk, Login, url, worker
from tests.scheduling.queries import counted

PAGE, STEPS = (
    reverse(f"admin:{name}", urlconf="aros.urls_shop") for name in ("first_hour", "first_hour_steps")
)


def state(name: str) -> steps.State:
    """The step as it is stored."""
    shop = Shop.objects.get(slug="officina-rossi")
    return next(each for each in steps.states(shop) if each.name == name)


def do(desk: Desk, what: str) -> Any:
    return desk.post(PAGE, {"do": what})


@pytest.fixture
def forwarded(rossi: Shop, desk: Desk) -> Shop:
    """The shop keeps a landline of its own, which is forwarded to the line."""
    with as_platform():
        Shop.objects.filter(pk=rossi.pk).update(phone_number="+390298765432")
    caches["routing"].clear()
    return rossi


def test_hours_services_and_bays_are_ticked_when_saved_or_confirmed(desk: Desk) -> None:
    assert not state("hours").settled
    desk.post(HOURS, sent([[("08:00", "12:00")], *USUAL[1:]]))
    assert state("hours").done_at
    assert state("hours").by == "anna@rossi.example"
    do(desk, "fine:bays")
    assert state("bays").by == "anna@rossi.example"
    assert not state("services").settled
    row = Service.objects.get(name="Diagnosi")
    action = {"action": "switch_off", "_selected_action": [str(row.pk)]}
    desk.post(url(Service, "changelist"), action)
    assert state("services").done_at
    assert "3 di 6" in desk.get(PAGE).content.decode()


def test_a_call_ticks_the_forwarding_and_says_what_is_known(desk: Desk, forwarded: Shop) -> None:
    conversations.open_call(external_id="before", phone_number="+393331112223")
    page = desk.get(PAGE).content.decode()
    assert "0212345678#" in page  # the line's number in the codes
    assert "+390298765432" in page
    do(desk, "begin:forwarding")
    assert "data-waiting" in desk.get(STEPS).content.decode()
    assert not state("forwarding").settled
    Conversation.objects.filter(external_id="before").update(started_at=timezone.now() - timedelta(hours=1))
    conversations.open_call(external_id="now", phone_number="+390298765432")
    page = desk.get(STEPS).content.decode()
    assert state("forwarding").conversation == str(Conversation.objects.get(external_id="now").pk)
    assert "dal numero +390298765432" in page
    assert "presentare il numero del chiamante" in page
    do(desk, "begin:forwarding")
    assert state("forwarding").waiting


def test_a_message_ticks_the_test_message(desk: Desk, rossi: Shop) -> None:
    assert "WhatsApp non è collegato" in desk.get(PAGE).content.decode()
    with as_platform():
        WhatsAppNumber.objects.create(shop=rossi, phone_number_id="wa-1", number="+393330009999")
    do(desk, "begin:message")
    chat = conversations.open_call(external_id="chat", phone_number="+393331112223")
    Conversation.objects.filter(pk=chat.pk).update(channel=Channel.WHATSAPP, last_customer_at=timezone.now())
    assert "È arrivato un messaggio" in desk.get(STEPS).content.decode()
    assert state("message").done_at
    with as_platform():
        WhatsAppNumber.objects.update(stopped_at=timezone.now(), stopped_code=190)
    assert "Il numero WhatsApp è fermo" in desk.get(PAGE).content.decode()


def test_without_a_line_it_says_whom_to_ask(desk: Desk, rossi: Shop) -> None:
    assert "non c'è nulla da deviare" in desk.get(PAGE).content.decode()
    assert do(desk, "fine:forwarding").status_code == 302
    assert state("forwarding").done_at
    assert do(desk, "fine:call").status_code == 400
    with as_platform():
        PhoneLine.objects.filter(shop=rossi).delete()
    assert "Non c'è ancora una linea" in desk.get(PAGE).content.decode()


def test_it_looks_again_only_for_news(desk: Desk) -> None:
    do(desk, "begin:call")
    first = desk.get(STEPS)
    again = desk.get(STEPS, headers={"If-None-Match": first["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)
    conversations.open_call(external_id="now", phone_number=None)
    news = desk.get(STEPS, headers={"If-None-Match": first["ETag"]})
    assert news.status_code == 200
    assert "da un numero che non si vede" in news.content.decode()


def test_the_side_bar_shows_it_until_it_is_done_or_put_away(desk: Desk, rossi: Shop) -> None:
    def entry() -> dict[str, Any] | None:
        groups = desk.get(HUB).context["sidebar_navigation"]
        found = [each for group in groups for each in group["items"] if each["link"] == PAGE]
        return found[0] if found else None

    shown = entry()
    assert shown
    assert shown["badge"] == "0/6"
    do(desk, "away:")
    assert entry() is None
    assert "Comincia" not in desk.get(HUB).content.decode()
    do(desk, "back:")
    assert entry()
    for name in steps.STEPS:
        do(desk, f"skip:{name}")
    assert entry() is None
    assert desk.get(PAGE).status_code == 200


@pytest.mark.parametrize(
    "wrong", ["", "x", "fine:", "begin:hours", "fine:message", "begin:\x00", "skip:x" * 500]
)
def test_what_is_no_step_is_refused(desk: Desk, wrong: str) -> None:
    assert do(desk, wrong).status_code == 400
    assert desk.post(STEPS).status_code == 405


def test_it_costs_the_same_however_many_calls(desk: Desk) -> None:
    def cost() -> int:
        with counted() as queries:
            desk.get(STEPS)
        return len(queries)

    for name in steps.ARRIVING:
        do(desk, f"begin:{name}")
    desk.get(STEPS)
    few = cost()
    for number in range(20):
        conversations.open_call(external_id=f"n{number}", phone_number="+393331112223")
    desk.get(STEPS)  # stores what arrived
    assert cost() <= few


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("receptionist", 403), ("mechanic", 403)])
def test_who_sets_the_shop_up(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, status: int
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(PAGE).status_code == status
    assert rossi_client.get(STEPS).status_code == status
    assert rossi_client.post(PAGE, {"do": "away:"}).status_code == (302 if status == 200 else 403)


def test_numbers_are_dialled_as_in_italy() -> None:
    assert forwarding.dialled("+390212345678") == "0212345678"
    assert forwarding.dialled("+41441234567") == "0041441234567"
