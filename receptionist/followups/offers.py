"""A freed place is offered to who waits for one like it: one person at a time, and held for them meanwhile.

The hold is a pending appointment of theirs, so that nobody else can be given the place. Yes makes it an appointment; no,
or silence until the hold runs out, cancels it, and the next in line is asked about the same place. What frees a place:
a cancelled appointment, and one that was moved (the place is kept as a FreedPlace). All the offers of one place carry
the same `freed_by`.

Lock order: bays (booking), appointment, offer, wish. Everything here is safe to run twice, and at once.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from receptionist import freed, notices
from receptionist.followups import offering
from receptionist.models import Conversation, FreedPlace, OutboundStatus, SlotOffer
from receptionist.models.followups import OfferStatus
from scheduling import booking, lifecycle, waiting
from scheduling.errors import SchedulingError
from scheduling.models import Appointment, Service, WaitingList
from scheduling.models.appointments import Status
from scheduling.waiting import Place
from shops import history

log = structlog.get_logger(__name__)
BY = "nessuna risposta in tempo"
BY_CUSTOMER = "cliente, dalla lista d'attesa"
BY_CLOSURE = "chiusura dell'officina"
_BY = {OfferStatus.DECLINED: BY_CUSTOMER, OfferStatus.EXPIRED: BY, OfferStatus.WITHDRAWN: BY_CLOSURE}
# How far back the sweep looks for places that no worker saw to.
LOST = timedelta(hours=24)
MOST = 50
MOST_ASKED = 20


class Outcome(StrEnum):
    """What an answer to an offer came to."""

    TAKEN = "taken"
    PENDING = "pending"
    DECLINED = "declined"
    LATE = "late"
    GONE = "gone"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Answered:
    """The outcome, and what it is about; both None for an offer that is unknown or somebody else's."""

    outcome: Outcome
    offer: SlotOffer | None = None
    appointment: Appointment | None = None


