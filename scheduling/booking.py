"""The verbs of the workshop: find a slot, book, move, and what becomes of an appointment.

Lock order: the shop's bays in use by id, all at once, as late as possible; then, when moving, the
appointment. No two bookings of a shop are decided at the same time, so caps and buffers hold as well; the
exclusion constraint stands behind that for whatever writes without the verbs.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone

from scheduling import catalogue as catalogues
from scheduling import clock, codes, drop_off, people, signals
from scheduling.availability import Slot
from scheduling.catalogue import Catalogue
from scheduling.errors import NotBookable, StandsAlready
from scheduling.lifecycle import (
    EXCLUSION_VIOLATION,
    TRANSITIONS,
    acknowledge,
    assign,
    cancel,
    clean_text,
    complete,
    confirm,
    lock,
    mark_arrived,
    mark_collected,
    mark_no_show,
    promise,
    reopen,
    require,
    require_unchanged,
    sqlstate,
    start,
    store,
)
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from scheduling.models.appointments import Source, Status
from scheduling.offers import Offers, free_slots
from scheduling.placing import Lost, Placing, same_wish
from scheduling.waiting import Place
from shops import history
from shops.db.written import written_rows
from shops.phones import normalise_phone

log = structlog.get_logger(__name__)
# Codes are drawn at random: three clashes in a row do not happen by chance.
CODE_ATTEMPTS = 3

__all__ = [
    "TRANSITIONS",
    "Booking",
    "Offers",
    "acknowledge",
    "assign",
    "book",
    "cancel",
    "complete",
    "confirm",
    "free_slots",
    "mark_arrived",
    "mark_collected",
    "mark_no_show",
    "promise",
    "reopen",
    "reschedule",
    "start",
]


@dataclass(frozen=True, slots=True)
class Booking:
    """An appointment, and whether this call made it (False: it was there already)."""

    appointment: Appointment
    created: bool


def book(
    *,
    customer: Customer,
    vehicle: Vehicle | None,
    service: Service,
    starts_at: datetime,
    source: str,
    drop_off_at: datetime | None = None,
    leaves_car: bool = False,
    notes: str = "",
    conversation_id: UUID | None = None,
    contact_phone: str = "",
    bay: Bay | None = None,
    minutes: int | None = None,
    by_staff: bool = False,
    hold: bool = False,
    alone: bool = False,
    catalogue: Catalogue | None = None,
    now: datetime | None = None,
) -> Booking:
    """Book the service at a start. `pending` when the shop confirms the service itself, otherwise
    `confirmed`.

    The same customer, vehicle, service and start book once: the second call gets the first appointment back.
    `leaves_car` without `drop_off_at` takes the shop's drop-off time. `by_staff` knows only opening hours and
    bays (no notice, horizon, grid, buffer, caps); then `bay` and `minutes` of work may be chosen. `hold` keeps the
    place for somebody who has not said yes yet: `pending`, whoever confirms the service. `alone` refuses a second
    appointment ahead for the same customer, service and car at another start: StandsAlready.
    Side effects: one row; locks the bays to the end of the transaction. Raises SlotTaken and the other
    NotBookable, each with the nearest free slots; ValueError for a naive datetime.
    """
    cat, begin, moment = _asked(catalogue, starts_at, now)
    placing = Placing(cat, service, begin, moment, bay=bay, minutes=minutes, by_staff=by_staff)
    refusal = placing.refusal()
    if refusal is not None:
        same = same_wish(customer, vehicle, service, begin)
        if same is None:
            raise placing.with_alternatives(refusal)
        return Booking(_again(same, customer, vehicle, service), created=False)
    asks_shop = hold or (service.confirmed_by == Service.ConfirmedBy.SHOP and not by_staff)
    wish = Appointment(
        customer=customer,
        vehicle=vehicle,
        service=service,
        duration_minutes=placing.search.need.minutes,
        status=Status.PENDING if asks_shop else Status.CONFIRMED,
        source=Source(source),
        conversation_id=conversation_id,
        contact_phone=normalise_phone(contact_phone) or "",
        notes=clean_text(notes),
    )
    if drop_off_at is not None:
        wish.drop_off_at = drop_off.wished(cat, drop_off_at, begin=begin, now=moment)
    elif leaves_car:
        wish.drop_off_at = drop_off.usual(cat, begin=begin, now=moment)
    return _booked(wish, placing, alone=alone)


def reschedule(
    *,
    appointment: Appointment,
    starts_at: datetime,
    bay: Bay | None = None,
    minutes: int | None = None,
    by_staff: bool = False,
    unchanged_since: datetime | None = None,
    catalogue: Catalogue | None = None,
    now: datetime | None = None,
) -> Appointment:
    """Move an appointment to another start, in its own bay where that is free. To where it is does nothing.

    A service that the shop confirms is `pending` again unless staff moves it. For another start a drop-off is
    set anew; for another start or length what was promised is withdrawn. Side effects: the row and the object
    passed are changed; locks the bays, then the row. Raises as `book` does, TransitionRefused once work has begun
    or ended, and Changed when the row is not as it was at `unchanged_since` (the `updated_at` that was seen).
    """
    cat, begin, moment = _asked(catalogue, starts_at, now)
    placing = Placing(
        cat,
        appointment.service,
        begin,
        moment,
        bay=bay,
        minutes=minutes or appointment.duration_minutes,
        by_staff=by_staff,
        moving=appointment,
    )
    left: Place | None = None
    try:
        with transaction.atomic():
            placing = placing.lock_bays()
            lock(appointment)
            require_unchanged(appointment, unchanged_since)
            require("reschedule", appointment)
            if not _is_there(appointment, placing):
                left = Place.of(appointment)
                _move(appointment, placing)
    except Lost as lost:
        raise placing.taken() from lost
    except NotBookable as refusal:
        raise placing.with_alternatives(refusal) from None
    log.info("appointment moved", appointment=str(appointment.pk), status=str(appointment.status))
    signals.appointment_settled.send(sender=None, appointment=appointment)
    if left is not None and left.starts_at != appointment.scheduled_at:
        signals.appointment_moved.send(sender=None, appointment=appointment, left=left)
    return appointment


def _asked(cat: Catalogue | None, starts_at: datetime, now: datetime | None) -> tuple[Catalogue, int, int]:
    """The catalogue, the start and the present as moments."""
    begin, moment = clock.to_moment(starts_at), clock.to_moment(now or timezone.now())
    return cat if cat is not None else catalogues.load(), begin, moment


def _booked(wish: Appointment, placing: Placing, *, alone: bool) -> Booking:
    """Write the wish into a free bay, unless it was written before, or may not stand beside another."""
    # Nothing is raised inside: within a caller's transaction there is then no need of a savepoint.
    with transaction.atomic(savepoint=False):
        look = placing.lock_and_look(wish.customer, wish.vehicle, alone=alone)
        if look.customer_id != wish.customer_id:  # merged into somebody at this very moment
            wish.customer_id = look.customer_id
        if look.same is not None:
            return Booking(_again(look.same, wish.customer, wish.vehicle, wish.service), created=False)
        erased = look.archived and people.is_erased(wish.customer_id)
        slot = None if erased or look.other is not None else look.slot
        written = slot is not None and _insert(wish, slot)
        if written and look.archived:
            people.come_back(customer_id=wish.customer_id, vehicle_id=wish.vehicle_id)
    if erased:
        raise people.CustomerGone
    if look.other is not None:
        raise StandsAlready(look.other)
    if not written:
        raise placing.taken()
    if history.who().staff is not None:  # what the assistant booked names its conversation itself
        history.record(wish, {}, _plan(wish), created=True)
    log.info("appointment booked", appointment=str(wish.pk), source=str(wish.source), status=str(wish.status))
    return Booking(wish, created=True)


def _plan(wish: Appointment) -> dict[str, object]:
    names = ("customer", "vehicle", "service", "bay")
    return {
        **{name: getattr(wish, f"{name}_id") for name in names},
        "scheduled_at": wish.scheduled_at,
        "duration_minutes": wish.duration_minutes,
        "status": wish.status,
    }


def _again(same: UUID, customer: Customer, vehicle: Vehicle | None, service: Service) -> Appointment:
    """The appointment itself. One that was made before the car was known gets the car."""
    known = Appointment.objects.get(pk=same)
    if vehicle and known.vehicle_id is None:
        store(known, vehicle_id=vehicle.pk)
    known.customer, known.service, known.vehicle = customer, service, vehicle
    return known


def _insert(wish: Appointment, slot: Slot) -> bool:
    """Write the wish into the slot; False when somebody who did not lock the bays was quicker.

    A conflict writes nothing and is no error, so that no savepoint is needed while others wait for the lock.
    """
    wish.bay_id, wish.scheduled_at, wish.ends_at = slot.bay_id, slot.starts_at, slot.ends_at
    for _attempt in range(CODE_ATTEMPTS):
        with written_rows() as written:
            Appointment.objects.bulk_create([wish], ignore_conflicts=True)
        if written.count:
            return True
        wish.code = codes.new_code()  # was it the code? When it is the bay, no code will do
    return False


def _is_there(appointment: Appointment, placing: Placing) -> bool:
    """Whether the appointment already is where it shall be moved."""
    return (
        clock.to_moment(appointment.scheduled_at) == placing.begin
        and appointment.duration_minutes == placing.minutes
        and (placing.bay is None or placing.bay.pk == appointment.bay_id)
    )


def _move(appointment: Appointment, placing: Placing) -> None:
    """Write the new place. Raises Lost and NotBookable. To be called with bays and row locked."""
    refusal = placing.refusal()
    if refusal is not None:
        raise refusal
    slot = placing.slot()
    asks_shop = placing.service.confirmed_by == Service.ConfirmedBy.SHOP and not placing.by_staff
    same_start = clock.to_moment(appointment.scheduled_at) == placing.begin
    same_work = same_start and appointment.duration_minutes == placing.minutes
    drop_off_at = appointment.drop_off_at
    if drop_off_at is not None and not same_start:
        drop_off_at = drop_off.usual(placing.cat, begin=placing.begin, now=placing.now)
    try:
        with transaction.atomic():
            store(
                appointment,
                bay_id=slot.bay_id,
                scheduled_at=slot.starts_at,
                ends_at=slot.ends_at,
                duration_minutes=placing.minutes,
                drop_off_at=drop_off_at,
                promised_at=appointment.promised_at if same_work else None,
                customer_confirmed_at=appointment.customer_confirmed_at if same_start else None,
                moved_at=appointment.moved_at if same_start else clock.to_datetime(placing.now),
                status=Status.PENDING if asks_shop else appointment.status,
            )
    except IntegrityError as error:
        if sqlstate(error) == EXCLUSION_VIOLATION:
            raise Lost from error
        raise
