"""Between the offer of a freed place and its answer the world goes on: closures, bays, other bookings, STOP, erasure."""

# ruff: noqa: F811 - fixtures

from collections.abc import Callable
from datetime import time, timedelta

import pytest
import time_machine

from receptionist import sweeping
from receptionist.followups import offers
from receptionist.models import SlotOffer
from receptionist.rights import erase
from scheduling import booking
from scheduling.models import Appointment, Bay, Customer, Service, WaitingList
from tests import factories
from tests.receptionist.conftest import at
from tests.receptionist.test_offers import (  # noqa: F401 - fixtures
    ANNA,
    DAY,
    PLACE,
    UGO,
    asked,
    booked,
    chat,
    clock,
    hold_of,
    no_of,
    service,
    shop,
    status_of,
    waits,
    yes_of,
)


def close_the_day(hold: Appointment) -> None:
    factories.closure(DAY)


def close_the_morning(hold: Appointment) -> None:
    factories.closure(DAY, from_time=time(8), to_time=time(13))


def close_the_bay(hold: Appointment) -> None:
    factories.closure(DAY, bay=hold.bay)


def put_the_bay_away(hold: Appointment) -> None:
    Bay.objects.filter(pk=hold.bay_id).update(is_active=False)


@pytest.mark.parametrize("what", [close_the_day, close_the_morning, close_the_bay, put_the_bay_away])
def test_a_yes_to_what_is_closed_by_now_books_nothing(
    booked: Appointment, service: Service, what: Callable[[Appointment], None]
) -> None:
    anna = waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    hold = hold_of(ANNA)
    what(hold)

    said = chat(ANNA).tap_id(yes_of(ANNA))

    assert "il posto è suo" not in said
    hold.refresh_from_db()
    assert hold.status == "cancelled"
    assert SlotOffer.objects.get().status == "withdrawn"
    assert status_of(anna) == "waiting"
    offers.sweep()
    assert len(asked(ANNA)) == 1


def test_a_bay_that_is_closed_in_the_afternoon_is_there_in_the_morning(
    booked: Appointment, service: Service
) -> None:
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    factories.closure(DAY, bay=hold_of(ANNA).bay, from_time=time(14), to_time=time(18))

    assert "il posto è suo" in chat(ANNA).tap_id(yes_of(ANNA))
    assert hold_of(ANNA).status == "confirmed"


@pytest.mark.parametrize(
    ("elsewhere", "is_asked"),
    [("2026-11-25T09:30", False), ("2026-11-27T09:30", True)],
    ids=["earlier", "later"],
)
def test_who_booked_the_same_work_meanwhile_is_only_asked_about_something_earlier(
    booked: Appointment, service: Service, elsewhere: str, is_asked: bool
) -> None:
    waits(service, "Anna", ANNA)
    waits(service, "Ugo", UGO)
    anna = Customer.objects.get(phone=ANNA)
    booking.book(customer=anna, vehicle=None, service=service, starts_at=at(elsewhere), source="ai_whatsapp")
    booking.cancel(appointment=booked)

    assert (len(asked(ANNA)), len(asked(UGO))) == ((1, 0) if is_asked else (0, 1))


def test_who_waits_with_another_car_is_asked(booked: Appointment, service: Service) -> None:
    row = waits(service, "Anna", ANNA)
    anna = Customer.objects.get(phone=ANNA)
    first, second = factories.vehicle(anna), factories.vehicle(anna)
    WaitingList.objects.filter(pk=row.pk).update(vehicle=first)
    booking.book(
        customer=anna,
        vehicle=second,
        service=service,
        starts_at=at("2026-11-25T09:30"),
        source="ai_whatsapp",
    )
    booking.cancel(appointment=booked)

    assert len(asked(ANNA)) == 1
    assert hold_of(ANNA).vehicle == first


def test_two_places_at_once_go_to_two_people(booked: Appointment, service: Service) -> None:
    other = factories.appointment(at("2026-11-26T11:00"), service=service, source="ai_whatsapp")
    waits(service, "Anna", ANNA)
    waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    booking.cancel(appointment=other)

    assert (len(asked(ANNA)), len(asked(UGO))) == (1, 1)
    assert hold_of(ANNA).scheduled_at != hold_of(UGO).scheduled_at


def test_who_took_one_of_two_places_is_not_asked_about_the_other(
    booked: Appointment, service: Service
) -> None:
    other = factories.appointment(at("2026-11-26T11:00"), service=service, source="ai_whatsapp")
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    chat(ANNA).tap_id(yes_of(ANNA))
    booking.cancel(appointment=other)

    assert len(asked(ANNA)) == 1


def test_yes_twice_and_yes_after_no_and_no_after_yes(booked: Appointment, service: Service) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    mine, yes = chat(ANNA), yes_of(ANNA)
    mine.tap_id(no_of(ANNA))
    mine.tap_id(yes)
    assert (status_of(anna), hold_of(UGO).status) == ("waiting", "pending")
    theirs = chat(UGO)
    for each in (yes_of(UGO), yes_of(UGO), no_of(UGO)):
        assert "il posto è suo" in theirs.tap_id(each)
    assert (status_of(ugo), hold_of(UGO).status) == ("booked", "confirmed")
    live = Appointment.objects.filter(scheduled_at=at(PLACE)).exclude(status="cancelled")
    assert [row.customer.phone for row in live] == [UGO]


def test_who_is_erased_holds_nothing(booked: Appointment, service: Service) -> None:
    waits(service, "Anna", ANNA)
    waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    yes = yes_of(ANNA)
    erase.erase(customer=Customer.objects.get(phone=ANNA), cancel_coming=True)

    offers.sweep()
    assert len(asked(UGO)) == 1
    chat(ANNA).tap_id(yes)
    assert SlotOffer.objects.get(waiting__customer__phone=UGO).status == "held"


def test_stop_in_the_night_lets_the_place_go_to_the_next(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    """The question waits for the morning; before it goes out they want no more messages."""
    waits(service, "Anna", ANNA)
    waits(service, "Ugo", UGO)
    clock.move_to(at("2026-11-24T21:00"))
    booking.cancel(appointment=booked)
    chat(ANNA).say("STOP")

    for minutes in range(0, 60, 5):
        clock.move_to(at("2026-11-25T08:30") + timedelta(minutes=minutes))
        sweeping.sweep_shop()
        offers.sweep()

    assert SlotOffer.objects.filter(waiting__customer__phone=UGO).exists()
