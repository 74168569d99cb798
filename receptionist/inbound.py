"""A message comes in: stored with its person and its conversation in one short transaction, nothing else.

What is stored here is answered later by a task (receptionist.turns); whoever calls acknowledges the message only
after this returned. The same message again changes nothing.
"""

import json
import uuid
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from receptionist import gone, handover, optout, phoneproof, storable
from receptionist.models import Conversation, ConversationStatus, MessageKind, MessageRole, Urgency
from shops.context import log_conversation

log = structlog.get_logger(__name__)
# After so long without a word a conversation is over: what comes then begins a new one.
SILENCE = timedelta(hours=24)
MAX_TEXT = 8000
MAX_NAME = 80
TRIES = 4
FORGOTTEN = "Ha scritto e per un giorno nessuno ha risposto"


@dataclass(frozen=True)
class Person:
    """Who writes, as the channel vouches for them: a telephone number (E.164), the channel's own id, or both.

    `name` is what they call themselves; it is only used for somebody who has no name yet.
    """

    phone: str = ""
    user_id: str = ""
    name: str = ""

    @property
    def contact(self) -> str:
        """The one id to answer to: the number when there is one."""
        return self.phone or self.user_id


@dataclass(frozen=True)
class Incoming:
    """One message. `sent_at` aware, as the sender's clock says; not `is_ready`: it has to be written down first.

    Not `wants_answer`: it is kept for the record (a reaction to nothing that was asked, a notice of the channel).
    """

    wire_id: str
    kind: MessageKind
    text: str = ""
    payload: dict[str, Any] = field(default_factory=dict)
    sent_at: datetime = field(default_factory=timezone.now)
    is_ready: bool = True
    wants_answer: bool = True


@dataclass(frozen=True)
class Received:
    """Where the message is. `created` False: it had come before. `wants_turn`: somebody has to be answered now."""

    conversation_id: uuid.UUID
    message_id: uuid.UUID
    created: bool
    wants_turn: bool


