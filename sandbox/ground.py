"""The ground a run stands on: Python, the port, the data folder. Everything here refuses in one sentence."""

import contextlib
import errno
import fcntl
import os
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from sandbox import demo_env
from sandbox.problems import Problem

OLDEST_PYTHON = (3, 12)
LOCK_NAME = "run.lock"
# A killed run's watchdog needs a moment to stop what the run left behind.
LOCK_PATIENCE_SECONDS = 30.0
PUBLIC_NAME = "localhost"
LAST_PORT = 65535


def check_python() -> None:
    """Refuse a Python that the product does not run on."""
    if sys.version_info < OLDEST_PYTHON:
        found = ".".join(map(str, sys.version_info[:3]))
        raise Problem(
            f"This is Python {found}, and AROS-Voice needs 3.12 or newer: install one, then `make clean run "
            "PYTHON=/path/to/python3.13`."
        )


def checked_port(text: str) -> int:
    """The port number in `text`; Problem when it is none."""
    if not text.isdecimal() or not 1 <= int(text) < LAST_PORT:
        raise Problem(
            f"“{text}” is no port that can be used: give a number from 1024 to {LAST_PORT - 1}, such as "
            "`make run PORT=8001` (the next one is the phone's)."
        )
    return int(text)


def phone_port(port: int) -> int:
    """Where the stand-in for Meta and its phone are, beside a product on this port."""
    return port + 1


def check_ports_free(port: int) -> None:
    """Refuse a port when another program listens on it or on the phone's, or when this user may not open them."""
    for wanted, whose in ((port, ""), (phone_port(port), " (the phone's, next to the product's)")):
        error = _error_opening(wanted)
        if error is None:
            continue
        another = next(filter(both_free, range(max(port, 1024) + 1, LAST_PORT)), 8000)
        if error.errno == errno.EADDRINUSE:
            raise Problem(
                f"Port {wanted}{whose} is used by another program: stop that one, or choose another port, such "
                f"as `make run PORT={another}`."
            )
        raise Problem(
            f"Port {wanted}{whose} cannot be opened ({error.strerror}): choose another one, such as "
            f"`make run PORT={another}`."
        )


def both_free(port: int) -> bool:
    """Whether a product on this port, and its phone on the next one, find their ports free."""
    return _error_opening(port) is None and _error_opening(phone_port(port)) is None


def addresses(port: int) -> dict[str, str]:
    """Where platform and shops are found from outside."""
    return {
        "PUBLIC_URL": f"http://{PUBLIC_NAME}:{port}",
        "PLATFORM_URL": f"http://{PUBLIC_NAME}:{port}",
        "ROSSI_URL": f"http://officina-rossi.{PUBLIC_NAME}:{port}",
        "BIANCHI_URL": f"http://carrozzeria-bianchi.{PUBLIC_NAME}:{port}",
        "PHONE_URL": f"http://{PUBLIC_NAME}:{phone_port(port)}",
        "WHATSAPP_API_URL": f"http://127.0.0.1:{phone_port(port)}",
    }


def prepare_folder(data: Path) -> None:
    """Make the data folder and refuse one that cannot be written."""
    try:
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("logs", "media", "mail"):
            (data / name).mkdir(exist_ok=True)
        probe = data / ".writable"
        probe.write_bytes(b"")
        probe.unlink()
    except OSError as error:
        raise Problem(
            f"The data folder {data} cannot be written ({error.strerror}): choose another one, such as "
            "`make run DATA=$HOME/aros`, or make it yours."
        ) from None


@contextlib.contextmanager
def locked(data: Path) -> Iterator[int]:
    """Hold the data folder for this run alone; yields the lock's file descriptor."""
    handle = os.open(data / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _take_lock(handle, data)
        os.ftruncate(handle, 0)
        os.pwrite(handle, f"{os.getpid()}\n".encode(), 0)
        yield handle
    finally:
        os.close(handle)


def check_secrets_kept(data: Path, database: Path) -> None:
    """Refuse a database whose secrets are lost: what it encrypted with them could never be read again."""
    if (database / "PG_VERSION").exists() and not demo_env.path_of(data).exists():
        raise Problem(
            f"{demo_env.path_of(data)} is gone, and the database in {data} was made with its secrets: put it "
            f"back, or begin anew with `rm -rf {data}`."
        )


def _error_opening(port: int) -> OSError | None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # a port just closed is free
        try:
            probe.bind(("127.0.0.1", port))
        except OSError as error:
            return error
    return None


def _take_lock(handle: int, data: Path) -> None:
    until = time.monotonic() + LOCK_PATIENCE_SECONDS
    while True:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            return
        except BlockingIOError:
            holder = os.pread(handle, 32, 0).decode(errors="replace").strip()
            if _lives(holder) or time.monotonic() > until:
                raise Problem(
                    f"Another run (process {holder or 'unknown'}) uses {data}: stop it with Ctrl-C in its terminal, "
                    "or choose another folder and port, such as `make run DATA=var2 PORT=8001`."
                ) from None
            time.sleep(0.1)


def _lives(pid: str) -> bool:
    try:
        os.kill(int(pid), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True
