"""Giving a conversation to a person: at once by transfer, or later by a call back at a time that is told."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction
from django.utils import timezone

from receptionist import identity, opening, storable
from receptionist.italian import one_line, say_when
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationStatus,
    Handover,
    HandoverKind,
    HandoverStatus,
    ToolCall,
    Urgency,
)
from receptionist.models.config import is_own_number
from scheduling import catalogue
from scheduling.hours import Calendar
from scheduling.models import Appointment
from shops.context import current_shop
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
MAX_REASON = 300
TRANSFERRING = "Passo subito la chiamata all'officina, un momento."
NOBODY = "In questo momento non posso passare la chiamata."
NO_TIME = "L'officina richiamerà appena possibile."
# Words of a reason that make it urgent for the person who reads it, by stems.
_DANGER = re.compile(
    r"\b(fren|fumo|fuoco|incendi|incident|surriscald|spia rossa|spia olio|spia dell.olio|ferit|112)"
)
_HIGH = re.compile(r"\b(reclam|lament|arrabbiat|avvocat|denunci|rimbors|danneggiat|urgent|soccors|carro)")
_TRIED = {
    "check_availability": "disponibilità",
    "book_appointment": "prenotazione",
    "reschedule_appointment": "spostamento",
    "cancel_appointment": "annullamento",
    "vehicle_status": "stato dell'auto",
}


DEFAULT_REASON = "Vuole parlare con una persona"


@dataclass(frozen=True)
class Destination:
    """Where a call goes and what the caller hears before; without a `number`, why it is not passed on."""

    number: str
    message: str


def is_open(now: datetime | None = None, calendar: Calendar | None = None) -> bool:
    """Whether the shop is open at this moment (aware; now by default). One query unless the calendar is given."""
    calendar = calendar or catalogue.load().calendar
    return calendar.is_open(now or timezone.now())


def ask(
    *,
    conversation: Conversation,
    reason: str,
    now: datetime | None = None,
    urgency: Urgency | None = None,
    transfer: bool = True,
) -> Handover:
    """Ask a person to take over; a second time in one conversation adds to what is open.

    A telephone call is transferred when the shop is open and has a number for it, and `transfer` allows it; then
    the conversation becomes `transferred`. Otherwise a call back is promised within the shop's minutes of opening
    time (`callback_at`, None when the shop has no hours). `now` aware. Side effects: one Handover. Six queries.
    """
    now = (now or timezone.now()).astimezone(current_shop().tz)
    config, calendar = AIConfig.load(), catalogue.load().calendar
    wanted = one_line(storable.text(reason), MAX_REASON) or DEFAULT_REASON
    goes_through = transfer and _goes_through(conversation, config, calendar, now)
    row = _open_row(conversation, wanted)
    row.kind = HandoverKind.TRANSFER if goes_through else HandoverKind.CALLBACK
    row.urgency = max(urgency or urgency_of(wanted), Urgency(row.urgency), key=list(Urgency).index)
    row.callback_at = None if goes_through else opening.next_callback(calendar, now, config.callback_minutes)
    row.summary = _summary(conversation, row.wanted, now)
    row.save()
    if goes_through:
        Conversation.objects.filter(pk=conversation.pk, status=ConversationStatus.ACTIVE).update(
            status=ConversationStatus.TRANSFERRED
        )
        conversation.status = ConversationStatus.TRANSFERRED
    log.info("person asked for", kind=str(row.kind), urgency=str(row.urgency))
    return row


def _open_row(conversation: Conversation, wanted: str) -> Handover:
    row, created = Handover.objects.get_or_create(
        conversation=conversation, status=HandoverStatus.OPEN, defaults={"reason": wanted, "wanted": wanted}
    )
    if not created and wanted != DEFAULT_REASON and wanted not in row.wanted:
        row.wanted = one_line(f"{row.wanted}; {wanted}", MAX_REASON)
    return row


def urgency_of(reason: str) -> Urgency:
    """How soon a person is needed, by the words of the reason."""
    text = reason.lower()
    if _DANGER.search(text):
        return Urgency.DANGER
    return Urgency.HIGH if _HIGH.search(text) else Urgency.NORMAL


def is_silent(conversation: Conversation, now: datetime | None = None) -> bool:
    """Whether a person has the chat, so that the assistant says nothing. A turn that had begun is still answered."""
    if conversation.status != ConversationStatus.TRANSFERRED or conversation.turn_id is not None:
        return False
    return conversation.silent_until is None or conversation.silent_until > (now or timezone.now())


def say_next(row: Handover, now: datetime) -> str:
    """What the customer is told happens next."""
    return say_callback(row, now)


def say_callback(row: Handover, now: datetime) -> str:
    """What the customer is told about the call back."""
    if row.callback_at is None:
        return NO_TIME
    return f"L'officina richiamerà entro {_by(row.callback_at, now)}."


def _by(moment: datetime, now: datetime) -> str:
    """The time a call back is promised for, at the next quarter of an hour: nobody promises "le undici e sette"."""
    over = timedelta(minutes=moment.minute % 15, seconds=moment.second, microseconds=moment.microsecond)
    return say_when(moment - over + (timedelta(minutes=15) if over else timedelta()), now)


def transfer_destination(*, conversation: Conversation, now: datetime | None = None) -> Destination:
    """Where to pass the call on at this moment, or the sentence why not and when the shop calls back.

    `now` aware. Side effects: as `ask`, so that the shop knows of a call that was passed on without a word.
    """
    now = (now or timezone.now()).astimezone(current_shop().tz)
    row = ask(conversation=conversation, reason="", now=now)
    if row.kind == HandoverKind.TRANSFER:
        return Destination(str(AIConfig.load().transfer_number), TRANSFERRING)
    return Destination("", f"{NOBODY} {say_callback(row, now)}")


def _goes_through(conversation: Conversation, config: AIConfig, calendar: Calendar, now: datetime) -> bool:
    """Whether this call can be passed on now. One query at most."""
    number = str(config.transfer_number)
    # The caller's own number would be busy: it is the one that calls.
    if conversation.channel != Channel.VOICE or not number or number == conversation.phone_number:
        return False
    # A line may have been attached after the number was saved: a call in a loop would never end.
    return (config.transfer_out_of_hours or calendar.is_open(now)) and not is_own_number(number)


def _summary(conversation: Conversation, wanted: str, now: datetime) -> str:
    """Two lines for the person who takes over: who and which car; what is wanted and what was tried."""
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
    return f"{wanted.rstrip(' .')}. Già provato: {', '.join(tried) if tried else 'niente'}."


def take(*, handover: Handover, staff: StaffUser | None) -> Handover:
    """Somebody of the shop looks after it. Taking what is taken or done changes nothing. One row changes."""
    with transaction.atomic():
        row = Handover.objects.select_for_update().get(pk=handover.pk)
        if row.status == HandoverStatus.OPEN:
            row.status, row.taken_by_id = HandoverStatus.TAKEN, staff.pk if staff else None
            row.save(update_fields=["status", "taken_by"])
            log.info("hand-over taken")
    return row


def close(*, handover: Handover, staff: StaffUser | None = None, now: datetime | None = None) -> Handover:
    """It is done. The first time stays when it is said again. One row changes."""
    with transaction.atomic():
        row = Handover.objects.select_for_update().get(pk=handover.pk)
        if row.status != HandoverStatus.DONE:
            row.status, row.closed_at = HandoverStatus.DONE, now or timezone.now()
            row.taken_by_id = row.taken_by_id or (staff.pk if staff else None)
            row.save(update_fields=["status", "closed_at", "taken_by"])
            log.info("hand-over done")
    return row
