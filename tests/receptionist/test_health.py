"""What a shop reports about itself: counts and times that are right, and nothing else."""

import uuid
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.core.cache import caches
from django.utils import timezone

from receptionist import health
from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    MessageRole,
    ModelUsage,
    OutboundMessage,
)
from receptionist.tasks import report_health
from shops.context import as_platform, in_shop
from shops.models import Shop, ShopHealth

NOW = datetime.fromisoformat("2026-11-18T10:00:00+01:00")


def minutes(count: float) -> timedelta:
    return timedelta(minutes=count)


def conversation(channel: Channel, started: datetime, **values: Any) -> Conversation:
    return Conversation.objects.create(
        channel=channel, external_id=str(uuid.uuid4()), started_at=started, active_at=started, **values
    )


def written(chat: Conversation, at: datetime, **values: Any) -> None:
    ConversationMessage.objects.create(
        conversation=chat,
        role=MessageRole.CUSTOMER,
        text="ciao",
        wire_id=str(uuid.uuid4()),
        received_at=at,
        **values,
    )


def reported(shop: Shop) -> ShopHealth:
    with as_platform():
        return ShopHealth.objects.get(shop=shop)


def test_the_month_is_counted_from_its_beginning(in_rossi: Shop) -> None:
    last_month = NOW - timedelta(days=20)
    conversation(Channel.VOICE, last_month, ended_at=last_month + minutes(50), status="completed")
    conversation(Channel.VOICE, NOW - minutes(100), ended_at=NOW - minutes(97.5), status="completed")
    conversation(Channel.VOICE, NOW - minutes(50), ended_at=NOW - minutes(49), status="failed")
    conversation(Channel.VOICE, NOW - minutes(2))  # still talking
    conversation(Channel.WHATSAPP, NOW - timedelta(days=3), last_customer_at=NOW - timedelta(days=3))
    ModelUsage.objects.create(day="2026-11-02", model="m", cost=Decimal("1.25"))
    ModelUsage.objects.create(day="2026-10-31", model="m", cost=Decimal(9))
    health.report(NOW)
    found = reported(in_rossi)
    assert (found.calls, found.call_minutes, found.chats) == (3, 4, 1)
    assert found.ai_cost == Decimal("1.25")
    assert str(found.month) == "2026-11-01"
    assert found.last_call_at == NOW - minutes(2)
    assert found.last_message_at == NOW - timedelta(days=3)
    assert found.failed_conversations == 1
    assert (found.waiting_in, found.waiting_out, found.waiting_since) == (0, 0, None)


def test_what_waits_and_what_failed(in_rossi: Shop) -> None:
    chat = conversation(Channel.WHATSAPP, NOW - minutes(40), contact="+393331112223")
    written(chat, NOW - minutes(30))
    written(chat, NOW - minutes(20))
    written(chat, NOW - minutes(35), answered_at=NOW)
    written(chat, NOW)  # in a worker's hands
    with_a_person = conversation(
        Channel.WHATSAPP, NOW - minutes(90), contact="+393331112224", status="transferred"
    )
    written(with_a_person, NOW - minutes(80))
    common = {"channel": "whatsapp", "recipient": "+393331112223", "created_at": NOW - minutes(10)}
    OutboundMessage.objects.create(**common, next_attempt_at=NOW - minutes(10))
    OutboundMessage.objects.create(**common, next_attempt_at=NOW + minutes(10))
    OutboundMessage.objects.create(**common, status="failed", failed_at=NOW - minutes(5))
    OutboundMessage.objects.create(**common, status="failed", failed_at=NOW - timedelta(days=2))
    health.report(NOW)
    found = reported(in_rossi)
    assert (found.waiting_in, found.waiting_out) == (2, 1)
    assert found.waiting_since == NOW - minutes(30)
    assert found.failed_messages == 1


def test_the_last_call_is_remembered_and_the_row_stays_one(
    in_rossi: Shop, django_assert_num_queries: Any
) -> None:
    long_ago = NOW - timedelta(days=200)
    conversation(Channel.VOICE, long_ago, ended_at=long_ago + minutes(1), status="completed")
    health.report(NOW - minutes(5))
    with django_assert_num_queries(2):
        health.report(NOW)
    found = reported(in_rossi)
    assert found.last_call_at == long_ago
    assert found.reported_at == NOW


def test_every_shop_that_is_served_reports(rossi: Shop, bianchi: Shop) -> None:
    with as_platform():
        bianchi.status = Shop.Status.SUSPENDED
        bianchi.save(update_fields=["status"])
    report_health()
    with as_platform():
        found = ShopHealth.objects.get()
        assert found.shop == rossi
        assert timezone.now() - found.reported_at < minutes(1)


def test_one_round_at_a_time(rossi: Shop, settings: Any) -> None:
    caches["routing"].add(f"{settings.DATABASES['default']['NAME']}:health", b"1", timeout=10)
    report_health()
    with as_platform():
        assert not ShopHealth.objects.exists()


@pytest.mark.parametrize("trouble", [RuntimeError, KeyError])
def test_the_trouble_of_one_shop_does_not_keep_the_others(
    rossi: Shop, bianchi: Shop, trouble: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    real = health.report

    def report() -> None:
        from shops.context import current_shop

        if current_shop() == rossi:
            raise trouble
        real()

    monkeypatch.setattr(health, "report", report)
    report_health()
    with as_platform():
        assert ShopHealth.objects.get().shop == bianchi
    with in_shop(rossi):
        real()
    with as_platform():
        assert ShopHealth.objects.count() == 2
