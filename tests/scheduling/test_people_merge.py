"""Two customers who are one person, and what is put away: nothing is lost, nothing dangles, both numbers are known."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.db import connection, transaction
from django.utils import timezone

from receptionist import identity, inbound, optout
from receptionist.inbound import Incoming, Person
from receptionist.models import Channel, Conversation, MessageKind
from scheduling import booking, people
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer, Vehicle, WaitingList
from shops import history
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.conftest import Workshop, build

LONG_AGO = datetime(2024, 5, 6, 8, tzinfo=UTC)


def writes(phone: str, text: str = "Buongiorno", at: datetime | None = None) -> Conversation:
    place = inbound.receive(
        channel="whatsapp",
        person=Person(phone=phone, name="Gina"),
        line="wa-rossi",
        message=Incoming(wire_id=f"wamid.{phone}.{text}", kind=MessageKind.TEXT, text=text),
        now=at,
    )
    return Conversation.objects.get(pk=place.conversation_id)


def test_everything_moves_and_both_numbers_are_known(workshop: Workshop, manager: StaffUser) -> None:
    kept = factories.customer(first_name="Mario", last_name="Rossi", notes="Paga sempre.", email="")
    other = factories.customer(
        first_name="Mario", last_name="Rosi", notes="Cane in auto.", email="mario@example.it"
    )
    number, second = str(kept.phone), str(other.phone)
    car = factories.vehicle(other)
    done = factories.appointment(
        LONG_AGO, customer=other, vehicle=car, service=workshop.service, status="completed"
    )
    consent = other.consents.create(purpose=Consent.Purpose.MARKETING, granted=True, channel="web")
    chat = writes(second)
    factories.waiting(other, workshop.service, timezone.localdate(), timezone.localdate())
    with history.acting(staff=manager):
        result = people.merge(keep=kept, other=other)
    assert (str(result.phone), result.email) == (number, "mario@example.it")
    assert result.notes.splitlines() == [
        "Paga sempre.",
        "Cane in auto.",
        "Anche: Mario Rosi",
        f"Altro telefono: {second}",
    ]
    for row in (done, car, consent, chat):
        row.refresh_from_db()
        assert row.customer_id == kept.pk
    assert WaitingList.objects.get().customer_id == kept.pk
    other.refresh_from_db()
    assert (other.phone, other.merged_into_id, other.archived_at is not None) == (None, kept.pk, True)
    for phone in (number, second):
        for channel in (Channel.VOICE, Channel.WHATSAPP):
            assert identity.find_customer(channel=channel, phone=phone) == kept
    later = writes(second, "ancora io", timezone.now() + timedelta(days=2))
    assert (later.pk != chat.pk, later.customer_id) == (True, kept.pk)
    entry = LogEntry.objects.filter(object_pk=str(kept.pk)).latest("timestamp")
    assert entry.actor_id == manager.pk
    assert entry.changes["email"] == ["", "mario@example.it"]
    assert entry.changes["unito con"] == ["", "Mario Rosi"]
    assert entry.changes["appuntamenti spostati"] == ["", done.code]
    moved = LogEntry.objects.get(object_pk=str(done.pk))
    assert moved.changes["customer"] == [str(other.pk), str(kept.pk)]
    gone = LogEntry.objects.get(object_pk=str(other.pk))
    assert gone.changes["phone"] == [second, "None"]


def test_what_is_taken_from_the_other(workshop: Workshop) -> None:
    kept = factories.customer(first_name="M.", last_name="", email="vecchia@example.it")
    other = factories.customer(first_name="Maria", last_name="Neri", email="nuova@example.it")
    first, second = str(kept.phone), str(other.phone)
    result = people.merge(keep=kept, other=other, take=people.CHOICES)
    result.refresh_from_db()
    assert (result.full_name, result.email, str(result.phone)) == ("Maria Neri", "nuova@example.it", second)
    assert "Altra e-mail: vecchia@example.it" in result.notes
    assert identity.find_customer(channel=Channel.VOICE, phone=first) == kept


def test_a_number_that_only_the_other_has_becomes_the_kept_ones(workshop: Workshop) -> None:
    kept, other = factories.customer(phone=None), factories.customer()
    number = str(other.phone)
    assert str(people.merge(keep=kept, other=other).phone) == number
    assert identity.find_customer(channel=Channel.VOICE, phone=number) == kept
    assert Customer.objects.get(pk=other.pk).phone is None


def test_stop_of_either_holds_for_all_names(workshop: Workshop) -> None:
    kept, other = factories.customer(), factories.customer()
    mine, theirs = writes(str(kept.phone)), writes(str(other.phone))
    assert mine.ended_at is None
    assert theirs.ended_at is None
    optout.record(customer=other, channel="whatsapp")
    people.merge(keep=kept, other=other)
    names = ChannelIdentity.objects.filter(customer=kept, channel="whatsapp")
    assert names.count() == 2
    assert not names.filter(opted_out_at=None).exists()
    assert not optout.allows(customer=kept, channel="whatsapp", purpose="reminder")
    # Both chats go on, each where it was.
    assert set(Conversation.objects.filter(customer=kept, ended_at=None)) == {mine, theirs}
    assert writes(str(kept.phone), "e poi").pk == mine.pk
    assert writes(str(other.phone) if other.phone else theirs.contact, "e poi").pk == theirs.pk


def test_the_same_wish_waits_once(workshop: Workshop) -> None:
    kept, other = factories.customer(), factories.customer()
    today = timezone.localdate()
    for who in (kept, other):
        factories.waiting(who, workshop.service, today, today)
    people.merge(keep=kept, other=other)
    assert WaitingList.objects.filter(customer=kept, status="waiting").count() == 1
    assert WaitingList.objects.filter(customer=kept).count() == 2


def test_what_cannot_be_merged(workshop: Workshop) -> None:
    one, two, three = (factories.customer() for _ in range(3))
    with pytest.raises(people.SamePerson):
        people.merge(keep=one, other=one)
    people.merge(keep=one, other=two)
    for pair in ((three, two), (two, three)):
        with pytest.raises(people.AlreadyMerged):
            people.merge(keep=pair[0], other=pair[1])
    people.merge(keep=three, other=one)
    assert Customer.objects.get(pk=two.pk).merged_into_id == three.pk
    with pytest.raises(people.CustomerGone):
        people.merge(keep=three, other=Customer())


def test_latecomers_are_brought_home(workshop: Workshop) -> None:
    kept, other = factories.customer(), factories.customer()
    people.merge(keep=kept, other=other)
    car, row = factories.vehicle(other), factories.appointment(LONG_AGO, customer=other, vehicle=None)
    chat = writes("+393330009999")
    Conversation.objects.filter(pk=chat.pk).update(customer=other)
    assert people.settle() == 2
    for each in (car, row, chat):
        each.refresh_from_db()
        assert each.customer_id == kept.pk
    assert people.settle() == 0


def test_a_booking_with_the_old_row_is_the_kept_customers(workshop: Workshop) -> None:
    kept, other = factories.customer(), factories.customer()
    stale = Customer.objects.get(pk=other.pk)
    people.merge(keep=kept, other=other)
    at = factories.local(2026, 11, 24, 9)
    wish: dict[str, Any] = {
        "vehicle": None,
        "service": workshop.service,
        "starts_at": at,
        "source": "ai_voice",
        "now": workshop.now,
    }
    made = booking.book(customer=stale, **wish)
    again = booking.book(customer=kept, **wish)
    assert (made.created, again.created) == (True, False)
    assert Appointment.objects.get().customer_id == kept.pk
    assert Customer.objects.get(pk=other.pk).archived_at is not None


def test_who_books_again_comes_back(workshop: Workshop) -> None:
    who, car = workshop.customer, workshop.vehicle
    assert people.archive(rows=[who]) + people.archive(rows=[car]) == 2
    assert people.archive(rows=Customer.objects.filter(pk=who.pk)) == 0
    assert identity.find_customer(channel=Channel.VOICE, phone=str(who.phone)) == who
    assert identity.vehicles_of(who) == []
    at = factories.local(2026, 11, 24, 9)
    booking.book(
        customer=who, vehicle=car, service=workshop.service, starts_at=at, source="ai_voice", now=workshop.now
    )
    assert Customer.objects.get(pk=who.pk).archived_at is None
    assert Vehicle.objects.get(pk=car.pk).archived_at is None


def test_who_has_appointments_is_not_put_away(workshop: Workshop) -> None:
    spare = factories.customer()
    factories.appointment(
        timezone.now() + timedelta(days=3), customer=workshop.customer, vehicle=workshop.vehicle, minutes=60
    )
    with pytest.raises(people.HasAppointments, match="prima concluderlo"):
        people.archive(rows=[spare, workshop.customer])
    with pytest.raises(people.HasAppointments, match="prima concluderlo"):
        people.archive(rows=[workshop.vehicle])
    assert not Customer.objects.exclude(archived_at=None).exists()


def test_likely_the_same(workshop: Workshop) -> None:
    who = factories.customer(first_name="Carla", last_name="Neri")
    twin = factories.customer(first_name="NERI", last_name="carla")
    hidden = factories.customer(first_name="", last_name="", phone=None)
    factories.appointment(
        LONG_AGO, customer=hidden, vehicle=factories.vehicle(who), contact_phone=str(who.phone)
    )
    factories.customer(first_name="Carla", last_name="Bianchi")
    found = people.likely_same(customer=who)
    assert [(row.pk, len(reasons)) for row, reasons in found] == [(hidden.pk, 2), (twin.pk, 1)]
    assert [row.pk for row, _reasons in people.likely_same(customer=hidden)] == [who.pk]


# --- at once -------------------------------------------------------------------------------------------------------


def at_once(shop: Shop, *verbs: Callable[[], Any]) -> list[Any]:
    """Run the verbs in threads that begin together; what each returned or raised."""
    barrier, results = threading.Barrier(len(verbs)), [None] * len(verbs)

    def run(index: int, verb: Callable[[], Any]) -> None:
        try:
            with in_shop(shop):
                barrier.wait(10)
                results[index] = verb()
        except Exception as error:
            results[index] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(verbs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


def test_two_people_merge_the_same_two_the_other_way_round(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        one, two = factories.customer(), factories.customer()
        numbers = {str(one.phone), str(two.phone)}
    results = at_once(
        rossi,
        lambda: people.merge(keep=one, other=two),
        lambda: people.merge(keep=Customer(pk=two.pk), other=Customer(pk=one.pk)),
    )
    assert sorted(type(each).__name__ for each in results) == ["AlreadyMerged", "Customer"]
    with in_shop(rossi):
        kept = Customer.objects.get(merged_into=None)
        for number in numbers:
            assert identity.find_customer(channel=Channel.VOICE, phone=number) == kept


def test_a_booking_and_a_message_meanwhile(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        shop = build(rossi)
        kept, other = factories.customer(), factories.customer()
        number = str(other.phone)
    at = timezone.now() + timedelta(days=1)

    def book() -> Any:
        starts = factories.local(2026, 11, 24, 9)
        return booking.book(
            customer=Customer.objects.get(pk=other.pk),
            vehicle=None,
            service=shop.service,
            starts_at=starts,
            source="ai_voice",
            now=shop.now,
        )

    results = at_once(
        rossi, lambda: people.merge(keep=kept, other=other), book, lambda: writes(number, "ciao", at)
    )
    assert [type(each).__name__ for each in results] == ["Customer", "Booking", "Conversation"], results
    with in_shop(rossi), transaction.atomic():
        people.settle()
        assert Appointment.objects.get().customer_id == kept.pk
        assert Conversation.objects.get().customer_id == kept.pk
        assert not ChannelIdentity.objects.exclude(customer=kept).filter(external_id=number).exists()
