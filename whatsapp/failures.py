"""What becomes of a message that was not accepted, or that a status reports as failed."""

from datetime import timedelta
from uuid import UUID

import structlog
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from receptionist import notices
from receptionist.followups import reasons, standing
from receptionist.followups.reasons import Reason
from receptionist.models import OutboundMessage, OutboundStatus, Purpose
from shops.tasks import backoff
from whatsapp import alerts, codes, limits
from whatsapp.claims import Claim
from whatsapp.codes import Action

log = structlog.get_logger(__name__)
MOST_ATTEMPTS = 12
# What has to wait for longer than this (seconds) is left to the sweep.
SHORT_WAIT = 45.0
STOPPED_WAIT = timedelta(minutes=5)
MAX_ERROR = 300
MOST_AT_ONCE = 500
NO_NUMBER = _("L'officina non ha il numero WhatsApp da cui spedirlo.")
NOTHING_TO_SEND = _("Nel messaggio non c'è nulla che si possa spedire.")
NEVER_ANSWERED = _("Dopo molti tentativi WhatsApp non ha mai risposto: non si sa se è arrivato.")
STOPPED = _("Il cliente ha scritto STOP prima che partisse.")
STALE = _("Prima che partisse è cambiato qualcosa: non era più vero.")
OUR_FAULT = _("Un errore del programma ha impedito l'invio.")
# A failure of these changes nothing any more.
OVER = (OutboundStatus.DELIVERED, OutboundStatus.READ, OutboundStatus.FAILED)
_LONG = {131048: 6, 131057: 5, 130429: 3, 80007: 4, 4: 4}


def queue(message_id: UUID | str, wait: float = 0) -> None:
    """Have a message sent, now or after `wait` seconds; a long wait is the sweep's."""
    from whatsapp.tasks import send

    if wait <= SHORT_WAIT:
        send.queue_in(wait, message_id=str(message_id))


def note_failure(
    *,
    message_id: UUID | str,
    code: int | None,
    details: str = "",
    wire_id: str = "",
    http_status: int | None = None,
    sealed: str = "",
) -> None:
    """Note that Meta did not take or not deliver a message, and do what the code asks for.

    Told by a response (with its `http_status`, and the stored token `sealed` that was used) or by a failed status
    (with the `wire_id` it is about). Said again it changes nothing. Side effects: the row goes back to the queue or
    fails; the number stops; people are told. Runs inside the shop; raises database errors only.
    """
    with transaction.atomic():
        row = OutboundMessage.objects.select_for_update(no_key=True).filter(pk=message_id).first()
        if row is None or row.status in OVER or _is_about_another_attempt(row, wire_id):
            return
        fault = codes.fault(code, 400 if wire_id and http_status is None else http_status)
        log.warning(
            "message failed", message=str(row.pk), code=code, action=fault.action.value, attempt=row.attempts
        )
        row.wire_id = wire_id or row.wire_id
        _act(row, fault, code, details, sealed)
    if row.status == OutboundStatus.FAILED:
        _go_on(row.recipient)


def _is_about_another_attempt(row: OutboundMessage, wire_id: str) -> bool:
    """Whether this failure was dealt with before: statuses come more than once, and late.

    `wire_id` of a row in the queue is that of the attempt that failed last.
    """
    if not wire_id:
        return row.status != OutboundStatus.SENDING
    if row.status == OutboundStatus.QUEUED:
        return True
    if row.status == OutboundStatus.SENDING:
        return row.wire_id == wire_id
    return bool(row.wire_id) and row.wire_id != wire_id


def _act(row: OutboundMessage, fault: codes.Fault, code: int | None, details: str, sealed: str) -> None:
    action, words = fault.action, fault.words
    if action in (Action.TOKEN, Action.ACCOUNT):
        alerts.stop_number(line=row.line, code=code, words=str(words), sealed=sealed)
        row.attempts = max(0, row.attempts - 1)
        _again(row, code, words, STOPPED_WAIT.total_seconds())
    elif action == Action.WINDOW and "template" in row.content and row.error_code != codes.WINDOW_CLOSED:
        _again(row, code, words, 0)
    elif action in (Action.RETRY, Action.SLOW_DOWN) and row.attempts < MOST_ATTEMPTS:
        wait = backoff(row.attempts - 1 + (_LONG.get(code or 0, 3) if action == Action.SLOW_DOWN else 0))
        if action == Action.SLOW_DOWN and code != 131056:
            limits.pause(line=alerts.line_of(row.line), seconds=min(wait, 60))
        _again(row, code, words, wait)
    else:
        if action == Action.TEMPLATE:
            alerts.template_at_fault(row=row, code=code, words=str(words), details=details)
        _failed(row, code, words, tell=action != Action.DROP)


