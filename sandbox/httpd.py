"""A threaded HTTP server for the sandbox's stand-ins: one function from a request to a reply.

It listens on 127.0.0.1 only, keeps connections alive, and holds hundreds of them at once (a thread each).
"""

import contextlib
import json
import socket
import sys
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, unquote, urlsplit

IDLE_SECONDS = 75.0
MOST_BYTES = 101 * 1024 * 1024  # a document on WhatsApp may have 100 MB


class BadRequest(Exception):
    """What came cannot be read. One sentence."""


@dataclass(frozen=True)
class Request:
    """One request. `path` is decoded and has no query; header names are in small letters."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON. Raises BadRequest."""
        try:
            return json.loads(self.body or b"{}")
        except ValueError as error:
            raise BadRequest(f"The body is no JSON: {error}.") from error

    @property
    def bearer(self) -> str:
        """The token of the Authorization header, or ""."""
        return self.headers.get("authorization", "").removeprefix("Bearer ").strip()


@dataclass(frozen=True)
class Reply:
    """What is answered; `hang_up` closes the connection without a word."""

    status: int = 200
    body: bytes = b""
    content_type: str = "application/json; charset=utf-8"
    headers: dict[str, str] = field(default_factory=dict)
    hang_up: bool = False
    pieces: Iterable[bytes] | None = None
    """Instead of the body: sent one after the other, as they come."""


def as_json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Reply:
    """A JSON answer."""
    return Reply(status, json.dumps(value, ensure_ascii=False).encode(), headers=headers or {})


HANG_UP = Reply(hang_up=True)
Answer = Callable[[Request], Reply]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = IDLE_SECONDS
    wbufsize = -1  # head and body leave as one packet
    server: "_Server"

    def _serve(self) -> None:
        parts = urlsplit(self.path)
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True
            self._write(as_json({"error": "Content-Length is missing or too large."}, 413))
            return
        request = Request(
            method=self.command,
            path=unquote(parts.path),
            query={name: values[-1] for name, values in parse_qs(parts.query, True).items()},
            headers={name.lower(): value for name, value in self.headers.items()},
            body=self.rfile.read(int(length)),
        )
        try:
            reply = self.server.answer(request)
        except BadRequest as error:
            reply = as_json({"error": str(error)}, 400)
        self._write(reply)

    do_GET = do_POST = do_DELETE = do_HEAD = _serve

    def _write(self, reply: Reply) -> None:
        if reply.hang_up:
            self.close_connection = True
            with contextlib.suppress(OSError):
                self.connection.shutdown(socket.SHUT_RDWR)
            return
        self.send_response_only(reply.status, _phrase(reply.status))
        if reply.pieces is not None:
            self._stream(reply, reply.pieces)
            return
        bodiless = reply.status in (204, 304)
        headers = {} if bodiless else {"Content-Type": reply.content_type}
        headers |= {"Content-Length": str(len(reply.body))} | reply.headers
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if not bodiless and self.command != "HEAD":
            self.wfile.write(reply.body)
        self.wfile.flush()

    def _stream(self, reply: Reply, pieces: Iterable[bytes]) -> None:
        self.send_header("Content-Type", reply.content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        try:
            for piece in pieces:
                self.wfile.write(b"%x\r\n%b\r\n" % (len(piece), piece))
                self.wfile.flush()
            self.wfile.write(b"0\r\n\r\n")
            self.wfile.flush()
        except OSError:  # who asked has gone
            self.close_connection = True

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the parent's name
        """Requests are not logged: what was received is asked for at /_sent."""


def _phrase(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return ""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 1024
    answer: Answer

    def __init__(self, address: tuple[str, int]) -> None:
        self._connections: set[socket.socket] = set()
        super().__init__(address, _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection, so that `hang_up` finds it."""
        self._connections.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        self._connections.discard(request)
        super().shutdown_request(request)

    def hang_up(self) -> None:
        """Close every connection that is kept alive."""
        for connection in list(self._connections):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is none of our errors; anything else is shown."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


class HttpServer:
    """Serves `answer` from a thread of its own while the block lasts, or until `close`."""

    def __init__(self, answer: Answer, port: int = 0, host: str = "127.0.0.1") -> None:
        """Port 0 takes a free one. Raises OSError when the port is taken. Serves at once."""
        self._server = _Server((host, port))
        self._server.answer = answer
        self.port: int = self._server.server_address[1]
        self.url = f"http://{host}:{self.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, name="httpd", daemon=True
        )
        self._thread.start()

    def close(self) -> None:
        """Take no further connections, and end those that are open."""
        self._server.shutdown()
        self._server.server_close()
        self._server.hang_up()
        self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Part:
    """One field of a multipart/form-data body; `filename` is "" when it is no file."""

    name: str
    filename: str
    content_type: str
    content: bytes


def multipart(request: Request) -> dict[str, Part]:
    """The fields of a multipart/form-data body by name. Raises BadRequest when it is none."""
    kind, _, options = request.headers.get("content-type", "").partition(";")
    boundary = dict(_options(options)).get("boundary", "")
    if kind.strip().lower() != "multipart/form-data" or not boundary:
        raise BadRequest("The body has to be multipart/form-data.")
    pieces = (b"\r\n" + request.body).split(b"\r\n--" + boundary.encode())
    return {part.name: part for part in map(_part, pieces[1:-1])}


def _part(piece: bytes) -> Part:
    head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    lines = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    headers = {name.strip().lower(): value.strip() for name, _, value in lines}
    _, _, options = headers.get("content-disposition", "").partition(";")
    named = dict(_options(options))
    return Part(
        named.get("name", ""), named.get("filename", ""), headers.get("content-type", "text/plain"), content
    )


def _options(text: str) -> Iterable[tuple[str, str]]:
    for piece in text.split(";"):
        name, sign, value = piece.strip().partition("=")
        if sign:
            yield name.lower(), value.strip().strip('"')
