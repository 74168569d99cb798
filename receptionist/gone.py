"""What is told again about somebody who was erased: known by a digest, so that a repetition brings nobody back.

A channel repeats a message for days when it is not sure that it arrived; its id is a digest here, with a key, and is
forgotten once no channel repeats it any more. It tells nobody who wrote. Something new from the same person is new: a
new customer. Calls are known by the row that has their copy deleted (RemoteCopy), see conversations.open_call.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from django.utils.crypto import salted_hmac

from receptionist.models import ConversationMessage, GoneMessage, OutboundMessage

REPEATED_FOR = timedelta(days=8)
"""Meta repeats what was not acknowledged for seven days."""


def digest(wire_id: str) -> str:
    """What is kept of a message's id on its channel."""
    return salted_hmac("receptionist.gone", wire_id, algorithm="sha256").hexdigest()


def keep(*, conversations: Collection[UUID], outbound: Collection[UUID], now: datetime) -> None:
    """Keep the digests of what was said lately, both ways, before the rows go. Four queries at most."""
    since = now - REPEATED_FOR
    said = ConversationMessage.objects.filter(conversation__in=conversations, received_at__gte=since)
    sent = OutboundMessage.objects.filter(pk__in=outbound, created_at__gte=since)
    ids = {
        wire_id
        for rows in (said, sent)
        for wire_id in rows.exclude(wire_id=None).values_list("wire_id", flat=True)
        if wire_id
    }
    remember(ids, now=now)


def remember(ids: Collection[str], *, now: datetime) -> None:
    """Keep the digests of ids of what is gone; another kind of id begins with what it is of."""
    made = [GoneMessage(digest=digest(each), gone_at=now) for each in sorted(ids)]
    GoneMessage.objects.bulk_create(made, ignore_conflicts=True, batch_size=1000)


def was(wire_id: str) -> bool:
    """Whether what has this id was here and its person was erased. One query."""
    return GoneMessage.objects.filter(digest=digest(wire_id)).exists()


def forget(*, now: datetime) -> int:
    """Delete the digests that no channel comes back to; how many."""
    return GoneMessage.objects.filter(gone_at__lt=now - REPEATED_FOR).delete()[0]
