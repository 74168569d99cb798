"""book_appointment and check_availability: from what is said to rows, and back to words."""

import uuid
from datetime import datetime

import pytest

from receptionist.models import Conversation, ToolCall
from scheduling.models import Appointment, ChannelIdentity, Customer, Service, Vehicle
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, at, open_call, use


def book(
    conversation: Conversation, start: str = THURSDAY, service: str = "il tagliando", **more: str
) -> str:
    return use(conversation, "book_appointment", service=service, start=start, **more).text


def only() -> Appointment:
    return Appointment.objects.get()


def test_a_known_customer_books(call: Conversation, mario: Customer, panda: Vehicle) -> None:
    answer = use(call, "book_appointment", service="il tagliando", start=THURSDAY)
    assert answer.ok
    assert answer.text.startswith(
        "Prenotato: tagliando per la Fiat Panda, giovedì 26 novembre alle nove e mezza. Da portare: "
    )
    row = only()
    assert (row.customer, row.vehicle, row.service.name) == (mario, panda, "Tagliando")
    assert row.scheduled_at == at(THURSDAY)
    assert (row.status, row.source, row.conversation_id) == ("confirmed", "ai_voice", call.pk)
    assert ToolCall.objects.get().appointment_id == row.pk


def test_a_new_caller_becomes_a_customer(stranger: Conversation) -> None:
    said = book(stranger, license_plate="fg 456 hk", first_name="Lucia", last_name="Neri")
    assert "l'auto targata F come Firenze, G come Genova, quattro, cinque, sei, acca, kappa" in said
    customer = Customer.objects.get()
    assert (customer.phone, customer.full_name) == ("+393209998877", "Lucia Neri")
    assert customer.vehicles.get().license_plate == "FG456HK"
    identity = ChannelIdentity.objects.get()
    assert (identity.channel, identity.external_id, identity.verified) == ("voice", "+393209998877", True)
    stranger.refresh_from_db()
    assert stranger.customer == customer
    assert open_call("+393209998877").customer == customer


def test_a_booking_without_a_name_asks_for_it_and_takes_it_later(stranger: Conversation) -> None:
    assert "Manca il nome" in book(stranger, license_plate="FG456HK")
    again = book(stranger, license_plate="FG456HK", first_name="Lucia")
    assert again.startswith("Era già prenotato")
    assert "Manca" not in again
    assert Customer.objects.get().first_name == "Lucia"
    only()


def test_a_plate_said_later_is_added_to_the_same_appointment(stranger: Conversation) -> None:
    assert "Manca la targa" in book(stranger, first_name="Lucia")
    assert book(stranger, first_name="Lucia", license_plate="FG456HK").startswith("Era già prenotato")
    assert only().vehicle == Vehicle.objects.get(license_plate="FG456HK")


def test_a_withheld_number_is_asked_for_one(withheld: Conversation) -> None:
    said = use(withheld, "book_appointment", service="revisione", start=THURSDAY, first_name="Ugo")
    assert not said.ok
    assert "numero di telefono" in said.text
    assert not Appointment.objects.exists()
    assert not Customer.objects.exists()


def test_a_said_phone_stays_with_the_appointment(withheld: Conversation) -> None:
    assert book(withheld, service="revisione", phone="333 999 8888", first_name="Ugo").startswith("Prenotato")
    row = only()
    assert row.contact_phone == "+393339998888"
    assert row.customer.phone is None
    assert not ChannelIdentity.objects.exists()
    assert open_call("+393339998888").customer is None


def test_the_anonymous_customer_of_a_conversation_is_one(withheld: Conversation) -> None:
    book(withheld, service="revisione", phone="3339998888", first_name="Ugo", license_plate="AB123CD")
    said = book(withheld, "2026-11-26T15:00", license_plate="EF456GH")
    assert said.startswith("Prenotato")
    assert Customer.objects.count() == 1
    assert set(Appointment.objects.values_list("contact_phone", flat=True)) == {"+393339998888"}
    assert Vehicle.objects.filter(customer=Customer.objects.get()).count() == 2


