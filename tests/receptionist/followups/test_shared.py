"""Several people on one telephone, and one with many cars: who is written to, what a tap means, whose consent counts."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from receptionist import consenting, sweeping
from receptionist.followups import due_query, rounds
from receptionist.models import FollowUp, FollowUpKind, OutboundMessage
from scheduling.models import Appointment, Consent
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import begun, meta_takes_all, with_whatsapp
from tests.receptionist.chat import chat_with
from tests.receptionist.conftest import at
from tests.receptionist.followups.conftest import agree, turn

HOME = "+393331000001"
TOMORROW = "2026-11-25"


@pytest.fixture
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    """The Tuesday, at five: the reminders' hour."""
    settings.BURST_WAIT_SECONDS, settings.OPENAI_API_KEY = 0, ""
    with time_machine.travel(at("2026-11-24T17:00"), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(transactional_db: None, clock: time_machine.Traveller, eager_tasks: None) -> Iterator[Shop]:
    rossi = with_whatsapp()
    with meta_takes_all(), in_shop(rossi):
        yield rossi


def on_the_web(name: str, hour: int, *, granted: bool = True) -> Appointment:
    """Somebody booked on the web page, with the number of the household, and answered about messages."""
    who = factories.customer(first_name=name, last_name="Neri", phone=None)
    consenting.record(
        customer=who,
        purpose=Consent.Purpose.SERVICE_MESSAGES,
        granted=granted,
        wording="Posso scriverle?",
        channel="web",
    )
    row = factories.appointment(
        at(f"{TOMORROW}T{hour:02}:00"), customer=who, source="web", contact_phone=HOME
    )
    booked_before(row)
    return row


def booked_before(row: Appointment) -> None:
    Appointment.objects.filter(pk=row.pk).update(created_at=at("2026-11-20T10:00"))


def test_each_tap_is_about_its_own_appointment(shop: Shop, clock: time_machine.Traveller) -> None:
    hers, his = on_the_web("Anna", 9), on_the_web("Ugo", 11)
    rounds.run()
    assert len(begun(HOME)) == 2

    chat_with(HOME).tap_id(f"confirm:{hers.code}")
    his.refresh_from_db()
    hers.refresh_from_db()
    assert (hers.customer_confirmed_at is None, his.customer_confirmed_at is None) == (False, True)

    clock.shift(timedelta(minutes=1))
    chat = chat_with(HOME)
    assert "11:00" in chat.tap_id(f"cancel:{his.code}")
    clock.shift(timedelta(minutes=1))
    chat.tap_id(f"drop:{his.code}")
    his.refresh_from_db()
    hers.refresh_from_db()
    assert (hers.status, his.status) == ("confirmed", "cancelled")


def test_the_consent_of_one_is_not_the_others(shop: Shop) -> None:
    on_the_web("Anna", 9)
    on_the_web("Ugo", 11, granted=False)
    rounds.run()

    [told] = begun(HOME)
    assert "Anna" in told.text
    reasons = set(FollowUp.objects.filter(outcome="skipped").values_list("customer__first_name", "reason"))
    assert reasons == {("Ugo", "no_number")}


def test_a_number_left_by_somebody_brings_them_no_promotion(shop: Shop) -> None:
    """The husband's number is verified and he agreed; the wife only left it on the web page."""
    his = factories.customer(first_name="Ugo", last_name="Neri", phone=HOME)
    agree(his)
    hers = on_the_web("Anna", 9).customer
    agree(hers)
    for each in (his, hers):
        factories.vehicle(each, last_revision_on=date(2024, 11, 5))
    turn(FollowUpKind.REVISION)
    rounds.run()

    assert [row.customer for row in FollowUp.objects.filter(kind="revision")] == [his]


def test_stop_from_the_number_stops_all_who_are_behind_it(shop: Shop) -> None:
    factories.customer(first_name="Ugo", last_name="Neri", phone=HOME)
    on_the_web("Anna", 9)
    on_the_web("Ugo", 11)
    chat_with(HOME).say("STOP")
    rounds.run()

    assert begun(HOME) == []
    assert set(FollowUp.objects.values_list("reason", flat=True)) == {"stopped"}


def test_stop_while_the_messages_wait(shop: Shop, clock: time_machine.Traveller) -> None:
    turn(FollowUpKind.DAY_BEFORE)
    on_the_web("Anna", 9)
    on_the_web("Ugo", 11)
    rounds.run()
    OutboundMessage.objects.update(status="queued", sent_at=None, wire_id=None)
    chat_with(HOME).say("STOP")
    clock.shift(timedelta(minutes=2))
    sweeping.sweep_shop()

    assert set(OutboundMessage.objects.filter(purpose="reminder").values_list("status", flat=True)) == {
        "failed"
    }


def test_a_company_with_thirty_cars(shop: Shop, clock: time_machine.Traveller) -> None:
    """One message a day with five cars each, none left out, none twice."""
    company = factories.customer(first_name="Trasporti Neri", last_name="srl", phone=HOME)
    agree(company)
    cars = [factories.vehicle(company, last_revision_on=date(2024, 12, 5)) for _ in range(30)]
    turn(FollowUpKind.REVISION)
    for days in range(14):
        clock.move_to(at("2026-12-01T10:30") + timedelta(days=days))
        rounds.run()

    told = begun(HOME, "promotion")
    assert len(told) == 30 / due_query.MOST_FOR_ONE
    for car in cars:
        assert sum(car.license_plate in each.text for each in told) == 1
        assert sum(car.license_plate in _template(each) for each in told) == 1


def _template(content: Any) -> str:
    return " ".join(content.template.parameters)
