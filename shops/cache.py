"""The cache, which may be away: then everything is a miss, and a line in the log."""

import os
import pickle
from typing import Any

import structlog
from django.core.cache.backends.base import DEFAULT_TIMEOUT
from django.core.cache.backends.redis import RedisCache, RedisCacheClient
from redis.exceptions import RedisError

log = structlog.get_logger(__name__)
# What a value raises that another release of the program pickled: it is a miss like any other.
UNREADABLE = (pickle.PickleError, AttributeError, ImportError, EOFError, TypeError, IndexError)


class KeptClients(RedisCacheClient):
    """Keeps its client (there is one server): Django makes a new one every time, which costs more than asking."""

    _kept: Any = None

    def get_client(self, key: Any = None, *, write: bool = False) -> Any:
        if self._kept is None:
            self._kept = super().get_client(key, write=write)
        return self._kept


_clients: dict[tuple[int, str, str], KeptClients] = {}


class TolerantRedisCache(RedisCache):
    """Valkey or Redis. A cache that is away slows the answer; it must not be the answer.

    `add` and `incr` still raise: who uses them as a lock or a counter must know.
    """

    # Set by Django's class, of which the stubs do not know.
    _servers: list[str]
    _options: dict[str, Any]

    @property
    def _cache(self) -> KeptClients:
        """One client, and with it one pool of connections, for all threads and tasks of the process.

        Django makes a cache for every context, and every task has one of its own: each would connect anew.
        """
        key = (os.getpid(), repr(self._servers), repr(self._options))
        if key not in _clients:
            _clients[key] = KeptClients(self._servers, **self._options)
        return _clients[key]

    def get(self, key: Any, default: Any = None, version: int | None = None) -> Any:
        try:
            return super().get(key, default, version)
        except RedisError as error:
            return self._away(error, default)
        except UNREADABLE as error:
            return self._unreadable(error, default)

    def set(self, key: Any, value: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> None:
        try:
            super().set(key, value, timeout, version)
        except RedisError as error:
            self._away(error, None)

    def delete(self, key: Any, version: int | None = None) -> bool:
        try:
            return super().delete(key, version)
        except RedisError as error:
            return bool(self._away(error, False))

    def delete_many(self, keys: Any, version: int | None = None) -> None:
        try:
            super().delete_many(keys, version)
        except RedisError as error:
            self._away(error, None)

    def has_key(self, key: Any, version: int | None = None) -> bool:
        try:
            return super().has_key(key, version)
        except RedisError as error:
            return bool(self._away(error, False))

    def get_many(self, keys: Any, version: int | None = None) -> dict[Any, Any]:
        try:
            return super().get_many(keys, version)
        except RedisError as error:
            return dict(self._away(error, {}))
        except UNREADABLE as error:
            return dict(self._unreadable(error, {}))

    def set_many(self, data: Any, timeout: Any = DEFAULT_TIMEOUT, version: int | None = None) -> list[Any]:
        try:
            return super().set_many(data, timeout, version)
        except RedisError as error:
            return list(self._away(error, list(data)))

    def forget_schema(self, schema_name: str) -> None:
        """Drop everything a shop cached, sessions included: a new shop of the same name must find nothing."""
        try:
            client = self._cache.get_client(write=True)
            for key in client.scan_iter(match=f"{schema_name}:{self.key_prefix}:*", count=1000):
                client.delete(key)
        except RedisError as error:
            self._away(error, None)

    def _unreadable(self, error: Exception, answer: Any) -> Any:
        log.warning("cached value is of another release", error=type(error).__name__)
        return answer

    def _away(self, error: RedisError, answer: Any) -> Any:
        log.warning("cache is away", error=type(error).__name__)
        return answer
