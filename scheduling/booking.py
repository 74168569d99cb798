"""The verbs of the workshop: find a slot, book, move, and what becomes of an appointment.

Lock order: the shop's bays in use by id, all at once, as late as possible; then, when moving, the
appointment. No two bookings of a shop are decided at the same time, so caps and buffers hold as well; the
exclusion constraint stands behind that for whatever writes without the verbs.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone

from scheduling import catalogue as catalogues
from scheduling import clock, codes
from scheduling.availability import Search, Slot
from scheduling.calendar import taken
from scheduling.catalogue import Catalogue
from scheduling.errors import REFUSALS, BadDropOff, Closed, NotBookable, ServiceInactive, SlotTaken
from scheduling.lifecycle import (
    EXCLUSION_VIOLATION,
    TRANSITIONS,
    UNIQUE_VIOLATION,
    cancel,
    clean_text,
    complete,
    confirm,
    lock,
    mark_collected,
    mark_no_show,
    promise,
    reopen,
    require,
    sqlstate,
    start,
)
from scheduling.models import Appointment, Bay, Customer, Service, Vehicle
from scheduling.models.appointments import LIVE, Source, Status
from scheduling.offers import Offers, alternatives, free_slots
from shops.phones import normalise_phone

log = structlog.get_logger(__name__)
# Codes are drawn at random: three clashes in a row do not happen by chance.
CODE_ATTEMPTS = 3

__all__ = [
    "TRANSITIONS",
    "Booking",
    "Offers",
    "book",
    "cancel",
    "complete",
    "confirm",
    "free_slots",
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


class _Lost(Exception):
    """Nobody's fault: the slot is taken. Ends the transaction before alternatives are looked for."""


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
    catalogue: Catalogue | None = None,
    now: datetime | None = None,
) -> Booking:
    """Book the service at a start. `pending` when the shop confirms the service itself, otherwise
    `confirmed`.

    The same customer, vehicle, service and start book once: the second call gets the first appointment back.
    `leaves_car` without `drop_off_at` takes the shop's drop-off time. `by_staff` knows only opening hours and
    bays (no notice, horizon, grid, buffer, caps); then `bay` and `minutes` of work may be chosen. Side
    effects: one row; locks the bays to the end of the transaction. Raises SlotTaken and the other
    NotBookable, each with the nearest free slots; ValueError for a naive datetime.
    """
    begin, moment = clock.to_moment(starts_at), clock.to_moment(now or timezone.now())
    cat = catalogue if catalogue is not None else catalogues.load()
    bay_ids = None if bay is None else [bay.pk]
    search = cat.search(service, moment, minutes=minutes, bay_ids=bay_ids, by_staff=by_staff)
    refusal = _refusal(service, cat, search, begin, by_staff=by_staff)
    if refusal is not None:
        known = _same(customer, vehicle, service, begin)
        if known is None:
            refusal.alternatives = _alternatives(service, cat, moment, begin)
            raise refusal
        return Booking(known, created=False)
    drop_off = _drop_off(cat, begin, moment, drop_off_at, leaves_car=leaves_car)
    wish = Appointment(
        customer=customer,
        vehicle=vehicle,
        service=service,
        duration_minutes=search.need.minutes,
        drop_off_at=drop_off,
        status=Status.PENDING
        if service.confirmed_by == Service.ConfirmedBy.SHOP and not by_staff
        else Status.CONFIRMED,
        source=Source(source),
        conversation_id=conversation_id,
        contact_phone=normalise_phone(contact_phone) or "",
        notes=clean_text(notes),
    )
    try:
        with transaction.atomic():
            search = _lock_bays(search)
            known = _same(customer, vehicle, service, begin)
            if known is not None:
                return Booking(known, created=False)
            _insert(wish, _place(service, search, begin))
    except _Lost as lost:
        raise SlotTaken(alternatives=_alternatives(service, cat, moment, begin)) from lost
    log.info("appointment booked", appointment=str(wish.pk), source=str(wish.source), status=str(wish.status))
    return Booking(wish, created=True)


