"""The workshop in the back office: pages, roles, forms that go through the verbs, the rules."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db.models import Model
from django.test import Client
from django.utils import timezone

from scheduling import booking, catalogue
from scheduling.models import (
    Appointment,
    Bay,
    ChannelIdentity,
    Closure,
    Consent,
    Customer,
    Service,
    Vehicle,
    WaitingList,
)
from scheduling.models.appointments import Status
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.desk import Desk, Login, errors, existing, next_opening, url, worker
from tests.scheduling.queries import counted

MODELS = [
    Appointment,
    Bay,
    ChannelIdentity,
    Closure,
    Consent,
    Customer,
    Service,
    Vehicle,
    WaitingList,
]


@pytest.mark.parametrize("model", MODELS)
def test_every_list_and_form_opens(desk: Desk, model: type[Model]) -> None:
    factories.closure(date(2026, 8, 9))
    response = desk.get(url(model, "changelist"))
    assert response.status_code == 200
    assert desk.get(url(model, "changelist"), {"q": "rossi 39"}).status_code in (200, 302)
    row = model._default_manager.all()[0]
    assert desk.get(url(model, "change", row.pk)).status_code == 200
    if model is not ChannelIdentity:
        assert desk.get(url(model, "add")).status_code == 200


@pytest.mark.parametrize("model", [Appointment, Customer, Vehicle, Service, WaitingList, Consent])
def test_more_rows_do_not_cost_more_queries(desk: Desk, model: type[Model]) -> None:
    def cost() -> int:
        with counted() as queries:
            assert desk.get(url(model, "changelist")).status_code == 200
        return len(queries)

    pks = list(model._default_manager.values_list("pk", flat=True))
    if model in (Customer, Vehicle, Service):
        WaitingList.objects.all().delete()
        Appointment.objects.all().delete()
    model._default_manager.filter(pk__in=pks[2:]).delete()
    few = cost()
    for number in range(12):
        person = factories.customer()
        car = factories.vehicle(person)
        if model is Appointment:
            factories.appointment(
                datetime(2020, 1, 1 + number, 9, tzinfo=UTC),
                customer=person,
                vehicle=car,
                status=Status.COMPLETED,
            )
        if model is Service:
            factories.service()
        if model is WaitingList:
            factories.waiting(
                person, Service.objects.all()[0], date(2026, 1, 1), date(2026, 1, 2), vehicle=car
            )
        if model is Consent:
            person.consents.create(purpose="privacy", granted=True, channel="voice")
    assert model._default_manager.count() >= 12
    assert cost() <= few


@pytest.mark.parametrize(
    ("day", "names"),
    [("oggi", {"oggi"}), ("domani", {"domani"}), ("settimana", {"oggi", "domani"}), ("passati", {"ieri"})],
)
def test_the_days_one_works_with(desk: Desk, day: str, names: set[str]) -> None:
    Appointment.objects.all().delete()
    noon = datetime.combine(timezone.localdate(), time(12), catalogue.load().calendar.tz)
    for name, offset in (("ieri", -1), ("oggi", 0), ("domani", 1), ("più in là", 9)):
        factories.appointment(noon + timedelta(days=offset), notes=name, status=Status.CANCELLED)
    found = desk.get(url(Appointment, "changelist"), {"giorno": day}).context["cl"].result_list
    assert {row.notes for row in found} == names


@pytest.mark.parametrize("how", ["{plate}", "{spaced}", "{name}", "{code}", "{phone}"])
def test_appointments_are_found(desk: Desk, how: str) -> None:
    row = Appointment.objects.select_related("customer", "vehicle")[0]
    assert row.vehicle
    plate = row.vehicle.license_plate
    text = how.format(
        plate=plate,
        spaced=plate.lower(),
        name=row.customer.last_name,
        code=row.code,
        phone=row.customer.phone,
    )
    found = desk.get(url(Appointment, "changelist"), {"q": text}).context["cl"].result_list
    assert row in list(found)


def test_vehicles_are_found_as_plates_are_typed(desk: Desk) -> None:
    plate = Vehicle.objects.all()[0].license_plate
    spaced = f"{plate[:2]} {plate[2:5]} {plate[5:]}".lower()
    found = desk.get(url(Vehicle, "changelist"), {"q": spaced}).context["cl"].result_list
    assert [vehicle.license_plate for vehicle in found] == [plate]


# role, page, what it answers
@pytest.mark.parametrize(
    ("role", "model", "page", "status"),
    [
        ("mechanic", Appointment, "changelist", 403),
        ("mechanic", Appointment, "add", 403),
        ("mechanic", Customer, "changelist", 403),
        ("receptionist", Appointment, "add", 200),
        ("receptionist", Customer, "add", 200),
        ("receptionist", Service, "add", 403),
        ("receptionist", Service, "changelist", 403),
        ("manager", Service, "add", 200),
        ("manager", Closure, "add", 200),
    ],
)
def test_roles(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, model: type[Model], page: str, status: int
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(url(model, page)).status_code == status


def test_consents_are_withdrawn_and_never_changed(desk: Desk) -> None:
    consent = Consent.objects.all()[0]
    assert desk.post(url(Consent, "change", consent.pk), {"granted": ""}).status_code == 403
    desk.post(url(Consent, "changelist"), {"action": "withdraw", "_selected_action": [str(consent.pk)]})
    consent.refresh_from_db()
    assert consent.withdrawn_at is not None
    assert consent.granted


def test_a_service_has_its_words_one_a_line(desk: Desk) -> None:
    service = Service.objects.get(name="Freni")
    page = desk.get(url(Service, "change", service.pk)).content.decode()
    assert "freni\npastiglie\n" in page
    data = {
        "name": "Freni",
        "words": "freni\n pastiglie , dischi;freni\n\n",
        "duration_minutes": 90,
        "bays": [bay.pk for bay in service.bays.all()],
        "confirmed_by": "shop",
        "is_active": "on",
        "position": 3,
    }
    assert desk.post(url(Service, "change", service.pk), data).status_code == 302
    service.refresh_from_db()
    assert (service.words, service.duration_minutes) == (["freni", "pastiglie", "dischi"], 90)
    assert service.bays.count() == 2


@pytest.mark.parametrize(
    ("model", "data", "says"),
    [
        (Closure, {"starts_on": "10/08/2027", "ends_on": "09/08/2027"}, "finisce prima"),
        (
            Closure,
            {"starts_on": "10/08/2027", "ends_on": "11/08/2027", "from_time": "09:00"},
            "inizio e la fine",
        ),
        (Vehicle, {"license_plate": "A1"}, "targa"),
        (Customer, {"phone": "boh", "language": "it"}, "telefono"),
    ],
)
def test_forms_say_what_is_wrong(desk: Desk, model: type[Model], data: dict[str, Any], says: str) -> None:
    empty = {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("vehicles", "identities", "consents")
        for name in ("TOTAL", "INITIAL")
    }
    response = desk.post(url(model, "add"), data | empty)
    assert response.status_code == 200
    assert says in errors(response), errors(response)


def test_a_customer_twice_is_a_form_error(desk: Desk) -> None:
    phone = str(Customer.objects.all()[0].phone)
    typed = f"{phone[3:6]} {phone[6:]}"
    empty = {
        f"{prefix}-{name}_FORMS": 0
        for prefix in ("vehicles", "identities", "consents")
        for name in ("TOTAL", "INITIAL")
    }
    response = desk.post(url(Customer, "add"), {"phone": typed, "language": "it"} | empty)
    assert "già un cliente" in errors(response)


def test_a_plate_twice_is_a_form_error(desk: Desk) -> None:
    plate = Vehicle.objects.all()[0].license_plate
    response = desk.post(url(Vehicle, "add"), {"license_plate": f"{plate[:2]}-{plate[2:]}".lower()})
    assert "già un veicolo" in errors(response)


def test_a_closure_warns_of_appointments_in_it(desk: Desk) -> None:
    row = existing()
    day = row.scheduled_at.astimezone(timezone.get_current_timezone()).date()
    data = {"starts_on": f"{day:%d/%m/%Y}", "ends_on": f"{day:%d/%m/%Y}", "reason": "corso"}
    response = desk.post(url(Closure, "add"), data)
    assert response.status_code == 302
    said = " ".join(str(message) for message in get_messages(response.wsgi_request))
    assert "1 appuntamento" in said


def test_a_stranger_finds_nothing(
    rossi: Shop, bianchi: Shop, outsider: StaffUser, bianchi_client: Client, log_in: Login
) -> None:
    with in_shop(rossi):
        row = existing()
    log_in(bianchi_client, outsider, bianchi)
    assert bianchi_client.get(url(Appointment, "change", row.pk)).status_code == 302
    response = bianchi_client.post(
        url(Appointment, "changelist"), {"action": "cancel", "_selected_action": [str(row.pk)]}
    )
    assert response.status_code in (200, 302)
    with in_shop(rossi):
        row.refresh_from_db()
    assert row.status == Status.CONFIRMED


def test_offers_follow_what_the_manager_changes(desk: Desk) -> None:
    service = Service.objects.get(name="Revisione")
    Appointment.objects.all().delete()
    day = next_opening().date()
    assert booking.free_slots(service=service, date_from=day, date_to=day).slots
    data = {"starts_on": f"{day:%d/%m/%Y}", "ends_on": f"{day:%d/%m/%Y}", "reason": "corso"}
    assert desk.post(url(Closure, "add"), data).status_code == 302
    offers = booking.free_slots(service=service, date_from=day, date_to=day)
    assert (offers.slots, offers.closed[0].reason) == ([], "corso")
