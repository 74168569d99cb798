"""The embedded PostgreSQL: made once, mended when half-made, its logins without rights they do not need."""

import os
import stat
from pathlib import Path

import psycopg
import pytest

from sandbox import place as places
from sandbox.place import Place
from sandbox.postgres import EmbeddedPostgres
from sandbox.problems import Problem
from sandbox.processes import postmaster


def modes_above(path: Path) -> dict[Path, int]:
    return {parent: stat.S_IMODE(parent.stat().st_mode) for parent in path.parents}


def test_data_is_kept_and_the_next_start_listens_anew(postgres: EmbeddedPostgres, data: Path) -> None:
    above = modes_above(data)
    postgres.start()
    postgres.bootstrap("first-owner", "first-app")
    with psycopg.connect(postgres.url("aros_owner", "first-owner")) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 7 AS number")
    postgres.stop()
    assert postmaster(postgres.data) is None

    postgres.start()
    postgres.bootstrap("second-owner", "second-app")

    with psycopg.connect(postgres.url("aros_owner", "second-owner")) as owner:
        assert owner.execute("SELECT number FROM kept").fetchone() == (7,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(postgres.url("aros_owner", "first-owner"))
    assert modes_above(data) == above


def test_as_root_an_unprivileged_account_owns_server_and_data(postgres: EmbeddedPostgres, data: Path) -> None:
    postgres.start()
    places.link_into_data(postgres.place, data)

    pid = postmaster(postgres.data)
    assert pid is not None
    runner = Path(f"/proc/{pid}").stat().st_uid if Path("/proc/self").exists() else os.geteuid()
    assert runner == postgres.data.stat().st_uid != 0
    assert (data / "postgres").resolve() == postgres.data.resolve()
    if os.geteuid() == 0:
        assert data not in postgres.data.parents
        assert all(parent.stat().st_mode & stat.S_IXOTH for parent in postgres.data.parents)


@pytest.mark.parametrize("left", [["PG_VERSION"], ["base/1", "global"], []])
def test_a_half_made_folder_is_made_anew(postgres: EmbeddedPostgres, left: list[str]) -> None:
    postgres.place.make_folder("postgres")
    for name in left:
        (postgres.data / name).mkdir(parents=True)
    (postgres.place.make_folder("postgres.making-1a2b") / "half").write_text("written", encoding="ascii")

    postgres.start()

    assert postmaster(postgres.data) is not None
    assert list(postgres.place.folder.glob("postgres.making*")) == []


def test_a_folder_of_something_else_is_left_alone(postgres: EmbeddedPostgres) -> None:
    postgres.place.make_folder("postgres")
    (postgres.data / "thesis.txt").write_text("years of work", encoding="ascii")

    with pytest.raises(Problem, match=r"is no database of AROS-Voice.*DATA="):
        postgres.start()

    assert (postgres.data / "thesis.txt").exists()


def test_another_version_is_refused_in_words(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "PG_VERSION").write_text("16\n", encoding="ascii")

    with pytest.raises(Problem, match=r"made by PostgreSQL 16, and this is PostgreSQL 18: choose"):
        postgres.start()


def test_a_damaged_folder_is_refused_with_its_log(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    postgres.stop()
    (postgres.data / "global" / "pg_control").write_bytes(b"x" * 8192)

    with pytest.raises(Problem, match=r"(?s)did not start; its log .*postgres\.log ends:.*run again"):
        postgres.start()


def test_a_stale_pid_file_that_names_another_process_harms_nobody(postgres: EmbeddedPostgres) -> None:
    postgres.start()
    pid_file = postgres.data / "postmaster.pid"
    lines = pid_file.read_text(encoding="ascii").splitlines()
    postgres.stop()
    # After a crash and a reboot the number may belong to anybody: here to this very test.
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:]]) + "\n", encoding="ascii")
    os.chown(pid_file, postgres.data.stat().st_uid, postgres.data.stat().st_gid)

    assert postmaster(postgres.data) is None
    postgres.stop()
    postgres.start()

    assert postmaster(postgres.data) not in (None, os.getpid())


def test_a_server_that_a_killed_run_left_is_taken_over(place: Place, postgres: EmbeddedPostgres) -> None:
    postgres.start()
    left = postmaster(postgres.data)

    again = EmbeddedPostgres(place, throwaway=True)
    again.start()

    assert postmaster(postgres.data) not in (None, left)
    with psycopg.connect(again.url("postgres", again.superuser_password)) as connection:
        assert connection.execute("SHOW port").fetchone() == (str(again.port),)
