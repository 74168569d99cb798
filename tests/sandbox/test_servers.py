"""Throw-away servers start fast, are what a real server is, and never outlive the run that wanted them."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from sandbox import place as places
from sandbox.place import Place
from sandbox.processes import alive, valkey_server
from sandbox.servers import sweep
from sandbox.valkey import EmbeddedValkey
from sandbox.watchdog import REPOSITORY, Watchdog

PROGRAM = """
import json, sys, time
from sandbox.servers import throwaway
with throwaway() as env:
    print(json.dumps(env), flush=True)
    sys.stdin.read()
"""


@contextmanager
def a_run() -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """Another process with throw-away servers; it ends when its input is closed."""
    run = subprocess.Popen(
        [sys.executable, "-c", PROGRAM],
        cwd=REPOSITORY,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert run.stdin is not None
    assert run.stdout is not None
    try:
        yield run, json.loads(run.stdout.readline())
    finally:
        run.stdin.close()
        run.wait(20)
        run.stdout.close()


def answers(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


def wait_until_gone(url: str, seconds: float = 15) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not answers(url):
            return True
        time.sleep(0.05)
    return False


def test_they_serve_and_are_gone_afterwards() -> None:
    before = set(places.throwaway_folders())
    with a_run() as (run, env):
        with psycopg.connect(env["DATABASE_URL"]) as connection:
            assert connection.execute("SELECT current_user").fetchone() == ("aros_app",)
        with redis.Redis.from_url(env["REDIS_URL"]) as client:
            assert client.ping()
        assert (Path(env["PG_BIN"]) / "pg_dump").exists()
        assert len(set(places.throwaway_folders()) - before) >= 1

    assert run.returncode == 0
    assert not answers(env["DATABASE_URL"])


def test_strangers_without_the_password_are_refused() -> None:
    redis_at = urlsplit(os.environ["REDIS_URL"])
    once = Retry(NoBackoff(), 0)
    with (
        redis.Redis(host="127.0.0.1", port=redis_at.port or 0, retry=once) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.ping()
    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    with pytest.raises(
        psycopg.OperationalError, match=r"no password supplied|password authentication failed"
    ):
        psycopg.connect(host="127.0.0.1", port=owner.port or 0, user="postgres", dbname="postgres")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_they_die_with_the_run_that_wanted_them(number: signal.Signals) -> None:
    with a_run() as (run, env):
        run.send_signal(number)

        assert wait_until_gone(env["DATABASE_URL"])

        with redis.Redis.from_url(env["REDIS_URL"]) as client, pytest.raises(redis.ConnectionError):
            client.ping()


def test_what_even_the_watchdog_left_is_swept_by_the_next_run() -> None:
    before = set(places.throwaway_folders())
    with a_run() as (run, env):
        watchdogs = {
            folder: int((folder / "watchdog.pid").read_text())
            for folder in set(places.throwaway_folders()) - before
            if (folder / "watchdog.pid").exists()
        }
        port = urlsplit(env["DATABASE_URL"]).port
        ours = next(
            folder
            for folder in watchdogs
            if f"\n{port}\n" in (folder / "postgres" / "postmaster.pid").read_text()
        )
        os.kill(watchdogs[ours], signal.SIGKILL)
        run.kill()
        run.wait()
        assert answers(env["DATABASE_URL"])

        sweep()

        assert not answers(env["DATABASE_URL"])
        assert not ours.exists()
        # Servers of other runs, such as this suite's own, were left alone.
        assert answers(urlsplit(os.environ["DATABASE_OWNER_URL"])._replace(path="/postgres").geturl())


def test_the_watchdog_ends_a_whole_family() -> None:
    shell = subprocess.Popen(["sh", "-c", "sleep 60 & echo $!; wait"], stdout=subprocess.PIPE, text=True)
    assert shell.stdout is not None
    child = int(shell.stdout.readline())
    with Watchdog() as watchdog:
        watchdog.watch("process", shell.pid)

    assert shell.wait(5) == -signal.SIGTERM
    assert not alive(child)
    shell.stdout.close()


def test_what_is_forgotten_is_left_alone() -> None:
    with subprocess.Popen(["sleep", "60"]) as sleeper:
        with Watchdog() as watchdog:
            watchdog.watch("process", sleeper.pid)
            watchdog.forget("process", sleeper.pid)

        assert alive(sleeper.pid)
        sleeper.kill()


def test_valkey_keeps_what_was_written_over_a_restart(place: Place) -> None:
    valkey = EmbeddedValkey(place, "a-password")
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        client.set("queue", "a task")
    valkey.stop()
    assert valkey_server(valkey.data) is None

    valkey.start()

    with redis.Redis.from_url(valkey.url) as client:
        assert client.get("queue") == b"a task"
    valkey.stop()
