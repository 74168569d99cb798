"""Starts the suite's own PostgreSQL and Valkey before Django reads its settings; loaded by `-p tests.servers`.

The controller of a parallel run starts them once; each worker uses its own database on them, named after it.
"""

import atexit
import contextlib
import os
import sys
from pathlib import Path
from urllib.parse import urlsplit

from sandbox.servers import throwaway
from shops.catalogues import compile_catalogues

NEEDS_NO_SERVER = {"--help", "-h", "--version", "-V", "--fixtures", "--markers", "--collect-only", "--co"}
LOCALE = Path(__file__).resolve().parent.parent / "locale"
_servers = contextlib.ExitStack()
atexit.register(_servers.close)  # a run that fails before it is configured is never unconfigured


def _with_database(url: str, name: str) -> str:
    return urlsplit(url)._replace(path=f"/{name}").geturl()


def _prepare() -> None:
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    os.environ.update(AROS_ENV="test", AROS_DATABASE_AS="app", LOG_LEVEL="INFO", LOG_FORMAT="json")
    os.environ.setdefault("MEDIA_ROOT", "/nonexistent/set-by-a-fixture")
    if worker == "main":
        list(compile_catalogues(LOCALE))  # Django looks for them when it starts
    if worker == "main" and not NEEDS_NO_SERVER & set(sys.argv):
        os.environ.update(_servers.enter_context(throwaway()))
    if "SUPERUSER_DATABASE_URL" not in os.environ:
        return
    name = f"aros_test_{worker}"
    for variable in ("DATABASE_URL", "DATABASE_OWNER_URL", "SUPERUSER_DATABASE_URL"):
        os.environ[variable] = _with_database(os.environ[variable], name)
    number = 0 if worker == "main" else int(worker.removeprefix("gw")) + 1
    os.environ["REDIS_URL"] = _with_database(os.environ["REDIS_URL"], str(number))


_prepare()


def pytest_unconfigure() -> None:
    _servers.close()
