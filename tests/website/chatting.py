"""A visitor's page, as the chat's addresses see it."""

import itertools
import json
from typing import Any

from django.test import Client

_numbers = itertools.count(1)
Json = dict[str, Any]


class Visitor:
    """One visitor with their token, on a client of the shop's host. Tasks run when `eager_tasks` is on."""

    def __init__(self, client: Client, captured: Any, language: str = "") -> None:
        self.client, self.captured = client, captured
        self.query = f"?lingua={language}" if language else ""
        self.token = self.post("start", {}, status=201)["token"]
        self.tag = ""

    def post(self, path: str, body: Any, *, status: int, token: str | None = None) -> Json:
        """Send JSON; the answer's object."""
        given = self.token if token is None and hasattr(self, "token") else token or ""
        with self.captured(execute=True):
            answer = self.client.post(
                f"/chat/{path}{self.query}",
                json.dumps(body),
                content_type="application/json",
                headers={"X-Chat-Token": given},
            )
        assert answer.status_code == status, answer.content
        found: Json = answer.json()
        return found

    def write(self, text: str, key: str = "", status: int = 201) -> Json:
        """Write a message."""
        return self.post("message", {"id": key or f"m{next(_numbers)}", "text": text}, status=status)

    def tap(self, message: Json, option: str, status: int = 201) -> Json:
        """Tap an option below a message."""
        body = {"id": f"m{next(_numbers)}", "message": message["id"], "option": option}
        return self.post("tap", body, status=status)

    def proof(self, status: int = 201) -> Json:
        """Ask for a code."""
        return self.post("proof", {}, status=status)

    def get(self, after: str = "", tag: str = "") -> Any:
        """The raw answer to a poll."""
        headers = {"X-Chat-Token": self.token} | ({"If-None-Match": tag} if tag else {})
        return self.client.get("/chat/messages", {"after": after} if after else {}, headers=headers)

    def see(self) -> Json:
        """What the page is shown."""
        answer = self.get()
        assert answer.status_code == 200, answer.content
        found: Json = answer.json()
        return found

    @property
    def last(self) -> Json:
        """The last message."""
        found: Json = self.see()["messages"][-1]
        return found
