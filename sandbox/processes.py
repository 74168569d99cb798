"""Ending processes that the sandbox started, and no others."""

import contextlib
import os
import signal
import time
from collections.abc import Iterable
from pathlib import Path

import psutil  # type: ignore[import-untyped]  # ships no types

PATIENCE = 10.0


def postmaster(data: Path) -> int | None:
    """The process id of the PostgreSQL server that runs on this data folder, or None.

    After a crash or a reboot the pid file may name somebody else's process; that one is not returned.
    """
    return _named_process(data / "postmaster.pid", "postgres", str(data))


def valkey_server(data: Path) -> int | None:
    """The process id of the Valkey server that runs on this data folder, or None."""
    return _named_process(data / "valkey.pid", "valkey", str(data))


def end(pid: int, signals: Iterable[int], patience: float = PATIENCE) -> bool:
    """Send the signals one after the other, `patience` seconds apart, until the process has ended."""
    for number in signals:
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return True
        until = time.monotonic() + patience
        while time.monotonic() < until:
            if not alive(pid):
                return True
            time.sleep(0.02)
    return not alive(pid)


def end_family(pid: int, patience: float = PATIENCE) -> None:
    """Ask a process to end; after `patience` seconds kill it and whatever it has started."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
    except psutil.Error:
        return
    end(pid, [signal.SIGTERM], patience)
    for member in family:
        with contextlib.suppress(psutil.Error):  # psutil does not touch another process with the same number
            member.kill()


def alive(pid: int) -> bool:
    """Whether the process runs; one that ended and was not yet collected by its parent does not."""
    try:
        return bool(psutil.Process(pid).status() != psutil.STATUS_ZOMBIE)
    except psutil.Error:
        return False


def runs(pid: int, *words: str) -> bool:
    """Whether the process runs and its command line has all these words; a reused number does not count."""
    try:
        line = " ".join(psutil.Process(pid).cmdline())
    except psutil.Error:
        return False
    return alive(pid) and all(word in line for word in words)


def _named_process(pid_file: Path, *words: str) -> int | None:
    try:
        pid = int(pid_file.read_text(encoding="ascii").split()[0])
    except (OSError, ValueError, IndexError):
        return None
    return pid if runs(pid, *words) else None
