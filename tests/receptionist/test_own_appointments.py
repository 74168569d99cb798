"""Listing, moving and cancelling: only ever the caller's own."""

import pytest

from receptionist.models import Conversation
from receptionist.tools import appointments
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import MARIO, THURSDAY, at, open_call, use


@pytest.fixture
def booked(mario: Customer, panda: Vehicle) -> Appointment:
    """Mario's appointment on Thursday, booked on the telephone."""
    return factories.appointment(
        at(THURSDAY),
        customer=mario,
        vehicle=panda,
        service=Service.objects.get(name="Tagliando"),
        source="ai_voice",
    )


def test_nothing_to_list(call: Conversation) -> None:
    assert use(call, "list_appointments").text == appointments.NONE


def test_the_list_says_code_and_words(call: Conversation, booked: Appointment) -> None:
    assert use(call, "list_appointments").text == (
        f"C'è un appuntamento: tagliando per la Fiat Panda, giovedì 26 novembre alle nove e mezza, codice {booked.code}."
    )


def test_the_list_stops_at_three(call: Conversation, mario: Customer) -> None:
    for day in (25, 26, 27, 30):
        factories.appointment(at(f"2026-11-{day}T08:00"), customer=mario, vehicle=None, status="pending")
    said = use(call, "list_appointments").text
    assert said.startswith("I prossimi tre: ")
    assert said.count("codice") == 3
    assert said.count("da confermare") == 3
    assert said.endswith("Ce ne sono altri più avanti.")


@pytest.mark.parametrize(
    ("start", "status", "listed"),
    [
        ("2026-11-23T08:00", "confirmed", False),  # over
        ("2026-11-24T09:30", "confirmed", True),  # going on
        ("2026-11-20T08:00", "in_progress", True),
        ("2026-11-26T08:00", "cancelled", False),
        ("2026-11-26T08:00", "no_show", False),
        ("2026-11-23T08:00", "completed", False),
    ],
)
def test_what_is_listed(call: Conversation, mario: Customer, start: str, status: str, listed: bool) -> None:
    factories.appointment(at(start), customer=mario, status=status)
    assert ("codice" in use(call, "list_appointments").text) is listed


def test_moving(call: Conversation, booked: Appointment) -> None:
    said = use(call, "reschedule_appointment", appointment=booked.code, start="2026-11-27T14:00")
    assert said.ok
    assert said.text == "Spostato: tagliando per la Fiat Panda, venerdì 27 novembre alle quattordici."
    booked.refresh_from_db()
    assert booked.scheduled_at == at("2026-11-27T14:00")
    again = use(call, "reschedule_appointment", appointment=booked.code, start="2026-11-27T14:00")
    assert again.text.startswith("L'appuntamento è già a quell'ora")


@pytest.mark.parametrize("spelled", ["{0} {1} {2} {3} {4}", "{0}-{1}{2}-{3}{4}", "codice"])
def test_codes_are_taken_as_they_are_said(call: Conversation, booked: Appointment, spelled: str) -> None:
    said = use(call, "cancel_appointment", appointment=spelled.format(*booked.code.lower()))
    assert said.ok is (spelled != "codice")


def test_changing_ones_mind_twice_leaves_one_appointment(call: Conversation) -> None:
    use(call, "book_appointment", service="tagliando", start=THURSDAY)
    row = Appointment.objects.get()
    for start in ("2026-11-27T09:00", "2026-11-27T14:00", THURSDAY):
        assert use(call, "reschedule_appointment", appointment=row.code, start=start).ok
    row = Appointment.objects.get()
    assert (row.scheduled_at, row.status) == (at(THURSDAY), "confirmed")


def test_moving_to_a_taken_slot_offers_others_and_keeps_the_old(
    call: Conversation, booked: Appointment
) -> None:
    for bay in booked.service.bays.all():
        factories.appointment(at("2026-11-27T08:00"), service=booked.service, bay=bay)
    said = use(call, "reschedule_appointment", appointment=booked.code, start="2026-11-27T08:00")
    assert not said.ok
    assert said.text.startswith("Quell'orario non è più libero. Posso offrire")
    assert said.text.endswith("L'appuntamento di prima resta valido.")
    booked.refresh_from_db()
    assert booked.scheduled_at == at(THURSDAY)


def test_moving_what_the_shop_confirms_is_a_request(call: Conversation, booked: Appointment) -> None:
    Service.objects.filter(pk=booked.service_id).update(confirmed_by="shop")
    said = use(call, "reschedule_appointment", appointment=booked.code, start="2026-11-27T14:00").text
    assert said.startswith("Spostamento richiesto: ")
    assert "confermare" in said


def test_cancelling(call: Conversation, booked: Appointment) -> None:
    said = use(call, "cancel_appointment", appointment=booked.code, reason="è malato")
    assert said.text == "Annullato: tagliando per la Fiat Panda, giovedì 26 novembre alle nove e mezza."
    booked.refresh_from_db()
    assert (booked.status, booked.cancel_reason, booked.cancelled_by) == (
        "cancelled",
        "è malato",
        appointments.BY,
    )
    assert use(call, "cancel_appointment", appointment=booked.code).text.startswith("Era già annullato")


@pytest.mark.parametrize("tool", ["cancel_appointment", "reschedule_appointment"])
@pytest.mark.parametrize(
    ("status", "words"),
    [
        ("in_progress", "L'auto è già in lavorazione"),
        ("completed", "Il lavoro è già finito"),
        ("no_show", "Questo appuntamento è già passato"),
    ],
)
def test_what_has_begun_is_not_changed(
    call: Conversation, booked: Appointment, tool: str, status: str, words: str
) -> None:
    Appointment.objects.update(status=status)
    said = use(call, tool, appointment=booked.code, start="2026-11-27T14:00")
    assert not said.ok
    assert said.text.startswith(words)
    booked.refresh_from_db()
    assert booked.status == status


