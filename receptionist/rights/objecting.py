"""No more promotion: said to the shop, in any way, and kept at once. Taken back by agreeing anew."""

from datetime import datetime

import structlog
from django.db import transaction
from django.utils import timezone

from receptionist import consenting
from receptionist.models import OutboundMessage, OutboundStatus, Purpose
from receptionist.rights import person as people
from scheduling.models import Consent, Customer

log = structlog.get_logger(__name__)
NEUTRAL = "Opposizione alle comunicazioni promozionali, registrata in officina."


def object_to_promotion(
    *, customer: Customer, channel: str = "shop", wording: str = NEUTRAL, now: datetime | None = None
) -> bool:
    """The customer wants no promotion any more; whether that was news.

    Messages about their own appointments go on: against those is STOP (receptionist.optout). Side effects: a Consent
    that says no, what they had agreed to withdrawn; promotional messages that still wait are not sent. Safe to repeat.
    """
    now = now or timezone.now()
    with transaction.atomic():
        row = consenting.record(
            customer=customer,
            purpose=Consent.Purpose.MARKETING,
            granted=False,
            wording=wording,
            channel=channel,
            now=now,
        )
        stopped = _take_back_what_waits(customer, now)
    if row or stopped:
        log.info("objected to promotion", channel=channel, stopped=stopped)
    return row is not None


def _take_back_what_waits(customer: Customer, now: datetime) -> int:
    person = people.of(customer)
    theirs = {*person.phones, *(name for _channel, name in person.contacts)}
    waiting = OutboundMessage.objects.filter(
        recipient__in=theirs, purpose=Purpose.PROMOTION, status=OutboundStatus.QUEUED
    )
    return waiting.update(status=OutboundStatus.FAILED, failed_at=now, error=NEUTRAL)


def agree_again(
    *, customer: Customer, wording: str, channel: str = "shop", now: datetime | None = None
) -> Consent | None:
    """They changed their mind: a new consent in words of its own; None when they had agreed already."""
    return consenting.record(
        customer=customer,
        purpose=Consent.Purpose.MARKETING,
        granted=True,
        wording=wording,
        channel=channel,
        now=now,
    )
