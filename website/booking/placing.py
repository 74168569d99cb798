"""From a form to an appointment, once, however often the form is sent."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core import signing
from django.db import transaction
from django.utils import timezone

from receptionist import consenting, gone, identity, notices
from receptionist.tasks import confirm_appointment
from scheduling import booking
from scheduling.catalogue import Catalogue
from scheduling.models import Appointment, Consent, ConsentChannel, Customer, Service, Vehicle
from scheduling.models.appointments import Source
from shops.context import current_shop
from website.models import BookingRequest

# A form that was left open longer is shown again, with what was typed, before it books.
FORM_GOOD_FOR = 60 * 60 * 12


@dataclass(frozen=True, slots=True)
class Wish:
    """What a form says, understood. `contact_phone` is E.164 and unverified; consents are the words shown, or empty."""

    service: Service
    starts_at: datetime
    leaves_car: bool
    plate: str
    first_name: str
    last_name: str
    contact_phone: str
    make: str = ""
    model: str = ""
    email: str = ""
    note: str = ""
    language: str = "it"
    confirmation_wording: str = ""
    promotion_wording: str = ""


def sign(form_id: UUID) -> str:
    """The id of a new form, as the page carries it: for this shop, good for FORM_GOOD_FOR."""
    return _signer().sign(form_id.hex)


def read(text: str) -> UUID | None:
    """The id of a form; None for one that is forged, another shop's, too old, or of somebody who was erased since."""
    try:
        form_id = UUID(_signer().unsign(text, max_age=FORM_GOOD_FOR)) if len(text) < 200 else None
    except (signing.BadSignature, ValueError):
        return None
    return None if form_id is None or gone.was(_name(form_id)) else form_id


def _name(form_id: UUID) -> str:
    return f"form:{form_id}"


def forget(*, appointment_ids: Collection[UUID], **_kwargs: Any) -> None:
    """On receptionist.signals.customer_erased: a form that comes again does not book again what was erased."""
    forms = BookingRequest.objects.filter(appointment__in=appointment_ids).values_list("pk", flat=True)
    gone.remember([_name(each) for each in forms], now=timezone.now())


def _signer() -> signing.TimestampSigner:
    return signing.TimestampSigner(salt=f"website.booking.{current_shop().pk}")


def booked_by(form_id: UUID) -> UUID | None:
    """The appointment this form made before; None when it made none. One query."""
    found = BookingRequest.objects.filter(pk=form_id).values_list("appointment_id", flat=True).first()
    return found


class TooMany(Exception):
    """Somebody books more often than people do. Nothing was written."""


def book(
    form_id: UUID,
    wish: Wish,
    *,
    catalogue: Catalogue,
    now: datetime,
    allowed: Callable[[], bool] = lambda: True,
) -> UUID:
    """Book the wish for a new customer, once for each form; the appointment's id.

    The telephone that was typed is nobody's proof: it stays with the appointment, no customer is looked for by it, and
    of a car that somebody else brought before nothing is read or changed. Side effects, in one transaction: the form's
    row, an appointment, a customer, the car if it is new, the consents that were given, notices to the shop's people;
    the confirmation's task on commit. `allowed` is asked once for each form that has not booked yet, so that one sent
    twice does not count twice. Raises NotBookable and TooMany, and then nothing was written.
    """
    people = notices.who_hears_of_bookings()
    with transaction.atomic():
        # Whoever sends the same form meanwhile waits here until this transaction ends.
        BookingRequest.objects.bulk_create(
            [BookingRequest(pk=form_id, language=wish.language)], ignore_conflicts=True
        )
        row = BookingRequest.objects.select_for_update().get(pk=form_id)
        if row.appointment_id is not None:
            return UUID(str(row.appointment_id))
        if not allowed():
            raise TooMany
        appointment = _booked(wish, catalogue, now)
        row.appointment = appointment
        row.save(update_fields=["appointment"])
        notices.tell_booked(appointment, people)
        _keep_consents(appointment.customer, wish)
        if wish.confirmation_wording:
            confirm_appointment.queue(appointment_id=str(appointment.pk))
        return appointment.pk


def _booked(wish: Wish, catalogue: Catalogue, now: datetime) -> Appointment:
    customer = Customer.objects.create(
        first_name=wish.first_name, last_name=wish.last_name, email=wish.email, language=wish.language
    )
    return booking.book(
        customer=customer,
        vehicle=_vehicle(customer, wish),
        service=wish.service,
        starts_at=wish.starts_at,
        source=Source.WEB,
        leaves_car=wish.leaves_car,
        notes=wish.note,
        contact_phone=wish.contact_phone,
        catalogue=catalogue,
        now=now,
    ).appointment


def _vehicle(customer: Customer, wish: Wish) -> Vehicle:
    vehicle = identity.vehicle_by_plate(wish.plate, customer, may_adopt=False)
    if vehicle.customer_id == customer.pk and (wish.make or wish.model):  # a new car, and so this customer's
        vehicle.make, vehicle.model = wish.make, wish.model
        vehicle.save(update_fields=["make", "model"])
    return vehicle


def _keep_consents(customer: Customer, wish: Wish) -> None:
    for purpose, wording in (
        (Consent.Purpose.SERVICE_MESSAGES, wish.confirmation_wording),
        (Consent.Purpose.MARKETING, wish.promotion_wording),
    ):
        if wording:
            consenting.record(
                customer=customer, purpose=purpose, granted=True, wording=wording, channel=ConsentChannel.WEB
            )
