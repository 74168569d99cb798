"""One conversation as its page shows it: who has it, what may be done, whether one may write. Nine queries at most."""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.utils import timezone

from receptionist import holding, staffreply, transcript
from receptionist.models import Channel, Conversation, ConversationStatus, Handover, HandoverStatus, Urgency
from shops.staff.models import StaffUser

WORKS = "receptionist.change_handover"
CHATS = (Channel.WHATSAPP, Channel.WEB)
# Lines that are looked at again by a page that polls; who was away for longer gets a whole page of them.
LAST = 40


@dataclass(frozen=True)
class May:
    """What the person may do now."""

    take: bool
    give_back: bool
    settle: bool
    end: bool


@dataclass(frozen=True)
class Head:
    """Who has the conversation. `mode` says how one can write: "free", "template" (the window is closed), "" not."""

    row: Conversation
    requests: list[Handover]
    holder: StaffUser | None
    is_mine: bool
    silent: bool
    answers: bool
    danger: bool
    may: May
    mode: str
    until: datetime | None
    failed: bool

    @property
    def over(self) -> str:
        """Whom the person would take it from, as a form says it."""
        return str(self.holder.pk) if self.holder and not self.is_mine else ""


def head(row: Conversation, me: StaffUser, *, failed: bool) -> Head:
    """What stands above the words. One query."""
    requests = list(holding.open_requests(row))
    holder = holding.holder_of(row, requests)
    works = me.has_perm(WORKS)
    is_chat = row.channel in CHATS and row.ended_at is None
    transferred = row.status == ConversationStatus.TRANSFERRED
    silent = is_chat and transferred and (row.silent_until is None or row.silent_until > timezone.now())
    is_mine = holder is not None and holder.pk == me.pk
    waits = any(each.status == HandoverStatus.OPEN for each in requests)
    until = staffreply.open_until(row)
    return Head(
        row=row,
        requests=requests,
        holder=holder,
        is_mine=is_mine,
        silent=silent,
        answers=is_chat and not silent,
        danger=any(each.urgency == Urgency.DANGER for each in requests),
        may=May(
            take=(works and not is_mine and (is_chat or bool(requests))) or (works and waits),
            give_back=works and is_chat and transferred,
            settle=works and (bool(requests) or failed),
            end=works and is_chat,
        ),
        mode=_mode(row, until, works=works),
        until=until,
        failed=failed,
    )


def _mode(row: Conversation, until: datetime | None, *, works: bool) -> str:
    if not works or until is None:
        return ""
    if until > timezone.now():
        return "free"
    return "template" if row.channel == Channel.WHATSAPP else ""


def lines(row: Conversation, before: str = "", last: str = "") -> dict[str, Any]:
    """What was said, for the template. Four queries."""
    edge = _uuid(before)
    number = LAST if last else transcript.PAGE
    page = (
        transcript.Page([], earlier=False)
        if before and edge is None
        else transcript.of(row, last=number, before=edge)
    )
    return {"page": page, "is_call": row.channel == Channel.VOICE}


def _uuid(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text)
    except ValueError:
        return None
