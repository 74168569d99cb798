"""How often a stranger may do something, counted in the current shop's cache: addresses and numbers are in no table."""

import hashlib
from dataclasses import dataclass

import structlog
from django.core.cache import cache
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Limit:
    """At most `most` times in `seconds`, counted in windows that begin with the first time."""

    name: str
    most: int
    seconds: int

    def take(self, who: str) -> bool:
        """Count one more for `who` (an address, a telephone number); False when that is too many.

        Never too many because the cache is away. What is refused counts as well, and prolongs nothing.
        """
        try:
            return count(self._key(who), self.seconds) <= self.most
        except RedisError as error:
            log.warning("not counted, the cache is away", limit=self.name, error=type(error).__name__)
            return True

    def _key(self, who: str) -> str:
        # A digest: the cache holds no telephone numbers, and a key of any length is a key.
        return f"limit:{self.name.replace(' ', '-')}:{hashlib.sha256(who.encode('utf-8', 'replace')).hexdigest()[:32]}"


def count(key: str, seconds: int) -> int:
    """Add one to a counter of the current shop that is forgotten `seconds` after its first; what it is now.

    Raises RedisError when the cache is away.
    """
    if cache.add(key, 1, timeout=seconds):
        return 1
    try:
        return int(cache.incr(key))
    except ValueError:  # it ran out between the two
        return count(key, seconds)
