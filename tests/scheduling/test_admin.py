"""The workshop in the back office: pages, roles, forms that go through the verbs, the rules."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from scheduling import booking, catalogue, demo
from scheduling.models import (
    Appointment,
    Bay,
    ChannelIdentity,
    Closure,
    Consent,
    Customer,
    OpeningHours,
    Service,
    Vehicle,
    WaitingList,
)
from scheduling.models.appointments import Source, Status
from scheduling.rules import Rules
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.queries import counted

MODELS = [
    Appointment,
    Bay,
    ChannelIdentity,
    Closure,
    Consent,
    Customer,
    OpeningHours,
    Service,
    Vehicle,
    WaitingList,
]
Login = Callable[[Client, StaffUser, Shop], Client]


def url(model: type[Model], page: str, *args: Any) -> str:
    return reverse(f"admin:scheduling_{model._meta.model_name}_{page}", args=args, urlconf="aros.urls_shop")


class Desk(Client):
    """A browser on the first shop's host. A request ends in public: the test goes on inside the shop."""

    shop: Shop

    def request(self, **request: Any) -> Any:
        try:
            return super().request(**request)
        finally:
            connection.set_tenant(self.shop)


@pytest.fixture
def desk(rossi: Shop, manager: StaffUser, log_in: Login) -> Iterator[Desk]:
    """The manager at work in a shop full of data; the test itself runs inside the shop."""
    client = Desk(SERVER_NAME="rossi.example")
    client.shop = rossi
    log_in(client, manager, rossi)
    with in_shop(rossi):
        demo.fill(rossi)
        yield client


def worker(shop: Shop, role: str, client: Client, log_in: Login) -> Client:
    with in_shop(shop):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", "una password lunga", role=role)
    return log_in(client, person, shop)


def next_opening(days: int = 2) -> datetime:
    """A whole hour in which the shop is open, some days ahead."""
    cat = catalogue.load()
    day = timezone.localdate() + timedelta(days=days)
    while not cat.calendar.spans(day) or day.weekday() > 4:
        day += timedelta(days=1)
    return datetime.combine(day, time(10), cat.calendar.tz)


def form_data(starts_at: datetime, **values: Any) -> dict[str, Any]:
    customer = values.pop("customer", None) or Customer.objects.all()[0]
    service = values.pop("service", None) or Service.objects.get(name="Diagnosi").pk
    return {
        "customer": str(customer.pk),
        "vehicle": "",
        "service": str(getattr(service, "pk", service)),
        "scheduled_at_0": f"{starts_at:%d/%m/%Y}",
        "scheduled_at_1": f"{starts_at:%H:%M}",
        "bay": "",
        "duration_minutes": "",
        "drop_off_at_0": "",
        "drop_off_at_1": "",
        "promised_at_0": "",
        "promised_at_1": "",
        "customer_note": "",
        "contact_phone": "",
        "notes": "",
    } | values


def errors(response: Any) -> str:
    form = response.context["adminform"].form
    return str(form.errors.as_text())


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


def test_an_appointment_is_booked_from_the_form(desk: Desk) -> None:
    Appointment.objects.all().delete()
    start = next_opening()
    response = desk.post(
        url(Appointment, "add"), form_data(start, notes="aspetta", customer_note="porti il libretto")
    )
    assert response.status_code == 302
    row = Appointment.objects.get()
    assert (row.scheduled_at, row.ends_at) == (start, start + timedelta(hours=1))
    assert (row.status, row.source, row.duration_minutes) == (Status.CONFIRMED, Source.MANUAL, 60)
    assert (row.notes, row.customer_note) == ("aspetta", "porti il libretto")
    assert row.bay in row.service.bays.all()


def test_a_clash_is_a_form_error_with_the_reason(desk: Desk) -> None:
    Appointment.objects.all().delete()
    start = next_opening()
    service = Service.objects.get(name="Revisione")  # one bay
    assert desk.post(url(Appointment, "add"), form_data(start, service=service)).status_code == 302
    other = Customer.objects.all()[1]
    response = desk.post(url(Appointment, "add"), form_data(start, service=service, customer=other))
    assert response.status_code == 200
    assert "già occupato" in errors(response)
    assert "Liberi:" in errors(response)
    assert Appointment.objects.count() == 1


