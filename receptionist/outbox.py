"""Putting a message on its way: stored in the transaction of what it is about, sent by a task after the commit."""

from django.db import IntegrityError, transaction

from receptionist import channels, optout, storable
from receptionist.content import Content
from receptionist.models import Conversation, OutboundMessage, Purpose


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
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        found = OutboundMessage.objects.filter(key=row.key).first() if row.key else None
        if found is None:
            raise
        return found
    channels.get(channel).queue(row)
    return row
