"""Storing one message that was read. Each call is one short transaction, and safe to repeat."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from receptionist import inbound, storable
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import Channel, ConversationMessage, Media, MessageKind, MessageRole
from whatsapp.payloads import Change, Contacts, Json, moment, wire_id
from whatsapp.reading import File, Reading
from whatsapp.work import Work

REVOKED = "revoked"


@dataclass(slots=True)
class Said:
    """One message of a change as it came: by whom, to which line, when."""

    item: Json
    value: Json
    line: str
    person: Person
    wire_id: str
    sent_at: datetime

    @property
    def ids(self) -> tuple[str, ...]:
        """What the person may be called in a conversation."""
        return tuple(each for each in (self.person.phone, self.person.user_id) if each)


def said(item: Json, change: Change, contacts: Contacts) -> Said | None:
    """The message with its person; None when nothing says who sent it."""
    person = contacts.person(item)
    if person is None:
        return None
    return Said(
        item, change.value, change.line, person, storable.key(wire_id(item)), moment(item.get("timestamp"))
    )


def store(
    message: Said, reading: Reading, work: Work, *, wire_id: str = "", payload: Json | None = None
) -> Received:
    """Store what a customer wrote, with its file, in the person's open chat; what is to be done goes to `work`.

    `wire_id`: the id of the message it stands for, when that is another one. One statement, one more for a file.
    """
    listens = reading.file is not None and reading.kind == MessageKind.AUDIO
    received = inbound.receive(
        channel=Channel.WHATSAPP,
        person=message.person,
        line=message.line,
        message=Incoming(
            wire_id=wire_id or message.wire_id,
            kind=reading.kind,
            text=reading.text,
            payload=reading.payload if payload is None else payload,
            sent_at=message.sent_at,
            is_ready=not listens,
            wants_answer=reading.wants_answer,
        ),
    )
    if reading.file is not None:
        keep_file(
            received.conversation_id, received.message_id, reading.file, work, known=not received.created
        )
    if received.wants_turn:
        work.chats[received.conversation_id] = None
    return received


def keep_file(
    conversation_id: uuid.UUID, message_id: uuid.UUID, file: File, work: Work, *, known: bool
) -> None:
    """Note a message's file, to be fetched. `known`: the message had come before, perhaps without getting this far."""
    if known and _is_settled(message_id):
        return
    row = Media(
        conversation_id=conversation_id,
        message_id=message_id,
        kind=file.kind,
        external_id=storable.text(file.external_id),
        caption=storable.text(file.caption, 4000),
        filename=storable.text(file.filename, 255),
        content_type=storable.text(file.content_type, 100),
        sha256=storable.text(file.sha256)[:64],
    )
    Media.objects.bulk_create([row], ignore_conflicts=True)
    work.files[row.pk] = None


def _is_settled(message_id: uuid.UUID) -> bool:
    """Whether the message's file is known, or the message was taken back, or is gone with who wrote it."""
    if Media.objects.filter(message_id=message_id).exists():
        return True
    return not ConversationMessage.objects.filter(pk=message_id).exclude(payload__has_key=REVOKED).exists()


def add(
    conversation_id: uuid.UUID, message: Said, reading: Reading, *, role: str = MessageRole.CUSTOMER
) -> uuid.UUID | None:
    """Keep a message in a conversation for the record, with nothing to answer. Its id; None when it had come before."""
    now = timezone.now()
    row = ConversationMessage(
        conversation_id=conversation_id,
        role=role,
        kind=reading.kind,
        text=storable.text(reading.text, inbound.MAX_TEXT),
        payload=_payload(reading.payload),
        external_id=message.wire_id,
        wire_id=message.wire_id,
        sent_at=message.sent_at,
        received_at=now,
        answered_at=now,
    )
    ConversationMessage.objects.bulk_create([row], ignore_conflicts=True)
    there = ConversationMessage.objects.filter(pk=row.pk).exists()
    return row.pk if there else None


def _payload(payload: Json) -> Any:
    return storable.json(payload)