def reschedule(
    *,
    appointment: Appointment,
    starts_at: datetime,
    bay: Bay | None = None,
    minutes: int | None = None,
    by_staff: bool = False,
    catalogue: Catalogue | None = None,
    now: datetime | None = None,
) -> Appointment:
    """Move an appointment to another start, in its own bay where that is free. Moving it to where it is does
    nothing.

    A service that the shop confirms is `pending` again unless staff moves it. A drop-off is set anew for the
    new day and what was promised is withdrawn. Side effects: the row and the object passed are changed; locks
    the bays, then the row. Raises as `book` does, and TransitionRefused once work has begun or ended.
    """
    begin, moment = clock.to_moment(starts_at), clock.to_moment(now or timezone.now())
    cat = catalogue if catalogue is not None else catalogues.load()
    service = appointment.service
    wanted = minutes or appointment.duration_minutes
    bay_ids = [bay.pk] if bay else list(dict.fromkeys([appointment.bay_id, *cat.bays_for(service)]))
    search = cat.search(service, moment, minutes=wanted, bay_ids=bay_ids, by_staff=by_staff)
    try:
        with transaction.atomic():
            search = _lock_bays(search)
            lock(appointment)
            require("reschedule", appointment)
            stays = bay is None or bay.pk == appointment.bay_id
            if (
                stays
                and clock.to_moment(appointment.scheduled_at) == begin
                and wanted == appointment.duration_minutes
            ):
                return appointment
            refusal = _refusal(service, cat, search, begin, by_staff=by_staff, moving=True)
            if refusal is not None:
                raise refusal
            _move(
                appointment,
                _place(service, search, begin, without=appointment.pk),
                cat,
                moment,
                by_staff=by_staff,
            )
    except _Lost as lost:
        nearest = _alternatives(service, cat, moment, begin, moving=appointment)
        raise SlotTaken(alternatives=nearest) from lost
    except NotBookable as refusal:
        refusal.alternatives = _alternatives(service, cat, moment, begin, moving=appointment)
        raise
    log.info("appointment moved", appointment=str(appointment.pk), status=str(appointment.status))
    return appointment


def _refusal(
    service: Service, cat: Catalogue, search: Search, begin: int, *, by_staff: bool, moving: bool = False
) -> NotBookable | None:
    """What speaks against the start whatever else is booked, as the error to raise."""
    if not service.is_active and not by_staff and not moving:
        return ServiceInactive()
    nothing = search.refusal(begin)
    if nothing is None:
        return None
    kind = REFUSALS[nothing]
    if kind is Closed:
        return Closed(closed=cat.calendar.closed(clock.local_date(begin, cat.calendar.tz)))
    return kind()


def _alternatives(
    service: Service, cat: Catalogue, moment: int, begin: int, *, moving: Appointment | None = None
) -> list[Slot]:
    """The nearest slots by the customers' rules, whoever asks: staff is not offered every minute."""
    if not service.is_active and moving is None:
        return []
    if moving is None:
        return alternatives(service=service, search=cat.search(service, moment), start=begin)
    bay_ids = list(dict.fromkeys([moving.bay_id, *cat.bays_for(service)]))
    search = cat.search(service, moment, minutes=moving.duration_minutes, bay_ids=bay_ids)
    return alternatives(service=service, search=search, start=begin, without=moving.pk)


def _lock_bays(search: Search) -> Search:
    """Lock the shop's bays in use, by id; what was switched off meanwhile drops out of the search."""
    bays = Bay.objects.select_for_update().filter(is_active=True).order_by("pk")
    locked = set(bays.values_list("pk", flat=True))
    return replace(search, need=replace(search.need, bay_ids=[b for b in search.need.bay_ids if b in locked]))


