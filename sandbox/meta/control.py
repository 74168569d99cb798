"""The knobs of the stand-in, over HTTP: what was received, people who write, faults. Addresses begin with `/_`."""

import base64
import binascii
import random
from collections.abc import Callable
from typing import Any

from sandbox.httpd import BadRequest, Reply, Request, as_json
from sandbox.meta.faults import Faults
from sandbox.meta.state import Line, Person
from sandbox.meta.world import World

FILE_KINDS = ("image", "audio", "video", "document", "sticker")
HERE = ("127.0.0.1", "localhost")
Json = dict[str, Any]


class Control:
    """Answers the addresses under `/_`."""

    def __init__(self, world: World) -> None:
        self.world = world

    def answer(self, request: Request) -> Reply | None:
        """The answer, or None when the address is not one of these."""
        name, method = request.path, request.method
        if method == "GET" and name == "/_health":
            return as_json(self._health())
        if method == "GET" and name == "/_sent":
            return as_json(self._sent(request.query))
        if method == "GET" and name == "/_faults":
            return as_json(self.world.faults.described())
        if (method, name) not in self._changes():
            return None
        refuse_other_sites(request)
        return self._changes()[method, name](request)

    def _changes(self) -> dict[tuple[str, str], Callable[[Request], Reply]]:
        return {
            ("DELETE", "/_sent"): self._clear,
            ("POST", "/_faults"): self._set_faults,
            ("DELETE", "/_faults"): self._reset_faults,
            ("POST", "/_write"): self._write,
            ("POST", "/_read"): self._read,
            ("POST", "/_window"): self._window,
            ("POST", "/_deliver"): self._deliver,
            ("POST", "/_webhook"): self._webhook,
            ("POST", "/_lines"): self._lines,
            ("POST", "/_templates"): self._template_status,
        }

    def _health(self) -> Json:
        deliverer = self.world.deliverer
        return {
            "status": "ok",
            "lines": sorted(self.world.lines),
            "webhook": deliverer.url,
            "webhooks_delivered": deliverer.delivered,
            "webhooks_waiting": deliverer.waiting,
            "webhooks_held": deliverer.held,
            "webhooks_refused": deliverer.refused[-5:],
        }

    def _sent(self, query: dict[str, str]) -> list[Json]:
        since = int(query["since"]) if query.get("since", "").isdecimal() else 0
        line, to = query.get("phone_number_id", ""), query.get("to", "")
        return [
            each.described()
            for each in self.world.sent
            if each.id > since
            and line in ("", each.phone_number_id)
            and to.lstrip("+ ") in ("", each.to.lstrip("+"), each.recipient)
        ]

    def _clear(self, request: Request) -> Reply:
        self.world.clear()
        return as_json({"success": True})

    def _set_faults(self, request: Request) -> Reply:
        wanted = request.json()
        if not isinstance(wanted, dict):
            raise BadRequest("The faults have to be a JSON object.")
        self.world.faults = self.world.faults.changed(wanted)
        return as_json(self.world.faults.described())

    def _reset_faults(self, request: Request) -> Reply:
        self.world.faults = Faults()
        return as_json(self.world.faults.described())

    def _write(self, request: Request) -> Reply:
        return as_json(written(self.world, request.json()))

    def _read(self, request: Request) -> Reply:
        asked = request.json()
        line, person = _line_and_person(self.world, asked)
        return as_json({"read": self.world.person_reads(line.phone_number_id, person)})

    def _window(self, request: Request) -> Reply:
        line, person = _line_and_person(self.world, request.json())
        self.world.close_window(line.phone_number_id, person)
        return as_json({"success": True})

    def _deliver(self, request: Request) -> Reply:
        orders = {"shuffled": random.shuffle, "reversed": list.reverse}
        order = orders.get(request.json().get("order", ""))
        return as_json({"released": self.world.deliverer.release(order)})

    def _webhook(self, request: Request) -> Reply:
        return as_json({"status": self.world.deliverer.send_now(request.json())})

    def _lines(self, request: Request) -> Reply:
        try:
            line = Line(**request.json())
        except TypeError as error:
            raise BadRequest(f"A line has phone_number_id, waba_id and token: {error}.") from error
        with self.world.changed:
            self.world.lines[line.phone_number_id] = line
        return as_json({"lines": sorted(self.world.lines)})

    def _template_status(self, request: Request) -> Reply:
        asked = request.json()
        for account, existing in self.world.templates.items():
            for template in existing:
                if template["name"] == asked.get("name"):
                    self.world.template_status(account, template, str(asked.get("status", "APPROVED")))
        return as_json({"success": True})


def refuse_other_sites(request: Request) -> None:
    """A page of another site may not press the knobs of this computer. Raises BadRequest."""
    host = request.headers.get("host", "").rpartition(":")[0] or request.headers.get("host", "")
    origin = request.headers.get("origin", "")
    if host not in HERE:
        raise BadRequest("This is for this computer only: use 127.0.0.1 or localhost.")
    if origin and origin.partition("://")[2] != request.headers.get("host"):
        raise BadRequest("Another site may not do this.")


def written(world: World, asked: Any) -> Json:
    """A person writes: what POST /_write does. Returns {"id": wamid, "ids": […], "from": key}. Raises BadRequest."""
    if not isinstance(asked, dict):
        raise BadRequest("The body has to be a JSON object.")
    line, person = _line_and_person(world, asked)
    number = line.phone_number_id
    wanted = asked["messages"] if "messages" in asked else [_message(world, number, asked)]
    messages = [dict(each) for each in wanted]
    world.customer_sends(number, person, messages)
    ids = [str(each["id"]) for each in messages]
    return {"id": ids[-1] if ids else "", "ids": ids, "from": person.key}


def _line_and_person(world: World, asked: Json) -> tuple[Line, Person]:
    line = world.line(str(asked.get("line") or asked.get("phone_number_id") or ""))
    who = str(asked.get("from") or asked.get("user_id") or "")
    texts = {name: str(asked.get(name) or "") for name in ("name", "user_id", "username")}
    return line, world.person(who, **texts)


def _message(world: World, line: str, asked: Json) -> Json:
    content = asked.get("text")
    kind = str(asked.get("type") or "text")
    message: Json = {"type": kind}
    if kind == "text" and isinstance(content, str):
        message["text"] = {"body": content}
    elif kind in FILE_KINDS and "base64" in asked:
        message[kind] = _file(world, line, kind, asked)
    else:
        message[kind] = asked.get(kind, asked.get("content", {}))
    if "context" in asked:
        context = asked["context"]
        message["context"] = (
            {"from": world.lines[line].display, "id": context} if isinstance(context, str) else context
        )
    return message


def _file(world: World, line: str, kind: str, asked: Json) -> Json:
    try:
        content = base64.b64decode(asked["base64"], validate=True)
    except (binascii.Error, TypeError, ValueError) as error:
        raise BadRequest("base64 cannot be read.") from error
    mime_type = str(asked.get("mime_type") or "application/octet-stream")
    filename = str(asked.get("filename") or "")
    file = world.add_file(line, content, mime_type, filename=filename, sha256=str(asked.get("sha256") or ""))
    described: Json = world.described_file(file)
    described |= {"caption": asked["caption"]} if asked.get("caption") else {}
    described |= {"filename": filename} if kind == "document" else {}
    described |= {"voice": bool(asked.get("voice"))} if kind == "audio" else {}
    described |= {"animated": False} if kind == "sticker" else {}
    return described
