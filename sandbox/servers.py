"""Servers for a test run: started fast, gone afterwards, whatever happens to the run."""

import contextlib
import secrets
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox import place as places
from sandbox import processes
from sandbox.postgres import SUPERUSER, EmbeddedPostgres
from sandbox.valkey import EmbeddedValkey
from sandbox.watchdog import Watchdog, stop_postgres, stop_valkey

ABANDONED_AFTER = 3600.0


@contextlib.contextmanager
def throwaway() -> Iterator[dict[str, str]]:
    """PostgreSQL and Valkey that nobody else uses, for as long as the block lasts.

    Yields the environment that points at them: DATABASE_URL (the application's login), DATABASE_OWNER_URL,
    SUPERUSER_DATABASE_URL, REDIS_URL, and PG_BIN, the folder of the matching pg_dump and psql. They are
    prepared as a real server would be (bootstrap.sql); the data is not flushed to the disk. If this process
    is killed, a watchdog stops them and removes their folder. Raises Problem when they cannot be started.
    """
    sweep()
    place = places.throwaway()
    with Watchdog() as watchdog:
        (place.folder / "watchdog.pid").write_text(str(watchdog.pid), encoding="ascii")
        watchdog.watch("remove", place.folder)
        postgres = EmbeddedPostgres(place, throwaway=True)
        valkey = EmbeddedValkey(place, secrets.token_urlsafe(16), throwaway=True)
        watchdog.watch("postgres", postgres.data)
        watchdog.watch("valkey", valkey.data)
        try:
            owner_password, app_password = secrets.token_urlsafe(16), secrets.token_urlsafe(16)
            valkey.start()
            postgres.start()
            postgres.bootstrap(owner_password, app_password)
            yield {
                "DATABASE_URL": postgres.url("aros_app", app_password),
                "DATABASE_OWNER_URL": postgres.url("aros_owner", owner_password),
                "SUPERUSER_DATABASE_URL": postgres.url(SUPERUSER, postgres.superuser_password),
                "REDIS_URL": valkey.url,
                "PG_BIN": str(place.programs.postgres),
            }
        finally:
            valkey.stop()
            postgres.stop()


def sweep() -> None:
    """Remove throw-away servers whose run and watchdog were both killed."""
    for folder in places.throwaway_folders():
        if _abandoned(folder):
            stop_valkey(folder / "valkey")
            stop_postgres(folder / "postgres")
            shutil.rmtree(folder, ignore_errors=True)


def _abandoned(folder: Path) -> bool:
    try:
        pid = int((folder / "watchdog.pid").read_text(encoding="ascii"))
    except (OSError, ValueError):
        # Being made at this moment, or its maker was killed before it had a watchdog.
        with contextlib.suppress(OSError):
            return time.time() - folder.stat().st_mtime > ABANDONED_AFTER
        return False
    return not processes.runs(pid, "sandbox.watchdog")
