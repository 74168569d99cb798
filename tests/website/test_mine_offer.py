"""A place that is held for somebody of the waiting list, on its own page: yes and no, as the buttons do it."""

import re
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from auditlog.models import LogEntry
from django.db import connections
from django.test import Client
from django.utils import timezone

from receptionist import links
from receptionist.models import SlotOffer
from scheduling import booking
from scheduling.models import Appointment, Service, WaitingList
from shops.context import in_public, in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import meta_takes_all, with_whatsapp
from tests.receptionist.conftest import NOW, at

DAY, PLACE = date(2026, 11, 26), "2026-11-26T09:30"
ANNA, UGO = "+393331000001", "+393331000002"


@pytest.fixture
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.OPENAI_API_KEY = ""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def held(
    transactional_db: None, clock: time_machine.Traveller, eager_tasks: None, rossi_client: Client
) -> Iterator[Appointment]:
    """Anna is asked about a freed place on Thursday, Ugo waits behind her."""
    rossi = with_whatsapp()
    with meta_takes_all():
        with in_shop(rossi):
            service = Service.objects.get(name="Tagliando")
            for minutes, name, phone in ((20, "Anna", ANNA), (10, "Ugo", UGO)):
                who = factories.customer(first_name=name, last_name="Neri", phone=phone)
                # The clock stands still here: who waits longer has to be said.
                since = timezone.now() - timedelta(minutes=minutes)
                factories.waiting(who, service, DAY, DAY, created_at=since)
            freed = factories.appointment(at(PLACE), service=service, source="ai_whatsapp")
            booking.cancel(appointment=freed)
            hold = hold_of(ANNA)
        yield hold


def hold_of(phone: str) -> Appointment:
    return Appointment.objects.filter(customer__phone=phone).latest("created_at")


def rossi_shop() -> Shop:
    with in_public():
        found: Shop = Shop.objects.get(slug="officina-rossi")
        return found


def path(row: Appointment, tail: str = "") -> str:
    return f"/appuntamento/{links.token(row, shop=rossi_shop())}{tail}"


def text(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def say(client: Client, row: Appointment, answer: str, **more: Any) -> Any:
    return client.post(path(row, "/posto"), {"risposta": answer}, **more)


def test_it_asks_whether_the_place_is_wanted(rossi_client: Client, held: Appointment) -> None:
    answer = rossi_client.get(path(held))
    told = text(answer)
    assert "Si è liberato questo posto: lo vuole?" in told
    assert "martedì 24 novembre alle 11:00" in told
    assert "Sì, lo prendo" in told
    assert "No, grazie" in told
    for other in ("/sposta", "/annulla", "deve ancora confermare"):
        assert other not in answer.content.decode()


def test_yes_makes_it_an_appointment(rossi_client: Client, held: Appointment) -> None:
    done = say(rossi_client, held, "si", follow=True)
    assert "il posto è suo" in text(done)
    assert "Sì, lo prendo" not in text(done)
    with in_shop(rossi_shop()):
        held.refresh_from_db()
        assert (held.status, held.notes) == ("confirmed", "")
        assert SlotOffer.objects.get(appointment_id=held.pk).status == "accepted"
        assert WaitingList.objects.get(customer__phone=ANNA).status == "booked"
        assert LogEntry.objects.filter(object_pk=str(held.pk), additional_data__icontains="site").exists()
    assert "il posto è suo" in text(say(rossi_client, held, "si", follow=True))  # sent twice
    assert "il posto è suo" in text(
        say(rossi_client, held, "no", follow=True)
    )  # a no after the yes changes nothing


def test_no_asks_the_next(rossi_client: Client, held: Appointment) -> None:
    assert "il posto va a chi aspetta" in text(say(rossi_client, held, "no", follow=True))
    with in_shop(rossi_shop()):
        held.refresh_from_db()
        assert held.status == "cancelled"
        assert SlotOffer.objects.get(appointment_id=held.pk).status == "declined"
        assert hold_of(UGO).status == "pending"
    assert say(rossi_client, held, "si").status_code == 409


def test_too_late_is_said_and_nothing_is_taken(
    rossi_client: Client, held: Appointment, clock: time_machine.Traveller
) -> None:
    clock.shift(timedelta(hours=2))
    assert "Sì, lo prendo" not in text(rossi_client.get(path(held)))
    answer = say(rossi_client, held, "si")
    assert answer.status_code == 409
    assert "non è più tenuto" in text(answer)
    with in_shop(rossi_shop()):
        held.refresh_from_db()
        assert held.status == "cancelled"


def test_looking_and_nonsense_change_nothing(rossi_client: Client, held: Appointment) -> None:
    for tail in ("", "/posto", "/posto?risposta=si", "/sposta", "/annulla"):
        assert rossi_client.get(path(held, tail)).status_code in (200, 302, 409)
    for answer in ("", "forse", "SI", "\x00", "si" * 9999):
        assert say(rossi_client, held, answer).status_code == 302
    with in_shop(rossi_shop()):
        held.refresh_from_db()
        assert held.status == "pending"


def test_an_ordinary_appointment_has_no_offer_to_answer(rossi_client: Client, held: Appointment) -> None:
    with in_shop(rossi_shop()):
        other = factories.appointment(at("2026-11-27T09:30"), source="web")
    for answer in ("si", "no"):
        assert say(rossi_client, other, answer).status_code == 409
    with in_shop(rossi_shop()):
        other.refresh_from_db()
        assert other.status == "confirmed"


def test_without_the_token_of_the_page_nothing_is_answered(held: Appointment) -> None:
    strict = Client(enforce_csrf_checks=True, headers={"host": "rossi.example"})
    assert say(strict, held, "si").status_code == 403
    with in_shop(rossi_shop()):
        held.refresh_from_db()
        assert held.status == "pending"


def test_yes_and_no_at_the_same_moment(held: Appointment) -> None:
    start = threading.Barrier(4)

    def go(answer: str) -> int:
        client = Client(headers={"host": "rossi.example"})
        start.wait()
        try:
            return int(say(client, held, answer).status_code)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        codes = list(pool.map(go, ["si", "no", "si", "no"]))
    assert set(codes) <= {302, 409}
    with in_shop(rossi_shop()):
        held.refresh_from_db()
        offer = SlotOffer.objects.get(appointment_id=held.pk)
        assert (held.status, offer.status) in {("confirmed", "accepted"), ("cancelled", "declined")}
