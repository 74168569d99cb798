"""The running product, once for all fault tests, and the table of what was done to it."""

import os
import random
import secrets
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest

from tests.faults import stack as stacks
from tests.faults import verdict
from tests.faults.people import Crowd, Town
from tests.faults.stack import Stack
from tests.faults.trouble import Mischief, makes

CONVERSATIONS = int(os.environ.get("AROS_FAULT_CONVERSATIONS", "100"))
SEED = int(os.environ.get("AROS_FAULT_SEED") or secrets.randbelow(10**6))
# How long things go wrong; how long the stories may take after that; how long until nothing moves any more.
TROUBLE_SECONDS = 22.0
STORIES_SECONDS, QUIET_SECONDS = (
    float(os.environ.get("AROS_STORIES", "100")),
    float(os.environ.get("AROS_QUIET", "60")),
)
_done: list["Run"] = []


@dataclass
class Run:
    """One fault, for the table at the end."""

    name: str
    seed: int
    people: int = 0
    did: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    quiet: float = 0.0
    posts: int = 0
    refused: int = 0
    asked_again: int = 0
    complaints: Counter[str] = field(default_factory=Counter)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Web, workers and clock on servers of their own, for all tests of this folder."""
    with stacks.stack(tmp_path_factory.mktemp("faults")) as running:
        yield running


@pytest.fixture(scope="session")
def town(stack: Stack) -> Town:
    """Where people come from."""
    return Town(stack.meta)


Suffer = Callable[..., None]


@pytest.fixture
def suffer(stack: Stack, town: Town, request: pytest.FixtureRequest) -> Suffer:
    """Let people write while mischief goes on, then look whether all is as it has to be."""

    def suffer(*mischiefs: Mischief, share: float = 1.0, spread: float = 12.0) -> None:
        stack.mend()
        stack.new_logs()
        run = Run(request.node.name.removeprefix("test_").replace("_", " "), SEED)
        _done.append(run)
        dice = random.Random(f"{SEED} {run.name}")
        crowd = town.people(max(2, round(CONVERSATIONS * share)))
        run.people, began = len(crowd), time.monotonic()
        posted, refused = len(stack.meta.sent), len(stack.meta.deliverer.refused)
        play = Crowd(stack.meta, crowd, dice, spread)
        with makes(stack, dice, *mischiefs) as troubles:
            play.play(TROUBLE_SECONDS)
        play.play(STORIES_SECONDS)
        for trouble in troubles:
            run.did += trouble.did
        run.seconds = time.monotonic() - began
        wrong = _until_quiet(stack, play, run)
        logs = stack.new_logs()
        run.posts = len(stack.meta.sent) - posted
        run.refused = len(stack.meta.deliverer.refused) - refused
        run.asked_again = sum(each.asked_again for each in crowd)
        run.complaints = verdict.troubles_told(logs)
        wrong += [f"{name} ended by itself" for name in stack.fallen]
        stack.fallen.clear()
        wrong += verdict.wrong_in_logs(logs, crowd)
        assert not wrong, f"seed {SEED}, logs in {stack.logs}\n" + "\n".join(wrong[:40])

    return suffer


def _until_quiet(stack: Stack, play: Crowd, run: Run) -> list[str]:
    """Wait until nothing is wrong any more, at most QUIET_SECONDS; returns what still is."""
    began = time.monotonic()
    while True:
        play.play(0.5)
        wrong = verdict.problems(stack, play.people)
        run.quiet = time.monotonic() - began
        given_up = play.is_over and len(wrong) == len(
            play.unfinished
        )  # nothing else is wrong, and nobody waits
        if run.quiet > QUIET_SECONDS or (given_up and wrong):
            return wrong
        if not wrong and stack.meta.wait_idle(0.5):
            return verdict.problems(stack, play.people)
        time.sleep(0.5)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What was done to the product, and what it took."""
    if not _done:
        return
    say = terminalreporter.write_line
    terminalreporter.section(f"faults (AROS_FAULT_SEED={SEED})")
    say(
        f"{'fault':<34} {'chats':>5} {'s':>5} {'quiet':>5} {'posts':>6} {'refused':>7} {'again':>5}  what was done"
    )
    for run in _done:
        did = ", ".join(f"{what} {times}×" for what, times in run.did.items())
        say(
            f"{run.name[:34]:<34} {run.people:>5} {run.seconds:>5.0f} {run.quiet:>5.0f} {run.posts:>6} "
            f"{run.refused:>7} {run.asked_again:>5}  {did}"
        )
        for told, times in run.complaints.most_common(6):
            say(f"{'':<34} {times:>5}× {told}")
