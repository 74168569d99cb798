"""The tools understand what a model copies from the customer's own words."""

from datetime import datetime

import pytest

from receptionist.models import Conversation
from scheduling.models import Appointment
from tests.receptionist.conftest import at, use


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"date_from": "giovedì mattina"}, "giovedì 26 novembre alle otto, alle otto e mezza o alle nove"),
        ({"date_from": "giovedi pomeriggio"}, "giovedì 26 novembre alle quattordici,"),
        ({"date_from": "giovedì dopo le 15"}, "giovedì 26 novembre alle quattordici,"),
        ({"date_from": "la settimana prossima"}, "lunedì 30 novembre alle otto,"),
        ({"date_from": "dopo il 3 dicembre"}, "venerdì 4 dicembre alle otto,"),
        ({"date_from": "lunedì", "date_to": "mercoledì"}, "lunedì 30 novembre alle otto,"),
        ({"date_from": "il prima possibile"}, "posso offrire oggi, martedì 24 novembre"),
        ({"date_from": "domani"}, "domani, mercoledì 25 novembre alle otto,"),
        ({"date_from": "martedì"}, "Intende oggi, martedì 24 novembre, o martedì primo dicembre?"),
        ({"date_from": "boh"}, "La data non è valida: chiedere quale giorno."),
    ],
)
def test_availability_in_words(call: Conversation, arguments: dict[str, str], words: str) -> None:
    assert words in use(call, "check_availability", service="tagliando", **arguments).text


@pytest.mark.parametrize(
    ("start", "booked"),
    [
        ("giovedì alle 9 e mezza", at("2026-11-26T09:30")),
        ("dopodomani alle nove e mezza", at("2026-11-26T09:30")),
        ("giovedì 3 dicembre alle 3", at("2026-12-03T15:00")),
        ("il 30 alle 8", at("2026-11-30T08:00")),
    ],
)
def test_booking_in_words(call: Conversation, start: str, booked: datetime) -> None:
    assert use(call, "book_appointment", service="tagliando", start=start).ok
    assert Appointment.objects.get().scheduled_at == booked


@pytest.mark.parametrize(
    ("start", "asked"),
    [
        ("martedì alle 15", "Intende oggi, martedì 24 novembre, o martedì primo dicembre?"),
        ("giovedì", "Manca l'ora"),
        ("giovedì dopo le 9", "Manca l'ora"),
        ("alle 9", "quale giorno"),
        ("ieri alle 9", "già passato"),
        ("lunedì o martedì 1 alle 9", "un giorno solo"),
    ],
)
def test_what_is_in_doubt_is_asked(call: Conversation, start: str, asked: str) -> None:
    said = use(call, "book_appointment", service="tagliando", start=start)
    assert asked in said.text
    assert not Appointment.objects.exists()
