"""A missed call brings one WhatsApp to the mobile it came from: soon, once a day, and not to who was helped."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine

from receptionist import confirmations, optout
from receptionist.followups import missed_call
from receptionist.inbound import Incoming
from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    Handover,
    MessageKind,
    OutboundMessage,
    ToolCall,
)
from shops.context import in_shop
from shops.lines import attach_line
from shops.models import Shop, WhatsAppNumber
from shops.staff.models import StaffUser
from tests import factories
from tests.database import as_owner
from tests.receptionist.begun import begun, meta_takes_all, with_whatsapp
from tests.receptionist.chat import chat_with
from tests.receptionist.conftest import NOW, at, at_once

ANNA, LANDLINE = "+393331000001", "+390221234567"


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def shop(transactional_db: None, clock: time_machine.Traveller, eager_tasks: None) -> Iterator[Shop]:
    rossi = with_whatsapp()
    with meta_takes_all(), in_shop(rossi):
        yield rossi


def call(
    phone: str = ANNA,
    *,
    ended: datetime = NOW - timedelta(minutes=10),
    said: tuple[str, ...] = (),
    **values: Any,
) -> Conversation:
    """A call that ended at this moment."""
    values = {"caller_verified": bool(phone), "status": "completed"} | values
    row = Conversation.objects.create(
        channel="voice",
        external_id=f"call-{Conversation.objects.count()}",
        phone_number=phone,
        started_at=ended - timedelta(minutes=1),
        ended_at=ended,
        **values,
    )
    for number, text in enumerate(said):
        ConversationMessage.objects.create(
            conversation=row, role="customer", text=text, position=number, received_at=row.started_at
        )
    return row


def tool(row: Conversation, name: str, *, ok: bool = True, **values: Any) -> None:
    ToolCall.objects.create(conversation=row, call_id=name, name=name, ok=ok, result="…", **values)


def test_who_hung_up_before_saying_what(shop: Shop) -> None:
    call(said=("Pronto?",))
    missed_call.scan()
    missed_call.scan()
    [told] = begun(ANNA)
    assert "Abbiamo visto la sua chiamata" in told.text
    assert told.template is not None
    assert (told.template.name, told.template.parameters) == ("aros_chiamata_persa", ("Officina Rossi",))


def test_who_asked_for_an_appointment_and_left_without(shop: Shop) -> None:
    tool(call(said=("Buongiorno", "un tagliando", "no", "vediamo")), "check_availability")
    missed_call.scan()
    assert len(begun(ANNA)) == 1


def test_who_was_cut_off(shop: Shop) -> None:
    call(said=("Buongiorno", "vorrei", "sapere", "se"), status="failed", ended_reason="pipeline-error")
    missed_call.scan()
    assert len(begun(ANNA)) == 1


def test_one_a_day_for_a_number(shop: Shop, clock: time_machine.Traveller) -> None:
    call()
    missed_call.scan()
    clock.shift(timedelta(hours=1))
    call(ended=NOW + timedelta(minutes=50))
    missed_call.scan()
    assert len(begun(ANNA)) == 1
    clock.move_to(at("2026-11-25T10:00"))
    call(ended=at("2026-11-25T09:50"))
    missed_call.scan()
    assert len(begun(ANNA)) == 2


def test_many_workers_at_once(shop: Shop) -> None:
    call()
    at_once(shop, lambda _number: missed_call.scan(now=NOW), 4)
    assert len(begun(ANNA)) == 1


@pytest.mark.parametrize(
    "why",
    [
        *(
            "landline",
            "withheld",
            "said only",
            "too early",
            "too late",
            "staff",
            "transferred",
            "handover",
            "booked",
        ),
        *("waiting list", "told", "called again", "wrote", "booked later", "seller", "stop", "still talking"),
    ],
)
def test_who_is_not_written_to(shop: Shop, why: str) -> None:
    who = factories.customer(phone=ANNA)
    row = call(
        {"landline": LANDLINE, "withheld": ""}.get(why, ANNA),
        ended=NOW
        - {"too early": timedelta(minutes=2), "too late": timedelta(hours=5)}.get(why, timedelta(minutes=10)),
        status="transferred" if why == "transferred" else "completed",
        customer=who,
        said=("Sono un rappresentante, ho una proposta commerciale",) if why == "seller" else (),
    )
    if why == "said only":
        Conversation.objects.update(caller_verified=False)
    if why == "still talking":
        Conversation.objects.update(ended_at=None, status="active")
    if why == "staff":
        StaffUser.objects.create(email="x@rossi.example", phone=ANNA, role="mechanic")
    if why == "handover":
        Handover.objects.create(conversation=row, reason="Chiede di essere richiamata", kind="callback")
    if why == "booked":
        factories.appointment(at("2026-11-26T09:00"), customer=who, conversation_id=row.pk)
    if why == "booked later":
        factories.appointment(at("2026-11-26T09:00"), customer=who)
    if why == "waiting list":
        tool(row, "book_appointment")
    if why == "told":
        tool(row, "vehicle_status")
    if why == "called again":
        again = call(ended=NOW, said=("Buongiorno", "un tagliando", "giovedì", "sì"))
        tool(again, "book_appointment")
    if why == "wrote":
        chat_with(ANNA).receive(Incoming(wire_id="w", kind=MessageKind.TEXT, text="ciao"))
    if why == "stop":
        optout.record(customer=who, channel="whatsapp", contact=ANNA)
    missed_call.scan()
    assert begun() == []


def test_at_night_it_is_answered_in_the_first_hour_of_the_morning(
    shop: Shop, clock: time_machine.Traveller
) -> None:
    """Twice in the night, before and after midnight: one message, when the quiet hours are over."""
    for when in ("2026-11-24T21:50", "2026-11-25T00:30"):
        clock.move_to(at(when) + timedelta(minutes=5))
        call(ended=at(when))
        missed_call.scan()
    [row] = OutboundMessage.objects.filter(purpose="reminder")
    assert at("2026-11-25T08:30") <= row.next_attempt_at <= at("2026-11-25T08:40")
    assert not confirmations.is_stale(row, now=at("2026-11-25T08:35"))
    assert confirmations.is_stale(row, now=at("2026-11-25T09:31"))


def test_who_calls_again_in_the_morning_gets_none(shop: Shop, clock: time_machine.Traveller) -> None:
    clock.move_to(at("2026-11-24T22:00"))
    call(ended=at("2026-11-24T21:50"))
    missed_call.scan()
    [row] = OutboundMessage.objects.filter(purpose="reminder")
    call(ended=at("2026-11-25T08:10"), said=("Buongiorno", "sono", "di", "nuovo"))
    assert confirmations.is_stale(row, now=at("2026-11-25T08:35"))


def test_a_worker_that_was_down_for_the_night(shop: Shop, clock: time_machine.Traveller) -> None:
    call(ended=at("2026-11-24T21:50"))
    call("+393331000007", ended=at("2026-11-24T15:00"))
    clock.move_to(at("2026-11-25T08:40"))
    missed_call.scan()
    assert len(begun(ANNA)) == 1
    assert begun("+393331000007") == []


def test_on_a_sunday_it_is_too_long_ago(shop: Shop, clock: time_machine.Traveller) -> None:
    clock.move_to(at("2026-11-29T11:00"))
    call(ended=at("2026-11-29T10:50"))
    missed_call.scan()
    assert begun() == []


def test_a_worker_that_was_down_for_a_day_writes_to_nobody(shop: Shop, clock: time_machine.Traveller) -> None:
    call()
    clock.shift(timedelta(days=1))
    missed_call.scan()
    assert begun() == []


def test_nothing_personal_is_in_the_key(shop: Shop) -> None:
    from receptionist.models import FollowUp

    call()
    missed_call.scan()
    assert ANNA[1:] not in FollowUp.objects.get().key


def test_five_calls_in_ten_minutes_are_one_message(shop: Shop, clock: time_machine.Traveller) -> None:
    for minutes in range(0, 10, 2):
        clock.move_to(NOW + timedelta(minutes=minutes))
        call(ended=NOW + timedelta(minutes=minutes))
        missed_call.scan()
    for minutes in range(10, 60, 2):
        clock.move_to(NOW + timedelta(minutes=minutes))
        missed_call.scan()
    assert len(begun(ANNA)) == 1


@pytest.mark.parametrize("which", ["telephone", "WhatsApp", "line", "Meta's number", "passed on"])
def test_the_shop_does_not_write_to_itself(shop: Shop, which: str) -> None:
    with as_owner():
        if which == "telephone":
            Shop.objects.filter(pk=shop.pk).update(phone_number=ANNA)
        elif which == "WhatsApp":
            Shop.objects.filter(pk=shop.pk).update(whatsapp_number=ANNA)
        elif which == "line":
            attach_line(shop, phone_number_id="line-2", number=ANNA)
        elif which == "Meta's number":
            WhatsAppNumber.objects.filter(shop=shop).update(number=ANNA)
        again = Shop.objects.get(pk=shop.pk)
    with in_shop(again):
        if which == "passed on":
            AIConfig.load()
            AIConfig.objects.update(transfer_number=ANNA)
        call()
        missed_call.scan()
        assert begun() == []
