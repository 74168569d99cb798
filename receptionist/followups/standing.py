"""Whether a message that waited is still true, and whether its hour is one to write in: asked right before it is sent.

A queue may stand still for hours (a token, a provider), and meanwhile appointments are moved, places are taken and
consents withdrawn.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

from django.utils import timezone

from receptionist import consenting
from receptionist.followups import day_before, missed_call, thanks, when
from receptionist.models import (
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
    OfferStatus,
    OutboundMessage,
    Purpose,
    SlotOffer,
)
from scheduling.models import Appointment, Consent
from scheduling.models.appointments import Status
from shops.context import current_shop

BEGUN = frozenset({Purpose.REMINDER, Purpose.PROMOTION})
# What was meant for one day says nothing true two days later.
OLD = timedelta(days=2)
NOBODY = UUID(int=0)


def is_stale(message: OutboundMessage, now: datetime | None = None) -> bool:
    """Whether a reminder or a promotional message is no longer true, or no longer wanted. A few queries at most."""
    now = now or timezone.now()
    row = FollowUp.objects.select_related("customer").filter(key=message.key).first() if message.key else None
    if row is None:
        return False
    if row.customer and (row.customer.erased_at or row.customer.archived_at):
        return True
    if message.purpose == Purpose.PROMOTION:
        if _is_old(message, row, now):
            return True
        if row.kind == FollowUpKind.THANKS and not thanks.still_due(row.appointment_id or NOBODY):
            return True
        return row.customer is None or not consenting.agreed([row.customer.pk], Consent.Purpose.MARKETING)
    check = _CHECKS.get(FollowUpKind(row.kind), _is_old)
    return check(message, row, now)


def _is_old(message: OutboundMessage, row: FollowUp, now: datetime) -> bool:
    return now - row.created_at > OLD


def _is_moved(message: OutboundMessage, row: FollowUp, now: datetime) -> bool:
    found = Appointment.objects.filter(
        pk=row.appointment_id or NOBODY, status=Status.CONFIRMED, scheduled_at__gt=now
    ).first()
    if found is None:
        return True
    # Another time of the same day is put right (followups.fresh); another day has a reminder of its own.
    return message.key != day_before.key_of(found, current_shop())


def _is_collected(message: OutboundMessage, row: FollowUp, now: datetime) -> bool:
    waiting = Appointment.objects.filter(
        pk=row.appointment_id or NOBODY, status=Status.COMPLETED, collected_at=None
    )
    return _is_old(message, row, now) or not waiting.exists()


def _is_settled(message: OutboundMessage, row: FollowUp, now: datetime) -> bool:
    offers = SlotOffer.objects.filter(message=message)
    return offers.exists() and not offers.filter(status=OfferStatus.HELD, held_until__gt=now).exists()


def _is_answered(message: OutboundMessage, row: FollowUp, now: datetime) -> bool:
    return now > missed_call.not_after(row.created_at) or missed_call.came_back(
        message.recipient,
        row.customer_id,
        row.created_at,
        but=missed_call.missed_of(message.recipient, now),
    )


_CHECKS: dict[FollowUpKind, Callable[[OutboundMessage, FollowUp, datetime], bool]] = {
    FollowUpKind.DAY_BEFORE: _is_moved,
    FollowUpKind.READY: _is_collected,
    FollowUpKind.MISSED_CALL: _is_answered,
    FollowUpKind.FREED_PLACE: _is_settled,
}


def has_to_wait(purpose: str, now: datetime | None = None) -> float:
    """Seconds until a message for this purpose may go out: quiet hours and days off; 0 for now. One query at most.

    Answers and confirmations never wait: the person is there.
    """
    if purpose not in BEGUN:
        return 0
    now = now or timezone.now()
    allowed = when.next_allowed(now, FollowUpConfig.load(), current_shop().tz)
    return max(0.0, (allowed - now).total_seconds())
