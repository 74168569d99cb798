"""What models and callers get wrong: every answer tells the model what to ask, and nothing is stored by accident."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine

from scheduling.models import Appointment, Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests.voice.conftest import Post
from tests.voice.payloads import load

THURSDAY = "2026-11-26T09:30"
GOOD = {"service": "tagliando", "start": THURSDAY, "license_plate": "AB123CD", "first_name": "Anna"}


@pytest.fixture(autouse=True)
def tuesday_morning(rossi: Shop) -> Iterator[None]:
    """Tuesday, 24 November 2026, 9:41 in Italy."""
    with time_machine.travel(datetime(2026, 11, 24, 8, 41, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def ask(post: Post) -> Any:
    """Call one tool over the wire; returns the words of the result."""

    def ask(name: str, arguments: Any, call_id: str = "call_1") -> str:
        payload = load("tool-calls__captured_objects")
        payload["message"]["toolCallList"] = [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
        ]
        (result,) = post(payload)["results"]
        assert result["toolCallId"] == call_id
        said = result["result"]
        assert isinstance(said, str)
        assert "\n" not in said
        assert len(said) <= 900
        return said

    return ask


@pytest.mark.parametrize(
    ("tool", "arguments", "said"),
    [
        # dates
        ("check_availability", {"service": "tagliando", "date_from": "2026-02-30"}, "La data non è valida"),
        (
            "check_availability",
            {"service": "tagliando", "date_from": "2026-11-01", "date_to": "2026-11-02"},
            "passati",
        ),
        ("check_availability", {"service": "tagliando", "date_from": "quando piove"}, "La data non è valida"),
        ("check_availability", {"service": "tagliando", "date_from": "9999-12-31"}, "troppo lontano"),
        (
            "check_availability",
            {"service": "tagliando", "date_from": "2026-12-25", "date_to": "2026-12-25"},
            "Natale",
        ),
        ("book_appointment", {**GOOD, "start": "2026-11-31T09:30"}, "chiedere"),
        ("book_appointment", {**GOOD, "start": "2026-11-26T25:00"}, "chiedere"),
        ("book_appointment", {**GOOD, "start": "2026-11-23T09:30"}, "già passato"),
        ("book_appointment", {**GOOD, "start": "2026-11-24T09:45"}, ""),
        ("book_appointment", {**GOOD, "start": "2027-11-26T09:30"}, "troppo lontano"),
        ("book_appointment", {**GOOD, "start": "2026-11-29T09:30"}, "chiusi"),
        ("book_appointment", {**GOOD, "start": "2026-11-26"}, "a che ora"),
        ("book_appointment", {**GOOD, "start": "domani"}, "a che ora"),
        ("book_appointment", {"service": "tagliando"}, "quale giorno"),
        # services
        ("check_availability", {"service": "una pizza margherita"}, "Chiedere quale serve"),
        ("check_availability", {}, "Manca il lavoro"),
        ("check_availability", {"service": ""}, "Manca il lavoro"),
        ("check_availability", {"service": "x" * 5000}, "Chiedere quale serve"),
        ("check_availability", {"service": ["tagliando"]}, "Manca il lavoro"),
        ("book_appointment", {**GOOD, "service": "lucidatura unghie"}, "quale"),
        # plates
        ("register_vehicle", {"license_plate": "A0123CD"}, "una cifra al posto di una lettera"),
        ("register_vehicle", {"license_plate": "§§§"}, "targa"),
        ("register_vehicle", {"license_plate": "A" * 5000}, "targa"),
        ("register_vehicle", {"license_plate": ""}, "targa"),
        # names, years and the rest
        ("book_appointment", {**GOOD, "first_name": "A" * 5000}, "Il nome non è chiaro"),
        ("book_appointment", {**GOOD, "first_name": "12345"}, "Il nome non è chiaro"),
        ("book_appointment", {**GOOD, "phone": "12"}, "numero di telefono"),
        ("register_vehicle", {"license_plate": "AB123CD", "year": "1492"}, "anno"),
        ("register_vehicle", {"license_plate": "AB123CD", "year": 20266}, "anno"),
        ("register_vehicle", {"license_plate": "AB123CD", "vin": "short"}, "telaio"),
        ("reschedule_appointment", {"appointment": "ZZZZZ", "start": THURSDAY}, "non risulta"),
        ("reschedule_appointment", {"start": THURSDAY}, "Non risultano"),
        ("cancel_appointment", {"appointment": "'; DROP TABLE scheduling_appointment; --"}, ""),
        ("cancel_appointment", {}, "Non risultano"),
        ("vehicle_status", {"license_plate": "ZZ999ZZ"}, "Non risultano"),
        # no object at all
        ("check_availability", "tagliando", "non è arrivata intera"),
        ("check_availability", [1, 2], "non è arrivata intera"),
        ("check_availability", None, "Manca il lavoro"),
        ("no_such_tool", {}, "non lo posso fare"),
        ("", {}, "non lo posso fare"),
    ],
    ids=lambda value: str(value)[:40],
)
def test_what_to_ask_instead(ask: Any, rossi: Shop, tool: str, arguments: Any, said: str) -> None:
    assert said in ask(tool, arguments)
    with in_shop(rossi):
        assert not Appointment.objects.exists()
        assert not Vehicle.objects.exists()
        assert not Customer.objects.exists()


@pytest.mark.parametrize("plate", ["ZH 123456", "W-AB 1234 X", "MI1A2345", "XA 123 AB", "AB 12345"])
def test_foreign_and_old_plates_are_taken_as_they_are(ask: Any, rossi: Shop, plate: str) -> None:
    assert "Prenotato" in ask("book_appointment", {**GOOD, "license_plate": plate})
    with in_shop(rossi):
        assert Vehicle.objects.get().license_plate == plate.replace(" ", "").replace("-", "")


def test_the_same_wish_with_a_new_id_books_once(ask: Any, rossi: Shop) -> None:
    assert "Prenotato" in ask("book_appointment", GOOD)
    assert "Era già prenotato" in ask("book_appointment", GOOD, "call_2")
    with in_shop(rossi):
        assert Appointment.objects.count() == 1


def test_two_cars_are_two_appointments(ask: Any, rossi: Shop) -> None:
    assert "Prenotato" in ask("book_appointment", GOOD)
    second = {**GOOD, "license_plate": "CD456EF", "start": "2026-11-27T09:30"}
    assert "Prenotato" in ask("book_appointment", second, "call_2")
    with in_shop(rossi):
        assert Appointment.objects.count() == Vehicle.objects.count() == 2
        assert Customer.objects.count() == 1


def test_a_number_that_is_only_said_unlocks_nothing(ask: Any, rossi: Shop) -> None:
    with in_shop(rossi):
        other = Customer.objects.create(phone="+393337654321", first_name="Carla", last_name="Verdi")
    assert "Prenotato" in ask("book_appointment", {**GOOD, "phone": "333 7654321"})
    with in_shop(rossi):
        appointment = Appointment.objects.get()
        assert appointment.customer != other
        assert appointment.contact_phone in ("+393337654321", "")
    assert "Carla" not in ask("lookup_customer", {"phone": "333 7654321"}, "call_2")


def test_numbers_as_text_and_text_as_numbers(ask: Any, rossi: Shop) -> None:
    said = ask("register_vehicle", {"license_plate": "AB123CD", "year": "2019", "make": 500, "model": None})
    assert "annotata" in said
    with in_shop(rossi):
        assert Vehicle.objects.get().year == 2019
