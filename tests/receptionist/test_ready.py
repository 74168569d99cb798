"""«La macchina è pronta»: once for each time it gets ready, with when it can be collected, not at night."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from receptionist import optout
from receptionist.followups import ready
from receptionist.models import FollowUp, FollowUpSetting, OutboundMessage
from scheduling import booking, catalogue
from scheduling.models import Appointment, Service
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import begun, meta_takes_all, with_whatsapp
from tests.receptionist.conftest import at, at_once

ANNA = "+393331000001"
WORK = "2026-11-24T09:00"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    """A Tuesday at eleven; the shop is open until half past six."""
    with time_machine.travel(at("2026-11-24T11:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(transactional_db: None, clock: time_machine.Traveller, eager_tasks: None) -> Iterator[Shop]:
    rossi = with_whatsapp()
    with meta_takes_all(), in_shop(rossi):
        factories.hours()
        yield rossi


@pytest.fixture
def row(shop: Shop) -> Appointment:
    who = factories.customer(first_name="Anna", last_name="Neri", phone=ANNA)
    service = Service.objects.get(name="Tagliando")
    return factories.appointment(at(WORK), customer=who, service=service, status="in_progress")


def test_it_is_said_with_until_when(row: Appointment) -> None:
    Appointment.objects.update(customer_note="due gomme da cambiare presto")
    row.refresh_from_db()
    booking.complete(appointment=row)
    [told] = begun(ANNA)
    assert "la sua auto è pronta" in told.text
    assert "oggi fino alle 18:30" in told.text
    assert "due gomme da cambiare presto" in told.text
    assert told.template is not None
    assert told.template.name == "aros_auto_pronta_ritiro"
    assert told.template.parameters[0] == "Officina Rossi"
    assert "AB" in told.template.parameters[1]
    assert told.template.parameters[2] == "oggi fino alle 18:30"


def test_opened_again_and_done_again_at_once_says_nothing_new(
    row: Appointment, clock: time_machine.Traveller
) -> None:
    booking.complete(appointment=row)
    booking.complete(appointment=row)
    clock.shift(timedelta(minutes=10))
    booking.reopen(appointment=row)
    booking.complete(appointment=row)
    assert len(begun(ANNA)) == 1
    clock.shift(timedelta(hours=3))
    booking.reopen(appointment=row)
    booking.complete(appointment=row)
    assert len(begun(ANNA)) == 2


def test_a_task_that_runs_twice_and_at_once(row: Appointment, shop: Shop) -> None:
    Appointment.objects.update(status="completed")
    at_once(shop, lambda _number: ready.tell(appointment_id=row.pk), 4)
    assert len(begun(ANNA)) == 1


def test_at_night_it_waits_for_the_morning(row: Appointment, clock: time_machine.Traveller) -> None:
    clock.move_to(at("2026-11-24T21:00"))
    booking.complete(appointment=row)
    [message] = OutboundMessage.objects.filter(recipient=ANNA)
    assert at("2026-11-25T08:30") <= message.next_attempt_at <= at("2026-11-25T08:40")
    assert message.status == "queued"
    assert "oggi fino alle 18:30" in begun(ANNA)[0].text  # on the day on which it is read


@pytest.mark.parametrize(
    ("now", "words"),
    [
        ("2026-11-24T13:00", "oggi dalle 14:00 alle 18:30"),
        ("2026-11-24T18:45", "domani dalle 08:00 alle 18:30"),
        ("2026-11-28T11:00", "oggi fino alle 12:00"),
        ("2026-11-28T12:30", "lunedì 30 novembre dalle 08:00 alle 18:30"),
        ("2027-03-27T12:30", "martedì 30 marzo dalle 08:00 alle 18:30"),  # Easter, and the clocks go forward
        (
            "2027-10-30T12:30",
            "martedì 2 novembre dalle 08:00 alle 18:30",
        ),  # All Saints, and the clocks go back
    ],
)
def test_when_it_can_be_collected(shop: Shop, now: str, words: str) -> None:
    assert ready.collection(catalogue.load(shop).calendar, at(now)) == words


def test_a_shop_without_hours_says_so_in_general(shop: Shop) -> None:
    factories.hours([])
    assert ready.collection(catalogue.load(shop).calendar, at(WORK)) == "negli orari di apertura"


@pytest.mark.parametrize("why", ["collected", "stop", "off", "no number", "long ago"])
def test_who_is_not_told(row: Appointment, why: str) -> None:
    values: dict[str, Any] = {"status": "completed"}
    if why == "collected":
        values["collected_at"] = at(WORK)
    if why == "stop":
        optout.record(customer=row.customer, channel="whatsapp", contact=ANNA)
    if why == "off":
        FollowUpSetting.objects.create(kind="ready", enabled=False)
    if why == "no number":
        row.customer.phone = None
        row.customer.save()
    if why == "long ago":
        values |= {"scheduled_at": at("2026-10-01T09:00"), "ends_at": at("2026-10-01T10:00")}
    Appointment.objects.update(**values)
    ready.tell(appointment_id=row.pk)
    assert begun() == []
    reasons = list(FollowUp.objects.values_list("reason", flat=True))
    assert reasons == {"stop": ["stopped"], "off": ["off"], "no number": ["no_number"]}.get(why, [])