def test_a_phone_equal_to_a_known_customers_unlocks_nothing(
    withheld: Conversation, mario: Customer, panda: Vehicle
) -> None:
    said = book(withheld, phone=MARIO, first_name="Ugo", license_plate="GA123BC")
    assert "Panda" not in said
    row = only()
    assert row.customer != mario
    assert (row.contact_phone, row.customer.phone) == (MARIO, None)
    panda.refresh_from_db()
    assert panda.customer == mario


def test_another_customers_car_can_be_brought_but_is_not_talked_about(
    stranger: Conversation, panda: Vehicle, mario: Customer
) -> None:
    said = book(stranger, first_name="Lucia", license_plate="GA123BC")
    assert "Panda" not in said
    assert "Mario" not in said
    assert only().vehicle == panda
    panda.refresh_from_db()
    assert panda.customer == mario
    assert book(stranger, first_name="Lucia").startswith("Era già prenotato")
    only()


def test_a_second_call_with_a_new_id_books_nothing_twice(call: Conversation) -> None:
    book(call)
    assert book(call).startswith("Era già prenotato: tagliando per la Fiat Panda")
    assert book(call, license_plate="GA 123 BC", service="cambio olio").startswith("Era già prenotato")
    only()


def test_the_same_wish_in_another_call_books_nothing_twice(call: Conversation) -> None:
    book(call)
    assert book(open_call()).startswith("Era già prenotato")
    only()


def test_two_cars_are_two_appointments(call: Conversation) -> None:
    book(call)
    assert book(call, license_plate="ZZ999ZZ").startswith("Prenotato")
    assert Appointment.objects.values("vehicle").distinct().count() == 2


def test_several_cars_are_asked_about(call: Conversation, mario: Customer) -> None:
    factories.vehicle(mario, make="Volkswagen", model="Golf")
    said = use(call, "book_appointment", service="tagliando", start=THURSDAY)
    assert not said.ok
    assert said.text == "Per quale auto è l'appuntamento: la Volkswagen Golf o la Fiat Panda?"
    assert not Appointment.objects.exists()


def test_a_service_the_shop_confirms_is_no_booking_yet(call: Conversation) -> None:
    Service.objects.filter(name="Tagliando").update(confirmed_by="shop")
    said = book(call)
    assert "prenotato" not in said.lower()
    assert "confermare" in said
    assert only().status == "pending"
    assert "già registrata" in book(call)


def test_a_taken_slot_comes_back_as_alternatives(call: Conversation) -> None:
    service = Service.objects.get(name="Tagliando")
    for bay in service.bays.all():
        factories.appointment(at(THURSDAY), service=service, bay=bay)
    said = use(call, "book_appointment", service="tagliando", start=THURSDAY)
    assert not said.ok
    assert said.text.startswith("Quell'orario non è più libero. Posso offrire giovedì 26 novembre ")
    assert said.text.count(" alle ") == 3
    assert Appointment.objects.count() == 2


def test_a_lost_slot_leaves_no_new_customer_behind(stranger: Conversation) -> None:
    said = use(
        stranger, "book_appointment", service="tagliando", start="2026-11-29T09:00", first_name="Lucia"
    )
    assert not said.ok
    assert not Customer.objects.exists()
    assert stranger.customer is None
    assert book(stranger, first_name="Lucia").startswith("Prenotato")


@pytest.mark.parametrize(
    ("start", "words"),
    [
        ("2026-11-26T11:30", "serve un'ora e mezza: iniziando a quell'ora non si finirebbe prima della pausa"),
        ("2026-11-26T13:00", "A quell'ora siamo chiusi: giovedì 26 novembre siamo aperti dalle otto alle dodici e "),
        ("2026-11-29T09:00", "Domenica 29 novembre siamo chiusi. Posso offrire"),
        ("2026-12-08T09:00", "Martedì 8 dicembre siamo chiusi: è Immacolata. Posso offrire"),
        ("2026-11-24T10:30", "È troppo presto: serve un preavviso di almeno due ore."),
        ("2026-11-23T09:00", "Quell'orario è già passato."),
        ("2020-01-01T09:00", "Quell'orario è già passato."),
        ("2027-10-04T09:00", "È troppo lontano: si prenota fino a sessanta giorni da oggi."),
        ("9999-12-31T23:59", "È troppo lontano: si prenota fino a sessanta giorni da oggi."),
        ("0001-01-01T00:00", "passato"),
        ("2026-11-26T09:17", "A quell'ora precisa non si comincia."),
        ("2026-11-26", "Manca l'ora"),
        ("09:30", "Il giorno non è valido"),
        ("2026-02-30T09:00", "Il giorno non è valido"),
        ("2027-03-28T02:30", "cambia l'ora legale"),
        ("presto", "Giorno e ora non sono chiari"),
        ("", "Giorno e ora non sono chiari"),
    ],
)  # fmt: skip
def test_a_start_that_cannot_be_is_explained(call: Conversation, start: str, words: str) -> None:
    said = use(call, "book_appointment", service="tagliando", start=start)
    assert not said.ok
    assert words in said.text
    assert not Appointment.objects.exists()


