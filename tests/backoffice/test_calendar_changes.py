"""What is done in the calendar: moving, making longer, the short form, booking; and two people at once."""

from collections.abc import Callable
from datetime import UTC, datetime, time
from typing import Any
from uuid import uuid4

import pytest
from auditlog.models import LogEntry
from django.http import HttpResponse
from django.test import Client

from scheduling import booking
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from shops import history
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

HOME = "/admin/calendario/"
NEW = f"{HOME}nuovo/"
LogIn = Callable[[Client, StaffUser, Shop], Client]


@pytest.fixture
def bays(in_rossi: Shop) -> list[Bay]:
    factories.empty_workshop()
    factories.hours()
    return [factories.bay("Ponte 1"), factories.bay("Ponte 2")]


@pytest.fixture
def service(bays: list[Bay]) -> Service:
    return factories.service("Tagliando", duration_minutes=60)


@pytest.fixture
def made(bays: list[Bay], service: Service) -> Appointment:
    """Tuesday 4 May 2027, 9–10, Ponte 1."""
    return factories.appointment(factories.local(2027, 5, 4, 9), service=service, bay=bays[0])


@pytest.fixture
def desk(rossi_client: Client, log_in: LogIn, manager: StaffUser, in_rossi: Shop) -> Client:
    return log_in(rossi_client, manager, in_rossi)


@pytest.fixture(autouse=True)
def in_april(time_machine: Any) -> None:
    time_machine.move_to(datetime(2027, 4, 30, 10, tzinfo=UTC), tick=True)


def version(appointment: Appointment) -> str:
    return appointment.updated_at.isoformat()


def move(desk: Client, appointment: Appointment, start: str, **values: Any) -> HttpResponse:
    values = {"version": version(appointment), "start": start, "bay": appointment.bay_id} | values
    answer: Any = desk.post(f"{HOME}{appointment.pk}/sposta/", values)
    return answer


def now_in(shop: Shop, appointment: Appointment) -> Appointment:
    with in_shop(shop):
        return Appointment.objects.select_related("bay", "mechanic").get(pk=appointment.pk)


def test_dragging_moves_time_and_bay(
    desk: Client, made: Appointment, bays: list[Bay], rossi: Shop, manager: StaffUser
) -> None:
    answer = move(desk, made, "2027-05-05T15:15", bay=bays[1].pk)
    assert answer.status_code == 200, answer.content
    now = now_in(rossi, made)
    assert (now.scheduled_at, now.bay) == (factories_local(rossi, 5, 15, 15), bays[1])
    assert now.status == Appointment.Status.CONFIRMED
    with in_shop(rossi):
        entry = LogEntry.objects.get_for_object(made).latest("timestamp")
    assert entry.actor_id == manager.pk
    assert "bay" in entry.changes


def factories_local(shop: Shop, day: int, hour: int, minute: int = 0) -> datetime:
    with in_shop(shop):
        return factories.local(2027, 5, day, hour, minute)


def test_a_clash_is_refused_with_the_reason_and_what_is_free(
    desk: Client, made: Appointment, bays: list[Bay], service: Service, rossi: Shop
) -> None:
    factories.appointment(factories.local(2027, 5, 4, 11), service=service, bay=bays[0])
    answer = move(desk, made, "2027-05-04T10:30")
    said = answer.json()  # type: ignore[attr-defined]
    assert (answer.status_code, said["reason"]) == (409, "taken")
    assert said["message"] == "Quell'orario è già occupato."
    assert [each["start"] for each in said["alternatives"]] == [
        "2027-05-04T10:30",  # in the other bay
        "2027-05-04T10:00",
        "2027-05-04T11:00",
    ]
    assert all(each["label"] for each in said["alternatives"])
    assert now_in(rossi, made).scheduled_at == made.scheduled_at


def test_longer_work_goes_on_after_the_break(desk: Client, made: Appointment, rossi: Shop) -> None:
    # 9:00 to 15:00 with the break from 12:30 to 14:00 is four and a half hours of work: all of one morning.
    assert move(desk, made, "2027-05-04T09:00", end="2027-05-04T16:00").status_code == 200
    now = now_in(rossi, made)
    assert now.duration_minutes == 5 * 60 + 30
    assert now.ends_at == factories_local(rossi, 4, 16)
    # Moved to the afternoon it runs on into the next morning, with the same work.
    assert move(desk, now, "2027-05-04T14:30").status_code == 200
    now = now_in(rossi, made)
    assert (now.duration_minutes, now.ends_at) == (330, factories_local(rossi, 5, 9, 30))


