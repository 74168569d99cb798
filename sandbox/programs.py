"""The programs on a laptop: web, workers, clock and the stand-in for Meta, under honcho, until somebody stops them."""

import os
import shlex
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from sandbox import ground, processes
from sandbox.problems import Problem
from sandbox.steps import say
from sandbox.watchdog import REPOSITORY, Watchdog

WEB_SECONDS = 60.0
# honcho gives its programs five seconds before it kills them.
STOP_SECONDS = 12.0
# On a laptop this says nothing new: `make run` works as root too.
EXPECTED_WARNINGS = "ignore:You're running the worker with superuser"
META_FOLDER = "meta"
FOR_OUTSIDE_ONLY = ("_EMAIL", "_PASSWORD")
# The product keeps the tokens encrypted in its database: only the stand-in gets them in the open, and it gets no more.
TOKENS = ("WHATSAPP_TOKEN_ROSSI", "WHATSAPP_TOKEN_BIANCHI")
NOT_FOR_META = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL", "SECRET_KEY", "FIELD_ENCRYPTION_KEYS")
# A turn mostly waits for the model; connections are shared by the threads of a worker.
CONVERSATION_THREADS, OTHER_THREADS, WORKER_CONNECTIONS = 48, 16, 16


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
    usual = {
        # Four slashes: what comes after three is taken for relative.
        "EMAIL_URL": f"filemail:///{quote(str(data / 'mail'))}",
        "OPERATOR_EMAILS": values.get("OPERATOR_EMAIL", ""),
    }
    return usual | os.environ | ours | fixed


def procfile(port: int, data: Path) -> str:
    """The programs as honcho reads them. None but the one that makes shops knows the owner's login."""
    app = f"env -u DATABASE_OWNER_URL {without(*TOKENS)} AROS_DATABASE_AS=app"
    schedule = shlex.quote(str(data / "beat-schedule"))
    programs = {
        "web": f"{app} AROS_SERVICE=web gunicorn aros.wsgi:application --bind 127.0.0.1:{port} "
        "--no-control-socket --log-level warning",  # the rest stands in gunicorn.conf.py
        "conversations": _worker(app, "conversations", "conversations", CONVERSATION_THREADS),
        "worker": _worker(app, "worker", "outbound,default", OTHER_THREADS),
        "provision": f"env {without(*TOKENS)} AROS_DATABASE_AS=owner AROS_SERVICE=provision celery --quiet -A aros "
        "worker --without-gossip --without-mingle --pool threads --queues provision --concurrency 1 "
        "--hostname provision@%h",
        "beat": f"{app} AROS_SERVICE=beat celery --quiet -A aros beat --schedule {schedule} --pidfile=",
        "meta": f"env {without(*NOT_FOR_META)} python -m sandbox.meta --port {ground.phone_port(port)} "
        f"--product http://127.0.0.1:{port} --data {shlex.quote(str(data / META_FOLDER))}",
    }
    return "".join(f"{name}: exec {command}\n" for name, command in programs.items())


def without(*names: str) -> str:
    """Arguments of `env` that take these variables away."""
    return " ".join(f"-u {name}" for name in names)


def _worker(app: str, name: str, queues: str, threads: int) -> str:
    return (
        f"{app} AROS_SERVICE={name} DATABASE_POOL={WORKER_CONNECTIONS} celery --quiet -A aros worker --without-gossip "
        f"--without-mingle --pool threads --queues {queues} --concurrency {threads} --hostname {name}@%h"
    )


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
        _wait_for("The web server", port, lambda: answers(port), honcho)
        phone = ground.phone_port(port)
        _wait_for("The stand-in for Meta", phone, lambda: _found(f"http://127.0.0.1:{phone}/_health"), honcho)
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
            "  Try next:",
            f"    {values['ROSSI_URL']}/",
            "        the shop's own page: book in four steps, or write in the chat",
            f"    {values['PHONE_URL']}/",
            '        a phone with WhatsApp, in the browser: write to a shop ("vorrei un tagliando")',
            f"    make call{folder}",
            "        a caller books an appointment at Officina Rossi; see it in the admin",
            *_curl(values, data),
            "        what Vapi is told when a call for Officina Rossi comes in",
            "",
            f"  Secrets and logins   {data / 'demo.env'}",
            f"  Logs of the servers  {data / 'logs'}",
            f"  Mails, as files      {data / 'mail'}",
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


def _wait_for(what: str, port: int, answers: Callable[[], bool], honcho: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + WEB_SECONDS
    while not answers():
        if honcho.poll() is not None:
            raise _ended()
        if time.monotonic() > until:
            raise Problem(
                f"{what} does not answer on port {port} after {WEB_SECONDS:.0f} s: the lines above say "
                "what it does; run again when that is mended."
            )
        time.sleep(0.1)


def answers(port: int) -> bool:
    """Whether the platform answers on this port of this computer."""
    return _found(f"http://127.0.0.1:{port}/healthz", host=f"localhost:{port}")


def _found(url: str, host: str = "") -> bool:
    request = urllib.request.Request(url, headers={"Host": host} if host else {})  # noqa: S310 - our own http address
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