def test_a_clash_in_the_chosen_bay(desk: Desk) -> None:
    Appointment.objects.all().delete()
    start = next_opening()
    bay = Bay.objects.get(name="Ponte 1")
    factories.appointment(start + timedelta(minutes=30), bay=bay)
    response = desk.post(url(Appointment, "add"), form_data(start, bay=bay.pk, duration_minutes=45))
    assert "già occupato" in errors(response)
    response = desk.post(url(Appointment, "add"), form_data(start, bay=bay.pk, duration_minutes=30))
    assert response.status_code == 302


def test_the_same_again_is_told(desk: Desk) -> None:
    Appointment.objects.all().delete()
    data = form_data(next_opening())
    desk.post(url(Appointment, "add"), data)
    assert Appointment.objects.get().code in errors(desk.post(url(Appointment, "add"), data))


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"scheduled_at_1": "13:00"}, "chiusa"),
        ({"scheduled_at_0": "01/01/2020"}, "passato"),
        ({"scheduled_at_0": "", "scheduled_at_1": ""}, "obbligatorio"),
        ({"scheduled_at_0": "99/99/2026"}, "valid"),
        ({"duration_minutes": "-5"}, "maggiore"),
        ({"duration_minutes": "43201"}, "minore"),
        ({"contact_phone": "boh"}, "telefono"),
        ({"customer_note": "x" * 400}, "300"),
        ({"service": "non-un-id"}, "valid"),
        ({"drop_off_at_0": "01/01/2031", "drop_off_at_1": "09:00"}, "consegna"),
    ],
)
def test_wrong_input_is_told(desk: Desk, wrong: dict[str, str], says: str) -> None:
    before = Appointment.objects.count()
    response = desk.post(url(Appointment, "add"), form_data(next_opening(), **wrong))
    assert response.status_code == 200
    assert says in errors(response), errors(response)
    assert Appointment.objects.count() == before


def existing(**values: Any) -> Appointment:
    Appointment.objects.all().delete()
    service = Service.objects.get(name="Diagnosi")
    return factories.appointment(
        next_opening(), service=service, bay=Bay.objects.get(name="Ponte 1"), **{"vehicle": None} | values
    )


def test_an_appointment_is_moved_from_the_form(desk: Desk) -> None:
    row = existing()
    start = row.scheduled_at.astimezone(timezone.get_current_timezone()) + timedelta(hours=1)
    data = form_data(start, customer=row.customer, bay=row.bay_id, duration_minutes=30, notes="spostato")
    assert desk.post(url(Appointment, "change", row.pk), data).status_code == 302
    row.refresh_from_db()
    assert (row.scheduled_at, row.duration_minutes, row.notes) == (start, 30, "spostato")
    assert row.ends_at - row.scheduled_at == timedelta(minutes=30)


def test_another_service_takes_its_own_time(desk: Desk) -> None:
    row = existing()
    service = Service.objects.get(name="Freni")
    start = row.scheduled_at.astimezone(timezone.get_current_timezone())
    data = form_data(start, customer=row.customer, bay=row.bay_id, duration_minutes=60, service=service)
    assert desk.post(url(Appointment, "change", row.pk), data).status_code == 302
    row.refresh_from_db()
    assert (row.service, row.duration_minutes) == (service, 120)


def test_a_move_that_clashes_changes_nothing(desk: Desk) -> None:
    row = existing()
    factories.appointment(row.scheduled_at + timedelta(hours=1), bay=row.bay, service=row.service)
    start = row.scheduled_at.astimezone(timezone.get_current_timezone()) + timedelta(minutes=30)
    data = form_data(start, customer=row.customer, bay=row.bay_id, duration_minutes=60, notes="spostato")
    # The own bay is taken; another one that can do it is free, so only a chosen bay can clash.
    other = Bay.objects.get(name="Ponte 2")
    factories.appointment(start, bay=other, service=row.service)
    response = desk.post(url(Appointment, "change", row.pk), data)
    assert "già occupato" in errors(response)
    before = row.scheduled_at
    row.refresh_from_db()
    assert (row.scheduled_at, row.notes) == (before, "")


