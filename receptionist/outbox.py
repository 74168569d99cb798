"""Putting a message on its way: stored in the transaction of what it is about, sent by a task after the commit."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from receptionist import channels, optout, storable
from receptionist.content import Content
from receptionist.models import Conversation, OutboundMessage, Purpose
from shops.db.written import written_rows


def put(
    *,
    channel: str,
    recipient: str,
    content: Content,
    purpose: Purpose,
    conversation: Conversation | None = None,
    key: str | None = None,
    reply_to: str = "",
    line: str = "",
) -> OutboundMessage:
    """Store a message and queue its sending on commit. With a `key` that was used before: the message of then.

    `recipient` is a telephone number (E.164), a channel's own id of a person, or an e-mail address. Runs inside the
    shop. Side effects: one row, one task. Raises optout.OptedOut, with nothing stored, for a message that the shop
    begins (a confirmation, a reminder) to somebody who wrote STOP: ask `optout.allows` first.
    """
    if not optout.allows_recipient(channel=channel, recipient=recipient, purpose=purpose):
        raise optout.OptedOut
    row = OutboundMessage(
        conversation=conversation,
        channel=channel,
        recipient=recipient,
        line=line,
        purpose=purpose,
        content=content.to_json(),
        reply_to=reply_to,
        key=storable.key(key) if key else None,
    )
    with written_rows() as written:
        OutboundMessage.objects.bulk_create([row], ignore_conflicts=True)
    if not written.count:
        return OutboundMessage.objects.get(key=row.key)
    channels.get(channel).queue(row)
    return row


def put_many(rows: Sequence[OutboundMessage], *, now: datetime) -> dict[str, UUID]:
    """Store messages with keys, and queue on commit those whose `next_attempt_at` has come; the sweep finds the others
    at their time. By key, the id of the message that is stored: one that was used before keeps the message of then.

    Who calls has asked for STOP (`optout`), which the sender asks once more. Side effects: rows, tasks.
    """
    if not rows:
        return {}
    OutboundMessage.objects.bulk_create(rows, ignore_conflicts=True)
    keys = [str(row.key) for row in rows]
    stored = dict(OutboundMessage.objects.filter(key__in=keys).values_list("key", "pk"))
    for row in rows:
        if stored[row.key] == row.pk and row.next_attempt_at <= now:
            channels.get(row.channel).queue(row)
    return {str(key): pk for key, pk in stored.items()}
