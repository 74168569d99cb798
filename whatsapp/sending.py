"""The way of a message to Meta.

    queued → sending → sent → (webhook) delivered → read
       ↑________|  tried again            any → failed

A worker takes the row in one statement, sends without any database connection, and writes down what came of it. A
message whose response was lost stays "sending": its status webhook marks it sent (it carries our id), and if none has
come after WHATSAPP_LOST_RESPONSE_SECONDS it is sent again. To one person messages go in the order in which they were
stored. Everything here is safe to run twice, and at once.
"""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from django.db import InterfaceError, OperationalError, connection, transaction
from django.utils import timezone

from receptionist import confirmations, optout
from receptionist.followups import standing
from receptionist.models import OutboundMessage, OutboundStatus, Purpose
from shops.context import log_conversation
from whatsapp import claims, codes, failures, limits, render
from whatsapp.claims import Claim
from whatsapp.client import Graph, GraphError
from whatsapp.failures import note_failure

log = structlog.get_logger(__name__)
__all__ = ["go_on", "note_failure", "send"]
CHANNEL = "whatsapp"
WINDOW = timedelta(hours=24)
# Our clock and Meta's differ, and the message is on its way for a moment.
MARGIN = timedelta(minutes=1)
DATABASE_AWAY = (OperationalError, InterfaceError)
CAN_BE_STALE = frozenset({Purpose.CONFIRMATION, *standing.BEGUN})
# How long (seconds) what Meta answered is kept in hand while the database is away.
PATIENCE = (0.2, 0.5, 1.0, 2.0, 3.0, 5.0)
# Written out: what a webhook has said meanwhile stays. `attempts` tells whether this is still the same attempt.
_SENT = """
UPDATE receptionist_outboundmessage
   SET status = CASE WHEN status = 'sending' THEN 'sent' ELSE status END, wire_id = coalesce(%(wire_id)s, wire_id),
       sent_at = coalesce(sent_at, %(now)s), error_code = NULL, error = ''
 WHERE id = %(id)s AND attempts = %(attempts)s AND status IN ('sending', 'sent', 'delivered', 'read')
"""


def send(*, message_id: UUID | str) -> None:
    """Send a stored message if it is due, its turn, and not somebody else's. Runs inside the shop.

    Three statements: take it, note what came of it, look for the next one of the same person. Side effects: one POST;
    the row; tasks for what has to come later; notices when it failed for good. Raises database errors only.
    """
    claim = claims.take(message_id)
    if isinstance(claim, claims.Refusal):
        if claim.stopped:
            failures.postpone_stopped(message_id)
        return
    if claim.conversation_id:
        log_conversation(claim.conversation_id)
    try:
        _deliver(claim)
    except DATABASE_AWAY:
        raise
    except Exception as error:  # noqa: BLE001 - a fault of ours must not hold back what comes after it
        log.error("message not sent", error=type(error).__name__, message=str(claim.message_id))
        failures.note_our_fault(claim.message_id)


def _deliver(claim: Claim) -> None:
    body = _body(claim)
    if body is None:
        return
    wait = standing.has_to_wait(claim.purpose) or limits.wait_for(line=claim.line, recipient=claim.recipient)
    if wait > 0:
        failures.put_back(claim, wait)
        return
    began = time.perf_counter()
    try:
        wire_id = Graph(claim.token).send(claim.line, body)
    except GraphError as error:
        _not_sent(claim, error)
        return
    _insist(lambda: _sent(claim, wire_id))
    log.info(
        "message sent",
        message=str(claim.message_id),
        purpose=claim.purpose,
        kind=body["type"],
        attempt=claim.attempts,
        ms=int((time.perf_counter() - began) * 1000),
    )
    go_on(recipient=claim.recipient)


