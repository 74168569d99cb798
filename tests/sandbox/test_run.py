"""`python -m sandbox.run` as a person starts it: it runs, it stops, it refuses in words."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psutil
import pytest
import requests

from sandbox import demo_env, ground, programs
from sandbox.postgres import free_port
from sandbox.watchdog import REPOSITORY

NOWHERE = {
    "DATABASE_URL": "postgres://aros_app:x@127.0.0.1:1/aros",
    "DATABASE_OWNER_URL": "postgres://aros_owner:x@127.0.0.1:1/aros",
    "REDIS_URL": "redis://127.0.0.1:1/0",
}


@contextmanager
def a_run(data: Path, port: int, **servers: str) -> Iterator[subprocess.Popen[str]]:
    """The program, its output in `data.out`; killed at the end if it still runs."""
    env = {name: value for name, value in os.environ.items() if name not in NOWHERE} | servers
    with data.with_name("data.out").open("w") as output:
        run = subprocess.Popen(
            [sys.executable, "-m", "sandbox.run", "--port", str(port), "--data", str(data)],
            cwd=REPOSITORY,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )
    try:
        yield run
    finally:
        run.kill()
        run.wait()
        wait_until(lambda: not left_over(data), 30)


def free_pair() -> int:
    """A free port whose next one is free too."""
    return next(port for port in iter(free_port, 0) if ground.both_free(port))


def said(data: Path) -> str:
    return data.with_name("data.out").read_text(encoding="utf-8")


def left_over(data: Path) -> list[str]:
    """Command lines of the processes that still work for this data folder, wherever root keeps it."""
    places = {str(data)} | {
        str((data / name).resolve().parent) for name in ("postgres",) if (data / name).exists()
    }
    lines = (" ".join(process.info["cmdline"] or []) for process in psutil.process_iter(["cmdline"]))
    return [line for line in lines if any(place in line for place in places)]


def wait_until(true: Callable[[], bool], seconds: float) -> bool:
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if true():
            return True
        time.sleep(0.1)
    return False


def refusal(data: Path, port: int, **servers: str) -> str:
    with a_run(data, port, **servers) as run:
        code = run.wait(60)
    assert code == 1
    assert "Traceback" not in said(data)
    assert '  File "' not in said(data)
    return said(data)


def test_a_taken_port_is_one_sentence(data: Path) -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        assert f"Port {port} is used by another program" in refusal(data, port)

    assert not demo_env.path_of(data).exists()


def test_the_phones_port_has_to_be_free_too(data: Path) -> None:
    port = free_pair()
    with socket.socket() as other:
        other.bind(("127.0.0.1", port + 1))
        other.listen()

        words = refusal(data, port)

    assert f"Port {port + 1} (the phone's, next to the product's) is used by another program" in words


def test_half_of_a_real_database_is_one_sentence(data: Path) -> None:
    words = refusal(data, free_pair(), DATABASE_URL=NOWHERE["DATABASE_URL"])

    assert "Set DATABASE_URL" in words
    assert "DATABASE_OWNER_URL" in words


def test_a_step_that_fails_is_named_with_its_log(data: Path) -> None:
    words = refusal(data, free_pair(), **NOWHERE)

    assert "“Bringing the database up to date” failed. Run again" in words
    assert f"{data}/logs/migrate.log" in words
    assert not (data / "postgres").exists()


def test_a_folder_that_cannot_be_written_is_one_sentence(data: Path) -> None:
    (data / "file").write_text("in the way", encoding="utf-8")
    inside = data / "file" / "data"
    run = subprocess.run(
        [sys.executable, "-m", "sandbox.run", "--port", str(free_port()), "--data", str(inside)],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )

    assert run.returncode == 1
    assert f"The data folder {inside} cannot be written" in run.stderr
    assert "Traceback" not in run.stderr


def test_no_program_gets_the_owners_login_but_the_one_that_makes_shops(data: Path) -> None:
    lines = programs.procfile(8000, data).splitlines()

    product, meta = lines[:-1], lines[-1]
    names = [line.partition(":")[0] for line in product]
    assert names == ["web", "conversations", "worker", "provision", "beat"]
    for name, line in zip(names, product, strict=True):
        makes_shops = name == "provision"
        assert ("-u DATABASE_OWNER_URL " in line) is not makes_shops
        assert f" AROS_DATABASE_AS={'owner' if makes_shops else 'app'} " in line
        assert " -u WHATSAPP_TOKEN_ROSSI -u WHATSAPP_TOKEN_BIANCHI " in line
    assert meta.startswith("meta: exec env -u DATABASE_URL -u DATABASE_OWNER_URL -u REDIS_URL -u SECRET_KEY ")
    assert "--port 8001 --product http://127.0.0.1:8000" in meta


def test_every_queue_has_a_worker_and_no_more_connections_than_the_server_takes(data: Path) -> None:
    workers = [line for line in programs.procfile(8000, data).splitlines() if " worker " in line]

    queues = [line.split("--queues ")[1].split()[0] for line in workers]
    assert queues == ["conversations", "outbound,default", "provision"]
    workers.pop()  # it has one thread, and the owner's login
    assert all(f"DATABASE_POOL={programs.WORKER_CONNECTIONS} " in line for line in workers)
    assert len(workers) * programs.WORKER_CONNECTIONS < 50


def test_a_model_key_reaches_the_programs_and_mails_become_files(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:8002/v1")
    monkeypatch.delenv("EMAIL_URL", raising=False)

    env = programs.environment({"OPENAI_API_KEY": "sk-prova", "OPERATOR_EMAIL": "op@aros.example"}, data)

    assert (env["OPENAI_API_KEY"], env["OPENAI_BASE_URL"]) == ("sk-prova", "http://127.0.0.1:8002/v1")
    assert env["EMAIL_URL"] == f"filemail:///{data}/mail"
    assert env["OPERATOR_EMAILS"] == "op@aros.example"
    assert programs.environment({"EMAIL_URL": "smtp://mine"}, data)["EMAIL_URL"] == "smtp://mine"


@pytest.mark.timeout(300)
@pytest.mark.usefixtures("place")  # removes what root keeps elsewhere
def test_it_runs_stops_and_runs_again_with_its_data(data: Path) -> None:
    """The first run makes everything; Ctrl-C leaves nothing running; the second keeps data; a kill leaves nothing."""
    port = free_pair()
    with a_run(data, port) as run:
        assert wait_until(lambda: "Try next" in said(data) or run.poll() is not None, 200), said(data)
        assert run.poll() is None, said(data)
        assert programs.answers(port)
        values = demo_env.read(data)
        assert values["OPERATOR_PASSWORD"] in said(data)
        assert f"http://localhost:{port + 1}/" in said(data)
        phone = requests.get(f"http://127.0.0.1:{port + 1}/_health", timeout=5).json()
        assert phone["webhook"] == f"http://127.0.0.1:{port}/api/whatsapp/webhook"

        run.send_signal(signal.SIGINT)

        assert run.wait(30) == 0
    assert said(data).rstrip().endswith("Stopped.")
    assert "Traceback" not in said(data)
    assert left_over(data) == []
    assert not programs.answers(port)

    began = time.monotonic()
    with a_run(data, port) as run:
        assert wait_until(lambda: "Try next" in said(data), 60), said(data)
        assert time.monotonic() - began < 60
        assert "Making" not in said(data)
        secrets = {name: value for name, value in values.items() if not name.endswith("_URL")}
        assert secrets.items() <= demo_env.read(data).items()

        run.kill()

        assert wait_until(lambda: not left_over(data), 30), left_over(data)
