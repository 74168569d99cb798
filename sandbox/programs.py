"""The programs of the product on a laptop: web, worker and clock, under honcho, until somebody stops them."""

import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

from sandbox import processes
from sandbox.problems import Problem
from sandbox.steps import say
from sandbox.watchdog import REPOSITORY, Watchdog

WEB_SECONDS = 60.0
# honcho gives its programs five seconds before it kills them.
STOP_SECONDS = 12.0
# On a laptop this says nothing new: `make run` works as root too.
EXPECTED_WARNINGS = "ignore:You're running the worker with superuser"
FOR_OUTSIDE_ONLY = ("_EMAIL", "_PASSWORD")


def environment(values: dict[str, str], data: Path) -> dict[str, str]:
    """What manage.py and the programs get: the caller's environment, demo.env without logins, our folders."""
    ours = {name: value for name, value in values.items() if not name.endswith(FOR_OUTSIDE_ONLY)}
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    fixed = {
        "DJANGO_SETTINGS_MODULE": "aros.settings",
        "AROS_DATABASE_AS": "owner",  # of manage.py; the programs get another one in the Procfile
        "PATH": path,
        "MEDIA_ROOT": str(data / "media"),
        "PYTHONUNBUFFERED": "1",
        "PYTHONWARNINGS": EXPECTED_WARNINGS,
    }
    return os.environ | ours | fixed


def procfile(port: int, data: Path) -> str:
    """The programs as honcho reads them. None of them knows the owner's login."""
    app = "env -u DATABASE_OWNER_URL AROS_DATABASE_AS=app"
    worker = "celery --quiet -A aros worker --without-gossip --without-mingle --pool threads"
    schedule = shlex.quote(str(data / "beat-schedule"))
    programs = {
        "web": f"{app} AROS_SERVICE=web gunicorn aros.wsgi:application --bind 127.0.0.1:{port} "
        "--no-control-socket --log-level warning",  # the rest stands in gunicorn.conf.py
        "worker": f"{app} AROS_SERVICE=worker {worker} --queues default --concurrency 4 --hostname worker@%h",
        "beat": f"{app} AROS_SERVICE=beat celery --quiet -A aros beat --schedule {schedule} --pidfile=",
    }
    return "".join(f"{name}: exec {command}\n" for name, command in programs.items())


def run_until_stopped(
    port: int, data: Path, values: dict[str, str], env: dict[str, str], watchdog: Watchdog
) -> None:
    """Start the programs, tell where they are, and wait. Raises Problem when one of them ends by itself."""
    file = data / "Procfile"
    file.write_text(procfile(port, data), encoding="utf-8")
    honcho = subprocess.Popen(
        [sys.executable, "-m", "honcho", "start", "--procfile", str(file), "--env", os.devnull],
        cwd=REPOSITORY,
        env=env,
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C reaches us alone: we end honcho, and honcho its programs
    )
    watchdog.watch("process", honcho.pid)
    try:
        _wait_for_web(port, honcho)
        say(table(values, data))
        honcho.wait()
    finally:
        processes.end_family(honcho.pid, STOP_SECONDS)
        honcho.wait()
        watchdog.forget("process", honcho.pid)
    raise _ended()


def table(values: dict[str, str], data: Path) -> str:
    """Addresses, logins and what to try next."""
    folder = "" if data == REPOSITORY / "var" else f" DATA={shlex.quote(str(data))}"
    line = "─" * 78
    return "\n".join(
        [
            "",
            line,
            "  AROS-Voice runs                          (Ctrl-C stops it, the data stays)",
            "",
            *_addresses(values),
            "  Try next, in another terminal:",
            f"    make call{folder}",
            "        a caller books an appointment at Officina Rossi; see it in the admin",
            *_curl(values, data),
            "        what Vapi is told when a call for Officina Rossi comes in",
            "",
            f"  Secrets and logins   {data / 'demo.env'}",
            f"  Logs of the servers  {data / 'logs'}",
            line,
        ]
    )


def _addresses(values: dict[str, str]) -> list[str]:
    rows = [
        ("Platform", "PLATFORM", "OPERATOR"),
        ("Officina Rossi", "ROSSI", "ROSSI_MANAGER"),
        ("Carrozzeria Bianchi", "BIANCHI", "BIANCHI_MANAGER"),
    ]
    lines: list[str] = []
    for name, where, who in rows:
        lines += [
            f"  {name:<20} {values[f'{where}_URL']}/admin/",
            f"  {'':<20} {values[f'{who}_EMAIL']}   {values[f'{who}_PASSWORD']}",
            "",
        ]
    return lines


def _curl(values: dict[str, str], data: Path) -> list[str]:
    return [
        f"    . {shlex.quote(str(data / 'demo.env'))}",
        f"    curl -s {values['PLATFORM_URL']}/api/vapi/webhook \\",
        '      -H "X-Vapi-Secret: $VAPI_WEBHOOK_SECRET" -H "Content-Type: application/json" \\',
        """      -d '{"message":{"type":"assistant-request","call":{"id":"prova",""",
        """        "phoneNumberId":"line-rossi","customer":{"number":"+393401234567"}}}}'""",
    ]


def _wait_for_web(port: int, honcho: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WEB_SECONDS
    while not answers(port):
        if honcho.poll() is not None:
            raise _ended()
        if time.monotonic() > until:
            raise Problem(
                f"The web server does not answer on port {port} after {WEB_SECONDS:.0f} s: the lines above say "
                "what it does; run again when that is mended."
            )
        time.sleep(0.1)


def answers(port: int) -> bool:
    """Whether the platform answers on this port of this computer."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/healthz", headers={"Host": f"localhost:{port}"}
    )
    try:
        with urllib.request.urlopen(request, timeout=5) as response:  # noqa: S310 - our own http address
            return bool(response.status == 200)
    except (OSError, urllib.error.HTTPError):
        return False


def _ended() -> Problem:
    return Problem(
        "One of the programs ended by itself and the others were stopped: the lines above say which and why. "
        "Mend what they name, then run again; the data is kept."
    )
