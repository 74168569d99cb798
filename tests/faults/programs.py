"""The product's programs as processes that can be killed by name and started again."""

import json
import os
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from sandbox import processes
from sandbox.watchdog import REPOSITORY, Watchdog
from tests.faults.servers import until

KEPT_OF_OURS = ("PATH", "HOME", "LANG", "TMPDIR")
START_SECONDS = 60.0
STOP_SECONDS = 20.0


class Program:
    """One program. Its output goes to one log over all its lives."""

    def __init__(
        self,
        name: str,
        command: list[str],
        env: dict[str, str],
        log: Path,
        watchdog: Watchdog,
        is_ready: Callable[["Program"], bool],
    ) -> None:
        self.name, self.log, self.kills = name, log, 0
        self._command, self._env, self._watchdog, self._is_ready = command, env, watchdog, is_ready
        self._process: subprocess.Popen[bytes] | None = None
        self._begun_at = 0

    @property
    def runs(self) -> bool:
        """Whether it runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def has_fallen(self) -> bool:
        """Whether it ended without being asked to."""
        return self._process is not None and self._process.poll() is not None

    def start(self, *, wait: bool = True) -> None:
        """Start it, and wait until it works. Raises TimeoutError, or RuntimeError when it ended."""
        self._begun_at = self.log.stat().st_size if self.log.exists() else 0
        with self.log.open("ab") as output:
            self._process = subprocess.Popen(
                [sys.executable, "-m", *self._command],
                cwd=REPOSITORY,
                env=self._env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._watchdog.watch("process", self._process.pid)
        if wait:
            self.wait_ready()

    def wait_ready(self) -> None:
        """Wait until it works."""

        def ready() -> bool:
            if not self.runs:
                raise RuntimeError(f"{self.name} ended by itself:\n{self.said()[-2000:]}")
            return self._is_ready(self)

        until(ready, START_SECONDS, f"{self.name} does not come up")

    def kill(self) -> None:
        """SIGKILL, to whatever it started as well: nothing of it can tidy up."""
        assert self._process is not None
        self.kills += 1
        assert not self.has_fallen, f"{self.name} ended by itself before it was killed"
        with suppress(psutil.Error):
            family = psutil.Process(self._process.pid)
            for each in [family, *family.children(recursive=True)]:
                with suppress(psutil.Error):
                    each.kill()
        self._collect()

    def ask_to_stop(self) -> None:
        """SIGTERM, and no waiting."""
        if self._process is not None and self.runs:
            self._process.send_signal(signal.SIGTERM)

    def stop(self) -> None:
        """End it, politely at first."""
        if self._process is not None:
            processes.end_family(self._process.pid, STOP_SECONDS)
            self._collect()

    def _collect(self) -> None:
        assert self._process is not None
        self._process.wait()
        self._watchdog.forget("process", self._process.pid)
        self._process = None

    def said(self) -> str:
        """The log since it was started last."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._begun_at)
            return log.read().decode(errors="replace")


def environment(values: dict[str, str]) -> dict[str, str]:
    """What programs get: nothing of this process but where things are."""
    ours = {name: os.environ[name] for name in KEPT_OF_OURS if name in os.environ}
    return ours | {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:You're running the worker"} | values


def web(env: dict[str, str], port: int, log: Path, watchdog: Watchdog) -> Program:
    """gunicorn, with the configuration that production has."""
    bind = ["--bind", f"127.0.0.1:{port}", "--no-control-socket", "--log-level", "warning"]
    command = ["gunicorn", "aros.wsgi:application", *bind]

    def answers(_program: Program) -> bool:
        request = urllib.request.Request(f"http://127.0.0.1:{port}/healthz", headers={"Host": "localhost"})
        with suppress(OSError), urllib.request.urlopen(request, timeout=2) as response:
            return bool(response.status == 200)
        return False

    return Program("web", command, env | {"AROS_SERVICE": "web"}, log, watchdog, answers)


def worker(
    name: str, queues: str, threads: int, env: dict[str, str], log: Path, watchdog: Watchdog
) -> Program:
    """A Celery worker of threads."""
    command = [
        *("celery", "-A", "aros", "worker", "--pool", "threads", "--concurrency", str(threads)),
        *("--queues", queues, "--hostname", f"{name}@%h", "--without-gossip", "--without-mingle"),
    ]
    env = env | {"AROS_SERVICE": name}
    return Program(name, command, env, log, watchdog, lambda program: " ready." in program.said())


def beat(env: dict[str, str], schedule: Path, log: Path, watchdog: Watchdog) -> Program:
    """The clock."""
    command = ["celery", "-A", "aros", "beat", "--schedule", str(schedule), "--pidfile="]
    env = env | {"AROS_SERVICE": "beat"}
    return Program("beat", command, env, log, watchdog, lambda program: "beat: Starting" in program.said())


def manage(env: dict[str, str], *arguments: str, **secrets: str) -> None:
    """One of the operators' commands, with the owner's login. Raises RuntimeError with what it said."""
    done = subprocess.run(
        [sys.executable, "manage.py", *arguments],
        cwd=REPOSITORY,
        env=env | secrets | {"AROS_DATABASE_AS": "owner"},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )
    if done.returncode:
        raise RuntimeError(f"manage.py {arguments[0]} failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")


def events(text: str) -> Iterator[dict[str, Any]]:
    """The lines of a log that are JSON."""
    for line in text.splitlines():
        with suppress(ValueError):
            event = json.loads(line)
            if isinstance(event, dict):
                yield event
