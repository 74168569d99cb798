"""What the client makes of Meta's answers: accepted, refused, never asked, or nobody knows."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests
import responses
from django.db import transaction

from sandbox.httpd import HANG_UP, HttpServer, Reply, Request, as_json
from shops.db.current import TransactionOpen
from shops.http import OutboundError
from whatsapp import client
from whatsapp.client import Graph, GraphError

BODY = {"messaging_product": "whatsapp", "type": "text"}
pytestmark = pytest.mark.django_db


@pytest.fixture
def serve(settings: Any) -> Iterator[Callable[[Callable[[Request], Reply]], list[Request]]]:
    """A server on this machine in Meta's place; the requests that it got."""
    servers: list[HttpServer] = []

    def serve(answer: Callable[[Request], Reply]) -> list[Request]:
        seen: list[Request] = []

        def keep(request: Request) -> Reply:
            seen.append(request)
            return answer(request)

        servers.append(HttpServer(keep))
        settings.WHATSAPP_API_URL = servers[-1].url
        settings.WHATSAPP_API_VERSION = "v25.0"
        settings.WHATSAPP_TIMEOUT = 1.0
        return seen

    yield serve
    for each in servers:
        each.close()


def failure(call: Callable[[], object]) -> GraphError:
    with pytest.raises(GraphError) as caught:
        call()
    assert "geheim" not in str(caught.value)
    return caught.value


def send() -> str:
    return Graph("geheim").send("123", BODY)


def test_a_message_is_posted_with_the_shops_token(serve: Any) -> None:
    seen = serve(lambda request: as_json({"messages": [{"id": "wamid.X"}]}))
    assert send() == "wamid.X"
    [request] = seen
    assert (request.method, request.path, request.bearer) == ("POST", "/v25.0/123/messages", "geheim")
    assert json.loads(request.body) == BODY


def test_accepted_without_an_id(serve: Any) -> None:
    serve(lambda request: as_json({"success": True}))
    assert send() == ""


def test_metas_error_has_its_code(serve: Any) -> None:
    error = {
        "message": "(#131026) x",
        "code": 131026,
        "error_subcode": 7,
        "error_data": {"details": "Perché no"},
    }
    serve(lambda request: as_json({"error": error}, 400))
    found = failure(send)
    assert (found.code, found.subcode, found.status, found.lost, found.permanent) == (
        131026,
        7,
        400,
        False,
        True,
    )
    assert "Perché no" in found.message
    assert isinstance(found, OutboundError)


def test_an_error_with_status_200_is_one(serve: Any) -> None:
    serve(lambda request: as_json({"error": {"code": 131000}}))
    assert failure(send).code == 131000


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_in_between_may_have_been_accepted(serve: Any, status: int) -> None:
    serve(lambda request: Reply(status, b"<html>Bad Gateway</html>", "text/html"))
    found = failure(send)
    assert (found.code, found.lost) == (None, True)


def test_a_page_that_is_not_metas_is_no_acceptance(serve: Any) -> None:
    serve(lambda request: Reply(200, b"<html>Log in to the hotel's network</html>", "text/html"))
    assert failure(send).lost


def test_a_refusal_in_between_was_not_accepted(serve: Any) -> None:
    serve(lambda request: Reply(403, b"no", "text/plain"))
    found = failure(send)
    assert (found.lost, found.permanent) == (False, True)


def test_a_connection_that_ends_without_a_word_may_have_been_accepted(serve: Any) -> None:
    serve(lambda request: HANG_UP)
    assert failure(send).lost


def test_silence_may_have_been_accepted(serve: Any) -> None:
    release = threading.Event()

    def late(request: Request) -> Reply:
        release.wait(3)
        return HANG_UP

    serve(late)
    found = failure(send)
    release.set()
    assert found.lost
    assert not found.permanent


def test_nobody_there_was_certainly_not_accepted(settings: Any) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        settings.WHATSAPP_API_URL = f"http://127.0.0.1:{free.getsockname()[1]}"
    found = failure(send)
    assert (found.lost, found.permanent, found.status) == (False, False, None)


def test_a_name_that_nobody_knows_was_certainly_not_accepted(settings: Any) -> None:
    settings.WHATSAPP_API_URL = "https://graph.invalid"
    reason = requests.exceptions.ConnectionError(
        client.urllib3.exceptions.MaxRetryError(
            None,  # type: ignore[arg-type]
            "/",
            client.urllib3.exceptions.NameResolutionError("graph.invalid", None, socket.gaierror()),  # type: ignore[arg-type]
        )
    )
    with responses.RequestsMock() as mock:
        mock.post("https://graph.invalid/v25.0/123/messages", body=reason)
        assert not failure(send).lost


def test_a_bad_address_is_our_own_fault(settings: Any) -> None:
    settings.WHATSAPP_API_URL = "graph.facebook.com"
    assert failure(send).permanent


def test_connections_are_kept_and_idle_ones_are_not_trusted(serve: Any, monkeypatch: Any) -> None:
    ports: list[int] = []
    accept = socket.socket.accept

    def counted(self: socket.socket) -> Any:
        connection, address = accept(self)
        ports.append(address[1])
        return connection, address

    monkeypatch.setattr(socket.socket, "accept", counted)
    serve(lambda request: as_json({"messages": [{"id": "wamid.X"}]}))
    for _ in range(3):
        send()
    assert len(ports) == 1
    client._threads.used -= client.IDLE_SECONDS + 1
    send()
    assert len(ports) == 2


def test_no_transaction_is_open_meanwhile(serve: Any) -> None:
    serve(lambda request: as_json({}))
    with pytest.raises(TransactionOpen), transaction.atomic():
        send()


def test_pages_are_read_to_the_end(serve: Any) -> None:
    def page(request: Request) -> Reply:
        begin = int(request.query.get("after", "0"))
        following = {"cursors": {"after": str(begin + 2)}, "next": "x"} if begin < 4 else {"cursors": {}}
        return as_json({"data": [{"id": str(begin)}, {"id": str(begin + 1)}], "paging": following})

    serve(page)
    assert [each["id"] for each in Graph("geheim").templates("waba")] == ["0", "1", "2", "3", "4", "5"]


def test_a_proxy_of_the_environment_is_used(serve: Any, settings: Any, monkeypatch: Any) -> None:
    seen = serve(lambda request: as_json({"messages": [{"id": "by proxy"}]}))
    proxy = settings.WHATSAPP_API_URL
    settings.WHATSAPP_API_URL = "http://graph.example"
    monkeypatch.setattr(client, "_threads", threading.local())
    monkeypatch.setenv("http_proxy", proxy)
    assert send() == "by proxy"
    assert len(seen) == 1
