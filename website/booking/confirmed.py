"""The last step: what a form booked."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.utils.translation import get_language

from receptionist import consenting, links
from receptionist.models import AIConfig
from scheduling.models import Appointment, Consent
from scheduling.models.appointments import Status
from shops.context import current_shop
from website.booking import words
from website.models import BookingRequest, Site

# Afterwards the address in the browser's history tells nothing; the appointment has a page of its own.
SHOWN_FOR = timedelta(hours=24)
MAP = "https://www.google.com/maps/search/"


def shown(form_id: UUID, now: datetime, site: Site) -> dict[str, Any] | None:
    """What the page says of the form's appointment; None when there is none, or when it was booked long ago."""
    rows = BookingRequest.objects.select_related(
        "appointment__service", "appointment__vehicle", "appointment__customer"
    )
    row = rows.filter(pk=form_id, created_at__gte=now - SHOWN_FOR, appointment__isnull=False).first()
    if row is None or row.appointment is None:
        return None
    appointment: Appointment = row.appointment
    address = AIConfig.load().address
    name = site.name or current_shop().name
    english = (get_language() or "") == "en"
    return {
        "appointment": appointment,
        "service": appointment.service,
        "when": words.moment(appointment.scheduled_at),
        "brought": words.moment(appointment.drop_off_at)
        if appointment.drop_off_at and appointment.drop_off_at != appointment.scheduled_at
        else "",
        "pending": appointment.status == Status.PENDING,
        "cancelled": not appointment.is_live,
        "address": address,
        "map": f"{MAP}?{urlencode({'api': 1, 'query': f'{name}, {address}'})}" if address else "",
        "on_whatsapp": _agreed(appointment),
        "mine": links.appointment_url(appointment, shop=current_shop()),
        "thanks": (site.thanks_en or site.thanks) if english else site.thanks,
    }


def _agreed(appointment: Appointment) -> bool:
    consent = consenting.standing(appointment.customer, Consent.Purpose.SERVICE_MESSAGES)
    return consent is not None and consent.granted
