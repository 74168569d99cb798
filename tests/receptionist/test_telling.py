"""The same thing for the ear and for the eye."""

from datetime import date, time
from decimal import Decimal

import pytest

from receptionist import prompt
from receptionist.italian.telling import SAID, WRITTEN
from receptionist.models import AIConfig, Conversation
from scheduling.models import Appointment, Customer, Service, Vehicle
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, at, use

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("clock", "said", "written"),
    [
        (time(9, 30), "alle nove e mezza", "alle 9:30"),
        (time(1), "all'una", "all'1:00"),
        (time(12), "a mezzogiorno", "alle 12:00"),
        (time(0), "a mezzanotte", "a mezzanotte"),
        (time(18, 5), "alle diciotto e cinque", "alle 18:05"),
    ],
)
def test_times(clock: time, said: str, written: str) -> None:
    assert SAID.at(clock) == said
    assert WRITTEN.at(clock) == written
    assert WRITTEN.until(clock) == f"fino {written}"


def test_spans() -> None:
    assert SAID.span(time(8), time(12, 30)) == "dalle otto alle dodici e trenta"
    assert WRITTEN.span(time(8), time(12, 30)) == "dalle 8:00 alle 12:30"
    assert WRITTEN.span(time(1), time(0)) == "dall'1:00 a mezzanotte"
    assert WRITTEN.span(time(0), time(1)) == "da mezzanotte all'1:00"


def test_days() -> None:
    assert SAID.full_date(date(2026, 12, 1)) == "martedì primo dicembre"
    assert WRITTEN.full_date(date(2026, 12, 1)) == "martedì 1º dicembre"
    assert WRITTEN.full_date(date(2027, 12, 1), TODAY) == "mercoledì 1º dicembre 2027"
    assert WRITTEN.day(date(2026, 11, 25), TODAY) == "domani, mercoledì 25 novembre"


def test_moments() -> None:
    moments = [at("2026-11-26T11:00"), at("2026-11-27T08:00"), at("2026-11-27T09:30")]
    assert WRITTEN.when(moments[0], NOW) == "giovedì 26 novembre alle 11:00"
    assert WRITTEN.moments(moments, NOW) == (
        "giovedì 26 novembre alle 11:00 oppure venerdì 27 novembre alle 8:00 o alle 9:30"
    )
    assert SAID.moments(moments, NOW) == (
        "giovedì 26 novembre alle undici oppure venerdì 27 novembre alle otto o alle nove e mezza"
    )


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Decimal("120.00"), "120 €"),
        (Decimal("79.02"), "79,02 €"),
        (1200, "1200 €"),
        (Decimal("89.5"), "89,50 €"),
    ],
)
def test_prices(amount: Decimal | int, written: str) -> None:
    assert WRITTEN.price_from(amount) == f"a partire da {written}"


def test_figures() -> None:
    assert (SAID.number(3), WRITTEN.number(3)) == ("tre", "3")
    assert SAID.price_from(120) == "a partire da centoventi euro"
    assert SAID.plate("AB123CD").startswith("A come Ancona, B come Bologna, uno")
    assert WRITTEN.plate("ab123cd") == "AB 123 CD"
    assert (SAID.phone("+39333111"), WRITTEN.phone("+39333111")) == ("tre tre tre, uno uno uno", "+39333111")


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


def test_a_chat_reads_figures_from_every_tool(chat: Conversation, mario: Customer) -> None:
    AIConfig.objects.update(tow_number="+390212345678")
    assert use(chat, "check_availability", service="tagliando", date_from="2026-11-26").text == (
        "Tagliando: posso offrire giovedì 26 novembre alle 8:00, alle 8:30 o alle 9:00. Quale va bene?"
    )
    booked = use(
        chat, "book_appointment", service="tagliando", start="2026-11-26T09:30", drop_off="2026-11-26T08:15"
    )
    assert booked.text.startswith(
        "Prenotato: tagliando per la Fiat Panda, giovedì 26 novembre alle 9:30. L'auto si consegna alle 8:15."
    )
    row = Appointment.objects.get()
    assert use(chat, "list_appointments").text == (
        f"C'è un appuntamento: tagliando per la Fiat Panda, giovedì 26 novembre alle 9:30, codice {row.code}."
    )
    assert "targa GA 123 BC. Prossimo appuntamento" in use(chat, "lookup_customer").text
    assert use(chat, "vehicle_status").text.endswith("l'appuntamento è giovedì 26 novembre alle 9:30.")
    moved = use(chat, "reschedule_appointment", appointment=row.code, start="2026-12-01T14:30")
    assert moved.text.endswith("martedì 1º dicembre alle 14:30.")
    assert use(chat, "cancel_appointment", appointment=row.code).text.endswith("1º dicembre alle 14:30.")
    assert use(chat, "register_vehicle", license_plate="ab123cd").text == "Auto annotata: targa AB 123 CD."
    assert use(chat, "shop_info", topic="orari").text.startswith(
        "Siamo aperti dal lunedì al venerdì dalle 8:00 alle 12:30 e dalle 14:00 alle 18:30"
    )
    assert "a partire da 149 €" in use(chat, "shop_info", topic="quanto costa il tagliando").text
    assert "+390212345678" in use(chat, "shop_info", topic="soccorso").text


def test_a_chat_reads_why_not_in_figures(chat: Conversation) -> None:
    closed = use(chat, "book_appointment", service="tagliando", start="2026-11-26T13:00").text
    assert "siamo aperti dalle 8:00 alle 12:30" in closed
    far = use(chat, "book_appointment", service="tagliando", start="2027-10-04T09:00").text
    assert "si prenota fino a 60 giorni da oggi" in far


def test_a_car_that_is_ready_or_late_in_a_chat(chat: Conversation, mario: Customer, panda: Vehicle) -> None:
    service = Service.objects.get(name="Tagliando")
    row = factories.appointment(
        at("2026-11-24T08:00"), customer=mario, vehicle=panda, service=service, status="completed"
    )
    assert use(chat, "vehicle_status").text == "La Fiat Panda è pronta. Si può ritirare oggi fino alle 18:30."
    row.status, row.promised_at = "in_progress", at("2026-11-24T09:00")
    row.save()
    assert use(chat, "vehicle_status").text == (
        "Ci dispiace, la Fiat Panda non è ancora pronta. L'officina la richiama entro le 11:00."
    )


def test_the_instructions_of_a_chat_are_written(chat: Conversation) -> None:
    text = prompt.build(conversation=chat, config=AIConfig.load(), now=NOW)
    assert "Siamo aperti dal lunedì al venerdì dalle 8:00 alle 12:30" in text
    assert " = giovedì 26 novembre alle 8:00" in text
    assert "a partire da 149 €" in text
    assert "dalle otto" not in text
