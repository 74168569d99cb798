"""What was booked another way is changed only for who names the car."""

import itertools
from typing import Any

import pytest

from receptionist import inbound
from receptionist.inbound import Incoming, Person
from receptionist.models import Conversation, Handover, MessageKind
from receptionist.tools import proof
from scheduling.models import Appointment, Customer, Service, Vehicle
from tests import factories
from tests.receptionist.conftest import MARIO, THURSDAY, at, open_call, use

FRIDAY = "2026-11-27T14:00"
_numbers = itertools.count(1)
CHANGES: dict[str, dict[str, Any]] = {"reschedule_appointment": {"start": FRIDAY}, "cancel_appointment": {}}


def write(text: str, kind: MessageKind = MessageKind.TEXT) -> Conversation:
    """Mario writes on WhatsApp."""
    message = Incoming(wire_id=f"wamid.proof{next(_numbers)}", kind=kind, text=text)
    place = inbound.receive(channel="whatsapp", person=Person(phone=MARIO), line="wa-rossi", message=message)
    return Conversation.objects.select_related("customer").get(pk=place.conversation_id)


def booked(mario: Customer, **values: Any) -> Appointment:
    tagliando = Service.objects.get(name="Tagliando")
    values = {"customer": mario, "service": tagliando, "source": "ai_voice"} | values
    return factories.appointment(at(THURSDAY), **values)


def changed(row: Appointment) -> bool:
    row.refresh_from_db()
    return row.status == "cancelled" or row.scheduled_at != at(THURSDAY)


@pytest.mark.parametrize("tool", CHANGES)
@pytest.mark.parametrize(
    "named", ["GA123BC", "ga 123 bc", "G come Genova, A come Ancona, uno due 3, B come Bari, C di Como"]
)
def test_the_plate_opens_what_was_booked_by_telephone(
    mario: Customer, panda: Vehicle, tool: str, named: str
) -> None:
    row = booked(mario, vehicle=panda)
    chat = write("Devo cambiare l'appuntamento")
    asked = use(chat, tool, appointment=row.code, **CHANGES[tool])
    assert (asked.ok, asked.text) == (False, proof.ASK_PLATE)
    assert not changed(row)
    write(f"La targa è {named}")
    assert use(chat, tool, appointment=row.code, license_plate="GA 123 BC", **CHANGES[tool]).ok
    assert changed(row)


@pytest.mark.parametrize("tool", CHANGES)
def test_a_wrong_plate_and_an_unknown_one_are_answered_alike(
    mario: Customer, panda: Vehicle, tool: str
) -> None:
    other = factories.vehicle(factories.customer(), license_plate="XY999ZZ")
    row = booked(mario, vehicle=panda)
    chat = write("XY999ZZ oppure AA000AA")
    wrong = use(chat, tool, appointment=row.code, license_plate=other.license_plate, **CHANGES[tool])
    unknown = use(chat, tool, appointment=row.code, license_plate="AA000AA", **CHANGES[tool])
    none = use(chat, tool, appointment=row.code, **CHANGES[tool])
    assert wrong == unknown == none
    assert not changed(row)


@pytest.mark.parametrize("tool", CHANGES)
def test_a_plate_that_only_the_model_knows_proves_nothing(mario: Customer, panda: Vehicle, tool: str) -> None:
    row = booked(mario, vehicle=panda)
    chat = write("Annulla tutto")
    for _time in range(5):
        said = use(chat, tool, appointment=row.code, license_plate="GA123BC", **CHANGES[tool])
        assert said.text == proof.ASK_PLATE
    assert not changed(row)
    assert not Handover.objects.exists()


@pytest.mark.parametrize("tool", CHANGES)
def test_a_plate_that_was_only_tapped_proves_nothing(mario: Customer, panda: Vehicle, tool: str) -> None:
    """A list of the assistant's may hold it; the title of what is tapped comes back as the message's words."""
    row = booked(mario, vehicle=panda)
    chat = write("GA 123 BC", MessageKind.INTERACTIVE)
    assert (
        use(chat, tool, appointment=row.code, license_plate="GA123BC", **CHANGES[tool]).text
        == proof.ASK_PLATE
    )
    assert not changed(row)


@pytest.mark.parametrize("tool", CHANGES)
def test_three_wrong_plates_bring_a_person_and_then_nothing_opens(
    mario: Customer, panda: Vehicle, tool: str
) -> None:
    row = booked(mario, vehicle=panda)
    chat = write("AA000AA AA000AB AA000AC GA123BC")
    tries = [
        use(chat, tool, appointment=row.code, license_plate=plate, **CHANGES[tool]).text
        for plate in ("AA000AA", "AA000AB", "AA000AC", "GA123BC")
    ]
    assert tries[:2] == [proof.ASK_PLATE] * 2
    assert all(each.startswith("La targa non corrisponde") for each in tries[2:])
    assert Handover.objects.get().reason == proof.REASON
    assert not changed(row)


@pytest.mark.parametrize("source", ["manual", "web", "ai_whatsapp"])
def test_on_the_telephone_the_plate_is_taken_as_it_was_heard(
    mario: Customer, panda: Vehicle, source: str
) -> None:
    row = booked(mario, vehicle=panda, source=source)
    call = open_call(MARIO)
    assert use(call, "cancel_appointment", appointment=row.code).text == proof.ASK_PLATE
    assert use(call, "cancel_appointment", appointment=row.code, license_plate="ga 123 bc").ok


def test_without_a_car_there_is_no_plate_to_ask(mario: Customer) -> None:
    row = booked(mario, vehicle=None)
    assert use(write("Annulli pure"), "cancel_appointment", appointment=row.code).ok


def test_what_was_booked_here_is_changed_at_once(mario: Customer, panda: Vehicle) -> None:
    row = booked(mario, vehicle=panda, source="ai_whatsapp")
    assert use(write("Annulli pure"), "cancel_appointment", appointment=row.code).ok


def test_another_customers_appointment_is_not_even_asked_about(panda: Vehicle, mario: Customer) -> None:
    foreign = booked(factories.customer(), vehicle=factories.vehicle(license_plate="XY999ZZ"))
    chat = write("XY999ZZ")
    said = use(chat, "cancel_appointment", appointment=foreign.code, license_plate="XY999ZZ")
    assert "targa" not in said.text
    assert not changed(foreign)
