"""The long steps before the demo runs: each a program of its own, its output in a log, its name on the terminal."""

import contextlib
import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import processes
from sandbox.place import last_lines
from sandbox.problems import Problem
from sandbox.watchdog import REPOSITORY, Watchdog

DOT_EVERY_SECONDS = 2.0
# Raise when an existing demo should run the commands again (they add what is missing and change nothing else).
DEMO_VERSION = 1
MANAGE = REPOSITORY / "manage.py"
OUTSIDE_ROOMS = {"sandbox", "tests", "benchmarks"}


def say(text: str, end: str = "\n") -> None:
    """Print, unless nobody reads any more."""
    with contextlib.suppress(OSError):
        print(text, end=end, flush=True)


@dataclass(frozen=True)
class Step:
    """One command of manage.py: a short name (also of its log), what it does in words, arguments, secrets.

    `state` is what the result depends on: a step is skipped while its state and arguments stay the same.
    """

    name: str
    words: str
    arguments: tuple[str, ...]
    secrets: dict[str, str] = field(default_factory=dict)
    state: str = str(DEMO_VERSION)

    @property
    def fingerprint(self) -> str:
        """Changes when the step has to run again."""
        return hashlib.sha256(json.dumps([self.arguments, self.state]).encode()).hexdigest()[:16]


class Stamp:
    """Which steps are done, kept inside the database's folder so that it goes when the database goes."""

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._done: dict[str, str] = {}
        if path is not None:
            with contextlib.suppress(OSError, ValueError):
                self._done = dict(json.loads(path.read_text(encoding="utf-8")))

    def has(self, step: Step) -> bool:
        """Whether the step was done, exactly as it stands now."""
        return self._done.get(step.name) == step.fingerprint

    def add(self, step: Step) -> None:
        """The step is done."""
        self._done[step.name] = step.fingerprint
        if self._path is None:
            return
        new = self._path.with_name(f"{self._path.name}.new")
        new.unlink(missing_ok=True)
        handle = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            json.dump(self._done, file)
        new.replace(self._path)


def state_of_code() -> str:
    """A hash of all code of the rooms and the pinned libraries: what the tables and their walls are made by."""
    rooms = [
        path.parent for path in REPOSITORY.glob("*/__init__.py") if path.parent.name not in OUTSIDE_ROOMS
    ]
    files = sorted(file for room in rooms for file in room.rglob("*.py"))
    digest = hashlib.sha256()
    for file in [*files, REPOSITORY / "requirements.txt"]:
        digest.update(str(file.relative_to(REPOSITORY)).encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()


def demo_steps(values: dict[str, str]) -> list[Step]:
    """Everything between an empty database and two shops with believable data."""
    operator = values["OPERATOR_EMAIL"]
    return [
        Step("migrate", "Bringing the database up to date", ("migrate",), state=state_of_code()),
        Step(
            "create_operator",
            "Making the operator's login",
            ("create_operator", "--email", operator),
            {"OPERATOR_PASSWORD": values["OPERATOR_PASSWORD"]},
        ),
        *_shop_steps("rossi", "Officina Rossi", "officina-rossi", "+390212345678", values),
        *_shop_steps("bianchi", "Carrozzeria Bianchi", "carrozzeria-bianchi", "+390287654321", values),
    ]


def steps_with_meta() -> list[Step]:
    """What needs the stand-in for Meta, which remembers it."""
    words = "Giving the shops their WhatsApp templates"
    return [Step("whatsapp_templates", words, ("whatsapp_templates", "--all"), state=state_of_code())]


def _shop_steps(short: str, name: str, slug: str, number: str, values: dict[str, str]) -> list[Step]:
    prefix = short.upper()
    email, password = values[f"{prefix}_MANAGER_EMAIL"], values[f"{prefix}_MANAGER_PASSWORD"]
    create = (
        *("--name", name, "--slug", slug, "--domain", f"{slug}.localhost", "--phone", number),
        *("--tier", "professional", "--manager-email", email, "--if-missing"),
    )
    line = ("--shop", slug, "--vapi", f"line-{short}", "--number", number)
    whatsapp = ("--shop", slug, "--whatsapp", f"wa-{short}", "--waba", f"waba-{short}", "--number", number)
    token = values[f"WHATSAPP_TOKEN_{prefix}"]
    return [
        Step(
            f"create_shop-{short}", f"Making {name}", ("create_shop", *create), {"MANAGER_PASSWORD": password}
        ),
        Step(f"set_line-{short}", f"Giving {name} its phone line", ("set_line", *line)),
        Step(
            f"set_whatsapp-{short}",
            f"Giving {name} its WhatsApp number",
            ("set_line", *whatsapp),
            {"WHATSAPP_TOKEN": token},
            state=hashlib.sha256(token.encode()).hexdigest(),
        ),
        Step(
            f"demo_data-{short}",
            f"Filling {name} with customers, cars and appointments",
            ("demo_data", "--shop", slug),
        ),
    ]


def run_steps(
    steps: Sequence[Step], stamp: Stamp, env: dict[str, str], logs: Path, watchdog: Watchdog
) -> None:
    """Run the steps that are not done yet, one after the other. Raises Problem at the first that fails."""
    for step in steps:
        if stamp.has(step):
            continue
        _run(step, env | step.secrets, logs / f"{step.name}.log", watchdog)
        stamp.add(step)


def _run(step: Step, env: dict[str, str], log: Path, watchdog: Watchdog) -> None:
    say(f"  {step.words} .", end="")
    began = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, str(MANAGE), *step.arguments],
            cwd=REPOSITORY,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,  # Ctrl-C reaches us alone: we end the step
        )
    watchdog.watch("process", process.pid)
    try:
        code = _wait(process)
    except BaseException:
        say("")
        processes.end_family(process.pid)
        process.wait()
        raise
    finally:
        watchdog.forget("process", process.pid)
    say(f" {time.monotonic() - began:.1f} s")
    if code:
        raise Problem(_failure(step, code, log))


def _wait(process: subprocess.Popen[bytes]) -> int:
    while True:
        try:
            return process.wait(DOT_EVERY_SECONDS)
        except subprocess.TimeoutExpired:
            say(".", end="")


def _without_traceback(text: str) -> list[str]:
    """The last lines that are words for people: of a traceback only what it ends with."""
    noise = ("Traceback (", "During handling of", "The above exception", " ", "\t")
    return [line for line in text.splitlines() if line.strip() and not line.startswith(noise)][-3:]


def _failure(step: Step, code: int, log: Path) -> str:
    how = f"was ended by {signal.Signals(-code).name}" if code < 0 else "failed"
    said = "\n".join(f"    {line}" for line in _without_traceback(last_lines(log, 40)))
    return (
        f"“{step.words}” {how}. Run again: what is done is kept and only this step and those after it are "
        f"repeated. If it fails again, its whole output is in {log}, which ends:\n{said}"
    )
