"""Moving: what changes with the time, and what is refused."""

from typing import Any

import pytest

from scheduling import booking, errors
from scheduling.models import Appointment, Service
from scheduling.models.appointments import Status
from scheduling.rules import Rules
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop
from tests.scheduling.helpers import book, wall


def move(workshop: Workshop, appointment: Appointment, *start: int, **values: Any) -> Appointment:
    return booking.reschedule(
        appointment=appointment, starts_at=local(*start), **{"now": workshop.now} | values
    )


def test_moving_keeps_the_bay_and_frees_the_old_time(workshop: Workshop) -> None:
    made = book(workshop).appointment
    moved = move(workshop, made, 2026, 11, 27, 14, 0)
    assert moved is made
    row = Appointment.objects.get()
    assert (wall(row.scheduled_at), wall(row.ends_at), row.bay_id) == (
        "11-27 14:00",
        "11-27 15:00",
        made.bay_id,
    )
    assert book(workshop, bay=made.bay).created


def test_moving_by_half_an_hour_does_not_clash_with_itself(workshop: Workshop) -> None:
    made = book(workshop, bay=workshop.bays[0]).appointment
    moved = move(workshop, made, 2026, 11, 26, 10, 0)
    assert (wall(moved.scheduled_at), moved.bay) == ("11-26 10:00", workshop.bays[0])


def test_moving_does_not_count_itself_against_caps(workshop: Workshop) -> None:
    Rules(most_morning=1).save(workshop.shop)
    made = book(workshop).appointment
    assert wall(move(workshop, made, 2026, 11, 26, 8, 0).scheduled_at) == "11-26 08:00"


def test_moving_to_where_it_is_does_nothing(workshop: Workshop) -> None:
    made = book(workshop).appointment
    booking.promise(
        appointment=made, promised_at=local(2026, 11, 26, 12), customer_note="pronta a mezzogiorno"
    )
    before = Appointment.objects.get().updated_at
    # Even inside of the notice.
    again = move(workshop, made, 2026, 11, 26, 9, 30, now=local(2026, 11, 26, 9, 0))
    assert again.promised_at is not None
    assert Appointment.objects.get().updated_at == before


def test_moving_takes_another_bay_when_its_own_is_taken(workshop: Workshop) -> None:
    made = book(workshop, bay=workshop.bays[0]).appointment
    book(workshop, local(2026, 11, 27, 9), bay=workshop.bays[0], customer=factories.customer())
    assert move(workshop, made, 2026, 11, 27, 9, 0).bay_id == workshop.bays[1].pk


def test_moving_to_a_taken_time_changes_nothing(workshop: Workshop) -> None:
    made = book(workshop).appointment
    for _ in workshop.bays:
        book(workshop, local(2026, 11, 27, 9), customer=factories.customer())
    with pytest.raises(errors.SlotTaken) as refused:
        move(workshop, made, 2026, 11, 27, 9, 0)
    assert wall(refused.value.alternatives[0].starts_at) == "11-27 08:00"
    row = Appointment.objects.get(pk=made.pk)
    assert wall(row.scheduled_at) == "11-26 09:30"
    assert wall(made.scheduled_at) == "11-26 09:30"


@pytest.mark.parametrize(
    ("start", "error"),
    [
        ((2026, 11, 26, 13, 0), errors.Closed),
        ((2026, 11, 26, 9, 10), errors.OffGrid),
        ((2026, 11, 23, 8, 0), errors.TooSoon),
        ((2026, 11, 20, 8, 0), errors.InPast),
    ],
)
def test_what_cannot_be_moved_to(
    workshop: Workshop, start: tuple[int, ...], error: type[errors.NotBookable]
) -> None:
    made = book(workshop).appointment
    with pytest.raises(error) as refused:
        move(workshop, made, *start)
    assert refused.value.alternatives
    assert wall(Appointment.objects.get().scheduled_at) == "11-26 09:30"


def test_moving_sets_the_drop_off_anew_and_withdraws_the_promise(workshop: Workshop) -> None:
    made = book(workshop, local(2026, 11, 26, 14), leaves_car=True).appointment
    booking.promise(appointment=made, promised_at=local(2026, 11, 26, 18), customer_note="")
    moved = move(workshop, made, 2026, 11, 27, 15, 0)
    assert moved.drop_off_at == local(2026, 11, 27, 8, 30)
    assert moved.promised_at is None


def test_moving_asks_the_shop_again(workshop: Workshop) -> None:
    workshop.service.confirmed_by = Service.ConfirmedBy.SHOP
    workshop.service.save()
    made = book(workshop).appointment
    booking.confirm(appointment=made)
    assert move(workshop, made, 2026, 11, 27, 9, 0, by_staff=True).status == Status.CONFIRMED
    assert move(workshop, made, 2026, 11, 27, 10, 0).status == Status.PENDING


def test_staff_chooses_bay_and_length(workshop: Workshop) -> None:
    made = book(workshop, bay=workshop.bays[0]).appointment
    moved = move(workshop, made, 2026, 11, 26, 9, 30, bay=workshop.bays[1], minutes=90, by_staff=True)
    assert (moved.bay, wall(moved.ends_at), moved.duration_minutes) == (workshop.bays[1], "11-26 11:00", 90)


def test_an_appointment_of_a_service_switched_off_can_still_move(workshop: Workshop) -> None:
    made = book(workshop).appointment
    Service.objects.update(is_active=False)
    made.refresh_from_db()
    assert wall(move(workshop, made, 2026, 11, 27, 9, 0).scheduled_at) == "11-27 09:00"


def test_a_deleted_appointment_is_gone(workshop: Workshop) -> None:
    made = book(workshop).appointment
    Appointment.objects.filter(pk=made.pk).delete()
    with pytest.raises(errors.Gone):
        move(workshop, made, 2026, 11, 27, 9, 0)
    with pytest.raises(errors.Gone):
        booking.cancel(appointment=made)


def test_another_bay_or_length_keeps_when_the_car_is_brought(workshop: Workshop) -> None:
    """The evening before was agreed on with the customer: only another start is another drop-off."""
    evening = local(2026, 11, 25, 18)
    made = book(workshop, bay=workshop.bays[0], drop_off_at=evening).appointment
    booking.promise(appointment=made, promised_at=local(2026, 11, 26, 18), customer_note="")
    moved = booking.reschedule(
        appointment=made, starts_at=made.scheduled_at, bay=workshop.bays[1], by_staff=True, now=workshop.now
    )
    assert (moved.bay, moved.drop_off_at, moved.promised_at) == (
        workshop.bays[1],
        evening,
        local(2026, 11, 26, 18),
    )
    longer = booking.reschedule(
        appointment=made, starts_at=made.scheduled_at, minutes=120, by_staff=True, now=workshop.now
    )
    assert (longer.drop_off_at, longer.promised_at) == (evening, None)
