"""The whole stack on throw-away servers: a shop of 5,000 appointments behind gunicorn, as `make run` starts it."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

import redis

from sandbox.servers import throwaway

ROOT = Path(__file__).resolve().parent.parent
SECRET = "a-secret-for-the-benchmark-only"
QUEUES = {"conversations": 48, "outbound,default": 16}  # as `make run` starts them: queues → threads


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
            WHATSAPP_APP_SECRET=SECRET,
            WHATSAPP_VERIFY_TOKEN=SECRET,
            BURST_WAIT_SECONDS="0",
            LOG_LEVEL="WARNING",
        )
        yield


@contextmanager
def web(port: int = 0) -> Iterator[int]:
    """gunicorn with the application's login on a port (0: a free one), which is yielded. Stopped at the end."""
    port = port or free_port()
    command = ["-m", "gunicorn", "aros.wsgi", "--bind", f"127.0.0.1:{port}", "--log-level", "warning"]
    with _running("web", command) as process:
        _wait(port, process)
        yield port


@contextmanager
def workers() -> Iterator[None]:
    """The workers, each a process, ready to take tasks when the block begins. Stopped at the end."""
    with ExitStack() as stack:
        for number, (queues, threads) in enumerate(QUEUES.items()):
            name = f"bench{number}@localhost"
            command = [
                *("-m", "celery", "--quiet", "-A", "aros", "worker", "--without-gossip", "--without-mingle"),
                *("--pool", "threads", "--queues", queues, "--concurrency", str(threads), "--hostname", name),
            ]
            stack.enter_context(_running("worker", command, DATABASE_POOL="16"))
        _wait_for_workers(len(QUEUES))
        yield


@contextmanager
def _running(service: str, command: list[str], **more: str) -> "Iterator[subprocess.Popen[bytes]]":
    environment = {**os.environ, "AROS_DATABASE_AS": "app", "AROS_SERVICE": service, **more}
    process = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment)
    try:
        yield process
    finally:
        process.terminate()
        process.wait(timeout=30)


def empty_queues() -> None:
    """Forget the tasks that earlier measures queued and nobody ran."""
    with redis.Redis.from_url(os.environ["REDIS_URL"]) as valkey:
        valkey.flushdb()


def _wait_for_workers(wanted: int) -> None:
    from aros.celery import app

    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        if len(app.control.ping(timeout=1) or []) >= wanted:
            return
    raise RuntimeError("The workers did not start.")


def _wait(port: int, process: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and process.poll() is None:
        with suppress(OSError), urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("gunicorn did not start.")
