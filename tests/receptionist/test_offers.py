"""A freed place is offered to the waiting list: one person at a time, held meanwhile, and never to two."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist import held, optout
from receptionist.content import Content
from receptionist.followups import offers
from receptionist.models import (
    FollowUpConfig,
    FollowUpSetting,
    FreedPlace,
    MessageKind,
    OutboundMessage,
    SlotOffer,
)
from scheduling import booking
from scheduling.models import Appointment, Customer, Service, WaitingList
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import meta_takes_all, with_whatsapp
from tests.receptionist.chat import Chat, chat_with
from tests.receptionist.conftest import NOW, at, at_once, open_call, use

DAY = date(2026, 11, 26)
ANNA, UGO, EVA = "+393331000001", "+393331000002", "+393331000003"
PLACE = "2026-11-26T09:30"
Freed = Callable[..., Appointment]


@pytest.fixture
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """The Tuesday before, at ten; the time stands still until it is moved."""
    settings.BURST_WAIT_SECONDS, settings.OPENAI_API_KEY = 0, ""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(transactional_db: None, clock: time_machine.Traveller, eager_tasks: None) -> Iterator[Shop]:
    """The first shop with WhatsApp; every task runs at once."""
    rossi = with_whatsapp()
    with meta_takes_all(), in_shop(rossi):
        yield rossi


@pytest.fixture
def service(shop: Shop) -> Service:
    return Service.objects.get(name="Tagliando")


def person(name: str, phone: str | None) -> Customer:
    return factories.customer(first_name=name, last_name="Neri", phone=phone)


def waits(service: Service, name: str, phone: str | None, **values: Any) -> WaitingList:
    """Somebody on the waiting list for the Thursday; earlier calls are longer in line."""
    who = person(name, phone)
    row = factories.waiting(who, service, DAY, DAY, **values)
    # The clock stands still here: without this two who came one after the other would have come at once.
    row.created_at = timezone.now() - timedelta(hours=1) + timedelta(seconds=WaitingList.objects.count())
    row.save(update_fields=["created_at"])
    return row


@pytest.fixture
def booked(service: Service) -> Appointment:
    """The appointment of somebody else on Thursday at half past nine."""
    return factories.appointment(at(PLACE), service=service, source="ai_whatsapp")


def asked(phone: str) -> list[Content]:
    rows = OutboundMessage.objects.filter(recipient=phone, purpose="reminder").order_by("created_at")
    return [Content.from_json(row.content) for row in rows]


def chat(phone: str) -> Chat:
    return chat_with(phone)


def yes_of(phone: str) -> str:
    return asked(phone)[-1].options[0].id


def no_of(phone: str) -> str:
    return asked(phone)[-1].options[1].id


def status_of(row: WaitingList) -> str:
    return str(WaitingList.objects.get(pk=row.pk).status)


def hold_of(phone: str) -> Appointment:
    held = SlotOffer.objects.values("appointment_id")
    return Appointment.objects.filter(customer__phone=phone, pk__in=held).latest("created_at")


def notices() -> list[str]:
    rows = OutboundMessage.objects.filter(purpose="notice").order_by("created_at")
    return [Content.from_json(row.content).text for row in rows]


def test_the_first_in_line_is_asked_and_the_place_is_held(booked: Appointment, service: Service) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)

    [question] = asked(ANNA)
    assert "giovedì 26 novembre alle 09:30" in question.text
    assert "fino alle 11:00" in question.text
    assert question.template is not None
    assert question.template.name == "aros_posto_libero"
    assert question.template.buttons == tuple(each.id for each in question.options)
    assert asked(UGO) == []
    hold = hold_of(ANNA)
    assert (hold.status, hold.scheduled_at, hold.source) == ("pending", at(PLACE), "ai_whatsapp")
    assert hold.notes.startswith("Posto tenuto per chi era in lista d'attesa: risponde entro le 11:00.")
    assert held.until(hold) == NOW + timedelta(hours=1)
    assert (status_of(anna), status_of(ugo)) == ("offered", "waiting")
    [notice] = notices()
    assert "Proposto su WhatsApp a Anna Neri: il posto è tenuto fino a martedì 24 novembre, 11:00" in notice


def test_yes_makes_it_an_appointment(booked: Appointment, service: Service) -> None:
    anna = waits(service, "Anna", ANNA, note="frena male")
    booking.cancel(appointment=booked)
    said = chat(ANNA).tap_id(yes_of(ANNA), "Sì, lo prendo")
    assert "Fatto: il posto è suo. Tagliando, giovedì 26 novembre alle 9:30" in said
    hold = hold_of(ANNA)
    assert (hold.status, hold.notes) == ("confirmed", "frena male")
    assert status_of(anna) == "booked"
    assert SlotOffer.objects.get().status == "accepted"
    assert "Fatto: il posto è suo." in chat(ANNA).tap_id(yes_of(ANNA), "Sì, lo prendo", MessageKind.BUTTON)
    assert Appointment.objects.filter(customer__phone=ANNA).count() == 1


def test_a_written_yes_is_one_too(booked: Appointment, service: Service) -> None:
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    assert "Fatto: il posto è suo." in chat(ANNA).say("sì grazie")
    assert hold_of(ANNA).status == "confirmed"


def test_what_the_shop_confirms_stays_to_be_confirmed(booked: Appointment, service: Service) -> None:
    Service.objects.update(confirmed_by=Service.ConfirmedBy.SHOP)
    anna = waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    assert "L'officina deve ancora confermare" in chat(ANNA).tap_id(yes_of(ANNA))
    assert hold_of(ANNA).status == "pending"
    assert held.until(hold_of(ANNA)) is None
    assert status_of(anna) == "booked"


def test_no_asks_the_next_and_not_the_same_again(booked: Appointment, service: Service) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    assert "resta in lista d'attesa" in chat(ANNA).tap_id(no_of(ANNA), "No, grazie")
    assert (status_of(anna), status_of(ugo)) == ("waiting", "offered")
    assert (len(asked(ANNA)), len(asked(UGO))) == (1, 1)
    assert hold_of(ANNA).status == "cancelled"
    chat(UGO).tap_id(no_of(UGO))
    offers.sweep()
    assert (len(asked(ANNA)), len(asked(UGO))) == (1, 1)
    assert sorted(SlotOffer.objects.values_list("status", flat=True)) == ["declined", "declined"]
    assert not Appointment.objects.filter(status__in=["pending", "confirmed"]).exists()


def test_silence_asks_the_next(booked: Appointment, service: Service, clock: time_machine.Traveller) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    clock.shift(timedelta(minutes=59))
    offers.sweep()
    assert asked(UGO) == []
    clock.shift(timedelta(minutes=1))
    for _again in range(2):
        offers.sweep()
    assert (status_of(anna), status_of(ugo)) == ("waiting", "offered")
    assert len(asked(UGO)) == 1
    said = chat(ANNA).tap_id(yes_of(ANNA), "Sì, lo prendo")
    assert "il tempo per rispondere è scaduto alle 11:00" in said
    assert hold_of(UGO).status == "pending"


def test_a_yes_after_the_time_and_before_the_sweep_is_late(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    waits(service, "Anna", ANNA)
    ugo = waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    clock.shift(timedelta(minutes=61))
    mine = chat(ANNA)
    assert "scaduto" in mine.tap_id(yes_of(ANNA), "Sì, lo prendo")
    assert mine.titles  # other times to tap
    assert status_of(ugo) == "offered"


def test_somebody_elses_offer_and_forged_ones(booked: Appointment, service: Service) -> None:
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    for forged in (yes_of(ANNA), "offer_yes:", "offer_yes:x", f"offer_no:{booked.pk}", "offer_yes:\x00"):
        assert "Questo messaggio non vale più." in chat(UGO).tap_id(forged, "Sì")
    assert hold_of(ANNA).status == "pending"


@pytest.mark.parametrize("why", ["no number", "stop", "archived", "off", "does not fit", "afternoon"])
def test_who_cannot_be_asked_is_passed_over(booked: Appointment, service: Service, why: str) -> None:
    first = waits(service, "Anna", None if why == "no number" else ANNA)
    if why == "stop":
        optout.record(customer=first.customer, channel="whatsapp", contact=ANNA)
    if why == "archived":
        Customer.objects.filter(pk=first.customer_id).update(archived_at=NOW)
    if why == "off":
        FollowUpSetting.objects.create(kind="freed_place", enabled=False)
    if why == "does not fit":
        long = factories.service("Revisione motore", duration_minutes=400)
        WaitingList.objects.filter(pk=first.pk).update(service=long)
    if why == "afternoon":
        WaitingList.objects.filter(pk=first.pk).update(part_of_day="afternoon")
    waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    assert asked(ANNA) == []
    assert len(asked(UGO)) == (0 if why == "off" else 1)
    assert status_of(first) == "waiting"
    assert not Appointment.objects.filter(customer=first.customer).exists()
    assert len(notices()) == 1


def test_a_place_too_near_is_only_told_to_the_shop(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    waits(service, "Anna", ANNA)
    clock.move_to(at("2026-11-26T08:31"))
    booking.cancel(appointment=booked)
    assert asked(ANNA) == []
    [notice] = notices()
    assert "Anna Neri" in notice


def test_at_night_the_message_waits_and_so_does_the_hold(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    waits(service, "Anna", ANNA)
    clock.move_to(at("2026-11-24T22:00"))
    booking.cancel(appointment=booked)
    [row] = OutboundMessage.objects.filter(recipient=ANNA, purpose="reminder")
    offer = SlotOffer.objects.get()
    assert at("2026-11-25T08:30") <= row.next_attempt_at <= at("2026-11-25T08:40")
    assert offer.held_until == at("2026-11-25T09:40")
    # as it is read in the morning
    assert "fino alle 09:40. " in Content.from_json(row.content).text


def test_an_hour_that_would_end_at_night_ends_in_the_morning(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    waits(service, "Anna", ANNA)
    clock.move_to(at("2026-11-24T19:30"))
    booking.cancel(appointment=booked)
    assert SlotOffer.objects.get().held_until == at("2026-11-25T09:30")


@pytest.mark.parametrize(
    ("now", "until"),
    [
        (
            "2027-03-27T22:00",
            "2027-03-29T09:40",
        ),  # the Saturday before spring's change; Sunday is quiet (Easter)
        ("2026-10-24T19:30", "2026-10-26T09:30"),  # the Saturday before autumn's
    ],
)
def test_the_clock_changes_in_the_quiet_hours(
    shop: Shop, clock: time_machine.Traveller, now: str, until: str
) -> None:
    from receptionist.followups import offering

    clock.move_to(at(now))
    expected = at(until)
    if now.startswith("2027"):  # Easter Monday is quiet as well
        expected = at("2027-03-30T09:40")
    assert offering.held_until(at(now)) == expected


def test_a_moved_appointment_leaves_its_place(booked: Appointment, service: Service) -> None:
    anna = waits(service, "Anna", ANNA)
    booking.reschedule(appointment=booked, starts_at=at("2026-11-27T10:00"))
    assert status_of(anna) == "offered"
    assert hold_of(ANNA).scheduled_at == at(PLACE)
    chat(ANNA).tap_id(no_of(ANNA))
    assert status_of(anna) == "waiting"
    assert len(asked(ANNA)) == 1


def test_the_shop_confirms_or_cancels_the_hold(booked: Appointment, service: Service) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    booking.cancel(appointment=hold_of(ANNA), by="Luca")
    assert (status_of(anna), status_of(ugo)) == ("waiting", "offered")
    assert SlotOffer.objects.get(waiting=anna).status == "withdrawn"
    booking.confirm(appointment=hold_of(UGO))
    assert SlotOffer.objects.get(waiting=ugo).status == "accepted"
    assert status_of(ugo) == "booked"
    assert "Mi dispiace, quel posto non è più disponibile." in chat(ANNA).tap_id(yes_of(ANNA))
    assert "Fatto: il posto è suo." in chat(UGO).tap_id(yes_of(UGO))


def test_an_accepted_place_that_is_cancelled_begins_a_line_of_its_own(
    booked: Appointment, service: Service
) -> None:
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    chat(ANNA).tap_id(yes_of(ANNA))
    ugo = waits(service, "Ugo", UGO)
    booking.cancel(appointment=hold_of(ANNA))
    assert status_of(ugo) == "offered"
    assert SlotOffer.objects.get(waiting=ugo).freed_by == hold_of(ANNA).pk


def test_a_worker_that_was_killed_is_made_up_for(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    anna = waits(service, "Anna", ANNA)
    Appointment.objects.filter(pk=booked.pk).update(status="cancelled", updated_at=NOW)
    offers.sweep()
    assert status_of(anna) == "waiting"  # most likely in a worker's hands
    clock.shift(timedelta(minutes=2))
    offers.sweep()
    offers.sweep()
    assert status_of(anna) == "offered"
    assert len(asked(ANNA)) == 1


def test_a_hold_is_not_bookable_by_others(booked: Appointment, service: Service) -> None:
    waits(service, "Anna", ANNA)
    bays = list(service.bays.all())
    for bay in bays[1:]:
        bay.is_active = False
        bay.save()
    booking.cancel(appointment=booked)
    with pytest.raises(Exception, match="taken"):
        booking.book(
            customer=person("Eva", EVA),
            vehicle=None,
            service=service,
            starts_at=at(PLACE),
            source="web",
            now=NOW,
        )


def test_many_workers_hold_the_place_once(booked: Appointment, service: Service, shop: Shop) -> None:
    for name, phone in (("Anna", ANNA), ("Ugo", UGO), ("Eva", EVA)):
        waits(service, name, phone)
    Appointment.objects.filter(pk=booked.pk).update(status="cancelled")
    at_once(shop, lambda _number: offers.place_freed(appointment_id=booked.pk, now=NOW), 4)
    assert SlotOffer.objects.filter(status="held").count() == 1
    assert Appointment.objects.filter(status="pending").count() == 1
    assert len(asked(ANNA)) == 1


def test_yes_no_and_the_clock_at_the_same_moment(booked: Appointment, service: Service, shop: Shop) -> None:
    waits(service, "Anna", ANNA)
    waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    mine = chat(ANNA)
    mine.say("ciao")
    conversation, offer = mine.conversation, SlotOffer.objects.get()

    def work(number: int) -> Any:
        if number == 0:
            return offers.accept(offer_id=str(offer.pk), conversation=conversation, now=NOW)
        if number == 1:
            return offers.decline(offer_id=str(offer.pk), conversation=conversation, now=NOW)
        return offers.expire(now=offer.held_until)

    at_once(shop, work, 3)
    live = Appointment.objects.filter(scheduled_at=at(PLACE), status__in=["pending", "confirmed"])
    assert live.count() == 1
    offer.refresh_from_db()
    assert offer.status in ("accepted", "declined", "expired")
    assert (live.get().customer.phone == ANNA) == (offer.status == "accepted")


def test_two_people_say_yes_at_the_same_time(
    booked: Appointment, service: Service, shop: Shop, clock: time_machine.Traveller
) -> None:
    """Anna too late, Ugo in time: one appointment, and each hears the truth."""
    waits(service, "Anna", ANNA)
    waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    clock.shift(timedelta(minutes=60))
    offers.sweep()
    chats = [chat(ANNA), chat(UGO)]
    ids = [yes_of(ANNA), yes_of(UGO)]
    said = at_once(shop, lambda number: chats[number].tap_id(ids[number], "Sì"), 2)
    assert "scaduto" in said[0]
    assert "Fatto: il posto è suo." in said[1]
    live = Appointment.objects.filter(scheduled_at=at(PLACE), status__in=["pending", "confirmed"])
    assert [row.customer.phone for row in live] == [UGO]


def test_in_words_it_is_told_and_taken(booked: Appointment, service: Service) -> None:
    """On the telephone too: what is held is no appointment yet, and booking it is the yes."""
    anna = waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    call = open_call(ANNA)
    told = use(call, "list_appointments").text
    assert "posto della lista d'attesa tenuto fino a oggi, martedì" in told
    assert "da confermare" not in told
    said = use(call, "book_appointment", service="tagliando", start=PLACE).text
    assert said.startswith("Prenotato: tagliando")
    assert (hold_of(ANNA).status, status_of(anna)) == ("confirmed", "booked")
    assert SlotOffer.objects.get().status == "accepted"
    assert use(call, "book_appointment", service="tagliando", start=PLACE).text.startswith(
        "Era già prenotato"
    )
    assert "tenuto" not in use(call, "list_appointments").text


def test_in_words_it_is_left_to_others(booked: Appointment, service: Service) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    assert use(open_call(ANNA), "cancel_appointment", appointment=hold_of(ANNA).code).ok
    assert (status_of(anna), status_of(ugo)) == ("waiting", "offered")
    assert SlotOffer.objects.get(waiting=anna).status == "declined"


@pytest.mark.parametrize(("phone", "words"), [(ANNA, "lo teniamo per un'ora"), (None, "L'officina avvisa")])
def test_how_the_list_works_is_told(shop: Shop, phone: str | None, words: str) -> None:
    call = open_call(phone)
    said = use(
        call,
        "book_appointment",
        service="tagliando",
        start="giovedì",
        waiting_list="sì",
        first_name="Anna",
        phone=UGO,
    )
    assert "In lista d'attesa" in said.text
    assert words in said.text


def test_a_question_that_never_came_holds_nothing_up(booked: Appointment, service: Service) -> None:
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    OutboundMessage.objects.filter(recipient=ANNA).update(status="failed")
    offers.sweep()
    assert (status_of(anna), status_of(ugo)) == ("waiting", "offered")


def test_more_minutes_are_the_shops_choice(booked: Appointment, service: Service) -> None:
    FollowUpConfig.load()
    FollowUpConfig.objects.update(offer_minutes=180)
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    assert SlotOffer.objects.get().held_until == NOW + timedelta(hours=3)


def test_a_worker_that_died_before_a_left_place_was_offered(
    booked: Appointment, service: Service, clock: time_machine.Traveller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The place is in the database with the move; the sweep finds it, once."""
    anna = waits(service, "Anna", ANNA)
    with monkeypatch.context() as broker:
        broker.setattr("receptionist.tasks_offers.offer_left_place.queue", lambda **_kwargs: None)
        booking.reschedule(appointment=booked, starts_at=at("2026-11-27T09:30"))
    assert status_of(anna) == "waiting"
    clock.shift(timedelta(minutes=2))
    for _round in range(3):
        offers.sweep()
    assert status_of(anna) == "offered"
    assert (len(asked(ANNA)), len(notices())) == (1, 1)