def test_notes_and_promises_need_no_move(desk: Desk) -> None:
    row = existing()
    local = row.scheduled_at.astimezone(timezone.get_current_timezone())
    data = form_data(local, customer=row.customer, bay=row.bay_id, duration_minutes=60) | {
        "promised_at_0": f"{local:%d/%m/%Y}",
        "promised_at_1": "17:00",
        "customer_note": "in attesa del ricambio",
    }
    assert desk.post(url(Appointment, "change", row.pk), data).status_code == 302
    row.refresh_from_db()
    assert row.customer_note == "in attesa del ricambio"
    assert row.promised_at == local.replace(hour=17)


# status, fields that can be written
@pytest.mark.parametrize(
    ("status", "writable"),
    [
        (
            Status.CONFIRMED,
            {"scheduled_at", "bay", "service", "vehicle", "promised_at", "customer_note", "notes"},
        ),
        (Status.IN_PROGRESS, {"promised_at", "customer_note", "notes"}),
        (Status.COMPLETED, {"promised_at", "customer_note", "notes"}),
        (Status.CANCELLED, {"notes"}),
        (Status.NO_SHOW, {"notes"}),
    ],
)
def test_what_is_over_is_not_rewritten(desk: Desk, status: Status, writable: set[str]) -> None:
    row = existing(status=status)
    fields = set(desk.get(url(Appointment, "change", row.pk)).context["adminform"].form.fields)
    assert writable <= fields
    assert not fields & {"customer", "status", "ends_at", "code"}
    if status != Status.CONFIRMED:
        assert fields == writable


def test_nobody_deletes_an_appointment(desk: Desk) -> None:
    row = existing()
    assert desk.post(url(Appointment, "delete", row.pk), {"post": "yes"}).status_code == 403
    assert Appointment.objects.filter(pk=row.pk).exists()


def test_actions_on_the_list_do_the_verbs(desk: Desk) -> None:
    pending, over = existing(status=Status.PENDING), None
    over = factories.appointment(pending.scheduled_at - timedelta(days=9), status=Status.CANCELLED)
    data = {"action": "confirm", "_selected_action": [str(pending.pk), str(over.pk)]}
    response = desk.post(url(Appointment, "changelist"), data)
    pending.refresh_from_db()
    over.refresh_from_db()
    assert (pending.status, over.status) == (Status.CONFIRMED, Status.CANCELLED)
    said = [str(message) for message in get_messages(response.wsgi_request)]
    assert any(over.code in text and "annullato" in text for text in said)


@pytest.mark.parametrize(
    ("status", "button", "result"),
    [
        (Status.PENDING, "confirm", Status.CONFIRMED),
        (Status.CONFIRMED, "start", Status.IN_PROGRESS),
        (Status.IN_PROGRESS, "complete", Status.COMPLETED),
        (Status.COMPLETED, "reopen", Status.IN_PROGRESS),
        (Status.CONFIRMED, "cancel", Status.CANCELLED),
    ],
)
def test_buttons_of_the_form_do_the_verbs(desk: Desk, status: Status, button: str, result: Status) -> None:
    row = existing(status=status)
    page = desk.get(url(Appointment, "change", row.pk))
    name = f"scheduling_appointment_{button}"
    assert name in page.content.decode()
    local = row.scheduled_at.astimezone(timezone.get_current_timezone())
    data = form_data(local, customer=row.customer, bay=row.bay_id, duration_minutes=60) | {name: "1"}
    assert desk.post(url(Appointment, "change", row.pk), data).status_code == 302
    row.refresh_from_db()
    assert row.status == result


def test_a_button_that_is_refused_says_why(desk: Desk) -> None:
    row = existing()  # still ahead: nobody can have missed it
    local = row.scheduled_at.astimezone(timezone.get_current_timezone())
    data = form_data(local, customer=row.customer, bay=row.bay_id, duration_minutes=60)
    response = desk.post(
        url(Appointment, "change", row.pk), data | {"scheduling_appointment_mark_no_show": "1"}
    )
    assert "non è ancora cominciato" in " ".join(str(m) for m in get_messages(response.wsgi_request))
    row.refresh_from_db()
    assert row.status == Status.CONFIRMED