def test_shorter_work_and_an_end_in_the_break(desk: Client, made: Appointment, rossi: Shop) -> None:
    assert move(desk, made, "2027-05-04T09:00", end="2027-05-04T09:45").status_code == 200
    assert now_in(rossi, made).duration_minutes == 45
    now = now_in(rossi, made)
    assert move(desk, now, "2027-05-04T12:00", end="2027-05-04T13:30").status_code == 200
    assert now_in(rossi, made).ends_at == factories_local(rossi, 4, 12, 30)


@pytest.mark.parametrize(
    ("start", "status", "reason"),
    [
        ("2027-05-04T13:00", 409, "closed"),
        ("2027-05-09T09:00", 409, "closed"),
        ("2027-04-28T09:00", 409, "past"),
        ("2027-05-04T12:00", 409, "too_long"),
        ("2028-03-26T02:30", 409, "skipped"),
        ("domani", 400, None),
        ("2027-05-04T09:00+05:00"[:10] + "Tx", 400, None),
        ("9999-12-31T23:59", 400, None),
        ("\x00", 400, None),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    desk: Client, made: Appointment, rossi: Shop, start: str, status: int, reason: str | None
) -> None:
    answer = move(desk, made, start)
    said = answer.json()  # type: ignore[attr-defined]
    assert (answer.status_code, said.get("reason")) == (status, reason)
    assert said["message"]
    assert now_in(rossi, made).scheduled_at == made.scheduled_at


def test_bad_bays_versions_and_ids(desk: Client, made: Appointment) -> None:
    for values in (
        {"bay": "abc"},
        {"bay": "9" * 30},
        {"bay": "²"},
        {"version": ""},
        {"version": "2027-05-04"},
    ):
        assert move(desk, made, "2027-05-05T09:00", **values).status_code == 400
    assert desk.post(f"{HOME}{uuid4()}/sposta/", {}).status_code == 404
    assert desk.get(f"{HOME}{uuid4()}/").status_code == 404
    assert desk.get(f"{HOME}{made.pk}/sposta/").status_code == 405


def test_work_that_has_begun_stays_where_it_is(desk: Client, made: Appointment, rossi: Shop) -> None:
    booking.start(appointment=made)
    answer = move(desk, made, "2027-05-05T09:00")
    assert answer.status_code == 409
    assert "in lavorazione" in answer.json()["message"]  # type: ignore[attr-defined]


def test_who_comes_second_is_told_who_changed_what(
    desk: Client, made: Appointment, rossi: Shop, bays: list[Bay]
) -> None:
    seen = version(made)
    colleague = StaffUser.objects.create_user("luca@rossi.example", first_name="Luca", last_name="Verdi")
    with history.acting(staff=colleague):
        booking.reschedule(
            appointment=made, starts_at=factories.local(2027, 5, 6, 9), bay=bays[1], by_staff=True
        )
    answer = move(desk, made, "2027-05-05T09:00", version=seen)
    said = answer.json()  # type: ignore[attr-defined]
    assert (answer.status_code, said["reason"]) == (409, "changed")
    assert "Luca Verdi" in said["message"]
    assert "inizio" in said["message"]
    assert now_in(rossi, made).scheduled_at == factories_local(rossi, 6, 9)
    # The same in the form: nothing is written, the fresh data is shown, and what was typed is not lost.
    form = desk.post(
        f"{HOME}{made.pk}/", fields(made) | {"version": seen, "day": "2027-05-04", "notes": "Freni"}
    )
    text = form.content.decode()
    assert form.status_code == 409
    assert "Luca Verdi" in text
    assert "2027-05-06" in text
    assert "Freni" in text
    assert now_in(rossi, made).notes == ""
    pressed = desk.post(f"{HOME}{made.pk}/", {"version": seen, "verb": "cancel"})
    assert pressed.status_code == 409
    assert now_in(rossi, made).status == Appointment.Status.CONFIRMED


def fields(appointment: Appointment) -> dict[str, Any]:
    """The form as the page has it."""
    return {
        "version": version(appointment),
        "day": "2027-05-04",
        "at": "09:00",
        "bay": appointment.bay_id,
        "minutes": appointment.duration_minutes,
        "promised_at": "",
        "customer_note": "",
        "mechanic": "",
        "notes": "",
    }


def test_the_form_moves_promises_and_assigns(
    desk: Client, made: Appointment, rossi: Shop, bays: list[Bay]
) -> None:
    person = StaffUser.objects.create_user("ugo@rossi.example", role="mechanic", first_name="Ugo")
    wanted = {
        "day": "2027-05-05",
        "at": "14:30",
        "bay": bays[1].pk,
        "minutes": "90",
        "promised_at": "2027-05-05T17:00",
        "customer_note": "in attesa del ricambio",
        "mechanic": person.pk,
        "notes": "Portare la chiave",
    }
    answer = desk.post(f"{HOME}{made.pk}/", fields(made) | wanted)
    assert answer.status_code == 200, answer.content.decode()
    now = now_in(rossi, made)
    assert (now.scheduled_at, now.ends_at) == (
        factories_local(rossi, 5, 14, 30),
        factories_local(rossi, 5, 16),
    )
    assert (now.bay, now.mechanic, now.notes) == (bays[1], person, "Portare la chiave")
    assert (now.promised_at, now.customer_note) == (factories_local(rossi, 5, 17), "in attesa del ricambio")


@pytest.mark.parametrize(
    ("status", "sentence"),
    [
        (Appointment.Status.CONFIRMED, ""),
        (Appointment.Status.IN_PROGRESS, "Il lavoro è già cominciato"),
        (Appointment.Status.COMPLETED, "Il lavoro è finito"),
        (Appointment.Status.NO_SHOW, "non è più in programma"),
        (Appointment.Status.CANCELLED, "non è più in programma"),
    ],
    ids=str,
)
def test_the_form_says_why_it_cannot_be_moved(
    desk: Client, made: Appointment, status: str, sentence: str
) -> None:
    Appointment.objects.filter(pk=made.pk).update(status=status)
    page = desk.get(f"{HOME}{made.pk}/").content.decode()
    assert sentence in page
    assert ('class="bo-note"' in page) == bool(sentence)


def test_the_form_says_what_is_wrong(desk: Client, made: Appointment, rossi: Shop) -> None:
    for values, sentence in (
        ({"at": "13:00"}, "chiusa"),
        ({"day": "oggi"}, "data"),
        ({"minutes": "0"}, "1"),
        ({"day": "2028-03-26", "at": "02:30"}, "ora legale"),
    ):
        answer = desk.post(f"{HOME}{made.pk}/", fields(made) | values)
        assert answer.status_code == 422
        assert sentence in answer.content.decode()
    assert now_in(rossi, made).updated_at == made.updated_at


def test_buttons_follow_the_status(desk: Client, made: Appointment, rossi: Shop) -> None:
    page = desk.get(f"{HOME}{made.pk}/").content.decode()
    assert 'value="start"' in page
    assert 'value="mark_no_show"' not in page  # it is not due yet
    assert desk.post(f"{HOME}{made.pk}/", {"version": version(made), "verb": "start"}).status_code == 200
    now = now_in(rossi, made)
    assert now.status == Appointment.Status.IN_PROGRESS
    page = desk.get(f"{HOME}{made.pk}/").content.decode()
    assert 'value="complete"' in page
    assert 'value="cancel"' not in page
    refused = desk.post(f"{HOME}{made.pk}/", {"version": version(now), "verb": "cancel"})
    assert refused.status_code == 422
    assert "in lavorazione" in refused.content.decode()
    assert desk.post(f"{HOME}{made.pk}/", {"version": version(now), "verb": "delete"}).status_code == 422


def new(bays: list[Bay], service: Service, **values: Any) -> dict[str, Any]:
    return {
        "customer": "",
        "vehicle": "",
        "name": "",
        "phone": "",
        "plate": "",
        "service": service.pk,
        "day": "2027-05-04",
        "at": "09:00",
        "bay": bays[1].pk,
        "minutes": "",
        "notes": "",
    } | values


def test_booking_for_a_known_customer(desk: Client, bays: list[Bay], service: Service, rossi: Shop) -> None:
    customer = factories.customer(first_name="Mario", last_name="Neri", phone="+393331112223")
    car = factories.vehicle(customer, license_plate="GF123ZT")
    for text in ("neri mar", "333 111", "gf 123", "+39 333 1112223"):
        (found,) = desk.get(f"{HOME}clienti/", {"q": text}).json()["customers"]
        assert found["cars"] == [{"id": str(car.pk), "label": "GF123ZT Fiat Panda"}]
    assert desk.get(f"{HOME}clienti/", {"q": "n"}).json() == {"customers": []}
    answer = desk.post(NEW, new(bays, service, customer=customer.pk, vehicle=car.pk, leaves_car="on"))
    assert answer.status_code == 200, answer.content.decode()
    with in_shop(rossi):
        booked = Appointment.objects.get()
    assert (booked.customer_id, booked.vehicle_id, booked.bay_id) == (customer.pk, car.pk, bays[1].pk)
    assert (booked.source, booked.status, booked.duration_minutes) == ("manual", "confirmed", 60)
    assert booked.drop_off_at is not None
    again = desk.post(NEW, new(bays, service, customer=customer.pk, vehicle=car.pk))
    assert again.status_code == 422
    assert booked.code in again.content.decode()


def test_booking_for_somebody_new(desk: Client, bays: list[Bay], service: Service, rossi: Shop) -> None:
    answer = desk.post(
        NEW, new(bays, service, name="Anna Maria Blu", phone="333 555 1234", plate="gh 456 kl", minutes="30")
    )
    assert answer.status_code == 200, answer.content.decode()
    with in_shop(rossi):
        customer, car, booked = Customer.objects.get(), Vehicle.objects.get(), Appointment.objects.get()
    assert (customer.first_name, customer.last_name, customer.phone) == ("Anna Maria", "Blu", "+393335551234")
    assert (car.license_plate, car.customer_id) == ("GH456KL", customer.pk)
    assert booked.duration_minutes == 30


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({}, "Scegliere un cliente"),
        ({"name": "Blu", "phone": "niente"}, "numero di telefono non è valido"),
        ({"name": "Blu", "phone": "+39 333 1112223"}, "già un cliente con questo numero"),
        ({"name": "Blu", "plate": "AB100CD"}, "già di un altro cliente"),
        ({"name": "Blu", "plate": "!"}, "targa"),
        ({"name": "Blu", "at": "13:00"}, "chiusa"),
        ({"name": "Blu", "at": "11:15"}, "Liberi:"),
        ({"customer": str(uuid4())}, "non c&#x27;è più"),
        ({"customer": "x"}, "Scegliere un cliente"),
    ],
)
def test_a_booking_that_cannot_be_leaves_nothing_behind(
    desk: Client, bays: list[Bay], service: Service, rossi: Shop, values: dict[str, str], sentence: str
) -> None:
    owner = factories.customer(phone="+393331112223")
    factories.vehicle(owner, license_plate="AB100CD")
    factories.appointment(factories.local(2027, 5, 4, 11), service=service, bay=bays[1])
    with in_shop(rossi):
        before = Customer.objects.count(), Vehicle.objects.count(), Appointment.objects.count()
    answer = desk.post(NEW, new(bays, service, **values))
    assert answer.status_code == 422
    assert sentence in answer.content.decode()
    with in_shop(rossi):
        assert (Customer.objects.count(), Vehicle.objects.count(), Appointment.objects.count()) == before


