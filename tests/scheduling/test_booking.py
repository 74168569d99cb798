"""Booking and moving: what is written, what is refused and what is offered instead."""

from datetime import UTC, date, datetime, time
from typing import Any
from uuid import uuid4

import pytest

from scheduling import booking, codes, errors
from scheduling.availability import Slot
from scheduling.models import Appointment, Service
from scheduling.models.appointments import Source, Status
from scheduling.placing import Look, Placing
from scheduling.rules import Rules
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop
from tests.scheduling.helpers import book, wall


def test_a_booking_is_written_as_it_was_wished(workshop: Workshop) -> None:
    conversation = uuid4()
    made = book(
        workshop, notes=" rumore davanti\x00 ", conversation_id=conversation, contact_phone="333 1234567"
    )
    assert made.created
    row = Appointment.objects.get()
    assert row == made.appointment
    assert (row.customer, row.vehicle, row.service) == (workshop.customer, workshop.vehicle, workshop.service)
    assert row.scheduled_at == datetime(2026, 11, 26, 8, 30, tzinfo=UTC)
    assert row.ends_at == datetime(2026, 11, 26, 9, 30, tzinfo=UTC)
    assert row.bay in workshop.bays
    assert (row.status, row.source, row.duration_minutes) == (Status.CONFIRMED, Source.AI_VOICE, 60)
    assert (row.notes, row.conversation_id, row.contact_phone) == (
        "rumore davanti",
        conversation,
        "+393331234567",
    )
    assert row.drop_off_at is None
    assert len(row.code) == codes.LENGTH


def test_the_same_wish_books_once(workshop: Workshop) -> None:
    first = book(workshop)
    again = book(workshop, notes="di nuovo", conversation_id=uuid4())
    assert (again.created, again.appointment) == (False, first.appointment)
    assert Appointment.objects.count() == 1


def test_the_same_wish_is_known_when_it_could_no_longer_be_booked(workshop: Workshop) -> None:
    first = book(workshop)
    late = book(workshop, now=local(2026, 11, 26, 9))  # inside of the notice by now
    assert (late.created, late.appointment) == (False, first.appointment)


def test_a_wish_that_learns_the_car_books_once(workshop: Workshop) -> None:
    first = book(workshop, vehicle=None)
    again = book(workshop)
    assert (again.created, again.appointment) == (False, first.appointment)
    assert Appointment.objects.get().vehicle == workshop.vehicle


def test_two_cars_are_two_appointments(workshop: Workshop) -> None:
    first = book(workshop)
    second = book(workshop, vehicle=factories.vehicle(workshop.customer))
    assert second.created
    assert {first.appointment.bay_id, second.appointment.bay_id} == {bay.pk for bay in workshop.bays}


@pytest.mark.parametrize("other", ["customer", "service", "start"])
def test_another_wish_is_another_appointment(workshop: Workshop, other: str) -> None:
    book(workshop)
    changed: dict[str, dict[str, Any]] = {
        "customer": {"customer": factories.customer()},
        "service": {"service": factories.service()},
        "start": {"starts_at": local(2026, 11, 26, 11)},
    }
    assert book(workshop, **changed[other]).created


def test_what_was_cancelled_can_be_booked_again(workshop: Workshop) -> None:
    first = book(workshop)
    booking.cancel(appointment=first.appointment)
    again = book(workshop)
    assert again.created
    assert again.appointment.code != first.appointment.code


def test_the_shop_confirms_some_services_itself(workshop: Workshop) -> None:
    workshop.service.confirmed_by = Service.ConfirmedBy.SHOP
    workshop.service.save()
    assert book(workshop).appointment.status == Status.PENDING
    assert book(workshop, local(2026, 11, 26, 11), by_staff=True).appointment.status == Status.CONFIRMED


# start, rules, error, whether something else is offered
@pytest.mark.parametrize(
    ("start", "error", "offers"),
    [
        ((2026, 11, 22, 9, 0), errors.InPast, True),
        ((2026, 11, 23, 8, 30), errors.TooSoon, True),
        ((2027, 6, 1, 9, 0), errors.BeyondHorizon, True),
        ((2026, 11, 26, 13, 0), errors.Closed, True),
        ((2026, 11, 29, 9, 0), errors.Closed, True),
        ((2026, 11, 26, 9, 10), errors.OffGrid, True),
        ((2026, 11, 26, 12, 0), errors.DoesNotFit, True),
    ],
)
def test_what_cannot_be_booked(
    workshop: Workshop, start: tuple[int, ...], error: type[errors.NotBookable], offers: bool
) -> None:
    with pytest.raises(error) as refused:
        book(workshop, local(*start))
    assert not Appointment.objects.exists()
    assert bool(refused.value.alternatives) is offers
    assert refused.value.code == error.code
    assert refused.value.message
    for slot in refused.value.alternatives:
        assert book(workshop, slot.starts_at, vehicle=None).created


