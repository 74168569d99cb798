"""Somebody for whom nothing free suits is put on the waiting list by the tool that books."""

from datetime import date
from typing import Any

import pytest

from receptionist.brain import truth
from receptionist.models import Conversation
from receptionist.tools import REGISTRY, availability
from receptionist.tools.booking import ASK_PHONE
from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, use

THURSDAY = date(2026, 11, 26)
WAITS = "L'officina avvisa se si libera un posto: non è ancora un appuntamento."


@pytest.fixture
def chat(mario: Customer, panda: Vehicle) -> Conversation:
    """Mario writes on WhatsApp."""
    return Conversation.objects.create(
        channel="whatsapp",
        external_id="wamid.1",
        contact=MARIO,
        phone_number=MARIO,
        caller_verified=True,
        customer=mario,
    )


@pytest.fixture
def full(in_rossi: Shop) -> Service:
    """Nothing is free for a revisione on Thursday."""
    service = Service.objects.get(name="Revisione")
    bay = service.bays.get()
    factories.appointment(
        factories.local(2026, 11, 26, 8), service=service, bay=bay, minutes=630, customer=factories.customer()
    )
    return service


def test_there_are_still_ten_tools() -> None:
    assert len(REGISTRY) == 10


def test_the_waiting_list_is_proposed_where_all_is_taken(chat: Conversation, full: Service) -> None:
    asked: dict[str, Any] = {"service": "revisione", "date_from": "2026-11-26"}
    assert use(chat, "check_availability", **asked, date_to="2026-11-26").text.endswith(availability.OR_WAIT)
    assert use(chat, "check_availability", **asked).text.endswith(availability.OR_WAIT)
    free = use(chat, "check_availability", service="revisione", date_from="2026-11-27").text
    closed = use(chat, "check_availability", service="revisione", date_from="2026-11-29").text
    assert availability.OR_WAIT not in free + closed


def test_a_known_customer_is_put_on_it_once(
    chat: Conversation, full: Service, mario: Customer, panda: Vehicle
) -> None:
    wish: dict[str, Any] = {"service": "revisione", "start": "giovedì mattina", "waiting_list": "sì"}
    said = use(chat, "book_appointment", **wish)
    assert said.text == f"In lista d'attesa: revisione, giovedì 26 novembre, mattina. {WAITS}"
    use(chat, "book_appointment", **wish)
    row = WaitingList.objects.get()
    assert (row.customer, row.service, row.vehicle) == (mario, full, panda)
    assert (row.wanted_from, row.wanted_to, row.part_of_day) == (THURSDAY, THURSDAY, "morning")
    assert not Appointment.objects.filter(customer=mario).exists()


def test_a_whole_week(chat: Conversation) -> None:
    said = use(
        chat, "book_appointment", service="revisione", start="la settimana prossima", waiting_list="sì"
    )
    assert said.text.startswith("In lista d'attesa: revisione, da lunedì 30 novembre a ")
    row = WaitingList.objects.get()
    assert (row.wanted_from, row.part_of_day) == (date(2026, 11, 30), "")
    assert row.wanted_to > row.wanted_from


def test_a_moment_is_that_half_of_the_day(chat: Conversation) -> None:
    use(chat, "book_appointment", service="revisione", start="2026-11-26T15:00", waiting_list="sì")
    row = WaitingList.objects.get()
    assert (row.wanted_from, row.wanted_to, row.part_of_day) == (THURSDAY, THURSDAY, "afternoon")


def test_somebody_new_is_entered(stranger: Conversation) -> None:
    said = use(
        stranger,
        "book_appointment",
        service="revisione",
        start="2026-11-26",
        waiting_list="sì",
        first_name="Ugo",
        license_plate="AB123CD",
        notes="solo se c'è l'auto sostitutiva",
    )
    assert said.ok
    row = WaitingList.objects.get()
    assert (row.customer.first_name, row.note) == ("Ugo", "solo se c'è l'auto sostitutiva")
    assert row.vehicle
    assert row.vehicle.license_plate == "AB123CD"


def test_who_cannot_be_told_is_asked_for_a_number(withheld: Conversation) -> None:
    wish: dict[str, Any] = {"service": "revisione", "start": "2026-11-26", "waiting_list": "sì"}
    assert use(withheld, "book_appointment", **wish).text == ASK_PHONE
    assert not WaitingList.objects.exists()
    assert not Customer.objects.filter(first_name="Ugo").exists()
    assert use(withheld, "book_appointment", **wish, phone="333 1234567", first_name="Ugo").ok
    assert WaitingList.objects.get().note == "+393331234567"


@pytest.mark.parametrize(
    ("start", "asked"),
    [("", "quale giorno"), ("2026-11-20", "quale giorno"), ("boh", "La data non è valida")],
)
def test_what_is_in_doubt_is_asked(chat: Conversation, start: str, asked: str) -> None:
    said = use(chat, "book_appointment", service="revisione", start=start, waiting_list="sì")
    assert not said.ok
    assert asked in said.text
    assert not WaitingList.objects.exists()


def test_a_no_books(chat: Conversation) -> None:
    said = use(chat, "book_appointment", service="revisione", start="2026-11-26T09:00", waiting_list="no")
    assert said.text.startswith("Prenotato")
    assert not WaitingList.objects.exists()


@pytest.mark.parametrize(
    "text",
    [
        "L'ho messa in lista d'attesa per giovedì.",
        "Ora è in lista d'attesa per giovedì.",
        "Done, I have put you on the waiting list.",
    ],
)
def test_nobody_is_said_to_wait_who_does_not(chat: Conversation, full: Service, text: str) -> None:
    assert "waiting_list" in truth.false_claim(text, chat, NOW)
    use(chat, "book_appointment", service="revisione", start="2026-11-26", waiting_list="sì")
    assert truth.false_claim(text, chat, NOW) == ""


def test_an_offer_of_the_list_is_no_claim(chat: Conversation) -> None:
    assert truth.false_claim("Vuole che la metta in lista d'attesa?", chat, NOW) == ""
    assert truth.false_claim("Se vuole posso inserirla in lista d'attesa.", chat, NOW) == ""
