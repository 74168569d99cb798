"""The stand-in as one object: a world, its HTTP server, and the short verbs that tests and measures use."""

import base64
import time
from collections.abc import Callable, Iterable
from typing import Any

from sandbox.httpd import HttpServer, Reply, Request, as_json
from sandbox.meta.control import Control, written
from sandbox.meta.faults import Faults
from sandbox.meta.graph import GraphApi
from sandbox.meta.phone import PhonePage
from sandbox.meta.state import Line, Sent
from sandbox.meta.webhooks import FIRST_RETRY_SECONDS, Deliverer, Delivery
from sandbox.meta.world import World

Responder = Callable[[Request], Reply | None]


class Meta:
    """A running stand-in. The module's description shows every verb."""

    def __init__(
        self,
        app_secret: str,
        product_url: str,
        *,
        port: int = 0,
        lines: Iterable[Line],
        first_retry: float = FIRST_RETRY_SECONDS,
    ) -> None:
        """Serves at once. `first_retry`: seconds before a refused webhook is sent again, doubled each time."""
        self.deliverer = Deliverer(product_url, app_secret, first_retry)
        self.world = World(lines, self.deliverer)
        self._graph = GraphApi(self.world)
        self._responders: list[Responder] = [
            self._graph.answer,
            Control(self.world).answer,
            PhonePage(self.world).answer,
        ]
        self._server = HttpServer(self._answer, port)
        self.url = self._graph.url = self._server.url
        self.port = self._server.port

    def _answer(self, request: Request) -> Reply:
        for responder in self._responders:
            if (reply := responder(request)) is not None:
                return reply
        return as_json({"error": f"There is nothing at {request.method} {request.path}."}, 404)

    def close(self) -> None:
        """Stop serving; webhooks that wait are given up."""
        self._server.close()
        self.deliverer.close()

    # --- lines ----------------------------------------------------------------------------------------------

    def token(self, line: str) -> str:
        """The bearer token of this line."""
        return self.world.line(line).token

    def add_line(self, phone_number_id: str, *, waba_id: str, token: str, **more: Any) -> Line:
        """A further number, or another token for one that exists. `more`: display (digits), name."""
        line = Line(phone_number_id, waba_id, token, **more)
        with self.world.changed:
            self.world.lines[phone_number_id] = line
        return line

    # --- people ---------------------------------------------------------------------------------------------

    def write(
        self,
        line: str,
        person: str,
        text: str = "",
        *,
        type: str = "text",  # noqa: A002 - Meta's word
        content: Any = None,
        name: str = "",
        username: str = "",
        user_id: str = "",
        context: str = "",
    ) -> str:
        """A person (phone or business-scoped id) writes; the webhook is sent by a thread. Returns the wamid."""
        asked: dict[str, Any] = {
            "line": line,
            "from": person,
            "type": type,
            "name": name,
            "username": username,
        }
        asked |= {"user_id": user_id, type: text if content is None and type == "text" else content}
        asked |= {"context": context} if context else {}
        return str(written(self.world, asked)["id"])

    def write_many(
        self, line: str, person: str, messages: list[dict[str, Any]], *, name: str = ""
    ) -> list[str]:
        """Messages in Meta's shape (what lacks is added) in one webhook. Returns their wamids."""
        asked = {"line": line, "from": person, "name": name, "messages": messages}
        return list(written(self.world, asked)["ids"])

    def write_file(
        self, line: str, person: str, kind: str, content: bytes, mime_type: str, **more: Any
    ) -> str:
        """A person sends a file. `more`: caption, filename, voice, name, sha256 (hex, to lie). Returns the wamid."""
        asked = {"line": line, "from": person, "type": kind, "mime_type": mime_type, **more}
        asked["base64"] = base64.b64encode(content).decode()
        return str(written(self.world, asked)["id"])

    def react(self, line: str, person: str, wamid: str, emoji: str) -> str:
        """A person reacts to a message; "" takes the reaction back. Returns the wamid of the reaction."""
        content = {"message_id": wamid, "emoji": emoji}
        return self.write(line, person, type="reaction", content=content)

    def tap(self, line: str, person: str, sent: Sent, option: str, **more: str) -> str:
        """A person taps a row or a button by its id, or a template's quick reply by its payload. Returns the wamid."""
        if sent.type == "template":
            shown = self.world.rendered(sent)["buttons"]
            button = next(each for each in shown if each["payload"] == option)
            return self.write(line, person, type="button", content=button, context=sent.wamid, **more)
        title = dict(sent.options)[option]
        is_list = sent.body["interactive"]["type"] == "list"
        kind = "list_reply" if is_list else "button_reply"
        content = {"type": kind, kind: {"id": option, "title": title}}
        return self.write(line, person, type="interactive", content=content, context=sent.wamid, **more)

    def read(self, line: str, person: str) -> int:
        """A person opens the chat: `read` is reported for what they had not seen. Returns how many."""
        return self.world.person_reads(line, self.world.person(person))

    def close_window(self, line: str, person: str) -> None:
        """As if 24 hours had passed since this person wrote."""
        self.world.close_window(line, self.world.person(person))

    # --- what came ------------------------------------------------------------------------------------------

    @property
    def sent(self) -> list[Sent]:
        """Everything posted to /messages in order: read receipts and what was refused too."""
        return self.world.sent

    def messages(self, line: str = "", to: str = "") -> list[Sent]:
        """What was accepted for sending, of one line, for one person (phone or business-scoped id)."""
        return [
            each
            for each in self.world.sent
            if each.wamid
            and line in ("", each.phone_number_id)
            and to.lstrip("+") in ("", each.to.lstrip("+"), each.recipient)
        ]

    def wait_messages(self, count: int, *, line: str = "", to: str = "", seconds: float = 10.0) -> list[Sent]:
        """Wait for so many accepted messages and return them. Raises TimeoutError."""
        return self._wait(lambda: self.messages(line, to), count, seconds)

    def wait_sent(self, count: int, *, seconds: float = 10.0) -> list[Sent]:
        """Wait for so many entries in `sent`. Raises TimeoutError."""
        return self._wait(lambda: self.sent, count, seconds)

    def _wait(self, found: Callable[[], list[Sent]], count: int, seconds: float) -> list[Sent]:
        until = time.monotonic() + seconds
        with self.world.changed:
            while len(here := found()) < count:
                if not self.world.changed.wait(max(0.0, until - time.monotonic())):
                    raise TimeoutError(f"{len(here)} of {count} messages came in {seconds:.1f} s.")
            return here

    def clear(self) -> None:
        """Forget what was sent; people, windows and templates stay."""
        self.world.clear()

    # --- faults and webhooks --------------------------------------------------------------------------------

    def set_faults(self, **wanted: Any) -> Faults:
        """Change the faults that are named; sandbox/meta/faults.py lists them. Raises BadRequest."""
        self.world.faults = self.world.faults.changed(wanted)
        return self.world.faults

    def reset_faults(self) -> None:
        """No faults any more; what is held stays held until `release`."""
        self.world.faults = Faults()

    def release(self, order: Callable[[list[Delivery]], None] | None = None) -> int:
        """Send the webhooks that are held, in an order of yours (random.shuffle). Returns how many."""
        return self.deliverer.release(order)

    def payload(self, line: str, **parts: list[dict[str, Any]]) -> dict[str, Any]:
        """A webhook's payload of one line: messages, contacts, statuses, in Meta's shapes."""
        return self.world.payload(line, **parts)

    def post(self, payload: Any) -> int:
        """Send a payload (or raw bytes), signed, once and now. Returns the HTTP status, 0 without an answer."""
        return self.deliverer.send_now(payload)

    def deliver(self, payload: Any) -> None:
        """Send a payload like any other webhook: through the faults, again until it is answered with 200."""
        self.world.deliver(payload)

    def wait_idle(self, seconds: float = 10.0) -> bool:
        """Wait until every webhook was answered with 200; False when that takes longer."""
        return self.deliverer.wait_idle(seconds)

    def verify_webhook(self, token: str) -> bool:
        """Meta's GET with a challenge: whether the product knows this verify token."""
        return self.deliverer.verify(token)
