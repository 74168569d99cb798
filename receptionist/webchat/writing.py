"""A visitor's message comes in: stored once, its turn queued on commit."""

import re
import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import structlog
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import handover, inbound, optout, storable
from receptionist.models import Channel, Conversation, ConversationMessage, MessageKind, MessageRole
from receptionist.webchat.visitors import contact_of, has_left, hold
from shops.context import log_conversation
from shops.refusals import Refused

log = structlog.get_logger(__name__)
MOST_TEXT = 2000
MOST_CLIENT_ID = 64
TRIES = 4
_CLIENT_ID = re.compile(r"[A-Za-z0-9_-]+\Z")


@dataclass(frozen=True)
class Received:
    """Where the message is. `created` False: it had come before."""

    conversation_id: uuid.UUID
    message_id: uuid.UUID
    created: bool


def receive(
    *,
    visitor: uuid.UUID,
    client_id: str,
    text: str,
    language: str = "it",
    kind: MessageKind = MessageKind.TEXT,
    payload: dict[str, Any] | None = None,
    now: datetime | None = None,
) -> Received:
    """Store what a visitor wrote; their conversation is opened when none is, and anew after a day of silence.

    `client_id` is the page's own id of the message: the same again, from the same visitor, is the message of then.
    `language` ("it", "en") is the page's, for a conversation that begins. Side effects: the rows; the turn is queued
    on commit unless a person has the chat. Raises Refused with a sentence for the visitor: no words, too many of
    them, no id, or a chat that they have forgotten meanwhile.
    """
    now = now or timezone.now()
    words = storable.text(text).strip()
    if not words:
        raise Refused(_("Scriva un messaggio."))
    if len(words) > MOST_TEXT:
        raise Refused(_("Il messaggio è troppo lungo: al massimo %(most)d caratteri.") % {"most": MOST_TEXT})
    if len(client_id) > MOST_CLIENT_ID or not _CLIENT_ID.match(client_id):
        raise Refused(_("Il messaggio non è arrivato intero: lo mandi di nuovo."))
    message = ConversationMessage(
        role=MessageRole.CUSTOMER,
        kind=kind,
        text=words,
        payload=storable.json(payload or {}),
        external_id=f"web:{visitor.hex}:{client_id}",
        wire_id=f"web:{visitor.hex}:{client_id}",
        sent_at=now,
        received_at=now,
    )
    for _attempt in range(TRIES):
        try:
            with transaction.atomic():
                return _stored(message, visitor, language, now)
        except (
            IntegrityError
        ):  # two first messages at once, or the same one twice: what is there is found now
            continue
    raise RuntimeError("A message could not be stored beside others of the same visitor.")


def tap(
    *,
    visitor: uuid.UUID,
    client_id: str,
    message_id: str,
    option_id: str,
    language: str = "it",
    now: datetime | None = None,
) -> Received:
    """Store the tap of an option that one of our messages to this visitor had. Raises Refused, as `receive`.

    What was never offered to them cannot be tapped, whatever its id is.
    """
    gone = Refused(_("Questa scelta non c'è più: scriva che cosa le serve."))
    try:
        pk = uuid.UUID(message_id)
    except ValueError:
        raise gone from None
    mine = {"conversation__channel": Channel.WEB, "conversation__contact": contact_of(visitor)}
    shown = ConversationMessage.objects.filter(pk=pk, role=MessageRole.ASSISTANT, **mine)
    option = next((each for row in shown for each in options_of(row) if each["id"] == option_id), None)
    if option is None:
        raise gone
    return receive(
        visitor=visitor,
        client_id=client_id,
        text=option["title"],
        language=language,
        kind=MessageKind.INTERACTIVE,
        payload={"id": option["id"], "title": option["title"]},
        now=now,
    )


def options_of(row: ConversationMessage) -> list[dict[str, str]]:
    """What can be tapped below a message of ours: id, title, description."""
    payload = row.payload if isinstance(row.payload, dict) else {}
    found = payload.get("options")
    return [
        {name: str(each.get(name) or "") for name in ("id", "title", "description")}
        for each in (found if isinstance(found, list) else [])
        if isinstance(each, dict) and each.get("id") and each.get("title")
    ]


def _stored(message: ConversationMessage, visitor: uuid.UUID, language: str, now: datetime) -> Received:
    before = ConversationMessage.objects.filter(wire_id=message.wire_id).first()
    if before is not None:
        return Received(before.conversation_id, before.pk, created=False)
    row = _open(visitor, now) or _opened(message, visitor, language, now)
    Conversation.objects.filter(pk=row.pk).update(last_customer_at=now, active_at=now)
    message.conversation = row
    message.save(force_insert=True)
    log_conversation(row.pk)
    # STOP is heard while a person has the chat, too.
    if not handover.is_silent(row, now) or optout.word_of(message.text):
        from receptionist.tasks import answer

        answer.queue(conversation_id=str(row.pk))
    return Received(row.pk, message.pk, created=True)


def _open(visitor: uuid.UUID, now: datetime) -> Conversation | None:
    """The visitor's open chat, locked; None when there is none, or it has been silent for so long that it is over."""
    chats = Conversation.objects.select_for_update(no_key=True)
    row = chats.filter(channel=Channel.WEB, contact=contact_of(visitor), ended_at__isnull=True).first()
    if row is None:
        return None
    silent = (row.last_customer_at or row.started_at) <= now - inbound.SILENCE
    return None if silent and inbound.end_silent(conversation_id=row.pk, now=now) else row


def _opened(message: ConversationMessage, visitor: uuid.UUID, language: str, now: datetime) -> Conversation:
    hold(visitor)
    if has_left(visitor):
        raise Refused(_("Questa chat è scaduta: ne cominci una nuova."))
    row = Conversation.objects.create(
        channel=Channel.WEB,
        contact=contact_of(visitor),
        external_id=message.wire_id or "",
        language="en" if language == "en" else "it",
        started_at=now,
        last_customer_at=now,
        active_at=now,
    )
    log.info("web chat opened")
    return row