def test_only_fitting_buttons_are_shown(desk: Desk) -> None:
    page = desk.get(url(Appointment, "change", existing(status=Status.COMPLETED).pk)).content.decode()
    assert "scheduling_appointment_mark_collected" in page
    assert "scheduling_appointment_confirm" not in page


# role, page, what it answers
@pytest.mark.parametrize(
    ("role", "model", "page", "status"),
    [
        ("mechanic", Appointment, "changelist", 200),
        ("mechanic", Appointment, "add", 403),
        ("mechanic", Customer, "changelist", 403),
        ("receptionist", Appointment, "add", 200),
        ("receptionist", Customer, "add", 200),
        ("receptionist", Service, "add", 403),
        ("receptionist", Service, "changelist", 200),
        ("manager", Service, "add", 200),
        ("manager", Closure, "add", 200),
    ],
)
def test_roles(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, model: type[Model], page: str, status: int
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(url(model, page)).status_code == status


def test_a_mechanic_does_the_work_and_moves_nothing(rossi: Shop, rossi_client: Client, log_in: Login) -> None:
    with in_shop(rossi):
        row = existing()
    worker(rossi, "mechanic", rossi_client, log_in)
    page = rossi_client.get(url(Appointment, "change", row.pk))
    assert set(page.context["adminform"].form.fields) == {"promised_at", "customer_note", "notes"}
    data = {"notes": "fatto", "customer_note": "", "promised_at_0": "", "promised_at_1": ""}
    rossi_client.post(url(Appointment, "change", row.pk), data | {"scheduling_appointment_start": "1"})
    with in_shop(rossi):
        row.refresh_from_db()
    assert (row.status, row.notes) == (Status.IN_PROGRESS, "fatto")


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
        (OpeningHours, {"weekday": 0, "opens": "09:00", "closes": "11:00"}, "sovrappone"),
        (OpeningHours, {"weekday": 6, "opens": "09:00", "closes": "08:00"}, "chiusura"),
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
    assert "1 appuntamenti" in said


RULES = reverse("admin:scheduling_rules", urlconf="aros.urls_shop")
GOOD_RULES = {
    "notice_minutes": "0",
    "horizon_days": "30",
    "grid_minutes": "15",
    "buffer_minutes": "10",
    "drop_off_time": "",
    "most_morning": "4",
    "most_afternoon": "",
    "afternoon_from": "13:30",
    "works_on_holidays": ["immacolata"],
}


def test_rules_are_saved_and_in_force(desk: Desk, rossi: Shop) -> None:
    page = desk.get(RULES)
    assert page.status_code == 200
    assert RULES in desk.get(reverse("admin:index", urlconf="aros.urls_shop")).content.decode()
    assert desk.post(RULES, GOOD_RULES).status_code == 302
    expected = Rules(
        notice_minutes=0,
        horizon_days=30,
        grid_minutes=15,
        buffer_minutes=10,
        drop_off_time=None,
        most_morning=4,
        afternoon_from=time(13, 30),
        works_on_holidays=["immacolata"],
    )
    assert Rules.of(Shop.objects.get(pk=rossi.pk)) == expected
    assert desk.get(RULES).context["form"].initial["grid_minutes"] == 15


@pytest.mark.parametrize(
    "wrong",
    [
        {"notice_minutes": "-1"},
        {"horizon_days": "0"},
        {"grid_minutes": "7"},
        {"buffer_minutes": "tanto"},
        {"afternoon_from": ""},
        {"most_morning": "0"},
        {"works_on_holidays": ["carnevale"]},
    ],
)
def test_wrong_rules_are_told(desk: Desk, rossi: Shop, wrong: dict[str, Any]) -> None:
    response = desk.post(RULES, GOOD_RULES | wrong)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == set(wrong)
    assert Rules.of(Shop.objects.get(pk=rossi.pk)) == Rules()


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("receptionist", 403), ("mechanic", 403)])
def test_who_may_change_the_rules(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, status: int
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(RULES).status_code == status
    index = rossi_client.get(reverse("admin:index", urlconf="aros.urls_shop")).content.decode()
    assert (RULES in index) is (status == 200)


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
