"""make_venv.sh, on a copy with no packages to install: which Python it takes, and what it says without one."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.watchdog import REPOSITORY

SCRIPT = Path("sandbox") / "make_venv.sh"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with the script, empty requirements, and a folder `bin` that is its whole PATH for Pythons."""
    (tmp_path / "sandbox").mkdir()
    (tmp_path / "bin").mkdir()
    shutil.copy(REPOSITORY / SCRIPT, tmp_path / SCRIPT)
    for name in ("requirements.txt", "requirements-dev.txt"):
        (tmp_path / name).write_text("", encoding="ascii")
    for tool in ("sh", "cat", "cmp", "grep", "ln", "mkdir", "rm", "sort", "sleep", "tail", "dirname", "env"):
        found = shutil.which(tool)
        assert found is not None
        (tmp_path / "bin" / tool).symlink_to(found)
    return tmp_path


def program(project: Path, name: str, script: str) -> Path:
    path = project / "bin" / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="ascii")
    path.chmod(0o755)
    return path


def make_venv(project: Path, python: str = "") -> subprocess.CompletedProcess[str]:
    env = {"PATH": str(project / "bin"), "PYTHON": python, "HOME": str(project)}
    return subprocess.run(
        ["sh", SCRIPT], cwd=project, env=env, capture_output=True, text=True, timeout=60, check=False
    )


OLD = 'case "$2" in *exit*) exit 1;; *print*) echo 3.11;; esac'
BROKEN_SHIM = "echo \"pyenv: version '3.13' is not installed\" >&2; exit 1"


def test_first_run_past_a_broken_shim_then_again_then_with_changed_requirements(project: Path) -> None:
    program(project, "python3.13", BROKEN_SHIM)
    program(project, "python3.12", BROKEN_SHIM)
    program(project, "python3", f'exec {sys.executable} "$@"')

    first = make_venv(project)
    second = make_venv(project)

    assert first.returncode == 0, first.stderr
    assert "Making .venv with python3 " in first.stdout
    assert (project / ".venv" / "bin" / "pip").exists()
    assert (second.returncode, second.stdout) == (0, "")

    # Changed requirements are installed; what pip cannot install is named.
    (project / "requirements.txt").write_text(f"{project / 'no-such-folder'}\n", encoding="ascii")
    third = make_venv(project)

    assert third.returncode == 1
    assert "The packages could not be installed (ERROR:" in third.stderr
    assert "no-such-folder" in third.stderr


def test_an_interrupted_installation_is_done_anew(project: Path) -> None:
    # A Python whose virtual environments are made in no time: a link to itself, and a pip that is content.
    program(
        project,
        "python3",
        """case "$1 $2" in
        "-m venv") mkdir -p "$3/bin" && ln -s "$0" "$3/bin/python";;
        "-m pip") ;;
        *) exec REAL "$@";;
        esac""".replace("REAL", sys.executable),
    )
    (project / ".venv" / "bin").mkdir(parents=True)
    (project / ".venv" / "unfinished").touch()
    (project / ".venv" / "half-a-package").touch()

    done = make_venv(project)

    assert done.returncode == 0, done.stderr
    assert not (project / ".venv" / "half-a-package").exists()
    assert not (project / ".venv" / "unfinished").exists()
    assert (project / ".venv" / "installed-requirements.txt").exists()


@pytest.mark.parametrize("asked", ["", "old-python", "no-such-python"])
def test_an_old_python_is_one_sentence(project: Path, asked: str) -> None:
    program(project, "python3", OLD)
    program(project, "old-python", OLD)

    done = make_venv(project, asked)

    assert done.returncode == 1
    assert "AROS-Voice needs Python 3.12 or newer" in done.stderr
    assert ("3.11" in done.stderr) == (asked != "no-such-python")
    assert len(done.stderr.strip().splitlines()) == 1
    assert not (project / ".venv").exists()


def test_a_python_without_venv_is_one_sentence(project: Path) -> None:
    program(
        project,
        "python3",
        f'case "$1 $2" in "-m venv"|"-m virtualenv") exit 1;; esac; exec {sys.executable} "$@"',
    )

    done = make_venv(project)

    assert done.returncode == 1
    assert done.stderr.strip().startswith(
        "python3 cannot make virtual environments: install its venv package"
    )
    assert not (project / ".venv").exists()
