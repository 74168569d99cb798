"""`python -m sandbox.run --port 8000 --data var`: the whole product on a laptop, with two demo shops.

Starts the embedded PostgreSQL and Valkey (or uses the servers that DATABASE_URL, DATABASE_OWNER_URL and REDIS_URL
name), migrates, makes the demo shops, then runs web, workers, clock and, on the next port, the stand-in for Meta with
its phone, under honcho until Ctrl-C. Exit code 0 when it was asked to stop, 1 with one clear sentence when something
is in the way.
"""

import argparse
import contextlib
import os
import signal
import sys
import traceback
from pathlib import Path
from types import FrameType

from sandbox import demo_env, ground, programs
from sandbox import place as places
from sandbox.meta import Meta
from sandbox.meta import demo as meta
from sandbox.postgres import EmbeddedPostgres
from sandbox.problems import Problem
from sandbox.steps import Stamp, demo_steps, run_steps, say, steps_with_meta
from sandbox.valkey import EmbeddedValkey
from sandbox.watchdog import Watchdog

STAMP_NAME = "aros-demo-steps.json"
SERVER_ADDRESSES = ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")


class Stopped(BaseException):
    """Somebody asked us to stop: Ctrl-C, or a signal."""


def main(arguments: list[str] | None = None) -> int:
    """Run until asked to stop; returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.run", description="AROS-Voice on this computer.")
    parser.add_argument("--port", default="8000", help="port of the web server (default: 8000)")
    parser.add_argument("--data", default="var", help="folder for data, logs and secrets (default: var)")
    given = parser.parse_args(arguments)
    data = Path(given.data).expanduser().absolute()
    try:
        _listen_to_signals()
        _run(ground.checked_port(given.port), data)
    except Stopped:
        say("Stopped.")
        return 0
    except Problem as problem:
        return _refuse(str(problem))
    except OSError as error:
        return _refuse(
            f"{error.strerror or error}{f': {error.filename}' if error.filename else ''}. Look at that, then run again."
        )
    except Exception:  # noqa: BLE001 - people get a sentence, the log the traceback
        return _refuse(_unforeseen(data))
    return 0


def _run(port: int, data: Path) -> None:
    ground.check_python()
    ground.prepare_folder(data)
    with ground.locked(data) as lock, Watchdog(keep_open=lock) as watchdog:
        ground.check_ports_free(port)
        say(f"AROS-Voice starts; everything it keeps is in {data}")
        with contextlib.ExitStack() as servers:
            addresses = ground.addresses(port)
            given = _given_servers()
            values, stamp = (
                (demo_env.ensure(data, addresses | given), Stamp(None))
                if len(given) == len(SERVER_ADDRESSES)
                else _start_servers(data, addresses, given, watchdog, servers)
            )
            env = programs.environment(values, data)
            run_steps(demo_steps(values), stamp, env, data / "logs", watchdog)
            with _meta(port, values, data):
                run_steps(steps_with_meta(), stamp, env, data / "logs", watchdog)
            programs.run_until_stopped(port, data, values, env, watchdog)


def _meta(port: int, values: dict[str, str], data: Path) -> contextlib.AbstractContextManager[Meta]:
    """The stand-in for Meta within this process, until it is started as a program of its own."""
    return meta.demo(ground.phone_port(port), values["PLATFORM_URL"], values, data / programs.META_FOLDER)


def _given_servers() -> dict[str, str]:
    """The addresses of real servers in the environment; the two of the database come together or not at all."""
    given = {name: os.environ[name] for name in SERVER_ADDRESSES if os.environ.get(name)}
    if ("DATABASE_URL" in given) != ("DATABASE_OWNER_URL" in given):
        raise Problem(
            "Set DATABASE_URL (the application's login, which owns nothing) and DATABASE_OWNER_URL (the owner's) "
            "together, or neither to use the embedded database."
        )
    return given


def _start_servers(
    data: Path,
    addresses: dict[str, str],
    given: dict[str, str],
    watchdog: Watchdog,
    servers: contextlib.ExitStack,
) -> tuple[dict[str, str], Stamp]:
    """Start the embedded servers that nobody named an address for; they are stopped when `servers` closes."""
    place = places.for_data(data)
    places.forget_orphan(place, data)
    places.link_into_data(place, data)
    postgres = EmbeddedPostgres(place)
    ground.check_secrets_kept(data, postgres.data)
    secrets = demo_env.ensure(data, addresses)
    embedded: dict[str, str] = {}
    if "REDIS_URL" not in given:
        valkey = EmbeddedValkey(place, secrets["VALKEY_PASSWORD"])
        watchdog.watch("valkey", valkey.data)
        servers.callback(valkey.stop)
        valkey.start()
        embedded["REDIS_URL"] = valkey.url
    stamp = Stamp(None)
    if "DATABASE_URL" not in given:
        watchdog.watch("postgres", postgres.data)
        servers.callback(postgres.stop)
        postgres.start(lambda text: say(f"  {text}"))
        postgres.bootstrap(secrets["AROS_OWNER_PASSWORD"], secrets["AROS_APP_PASSWORD"])
        embedded["DATABASE_URL"] = postgres.url("aros_app", secrets["AROS_APP_PASSWORD"])
        embedded["DATABASE_OWNER_URL"] = postgres.url("aros_owner", secrets["AROS_OWNER_PASSWORD"])
        embedded["PG_BIN"] = str(place.programs.postgres)
        stamp = Stamp(postgres.data / STAMP_NAME)
    say("  PostgreSQL and Valkey are up")
    return demo_env.ensure(data, addresses | given | embedded), stamp


def _listen_to_signals() -> None:
    """The first signal raises Stopped; those that come while we stop are ignored."""

    def stop(_number: int, _frame: FrameType | None) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)
        say("\nStopping …")
        raise Stopped

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def _refuse(sentence: str) -> int:
    with contextlib.suppress(OSError):
        print(f"\n{sentence}", file=sys.stderr, flush=True)
    return 1


def _unforeseen(data: Path) -> str:
    log = data / "logs" / "run.log"
    with contextlib.suppress(OSError):
        log.write_text(traceback.format_exc(), encoding="utf-8")
    error = sys.exc_info()[1]
    return f"Something unforeseen went wrong ({type(error).__name__}): the details are in {log}."


if __name__ == "__main__":
    sys.exit(main())