# One statement for a person who is known and for one who is not: a batch of a thousand has three seconds, and what is
# written out needs one trip. Every part sees the tables as they were before the statement, so two first messages of
# one person that come at once may both miss: the loser inserts nothing and is tried again. So is one
# whose chat ended while it waited for the chat's row. A chat of another number of theirs is answered there, so that
# a number they write from now has its own. (`channel || ''` keeps the planner, which knows nothing of a new
# shop's tables yet, from reading all of a channel's conversations by an index.)
# Below 4,096 characters: psycopg remembers what it parsed up to there.
_RECEIVE = """
WITH before AS (
  SELECT id, conversation_id FROM receptionist_conversationmessage WHERE wire_id = %(wire_id)s
  UNION ALL SELECT id, id FROM receptionist_gonemessage WHERE digest = %(digest)s
), identity AS (
  SELECT customer_id FROM scheduling_channelidentity
  WHERE channel = %(channel)s AND verified AND external_id <> ''
  AND external_id IN (%(phone)s::text, %(user_id)s::text)
), open AS (
  SELECT v.id, v.status, v.silent_until, coalesce(v.last_customer_at, v.started_at) AS last_at
  FROM receptionist_conversation v
  WHERE v.contact IN (%(phone)s::text, %(user_id)s::text) AND v.contact <> '' AND v.ended_at IS NULL
  AND v.channel || '' = %(channel)s AND NOT EXISTS (SELECT 1 FROM before)
  UNION
  SELECT v.id, v.status, v.silent_until, coalesce(v.last_customer_at, v.started_at) AS last_at
  FROM receptionist_conversation v
  WHERE v.customer_id = (SELECT customer_id FROM identity LIMIT 1) AND v.contact || '' <> '' AND v.ended_at IS NULL
  AND (%(phone)s::text = '' OR v.contact NOT LIKE '+%%')
  AND v.channel || '' = %(channel)s AND NOT EXISTS (SELECT 1 FROM before)
  LIMIT 1
), fresh AS (
  SELECT id FROM open WHERE last_at > %(since)s::timestamptz
), new AS (
  SELECT 1 WHERE NOT EXISTS (SELECT 1 FROM open) AND NOT EXISTS (SELECT 1 FROM before)
), known AS (
  SELECT found.id FROM (
  SELECT id, 1 AS rank FROM scheduling_customer WHERE phone = nullif(%(phone)s::text, '')
  UNION ALL SELECT customer_id, 2 FROM identity) AS found, new
  ORDER BY found.rank LIMIT 1
), made AS (
  INSERT INTO scheduling_customer
  (id, phone, email, first_name, last_name, gdpr_consent, language, notes, created_at)
  SELECT %(customer_id)s::uuid, nullif(%(phone)s::text, ''), '', %(name)s::text, '', false, 'it', '',
  %(now)s::timestamptz
FROM new WHERE NOT EXISTS (SELECT 1 FROM known)
  ON CONFLICT DO NOTHING RETURNING id
), person AS (
  SELECT id FROM known UNION ALL SELECT id FROM made
), identified AS (
  INSERT INTO scheduling_channelidentity (id, customer_id, channel, external_id, verified, created_at)
  SELECT ids.id::uuid, person.id, %(channel)s::text, ids.external_id, true, %(now)s::timestamptz
  FROM person, (VALUES (%(identity_id)s::text, %(phone)s::text),
  (%(other_id)s::text, %(user_id)s::text)) AS ids (id, external_id)
  WHERE ids.external_id <> ''
  ON CONFLICT DO NOTHING
), opened AS (
  INSERT INTO receptionist_conversation
  (id, customer_id, channel, external_id, phone_number, caller_verified, status, language, summary,
  started_at, ended_reason, disclosure, contact, line, last_customer_at, failed_turns, guided, created_at)
  SELECT %(conversation_id)s::uuid, person.id, %(channel)s::text, %(wire_id)s::text, %(phone)s::text, true,
  'active', 'it', '', %(now)s::timestamptz, '', '', %(contact)s::text, %(line)s::text,
  %(now)s::timestamptz, 0, '{}'::jsonb, %(now)s::timestamptz
  FROM person
  ON CONFLICT DO NOTHING RETURNING id
), followed AS (
  UPDATE receptionist_conversation
  SET last_customer_at = %(now)s::timestamptz, active_at = %(now)s::timestamptz, line = %(line)s::text
  WHERE id = (SELECT id FROM fresh) AND ended_at IS NULL
  RETURNING id
), place AS (
  SELECT id FROM followed UNION ALL SELECT id FROM opened
), stored AS (
  INSERT INTO receptionist_conversationmessage
  (id, conversation_id, role, kind, text, payload, external_id, wire_id, sent_at, received_at, is_ready,
  answered_at, position)
  SELECT %(message_id)s::uuid, place.id, 'customer', %(kind)s::text, %(text)s::text, %(payload)s::jsonb,
  %(wire_id)s::text, %(wire_id)s::text, %(sent_at)s::timestamptz, %(now)s::timestamptz,
  %(is_ready)s::boolean, CASE WHEN %(answers)s::boolean THEN NULL ELSE %(now)s::timestamptz END, 0
  FROM place
  ON CONFLICT DO NOTHING RETURNING id, conversation_id
)
SELECT 'stored', conversation_id, id,
  NOT EXISTS (SELECT 1 FROM open WHERE status = 'transferred'
  AND (silent_until IS NULL OR silent_until > %(now)s::timestamptz))
 FROM stored
UNION ALL SELECT 'before', conversation_id, id, false FROM before
UNION ALL SELECT 'silent', id, id, false FROM open
  WHERE last_at <= %(since)s::timestamptz
"""


