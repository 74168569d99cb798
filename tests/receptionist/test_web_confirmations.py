"""A booking from the shop's page is confirmed at the number that was left there, when its box was ticked."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine

from receptionist import confirmations, consenting, links, optout
from receptionist.content import Content
from receptionist.models import AIConfig, Channel, OutboundMessage
from scheduling import booking
from scheduling.models import Appointment, ChannelIdentity, Consent
from scheduling.models.appointments import Source, Status
from shops.context import in_shop
from shops.lines import attach_whatsapp
from shops.models import Shop
from tests import factories
from tests.database import as_owner

LEFT = "+393331112223"
WORDS = "Con la conferma…"


@pytest.fixture
def shop(transactional_db: None, eager_tasks: None) -> Iterator[Shop]:
    """The first shop with a WhatsApp number. Tuesday, 24 November 2026, 9:41 in Italy."""
    with time_machine.travel(datetime(2026, 11, 24, 8, 41, tzinfo=UTC)):
        with as_owner():
            rossi = Shop.objects.get(slug="officina-rossi")
            attach_whatsapp(
                rossi, phone_number_id="wa-rossi", waba_id="w", number="+390212345678", access_token="t"
            )
        with in_shop(rossi):
            AIConfig.objects.update(address="Via Roma 1, Milano")
            yield rossi


def booked(*, channel: str = "web", granted: bool = True, **values: Any) -> Appointment:
    """An appointment from the page, by a customer without a number, with their answer about messages."""
    who = factories.customer(phone=None)
    day = values.pop("day", 26)
    row = factories.appointment(
        factories.local(2026, 11, day, 9, 30),
        customer=who,
        **({"source": Source.WEB, "contact_phone": LEFT} | values),
    )
    consenting.record(
        customer=who,
        purpose=Consent.Purpose.SERVICE_MESSAGES,
        granted=granted,
        wording=WORDS,
        channel=channel,
    )
    return row


def sent() -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(channel="whatsapp").order_by("created_at"))


def test_who_ticked_the_box_gets_it_at_the_number_left_with_the_link(shop: Shop) -> None:
    row = booked()
    confirmations.send(appointment_id=row.pk)
    confirmations.send(appointment_id=row.pk)
    [message] = sent()
    content = Content.from_json(message.content)
    assert (message.recipient, message.purpose) == (LEFT, "confirmation")
    assert links.appointment_url(row, shop=shop) in content.text
    assert content.template is not None
    assert not any("appuntamento/" in each for each in content.template.parameters)


@pytest.mark.parametrize(
    "values",
    [
        {"granted": False},
        {"channel": "voice"},
        {"channel": "paper"},
        {"source": Source.AI_VOICE},
        {"source": Source.MANUAL},
        {"contact_phone": ""},
        {"status": Status.PENDING},
        {"status": Status.CANCELLED},
    ],
    ids=["no", "said", "paper", "call", "desk", "nothing-left", "pending", "cancelled"],
)
def test_nothing_else_goes_to_a_number_that_was_only_typed(shop: Shop, values: dict[str, Any]) -> None:
    row = booked(**values)
    assert confirmations.send(appointment_id=row.pk) is None
    assert sent() == []


def test_a_box_that_was_not_ticked_sends_nothing(shop: Shop) -> None:
    row = booked()
    Consent.objects.all().delete()
    assert confirmations.send(appointment_id=row.pk) is None


def test_a_moved_one_is_confirmed_anew(shop: Shop) -> None:
    row = booked()
    confirmations.send(appointment_id=row.pk)
    booking.reschedule(appointment=row, starts_at=factories.local(2026, 11, 27, 10))
    first, second = sent()
    assert "venerdì 27 novembre" in Content.from_json(second.content).text
    assert confirmations.is_stale(first)
    assert not confirmations.is_stale(second)


def test_a_pending_one_when_the_shop_says_yes(shop: Shop) -> None:
    row = booked(status=Status.PENDING)
    booking.confirm(appointment=row)
    assert [message.recipient for message in sent()] == [LEFT]


def test_a_cancelled_one_is_dropped_before_it_goes(shop: Shop) -> None:
    row = booked()
    confirmations.send(appointment_id=row.pk)
    booking.cancel(appointment=row)
    [message] = sent()
    assert confirmations.is_stale(message)


def test_three_a_day_to_one_number_whoever_types_it(shop: Shop) -> None:
    for day in (25, 26, 27, 30):
        confirmations.send(appointment_id=booked(day=day).pk)
    assert len(sent()) == 3
    other = booked(day=30, contact_phone="+393339998887", bay=factories.bay())
    confirmations.send(appointment_id=other.pk)
    assert len(sent()) == 4


def test_asking_again_for_what_was_sent_does_not_count(shop: Shop) -> None:
    row = booked()
    for _again in range(5):
        confirmations.send(appointment_id=row.pk)
    confirmations.send(appointment_id=booked(day=27).pk)
    assert len(sent()) == 2


def test_stop_from_that_number_counts_although_the_booking_made_another_customer(shop: Shop) -> None:
    owner = factories.customer(phone=LEFT)
    ChannelIdentity.objects.create(
        customer=owner,
        channel=Channel.WHATSAPP,
        external_id=LEFT,
        verified=True,
        opted_out_at=datetime(2026, 11, 1, tzinfo=UTC),
    )
    assert optout.is_out(owner, "whatsapp")
    assert confirmations.send(appointment_id=booked().pk) is None
    assert sent() == []


def test_a_replaced_key_says_nothing_twice(shop: Shop, settings: Any) -> None:
    row = booked()
    confirmations.send(appointment_id=row.pk)
    settings.SECRET_KEY = "another-key-altogether-of-some-length"
    confirmations.send(appointment_id=row.pk)
    assert len(sent()) == 1
    assert not confirmations.is_stale(sent()[0])


def test_what_is_past_is_not_confirmed(shop: Shop) -> None:
    row = booked()
    with time_machine.travel(row.scheduled_at + timedelta(minutes=1)):
        assert confirmations.send(appointment_id=row.pk) is None
