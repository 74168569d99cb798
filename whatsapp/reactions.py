"""Reactions: 👍 is often the only answer to "le va bene giovedì alle 9?".

A thumb on something that we proposed is an answer, as long as the chat is open. Every other reaction, and one that is
taken back, is kept beside the message it is about. Of several on one message the last one counts, in whichever order
they come.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from receptionist import storable
from receptionist.models import (
    Channel,
    ConversationMessage,
    MessageKind,
    MessageRole,
    OutboundMessage,
    Purpose,
)
from whatsapp.keeping import Said, add, store
from whatsapp.payloads import MAX_ID, object_of, text
from whatsapp.reading import Reading, unsupported
from whatsapp.work import Work

THUMBS = frozenset({"👍", "👎"})
# The colours of skin, and what asks for a picture instead of a letter.
_VARIANTS = {*range(0x1F3FB, 0x1F400), 0xFE0F}


@dataclass(frozen=True, slots=True)
class _Place:
    """Where the message is that a reaction is about. `proposes`: it is ours and asks for an answer."""

    conversation_id: UUID
    contact: str
    ended_at: datetime | None
    proposes: bool


def plain(emoji: str) -> str:
    """An emoji without its colour of skin."""
    return emoji.translate(dict.fromkeys(_VARIANTS))


def take(said: Said, work: Work) -> None:
    """Store a reaction, and have it answered when it is an answer. At most four statements."""
    part = object_of(said.item.get("reaction"))
    about = text(part.get("message_id"), MAX_ID)
    if not about:
        store(said, unsupported(said.item), work)
        return
    about, emoji = storable.key(about), text(part.get("emoji"), 40)
    payload = {"emoji": emoji, "message_id": about}
    place, thumb = _place_of(about), plain(emoji)
    is_last = place is None or _is_last(place, about, said)
    answers = place is not None and place.proposes and place.ended_at is None and place.contact in said.ids
    answers = answers or (place is None and thumb in THUMBS and _is_begun(about, said))
    reading = Reading(
        MessageKind.REACTION,
        thumb if thumb in THUMBS else emoji,
        payload,
        wants_answer=answers and is_last and thumb in THUMBS,
    )
    if place is None or reading.wants_answer:
        store(said, reading, work)
    else:
        add(place.conversation_id, said, replace(reading, wants_answer=False))


def _place_of(about: str) -> _Place | None:
    names = ("conversation_id", "conversation__contact", "conversation__ended_at")
    ours = OutboundMessage.objects.filter(wire_id=about, conversation__channel=Channel.WHATSAPP)
    if row := ours.values_list(*names, "content").first():
        conversation_id, contact, ended_at, content = row
        content = object_of(content)
        asks = bool(content.get("options")) or text(content.get("text")).rstrip().endswith("?")
        return _Place(conversation_id, contact, ended_at, asks)
    written = ConversationMessage.objects.filter(wire_id=about, conversation__channel=Channel.WHATSAPP)
    if other := written.values_list(*names).first():
        return _Place(other[0], other[1], other[2], proposes=False)
    return None


def _is_begun(about: str, said: Said) -> bool:
    """Whether the message is a reminder or an offer of ours to this person: it has no chat of its own, and asks."""
    rows = OutboundMessage.objects.filter(wire_id=about, conversation=None, purpose=Purpose.REMINDER)
    content = rows.filter(recipient__in=said.ids).values_list("content", flat=True).first()
    return bool(object_of(content).get("options"))


def _is_last(place: _Place, about: str, said: Said) -> bool:
    """Whether no later reaction to the message came; earlier ones that nobody answered need no answer any more."""
    others = ConversationMessage.objects.filter(
        conversation_id=place.conversation_id,
        role=MessageRole.CUSTOMER,
        kind=MessageKind.REACTION,
        payload__message_id=about,
    ).exclude(wire_id=said.wire_id)
    found = list(others.values_list("pk", "sent_at", "answered_at"))
    stale = [pk for pk, sent_at, answered_at in found if answered_at is None and sent_at < said.sent_at]
    if stale:
        ConversationMessage.objects.filter(pk__in=stale).update(answered_at=timezone.now())
    return not any(sent_at > said.sent_at for _pk, sent_at, _answered_at in found)
