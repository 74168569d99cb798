"""The whole stack on throw-away servers: a shop of 5,000 appointments behind gunicorn, as `make run` starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sandbox.servers import throwaway

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-secret-for-the-benchmark-only"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def servers() -> Iterator[None]:
    """PostgreSQL and Valkey of our own, in this process's environment, which Django must not have read before."""
    with throwaway() as environment:
        os.environ.update(environment)
        os.environ.update(
            AROS_ENV="test",
            AROS_DATABASE_AS="owner",
            DJANGO_SETTINGS_MODULE="benchmarks.settings",
            VAPI_WEBHOOK_SECRET=SECRET,
            LOG_LEVEL="WARNING",
        )
        yield


@contextmanager
def web() -> Iterator[int]:
    """gunicorn with the application's login on a free port, which is yielded. Stopped at the end."""
    port = free_port()
    environment = {**os.environ, "AROS_DATABASE_AS": "app", "AROS_SERVICE": "web"}
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "aros.wsgi",
        "--bind",
        f"127.0.0.1:{port}",
        "--log-level",
        "warning",
    ]
    process = subprocess.Popen(command, cwd=ROOT, env=environment)
    try:
        _wait(port, process)
        yield port
    finally:
        process.terminate()
        process.wait(timeout=30)


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start.")
