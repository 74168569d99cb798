"""What the customer said in this turn: messages put together into steps, each a text, a tap or a file."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from receptionist.italian import one_line, read_yes_no
from receptionist.models import ConversationMessage, MessageKind

_TAPS = frozenset({MessageKind.BUTTON, MessageKind.INTERACTIVE})
MAX_TEXT = 1500


@dataclass(frozen=True)
class Said:
    """One step. `tap` is the id of what was tapped; `kind` what else came (image, audio …); `yes` None: neither.

    `file` says why a file was not kept ("too large", "failed" …); "" for one that was, or may yet be.
    """

    text: str = ""
    tap: str = ""
    kind: str = ""
    file: str = ""
    yes: bool | None = None
    reaction: str = ""
    message_id: str = ""
    title: str = ""


def steps(pending: Sequence[ConversationMessage], done_at: datetime | None = None) -> list[Said]:
    """The pending messages as steps: texts that follow each other are one, a tap is one of its own.

    `done_at`: when this turn first did something, if it was begun before. What came later is a step of its own, so
    that what was done is understood as it was then.
    """
    found: list[Said] = []
    last: ConversationMessage | None = None
    for message in pending:
        said = read(message)
        if said is None:
            continue
        late = done_at is not None and last is not None and last.received_at <= done_at < message.received_at
        if found and not late and _joins(found[-1], said):
            found[-1] = _joined(found[-1], said)
        else:
            found.append(said)
        last = message
    return found


def read(message: ConversationMessage) -> Said | None:
    """One message as a step; None when there is nothing to answer."""
    payload = message.payload if isinstance(message.payload, dict) else {}
    if message.kind == MessageKind.REACTION:
        emoji = str(payload.get("emoji") or "")
        return Said(reaction=emoji, yes=read_yes_no(emoji), message_id=str(payload.get("message_id") or ""))
    if message.kind in _TAPS:
        tap, title = str(payload.get("id") or ""), str(payload.get("title") or message.text or "")
        return Said(tap=tap[:256], title=title[:256]) if tap else _text(title, "")
    if message.kind == MessageKind.SYSTEM:
        return None
    kind = "" if message.kind == MessageKind.TEXT else str(message.kind)
    return _text(message.text or "", kind, str(payload.get("file") or ""))


def _text(text: str, kind: str, file: str = "") -> Said:
    clean = one_line(text[:MAX_TEXT])
    return Said(text=clean, kind=kind, file=file, yes=read_yes_no(text))


def _joins(before: Said, said: Said) -> bool:
    return not (before.tap or said.tap or before.reaction or said.reaction)


def _joined(one: Said, other: Said) -> Said:
    text = f"{one.text}. {other.text}" if one.text and other.text else one.text or other.text
    # Of several files one that was kept is thanked for.
    kept = other if other.kind and not (one.kind and not one.file) else one
    return Said(
        text=text[:MAX_TEXT], kind=kept.kind or one.kind or other.kind, file=kept.file, yes=read_yes_no(text)
    )
