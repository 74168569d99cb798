"""The form of an appointment: it goes through the verbs, and says what they refuse."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from scheduling.models import (
    Appointment,
    Bay,
    Customer,
    Service,
)
from scheduling.models.appointments import Source, Status
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.scheduling.desk import Desk, Login, errors, existing, form_data, next_opening, url, worker


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
        assert fields == writable | {"version"}


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


def test_a_mechanic_has_the_board_and_not_this(rossi: Shop, rossi_client: Client, log_in: Login) -> None:
    with in_shop(rossi):
        row = existing()
    worker(rossi, "mechanic", rossi_client, log_in)
    page = url(Appointment, "change", row.pk)
    assert rossi_client.get(page).status_code == 403
    assert rossi_client.post(page, {"scheduling_appointment_start": "1"}).status_code == 403
    with in_shop(rossi):
        row.refresh_from_db()
    assert row.status == Status.CONFIRMED