def receive(
    *, channel: str, person: Person, line: str, message: Incoming, now: datetime | None = None
) -> Received:
    """Store a customer's message: its customer (made when new), its conversation (opened when none is) and itself.

    Safe to repeat and in any order: `message.wire_id` is stored once in the shop, and not again once who wrote it was
    erased (receptionist.gone): then the ids lead nowhere. One transaction; one statement
    for nearly all messages. Raises nothing for what the message says; database errors pass through. Side effects:
    the rows. The caller queues the turn for what `wants_turn`.
    """
    now = now or timezone.now()
    wire_id = storable.key(message.wire_id)
    values = _values(channel, person, line, message, wire_id, now)
    for _attempt in range(TRIES):
        rows = _ask(values)
        found = {row[0]: row for row in rows}
        if "stored" in found:
            _kind, conversation_id, message_id, answers = found["stored"]
            log_conversation(conversation_id)
            # STOP and the code of a web chat are heard while a person has the chat, too.
            answers = answers or bool(optout.word_of(message.text) or phoneproof.code_in(message.text))
            wants_turn = bool(answers) and message.wants_answer and message.is_ready
            return Received(conversation_id, message_id, created=True, wants_turn=wants_turn)
        if "before" in found:
            return Received(found["before"][1], found["before"][2], created=False, wants_turn=False)
        if "silent" in found:
            end_silent(conversation_id=found["silent"][1], now=now)
        values |= {name: uuid.uuid4() for name in ("customer_id", "conversation_id", "message_id")}
    raise RuntimeError("A message could not be stored beside others of the same person.")


def _ask(values: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        with connection.cursor() as cursor:
            cursor.execute(_RECEIVE, values)
            return list(cursor.fetchall())
    except IntegrityError:  # a key that another transaction deleted or made between the parts: once more
        return []


def _values(
    channel: str, person: Person, line: str, message: Incoming, wire_id: str, now: datetime
) -> dict[str, Any]:
    made = ("customer_id", "conversation_id", "message_id")
    return {
        **{name: uuid.uuid4() for name in made},
        "identity_id": str(uuid.uuid4()),
        "other_id": str(uuid.uuid4()),
        "phone": person.phone,
        "user_id": storable.text(person.user_id)[:200],
        "contact": person.contact,
        "name": storable.text(person.name).strip()[:MAX_NAME],
        "channel": str(channel),
        "line": line,
        "wire_id": wire_id,
        "digest": gone.digest(wire_id),
        "kind": str(message.kind),
        "text": storable.text(message.text, MAX_TEXT),
        "payload": json.dumps(storable.json(message.payload)),
        "sent_at": message.sent_at,
        "is_ready": message.is_ready,
        "answers": message.wants_answer,
        "now": now,
        "since": now - SILENCE,
    }


def end_silent(*, conversation_id: uuid.UUID, now: datetime | None = None) -> bool:
    """End a chat in which nobody wrote for a day; whether it did. One that a person has taken over ends as well.

    What nobody answered in all that time (no worker ran) cannot be answered any more: a person is asked to call back.
    """
    now = now or timezone.now()
    with transaction.atomic():
        row = Conversation.objects.select_for_update(no_key=True).get(pk=conversation_id)
        # Where only the shop has written so far, the chat is as old as its beginning.
        if row.ended_at or (row.last_customer_at or row.started_at) > now - SILENCE:
            return False
        row.ended_at, row.ended_reason = now, "silence"
        waits = row.messages.filter(role=MessageRole.CUSTOMER, answered_at=None).exclude(wire_id=None)
        forgotten = row.status == ConversationStatus.ACTIVE and waits.exists()
        if row.status == ConversationStatus.ACTIVE:
            row.status = ConversationStatus.FAILED if forgotten else ConversationStatus.COMPLETED
        row.save(update_fields=["ended_at", "ended_reason", "status"])
        if forgotten:
            handover.ask(conversation=row, reason=FORGOTTEN, now=now, urgency=Urgency.HIGH, transfer=False)
    log.info("conversation ended by silence")
    return True
