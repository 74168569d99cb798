"""What is in the way of a run is said in one sentence that names the mend."""

import multiprocessing
import os
import socket
import sys
from pathlib import Path

import pytest

from sandbox import demo_env, ground
from sandbox.problems import Problem


def taken_with_a_free_neighbour() -> socket.socket:
    """A socket that listens below the ports that connections of others get, and the port after it free."""
    for port in range(20011, 30000, 7):
        other = socket.socket()
        try:
            with socket.socket() as neighbour:
                neighbour.bind(("127.0.0.1", port + 1))
            other.bind(("127.0.0.1", port))
        except OSError:
            other.close()
            continue
        other.listen()
        return other
    raise AssertionError("no two free ports")


def test_a_taken_port_is_refused_and_another_one_suggested() -> None:
    with taken_with_a_free_neighbour() as other:
        port = other.getsockname()[1]

        with pytest.raises(Problem, match=rf"Port {port} is used by another program.*PORT=\d+"):
            ground.check_ports_free(port)

    ground.check_ports_free(port)


@pytest.mark.parametrize("port", ["0", "65536", "65535", "-1", "ottomila", "", "80.5", "٨٠٠٠٠"])
def test_what_is_no_port_is_refused(port: str) -> None:
    with pytest.raises(Problem, match="is no port that can be used"):
        ground.checked_port(port)


def test_an_old_python_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 11, 7, "final", 0))

    with pytest.raises(Problem, match=r"Python 3\.11\.7, and AROS-Voice needs 3\.12 or newer"):
        ground.check_python()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way", encoding="utf-8")

    with pytest.raises(Problem, match=r"cannot be written .*DATA="):
        ground.prepare_folder(tmp_path / "file" / "data")


def test_the_folder_is_made_private(tmp_path: Path) -> None:
    ground.prepare_folder(tmp_path / "new" / "data")

    assert (tmp_path / "new" / "data").stat().st_mode & 0o077 == 0


def _hold(
    data: Path, ready: "multiprocessing.synchronize.Event", done: "multiprocessing.synchronize.Event"
) -> None:
    with ground.locked(data):
        ready.set()
        done.wait(20)


def test_two_runs_do_not_share_a_folder(data: Path) -> None:
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(data, ready, done))
    other.start()
    try:
        assert ready.wait(20)
        with (
            pytest.raises(Problem, match=rf"Another run \(process {other.pid}\) uses {data}"),
            ground.locked(data),
        ):
            pass
    finally:
        done.set()
        other.join()

    with ground.locked(data):
        assert (data / ground.LOCK_NAME).read_text().strip() == str(os.getpid())


def test_a_database_without_its_secrets_is_refused(data: Path) -> None:
    database = data / "postgres"
    database.mkdir()
    (database / "PG_VERSION").write_text("18\n", encoding="ascii")

    with pytest.raises(Problem, match=r"demo\.env is gone"):
        ground.check_secrets_kept(data, database)

    demo_env.ensure(data, ground.addresses(8000))
    ground.check_secrets_kept(data, database)
