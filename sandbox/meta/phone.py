"""The page that looks and works like a phone: its files, and what it asks for. See sandbox/phone/."""

import hashlib
import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sandbox.httpd import BadRequest, Reply, Request, as_json
from sandbox.meta.cast import CAST
from sandbox.meta.control import refuse_other_sites
from sandbox.meta.rules import MEDIA
from sandbox.meta.state import Bubble, Chat, File
from sandbox.meta.world import World

FOLDER = Path(__file__).resolve().parent.parent / "phone"
TYPES = {".html": "text/html", ".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
LONGEST_WAIT = 25.0
SHOWN = ("image/", "audio/", "video/")
# No script but the page's own files, nothing from elsewhere, in no frame.
SECURITY = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "microphone=(self), geolocation=(self), camera=()",
    "Cache-Control": "no-cache",
}
Json = dict[str, Any]


class PhonePage:
    """Answers `/`, `/phone/…` and `/_phone/…`."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._born = f"{time.time():.3f}"
        self._files = {f"/phone/{path.name}": path for path in FOLDER.iterdir() if path.suffix in TYPES}
        self._files["/"] = FOLDER / "index.html"

    def answer(self, request: Request) -> Reply | None:
        """The answer, or None when the address is not one of the page's."""
        path = request.path
        if request.method == "POST" and path == "/_phone/forget":
            return self._forget(request)
        if request.method not in ("GET", "HEAD"):
            return None
        if path in self._files:
            return self._static(request, self._files[path])
        if path.startswith("/_phone/"):
            refuse_other_sites(request)
            return self._asked(request, path.removeprefix("/_phone/"))
        return None

    def _asked(self, request: Request, what: str) -> Reply | None:
        if what == "cast":
            lines = [
                {"id": each.phone_number_id, "name": each.name, "display": each.display}
                for each in self.world.lines.values()
            ]
            return as_json({"lines": lines, "people": CAST})
        if what == "chats":
            return as_json(self._chats(request.query.get("person", "")))
        if what == "chat":
            return self._chat(request)
        if what.startswith("file/"):
            return self._file(what.removeprefix("file/"))
        return None

    def _static(self, request: Request, path: Path) -> Reply:
        content = path.read_bytes()
        tag = f'"{hashlib.sha256(content).hexdigest()[:16]}"'
        headers = SECURITY | {"ETag": tag}
        if request.headers.get("if-none-match") == tag:
            return Reply(304, headers=headers)
        return Reply(200, content, f"{TYPES[path.suffix]}; charset=utf-8", headers)

    def _chats(self, who: str) -> list[Json]:
        """The last message of each shop's chat with this person."""
        person, found = self.world.person(who), []
        for line in self.world.lines.values():
            with self.world.changed:
                bubbles = self.world.chat(line.phone_number_id, person).bubbles
                unread = sum(1 for each in bubbles if not each.mine and each.ticks != "read")
                last = self._bubble(bubbles[-1]) if bubbles else None
            found.append({"line": line.phone_number_id, "last": last, "unread": unread})
        return found

    def _chat(self, request: Request) -> Reply:
        """The whole chat; with `wait` and If-None-Match the answer waits until something is new, else 304."""
        line = self.world.line(request.query.get("line", "")).phone_number_id
        chat = self.world.chat(line, self.world.person(request.query.get("person", "")))
        until = time.monotonic() + min(_number(request.query.get("wait", "0")), LONGEST_WAIT)
        known = request.headers.get("if-none-match")
        with self.world.changed:
            while known == self._tag(chat) and (left := until - time.monotonic()) > 0:
                self.world.changed.wait(left)
            tag = self._tag(chat)
            if known == tag:
                return Reply(304, headers={"ETag": tag})
            described = self._described(chat)
        return as_json(described, headers={"ETag": tag, "Cache-Control": "no-cache"})

    def _tag(self, chat: Chat) -> str:
        return f'"{self._born}-{chat.revision}"'

    def _described(self, chat: Chat) -> Json:
        return {
            "bubbles": [self._bubble(each) for each in chat.bubbles],
            "typing_ms": max(0, round((chat.typing_until - time.time()) * 1000)),
            "window_open": chat.window_is_open,
        }

    def _bubble(self, bubble: Bubble) -> Json:
        described = asdict(bubble)
        if bubble.type in MEDIA and (file := self.world.files.get(str(bubble.content.get("id", "")))):
            described["file"] = {
                "url": f"/_phone/file/{file.id}",
                "bytes": len(file.content),
                "name": file.filename,
            }
        return described

    def _file(self, number: str) -> Reply:
        file = self.world.files.get(number)
        if file is None:
            return as_json({"error": "There is no such file."}, 404)
        return Reply(200, file.content, _type_of(file), SECURITY | _attachment(file))

    def _forget(self, request: Request) -> Reply:
        refuse_other_sites(request)
        asked = request.json()
        line = self.world.line(str(asked.get("line", ""))).phone_number_id
        self.world.forget(line, self.world.person(str(asked.get("person", ""))))
        return as_json({"success": True})


def _number(text: str) -> float:
    try:
        return max(0.0, float(text))
    except ValueError as error:
        raise BadRequest(f"{text!r} is no number.") from error


def _type_of(file: File) -> str:
    return file.mime_type if file.mime_type.startswith(SHOWN) else "application/octet-stream"


def _attachment(file: File) -> dict[str, str]:
    """Everything that is no picture, sound or film is saved, never opened inside of the page."""
    return {} if file.mime_type.startswith(SHOWN) else {"Content-Disposition": "attachment"}
