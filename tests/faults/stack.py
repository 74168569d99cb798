"""Everything of one run: servers, two shops, the product's programs, the stand-in for Meta, the scripted model."""

import secrets
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import psycopg

from sandbox.meta import Meta, meta_server
from sandbox.model_stub import ModelStub, model_stub
from sandbox.postgres import free_port
from tests.faults import programs
from tests.faults.programs import Program
from tests.faults.script import SCENES
from tests.faults.servers import Servers, running

SHOPS = (
    ("Officina Rossi", "officina-rossi", "+390212345678", "rossi"),
    ("Carrozzeria Bianchi", "carrozzeria-bianchi", "+390287654321", "bianchi"),
)
LINES = tuple(f"wa-{short}" for _name, _slug, _phone, short in SHOPS)
SCHEMAS = {f"wa-{short}": f"shop_{slug.replace('-', '_')}" for _name, slug, _phone, short in SHOPS}
# Shorter than in production, so that what waits for a clock is seen within a minute.
CLOCKS = {
    "SWEEP_SECONDS": "2",
    "TURN_LEASE_SECONDS": "8",
    "AI_TURN_SECONDS": "6",
    "WHATSAPP_TIMEOUT": "3.5",
    "WHATSAPP_LOST_RESPONSE_SECONDS": "9",
    "BURST_WAIT_SECONDS": "0.2",
}
MODEL_MS = 200.0


class Stack:
    """The running product and what it stands on. `programs` by name: web, conversations, outbound, beat."""

    def __init__(
        self, servers: Servers, meta: Meta, model: ModelStub, values: dict[str, str], logs: Path
    ) -> None:
        self.servers, self.meta, self.model, self.logs = servers, meta, model, logs
        env = programs.environment(values)
        app = {name: value for name, value in env.items() if name != "DATABASE_OWNER_URL"}
        app["AROS_DATABASE_AS"] = "app"
        workers = app | {"DATABASE_POOL": "16"}
        port, dog = int(values["PORT"]), servers.watchdog
        made = (
            programs.web(app, port, logs / "web.log", dog),
            programs.worker("conversations", "conversations", 32, workers, logs / "conversations.log", dog),
            programs.worker("outbound", "outbound,default", 16, workers, logs / "outbound.log", dog),
            programs.beat(app, logs / "beat-schedule", logs / "beat.log", dog),
        )
        self.programs: dict[str, Program] = {each.name: each for each in made}
        self.fallen: list[str] = []
        self._env, self._seen = env, dict.fromkeys(self.programs, 0)

    def prepare(self) -> None:
        """Tables, then the two shops with their numbers, by the product's own commands."""
        programs.manage(self._env, "migrate")
        errors: list[Exception] = []
        threads = [threading.Thread(target=self._make_shop, args=(errors, *shop)) for shop in SHOPS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if errors:
            raise errors[0]

    def _make_shop(self, errors: list[Exception], name: str, slug: str, phone: str, short: str) -> None:
        line = f"wa-{short}"
        who = ("--domain", f"{short}.example", "--phone", phone, "--manager-email", f"anna@{short}.example")
        try:
            programs.manage(
                self._env, "create_shop", "--name", name, *who, MANAGER_PASSWORD=secrets.token_urlsafe(12)
            )
            where = ("--whatsapp", line, "--number", phone, "--waba", f"waba-{short}")
            programs.manage(
                self._env, "set_line", "--shop", slug, *where, WHATSAPP_TOKEN=self.meta.token(line)
            )
        except Exception as error:
            errors.append(error)

    def start(self) -> None:
        """Start every program and wait until all of them work."""
        for program in self.programs.values():
            if not program.runs:
                program.start(wait=False)
        for program in self.programs.values():
            program.wait_ready()

    def mend(self) -> None:
        """As at the beginning, whatever a test left behind."""
        self.meta.reset_faults()
        self.servers.mend()
        self.fallen += [each.name for each in self.programs.values() if each.has_fallen]
        self.start()

    def stop(self) -> None:
        """End every program."""
        for program in self.programs.values():
            program.ask_to_stop()
        for program in self.programs.values():
            program.stop()

    def superuser(self) -> psycopg.Connection[Any]:
        """A look at all shops' rows."""
        return self.servers.superuser()

    def new_logs(self) -> dict[str, str]:
        """What every program has said since the last time this was asked, by name."""
        news = {}
        for name, program in self.programs.items():
            text = program.log.read_bytes() if program.log.exists() else b""
            news[name], self._seen[name] = text[self._seen[name] :].decode(errors="replace"), len(text)
        return news


@contextmanager
def stack(folder: Path) -> Iterator[Stack]:
    """The whole of it for the time of the block; no process is left afterwards."""
    port, secret = free_port(), secrets.token_hex(16)
    with ExitStack() as closing:
        servers = closing.enter_context(running())
        meta = closing.enter_context(meta_server(secret, f"http://127.0.0.1:{port}", first_retry=0.3))
        model = closing.enter_context(model_stub(SCENES, latency_ms=MODEL_MS))
        values = {
            **servers.addresses,
            **CLOCKS,
            "AROS_ENV": "development",
            "DJANGO_SETTINGS_MODULE": "aros.settings",
            "PORT": str(port),
            "PUBLIC_URL": f"http://localhost:{port}",
            "MEDIA_ROOT": str(folder / "media"),
            "LOG_FORMAT": "json",
            "VAPI_WEBHOOK_SECRET": secrets.token_hex(16),
            "WHATSAPP_APP_SECRET": secret,
            "WHATSAPP_VERIFY_TOKEN": secrets.token_hex(16),
            "WHATSAPP_API_URL": meta.url,
            "OPENAI_API_KEY": "sk-scripted",
            "OPENAI_BASE_URL": model.url,
            "EMAIL_URL": "dummymail://",
        }
        made = Stack(servers, meta, model, values, folder)
        made.prepare()
        closing.callback(made.stop)
        made.start()
        yield made
