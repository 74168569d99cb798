"""Thanks with where to leave a review: only for who agreed, once for a visit, and seldom."""

from collections.abc import Iterator
from datetime import date, time, timedelta
from typing import Any

import pytest
import time_machine

from receptionist import consenting, optout
from receptionist.followups import events, standing, thanks
from receptionist.models import (
    Conversation,
    FollowUp,
    FollowUpConfig,
    FollowUpSetting,
    Handover,
    OutboundMessage,
)
from scheduling.models import Appointment, Consent, Customer
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.begun import begun, meta_takes_all, with_whatsapp
from tests.receptionist.conftest import at, at_once

ANNA = "+393331000001"
LINK = "https://example.com/recensioni?x=1&y=2"
NEXT_DAY = "2026-11-25T11:00"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(at(NEXT_DAY), tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(transactional_db: None, clock: time_machine.Traveller, eager_tasks: None) -> Iterator[Shop]:
    rossi = with_whatsapp()
    with meta_takes_all(), in_shop(rossi):
        FollowUpConfig.load()
        FollowUpConfig.objects.update(review_link=LINK)
        FollowUpSetting.objects.create(kind="thanks", enabled=True)
        yield rossi


@pytest.fixture
def anna(shop: Shop) -> Customer:
    who = factories.customer(first_name="Anna", last_name="Neri", phone=ANNA)
    agree(who)
    return who


def agree(who: Customer, granted: bool = True) -> None:
    consenting.record(
        customer=who, purpose=Consent.Purpose.MARKETING, granted=granted, wording="?", channel="whatsapp"
    )


def visit(who: Customer, day: str = "2026-11-24", **values: Any) -> Appointment:
    """A car that was done and collected on this day."""
    values = {"status": "completed", "collected_at": at(f"{day}T17:00")} | values
    return factories.appointment(at(f"{day}T09:00"), customer=who, **values)


def test_the_day_after_with_the_link(anna: Customer) -> None:
    visit(anna)
    thanks.scan()
    thanks.scan()
    [told] = begun(ANNA, "promotion")
    assert LINK in told.text
    assert "STOP" in told.text
    assert told.template is not None
    assert (told.template.name, told.template.parameters) == ("aros_grazie", ("Officina Rossi", LINK))


def test_not_before_the_hour_of_the_day(anna: Customer, clock: time_machine.Traveller) -> None:
    visit(anna)
    clock.move_to(at("2026-11-25T10:59"))
    events.sweep()
    assert begun(ANNA, "promotion") == []
    clock.move_to(at("2026-11-25T11:00"))
    events.sweep()
    assert len(begun(ANNA, "promotion")) == 1


@pytest.mark.parametrize(
    "why", ["no consent", "refused", "stop", "off", "no link", "not done", "today", "comes back"]
)
def test_who_is_not_thanked(anna: Customer, why: str) -> None:
    if why == "no consent":
        Consent.objects.all().delete()
    if why == "refused":
        agree(anna, granted=False)
    if why == "stop":
        optout.record(customer=anna, channel="whatsapp", contact=ANNA)
    if why == "off":
        FollowUpSetting.objects.update(enabled=False)
    if why == "no link":
        FollowUpConfig.objects.update(review_link="")
    if why == "not done":
        visit(anna, status="no_show", collected_at=None)
    elif why == "today":
        visit(anna, "2026-11-25", collected_at=at("2026-11-25T10:00"))
    else:
        visit(anna)
    if why == "comes back":  # the car is in again: not the moment
        factories.appointment(at("2026-11-25T10:00"), customer=anna, status="in_progress")
    thanks.scan()
    assert begun() == []
    assert begun(ANNA, "promotion") == []


def test_a_customer_is_thanked_twice_a_year_at_most(anna: Customer, clock: time_machine.Traveller) -> None:
    visit(anna)
    visit(anna, collected_at=at("2026-11-24T17:30"), bay=factories.bay())
    thanks.scan()
    assert len(begun(ANNA, "promotion")) == 1
    for days, count in ((60, 1), (190, 2)):
        later = date(2026, 11, 24) + timedelta(days=days)
        visit(anna, later.isoformat())
        clock.move_to(at(f"{later + timedelta(days=1)}T12:00"))
        FollowUp.objects.exclude(outcome="sent").delete()
        thanks.scan()
        assert len(begun(ANNA, "promotion")) == count


def test_after_a_day_without_workers_and_not_after_a_week(
    anna: Customer, clock: time_machine.Traveller
) -> None:
    visit(anna)
    clock.move_to(at("2026-11-26T11:30"))
    thanks.scan()
    assert len(begun(ANNA, "promotion")) == 1
    other = factories.customer(phone="+393331000009")
    agree(other)
    visit(other, "2026-11-17")
    thanks.scan()
    assert len(begun(purpose="promotion")) == 1


def test_many_workers_at_once(anna: Customer, shop: Shop) -> None:
    visit(anna)
    at_once(shop, lambda _number: thanks.scan(now=at(NEXT_DAY)), 4)
    assert len(begun(ANNA, "promotion")) == 1


@pytest.mark.parametrize(
    ("status", "urgency", "since", "thanked"),
    [
        ("open", "normal", -1, False),
        ("taken", "normal", -40, False),
        ("done", "normal", -1, True),
        ("done", "high", -1, False),
        ("done", "high", -40, True),  # of an earlier visit
        ("open", "danger", -1, False),
    ],
)
def test_who_waits_for_a_person_or_complained(
    anna: Customer, clock: time_machine.Traveller, status: str, urgency: str, since: int, thanked: bool
) -> None:
    visit(anna)
    asked_for(anna, status=status, urgency=urgency, created_at=at(NEXT_DAY) + timedelta(days=since, hours=2))
    for hours in (0, 4, 24):
        clock.move_to(at(NEXT_DAY) + timedelta(hours=hours))
        thanks.scan()
    assert len(begun(ANNA, "promotion")) == thanked


def asked_for(who: Customer, **values: Any) -> Handover:
    """They asked for a person in a chat."""
    talk = Conversation.objects.create(channel="whatsapp", customer=who, contact=ANNA)
    return Handover.objects.create(conversation=talk, reason="reclamo", **values)


@pytest.mark.parametrize("why", ["complained", "no_show", "fine"])
def test_one_that_waits_is_dropped_when_there_is_nothing_to_thank_for(
    anna: Customer, clock: time_machine.Traveller, why: str
) -> None:
    row = visit(anna)
    FollowUpConfig.objects.update(quiet_from=time(10), quiet_to=time(14))
    thanks.scan()
    [message] = OutboundMessage.objects.filter(recipient=ANNA, purpose="promotion")
    if why == "complained":
        asked_for(anna, urgency="high")
    elif why == "no_show":
        Appointment.objects.filter(pk=row.pk).update(status="no_show")
    clock.move_to(at("2026-11-25T14:00"))
    assert standing.is_stale(message) == (why != "fine")


@pytest.mark.parametrize("status", ["no_show", "cancelled", "confirmed", "pending", "in_progress"])
def test_never_for_what_was_not_done(anna: Customer, status: str) -> None:
    visit(anna, status=status, collected_at=None)
    thanks.scan()
    assert begun(ANNA, "promotion") == []