def _same(customer: Customer, vehicle: Vehicle | None, service: Service, begin: int) -> Appointment | None:
    """The live appointment that the same wish made before. One made before the car was known gets the car."""
    same = Q(vehicle=vehicle) | Q(vehicle=None) if vehicle else Q(vehicle=None)
    known = (
        Appointment.objects.filter(
            same, customer=customer, service=service, scheduled_at=clock.to_datetime(begin), status__in=LIVE
        )
        .order_by("vehicle", "created_at")
        .first()
    )
    if known is None:
        return None
    if vehicle and known.vehicle_id is None:
        known.vehicle = vehicle
        known.save(update_fields=["vehicle", "updated_at"])
    known.customer, known.service = customer, service
    return known


def _place(service: Service, search: Search, begin: int, *, without: UUID | None = None) -> Slot:
    """A free bay at the start. Raises _Lost. To be called with the bays locked."""
    day = clock.local_date(begin, search.calendar.tz)
    booked = taken(
        search.reach(day, day),
        bay_ids=search.need.bay_ids,
        service=service,
        caps=search.capped,
        without=without,
    )
    slot = search.place(begin, booked)
    if slot is None:
        raise _Lost
    return slot


def _insert(wish: Appointment, slot: Slot) -> None:
    wish.bay_id, wish.scheduled_at, wish.ends_at = slot.bay_id, slot.starts_at, slot.ends_at
    for attempt in range(CODE_ATTEMPTS):
        try:
            with transaction.atomic():
                wish.save(force_insert=True)
            return
        except IntegrityError as error:
            if sqlstate(error) == EXCLUSION_VIOLATION:
                raise _Lost from error
            if sqlstate(error) != UNIQUE_VIOLATION or attempt + 1 == CODE_ATTEMPTS:
                raise
            wish.code = codes.new_code()


def _move(appointment: Appointment, slot: Slot, cat: Catalogue, moment: int, *, by_staff: bool) -> None:
    appointment.bay_id, appointment.scheduled_at, appointment.ends_at = (
        slot.bay_id,
        slot.starts_at,
        slot.ends_at,
    )
    appointment.promised_at = None
    if appointment.drop_off_at is not None:
        appointment.drop_off_at = _usual_drop_off(cat, clock.to_moment(slot.starts_at), moment)
    if appointment.service.confirmed_by == Service.ConfirmedBy.SHOP and not by_staff:
        appointment.status = Status.PENDING
    try:
        with transaction.atomic():
            appointment.save(
                update_fields=[
                    "bay",
                    "scheduled_at",
                    "ends_at",
                    "promised_at",
                    "drop_off_at",
                    "status",
                    "updated_at",
                ]
            )
    except IntegrityError as error:
        if sqlstate(error) == EXCLUSION_VIOLATION:
            raise _Lost from error
        raise


def _drop_off(
    cat: Catalogue, begin: int, moment: int, wanted: datetime | None, *, leaves_car: bool
) -> datetime | None:
    """When the car is brought. Raises BadDropOff for a wish that cannot be."""
    if wanted is None:
        return _usual_drop_off(cat, begin, moment) if leaves_car else None
    at = clock.to_moment(wanted)
    if not (moment <= at <= begin) or not _is_open(cat, at):
        raise BadDropOff
    return clock.to_datetime(at)


def _usual_drop_off(cat: Catalogue, begin: int, moment: int) -> datetime:
    """The shop's drop-off time on the day of the work; the start itself where that is closed, past or
    later."""
    day = clock.local_date(begin, cat.calendar.tz)
    at = cat.rules.drop_off_time
    usual = clock.moment_at(day, at.hour * 60 + at.minute, cat.calendar.tz) if at else begin
    fits = moment <= usual <= begin and _is_open(cat, usual)
    return clock.to_datetime(usual if fits else begin)


def _is_open(cat: Catalogue, at: int) -> bool:
    """Whether a car can be brought: in opening hours, their last minute included."""
    day = clock.local_date(at, cat.calendar.tz)
    periods = cat.calendar.periods(day - timedelta(days=1), day)
    return any(opens <= at <= closes for opens, closes in periods)
