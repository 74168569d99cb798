"""The keys of the shop's programs: made, revoked, recognised. The secret is shown once and kept nowhere."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog
from django.db.models import Q
from django.utils import timezone

from api.models import ApiToken, Scope
from shops.staff.models import StaffUser

log = structlog.get_logger(__name__)
WRITTEN = re.compile(r"aros_([0-9a-f]{12})_([0-9a-f]{64})\Z")
SEEN_EVERY = timedelta(minutes=1)
"""How exactly `last_used_at` is known: a write for every request would cost more than it tells."""


class Made(NamedTuple):
    """A new key. `secret` is the whole of what the program sends, and is not known afterwards."""

    token: ApiToken
    secret: str


def make(
    *, name: str, scopes: Sequence[str], expires_at: datetime | None = None, by: StaffUser | None = None
) -> Made:
    """A new key of the current shop. Raises ValueError for a scope that there is not, or none at all."""
    chosen = [scope.value for scope in Scope if scope.value in scopes]
    if not chosen or set(scopes) - set(chosen):
        raise ValueError("unknown or no scopes")
    prefix = secrets.token_hex(6)
    secret = f"aros_{prefix}_{secrets.token_hex(32)}"
    token = ApiToken.objects.create(
        name=name.strip()[:80],
        prefix=prefix,
        digest=digest(secret),
        scopes=chosen,
        expires_at=expires_at,
        created_by=by,
    )
    log.info("api key made", row=str(token.pk), scopes=chosen)
    return Made(token, secret)


def revoke(*, token: ApiToken, now: datetime | None = None) -> ApiToken:
    """The key opens nothing any more. The first time stays when it is revoked again."""
    if token.revoked_at is None:
        token.revoked_at = now or timezone.now()
        token.save(update_fields=["revoked_at"])
        log.info("api key revoked", row=str(token.pk))
    return token


def digest(secret: str) -> str:
    """What is kept of a secret (hex). It has 256 random bits: a slow hash would guard nothing more."""
    return hashlib.sha256(secret.encode()).hexdigest()


def recognise(secret: str, *, now: datetime | None = None) -> ApiToken | None:
    """Whose key it is in the current shop; None for one that is unknown, expired or revoked. One query.

    Side effects: `last_used_at`, at most once a minute (a second query).
    """
    moment = now or timezone.now()
    written = WRITTEN.match(secret)
    if written is None:
        return None
    token = ApiToken.objects.filter(prefix=written[1]).first()
    known = token.digest if token else "0" * 64
    same = hmac.compare_digest(known, digest(secret))
    if token is None or not same or not is_valid(token, moment):
        return None
    stale = moment - SEEN_EVERY
    if token.last_used_at is None or token.last_used_at <= stale:
        unseen = Q(last_used_at=None) | Q(last_used_at__lte=stale)
        ApiToken.objects.filter(unseen, pk=token.pk).update(last_used_at=moment)
    return token


def is_valid(token: ApiToken, now: datetime) -> bool:
    """Neither revoked nor expired."""
    return token.revoked_at is None and (token.expires_at is None or token.expires_at > now)