def test_the_next_fitting_slot_is_told_for_work_that_does_not_fit(call: Conversation) -> None:
    for start in ("2026-11-26T12:15", "2026-11-26T12:00"):
        said = book(call, start, service="freni")
        assert said == (
            "Per freni servono due ore: iniziando a quell'ora non si finirebbe prima della pausa. Posso offrire "
            "giovedì 26 novembre alle dieci, alle dieci e mezza o alle quattordici. Quale va bene?"
        )
    assert "prima della chiusura" in book(call, "2026-11-26T17:30", service="freni")


def test_san_francesco_is_explained(in_rossi: Shop, panda: Vehicle) -> None:
    said = use(
        open_call(),
        "check_availability",
        now=datetime(2027, 9, 20, 9, tzinfo=NOW.tzinfo),
        service="tagliando",
        date_from="2027-10-04",
        date_to="2027-10-04",
    )
    assert "Lunedì 4 ottobre siamo chiusi: è festa di San Francesco." in said.text
    assert "Posso offrire martedì 5 ottobre alle otto" in said.text


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"service": "lavaggio tappezzeria"},
            "Questo lavoro non è tra quelli prenotabili. Chiedere quale serve",
        ),
        ({"service": ""}, "Manca il lavoro da fare"),
        ({"service": None}, "Manca il lavoro da fare"),
        ({"service": "x" * 5000}, "Questo lavoro non è tra quelli prenotabili"),
        ({"service": "tagliando", "license_plate": "A"}, "Questa non sembra una targa"),
        ({"service": "tagliando", "license_plate": "x" * 5000}, "La targa non è chiara"),
        ({"service": "tagliando", "license_plate": "1B123CD"}, "una cifra al posto di una lettera"),
        ({"service": "tagliando", "first_name": "n" * 5000}, "Il nome non è chiaro"),
        ({"service": "tagliando", "last_name": "12345"}, "Il nome non è chiaro"),
        ({"service": "tagliando", "phone": "12"}, "Il numero di telefono non è completo"),
        ({"service": "tagliando", "drop_off": "alle 23:99"}, "L'ora di consegna non è chiara"),
        ({"service": "tagliando", "drop_off": "05:00"}, "A quell'ora l'auto non si può consegnare"),
        (
            {"service": "tagliando", "drop_off": "2026-11-26T12:00"},
            "A quell'ora l'auto non si può consegnare",
        ),
    ],
)
def test_what_cannot_be_right_is_asked_again(
    call: Conversation, arguments: dict[str, object], words: str
) -> None:
    said = use(call, "book_appointment", **{"start": THURSDAY, **arguments})
    assert not said.ok
    assert words in said.text
    assert not Appointment.objects.exists()


@pytest.mark.parametrize("plate", ["W-ÄB 123", "MI1A2345", "TI 123456", "1ABC234", "ČŽ123"])
def test_foreign_and_old_plates_are_taken_as_they_are(stranger: Conversation, plate: str) -> None:
    assert book(stranger, first_name="Ann", license_plate=plate).startswith("Prenotato")
    assert only().vehicle is not None


@pytest.mark.parametrize(
    ("drop_off", "expected", "said"),
    [
        ("", None, None),
        ("aspetta", None, None),
        (False, None, None),
        (True, "2026-11-26T08:30", "L'auto si consegna alle otto e mezza."),
        ("la lascia", "2026-11-26T08:30", "L'auto si consegna alle otto e mezza."),
        ("08:15", "2026-11-26T08:15", "L'auto si consegna alle otto e un quarto."),
        ("2026-11-25T18:00", "2026-11-25T18:00", "L'auto si consegna alle diciotto."),
    ],
)
def test_drop_off(call: Conversation, drop_off: object, expected: str | None, said: str | None) -> None:
    answer = use(call, "book_appointment", service="tagliando", start=THURSDAY, drop_off=drop_off)
    assert only().drop_off_at == (at(expected) if expected else None)
    assert ("consegna" in answer.text) is (said is not None)
    assert said is None or said in answer.text


