"""A booking made on the phone or on the shop's page is confirmed on WhatsApp, when its customer said yes to that.

The question and the answer are kept as a Consent. The message goes to the number the caller was verified by; for a
booking from the page, to the number that was left with it, a few times a day at most, since nobody has proved that it is
theirs. It goes once for each place and time of the appointment: a moved one is confirmed anew, one that waits for the
shop when the shop has said yes, a cancelled one never. Who wrote STOP gets none.
"""

from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from django.utils import timezone

from receptionist import consenting, optout, outbox, standard_templates
from receptionist.content import Content, Option, Template
from receptionist.followups import fresh, standing, telling
from receptionist.followups.fresh import Fresh
from receptionist.italian import one_line
from receptionist.links import appointment_url
from receptionist.models import AIConfig, Channel, Conversation, OutboundMessage, Purpose
from scheduling.models import Appointment, Consent, ConsentChannel, Customer
from scheduling.models.appointments import Source, Status
from shops.context import current_shop
from shops.limits import Limit
from shops.models import Shop, WhatsAppNumber

log = structlog.get_logger(__name__)
CHANNEL = "whatsapp"
QUESTION = "Le mando la conferma su WhatsApp?"
NO_ADDRESS = "in officina"
MAX_LINE = 200
TO_UNVERIFIED = Limit("web-confirmations", 3, 24 * 3600)
"""A number that somebody typed gets no more than this, whoever typed it."""
ASKED = (Source.AI_VOICE, Source.WEB)
"""Where people are asked whether they want one."""


def question(config: AIConfig) -> str:
    """How a caller is asked, in the shop's manner."""
    return consenting.wording(
        Consent.Purpose.SERVICE_MESSAGES, channel=ConsentChannel.VOICE, formality=config.formality
    )


def can_offer(conversation: Conversation, shop: Shop) -> bool:
    """Whether the caller may be asked: the shop writes on WhatsApp, and the caller's number is known for certain.

    One query, none for a shop that shows no WhatsApp number.
    """
    if conversation.channel != Channel.VOICE or not shop.whatsapp_number:
        return False
    if not (conversation.caller_verified and conversation.phone_number):
        return False
    return WhatsAppNumber.objects.filter(shop=shop, stopped_at=None).exists()


def note_answer(
    *, conversation: Conversation, customer: Customer, appointment: Appointment, agreed: bool
) -> bool:
    """Keep what the caller answered, and have the confirmation sent when it was yes. Whether one will be.

    Runs in the booking's transaction; said again it changes nothing. Side effects: a Consent, a task on commit.
    """
    from receptionist.tasks import confirm_appointment

    if not can_offer(conversation, current_shop()):
        return False
    consenting.record(
        customer=customer,
        purpose=Consent.Purpose.SERVICE_MESSAGES,
        granted=agreed,
        wording=question(AIConfig.load()),
        channel=conversation.channel,
        conversation_id=conversation.pk,
    )
    if agreed:
        confirm_appointment.queue(appointment_id=str(appointment.pk))
    return agreed


def _last_answer(customer: Customer) -> Consent | None:
    given = Consent.objects.filter(customer=customer, purpose=Consent.Purpose.SERVICE_MESSAGES)
    return given.filter(withdrawn_at=None).order_by("-given_at").first()


def on_settled(sender: Any, appointment: Appointment, **_kwargs: Any) -> None:
    """Receiver of scheduling.signals.appointment_settled: a task looks whether this one is confirmed. No query."""
    from receptionist.tasks import confirm_appointment

    if appointment.source in ASKED and appointment.status == Status.CONFIRMED:
        confirm_appointment.queue(appointment_id=str(appointment.pk))


