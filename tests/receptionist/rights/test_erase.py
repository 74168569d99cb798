"""Erasing: nothing of the person is found in any table or file afterwards; the books stay, and everybody else."""

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.utils import timezone

from receptionist import identity, optout, turns
from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    Erasure,
    Media,
    OutboundMessage,
    RemoteCopy,
    ToolCall,
)
from receptionist.rights import erase, export, search
from receptionist.signals import customer_erased
from scheduling import booking, people, waiting
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer, Service, Vehicle
from scheduling.models.appointments import Status
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.chat import chat_with
from tests.receptionist.conftest import open_call
from tests.receptionist.rights import life
from tests.receptionist.rights.life import PHONE, PLATE, TRACES, lived

pytestmark = pytest.mark.usefixtures("quick")


@pytest.fixture
def quick(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


def gone(customer: Customer, **values: Any) -> Erasure:
    """Erase, and do what happens on commit."""
    row = erase.erase(customer=customer, by_name="prova", **values)
    erase.delete_files(erasure_id=row.pk)
    return row


def test_before_it_is_everywhere_and_afterwards_nowhere(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    before = search.look_for(TRACES)
    places = {each.table for each in before if each.table}
    assert {
        *(
            "scheduling_customer",
            "scheduling_vehicle",
            "scheduling_channelidentity",
            "scheduling_appointment",
        ),
        *("receptionist_conversation", "receptionist_conversationmessage", "receptionist_toolcall"),
        *("receptionist_media", "receptionist_handover", "receptionist_outboundmessage"),
        *("receptionist_phoneproof", "auditlog_logentry", "scheduling_waitinglist"),
    } <= places
    assert len([each for each in before if not each.table]) >= 2  # the picture and the list

    gone(customer)

    assert search.look_for(TRACES) == []


def test_the_books_stay_without_whom_they_were_about(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    was = Appointment.objects.get(customer=customer, status=Status.COMPLETED)
    row = gone(customer)
    now = Appointment.objects.get(pk=was.pk)
    assert (now.scheduled_at, now.ends_at, now.service_id, now.bay_id) == (
        *(was.scheduled_at, was.ends_at, was.service_id, was.bay_id),
    )
    assert now.status == Status.COMPLETED
    assert now.code != was.code
    customer.refresh_from_db()
    assert (customer.full_name, customer.phone, customer.email, customer.notes) == ("", None, "", "")
    assert customer.erased_at
    assert customer.archived_at
    assert now.vehicle
    assert now.vehicle.license_plate.startswith(erase.NO_PLATE)
    assert (now.vehicle.make, now.vehicle.vin, now.vehicle.customer) == ("Fiat", "", None)
    assert row.counts["receptionist.Conversation"] == 2
    assert row.by_name == "prova"


def test_files_are_gone_from_the_disk(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    names = [each.file.name for each in Media.objects.all() if each.file.name]
    assert len(names) == 2
    row = gone(customer)
    assert [default_storage.exists(str(name)) for name in names] == [False, False]
    row.refresh_from_db()
    assert row.files_left == []


def test_files_that_a_killed_process_left_are_swept(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    erase.erase(customer=customer)  # the test's transaction never commits: as if killed before
    assert search.look_for([life.LAST]) != []
    assert erase.sweep() == 3
    assert search.look_for([life.LAST]) == []
    assert erase.sweep() == 0


def test_copies_elsewhere_are_asked_for(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    call = Conversation.objects.get(channel="voice")
    gone(customer)
    asked = set(RemoteCopy.objects.values_list("service", "external_id"))
    assert ("vapi", call.external_id) in asked
    assert ("meta", "media-image") in asked


def test_rooms_above_are_told(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    told: list[dict[str, Any]] = []

    def hear(sender: Any, **values: Any) -> None:
        assert Conversation.objects.filter(pk__in=values["conversation_ids"]).count() == 2  # not gone yet
        told.append(values)

    customer_erased.connect(hear)
    try:
        gone(customer)
    finally:
        customer_erased.disconnect(hear)
    assert told[0]["customer_id"] == customer.pk
    assert told[0]["phones"] == {PHONE}


def test_a_second_time_is_refused(in_rossi: Shop) -> None:
    customer = factories.customer()
    gone(customer)
    with pytest.raises(erase.AlreadyErased):
        gone(customer)
    assert Erasure.objects.count() == 1


def test_appointments_to_come_are_asked_about(in_rossi: Shop) -> None:
    customer = factories.customer()
    coming = factories.appointment(timezone.now() + timedelta(days=3), customer=customer)
    with pytest.raises(people.HasAppointments):
        gone(customer)
    customer.refresh_from_db()
    assert customer.erased_at is None
    gone(customer, cancel_coming=True)
    coming.refresh_from_db()
    assert coming.status == Status.CANCELLED


def test_work_that_goes_on_is_ended_first(in_rossi: Shop) -> None:
    customer = factories.customer()
    factories.appointment(timezone.now(), customer=customer, status=Status.IN_PROGRESS)
    with pytest.raises(erase.InTheShop):
        gone(customer, cancel_coming=True)
    assert not Erasure.objects.exists()


def test_whoever_was_merged_goes_with_them(in_rossi: Shop) -> None:
    kept = factories.customer(first_name="Gelsomina", last_name="Trecastelli")
    other = factories.customer(first_name="Gelsomina", last_name="Trecastelli Bo", email="gel@posta.example")
    second = str(other.phone)
    kept = people.merge(keep=kept, other=other)
    gone(other)  # asked for under the old id: it is the same person
    assert search.look_for(["Gelsomina", "Trecastelli", second, "gel@posta.example"]) == []
    assert Customer.objects.exclude(erased_at=None).count() == 2
    assert identity.find_customer(channel="voice", phone=second) is None  # type: ignore[arg-type]


def test_a_car_that_somebody_else_brings_stays_theirs(in_rossi: Shop) -> None:
    anna, luca = factories.customer(), factories.customer(first_name="Luca")
    car = factories.vehicle(anna, license_plate="GB456CD")
    sold = factories.vehicle(luca, license_plate="GC789EF")
    day = timezone.now() - timedelta(days=9)
    factories.appointment(day, customer=anna, vehicle=car)
    factories.appointment(day + timedelta(days=1), customer=luca, vehicle=car)
    factories.appointment(day - timedelta(days=1), customer=anna, vehicle=sold)
    assert [each.license_plate for each in erase.preview(anna).shared] == ["GB456CD"]
    gone(anna)
    car.refresh_from_db()
    sold.refresh_from_db()
    assert (car.license_plate, car.customer) == ("GB456CD", None)
    assert (sold.license_plate, sold.customer) == ("GC789EF", luca)


def test_a_car_of_two_is_nobodys_once_both_are_erased(in_rossi: Shop) -> None:
    anna, luca = factories.customer(), factories.customer(first_name="Luca")
    car = factories.vehicle(anna, license_plate="GB456CD")
    day = timezone.now() - timedelta(days=9)
    factories.appointment(day, customer=anna, vehicle=car)
    factories.appointment(day + timedelta(days=1), customer=luca, vehicle=car)
    gone(anna)
    gone(luca)
    car.refresh_from_db()
    assert car.license_plate.startswith(erase.NO_PLATE)
    assert search.look_for(["GB456CD"]) == []


def test_a_number_that_two_have_is_no_reason_to_touch_the_other(in_rossi: Shop) -> None:
    anna, luca = factories.customer(), factories.customer(first_name="Luca")
    ChannelIdentity.objects.create(
        customer=luca, channel="whatsapp", external_id=str(anna.phone), verified=True
    )
    chat = Conversation.objects.create(
        channel="whatsapp",
        external_id="w.1",
        contact=str(anna.phone),
        customer=luca,
        phone_number=str(anna.phone),
    )
    ConversationMessage.objects.create(conversation=chat, role="customer", text=f"Richiamatemi: {anna.phone}")
    gone(anna)
    chat.refresh_from_db()
    assert chat.contact == luca.identities.get().external_id
    assert ConversationMessage.objects.get().text.startswith("Richiamatemi: +39")


def test_who_was_booked_for_in_anothers_call_is_taken_out_of_it(in_rossi: Shop) -> None:
    luca = factories.customer(first_name="Luca", last_name="Neri")
    anna = factories.customer(first_name="Anna", last_name="Settembrini")
    call = Conversation.objects.create(channel="voice", external_id="c.1", customer=luca)
    text = f"Vorrei prenotare per Anna Settembrini, il numero è {anna.phone}"
    ConversationMessage.objects.create(conversation=call, role="customer", text=text)
    ToolCall.objects.create(
        conversation=call, call_id="t", name="book_appointment", arguments={"nota": "per Settembrini Anna"}
    )
    factories.appointment(timezone.now() - timedelta(days=3), customer=anna, conversation_id=call.pk)
    gone(anna)
    said = ConversationMessage.objects.get(conversation=call).text
    assert said == "Vorrei prenotare per [cancellato], il numero è +39[cancellato]"
    assert ToolCall.objects.get().arguments == {"nota": "per [cancellato]"}
    assert search.look_for([str(anna.phone), "Anna Settembrini"]) == []


def test_a_namesake_keeps_their_name(in_rossi: Shop) -> None:
    anna = factories.customer(first_name="Maria", last_name="Rossi")
    other = factories.customer(first_name="Maria", last_name="Rossi")
    call = open_call(str(other.phone))
    call.summary = "Maria Rossi chiede della sua auto"
    call.save()
    gone(anna)
    call.refresh_from_db()
    other.refresh_from_db()
    assert call.summary == "Maria Rossi chiede della sua auto"
    assert other.full_name == "Maria Rossi"


def test_the_other_shop_keeps_its_own(
    rossi: Shop, bianchi: Shop, manager: StaffUser, outsider: StaffUser
) -> None:
    with in_shop(bianchi):
        lived(outsider)
        before = len(search.look_for(TRACES))
    with in_shop(rossi):
        gone(lived(manager))
        assert search.look_for(TRACES) == []
    with in_shop(bianchi):
        assert len(search.look_for(TRACES)) == before
        assert Customer.objects.get(phone=PHONE).full_name == f"{life.FIRST} {life.LAST}"


def test_who_was_erased_is_nobody_that_can_be_booked_for(in_rossi: Shop) -> None:
    customer = factories.customer()
    gone(customer)
    starts = timezone.now() + timedelta(days=3)
    with pytest.raises(people.CustomerGone):
        booking.book(
            customer=customer,
            vehicle=None,
            service=Service.objects.all()[0],
            starts_at=factories.local(2026, 11, 26, 9, 30) if starts.year == 2026 else starts,
            source="manual",
            by_staff=True,
        )
    assert people.restore(rows=Customer.objects.filter(pk=customer.pk)) == 0


def test_who_writes_again_is_somebody_new(in_rossi: Shop, manager: StaffUser) -> None:
    old = lived(manager)
    optout.record(customer=old, channel="whatsapp", contact=PHONE)
    gone(old)
    chat_with(PHONE, name="Gilda").say("Buongiorno")
    new = Customer.objects.get(phone=PHONE)
    assert new.pk != old.pk
    assert not Consent.objects.filter(customer=new).exists()


def test_a_copy_that_was_made_goes_too(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    row = export.ask(customer=customer, by=manager)
    assert export.make(export_id=row.pk)
    row.refresh_from_db()
    name = str(row.file.name)
    assert default_storage.exists(name)
    gone(customer)
    assert not default_storage.exists(name)


def test_what_is_about_the_shops_people_stays(in_rossi: Shop, manager: StaffUser) -> None:
    config = AIConfig.load()
    config.transfer_number = "+393390001122"
    config.save()
    owner = factories.customer(
        phone="+393390001122", first_name=manager.first_name, last_name=manager.last_name
    )
    gone(owner)
    manager.refresh_from_db()
    config.refresh_from_db()
    assert config.transfer_number == "+393390001122"
    assert manager.is_active


class TestAtOnce:
    """Somebody writes, and a tool books, while they are being erased."""

    def test_a_turn_that_is_running_leaves_nothing_behind(
        self, transactional_db: None, rossi: Shop, settings: Any
    ) -> None:
        with in_shop(rossi):
            customer = lived(StaffUser.objects.get(email="anna@rossi.example"))
            ids = list(Conversation.objects.filter(channel="whatsapp").values_list("pk", flat=True))
            Conversation.objects.filter(pk__in=ids).update(status="active", ended_at=None, silent_until=None)
            ConversationMessage.objects.filter(conversation__in=ids, role="customer").update(answered_at=None)
        begin = threading.Barrier(2)
        failed: list[BaseException] = []

        def answers() -> None:
            try:
                with in_shop(rossi):
                    begin.wait(10)
                    for pk in ids:
                        turns.run(conversation_id=pk)
            except BaseException as error:
                failed.append(error)
            finally:
                connection.close()

        thread = threading.Thread(target=answers)
        thread.start()
        with in_shop(rossi):
            begin.wait(10)
            erase.erase(customer=customer, cancel_coming=True)
            thread.join(30)
            erase.settle()
            erase.sweep()
            assert failed == []
            assert search.look_for(TRACES) == []

    def test_a_tool_that_is_running_ends_first(self, transactional_db: None, rossi: Shop) -> None:
        with in_shop(rossi):
            customer = factories.customer(phone="+393331112223")
            call = open_call("+393331112223")
            begin, inside = threading.Event(), threading.Event()
        done: list[bool] = []

        def works() -> None:
            try:
                with in_shop(rossi), transaction.atomic():
                    ToolCall.objects.create(conversation=call, call_id="running", name="book_appointment")
                    list(people.Bay.objects.select_for_update().order_by("pk"))
                    inside.set()
                    begin.wait(10)
                    done.append(True)
            finally:
                connection.close()

        thread = threading.Thread(target=works)
        thread.start()
        assert inside.wait(10)
        timer = threading.Timer(0.3, begin.set)
        timer.start()
        with in_shop(rossi):
            erase.erase(customer=customer)
            thread.join(10)
            assert done == [True]
            assert not ToolCall.objects.exists()
            assert Erasure.objects.count() == 1

    def test_two_at_once_are_one(self, transactional_db: None, rossi: Shop) -> None:
        with in_shop(rossi):
            customer = factories.customer()
        begin = threading.Barrier(2)
        came: list[str] = []

        def erases() -> None:
            try:
                with in_shop(rossi):
                    begin.wait(10)
                    erase.erase(customer=customer)
                    came.append("erased")
            except erase.AlreadyErased:
                came.append("was erased")
            finally:
                connection.close()

        threads = [threading.Thread(target=erases) for _each in range(2)]
        for each in threads:
            each.start()
        for each in threads:
            each.join(20)
        assert sorted(came) == ["erased", "was erased"]


def test_the_fact_is_kept_and_names_nobody(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    erase.erase(customer=customer, by=manager)
    row = Erasure.objects.get()
    assert row.by == manager
    assert str(customer.pk) not in str(row.counts)
    folder = Path(default_storage.path(""))
    assert all(life.LAST not in name for name in row.files_left)
    assert folder.exists()


def test_a_late_row_is_wiped(in_rossi: Shop, manager: StaffUser) -> None:
    customer = lived(manager)
    gone(customer)
    waiting.join(
        customer=customer,
        service=Service.objects.all()[0],
        wanted_from=timezone.localdate(),
        wanted_to=timezone.localdate(),
        note=f"per {life.LAST}",
    )
    assert erase.settle() > 0
    assert search.look_for(TRACES) == []
    assert erase.settle() == 0
    assert OutboundMessage.objects.filter(recipient=PHONE).count() == 0
    assert Vehicle.objects.filter(license_plate=PLATE).count() == 0
