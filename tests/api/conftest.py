"""Programs that ask: with a key of the first shop, of the second, and with single scopes."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client

from api import tokens
from api.models import Scope
from shops.context import in_shop
from shops.models import Shop


class Program:
    """Speaks JSON to /api/v1 with a key."""

    def __init__(self, host: str, secret: str) -> None:
        self.client = Client(SERVER_NAME=host, raise_request_exception=False)
        self.secret = secret

    def __call__(self, method: str, path: str, body: Any = None, **headers: str) -> HttpResponse:
        """`body` a dict, or bytes as they are. Header names with underscores."""
        given = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.secret:
            given.setdefault("Authorization", f"Bearer {self.secret}")
        kind = given.pop("Content-Type", "application/json" if body is not None else "")
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else b""
        return self.client.generic(
            method,
            path if path.startswith("/") else f"/api/v1/{path}",
            data,
            content_type=kind,
            headers=given,
        )

    def get(self, path: str, **headers: str) -> HttpResponse:
        return self("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> HttpResponse:
        return self("POST", path, body, **headers)

    def patch(self, path: str, body: Any, **headers: str) -> HttpResponse:
        return self("PATCH", path, body, **headers)


Make = Callable[..., Program]


@pytest.fixture
def make(rossi: Shop, bianchi: Shop) -> Make:
    """A program of a shop's: `make(scopes=[…], shop=…, host=…)`; the first shop with every scope by itself."""

    def make(scopes: Sequence[str] = tuple(Scope.values), shop: Shop = rossi, host: str = "") -> Program:
        with in_shop(shop):
            made = tokens.make(name="gestionale", scopes=scopes)
        return Program(host or ("rossi.example" if shop == rossi else "bianchi.example"), made.secret)

    return make


@pytest.fixture
def api(make: Make) -> Program:
    """A program of the first shop's with every scope."""
    return make()


def is_problem(answer: HttpResponse, status: int, code: str = "") -> dict[str, Any]:
    """The body, after having looked that it is a whole problem."""
    assert answer.status_code == status, answer.content[:500]
    assert answer["Content-Type"] == "application/problem+json"
    body = json.loads(answer.content)
    assert {"type", "title", "status", "code", "detail"} <= body.keys()
    assert body["status"] == status
    assert body["detail"].strip()
    assert not code or body["code"] == code
    return body
