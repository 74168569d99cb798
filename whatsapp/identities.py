"""People who change their number or their id: the customer stays the same, and so does the chat."""

import structlog
from django.db import IntegrityError, transaction
from django.db.models import Q

from receptionist.models import Channel, Conversation, MessageKind, OutboundMessage, OutboundStatus
from scheduling.models import Appointment, ChannelIdentity, Customer
from whatsapp.keeping import Said, add
from whatsapp.payloads import object_of, phone, text, user_id
from whatsapp.reading import Reading
from whatsapp.work import Work

log = structlog.get_logger(__name__)


def take(said: Said, work: Work) -> None:
    """Store what WhatsApp says of a person. Nothing of it is answered."""
    part = object_of(said.item.get("system"))
    kind = text(part.get("type"), 60)
    old, new = "", ""
    if kind == "user_changed_number":
        old, new = said.person.phone, phone(part.get("wa_id")) or phone(part.get("new_wa_id"))
    elif kind == "user_changed_user_id":
        old, new = said.person.user_id, user_id(part.get("user_id")) or user_id(part.get("new_user_id"))
    if old and new and old != new:
        move(old=old, new=new)
    chats = Conversation.objects.filter(
        channel=Channel.WHATSAPP, contact__in=[*said.ids, *([new] if new else [])]
    )
    if (chat := chats.order_by("-started_at").values_list("pk", flat=True).first()) is None:
        log.info("whatsapp notice about somebody who never wrote")
        return
    add(chat, said, Reading(MessageKind.SYSTEM, text(part.get("body")), {"type": kind}))


def move(*, old: str, new: str) -> bool:
    """Let the customer who was `old` on WhatsApp be `new` from now on; whether anything changed. Safe to repeat.

    Numbers as E.164, ids as they are. Side effects: the identity, the customer's number if it was the old one, the
    open chat's contact and what waits to be sent. Somebody else who is `new` already, and whom the shop knows, stays
    who they are.
    """
    try:
        with transaction.atomic():
            return _move(old, new)
    except IntegrityError:
        log.warning("identity not moved: it was taken at the same moment")
        return False


def _move(old: str, new: str) -> bool:
    customer = _customer(old)
    if customer is None:
        return False
    there = ChannelIdentity.objects.filter(channel=Channel.WHATSAPP, external_id=new).first()
    other = _customer(new)
    if other is not None and other.pk != customer.pk:
        if not _is_new(other):
            log.warning("identity not moved: the new one is another customer's")
            return False
        _absorb(other, customer)
    was = ChannelIdentity.objects.filter(channel=Channel.WHATSAPP, external_id=old)
    if there is None:
        if not was.update(external_id=new):
            ChannelIdentity.objects.create(
                customer=customer, channel=Channel.WHATSAPP, external_id=new, verified=True
            )
    else:
        was.delete()
    if str(customer.phone or "") == old:
        customer.phone = new
        customer.save(update_fields=["phone"])
    _move_chat(old, new)
    log.info("customer moved to a new identity")
    return True


def _customer(external_id: str) -> Customer | None:
    known = Q(identities__channel=Channel.WHATSAPP, identities__external_id=external_id)
    if external_id.startswith("+"):
        known |= Q(phone=external_id)
    return Customer.objects.filter(known).order_by("created_at").distinct().first()


def _is_new(customer: Customer) -> bool:
    """Nothing is known of them but that they wrote."""
    has_history = Appointment.objects.filter(customer=customer).exists() or customer.vehicles.exists()
    return not (has_history or customer.last_name or customer.email)


def _absorb(newcomer: Customer, customer: Customer) -> None:
    """The newcomer, who wrote before we heard of the change, is this customer."""
    newcomer.identities.update(customer=customer)
    Conversation.objects.filter(customer=newcomer).update(customer=customer)
    newcomer.delete()


def _move_chat(old: str, new: str) -> None:
    open_chats = Conversation.objects.filter(channel=Channel.WHATSAPP, ended_at__isnull=True)
    if open_chats.filter(contact=new).exists():
        return  # both go on: the old one ends by silence
    number = {"phone_number": new} if new.startswith("+") else {}
    open_chats.filter(contact=old).update(contact=new, **number)
    waiting = OutboundMessage.objects.filter(channel=Channel.WHATSAPP, recipient=old)
    waiting.filter(status=OutboundStatus.QUEUED).update(recipient=new)