# --- a place comes free -----------------------------------------------------------------------------------------
def on_moved(sender: Any, appointment: Appointment, left: Place, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.appointment_moved: the place it left is kept and offered. One query or two.

    A hold that is moved is an offer no more: who had it has an appointment elsewhere.
    """
    from receptionist.tasks_offers import offer_left_place

    if left.starts_at <= timezone.now():
        return
    holds = SlotOffer.objects.filter(appointment_id=appointment.pk, status=OfferStatus.HELD)
    offer = holds.first() if appointment.status == Status.PENDING else None  # a hold is pending, moved or not
    if offer is not None:
        _settle(offer, OfferStatus.WITHDRAWN, WaitingList.Status.BOOKED, timezone.now())
    freed_by = offer.freed_by if offer else uuid5(appointment.pk, left.starts_at.isoformat())
    kept = FreedPlace(
        freed_by=freed_by,
        starts_at=left.starts_at,
        minutes=left.minutes,
        bay_id=left.bay_id,
        customer_id=left.customer_id,
    )
    # An older one of the same line is the whole place; what a hold took of it may be less.
    FreedPlace.objects.bulk_create([kept], ignore_conflicts=True)
    offer_left_place.queue(
        freed_by=str(freed_by),
        starts_at=left.starts_at.isoformat(),
        minutes=left.minutes,
        bay_id=left.bay_id,
        customer_id=str(left.customer_id),
    )


def on_settled(sender: Any, appointment: Appointment, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.appointment_settled: a hold that staff confirmed is an offer that was taken."""
    if appointment.status != Status.CONFIRMED:
        return
    offer = SlotOffer.objects.filter(appointment_id=appointment.pk, status=OfferStatus.HELD).first()
    if offer is not None:
        _settle(offer, OfferStatus.ACCEPTED, WaitingList.Status.BOOKED, timezone.now())


def place_freed(*, appointment_id: UUID | str, now: datetime | None = None) -> SlotOffer | None:
    """Offer a cancelled appointment's place to the next in line, and tell the shop's people. The offer, if one is made.

    When it was itself a hold, the next of the same line is asked. Runs inside the shop.
    """
    now = now or timezone.now()
    row = Appointment.objects.filter(pk=appointment_id, status=Status.CANCELLED, scheduled_at__gt=now).first()
    if row is None:
        return None
    hold = SlotOffer.objects.filter(appointment_id=row.pk).exclude(status=OfferStatus.ACCEPTED).first()
    if hold is None:
        return offer_place(freed_by=row.pk, place=Place.of(row), now=now)
    if hold.status == OfferStatus.HELD:
        _drop_hold(hold, row, now)
    return offer_place(freed_by=hold.freed_by, place=_first_place(hold.freed_by, row), now=now)


def _drop_hold(hold: SlotOffer, row: Appointment, now: datetime) -> None:
    """The hold was cancelled without an answer to the offer: by its customer in words, or by the shop."""
    by_customer = row.cancelled_by.startswith("cliente")
    status = OfferStatus.DECLINED if by_customer else OfferStatus.WITHDRAWN
    with transaction.atomic():
        _settle(hold, status, WaitingList.Status.WAITING, now)


def _first_place(freed_by: UUID, hold: Appointment) -> Place:
    """The whole place of a line of offers: of the appointment that left it, else as much as the hold took."""
    left = FreedPlace.objects.filter(pk=freed_by).first()
    if left is not None:
        return _place_of(left)
    row = Appointment.objects.filter(pk=freed_by, status=Status.CANCELLED).first()
    return Place.of(row or hold)


def _place_of(left: FreedPlace) -> Place:
    return Place(left.starts_at, left.minutes, left.bay_id, left.customer_id)


def offer_place(*, freed_by: UUID, place: Place, now: datetime | None = None) -> SlotOffer | None:
    """Hold the place for the first in line who can be asked, and ask them. None when nobody can, or somebody is.

    Side effects: a pending appointment, an offer, a message; a notice to the shop's people. Runs inside the shop.
    """
    now = now or timezone.now()
    if SlotOffer.objects.filter(freed_by=freed_by, status=OfferStatus.HELD).exists():
        return None
    people = waiting.who_fits(place)
    found = _ask_in_line(freed_by, place, now)
    if people or found:
        freed.tell_of(freed_by=freed_by, place=place, people=people, offer=found)
    return found


def _ask_in_line(freed_by: UUID, place: Place, now: datetime) -> SlotOffer | None:
    until = offering.held_until(now)
    if not offering.is_possible(place, until):
        return None
    asked = set(SlotOffer.objects.filter(freed_by=freed_by).values_list("waiting_id", flat=True))
    same_start = Appointment.objects.filter(scheduled_at=place.starts_at).values("pk")
    refused = SlotOffer.objects.filter(appointment_id__in=same_start)
    asked |= set(refused.values_list("waiting_id", flat=True))
    people = waiting.who_fits(place, without=asked, limit=MOST_ASKED)
    served = offering.served(people, place, now)
    for wish in people:
        if wish.pk in served:
            continue
        try:
            with transaction.atomic():
                found = _hold_for(wish, freed_by, place, until, now)
        except IntegrityError:  # another worker offered the place at this very moment
            log.info("place was offered by another worker")
            return None
        except (offering.NotAsked, SchedulingError):
            continue
        if found is not None:
            log.info("place offered", offer=str(found.pk))
            return found
    return None


def _hold_for(
    wish: WaitingList, freed_by: UUID, place: Place, until: datetime, now: datetime
) -> SlotOffer | None:
    """The place for one person; None when they have it already. Raises NotAsked, SchedulingError, IntegrityError."""
    recipient = offering.number_for(wish)
    held = offering.hold(wish, place, until, now)
    if not held.created:
        WaitingList.objects.filter(pk=wish.pk).update(status=WaitingList.Status.BOOKED)
        return None
    waits = WaitingList.objects.filter(pk=wish.pk, status=WaitingList.Status.WAITING)
    if not waits.update(status=WaitingList.Status.OFFERED):
        raise offering.NotAsked
    offer = SlotOffer.objects.create(
        waiting=wish, appointment_id=held.appointment.pk, freed_by=freed_by, held_until=until, created_at=now
    )
    offer.message = offering.ask(offer, held.appointment, recipient=recipient, now=now)
    offer.save(update_fields=["message"])
    return offer


# --- an answer ------------------------------------------------------------------------------------------------------
def accept(*, offer_id: str, conversation: Conversation, now: datetime | None = None) -> Answered:
    """The person wants the place: an appointment, or one that the shop still confirms. Said again it stays so.

    Side effects: the appointment, the offer, the wish; a notice to the shop's people.
    """
    known = _of(offer_id, conversation)
    if known is None:
        return Answered(Outcome.UNKNOWN)
    with _as(conversation):
        return _accept(known, now or timezone.now(), conversation_id=conversation.pk)


def accept_held(*, appointment_id: UUID, by: str, now: datetime | None = None) -> Answered:
    """As `accept`, of who has the link of the held appointment; `by` is what the history calls them."""
    known = _of_hold(appointment_id)
    if known is None:
        return Answered(Outcome.UNKNOWN)
    with history.acting(name=by):
        return _accept(known, now or timezone.now())


def _accept(known: SlotOffer, now: datetime, **stored: Any) -> Answered:
    people = notices.who_hears_of_bookings()
    with transaction.atomic():
        offer, row = _locked(known)
        if row is None or row.status == Status.CANCELLED:
            return Answered(_why_not(offer), offer, row)
        if offer.status == OfferStatus.ACCEPTED:
            return Answered(_standing(row), offer, row)
        if offer.status != OfferStatus.HELD or row.status not in (Status.PENDING, Status.CONFIRMED):
            return Answered(_why_not(offer), offer, row)
        if now >= offer.held_until:
            _give_back(offer, row, OfferStatus.EXPIRED, now)
            return Answered(Outcome.LATE, offer, row)
        if row.status == Status.PENDING and not offering.is_worked(row):
            _give_back(offer, row, OfferStatus.WITHDRAWN, now)
            return Answered(Outcome.GONE, offer, row)
        _settle(offer, OfferStatus.ACCEPTED, WaitingList.Status.BOOKED, now)
        lifecycle.store(row, notes=offer.waiting.note, **stored)
        if row.service.confirmed_by != Service.ConfirmedBy.SHOP:
            booking.confirm(appointment=row)
        notices.tell_booked(row, people)
    log.info("offer accepted", offer=str(offer.pk))
    return Answered(_standing(row), offer, row)


def decline(*, offer_id: str, conversation: Conversation, now: datetime | None = None) -> Answered:
    """The person does not want the place: it goes to the next in line. Said after a yes it changes nothing."""
    known = _of(offer_id, conversation)
    if known is None:
        return Answered(Outcome.UNKNOWN)
    with _as(conversation):
        return _decline(known, now or timezone.now())


def decline_held(*, appointment_id: UUID, by: str, now: datetime | None = None) -> Answered:
    """As `decline`, of who has the link of the held appointment; `by` is what the history calls them."""
    known = _of_hold(appointment_id)
    if known is None:
        return Answered(Outcome.UNKNOWN)
    with history.acting(name=by):
        return _decline(known, now or timezone.now())


def _decline(known: SlotOffer, now: datetime) -> Answered:
    with transaction.atomic():
        offer, row = _locked(known)
        if offer.status == OfferStatus.ACCEPTED and row is not None and row.is_live:
            return Answered(_standing(row), offer, row)
        if offer.status == OfferStatus.HELD and row is not None:
            _give_back(offer, row, OfferStatus.DECLINED, now)
    return Answered(Outcome.DECLINED, offer, row)


def of_appointment(appointment_id: UUID) -> SlotOffer | None:
    """The open offer whose hold this appointment is."""
    return SlotOffer.objects.filter(appointment_id=appointment_id, status=OfferStatus.HELD).first()


def expire(now: datetime | None = None) -> int:
    """Cancel the holds that ran out, or whose question never came; each frees its place for the next in line. How many.

    Safe to repeat, and at once.
    """
    now = now or timezone.now()
    never_came = Q(message__status=OutboundStatus.FAILED)
    ran_out = SlotOffer.objects.filter(Q(held_until__lte=now) | never_came, status=OfferStatus.HELD)
    return sum(_expire(each, now) for each in ran_out.select_related("waiting", "message")[:MOST])


def _expire(known: SlotOffer, now: datetime) -> bool:
    with transaction.atomic():
        offer, row = _locked(known)
        never_came = known.message is not None and known.message.status == OutboundStatus.FAILED
        if offer.status != OfferStatus.HELD or (offer.held_until > now and not never_came):
            return False
        if row is not None and row.status not in (Status.PENDING, Status.CANCELLED):
            _settle(offer, OfferStatus.ACCEPTED, WaitingList.Status.BOOKED, now)  # the shop took it on itself
            return False
        if row is None or row.status == Status.CANCELLED:
            _settle(offer, OfferStatus.WITHDRAWN, WaitingList.Status.WAITING, now)
        else:
            _give_back(offer, row, OfferStatus.EXPIRED, now)
    return True


def _locked(known: SlotOffer) -> tuple[SlotOffer, Appointment | None]:
    """The offer and its appointment, both locked to the end of the transaction: the appointment first."""
    rows = Appointment.objects.select_for_update(of=("self",)).select_related(
        "service", "vehicle", "customer"
    )
    row = rows.filter(pk=known.appointment_id).first()
    offers = SlotOffer.objects.select_for_update(of=("self",)).select_related("waiting__service")
    return offers.get(pk=known.pk), row


def _give_back(offer: SlotOffer, row: Appointment, status: OfferStatus, now: datetime) -> None:
    """The hold is cancelled: its signal asks the next in line, on commit."""
    _settle(offer, status, WaitingList.Status.WAITING, now)
    booking.cancel(appointment=row, by=_BY[status])


def _settle(offer: SlotOffer, status: OfferStatus, wish: WaitingList.Status, now: datetime) -> None:
    """Write down what became of an offer, unless something has already. A wish that is over goes on waiting for nothing."""
    held = SlotOffer.objects.filter(pk=offer.pk, status=OfferStatus.HELD)
    if held.update(status=status, settled_at=now):
        offered = WaitingList.objects.filter(pk=offer.waiting_id, status=WaitingList.Status.OFFERED)
        offered.update(status=wish)
    offer.status, offer.settled_at = status, now


def _why_not(offer: SlotOffer) -> Outcome:
    return Outcome.LATE if offer.status == OfferStatus.EXPIRED else Outcome.GONE


def _standing(row: Appointment) -> Outcome:
    return Outcome.PENDING if row.status == Status.PENDING else Outcome.TAKEN


def _of_hold(appointment_id: UUID) -> SlotOffer | None:
    """The offer whose hold the appointment is, or was before it was answered."""
    return SlotOffer.objects.filter(appointment_id=appointment_id).order_by("-created_at").first()


def _of(offer_id: str, conversation: Conversation) -> SlotOffer | None:
    """The offer with this id, when it was made to whom this conversation is with."""
    try:
        pk = UUID(offer_id)
    except ValueError:
        return None
    offer = SlotOffer.objects.select_related("waiting__service", "message").filter(pk=pk).first()
    return offer if offer and _is_theirs(offer, conversation) else None


def _is_theirs(offer: SlotOffer, conversation: Conversation) -> bool:
    if conversation.customer_id is not None and offer.waiting.customer_id == conversation.customer_id:
        return True
    theirs = {conversation.contact, str(conversation.phone_number) if conversation.caller_verified else ""}
    return offer.message is not None and offer.message.recipient in theirs - {""}


def _as(conversation: Conversation) -> Any:
    return history.acting(name=conversation.channel, conversation_id=conversation.pk)


# --- what no worker did ---------------------------------------------------------------------------------------------
def sweep(now: datetime | None = None) -> None:
    """Let holds run out, and see to cancelled places that no worker saw to. Three queries when there is nothing."""
    now = now or timezone.now()
    expire(now)
    FreedPlace.objects.filter(starts_at__lte=now).delete()
    if not WaitingList.objects.filter(status=WaitingList.Status.WAITING).exists():
        return
    lost = Appointment.objects.filter(
        status=Status.CANCELLED,
        scheduled_at__gt=now,
        updated_at__gt=now - LOST,
        updated_at__lt=now - offering.GRACE,
    )
    for pk in lost.order_by("scheduled_at").values_list("pk", flat=True)[:MOST]:
        place_freed(appointment_id=pk, now=now)
    recent = FreedPlace.objects.filter(created_at__gt=now - LOST, created_at__lt=now - offering.GRACE)
    for left in recent.order_by("starts_at")[:MOST]:
        offer_place(freed_by=left.pk, place=_place_of(left), now=now)
