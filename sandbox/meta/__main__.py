"""`python -m sandbox.meta --port 8001 --product http://127.0.0.1:8000 [--data FOLDER]`: the stand-in as a program.

From the environment: WHATSAPP_APP_SECRET signs the webhooks; WHATSAPP_TOKEN_ROSSI and WHATSAPP_TOKEN_BIANCHI are the
tokens of the two lines; META_FAULTS holds faults as JSON (sandbox/meta/faults.py). With --data it remembers chats,
templates and files over a restart.
"""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from sandbox.httpd import BadRequest
from sandbox.meta.demo import demo
from sandbox.meta.server import Meta


def main(arguments: list[str] | None = None) -> int:
    """Serve until Ctrl-C or SIGTERM; 1 with one sentence when it cannot begin."""
    parser = argparse.ArgumentParser(prog="python -m sandbox.meta")
    parser.add_argument("--port", type=int, default=8001)
    parser.add_argument("--product", default="http://127.0.0.1:8000", help="the platform's address")
    parser.add_argument("--data", type=Path, help="folder that remembers; without it everything is forgotten")
    given = parser.parse_args(arguments)
    if not os.environ.get("WHATSAPP_APP_SECRET"):
        return _refuse("Set WHATSAPP_APP_SECRET: webhooks are signed with it.")
    try:
        with demo(given.port, given.product, os.environ, given.data) as meta:
            meta.set_faults(**json.loads(os.environ.get("META_FAULTS") or "{}"))
            _wait(meta)
    except OSError as error:
        return _refuse(f"Port {given.port} cannot be opened ({error.strerror}).")
    except (ValueError, TypeError, BadRequest) as error:
        return _refuse(f"META_FAULTS cannot be read: {error}")
    return 0


def _wait(meta: Meta) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    print(
        f"The stand-in for Meta answers at {meta.url}; the phone is http://localhost:{meta.port}/", flush=True
    )
    stop.wait()


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
