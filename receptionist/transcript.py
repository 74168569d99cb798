"""A conversation as a person reads it: who said what, when, and what became of what the shop said."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist.italian import one_line
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
PAGE = 100
# Words of a message that a reaction is about.
MOST_QUOTED = 60


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
    """One thing that was said.

    `fate` is the status of what the shop sent ("" for what it did not send), `fate_words` how that is told and
    `why` the reason of one that did not arrive. `heard`: the text is what was understood of a voice note. `reactions`
    are those to this message; `about` is what the message was that this reaction is about.
    """

    pk: Any
    role: str
    who: str
    at: datetime
    text: str
    kind: str
    kind_words: str
    files: tuple[File, ...] = ()
    options: tuple[str, ...] = ()
    place: str = ""
    fate: str = ""
    fate_words: str = ""
    why: str = ""
    heard: bool = False
    edited: bool = False
    template: bool = False
    revoked: bool = False
    about: str = ""
    reactions: tuple[str, ...] = ()

    @property
    def lost(self) -> bool:
        """Whether it did not arrive."""
        return self.fate == OutboundStatus.FAILED

    @property
    def day(self) -> date:
        """The day on the shop's calendar."""
        return timezone.localdate(self.at)


@dataclass(frozen=True)
class Page:
    """A stretch of a conversation. `earlier`: whether something was said before its first line."""

    lines: list[Line]
    earlier: bool


def plain_type(content_type: str) -> str:
    """A content type without its parameters: "audio/ogg" of "audio/ogg; codecs=opus"."""
    return content_type.partition(";")[0].strip().lower()


def is_shown(media: Media) -> bool:
    """Whether a browser may show the file in place: what it is said to be is among what its kind can be."""
    return plain_type(media.content_type) in SHOWN.get(MediaKind(media.kind), ())


def of(conversation: Conversation, *, last: int = PAGE, before: UUID | None = None) -> Page:
    """The last lines, in order; with `before` (a line's id) the last ones before that. Four queries at most."""
    rows = conversation.messages.order_by(*(f"-{name}" for name in ORDER))
    if before is not None:
        edge = conversation.messages.filter(pk=before).values_list(*ORDER).first()
        rows = rows.filter(_comes_before(edge)) if edge else rows.none()
    found = list(rows.prefetch_related("media")[: last + 1])
    shown = found[:last][::-1]
    return Page(_lines(conversation, shown), earlier=len(found) > last)


def recordings(conversation: Conversation) -> list[File]:
    """Files of the conversation that belong to no message: a call's recording. One query."""
    return [_file(each) for each in conversation.media.filter(message=None).order_by("created_at")]


ORDER = ("position", "sent_at", "received_at", "pk")


def _comes_before(edge: tuple[Any, ...]) -> Q:
    """Lines that stand before this place in the order."""
    found, same = Q(), Q()
    for name, value in zip(ORDER, edge, strict=True):
        found |= same & Q(**{f"{name}__lt": value})
        same &= Q(**{name: value})
    return found


def _lines(conversation: Conversation, rows: list[ConversationMessage]) -> list[Line]:
    keys = {row.pk: _key(row) for row in rows if row.external_id and row.role != MessageRole.CUSTOMER}
    sent = OutboundMessage.objects.filter(conversation=conversation, key__in=list(keys.values()))
    fates = {each.key: each for each in sent.only("key", "status", "error", "wire_id")} if keys else {}
    names = {row.wire_id: row for row in rows if row.wire_id}
    for row in rows:
        went_out = fates.get(keys.get(row.pk))
        if went_out and went_out.wire_id:
            names[went_out.wire_id] = row
    reactions = _reactions(rows)
    by_row: dict[Any, tuple[str, ...]] = {
        row.pk: tuple(reactions[name].values()) for name, row in names.items() if name in reactions
    }
    return [_line(row, fates.get(keys.get(row.pk)), names, by_row.get(row.pk, ())) for row in rows]


def _key(row: ConversationMessage) -> str:
    """The key of the message that went out with these words."""
    return row.external_id.replace("turn:", "reply:", 1)


def _reactions(rows: list[ConversationMessage]) -> dict[str, dict[str, str]]:
    """By the message it is about, whose last reaction is which emoji; one that was taken back is none."""
    found: dict[str, dict[str, str]] = {}
    for row in sorted((each for each in rows if each.kind == MessageKind.REACTION), key=lambda r: r.sent_at):
        payload = row.payload if isinstance(row.payload, dict) else {}
        by = found.setdefault(str(payload.get("message_id") or ""), {})
        by.pop(row.role, None)
        if emoji := str(payload.get("emoji") or ""):
            by[row.role] = emoji
    return found


def _line(
    row: ConversationMessage,
    fate: OutboundMessage | None,
    names: dict[str, ConversationMessage],
    reactions: tuple[str, ...],
) -> Line:
    payload = row.payload if isinstance(row.payload, dict) else {}
    revoked = bool(payload.get("revoked"))
    is_reaction = row.kind == MessageKind.REACTION
    about = names.get(str(payload.get("message_id"))) if is_reaction else None
    return Line(
        pk=row.pk,
        role=row.role,
        who=str(payload.get("by") or row.get_role_display()),
        at=row.sent_at,
        text=_words(row, payload, revoked=revoked),
        kind=row.kind,
        kind_words="" if row.kind == MessageKind.TEXT else str(row.get_kind_display()),
        files=tuple(_file(each) for each in row.media.all()),
        options=tuple(_titles(payload.get("options"))) if row.role == MessageRole.ASSISTANT else (),
        place=_place(payload) if row.kind == MessageKind.LOCATION else "",
        fate=fate.status if fate else "",
        fate_words=str(fate.get_status_display()) if fate else "",
        why=fate.error if fate and fate.status == OutboundStatus.FAILED else "",
        heard=row.kind == MessageKind.AUDIO and bool(row.text),
        edited="edited" in payload,
        template="template" in payload,
        revoked=revoked,
        about=one_line(about.text, MOST_QUOTED) if about else "",
        reactions=reactions,
    )


def _words(row: ConversationMessage, payload: dict[str, Any], *, revoked: bool) -> str:
    if revoked and not row.text:
        return str(_("Messaggio cancellato da chi l'ha scritto."))
    if row.kind == MessageKind.REACTION:
        return str(payload.get("emoji") or "") or str(_("Reazione tolta."))
    if row.kind == MessageKind.AUDIO and not row.text:
        return "" if row.is_ready else str(_("Si sta trascrivendo…"))
    return row.text


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