def _again(row: OutboundMessage, code: int | None, words: str | Promise, wait: float) -> None:
    row.status = OutboundStatus.QUEUED
    row.next_attempt_at = timezone.now() + timedelta(seconds=wait)
    row.claimed_at = None
    row.error_code, row.error = code, str(words)[:MAX_ERROR]
    row.save(
        update_fields=[
            *("status", "next_attempt_at", "claimed_at", "attempts", "error_code", "error", "wire_id")
        ]
    )
    queue(row.pk, wait)


def _failed(row: OutboundMessage, code: int | None, words: str | Promise, *, tell: bool) -> None:
    row.status, row.failed_at = OutboundStatus.FAILED, timezone.now()
    row.error_code, row.error = code, str(words)[:MAX_ERROR]
    row.save(update_fields=["status", "failed_at", "error_code", "error", "wire_id"])
    if row.purpose in standing.BEGUN:
        reasons.did_not_go_out(row, _why(words))
    if row.purpose == Purpose.NOTICE:
        # Not another one about it, which may fail as well: the same, by mail.
        notices.mail_instead(row)
    elif tell:
        alerts.tell_staff(row)


def _why(words: str | Promise) -> Reason:
    if words is STOPPED:
        return Reason.STOPPED
    return Reason.STALE if words is STALE else Reason.FAILED


def fail(message_id: UUID, *, code: int | None, words: str | Promise, tell: bool = True) -> None:
    """End a message that this worker holds: it can never be sent. The shop's people are told, unless not `tell`."""
    with transaction.atomic():
        row = OutboundMessage.objects.select_for_update(no_key=True).get(pk=message_id)
        if row.status != OutboundStatus.SENDING:
            return
        log.error("message cannot be sent", message=str(row.pk), code=code)
        _failed(row, code, words, tell=tell)
    _go_on(row.recipient)


def note_our_fault(message_id: UUID) -> None:
    """Something of ours broke while a message was in hand: a few more tries, then it fails. Never sent twice for it:

    what may have been accepted waits for its status as one whose response was lost.
    """
    row = OutboundMessage.objects.filter(pk=message_id, status=OutboundStatus.SENDING).first()
    if row is not None and row.attempts >= 3:
        fail(message_id, code=None, words=OUR_FAULT)


def put_back(claim: Claim, wait: float) -> None:
    """Too soon for this number or this person: back into the queue; the attempt does not count. One statement."""
    OutboundMessage.objects.filter(
        pk=claim.message_id, status=OutboundStatus.SENDING, attempts=claim.attempts
    ).update(
        status=OutboundStatus.QUEUED,
        attempts=claim.attempts - 1,
        claimed_at=None,
        next_attempt_at=timezone.now() + timedelta(seconds=wait),
    )
    log.info("message waits, too many at once", message=str(claim.message_id), wait=round(wait, 2))
    queue(claim.message_id, wait)


def postpone_stopped(message_id: UUID | str) -> None:
    """The number sends nothing: all that waits for it waits on, so that the sweep has less to look at."""
    line = OutboundMessage.objects.filter(pk=message_id).values_list("line", flat=True).first()
    now = timezone.now()
    OutboundMessage.objects.filter(
        channel="whatsapp", status=OutboundStatus.QUEUED, line=line, next_attempt_at__lte=now
    ).update(next_attempt_at=now + STOPPED_WAIT)


def resume() -> None:
    """A number of the shop sends again: what waited for it is due now. Messages that wait for more stay where they are.

    Side effects: one statement, a task for the first messages of each person; the sweep queues the rest.
    """
    stopped = [code for code, fault in codes.CODES.items() if fault.action in (Action.TOKEN, Action.ACCOUNT)]
    now = timezone.now()
    waiting = OutboundMessage.objects.filter(
        Q(attempts=0) | Q(error_code__in=stopped),
        channel="whatsapp",
        status=OutboundStatus.QUEUED,
        next_attempt_at__gt=now,
    )
    waiting.update(next_attempt_at=now)
    due = OutboundMessage.objects.filter(
        channel="whatsapp", status=OutboundStatus.QUEUED, next_attempt_at__lte=now
    )
    firsts = due.order_by("recipient", "created_at", "pk").distinct("recipient")
    for pk in firsts.values_list("pk", flat=True)[:MOST_AT_ONCE]:
        queue(pk)


def _go_on(recipient: str) -> None:
    from whatsapp.sending import go_on

    go_on(recipient=recipient)