@pytest.mark.parametrize("tool", ["cancel_appointment", "reschedule_appointment"])
@pytest.mark.parametrize("who", ["stranger", "withheld", "other"])
def test_somebody_elses_code_is_answered_like_an_unknown_one(
    in_rossi: Shop, booked: Appointment, tool: str, who: str
) -> None:
    factories.customer(phone="+393201111111")
    caller = open_call({"stranger": "+393202222222", "withheld": None, "other": "+393201111111"}[who])
    foreign = use(caller, tool, appointment=booked.code, start="2026-11-27T14:00")
    unknown = use(caller, tool, appointment="ZZZZZ", start="2026-11-27T14:00")
    assert foreign == unknown
    assert (foreign.ok, foreign.text) == (False, appointments.NOT_FOUND)
    booked.refresh_from_db()
    assert (booked.status, booked.scheduled_at) == ("confirmed", at(THURSDAY))


def test_saying_a_customers_phone_opens_nothing(withheld: Conversation, booked: Appointment) -> None:
    use(
        withheld,
        "book_appointment",
        service="revisione",
        start="2026-11-26T15:00",
        phone=MARIO,
        first_name="Mario",
        last_name="Verdi",
        license_plate=str(booked.vehicle.license_plate) if booked.vehicle else "",
    )
    assert booked.code not in use(withheld, "list_appointments").text
    assert use(withheld, "cancel_appointment", appointment=booked.code).text == appointments.NOT_FOUND
    known = use(withheld, "lookup_customer").text
    assert "Panda" not in known
    assert "tagliando" not in known


@pytest.mark.parametrize("code", ["", None, "  ", "?"])
def test_a_missing_code_asks_which(call: Conversation, booked: Appointment, code: str | None) -> None:
    said = use(call, "cancel_appointment", appointment=code)
    assert not said.ok
    assert said.text.startswith("Chiedere quale appuntamento: tagliando")
    assert booked.code in said.text


def test_lookup(call: Conversation, booked: Appointment) -> None:
    assert use(call, "lookup_customer").text == (
        "Cliente: Mario Verdi. Auto: Fiat Panda, targa G come Genova, A come Ancona, uno, due, tre, B come Bologna, "
        "C come Como. Prossimo appuntamento: tagliando per la Fiat Panda, giovedì 26 novembre alle nove e mezza, "
        f"codice {booked.code}."
    )


def test_lookup_of_nobody(stranger: Conversation, withheld: Conversation) -> None:
    assert "non è ancora tra i clienti" in use(stranger, "lookup_customer").text
    assert "nascosto" in use(withheld, "lookup_customer").text


def test_registering_a_car(call: Conversation, mario: Customer) -> None:
    said = use(
        call,
        "register_vehicle",
        license_plate="ab 123 cd",
        make="Volkswagen",
        model="Golf",
        year=2019,
        vin="wvwzzz1jz3w386752",
    )
    assert said.text.startswith("Auto annotata: Volkswagen Golf, targa A come Ancona, B come Bologna, uno,")
    row = Vehicle.objects.get(license_plate="AB123CD")
    assert (row.customer, row.make, row.year, row.vin) == (mario, "Volkswagen", 2019, "WVWZZZ1JZ3W386752")


def test_registering_does_not_overwrite_what_the_shop_knows(call: Conversation, panda: Vehicle) -> None:
    use(call, "register_vehicle", license_plate="GA123BC", make="Ferrari", vin="WVWZZZ1JZ3W386752")
    panda.refresh_from_db()
    assert (panda.make, panda.vin) == ("Fiat", "WVWZZZ1JZ3W386752")


def test_registering_another_customers_car_changes_nothing_and_tells_nothing(
    stranger: Conversation, panda: Vehicle, mario: Customer
) -> None:
    theirs = use(stranger, "register_vehicle", license_plate="GA123BC", make="Fiat", model="Panda")
    new = use(stranger, "register_vehicle", license_plate="GA123BD", make="Fiat", model="Panda")
    assert theirs.text.replace("C come Como", "D come Domodossola") == new.text
    panda.refresh_from_db()
    assert panda.customer == mario


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"year": 1492}, "L'anno non è plausibile"),
        ({"year": 3021}, "L'anno non è plausibile"),
        ({"year": "duemila"}, "L'anno non è plausibile"),
        ({"year": -5}, "L'anno non è plausibile"),
        ({"year": "٢٠١٩٩"}, "L'anno non è plausibile"),
        ({"vin": "123"}, "telaio"),
        ({"make": "m" * 5000}, "Marca e modello non sono chiari"),
        ({"license_plate": ""}, "Manca la targa"),
        ({"license_plate": ["AB123CD"]}, "Manca la targa"),
        ({"license_plate": "OOOO"}, "non sembra una targa"),
    ],
)
def test_nonsense_about_a_car_is_asked_again(
    call: Conversation, arguments: dict[str, object], words: str
) -> None:
    said = use(call, "register_vehicle", **{"license_plate": "AB123CD", **arguments})
    assert not said.ok
    assert words in said.text
    assert not Vehicle.objects.filter(license_plate="AB123CD").exists()


def test_an_ownerless_car_is_adopted_only_by_a_verified_caller(
    stranger: Conversation, withheld: Conversation
) -> None:
    car = factories.vehicle(None, license_plate="AB123CD")
    use(withheld, "register_vehicle", license_plate="AB123CD")
    car.refresh_from_db()
    assert car.customer is None
    use(stranger, "register_vehicle", license_plate="AB123CD")
    car.refresh_from_db()
    assert car.customer is not None
    assert car.customer.phone == "+393209998877"
