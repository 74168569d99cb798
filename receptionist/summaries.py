"""A conversation in two lines, for the person who takes over."""

from datetime import datetime

from receptionist import identity
from receptionist.italian import sentence
from receptionist.models import Conversation, ToolCall
from scheduling.models import Appointment

_TRIED = {
    "check_availability": "disponibilità",
    "book_appointment": "prenotazione",
    "reschedule_appointment": "spostamento",
    "cancel_appointment": "annullamento",
    "vehicle_status": "stato dell'auto",
}


def in_two_lines(conversation: Conversation, wanted: str, now: datetime) -> str:
    """Who and which car; what is wanted and what was tried. Three queries."""
    return f"{_who(conversation, now)}\n{_what(conversation, wanted)}"


def _who(conversation: Conversation, now: datetime) -> str:
    customer = conversation.customer
    name = (customer.full_name if customer else "") or "Cliente nuovo"
    parts = [name, str(conversation.phone_number) or _left_phone(conversation) or "numero nascosto"]
    parts += [f"{car.label} {car.license_plate}".strip() for car in identity.vehicles_of(customer)[:2]]
    return ", ".join(parts)


def _left_phone(conversation: Conversation) -> str:
    left = Appointment.objects.filter(conversation_id=conversation.pk).exclude(contact_phone="")
    phone = left.values_list("contact_phone", flat=True).first()
    return f"{phone} (detto, non verificato)" if phone else ""


def _what(conversation: Conversation, wanted: str) -> str:
    calls = ToolCall.objects.filter(conversation=conversation, name__in=_TRIED)
    tried = [
        f"{_TRIED[name]}{'' if ok else ' non riuscita'}"
        for name, ok in dict.fromkeys(calls.order_by("created_at").values_list("name", "ok"))
        if ok is not None
    ]
    return f"{sentence(wanted)} Già provato: {', '.join(tried) if tried else 'niente'}."
