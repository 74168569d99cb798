"""A message that the shop begins, as it has to be when it goes out: to the number of today, with the facts of today.

Between the decision and the sending may lie a night, a Sunday or a standstill; names, numbers, cars and appointments are
put right meanwhile. So the words and the number are made again from what is known now, by the way they were made first.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from receptionist.content import Content
from receptionist.followups import (
    day_before,
    due_dates,
    due_now,
    kinds,
    offering,
    ready,
    telling,
    thanks,
    when,
    whom,
)
from receptionist.models import AIConfig, FollowUp, FollowUpKind, OutboundMessage, SlotOffer
from scheduling.models import Appointment
from shops.context import current_shop

NOBODY = UUID(int=0)


@dataclass(frozen=True)
class Fresh:
    """To whom and what. `recipient` "": nobody can be told this any more."""

    recipient: str
    content: Content


GONE = Fresh("", Content(""))


def of(message: OutboundMessage, now: datetime | None = None) -> Fresh | None:
    """The message as it has to be now; None for one that nothing is known about. Some ten queries at most."""
    row = FollowUp.objects.select_related("customer").filter(key=message.key).first() if message.key else None
    if row is None or (row.customer is None and row.kind != FollowUpKind.MISSED_CALL):
        return None
    make = _MAKERS.get(FollowUpKind(row.kind), _due_dates)
    return make(message, row, now or timezone.now())


def _appointment(row: FollowUp) -> Appointment | None:
    rows = Appointment.objects.select_related("customer", "service", "vehicle")
    return rows.filter(pk=row.appointment_id or NOBODY).first()


def _day_before(message: OutboundMessage, row: FollowUp, now: datetime) -> Fresh | None:
    found = _appointment(row)
    return Fresh(whom.number_for(found), day_before.content(found)) if found else GONE


def _ready(message: OutboundMessage, row: FollowUp, now: datetime) -> Fresh | None:
    found = _appointment(row)
    return Fresh(whom.number_for(found), ready.content(found, now)) if found else GONE


def _missed_call(message: OutboundMessage, row: FollowUp, now: datetime) -> Fresh | None:
    """It answers the number that called, whoever that is."""
    places = telling.general_places(row.customer, AIConfig.load())
    return Fresh(message.recipient, kinds.content_for(FollowUpKind.MISSED_CALL, places))


def _freed_place(message: OutboundMessage, row: FollowUp, now: datetime) -> Fresh | None:
    found = _appointment(row)
    offer = SlotOffer.objects.filter(message=message).first()
    if found is None or offer is None:
        return GONE
    return Fresh(whom.number_of(found.customer), offering.content(offer, found, now))


def _thanks(message: OutboundMessage, row: FollowUp, now: datetime) -> Fresh | None:
    found = _appointment(row)
    return Fresh(whom.number_of(found.customer), thanks.content(found)) if found else GONE


def _due_dates(message: OutboundMessage, row: FollowUp, now: datetime) -> Fresh | None:
    others = FollowUp.objects.filter(message=message).exclude(pk=row.pk).order_by("created_at", "key")
    found = due_now.still_due([row, *others], now)
    customer = row.customer
    if not found or customer is None:
        return GONE
    today = when.local_day(now, current_shop().tz)
    wish = kinds.wanted(found[0].kind)
    return Fresh(whom.number_of(customer), due_dates.content(found, customer, wish, AIConfig.load(), today))


_MAKERS: dict[FollowUpKind, Callable[[OutboundMessage, FollowUp, datetime], Fresh | None]] = {
    FollowUpKind.DAY_BEFORE: _day_before,
    FollowUpKind.READY: _ready,
    FollowUpKind.MISSED_CALL: _missed_call,
    FollowUpKind.FREED_PLACE: _freed_place,
    FollowUpKind.THANKS: _thanks,
}