def test_off_the_grid_offers_before_and_after(workshop: Workshop) -> None:
    with pytest.raises(errors.OffGrid) as refused:
        book(workshop, local(2026, 11, 26, 9, 10))
    assert [wall(slot.starts_at) for slot in refused.value.alternatives] == [
        "11-26 09:00",
        "11-26 09:30",
        "11-26 08:30",
    ]


def test_a_two_hour_job_at_a_quarter_past_twelve(workshop: Workshop) -> None:
    Rules(grid_minutes=15).save(workshop.shop)
    job = factories.service("Freni", duration_minutes=120)
    with pytest.raises(errors.DoesNotFit) as refused:
        book(workshop, local(2026, 11, 26, 12, 15), service=job)
    assert wall(refused.value.alternatives[0].starts_at) in ("11-26 10:30", "11-26 14:00")


def test_a_holiday_says_its_name(workshop: Workshop) -> None:
    with pytest.raises(errors.Closed) as refused:
        book(workshop, local(2026, 12, 8, 9))
    assert refused.value.closed is not None
    assert "Immacolata" in refused.value.message


def test_a_taken_slot_offers_the_nearest(workshop: Workshop) -> None:
    for _ in workshop.bays:
        book(workshop, customer=factories.customer(), vehicle=None)
    with pytest.raises(errors.SlotTaken) as refused:
        book(workshop)
    assert [wall(slot.starts_at) for slot in refused.value.alternatives] == [
        "11-26 08:30",
        "11-26 10:30",
        "11-26 08:00",
    ]
    assert refused.value.reason == "taken"


def test_a_full_half_day_is_like_a_taken_slot(workshop: Workshop) -> None:
    Rules(most_morning=1).save(workshop.shop)
    book(workshop, local(2026, 11, 26, 8), customer=factories.customer())
    with pytest.raises(errors.SlotTaken) as refused:
        book(workshop, local(2026, 11, 26, 11))
    assert wall(refused.value.alternatives[0].starts_at) == "11-26 14:00"


def test_the_buffer_is_kept_between_bookings(workshop: Workshop) -> None:
    Rules(buffer_minutes=15, grid_minutes=15).save(workshop.shop)
    bay = workshop.bays[0]
    book(workshop, local(2026, 11, 26, 9), bay=bay)
    with pytest.raises(errors.SlotTaken):
        book(workshop, local(2026, 11, 26, 10), bay=bay)
    assert book(workshop, local(2026, 11, 26, 10, 15), bay=bay).created


def test_a_service_switched_off_is_refused(workshop: Workshop) -> None:
    workshop.service.is_active = False
    workshop.service.save()
    with pytest.raises(errors.ServiceInactive):
        book(workshop)


def test_a_service_without_a_bay_is_refused(workshop: Workshop) -> None:
    workshop.service.bays.clear()
    with pytest.raises(errors.NoBay):
        book(workshop)


def test_a_naive_start_is_an_error_of_the_programmer(workshop: Workshop) -> None:
    with pytest.raises(ValueError, match="time zone"):
        book(workshop, datetime.fromisoformat("2026-11-26T09:30"))
    with pytest.raises(ValueError, match="MANUALE"):
        book(workshop, source="MANUALE")


def test_work_of_two_days_holds_the_bay(workshop: Workshop) -> None:
    job = factories.service("Verniciatura", duration_minutes=2 * 540)
    made = book(workshop, local(2026, 11, 26, 8), service=job).appointment
    assert wall(made.ends_at) == "11-27 18:30"
    assert book(workshop, local(2026, 11, 27, 8)).appointment.bay_id != made.bay_id


def test_clock_change_days(workshop: Workshop) -> None:
    """A shop that opens on the Sunday of the change opens at 8 by its own clock."""
    factories.hours([(6, time(8), time(12))])
    Rules(works_on_holidays=["pasqua"]).save(workshop.shop)
    spring = book(workshop, local(2027, 3, 28, 8), now=local(2027, 3, 20)).appointment
    assert spring.scheduled_at == datetime(2027, 3, 28, 6, 0, tzinfo=UTC)
    autumn = book(workshop, local(2027, 10, 31, 8), now=local(2027, 10, 20)).appointment
    assert autumn.scheduled_at == datetime(2027, 10, 31, 7, 0, tzinfo=UTC)


