"""Who answers a chat at this moment: one worker, for as long as its lease runs.

The lease stands in the conversation's row, because it has to outlive a broker that is emptied; a worker that was killed
loses it by the clock. Source: DESIGN, "A WhatsApp message".
"""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from receptionist.models import Conversation


class LeaseLost(Exception):
    """The lease ran out and somebody else has it: what was prepared here must not be stored."""


def take(*, conversation_id: uuid.UUID | str, holder: uuid.UUID) -> bool:
    """Take the chat's lease unless somebody else has it; whether it is `holder`'s now. One statement."""
    now = timezone.now()
    free = Q(lease_holder=holder) | Q(lease_until__isnull=True) | Q(lease_until__lte=now)
    rows = Conversation.objects.filter(free, pk=conversation_id, ended_at__isnull=True)
    return bool(rows.update(lease_holder=holder, lease_until=until(now)))


def give_up(*, conversation_id: uuid.UUID | str, holder: uuid.UUID) -> None:
    """Let the lease go, if it is still `holder`'s."""
    held = Conversation.objects.filter(pk=conversation_id, lease_holder=holder)
    held.update(lease_holder=None, lease_until=None)


def until(now: datetime) -> datetime:
    """When a lease that is taken or prolonged now runs out."""
    return now + timedelta(seconds=settings.TURN_LEASE_SECONDS)
