"""A product of four lines: takes the signed webhook, keeps it, and talks to the Graph API."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import requests

from sandbox.httpd import HttpServer, Reply, Request
from sandbox.meta import Meta, meta_server

SECRET = "the app secret of the sandbox's tests"
ANNA = "+393331234567"


class Product:
    """Answers the webhook with `status`; what was signed well and taken stands in `payloads`, in order."""

    def __init__(self) -> None:
        self.status = 200
        self.payloads: list[dict[str, Any]] = []
        self.unsigned = 0
        self.on_message: Callable[[dict[str, Any], str], None] = lambda message, line: None
        self._changed = threading.Condition()
        self.server = HttpServer(self._answer)

    def _answer(self, request: Request) -> Reply:
        if request.method == "GET":
            good = request.query["hub.verify_token"] == "the token"
            return Reply(200 if good else 403, request.query["hub.challenge"].encode(), "text/plain")
        wanted = hmac.new(SECRET.encode(), request.body, hashlib.sha256).hexdigest()
        with self._changed:
            if request.headers.get("x-hub-signature-256") != f"sha256={wanted}":
                self.unsigned += 1
                return Reply(401)
            status = self.status
            if status == 200:
                self.payloads.append(request.json())
                self._changed.notify_all()
        if status == 200:
            for value in [request.json()["entry"][0]["changes"][0]["value"]]:
                for message in value.get("messages", []):
                    self.on_message(message, value["metadata"]["phone_number_id"])
        return Reply(status)

    def values(self, part: str) -> list[dict[str, Any]]:
        """All messages, statuses or contacts that came, in order."""
        with self._changed:
            values = [change["value"] for each in self.payloads for change in each["entry"][0]["changes"]]
        return [item for value in values for item in value.get(part, [])]

    def wait(self, part: str, count: int, seconds: float = 5.0) -> list[dict[str, Any]]:
        with self._changed:
            assert self._changed.wait_for(lambda: len(self.values(part)) >= count, seconds), self.values(part)
        return self.values(part)


class Shop:
    """Sends what a shop sends, to the stand-in."""

    def __init__(self, meta: Meta, line: str = "wa-rossi") -> None:
        self.meta, self.line, self.token = meta, line, meta.token(line)
        self.http = requests.Session()

    def send(self, to: str = ANNA, **message: Any) -> requests.Response:
        who = {"recipient": to} if to.startswith("IT.") else {"to": to}
        return self.post({"messaging_product": "whatsapp", **who, **message})

    def say(self, text: str, to: str = ANNA, **more: Any) -> requests.Response:
        return self.send(to, type="text", text={"body": text}, **more)

    def post(self, body: Any, path: str = "") -> requests.Response:
        return self.call("POST", path or f"{self.line}/messages", json=body)

    def call(self, method: str, path: str, **more: Any) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        return self.http.request(method, f"{self.meta.url}/v25.0/{path}", headers=headers, timeout=10, **more)


@contextmanager
def stage() -> Iterator[tuple[Meta, Product, Shop]]:
    """A stand-in, a product that it talks to, and the first shop. Refused webhooks come again after 20 ms."""
    product = Product()
    with product.server, meta_server(SECRET, product.server.url, first_retry=0.02) as meta:
        yield meta, product, Shop(meta)
