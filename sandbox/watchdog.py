"""A small process that tidies up when the one that started it dies without a word.

`python -m sandbox.watchdog PARENT` reads lines `KIND VALUE` on standard input. When the input ends, or its
parent has gone, it undoes them in reverse order: `process PID` and its children are ended, `postgres FOLDER`
and `valkey FOLDER` are stopped, `remove FOLDER` is deleted. `forget KIND VALUE` takes a line back.
"""

import contextlib
import os
import select
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self

from sandbox import processes

REPOSITORY = Path(__file__).resolve().parent.parent
LOOK_AT_PARENT_EVERY = 1.0


class Watchdog:
    """Starts the watchdog and tells it what to tidy up; after the block it has done so, however the block ended."""

    def __init__(self, keep_open: int | None = None) -> None:
        """`keep_open` is a file descriptor that the watchdog holds until it has tidied up: a lock."""
        self._todo: list[str] = []
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sandbox.watchdog", str(os.getpid())],
            cwd=REPOSITORY,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
            pass_fds=() if keep_open is None else (keep_open,),
        )

    @property
    def pid(self) -> int:
        """The watchdog's own process id."""
        return self._process.pid

    def watch(self, kind: str, value: Path | int) -> None:
        """Tidy this up when we die. Kinds are in the module's description."""
        note(self._todo, f"{kind} {value}")
        self._say(f"{kind} {value}")

    def forget(self, kind: str, value: Path | int) -> None:
        """This needs no tidying up any more."""
        note(self._todo, f"forget {kind} {value}")
        self._say(f"forget {kind} {value}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process.stdin is not None:
            with contextlib.suppress(OSError):
                self._process.stdin.close()
        if self._process.wait():
            tidy(self._todo)  # somebody killed the watchdog

    def _say(self, line: str) -> None:
        pipe = self._process.stdin
        if pipe is None:
            return
        with contextlib.suppress(OSError):  # it was killed: then nobody tidies up, but our own work goes on
            pipe.write(f"{line}\n".encode())
            pipe.flush()


def note(todo: list[str], line: str) -> None:
    """Add a line to what has to be tidied up, or take one back."""
    if line.startswith("forget "):
        with contextlib.suppress(ValueError):
            todo.remove(line.removeprefix("forget "))
    else:
        todo.append(line)


def tidy(todo: list[str]) -> None:
    """Undo the lines, last first."""
    for line in reversed(todo):
        kind, _, value = line.partition(" ")
        if kind == "process":
            processes.end_family(int(value))
        elif kind == "postgres":
            stop_postgres(Path(value))
        elif kind == "valkey":
            stop_valkey(Path(value))
        elif kind == "remove":
            shutil.rmtree(value, ignore_errors=True)


def stop_postgres(data: Path) -> bool:
    """Stop the PostgreSQL server of this data folder (fast, then at once); True when none runs any more."""
    pid = processes.postmaster(data)
    return pid is None or processes.end(pid, [signal.SIGINT, signal.SIGQUIT, signal.SIGKILL])


def stop_valkey(data: Path) -> bool:
    """Stop the Valkey server of this data folder; True when none runs any more."""
    pid = processes.valkey_server(data)
    return pid is None or processes.end(pid, [signal.SIGTERM, signal.SIGKILL])


def main(parent: int) -> None:
    """Collect lines until the parent has gone, then tidy up."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    todo: list[str] = []
    pending = b""
    while os.getppid() == parent:
        ready, _, _ = select.select([0], [], [], LOOK_AT_PARENT_EVERY)
        if not ready:
            continue
        chunk = os.read(0, 65536)
        if not chunk:
            break
        *lines, pending = (pending + chunk).split(b"\n")
        for line in map(bytes.decode, lines):
            note(todo, line)
    tidy(todo)


if __name__ == "__main__":
    main(int(sys.argv[1]))
