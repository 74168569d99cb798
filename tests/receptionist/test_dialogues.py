"""Situations of a workshop's telephone, played with the tools that a model would call: only the end state counts."""

from receptionist.models import AIConfig, Conversation, Handover
from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from tests import factories
from tests.receptionist.conftest import THURSDAY, at, open_call, use


def test_a_tagliando_on_thursday_morning(call: Conversation) -> None:
    offers = use(
        call, "check_availability", service="il tagliando", date_from="2026-11-26", part_of_day="morning"
    )
    assert "giovedì 26 novembre alle otto" in offers.text
    assert use(call, "book_appointment", service="il tagliando", start="2026-11-26T08:00").ok
    assert Appointment.objects.get().scheduled_at == at("2026-11-26T08:00")


def test_an_overdue_revisione_from_a_withheld_number(withheld: Conversation) -> None:
    wish = {"service": "devo fare la revisione", "start": THURSDAY, "license_plate": "AB123CD"}
    assert "numero di telefono" in use(withheld, "book_appointment", **wish).text
    assert use(withheld, "book_appointment", **wish, phone="333 1234567", first_name="Ada").ok
    row = Appointment.objects.get()
    assert (row.contact_phone, row.customer.phone, row.service.name) == ("+393331234567", None, "Revisione")


def test_wants_today_and_none_is_free(call: Conversation) -> None:
    revision = Service.objects.get(name="Revisione")
    factories.closure(at("2026-11-24T00:00").date(), bay=revision.bays.get())
    today = {"date_from": "2026-11-24", "date_to": "2026-11-24"}
    said = use(call, "check_availability", service="revisione", **today).text
    assert said == (
        "Revisione. In quei giorni è tutto occupato. Posso offrire domani, mercoledì 25 novembre alle otto, alle otto "
        "e mezza o alle nove. Quale va bene? Se nessuno va bene, proporre la lista d'attesa per i giorni voluti: "
        "book_appointment con waiting_list «sì»."
    )
    said = use(call, "book_appointment", service="revisione", start="2026-11-24", waiting_list="sì").text
    assert said.startswith("In lista d'attesa: revisione, oggi, martedì 24 novembre.")
    assert WaitingList.objects.get().service == revision
    assert not Appointment.objects.exists()


def test_cancels_the_day_before_and_the_slot_is_free_again(
    call: Conversation, stranger: Conversation
) -> None:
    use(call, "book_appointment", service="revisione", start="2026-11-25T09:00")
    wish = {"service": "revisione", "start": "2026-11-25T09:00", "first_name": "Ada"}
    assert not use(stranger, "book_appointment", **wish).ok
    assert use(call, "cancel_appointment", appointment=Appointment.objects.get().code).ok
    assert use(stranger, "book_appointment", **wish).ok


def test_a_red_oil_light_is_for_a_person_now(call: Conversation) -> None:
    AIConfig.objects.update(transfer_number="+393400000000")
    use(call, "request_human", reason="spia rossa dell'olio accesa, è fermo in tangenziale")
    row = Handover.objects.get()
    assert (row.urgency, row.kind) == ("danger", "transfer")
    assert not Appointment.objects.exists()


def test_a_price_that_is_not_there_becomes_a_quote(call: Conversation) -> None:
    assert not any(char.isdigit() for char in use(call, "shop_info", topic="quanto costa la frizione").text)
    use(call, "request_human", reason="preventivo per la frizione della Panda")
    assert Handover.objects.get().wanted == "preventivo per la frizione della Panda"


def test_a_tourist_with_a_puncture(stranger: Conversation) -> None:
    said = use(
        stranger,
        "book_appointment",
        service="gomma forata",
        start="2026-11-24T15:00",
        license_plate="M-AB 1234",
        first_name="John",
        last_name="Smith",
    )
    assert said.ok
    row = Appointment.objects.get()
    assert (row.service.name, row.vehicle and row.vehicle.license_plate) == ("Cambio gomme", "MAB1234")


def test_a_seller_leaves_a_message_and_is_no_customer(stranger: Conversation) -> None:
    use(stranger, "request_human", reason="Rappresentante di ricambi, lascia il catalogo e un recapito")
    assert Handover.objects.get().urgency == "normal"
    assert not Customer.objects.exists()
    assert not Appointment.objects.exists()


def test_asks_for_another_customers_car(stranger: Conversation, panda: Vehicle, mario: Customer) -> None:
    factories.appointment(at("2026-11-24T08:00"), customer=mario, vehicle=panda, status="completed")
    for tool, arguments in (
        ("vehicle_status", {"license_plate": "GA123BC"}),
        ("lookup_customer", {"phone": "+393331112223"}),
        ("list_appointments", {"customer": str(mario.pk), "license_plate": "GA123BC"}),
    ):
        said = use(stranger, tool, **arguments).text
        assert not any(word in said for word in ("Mario", "Verdi", "Panda", "pronta"))


def test_a_clock_change_sunday(call: Conversation) -> None:
    Service.objects.update(is_common=False)
    now = at("2027-03-26T09:00")
    said = use(call, "check_availability", now=now, service="tagliando", date_from="2027-03-28").text
    assert "Domenica 28 marzo siamo chiusi: è Pasqua. Posso offrire martedì 30 marzo alle otto," in said
    assert use(call, "book_appointment", now=now, service="tagliando", start="2027-03-30T08:00").ok
    assert Appointment.objects.get().scheduled_at == at("2027-03-30T08:00")


def test_two_cars_and_then_is_it_ready(mario: Customer, panda: Vehicle) -> None:
    golf = factories.vehicle(mario, make="Volkswagen", model="Golf")
    for car, status in ((panda, "completed"), (golf, "in_progress")):
        factories.appointment(at("2026-11-24T08:00"), customer=mario, vehicle=car, status=status, minutes=300)
    said = use(open_call(), "vehicle_status").text
    assert "La Fiat Panda è pronta." in said
    assert "La Volkswagen Golf è in lavorazione." in said
    assert "Golf" not in use(open_call(), "vehicle_status", license_plate="GA123BC").text
