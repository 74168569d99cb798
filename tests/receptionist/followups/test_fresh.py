"""What waited goes out as things are then: to the corrected number, with the corrected name, or not at all."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist import consenting
from receptionist.content import Content
from receptionist.followups import due_dates, ready, rounds
from receptionist.followups.reasons import Reason, state
from receptionist.models import (
    FollowUp,
    FollowUpKind,
    OutboundMessage,
    OutboundStatus,
    Purpose,
)
from scheduling import booking
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import meta_takes_all
from tests.receptionist.followups.conftest import agree, rome, turn
from tests.receptionist.followups.test_day_before import booked
from whatsapp import claims, sending

OLD, NEW = "+393331110001", "+393331110002"
NIGHT, MORNING = rome(2026, 11, 24, 22), rome(2026, 11, 25, 9)


@pytest.fixture
def clock(writing: Shop) -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NIGHT, tick=False) as traveller, meta_takes_all():
        yield traveller


def one() -> OutboundMessage:
    return OutboundMessage.objects.get(purpose__in=[Purpose.REMINDER, Purpose.PROMOTION])


def send(row: OutboundMessage) -> OutboundMessage:
    """As the workers do: once more where it was readdressed."""
    for _time in range(2):
        sending.send(message_id=row.pk)
        row.refresh_from_db()
    return row


def ready_at_night() -> Appointment:
    who = factories.customer(first_name="Ana", last_name="Rosi", phone=OLD)
    row = factories.appointment(rome(2026, 11, 24, 9), customer=who, status="completed")
    ready.tell(appointment_id=row.pk)
    return row


def test_a_correction_at_night_reaches_the_message_of_the_morning(clock: time_machine.Traveller) -> None:
    row = ready_at_night()
    assert one().recipient == OLD
    Customer.objects.filter(pk=row.customer_id).update(first_name="Anna", last_name="Rossi", phone=NEW)
    clock.move_to(MORNING)

    message = send(one())

    assert (message.status, message.recipient) == ("sent", NEW)
    text = Content.from_json(message.content).text
    assert "Anna Rossi" in text
    assert "Ana Rosi" not in text


def test_a_number_that_was_taken_away_is_written_to_no_more(clock: time_machine.Traveller) -> None:
    row = ready_at_night()
    Customer.objects.filter(pk=row.customer_id).update(phone=None)
    clock.move_to(MORNING)

    message = send(one())

    assert message.status == "failed"
    decided = FollowUp.objects.get()
    assert (decided.outcome, decided.reason) == ("skipped", Reason.STALE)


def test_stop_under_the_new_number_counts(clock: time_machine.Traveller) -> None:
    row = ready_at_night()
    other = factories.customer(phone="+393331110009")
    ChannelIdentity.objects.create(
        customer=other, channel="whatsapp", external_id=NEW, opted_out_at=timezone.now()
    )
    Customer.objects.filter(pk=row.customer_id).update(phone=NEW)
    clock.move_to(MORNING)

    assert send(one()).status == "failed"
    assert FollowUp.objects.get().reason == Reason.STOPPED


def test_a_reminder_of_another_time_of_the_day_says_the_new_one(writing: Shop) -> None:
    with time_machine.travel(rome(2026, 11, 24, 17), tick=False) as clock, meta_takes_all():
        row = booked(rome(2026, 11, 25, 11), customer=factories.customer(phone=OLD))
        rounds.run()
        booking.reschedule(appointment=row, starts_at=rome(2026, 11, 25, 15), by_staff=True)
        clock.shift(timedelta(minutes=11))
        rounds.run()
        message = send(one())
    assert message.status == "sent"
    assert "alle 15:00" in Content.from_json(message.content).text
    assert FollowUp.objects.get().outcome == "sent"


def test_who_moved_just_now_needs_no_reminder(writing: Shop) -> None:
    row = booked(rome(2026, 11, 27, 11))
    with time_machine.travel(rome(2026, 11, 24, 16), tick=False):
        booking.reschedule(appointment=row, starts_at=rome(2026, 11, 25, 11), by_staff=True)
    rounds.run(rome(2026, 11, 24, 17, 5))
    rounds.run(rome(2026, 11, 25, 8, 35))
    assert not OutboundMessage.objects.exists()


def test_a_reminder_moved_to_another_day_is_dropped_and_said_so(writing: Shop) -> None:
    with time_machine.travel(rome(2026, 11, 24, 17), tick=False):
        row = booked(rome(2026, 11, 25, 11), customer=factories.customer(phone=OLD))
        rounds.run()
        booking.reschedule(appointment=row, starts_at=rome(2026, 11, 27, 15), by_staff=True)
        send(one())
    assert (FollowUp.objects.get().outcome, FollowUp.objects.get().reason) == ("skipped", Reason.STALE)
    rounds.run(rome(2026, 11, 26, 17, 5))
    assert FollowUp.objects.filter(outcome="sent").count() == 1


def due(clock: time_machine.Traveller) -> tuple[Any, OutboundMessage]:
    clock.move_to(rome(2026, 11, 24, 10))
    turn(FollowUpKind.REVISION)
    who = factories.customer(phone=OLD)
    agree(who)
    car = factories.vehicle(who, last_revision_on=date(2024, 11, 5))
    assert due_dates.run(timezone.now()) == 1
    clock.move_to(rome(2026, 11, 24, 11))
    return car, one()


@pytest.mark.parametrize("why", ["withdrawn", "done", "sold", "booked", "archived", "nothing"])
def test_a_due_date_that_waited(clock: time_machine.Traveller, why: str) -> None:
    car, message = due(clock)
    who = car.customer
    if why == "withdrawn":
        consenting.record(
            customer=who, purpose=Consent.Purpose.MARKETING, granted=False, wording="No", channel="shop"
        )
    elif why == "done":
        type(car).objects.filter(pk=car.pk).update(next_revision_on=date(2028, 12, 31))
    elif why == "sold":
        type(car).objects.filter(pk=car.pk).update(customer=factories.customer())
    elif why == "booked":
        service = factories.service(renews="revision")
        factories.appointment(rome(2026, 12, 1, 9), customer=who, vehicle=car, service=service)
    elif why == "archived":
        Customer.objects.filter(pk=who.pk).update(archived_at=timezone.now())
    send(message)
    assert message.status == ("sent" if why == "nothing" else "failed")
    assert FollowUp.objects.get().outcome == ("sent" if why == "nothing" else "skipped")


def test_what_meta_refuses_was_not_sent(clock: time_machine.Traveller) -> None:
    ready_at_night()
    assert state(FollowUp.objects.select_related("message").get())[0] == "waiting"
    clock.move_to(MORNING)
    sending.send(message_id=one().pk)
    assert state(FollowUp.objects.select_related("message").get())[0] == "sent"
    sending.note_failure(message_id=one().pk, code=131026, wire_id=one().wire_id or "")
    decided = FollowUp.objects.get()
    assert (decided.outcome, decided.reason) == ("skipped", Reason.FAILED)


def test_in_quiet_hours_the_sender_holds_it(clock: time_machine.Traveller) -> None:
    """However it came to be due at night: the queue stood still, or the shop made its quiet hours longer."""
    ready_at_night()
    OutboundMessage.objects.update(next_attempt_at=NIGHT)
    message = one()
    sending.send(message_id=message.pk)
    message.refresh_from_db()
    assert (message.status, message.attempts) == ("queued", 0)
    assert message.next_attempt_at == rome(2026, 11, 25, 8, 30)


def test_an_answer_does_not_wait_behind_what_waits_for_its_hour(clock: time_machine.Traveller) -> None:
    ready_at_night()
    clock.shift(1)
    answer = OutboundMessage.objects.create(
        channel="whatsapp", recipient=OLD, purpose=Purpose.REPLY, content=Content("Sì").to_json()
    )
    assert isinstance(claims.take(answer.pk), claims.Claim)
    assert isinstance(claims.take(one().pk), claims.Refusal)
    # In the morning they go in the order in which they were stored again.
    clock.shift(1)
    later = OutboundMessage.objects.create(
        channel="whatsapp", recipient=OLD, purpose=Purpose.REPLY, content=Content("Ecco").to_json()
    )
    OutboundMessage.objects.filter(pk=answer.pk).update(status=OutboundStatus.SENT)
    assert isinstance(claims.take(later.pk, MORNING), claims.Refusal)
    assert isinstance(claims.take(one().pk, MORNING), claims.Claim)
