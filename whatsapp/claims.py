"""One statement that takes a message to be sent, with all that is needed to send it."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.utils import timezone

from receptionist.content import Content
from shops.context import current_shop
from shops.crypto import Undecryptable, decrypt

# Clocks of two machines differ a little.
TOLERANCE = timedelta(seconds=1)
# The number it goes out from; the row, when it is due (or was taken and never finished), its number sends, and nothing
# earlier for the same person still waits there (but for what waits for its hour: an answer does not wait with it); the
# last word of that person to that number.
_CLAIM = """
WITH number AS (
    SELECT n.phone_number_id, n.access_token, n.stopped_at
      FROM shops_whatsappnumber n, receptionist_outboundmessage m
     WHERE m.id = %(id)s AND n.shop_id = %(shop)s AND m.line IN ('', n.phone_number_id)
     ORDER BY n.created_at, n.id LIMIT 1
), claimed AS (
    UPDATE receptionist_outboundmessage m
       SET status = 'sending', attempts = m.attempts + 1, claimed_at = %(now)s
     WHERE m.id = %(id)s AND m.channel = 'whatsapp'
       AND ((m.status = 'queued' AND m.next_attempt_at <= %(due)s)
            OR (m.status = 'sending' AND (m.claimed_at IS NULL OR m.claimed_at < %(lost)s)))
       AND NOT EXISTS (SELECT 1 FROM number WHERE number.stopped_at IS NOT NULL)
       AND NOT EXISTS (SELECT 1 FROM receptionist_outboundmessage e
                        WHERE e.channel = m.channel AND e.recipient = m.recipient AND e.line = m.line
                          AND e.status IN ('queued', 'sending')
                          AND NOT (e.purpose IN ('reminder', 'promotion') AND e.next_attempt_at > %(due)s)
                          AND (e.created_at, e.id) < (m.created_at, m.id))
    RETURNING m.recipient, m.content, m.reply_to, m.purpose, m.attempts, m.error_code, m.conversation_id
)
SELECT number.phone_number_id, number.access_token, number.stopped_at, claimed.recipient, claimed.content,
       claimed.reply_to, claimed.purpose, claimed.attempts, claimed.error_code, claimed.conversation_id,
       (SELECT max(v.last_customer_at) FROM receptionist_conversation v
         WHERE v.channel = 'whatsapp' AND v.contact = claimed.recipient AND v.contact <> ''
           AND v.line IN ('', number.phone_number_id))
  FROM (SELECT 1) AS one LEFT JOIN number ON true LEFT JOIN claimed ON true
"""


@dataclass(frozen=True)
class Claim:
    """A message in this worker's hands. `sealed` is the token as it is stored; `attempts` counts this one."""

    message_id: UUID
    line: str
    sealed: str
    recipient: str
    kept: Any
    reply_to: str
    purpose: str
    attempts: int
    error_code: int | None
    conversation_id: UUID | None
    last_customer_at: datetime | None

    @cached_property
    def content(self) -> Content:
        """What is to be said. Raises for what nobody could have stored through the outbox."""
        return Content.from_json(json.loads(self.kept) if isinstance(self.kept, str) else self.kept)

    @property
    def token(self) -> str:
        """The shop's token; "" when there is none, or none that can be read."""
        try:
            return decrypt(self.sealed) if self.sealed else ""
        except Undecryptable:
            return ""


@dataclass(frozen=True)
class Refusal:
    """Why the message cannot be taken now. `stopped`: its number sends nothing."""

    stopped: bool = False


def lost_after() -> timedelta:
    """How long a message that was taken may stay without a word before it is taken again.

    Never less than the request itself may last: the time-out holds for connecting and again for the answer.
    """
    return timedelta(seconds=max(settings.WHATSAPP_LOST_RESPONSE_SECONDS, settings.WHATSAPP_TIMEOUT * 2.5))


def take(message_id: UUID | str, now: datetime | None = None) -> Claim | Refusal:
    """Take the message, if it is this worker's turn: of many at once, one gets it. One statement, committed."""
    now = now or timezone.now()
    key = message_id if isinstance(message_id, UUID) else UUID(message_id)
    values = {
        "id": key,
        "shop": current_shop().pk,
        "now": now,
        "due": now + TOLERANCE,
        "lost": now - lost_after(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, values)
        row = cursor.fetchone()
    line, sealed, stopped_at, recipient, content = row[:5]
    if recipient is None:
        return Refusal(stopped=stopped_at is not None)
    return Claim(key, line or "", sealed or "", recipient, content, *row[5:])
