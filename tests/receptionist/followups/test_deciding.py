"""Decided once for each key, with why; stored to go out when it may."""

from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone

from receptionist import optout
from receptionist.content import Content
from receptionist.followups import deciding, whom
from receptionist.followups.reasons import Reason, words
from receptionist.models import (
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
    FollowUpOutcome,
    OutboundMessage,
    Purpose,
)
from scheduling.models import ChannelIdentity, Customer
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import at_once
from tests.receptionist.followups.conftest import agree, give_whatsapp, rome, turn

NOW = rome(2026, 11, 24, 10)
HELLO = Content("Buongiorno")


def decide(customer: Customer | None, *, key: str = "k", now: datetime = NOW, **values: Any) -> FollowUp:
    recipient = values.pop("recipient", whom.number_of(customer) if customer else "")
    return deciding.send(
        **{"kind": FollowUpKind.READY, "content": HELLO, "day": date(2026, 11, 24)}
        | values
        | {"key": key, "customer": customer, "recipient": recipient, "now": now}
    )


def test_it_goes_out_once_under_its_key(writing: Shop) -> None:
    customer = factories.customer()

    first, second = decide(customer), decide(customer, content=Content("Altro"))

    assert first.pk == second.pk
    assert first.outcome == FollowUpOutcome.SENT
    message = OutboundMessage.objects.get()
    assert (message.key, message.recipient, message.purpose) == ("k", str(customer.phone), Purpose.REMINDER)
    assert message.content["text"] == "Buongiorno"
    assert message.next_attempt_at == NOW
    assert first.message_id == message.pk


def test_in_quiet_hours_it_waits_for_their_end(writing: Shop) -> None:
    decide(factories.customer(), now=rome(2026, 11, 24, 22))

    waits_for = OutboundMessage.objects.get().next_attempt_at
    assert rome(2026, 11, 25, 8, 30) <= waits_for < rome(2026, 11, 25, 8, 41)


def test_too_late_is_said(writing: Shop) -> None:
    row = decide(factories.customer(), now=rome(2026, 11, 24, 22), not_after=rome(2026, 11, 25, 8))

    assert (row.outcome, row.reason) == (FollowUpOutcome.SKIPPED, Reason.TOO_LATE)
    assert not OutboundMessage.objects.exists()


def test_what_speaks_against_a_message(writing: Shop) -> None:
    stopped, archived, erased = factories.customer(), factories.customer(), factories.customer()
    optout.record(customer=stopped, channel="whatsapp", contact=str(stopped.phone))
    Customer.objects.filter(pk=archived.pk).update(archived_at=timezone.now())
    Customer.objects.filter(pk=erased.pk).update(erased_at=timezone.now())

    assert decide(stopped, key="1").reason == Reason.STOPPED
    assert decide(archived, key="2", recipient="+393331234567").reason == Reason.ARCHIVED
    assert decide(erased, key="3", recipient="+393331234567").reason == Reason.ERASED
    assert decide(factories.customer(phone=None), key="4").reason == Reason.NO_NUMBER
    assert decide(None, key="5", recipient=str(stopped.phone)).reason == Reason.STOPPED
    turn(FollowUpKind.READY, on=False)
    assert decide(factories.customer(), key="6").reason == Reason.OFF
    assert not OutboundMessage.objects.exists()
    assert all(words(reason) != reason for reason in Reason.values)


def test_stop_under_another_name_of_the_same_person_counts(writing: Shop) -> None:
    customer = factories.customer()
    optout.record(customer=customer, channel="whatsapp", contact="IT.1349")

    assert decide(customer).reason == Reason.STOPPED
    assert decide(None, key="other", recipient="IT.1349").reason == Reason.STOPPED


def test_promotion_needs_a_consent_that_stands(writing: Shop) -> None:
    turn(FollowUpKind.THANKS)
    asked, agreed, changed = factories.customer(), factories.customer(), factories.customer()
    agree(agreed)
    agree(changed)
    agree(changed, granted=False)

    assert decide(asked, key="1", kind=FollowUpKind.THANKS).reason == Reason.NO_CONSENT
    assert decide(changed, key="2", kind=FollowUpKind.THANKS).reason == Reason.NO_CONSENT
    assert (
        decide(None, key="3", kind=FollowUpKind.THANKS, recipient="+393331234567").reason == Reason.NO_CONSENT
    )
    assert decide(agreed, key="4", kind=FollowUpKind.THANKS).outcome == FollowUpOutcome.SENT
    assert OutboundMessage.objects.get().purpose == Purpose.PROMOTION
    assert decide(agreed, key="5", kind=FollowUpKind.THANKS).reason == Reason.ONE_A_DAY


def test_no_more_promotions_than_the_shop_wants_in_a_day(writing: Shop) -> None:
    turn(FollowUpKind.THANKS)
    FollowUpConfig.objects.update_or_create(only=True, defaults={"most_promotions_a_day": 2})
    people = [factories.customer() for _ in range(3)]
    for each in people:
        agree(each)

    rows = [decide(each, key=str(each.pk), kind=FollowUpKind.THANKS) for each in people]

    assert [row.reason for row in rows] == ["", "", Reason.MOST_A_DAY]
    fourth = factories.customer()
    agree(fourth)
    assert decide(fourth, key="next", kind=FollowUpKind.THANKS, now=NOW + timedelta(days=1)).reason == ""


def test_a_shop_without_whatsapp_says_so(in_rossi: Shop) -> None:
    assert decide(factories.customer()).reason == Reason.NO_WHATSAPP


def test_the_number_is_one_that_was_verified(writing: Shop) -> None:
    customer = factories.customer(phone=None)
    ChannelIdentity.objects.create(customer=customer, channel="whatsapp", external_id="+393330000001")
    assert whom.number_of(customer) == ""
    ChannelIdentity.objects.create(customer=customer, channel="whatsapp", external_id="IT.77", verified=True)
    assert whom.number_of(customer) == "IT.77"


def test_a_number_left_on_the_web_page_needs_the_answer_given_there(writing: Shop) -> None:
    customer = factories.customer(phone=None)
    row = factories.appointment(
        rome(2026, 11, 26, 9), customer=customer, source="web", contact_phone="+393337654321"
    )
    assert whom.number_for(row) == ""
    customer.consents.create(purpose="service_messages", granted=True, channel="web")
    assert whom.number_for(row) == "+393337654321"


def test_asked_by_many_at_once_it_goes_out_once(committed: Shop) -> None:
    give_whatsapp(committed)
    with in_shop(committed):
        customer = factories.customer()

    rows = at_once(committed, lambda _number: decide(customer), 6)

    assert len({row.pk for row in rows}) == 1
    with in_shop(committed):
        assert OutboundMessage.objects.count() == 1


def test_so_many_queries_for_one_as_for_many(writing: Shop, django_assert_max_num_queries: Any) -> None:
    turn(FollowUpKind.THANKS)
    people = [factories.customer() for _ in range(20)]
    for each in people:
        agree(each)
    wishes = [
        deciding.Wish(FollowUpKind.THANKS, str(each.pk), each, str(each.phone), HELLO, date(2026, 11, 24))
        for each in people
    ]

    with django_assert_max_num_queries(22):
        rows = deciding.send_many(wishes, now=NOW)

    assert all(row.outcome == FollowUpOutcome.SENT for row in rows)
    assert OutboundMessage.objects.count() == 20
