"""The same POST twice does one thing: its answer is kept for a day under the caller's Idempotency-Key.

The key is claimed in a transaction of its own; the work and the answer are then committed together, so a process that
dies in between leaves a claim without work, which somebody else may take after CLAIM. Who took so long that their claim
was taken commits nothing.
"""

import hashlib
import re
from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.response import Response

from api import etags, problems, reading
from api.models import KEPT, ApiToken, IdempotencyKey, spent_name
from api.problems import Problem
from receptionist import gone

CLAIM = timedelta(seconds=60)
WRITTEN = re.compile(r"[!-~]{1,255}\Z")
HEADERS = ("Location",)
REPLAYED = "Idempotent-Replayed"


class _Lost(Exception):
    """Somebody took the claim over while this process worked."""


def once(
    http: HttpRequest, token: ApiToken, work: Callable[[], Response], *, now: datetime | None = None
) -> Response:
    """The answer of `work`, which runs in a transaction; with a key, once.

    Raises Problem 400 (a key that is none), 409 (at work), 410 (whom its answer spoke of was erased), 422 (the key of
    another request), and what `work` raises.
    """
    given = http.headers.get("Idempotency-Key")
    if given is None:
        with transaction.atomic():
            return work()
    if not WRITTEN.match(given):
        raise problems.field("Idempotency-Key", _("Da 1 a 255 caratteri ASCII senza spazi."))
    moment = now or timezone.now()
    print_of = fingerprint(http)
    claimed = _claim(token, given, print_of, moment)
    if claimed.status is not None:
        headers = {**claimed.headers, REPLAYED: "true"}
        failed = claimed.status >= 400
        kind = problems.CONTENT_TYPE if failed else None
        return Response(claimed.body, status=claimed.status, headers=headers, content_type=kind)
    return _worked(claimed, work)


def fingerprint(http: HttpRequest) -> str:
    """What tells requests with the same key apart: method, address, body, and what it was conditioned on."""
    parts = (http.method or "", http.get_full_path(), http.headers.get("If-Match", ""))
    found = hashlib.sha256(repr(parts).encode("utf-8", "replace"))
    found.update(reading.body_of(http))
    return found.hexdigest()


def _claim(token: ApiToken, key: str, print_of: str, now: datetime) -> IdempotencyKey:
    """The row: a new one, one whose claim was taken over, or one with its answer."""
    if gone.was(spent_name(IdempotencyKey(token=token, key=key))):
        text = _(
            "Quello che questa richiesta aveva fatto è stato cancellato con i dati della persona: non si rifà."
        )
        raise Problem(410, text)
    try:
        with transaction.atomic():
            return IdempotencyKey.objects.create(token=token, key=key, fingerprint=print_of, created_at=now)
    except IntegrityError:
        row = IdempotencyKey.objects.filter(token=token, key=key).first()
    if row is None:  # purged at this very moment
        raise _at_work()
    age = now - row.created_at
    if age >= KEPT:
        return _taken_over(row, print_of, now)
    if row.fingerprint != print_of:
        raise Problem(422, _("Con questa Idempotency-Key è già arrivata una richiesta diversa."))
    if row.status is None:
        if age < CLAIM:
            raise _at_work()
        return _taken_over(row, print_of, now)
    return row


def _taken_over(row: IdempotencyKey, print_of: str, now: datetime) -> IdempotencyKey:
    """One of those who come for an old claim gets it."""
    fresh = {"created_at": now, "fingerprint": print_of, "status": None, "body": None, "headers": {}}
    mine = IdempotencyKey.objects.filter(pk=row.pk, created_at=row.created_at, status=row.status)
    if not mine.update(**fresh):
        raise _at_work()
    for name, value in fresh.items():
        setattr(row, name, value)
    return row


def _at_work() -> Problem:
    return Problem(
        409,
        _("La stessa richiesta è già in lavorazione: riprovare fra poco."),
        code="in_progress",
        headers={"Retry-After": "2"},
    )


def _worked(row: IdempotencyKey, work: Callable[[], Response]) -> Response:
    try:
        with transaction.atomic():
            answer = work()
            _keep(row, answer)
            return answer
    except _Lost:
        raise _at_work() from None
    except Exception as error:
        refused = problems.of(error)
        if refused.status >= 500:  # nothing was done: the next one may try
            IdempotencyKey.objects.filter(pk=row.pk, created_at=row.created_at, status=None).delete()
            raise
        try:
            _keep(row, refused.response())
        except _Lost:
            raise _at_work() from None
        raise


def _keep(row: IdempotencyKey, answer: Response) -> None:
    headers = {name: answer.headers[name] for name in HEADERS if name in answer.headers}
    mine = IdempotencyKey.objects.filter(pk=row.pk, created_at=row.created_at, status=None)
    if not mine.update(status=answer.status_code, body=etags.plain_of(answer.data), headers=headers):
        raise _Lost


def purge(*, now: datetime | None = None) -> int:
    """Delete what was kept long enough in the current shop; how many that were."""
    old = IdempotencyKey.objects.filter(created_at__lt=(now or timezone.now()) - KEPT)
    return old.delete()[0]
