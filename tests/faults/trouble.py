"""What goes wrong, at random moments, while people write. Each counts what it did."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from sandbox.httpd import HttpServer
from sandbox.meta import Meta
from tests.faults.servers import FAST, IMMEDIATE
from tests.faults.stack import Stack

GOOD_MOOD = {"slow_ms": 0, "jitter_ms": 0, "fail": [], "lose": [], "drop": []}
Mischief = Callable[["Trouble"], None]


class Trouble:
    """One kind of trouble in a thread of its own, from the beginning to the end of a block."""

    def __init__(self, stack: Stack, dice: random.Random) -> None:
        self.stack, self.dice, self.over = stack, dice, threading.Event()
        self.did: Counter[str] = Counter()
        self.error: BaseException | None = None

    def pause(self, least: float, most: float) -> bool:
        """Wait a random time; False when the trouble is over."""
        return not self.over.wait(self.dice.uniform(least, most))


@contextmanager
def makes(stack: Stack, dice: random.Random, *mischiefs: Mischief) -> Iterator[list[Trouble]]:
    """The mischiefs go on side by side for the time of the block, then everything runs again."""
    troubles = [Trouble(stack, random.Random(dice.random())) for _ in mischiefs]

    def run(trouble: Trouble, mischief: Mischief) -> None:
        try:
            mischief(trouble)
        except BaseException as error:
            trouble.error = error

    threads = [
        threading.Thread(target=run, args=pair, name=f"trouble-{number}")
        for number, pair in enumerate(zip(troubles, mischiefs, strict=True))
    ]
    for thread in threads:
        thread.start()
    try:
        yield troubles
    finally:
        for trouble in troubles:
            trouble.over.set()
        for thread in threads:
            thread.join()
        stack.mend()
    for trouble in troubles:
        if trouble.error:
            raise trouble.error


def kill(name: str, least: float = 0.3, most: float = 4.0) -> Mischief:
    """A program is killed again and again, a moment after it began to work, and started anew."""

    def mischief(trouble: Trouble) -> None:
        program = trouble.stack.programs[name]
        while trouble.pause(least, most):
            program.kill()
            trouble.did[f"{name} killed"] += 1
            program.start()

    return mischief


def empty_valkey(trouble: Trouble) -> None:
    """FLUSHALL under everybody's hands."""
    while trouble.pause(1.0, 5.0):
        trouble.stack.servers.empty_valkey()
        trouble.did["Valkey emptied"] += 1


def valkey_goes(trouble: Trouble) -> None:
    """Emptied, then killed and away for some seconds, in turn."""
    servers = trouble.stack.servers
    while trouble.pause(1.0, 4.0):
        servers.empty_valkey()
        trouble.did["Valkey emptied"] += 1
        if not trouble.pause(1.0, 4.0):
            return
        servers.kill_valkey()
        time.sleep(trouble.dice.choice((0.0, 1.0, 4.0)))
        servers.start_valkey()
        trouble.did["Valkey killed"] += 1


def postgres_restarts(trouble: Trouble) -> None:
    """Stopped, fast and as if it had crashed in turn, and started again at once or after some seconds."""
    servers = trouble.stack.servers
    how = FAST
    while trouble.pause(1.5, 5.0):
        servers.stop_postgres(how)
        time.sleep(trouble.dice.choice((0.0, 0.5, 3.0)))
        servers.start_postgres()
        trouble.did["PostgreSQL stopped" if how == FAST else "PostgreSQL crashed"] += 1
        how = IMMEDIATE if how == FAST else FAST


def graph_misbehaves(trouble: Trouble) -> None:
    """Slow, failing with codes, losing answers and requests, away: one after the other."""
    meta = trouble.stack.meta
    codes = (131000, 131016, 130429, 131056, 80007, 2)
    moods = [
        {"slow_ms": 1000, "jitter_ms": 4000},
        {"fail": [{"code": code, "share": 0.12} for code in codes]},
        {"fail": [{"code": 131000, "status": 500, "share": 0.5}]},
        {"lose": {"share": 0.4}},
        {"drop": {"share": 0.4}},
        {"lose": {"share": 0.3}, "slow_ms": 300, "fail": [{"code": 131000, "status": 503, "share": 0.2}]},
    ]
    while True:
        trouble.dice.shuffle(moods)
        for mood in moods:
            meta.set_faults(**GOOD_MOOD | mood)
            trouble.did["moods of Graph"] += 1
            if not trouble.pause(2.0, 4.0):
                meta.set_faults(**GOOD_MOOD)
                return


def graph_goes(trouble: Trouble) -> None:
    """Nobody listens where the Graph API was, for a second or two."""
    meta = trouble.stack.meta
    while trouble.pause(4.0, 7.0):
        with nobody_listens(meta):
            time.sleep(trouble.dice.uniform(0.5, 2.0))
        trouble.did["Graph away"] += 1


@contextmanager
def nobody_listens(meta: Meta) -> Iterator[None]:
    """Connections to the stand-in are refused for the time of the block."""
    meta._server.close()
    try:
        yield
    finally:
        meta._server = HttpServer(meta._answer, meta.port)


def thrice(trouble: Trouble) -> None:
    """Each webhook three times, late by up to two seconds: in any order."""
    trouble.stack.meta.set_faults(duplicate=3, shuffle_ms=2000)
    trouble.did["every webhook thrice"] = 1
    trouble.over.wait()
    trouble.stack.meta.set_faults(duplicate=1, shuffle_ms=0)
