"""E-mail as a way out: stored messages are sent by a task through EMAIL_URL.

A mail is claimed before it is sent and noted as sent after the server took it. A worker that is killed in between
leaves it claimed; after a while another sends it again, under the same Message-ID, by which servers and mail programs
know the double. That is chosen: a notice that comes twice once in a blue moon is better than one that never comes.
"""

import smtplib
from datetime import timedelta
from email.utils import formataddr, parseaddr
from uuid import UUID

import structlog
from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db.models import F, Q, QuerySet
from django.utils import timezone

from receptionist import account_links, notices
from receptionist.content import Content, KnownTemplate
from receptionist.italian import one_line
from receptionist.models import OutboundMessage, OutboundStatus
from shops.context import current_shop
from shops.db.current import let_go
from shops.http import OutboundError
from shops.tasks import backoff

log = structlog.get_logger(__name__)
SERVICE = "mail"
# A server answers each step within EMAIL_TIMEOUT; what is claimed for so long was left by a worker that is gone.
LOST = timedelta(minutes=5)
# With waits that double up to ten minutes: about a day.
MOST_ATTEMPTS = 150
TOLERANCE = timedelta(seconds=1)  # clocks of two machines


class Mail:
    """Sends a stored message as an e-mail."""

    def queue(self, message: OutboundMessage) -> None:
        """Have the message sent, on commit."""
        from receptionist.tasks import send_mail

        send_mail.queue(message_id=str(message.pk))

    def show_typing(self, *, conversation_id: UUID, wire_id: str) -> None:
        """There is nothing to show."""

    def templates(self, *, line: str) -> list[KnownTemplate]:
        """A mail may say anything at any time."""
        return []


def send(*, message_id: UUID | str) -> None:
    """Send a stored mail if it is due and nobody else has it. Safe to run twice, at once or again.

    Side effects: one mail; the row is sent, queued for a later try (the sweep finds it), or failed. No connection to
    the database is held while the server is asked. Raises database errors only.
    """
    row = _claim(message_id)
    if row is None:
        return
    try:
        deliver(
            recipient=row.recipient,
            content=account_links.with_link(row),
            message_id=str(row.pk),
            sender=current_shop().name,
        )
    except OutboundError as error:
        _not_sent(row, error)
        return
    _mine(row).update(status=OutboundStatus.SENT, sent_at=timezone.now(), error="", error_code=None)
    log.info("mail sent", purpose=row.purpose, attempts=row.attempts)


def _claim(message_id: UUID | str) -> OutboundMessage | None:
    """The mail, in this worker's hands; None when it is not due or another's. One statement when it is not."""
    now = timezone.now()
    due = Q(status=OutboundStatus.QUEUED, next_attempt_at__lte=now + TOLERANCE)
    left = Q(status=OutboundStatus.SENDING) & (Q(claimed_at=None) | Q(claimed_at__lt=now - LOST))
    rows = OutboundMessage.objects.filter(due | left, pk=message_id, channel="email")
    if not rows.update(status=OutboundStatus.SENDING, claimed_at=now, attempts=F("attempts") + 1):
        return None
    return OutboundMessage.objects.filter(pk=message_id, claimed_at=now).first()


def _mine(row: OutboundMessage) -> QuerySet[OutboundMessage]:
    """The row as long as it is this worker's: who was too slow changes nothing."""
    return OutboundMessage.objects.filter(pk=row.pk, status=OutboundStatus.SENDING, claimed_at=row.claimed_at)


def _not_sent(row: OutboundMessage, error: OutboundError) -> None:
    now, words = timezone.now(), error.message[:300]
    if error.permanent or row.attempts >= MOST_ATTEMPTS:
        fields = {"status": OutboundStatus.FAILED, "failed_at": now}
        log.error("mail failed", purpose=row.purpose, reason=words, attempts=row.attempts)
    else:
        wait = backoff(row.attempts)
        fields = {"status": OutboundStatus.QUEUED, "next_attempt_at": now + timedelta(seconds=wait)}
        log.warning("mail will be tried again", reason=words, attempts=row.attempts, wait=wait)
    if _mine(row).update(error=words, error_code=error.status, **fields) and "failed_at" in fields:
        row.error = words
        notices.tell_failed(row)


def deliver(*, recipient: str, content: Content, message_id: str, sender: str = "") -> None:
    """Hand one mail to the server of EMAIL_URL; `sender` is shown in front of DEFAULT_FROM_EMAIL's address.

    Raises OutboundError: permanent when the server will never take it (5xx for this recipient or this mail). No
    connection to the database is held meanwhile.
    """
    _name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    mail = EmailMessage(
        subject=one_line(content.subject or content.text)[:150],
        body=f"{content.text}\n\n{content.link}".strip() + "\n",
        from_email=formataddr((one_line(sender), address)) if sender else settings.DEFAULT_FROM_EMAIL,
        to=[recipient],
        headers={
            "Message-ID": f"<{message_id}@{address.rpartition('@')[2] or 'localhost'}>",
            "Auto-Submitted": "auto-generated",  # no answers from holidays
        },
    )
    let_go()
    try:
        get_connection().send_messages([mail])
    except Exception as error:
        raise as_outbound(error) from error


def as_outbound(error: Exception) -> OutboundError:
    """What a mail's failure means: its code, and whether the same mail will be refused again. No address, no words
    of the mail."""
    kind = type(error).__name__
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code = next((code for code, _words in error.recipients.values()), 550)
        return OutboundError(SERVICE, "the address is refused", status=code, permanent=code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        # Only what is said to the mail itself is final: a login or a sender that is refused can be mended.
        code = error.smtp_code
        permanent = 500 <= code < 600 and isinstance(error, smtplib.SMTPDataError)
        return OutboundError(SERVICE, f"refused with {code} ({kind})", status=code, permanent=permanent)
    if isinstance(error, smtplib.SMTPException | OSError):
        return OutboundError(SERVICE, f"no answer ({kind})")
    return OutboundError(SERVICE, f"not a mail ({kind})", permanent=True)  # an address that is none