# start, wished drop-off, what is written ("" is refused)
@pytest.mark.parametrize(
    ("start", "wished", "written"),
    [
        ((2026, 11, 26, 14, 0), None, "11-26 08:30"),  # the shop's time
        ((2026, 11, 26, 8, 0), None, "11-26 08:00"),  # work begins before it: at the start
        ((2026, 11, 23, 9, 0), None, "11-23 08:30"),
        ((2026, 11, 26, 14, 0), (2026, 11, 26, 9, 0), "11-26 09:00"),
        ((2026, 11, 26, 14, 0), (2026, 11, 26, 12, 30), "11-26 12:30"),  # the last minute of the morning
        ((2026, 11, 26, 8, 0), (2026, 11, 25, 18, 0), "11-25 18:00"),  # the evening before
        ((2026, 11, 26, 14, 0), (2026, 11, 26, 13, 0), ""),  # closed
        ((2026, 11, 26, 14, 0), (2026, 11, 26, 14, 30), ""),  # after the start
        ((2026, 11, 26, 14, 0), (2026, 11, 22, 9, 0), ""),  # past
        ((2026, 11, 26, 14, 0), (2026, 11, 26, 7, 0), ""),
    ],
)
def test_drop_off(
    workshop: Workshop, start: tuple[int, ...], wished: tuple[int, ...] | None, written: str
) -> None:
    values: dict[str, Any] = {"drop_off_at": local(*wished)} if wished else {"leaves_car": True}
    if not written:
        with pytest.raises(errors.BadDropOff):
            book(workshop, local(*start), **values)
        return
    made = book(workshop, local(*start), **values).appointment
    assert made.drop_off_at is not None
    assert wall(made.drop_off_at) == written


def test_drop_off_time_follows_the_shop(workshop: Workshop) -> None:
    Rules(drop_off_time=time(10, 0)).save(workshop.shop)
    made = book(workshop, local(2026, 11, 26, 14), leaves_car=True).appointment
    assert made.drop_off_at == local(2026, 11, 26, 10)
    Rules(drop_off_time=None).save(workshop.shop)
    made = book(workshop, local(2026, 11, 26, 15), leaves_car=True).appointment
    assert made.drop_off_at == local(2026, 11, 26, 15)


def test_staff_books_what_customers_cannot(workshop: Workshop) -> None:
    Rules(notice_minutes=600, most_morning=1, buffer_minutes=60).save(workshop.shop)
    bay = workshop.bays[1]
    walk_in = book(
        workshop, local(2026, 11, 23, 8, 7), by_staff=True, bay=bay, minutes=23, source=Source.MANUAL
    )
    assert (walk_in.appointment.bay, wall(walk_in.appointment.ends_at)) == (bay, "11-23 08:30")
    assert book(workshop, local(2026, 11, 23, 8, 30), by_staff=True, bay=bay).created
    with pytest.raises(errors.SlotTaken):
        book(workshop, local(2026, 11, 23, 9), by_staff=True, bay=bay)
    with pytest.raises(errors.Closed):
        book(workshop, local(2026, 11, 23, 20), by_staff=True)


def test_a_code_that_exists_is_drawn_again(workshop: Workshop, monkeypatch: pytest.MonkeyPatch) -> None:
    first = book(workshop).appointment
    drawn = iter([first.code, "ZZZZ9"])
    monkeypatch.setattr(codes, "new_code", lambda: next(drawn))
    monkeypatch.setattr(Appointment._meta.get_field("code"), "_get_default", lambda: first.code)
    second = book(workshop, local(2026, 11, 26, 11)).appointment
    assert second.code == "ZZZZ9"


def test_a_clash_that_only_the_database_sees_is_a_taken_slot(
    workshop: Workshop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something wrote without the verbs between the look and the insert: SQLSTATE 23P01."""
    seen_free = Slot(local(2026, 11, 26, 9, 30), local(2026, 11, 26, 10, 30), workshop.bays[0].pk)
    monkeypatch.setattr(
        Placing,
        "lock_and_look",
        lambda *_args, **_named: Look(None, None, seen_free, workshop.customer.pk, False),
    )
    factories.appointment(local(2026, 11, 26, 10), service=workshop.service, bay=workshop.bays[0])
    with pytest.raises(errors.SlotTaken) as refused:
        book(workshop)
    assert refused.value.alternatives
    assert Appointment.objects.count() == 1  # the transaction goes on


def test_offers_and_booking_agree(workshop: Workshop) -> None:
    """Whatever is offered can be booked, until the day is full; then nothing is offered."""
    day = date(2026, 11, 28)
    booked = 0
    while offers := booking.free_slots(
        service=workshop.service, date_from=day, date_to=day, now=workshop.now
    ).slots:
        assert book(workshop, offers[0].starts_at, vehicle=None, customer=factories.customer()).created
        booked += 1
    assert booked == 2 * 4
