"""The shop answered from its own phone: what it wrote is kept, and the assistant falls silent in that chat."""

from dataclasses import replace

import structlog
from django.db import IntegrityError, InterfaceError, OperationalError, transaction
from django.utils import timezone

from receptionist import gone, handover, storable
from receptionist.inbound import MAX_NAME, Person
from receptionist.models import (
    Channel,
    Conversation,
    MessageKind,
    MessageRole,
    OutboundMessage,
)
from scheduling.models import ChannelIdentity, Customer
from shops.webhooks import where
from whatsapp import changes
from whatsapp.keeping import REVOKED, Said, add, keep_file
from whatsapp.payloads import (
    Change,
    Json,
    moment,
    name_of,
    object_of,
    objects_of,
    phone,
    text,
    user_id,
    wire_id,
)
from whatsapp.reading import Reading, read
from whatsapp.work import Work

log = structlog.get_logger(__name__)
DATABASE_AWAY = (OperationalError, InterfaceError)


def take(change: Change, work: Work) -> None:
    """Store every message that the shop sent from its app. Raises as whatsapp.inbound.take."""
    failed: Exception | None = None
    contacts = objects_of(change.value.get("contacts"))
    for item in objects_of(change.value.get("message_echoes")):
        person = _person(item, contacts)
        if person is None:
            log.warning("whatsapp echo without a recipient")
            continue
        message = Said(
            item,
            change.value,
            change.line,
            person,
            storable.key(wire_id(item)),
            moment(item.get("timestamp")),
        )
        try:
            _store(message, work)
        except DATABASE_AWAY:
            raise
        except Exception as error:  # noqa: BLE001 - told once the others are stored, so that Meta comes again
            log.error("whatsapp echo not stored", error=type(error).__name__, at=where(error))
            failed = error
    if failed is not None:
        raise failed


def _person(item: Json, contacts: list[Json]) -> Person | None:
    """Whom the shop wrote to."""
    contact = contacts[0] if len(contacts) == 1 else {}
    found = Person(
        phone=phone(item.get("to")),
        user_id=user_id(item.get("to_user_id"))
        or user_id(item.get("recipient"))
        or user_id(contact.get("user_id")),
        name=name_of(contact),
    )
    return found if found.contact else None


def _store(message: Said, work: Work) -> None:
    kind = text(message.item.get("type"))
    if OutboundMessage.objects.filter(wire_id=message.wire_id).exists():
        return  # one of ours that comes back
    if gone.was(message.wire_id):
        return  # of a chat that was erased
    if kind == "revoke":
        original = text(object_of(message.item.get("revoke")).get("original_message_id"), 1000)
        _take_back(storable.key(original), message)
        return
    reading = _reading(message, kind)
    with transaction.atomic():
        conversation = _chat(message)
        stored = add(conversation.pk, message, reading, role=MessageRole.STAFF)
        if stored is None:
            return
        if kind not in ("reaction", "edit"):
            handover.staff_took_over(conversation=conversation, at=message.sent_at)
    if reading.file is not None:
        keep_file(conversation.pk, stored, reading.file, work, known=False)
    log.info("the shop wrote from its own phone")


def _take_back(original: str, message: Said) -> None:
    """What the shop took back is blank, also when this is told before it came."""
    if not changes.blank(original, message) and not gone.was(original):
        nothing = Reading(MessageKind.TEXT, "", {REVOKED: True})
        add(_chat(message).pk, replace(message, wire_id=original), nothing, role=MessageRole.STAFF)


def _reading(message: Said, kind: str) -> Reading:
    if kind == "reaction":
        part = object_of(message.item.get("reaction"))
        emoji = text(part.get("emoji"), 40)
        about = storable.key(text(part.get("message_id"), 1000))
        return Reading(MessageKind.REACTION, emoji, {"emoji": emoji, "message_id": about})
    if kind == "edit":
        return changes.new_words(object_of(message.item.get("edit"))) or read({}, {})
    return read(message.item, message.value)


def _chat(message: Said) -> Conversation:
    """The person's open chat, or a new one: then the shop wrote first."""
    chats = Conversation.objects.filter(channel=Channel.WHATSAPP, ended_at__isnull=True)
    found = chats.filter(contact__in=message.ids).first()
    return found or _open(message)


def _open(message: Said) -> Conversation:
    person = message.person
    customer = _customer(person)
    try:
        with transaction.atomic():
            return Conversation.objects.create(
                customer=customer,
                channel=Channel.WHATSAPP,
                external_id=message.wire_id,
                phone_number=person.phone,
                caller_verified=True,
                contact=person.contact,
                line=message.line,
                started_at=timezone.now(),
            )
    except IntegrityError:  # the person wrote at this very moment, or a chat began with this very id
        chats = Conversation.objects.filter(channel=Channel.WHATSAPP)
        written = chats.filter(contact=person.contact, ended_at__isnull=True).first()
        return written or chats.get(external_id=message.wire_id)


def _customer(person: Person) -> Customer:
    ids = [each for each in (person.phone, person.user_id) if each]
    identity = ChannelIdentity.objects.filter(channel=Channel.WHATSAPP, external_id__in=ids)
    if known := identity.select_related("customer").first():
        return known.customer
    name = storable.text(person.name).strip()[:MAX_NAME]
    if person.phone:
        customer = Customer.objects.get_or_create(phone=person.phone, defaults={"first_name": name})[0]
    else:
        customer = Customer.objects.create(first_name=name)
    for each in ids:
        ChannelIdentity.objects.get_or_create(
            channel=Channel.WHATSAPP, external_id=each, defaults={"customer": customer, "verified": True}
        )
    return customer
