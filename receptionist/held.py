"""A place that is held for somebody of the waiting list until they answer: what is said of its appointment."""

from datetime import datetime
from uuid import UUID

from receptionist.models import SlotOffer
from receptionist.models.followups import OfferStatus
from scheduling.models import Appointment
from scheduling.models.appointments import Status


def until(appointment: Appointment) -> datetime | None:
    """Until when the place is held for its customer; None for an appointment that is no such thing.

    One query for a pending one, none for any other.
    """
    if appointment.status != Status.PENDING:
        return None
    return until_of(appointment.pk)


def until_of(appointment_id: UUID) -> datetime | None:
    """As `until`, by the appointment's id. One query."""
    rows = SlotOffer.objects.filter(appointment_id=appointment_id, status=OfferStatus.HELD)
    return rows.values_list("held_until", flat=True).first()
