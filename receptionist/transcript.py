"""A conversation as a person reads it: who said what, when, and what became of what the shop said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from receptionist.models import (
    Conversation,
    ConversationMessage,
    Media,
    MediaKind,
    MediaState,
    MessageKind,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
)

# What a browser may show in place; everything else is offered to be saved.
SHOWN = {
    MediaKind.IMAGE: ("image/jpeg", "image/png", "image/webp"),
    MediaKind.STICKER: ("image/webp", "image/png"),
    MediaKind.AUDIO: (
        "audio/ogg",
        "audio/mpeg",
        "audio/mp4",
        "audio/aac",
        "audio/amr",
        "audio/wav",
        "audio/x-wav",
    ),
    MediaKind.RECORDING: ("audio/mpeg", "audio/wav", "audio/x-wav", "audio/ogg", "audio/mp4"),
    MediaKind.VIDEO: ("video/mp4", "video/3gpp"),
}
TAGS = {
    MediaKind.IMAGE: "image",
    MediaKind.STICKER: "image",
    MediaKind.AUDIO: "audio",
    MediaKind.RECORDING: "audio",
    MediaKind.VIDEO: "video",
}

REFUSED = "File rifiutato"


@dataclass(frozen=True)
class File:
    """A file to look at. `tag`: how it is shown ("image", "audio", "video", "" for one to save)."""

    pk: Any
    tag: str
    name: str
    state: str
    is_stored: bool
    caption: str


@dataclass(frozen=True)
class Line:
    """One thing that was said. `fate`: what became of what the shop said, `lost` that it did not arrive."""

    role: str
    who: str
    at: datetime
    text: str
    kind: str
    files: tuple[File, ...] = ()
    options: tuple[str, ...] = ()
    place: str = ""
    fate: str = ""
    lost: bool = False


def plain_type(content_type: str) -> str:
    """A content type without its parameters: "audio/ogg" of "audio/ogg; codecs=opus"."""
    return content_type.partition(";")[0].strip().lower()


def is_shown(media: Media) -> bool:
    """Whether a browser may show the file in place: what it is said to be is among what its kind can be."""
    return plain_type(media.content_type) in SHOWN.get(MediaKind(media.kind), ())


def of(conversation: Conversation) -> list[Line]:
    """Everything that was said, in order. Three queries."""
    rows = conversation.messages.prefetch_related("media").order_by("position", "sent_at", "received_at")
    sent = OutboundMessage.objects.filter(conversation=conversation).exclude(key=None).only("key", "status")
    fates = {str(each.key): each for each in sent}
    return [_line(row, fates) for row in rows]


def recordings(conversation: Conversation) -> list[File]:
    """Files of the conversation that belong to no message: a call's recording. One query."""
    return [_file(each) for each in conversation.media.filter(message=None).order_by("created_at")]


def _line(row: ConversationMessage, fates: dict[str, OutboundMessage]) -> Line:
    fate = fates.get(row.external_id.replace("turn:", "reply:", 1)) if row.external_id else None
    payload = row.payload if isinstance(row.payload, dict) else {}
    return Line(
        role=row.role,
        who=str(payload.get("by") or row.get_role_display()),
        at=row.sent_at,
        text=row.text
        or (str(_("Messaggio cancellato da chi l'ha scritto.")) if payload.get("revoked") else ""),
        kind="" if row.kind == MessageKind.TEXT else row.get_kind_display(),
        files=tuple(_file(each) for each in row.media.all()),
        options=tuple(_titles(payload.get("options"))) if row.role == MessageRole.ASSISTANT else (),
        place=_place(payload) if row.kind == MessageKind.LOCATION else "",
        fate=fate.get_status_display() if fate else "",
        lost=bool(fate and fate.status == OutboundStatus.FAILED),
    )


def _titles(options: Any) -> Iterable[str]:
    rows = options if isinstance(options, list) else []
    return [str(each["title"]) for each in rows if isinstance(each, dict) and each.get("title")]


def _place(payload: dict[str, Any]) -> str:
    """Where a place is on a map; empty when the message does not say."""
    found = payload.get("location") if isinstance(payload.get("location"), dict) else payload
    try:
        latitude, longitude = float(found["latitude"]), float(found["longitude"])  # type: ignore[index]  # TypeError is caught
    except (KeyError, TypeError, ValueError):
        return ""
    return f"https://www.openstreetmap.org/?mlat={latitude:.6f}&mlon={longitude:.6f}#map=16/{latitude:.6f}/{longitude:.6f}"


def _file(media: Media) -> File:
    stored = media.state == MediaState.STORED and bool(media.file)
    return File(
        pk=media.pk,
        tag=TAGS.get(MediaKind(media.kind), "") if is_shown(media) else "",
        name=media.filename or str(_(media.get_kind_display())),
        # Why a file was refused is written for people; other errors are for the operators.
        state=media.error if media.error.startswith(REFUSED) else str(media.get_state_display()),
        is_stored=stored,
        caption=media.caption,
    )