def test_a_place_that_was_dragged_open_fills_the_form(
    desk: Client, bays: list[Bay], service: Service
) -> None:
    page = desk.get(
        NEW, {"start": "2027-05-04T11:00", "end": "2027-05-04T15:00", "bay": str(bays[1].pk)}
    ).content.decode()
    for text in ('value="2027-05-04"', 'value="11:00"', 'value="150"', f'value="{bays[1].pk}" selected'):
        assert text in page
    assert desk.get(NEW, {"start": "x", "end": "\x00", "bay": "x", "customer": "y"}).status_code == 200


def test_a_receptionist_books_and_a_mechanic_does_not(
    rossi_client: Client, log_in: LogIn, in_rossi: Shop, made: Appointment, bays: list[Bay], service: Service
) -> None:
    person = StaffUser.objects.create_user("rita@rossi.example", role="receptionist")
    worker = StaffUser.objects.create_user("ugo@rossi.example", role="mechanic")
    log_in(rossi_client, worker, in_rossi)
    for path in (NEW, f"{HOME}clienti/", f"{HOME}{made.pk}/"):
        assert rossi_client.get(path).status_code == 403
    assert move(rossi_client, made, "2027-05-05T09:00").status_code == 403
    log_in(rossi_client, person, in_rossi)
    assert move(rossi_client, made, "2027-05-05T09:00").status_code == 200
    assert rossi_client.post(NEW, new(bays, service, name="Blu", at="10:00")).status_code == 200


def test_a_bays_own_closure_holds_for_staff_too(
    desk: Client, made: Appointment, bays: list[Bay], rossi: Shop
) -> None:
    factories.closure(made.scheduled_at.date(), bay=bays[1], from_time=time(9), to_time=time(12))
    assert move(desk, made, "2027-05-04T09:00", bay=bays[1].pk).json()["reason"] == "taken"  # type: ignore[attr-defined]
    assert now_in(rossi, made).bay == bays[0]