def test_sweeps_tell_the_shop_once_of_a_place_that_nobody_can_be_asked_about(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    waits(service, "Anna", None)
    booking.cancel(appointment=booked)
    for _round in range(4):
        clock.shift(timedelta(minutes=2))
        offers.sweep()
    assert len(notices()) == 1


def test_a_left_place_that_is_past_is_forgotten(
    booked: Appointment, service: Service, clock: time_machine.Traveller
) -> None:
    booking.reschedule(appointment=booked, starts_at=at("2026-11-27T09:30"))
    assert FreedPlace.objects.count() == 1
    clock.move_to(at("2026-11-26T09:31"))
    offers.sweep()
    assert not FreedPlace.objects.exists()


def test_written_in_guided_mode_it_is_told_as_held_with_the_question(
    booked: Appointment, service: Service, settings: Any
) -> None:
    settings.OPENAI_API_KEY = ""
    waits(service, "Anna", ANNA)
    booking.cancel(appointment=booked)
    mine = chat(ANNA)
    told = mine.say("quando ho l'appuntamento?")
    assert "tenuto per lei fino alle 11:00" in told
    assert "Il suo appuntamento" not in told


def test_who_was_booked_otherwise_meanwhile_is_asked_nothing_more(
    booked: Appointment, service: Service
) -> None:
    """The offer was made; then the shop books them elsewhere by hand and takes them off the list."""
    anna, ugo = waits(service, "Anna", ANNA), waits(service, "Ugo", UGO)
    booking.cancel(appointment=booked)
    hold = hold_of(ANNA)
    booking.reschedule(appointment=hold, starts_at=at("2026-11-27T09:30"), by_staff=True)
    assert (status_of(anna), status_of(ugo)) == ("booked", "offered")
    offers.sweep()
    assert len(asked(ANNA)) == 1
    assert (
        Appointment.objects.filter(scheduled_at=at(PLACE), status__in=["pending", "confirmed"]).count() == 1
    )
