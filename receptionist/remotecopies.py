"""Copies at providers that are to be deleted there: rows that stay until it is done, whatever is killed.

Who deletes stands in settings (REMOTE_COPIES: service → function that takes `external_id`, `line` and `asked_at`); this
room imports none. A function returns when the copy is gone or never was, and raises OutboundError otherwise.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

import structlog
from django.conf import settings
from django.db.models import F
from django.utils import timezone
from django.utils.module_loading import import_string

from receptionist.models import RemoteCopy
from shops.http import OutboundError

log = structlog.get_logger(__name__)
# The first try is held for so long by the worker that makes it; a provider answers in less.
HELD = timedelta(minutes=2)
FIRST_PAUSE = timedelta(minutes=1)
LONGEST_PAUSE = timedelta(hours=12)
# What is refused for good needs an operator (a key, a right): asked again once a day, since somebody may have seen to it.
REFUSED_PAUSE = timedelta(days=1)
MOST = 200


def ask(*, service: str, external_id: str, line: str = "") -> None:
    """Have a copy deleted at a provider. Asking twice asks once; without an id there is nothing to delete.

    To be called inside the transaction that deletes ours. Side effects: a row, a task on commit. Two queries.
    """
    ask_many(service=service, copies=[(external_id, line)])


def ask_many(*, service: str, copies: list[tuple[str, str]]) -> None:
    """`ask` for many: pairs of the copy's id and the shop's line it came by. Two queries, however many."""
    from receptionist.tasks import delete_remote_copies

    now = timezone.now()
    rows = [
        RemoteCopy(service=service, external_id=external_id[:200], line=line[:100], next_attempt_at=now)
        for external_id, line in dict(copies).items()
        if external_id
    ]
    if rows:
        RemoteCopy.objects.bulk_create(rows, ignore_conflicts=True, batch_size=1000)
        delete_remote_copies.queue()


def delete(*, copy_id: UUID | str, now: datetime | None = None) -> bool:
    """Have one copy deleted, if its time has come. True when it is gone afterwards.

    No transaction and no connection is held while the provider is asked. A failure is written to the row with the
    time of the next try, and not raised. Safe to run twice, and at once: the row is claimed by its next time.
    """
    now = now or timezone.now()
    due = RemoteCopy.objects.filter(pk=copy_id, done_at=None, next_attempt_at__lte=now)
    if not due.update(next_attempt_at=now + HELD, attempts=F("attempts") + 1):
        return RemoteCopy.objects.filter(pk=copy_id).exclude(done_at=None).exists()
    copy = RemoteCopy.objects.get(pk=copy_id)
    try:
        _who_deletes(copy.service)(external_id=copy.external_id, line=copy.line, asked_at=copy.created_at)
    except OutboundError as error:
        _note(copy, error, now)
        return False
    RemoteCopy.objects.filter(pk=copy.pk).update(done_at=timezone.now(), error="")
    log.info("copy deleted at provider", service=copy.service, attempt=copy.attempts)
    return True


def _who_deletes(service: str) -> Callable[..., None]:
    path = settings.REMOTE_COPIES.get(service)
    if path is None:
        raise OutboundError(service, "nobody deletes copies there", permanent=True)
    return cast(Callable[..., None], import_string(path))


def _note(copy: RemoteCopy, error: OutboundError, now: datetime) -> None:
    pause = (
        REFUSED_PAUSE if error.permanent else min(FIRST_PAUSE * 2 ** min(copy.attempts, 12), LONGEST_PAUSE)
    )
    RemoteCopy.objects.filter(pk=copy.pk, done_at=None).update(
        next_attempt_at=now + pause, error=error.message[:300]
    )
    told = log.error if error.permanent else log.warning
    told("copy stays at provider", service=copy.service, attempt=copy.attempts, reason=error.message)


def due(*, now: datetime | None = None) -> list[UUID]:
    """Copies whose time has come, at most MOST, oldest first. One query."""
    rows = RemoteCopy.objects.filter(done_at=None, next_attempt_at__lte=now or timezone.now())
    return list(rows.order_by("next_attempt_at").values_list("pk", flat=True)[:MOST])


def delete_due() -> int:
    """Delete the copies whose time has come; how many are gone. What is left is for the next round."""
    return sum(delete(copy_id=copy_id) for copy_id in due())


def sweep(**_kwargs: Any) -> None:
    """On receptionist.signals.work_swept: what no worker did."""
    from receptionist.tasks import delete_remote_copies

    if RemoteCopy.objects.filter(done_at=None, next_attempt_at__lte=timezone.now()).exists():
        delete_remote_copies.queue()


def forget_done(*, before: datetime) -> int:
    """Delete the rows of what is gone since before a time: an id is personal data too. How many."""
    return RemoteCopy.objects.filter(done_at__lt=before).delete()[0]
