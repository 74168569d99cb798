"""Beside a conversation: the customer, the cars, what lies ahead and behind, and what was agreed to."""

from typing import Any

from django.utils import timezone

from backoffice.inbox import deeds
from receptionist import transcript
from receptionist.models import Conversation
from scheduling.models import Appointment, ChannelIdentity, Consent, Customer, Vehicle
from scheduling.models.appointments import LIVE

MOST = 5
MOST_APPOINTMENTS = 30


def context(row: Conversation) -> dict[str, Any]:
    """What the side shows. Twelve queries at most."""
    account = deeds.account(row)
    return {
        "row": row,
        "account": account,
        "account_heading": deeds.heading(account),
        "recordings": transcript.recordings(row),
        **(_customer(row, row.customer) if row.customer else {}),
    }


def _customer(row: Conversation, customer: Customer) -> dict[str, Any]:
    now = timezone.now()
    mine = Appointment.objects.filter(customer=customer).select_related("service", "vehicle")
    found = list(mine.order_by("-scheduled_at")[:MOST_APPOINTMENTS])
    ahead = [each for each in found if each.ends_at > now and each.status in LIVE][::-1]
    behind = [each for each in found if each.ends_at <= now or each.status not in LIVE]
    consents: dict[str, Consent] = {}
    for each in Consent.objects.filter(customer=customer).order_by("-given_at")[:40]:
        consents.setdefault(each.purpose, each)
    stopped = ChannelIdentity.objects.filter(customer=customer, opted_out_at__isnull=False)
    others = Conversation.objects.filter(customer=customer).exclude(pk=row.pk).order_by("-active_at")
    return {
        "customer": customer,
        "cars": list(Vehicle.objects.filter(customer=customer, archived_at=None)[:MOST]),
        "ahead": ahead[:MOST],
        "behind": behind[:3],
        "consents": list(consents.values()),
        "stopped": list(stopped.order_by("opted_out_at")),
        "others": list(others.only("channel", "active_at", "summary", "status")[:MOST]),
    }
