"""Is this really Vapi? Three ways to prove it, of which VAPI_AUTH names the accepted ones.

- secret   header `X-Vapi-Secret`, the plain secret
- bearer   `Authorization: Bearer <secret>`
- hmac     a signature over `{timestamp}.{raw body}` and the timestamp, each in a header of its own

Every secret in VAPI_WEBHOOK_SECRETS is accepted, so that one can be rotated without losing a call: add the
new one behind the old, change it at Vapi, put it first, drop the old. Source: docs.vapi.ai/server-
url/server-authentication.
"""

import base64
import binascii
import hashlib
import hmac
import re
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.conf import settings

WAYS = ("secret", "bearer", "hmac")
ALGORITHMS: Mapping[str, Callable[..., "hashlib._Hash"]] = {
    "sha256": hashlib.sha256,
    "sha512": hashlib.sha512,
    "sha1": hashlib.sha1,
}
SECRET_HEADER = "X-Vapi-Secret"  # noqa: S105 - the header's name
MILLISECONDS_FROM = (
    100_000_000_000  # a timestamp above this counts milliseconds: in seconds it were the year 5138
)
_NUMBER = re.compile(r"\d{9,17}(?:\.\d{1,9})?\Z")


@dataclass(frozen=True)
class Verifier:
    """The accepted ways and secrets. `max_age` in seconds, for both sides of the clock."""

    secrets: tuple[bytes, ...]
    ways: frozenset[str] = frozenset(WAYS)
    max_age: float = 300
    algorithm: str = "sha256"
    signature_header: str = "x-signature"
    timestamp_header: str = "x-timestamp"
    prefix: str = ""

    @classmethod
    def from_settings(cls) -> "Verifier":
        """As the environment says (VAPI_WEBHOOK_SECRETS, VAPI_AUTH, VAPI_HMAC_*)."""
        return cls(
            secrets=tuple(secret.encode() for secret in webhook_secrets()),
            ways=frozenset(accepted_ways()),
            max_age=settings.VAPI_HMAC_MAX_AGE,
            algorithm=settings.VAPI_HMAC_ALGORITHM.lower(),
            signature_header=settings.VAPI_HMAC_SIGNATURE_HEADER,
            timestamp_header=settings.VAPI_HMAC_TIMESTAMP_HEADER,
            prefix=settings.VAPI_HMAC_PREFIX,
        )

    def problem(self, raw: bytes, headers: Mapping[str, str], *, now: float | None = None) -> str | None:
        """None when one of the accepted ways proves the request, else why not (nothing secret, for the log).

        `headers` is looked up case-insensitively by its own kind; `now` in seconds since the epoch.
        """
        if not self.secrets:
            return "no secret is configured"
        reasons = []
        if "secret" in self.ways and (given := headers.get(SECRET_HEADER)):
            if self._knows(given):
                return None
            reasons.append("wrong secret")
        if "bearer" in self.ways and (given := _bearer(headers.get("Authorization", ""))):
            if self._knows(given):
                return None
            reasons.append("wrong bearer token")
        if "hmac" in self.ways and (given := headers.get(self.signature_header)):
            reason = self._signature_problem(raw, given, headers, time.time() if now is None else now)
            if reason is None:
                return None
            reasons.append(reason)
        return ", ".join(reasons) or "no credential of an accepted kind"

    def _knows(self, given: str) -> bool:
        candidate = given.strip().encode("latin-1", "replace")
        found = False
        for secret in self.secrets:  # all of them, so that the time does not tell which
            found |= hmac.compare_digest(candidate, secret)
        return found

    def _signature_problem(
        self, raw: bytes, given: str, headers: Mapping[str, str], now: float
    ) -> str | None:
        stamp = headers.get(self.timestamp_header, "").strip()
        if not _NUMBER.match(stamp):
            return "signature without a timestamp"
        moment = float(stamp) / 1000 if float(stamp) >= MILLISECONDS_FROM else float(stamp)
        if abs(now - moment) > self.max_age:
            return "stale signature"
        if (digest := ALGORITHMS.get(self.algorithm)) is None:
            return "unknown algorithm configured"
        candidates = _digests(given, self.prefix, self.algorithm)
        found = False
        for secret in self.secrets:
            expected = hmac.new(secret, stamp.encode() + b"." + raw, digest).digest()
            for candidate in candidates:
                found |= hmac.compare_digest(candidate, expected)
        return None if found else "wrong signature"


def webhook_secrets() -> list[str]:
    """The configured secrets without empty ones: an empty secret would let everybody in. The first is
    handed out.
    """
    return [secret.strip() for secret in settings.VAPI_WEBHOOK_SECRETS if secret.strip()]


def accepted_ways() -> list[str]:
    """The configured ways, in lower case."""
    return [way.strip().lower() for way in settings.VAPI_AUTH if way.strip()]


def _bearer(header: str) -> str:
    kind, _space, token = header.strip().partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def _digests(signature: str, prefix: str, algorithm: str) -> list[bytes]:
    """The bytes a signature may stand for: hexadecimal or base64 (either alphabet), with or without a
    prefix.
    """
    text = signature.strip()
    for start in (prefix, f"{algorithm}="):
        text = text.removeprefix(start)
    found = []
    for read in (bytes.fromhex, _from_base64):
        try:
            found.append(read(text))
        except (ValueError, binascii.Error):
            continue
    return found


def _from_base64(text: str) -> bytes:
    padded = text.replace("-", "+").replace("_", "/").rstrip("=")
    return base64.b64decode(padded + "=" * (-len(padded) % 4), validate=True)