def test_tenant_and_customer_ids_in_arguments_are_ignored(call: Conversation, mario: Customer) -> None:
    other = factories.customer()
    use(
        call,
        "book_appointment",
        service="tagliando",
        start=THURSDAY,
        customer_id=str(other.pk),
        customer=str(other.pk),
        shop_id=str(uuid.uuid4()),
        conversation_id="x",
    )
    assert only().customer == mario


def test_availability_offers_the_nearest_three(call: Conversation) -> None:
    said = use(call, "check_availability", service="il tagliando")
    assert said.ok
    assert said.text == (
        "Tagliando: posso offrire oggi, martedì 24 novembre alle quattordici, alle quattordici e trenta o alle "
        "quindici. Quale va bene?"
    )


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (
            {"date_from": "2026-11-26", "part_of_day": "morning"},
            "giovedì 26 novembre alle otto, alle otto e mezza o alle nove",
        ),
        ({"date_from": "2026-11-26", "part_of_day": "pomeriggio"}, "giovedì 26 novembre alle quattordici,"),
        ({"date_from": "26/11/2026", "date_to": "26/11/2026"}, "giovedì 26 novembre alle otto,"),
        ({"date_from": "giovedì"}, "giovedì 26 novembre alle otto,"),
        ({"date_from": "2026-11-27", "date_to": "2026-11-25"}, "domani, mercoledì 25 novembre"),
        ({"date_from": "2020-01-01"}, "Il giorno chiesto è già passato. Posso offrire oggi"),
        (
            {"date_from": "2020-01-01", "date_to": "2020-01-05"},
            "Quei giorni sono già passati. Posso offrire oggi",
        ),
        ({"date_from": "0001-01-01", "date_to": "9999-12-31"}, "Posso offrire oggi"),
        ({"date_to": "9999-12-31"}, "posso offrire oggi"),
        ({"date_from": "2028-01-10"}, "È troppo lontano"),
        (
            {"date_from": "2026-11-29", "date_to": "2026-11-29"},
            "Domenica 29 novembre siamo chiusi. Posso offrire",
        ),
        (
            {"date_from": "2026-11-28", "date_to": "2026-11-28", "part_of_day": "afternoon"},
            "In quella parte della giornata siamo chiusi. Posso offrire venerdì 27 novembre alle quattordici",
        ),
        ({"date_from": "2026-13-45"}, "La data non è valida"),
        ({"date_from": 20261126}, "giovedì 26 novembre alle otto,"),
    ],
)
def test_availability_on_days(call: Conversation, arguments: dict[str, object], words: str) -> None:
    said = use(call, "check_availability", service="tagliando", **arguments).text
    assert words in said
    assert "\n" not in said


def test_a_full_day_is_told(call: Conversation) -> None:
    service = Service.objects.get(name="Revisione")
    bay = service.bays.get()
    factories.appointment(at("2026-11-26T08:00"), service=service, bay=bay, minutes=270)
    factories.appointment(at("2026-11-26T14:00"), service=service, bay=bay, minutes=270)
    said = use(call, "check_availability", service="revisione", date_from="2026-11-26").text
    assert said.startswith(
        "Revisione. Per giovedì 26 novembre non c'è posto. Posso offrire venerdì 27 novembre"
    )
    one_day = {"date_from": "2026-11-26", "date_to": "2026-11-26"}
    said = use(call, "check_availability", service="revisione", **one_day).text
    assert said.startswith("Revisione. In quei giorni è tutto occupato. Posso offrire")


def test_a_shop_without_bays_or_hours_says_so(call: Conversation) -> None:
    factories.hours([])
    said = use(call, "check_availability", service="tagliando").text
    assert "Proporre di far richiamare" in said
    Service.objects.update(is_active=False)
    assert "Non ci sono lavori prenotabili" in use(call, "check_availability", service="tagliando").text
