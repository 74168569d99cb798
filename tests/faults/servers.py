"""PostgreSQL and Valkey of one run, which can be restarted, killed and emptied while programs use them."""

import os
import secrets
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
import redis

from sandbox import place as places
from sandbox import processes
from sandbox.place import Place
from sandbox.postgres import DATABASE, SUPERUSER, EmbeddedPostgres
from sandbox.valkey import EmbeddedValkey
from sandbox.watchdog import Watchdog

FAST, IMMEDIATE = signal.SIGINT, signal.SIGQUIT


class Servers:
    """Both servers on ports that stay the same. Nothing of them is left after the block of `running`."""

    def __init__(self, place: Place, watchdog: Watchdog) -> None:
        self.watchdog = watchdog
        self.postgres = EmbeddedPostgres(place, throwaway=True)
        self.valkey = EmbeddedValkey(place, secrets.token_urlsafe(16), throwaway=True)
        self._passwords = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
        watchdog.watch("postgres", self.postgres.data)
        watchdog.watch("valkey", self.valkey.data)
        self.valkey.start()
        self.postgres.start()
        self.postgres.bootstrap(*self._passwords)
        with self.superuser() as admin:
            # What was committed outlives the server's processes, although this one does not flush to the disk.
            for login in ("aros_app", "aros_owner"):
                admin.execute(f"ALTER ROLE {login} SET synchronous_commit TO on")

    @property
    def addresses(self) -> dict[str, str]:
        """The environment of the product's programs."""
        owner, app = self._passwords
        return {
            "DATABASE_URL": self.postgres.url("aros_app", app),
            "DATABASE_OWNER_URL": self.postgres.url("aros_owner", owner),
            "REDIS_URL": self.valkey.url,
            "PG_BIN": str(self.postgres.place.programs.postgres),
        }

    def superuser(self) -> psycopg.Connection[Any]:
        """A superuser's connection to the product's database, in autocommit."""
        url = self.postgres.url(SUPERUSER, self.postgres.superuser_password, DATABASE)
        return psycopg.connect(url, autocommit=True)

    # --- what is done to them -------------------------------------------------------------------------------

    def stop_postgres(self, how: int) -> None:
        """Fast: sessions are broken off, transactions rolled back. Immediate: as if its processes had crashed."""
        pid = processes.postmaster(self.postgres.data)
        assert pid, "PostgreSQL does not run"
        assert processes.end(pid, [how, signal.SIGKILL])

    def start_postgres(self) -> None:
        """Start it again where it was."""
        self.postgres.start(port=self.postgres.port)

    def kill_valkey(self) -> None:
        """SIGKILL: with it goes everything it held."""
        pid = processes.valkey_server(self.valkey.data)
        assert pid, "Valkey does not run"
        os.kill(pid, signal.SIGKILL)
        self.valkey.stop()

    def start_valkey(self) -> None:
        """Start it again where it was, empty."""
        self.valkey.start(port=self.valkey.port)

    def empty_valkey(self) -> None:
        """FLUSHALL, with everybody connected."""
        client = redis.Redis.from_url(self.valkey.url)
        client.flushall()
        client.close()

    def mend(self) -> None:
        """Start what does not run."""
        if processes.postmaster(self.postgres.data) is None:
            self.start_postgres()
        if processes.valkey_server(self.valkey.data) is None:
            self.start_valkey()

    def stop(self) -> None:
        """Stop both."""
        self.valkey.stop()
        self.postgres.stop()


@contextmanager
def running() -> Iterator[Servers]:
    """Both servers for the time of the block. A watchdog stops them when this process is killed."""
    place = places.throwaway()
    with Watchdog() as watchdog:
        (place.folder / "watchdog.pid").write_text(str(watchdog.pid), encoding="ascii")
        watchdog.watch("remove", place.folder)
        servers = None
        try:
            servers = Servers(place, watchdog)
            yield servers
        finally:
            if servers is not None:
                servers.stop()


def until(done: Any, seconds: float, what: str, every: float = 0.1) -> None:
    """Wait until `done()` is true. Raises TimeoutError with `what`."""
    ends = time.monotonic() + seconds
    while not done():
        if time.monotonic() > ends:
            raise TimeoutError(f"{what}: not within {seconds:.0f} s")
        time.sleep(every)
