"""A cancelled appointment's place: the shop's people hear who waits for it, once, whoever cancelled."""

from collections.abc import Callable, Iterator
from datetime import date

import pytest
import time_machine
from django.test import Client
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks as OnCommit

from receptionist import freed
from receptionist.content import Content
from receptionist.models import Conversation, OutboundMessage
from scheduling import booking
from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.conftest import NOW, THURSDAY, at, use

DAY = date(2026, 11, 26)


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    """The Tuesday before, at ten."""
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def booked(mario: Customer, panda: Vehicle, eager_tasks: None) -> Appointment:
    """Mario's appointment on Thursday morning."""
    service = Service.objects.get(name="Tagliando")
    return factories.appointment(
        at(THURSDAY), customer=mario, vehicle=panda, service=service, source="ai_whatsapp"
    )


@pytest.fixture
def anna(booked: Appointment) -> WaitingList:
    """Somebody who waits for such a place."""
    who = factories.customer(first_name="Anna", last_name="Neri", phone="+393339998877")
    return factories.waiting(who, booked.service, DAY, DAY, part_of_day="morning")


def notices() -> list[Content]:
    return [Content.from_json(row.content) for row in OutboundMessage.objects.filter(purpose="notice")]


def test_who_waits_is_told_to_the_shop(
    booked: Appointment, anna: WaitingList, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        booking.cancel(appointment=booked)
        booking.cancel(appointment=booked)
    [notice] = notices()
    assert notice.text.splitlines() == [
        "Si è liberato un posto: giovedì 26 novembre, 09:30, Tagliando.",
        "In lista d'attesa:",
        "– Anna Neri, +393339998877: Tagliando",
    ]
    assert notice.link.endswith("/admin/scheduling/waitinglist/")


def test_all_who_wait_are_in_one_notice(booked: Appointment, anna: WaitingList) -> None:
    other = factories.customer(first_name="Ugo", last_name="Verdi")
    factories.waiting(other, booked.service, DAY, DAY)
    factories.waiting(other, booked.service, date(2026, 11, 27), date(2026, 11, 27))
    Appointment.objects.update(status="cancelled")
    for _again in range(2):
        freed.tell(appointment_id=booked.pk)
    [notice] = notices()
    assert [line.partition(",")[0] for line in notice.text.splitlines()[2:]] == ["– Anna Neri", "– Ugo Verdi"]


def test_by_the_assistant(
    call: Conversation, booked: Appointment, anna: WaitingList, django_capture_on_commit_callbacks: OnCommit
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert use(call, "cancel_appointment", appointment=booked.code, license_plate="GA123BC").ok
    assert len(notices()) == 1


def test_by_the_shop(
    booked: Appointment,
    anna: WaitingList,
    rossi_client: Client,
    manager: StaffUser,
    in_rossi: Shop,
    log_in: Callable[[Client, StaffUser, Shop], Client],
    django_capture_on_commit_callbacks: OnCommit,
) -> None:
    log_in(rossi_client, manager, in_rossi)
    with django_capture_on_commit_callbacks(execute=True):
        rossi_client.post(
            "/admin/scheduling/appointment/", {"action": "cancel", "_selected_action": [str(booked.pk)]}
        )
    with in_shop(in_rossi):
        booked.refresh_from_db()
        assert booked.status == "cancelled"
        assert len(notices()) == 1


def test_what_is_undone_tells_nobody(booked: Appointment, anna: WaitingList) -> None:
    assert freed.tell(appointment_id=booked.pk) is None
    assert notices() == []


def test_a_place_of_the_past_is_free_for_nobody(booked: Appointment, anna: WaitingList) -> None:
    Appointment.objects.update(status="cancelled")
    with time_machine.travel(at("2026-11-26T09:31")):
        assert freed.tell(appointment_id=booked.pk) is None
    assert notices() == []


def test_nobody_waits(booked: Appointment) -> None:
    Appointment.objects.update(status="cancelled")
    assert freed.tell(appointment_id=booked.pk) is None
    assert notices() == []
