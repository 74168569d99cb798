"""Wrong passwords slow down, counted by django-axes in the cache: no tables, and nobody is locked out while Valkey is away.

Five wrong ones for an account from one address shut that pair out for a few minutes; somebody else's address, and the
account's owner at home, are not concerned. An address that tries account after account is shut out as a whole.
"""

import ipaddress
import time
from datetime import timedelta
from typing import Any

import structlog
from axes.handlers.base import AxesHandler
from axes.helpers import get_client_cache_keys
from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
COOL_OFF = timedelta(minutes=5)
# Wrong ones in a row, in the order of AXES_LOCKOUT_PARAMETERS: account and address, address alone.
MOST = (5, 50)


class Throttle(AxesHandler):
    """Counts in the current schema's cache: a shop's failures are its own."""

    def is_locked(self, request: HttpRequest, credentials: dict[str, Any] | None = None) -> bool:
        """Whether this account is shut out from this address. Never because the cache is away."""
        keys = get_client_cache_keys(request, credentials)
        found = cache.get_many(keys)
        return any(int(found.get(key, 0)) >= most for key, most in zip(keys, MOST, strict=True))

    def user_login_failed(
        self, sender: Any, credentials: dict[str, Any], request: Any = None, **kwargs: Any
    ) -> None:
        """Count; what is shut out already is not counted, so it opens after COOL_OFF however often one tries."""
        if request is None or request.axes_locked_out:
            return
        keys = get_client_cache_keys(request, credentials)
        try:
            counts = [_count(key) for key in keys]
        except RedisError as error:
            log.warning("logins are not counted", error=type(error).__name__)
            return
        request.axes_locked_out = any(n >= most for n, most in zip(counts, MOST, strict=True))
        if request.axes_locked_out:
            cache.set(f"{keys[0]}-until", time.time() + COOL_OFF.total_seconds(), COOL_OFF.total_seconds())
            log.warning("login shut out")

    def user_logged_in(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """The account's count from this address begins anew; the address's own does not."""
        keys = get_client_cache_keys(request, {"username": user.get_username()})
        cache.delete_many([keys[0], f"{keys[0]}-until"])

    def user_logged_out(self, sender: Any, request: Any, user: Any, **kwargs: Any) -> None:
        """Nothing to count."""


def _count(key: str) -> int:
    seconds = int(COOL_OFF.total_seconds())
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        count = cache.incr(key)
    except ValueError:  # it ran out between the two
        return 1
    cache.touch(key, seconds)
    return count


def minutes_left(request: HttpRequest, username: str) -> int:
    """How long the account stays shut out from this address, rounded up; at least a minute."""
    keys = get_client_cache_keys(request, {"username": username})
    until = cache.get(f"{keys[0]}-until") or time.time() + COOL_OFF.total_seconds()
    return max(1, -int(-(until - time.time()) // 60))


def username(request: HttpRequest, credentials: dict[str, Any] | None) -> str:
    """As the login compares them, so that capitals are no second account."""
    given = (credentials or {}).get("username") or request.POST.get("username") or ""
    return str(given).replace("\x00", "").strip().lower()[:254]


def address(request: HttpRequest) -> str:
    """Where the request comes from. Of IPv6 the network: a customer of a provider has 2^64 addresses."""
    found = request.META.get("REMOTE_ADDR", "")
    if settings.SECURE_PROXY_SSL_HEADER:  # behind our proxy, which appends who it was asked by
        found = request.META.get("HTTP_X_FORWARDED_FOR", found).rpartition(",")[2].strip() or found
    try:
        parsed = ipaddress.ip_address(found)
    except ValueError:
        return str(found)[:60]
    # On a socket for both kinds every IPv4 address comes as one of the same IPv6 network.
    parsed = getattr(parsed, "ipv4_mapped", None) or parsed
    return str(parsed if parsed.version == 4 else ipaddress.ip_network((parsed, 64), strict=False))


def nobody(*_args: Any) -> str:
    """What axes writes to the log about who tried: nothing."""
    return "somebody"