def _body(claim: Claim) -> render.Body | None:
    """What to post; None when it was found that nothing can be."""
    if not claim.line:
        failures.fail(claim.message_id, code=None, words=failures.NO_NUMBER)
    elif not claim.token:
        note_failure(
            message_id=claim.message_id, code=codes.TOKEN_DEAD, details="no token", sealed=claim.sealed
        )
    elif claim.attempts > failures.MOST_ATTEMPTS:
        failures.fail(claim.message_id, code=claim.error_code, words=failures.NEVER_ANSWERED)
    elif not optout.allows_recipient(channel=CHANNEL, recipient=claim.recipient, purpose=claim.purpose):
        failures.fail(claim.message_id, code=None, words=failures.STOPPED, tell=False)
    elif claim.purpose in CAN_BE_STALE and _is_stale(claim):
        failures.fail(claim.message_id, code=None, words=failures.STALE, tell=False)
    else:
        current = _as_of_now(claim) if claim.purpose in CAN_BE_STALE else claim
        return _rendered(current) if current else None
    return None


def _rendered(claim: Claim) -> render.Body | None:
    closed = is_closed(claim)
    if closed and claim.content.template is None:
        note_failure(message_id=claim.message_id, code=codes.WINDOW_CLOSED)
        return None
    try:
        return render.message(
            claim.content,
            recipient=claim.recipient,
            message_id=claim.message_id,
            reply_to=claim.reply_to,
            as_template=closed,
        )
    except render.Unsendable as error:
        log.error("message cannot be rendered", message=str(claim.message_id), reason=str(error))
        failures.fail(claim.message_id, code=None, words=failures.NOTHING_TO_SEND)
    return None


def _as_of_now(claim: Claim) -> Claim | None:
    """The message with what was put right since it was stored; None when it goes to another number by now, and waits for
    its turn there, or to nobody."""
    row = OutboundMessage.objects.get(pk=claim.message_id)
    fresh = confirmations.as_of_now(row)
    if fresh is None:
        return claim
    if not fresh.recipient:
        failures.fail(claim.message_id, code=None, words=failures.STALE, tell=False)
        return None
    kept = fresh.content.to_json()
    if (fresh.recipient, kept) == (row.recipient, row.content):
        return claim
    mine = OutboundMessage.objects.filter(
        pk=claim.message_id, status=OutboundStatus.SENDING, attempts=claim.attempts
    )
    mine.update(recipient=fresh.recipient, content=kept)
    if fresh.recipient != claim.recipient:
        failures.put_back(claim, 0)
        return None
    return replace(claim, kept=kept)


def _is_stale(claim: Claim) -> bool:
    """It may have waited for a token for days; it says what is true when it goes out."""
    return confirmations.is_stale(OutboundMessage.objects.get(pk=claim.message_id))


def is_closed(claim: Claim, now: datetime | None = None) -> bool:
    """Whether Meta takes no free text for this person: nothing came from them for 24 hours, or Meta said so."""
    if claim.error_code == codes.WINDOW_CLOSED:
        return True
    last = claim.last_customer_at
    return last is None or last <= (now or timezone.now()) - WINDOW + MARGIN


def _not_sent(claim: Claim, error: GraphError) -> None:
    if error.lost:
        log.warning(
            "response lost", message=str(claim.message_id), attempt=claim.attempts, reason=error.message
        )
        return
    _insist(
        lambda: note_failure(
            message_id=claim.message_id,
            code=error.code,
            details=error.message,
            http_status=error.status,
            sealed=claim.sealed,
        )
    )


def _sent(claim: Claim, wire_id: str) -> None:
    values: dict[str, Any] = {
        "id": claim.message_id,
        "attempts": claim.attempts,
        "wire_id": wire_id or None,
        "now": timezone.now(),
    }
    with connection.cursor() as cursor:
        cursor.execute(_SENT, values)


def _insist(write: Callable[[], None]) -> None:
    """Write down what Meta answered, also when the database is away for a moment: it would be sent again."""
    for pause in PATIENCE:
        try:
            return write()
        except DATABASE_AWAY as error:
            if connection.in_atomic_block:
                raise
            log.warning("database is away, the answer is kept", error=type(error).__name__)
            connection.close()
            time.sleep(pause)
    return write()


def go_on(*, recipient: str) -> None:
    """Have the next message of the same person sent, if one waits. One query."""
    due = timezone.now() + claims.TOLERANCE
    waiting = OutboundMessage.objects.filter(
        channel=CHANNEL, recipient=recipient, status=OutboundStatus.QUEUED, next_attempt_at__lte=due
    )
    pk = waiting.order_by("created_at", "pk").values_list("pk", flat=True).first()
    if pk is not None:
        transaction.on_commit(lambda: failures.queue(pk))