def send(*, appointment_id: UUID | str) -> OutboundMessage | None:
    """Confirm an appointment on WhatsApp, if it stands, its customer agreed, and this was not said before.

    Runs inside the shop. Side effects: one OutboundMessage. Safe to repeat, and at once.
    """
    row = Appointment.objects.select_related("customer", "service").filter(pk=appointment_id).first()
    if row is None or row.status != Status.CONFIRMED or row.scheduled_at <= timezone.now():
        return None
    answer = _last_answer(row.customer)
    if answer is None or not answer.granted:
        return None
    verified = _verified_number(row)
    recipient = verified or _left_number(row, answer)
    if not recipient or not WhatsAppNumber.objects.filter(shop=current_shop()).exists():
        return None
    content = confirmation(row, current_shop(), AIConfig.load())
    said = OutboundMessage.objects.filter(key__startswith=f"confirmation:{row.pk}:").order_by("-created_at")
    before = list(said.values_list("content", flat=True))
    # The template's words say it all; the link in the free text may be signed with another key by now.
    if before and Content.from_json(before[0]).template == content.template:
        return None
    if not verified and not TO_UNVERIFIED.take(recipient):
        log.info("confirmation not sent, the number that was left had enough today")
        return None
    try:
        return outbox.put(
            channel=CHANNEL,
            recipient=recipient,
            content=content,
            purpose=Purpose.CONFIRMATION,
            key=f"confirmation:{row.pk}:{len(before)}",
        )
    except optout.OptedOut:
        log.info("confirmation not sent, the customer wrote STOP")
        return None


def is_stale(message: OutboundMessage, now: datetime | None = None) -> bool:
    """Whether what waited is no longer true: a confirmation or reminder of what was moved or cancelled or is past, a
    promotion whose consent was withdrawn. Three queries. Messages of other purposes never are.
    """
    if message.purpose in standing.BEGUN:
        return standing.is_stale(message, now)
    if message.purpose != Purpose.CONFIRMATION or not message.key:
        return False
    appointment_id = message.key.split(":")[1]
    row = Appointment.objects.select_related("customer", "service").filter(pk=appointment_id).first()
    if row is None or row.status != Status.CONFIRMED or row.scheduled_at <= timezone.now():
        return True
    return _told(confirmation(row, current_shop(), AIConfig.load())) != _told(
        Content.from_json(message.content)
    )


def as_of_now(message: OutboundMessage) -> Fresh | None:
    """To whom and what a message that waited has to be when it goes out: what was put right meanwhile counts. None for
    what nothing is known about. Its `recipient` is "" when nobody may be told any more.
    """
    if message.purpose in standing.BEGUN:
        return fresh.of(message)
    if message.purpose != Purpose.CONFIRMATION or not message.key:
        return None
    rows = Appointment.objects.select_related("customer", "service")
    row = rows.filter(pk=message.key.split(":")[1]).first()
    answer = _last_answer(row.customer) if row else None
    if row is None or answer is None or not answer.granted:
        return fresh.GONE
    recipient = _verified_number(row) or _left_number(row, answer)
    return Fresh(recipient, confirmation(row, current_shop(), AIConfig.load()))


def _told(content: Content) -> tuple[str, ...]:
    """Day and time, as the template's parameters have them."""
    return content.template.parameters[1:3] if content.template else ()


def _verified_number(row: Appointment) -> str:
    """The number the booking's call came from; never one that was only said."""
    if row.conversation_id is None:
        return ""
    calls = Conversation.objects.filter(pk=row.conversation_id, caller_verified=True)
    return str(calls.values_list("phone_number", flat=True).first() or "")


def _left_number(row: Appointment, answer: Consent) -> str:
    """The number left on the shop's page by who ticked the box there; of any other booking it was only said."""
    if row.source != Source.WEB or answer.channel != ConsentChannel.WEB:
        return ""
    return str(row.contact_phone or "")


def confirmation(row: Appointment, shop: Shop, config: AIConfig) -> Content:
    """What is said, with its template for when the window is closed, and the two buttons. One query, for the link."""
    day, clock = telling.day_and_time(row, shop)
    name, service = one_line(shop.name, MAX_LINE), one_line(row.service.name, MAX_LINE)
    address = one_line(config.address, MAX_LINE) or NO_ADDRESS
    payloads = (f"move:{row.code}", f"cancel:{row.code}")
    text = (
        f"{name}: il suo appuntamento è confermato.\n\n*Quando:* {day} alle {clock}\n*Lavoro:* {service}\n"
        f"*Dove:* {address}\n\nPer vederlo, spostarlo o annullarlo: {appointment_url(row, shop=shop)}"
    )
    return Content(
        text,
        options=(Option(payloads[0], "Sposta"), Option(payloads[1], "Annulla")),
        template=Template(standard_templates.CONFIRMATION, (name, day, clock, service, address), payloads),
    )
