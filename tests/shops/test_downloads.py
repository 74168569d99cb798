"""A download ends in time, however its bytes come."""

import contextlib
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from shops import downloads
from shops.http import OutboundError

BODY = b"0123456789" * 30_000


@pytest.fixture
def web(settings: Any) -> Iterator[str]:
    """A server on 127.0.0.1: /drops and /chunked-drops send a byte now and then, /chunked all at once."""
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True
    over = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            chunked, drops = "chunked" in self.path, "drops" in self.path
            self.send_response(200)
            length = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(BODY)))
            self.send_header(*length)
            self.end_headers()
            pieces = (BODY[at : at + 1] for at in range(100)) if drops else (BODY[:70_000], BODY[70_000:])
            for piece in pieces:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece) if chunked else piece)
                self.wfile.flush()
                if drops and over.wait(0.05):
                    return
            if chunked:
                self.wfile.write(b"0\r\n\r\n")

        def handle(self) -> None:
            with contextlib.suppress(OSError):  # who asked has gone
                super().handle()

        def log_message(self, *_args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        over.set()
        server.shutdown()


@pytest.mark.parametrize("path", ["/drops", "/chunked-drops"])
def test_what_comes_in_drops_ends_in_time(web: str, path: str) -> None:
    began = time.monotonic()
    with (
        pytest.raises(OutboundError, match="took too long"),
        downloads.fetch("test", f"{web}{path}", max_bytes=1_000_000, max_seconds=0.4),
    ):
        pass
    assert time.monotonic() - began < 2


@pytest.mark.parametrize("path", ["/whole", "/chunked"])
def test_what_comes_at_once_is_whole(web: str, path: str) -> None:
    with downloads.fetch("test", f"{web}{path}", max_bytes=1_000_000, max_seconds=10) as download:
        assert download.file.read() == BODY
        assert download.size == len(BODY)


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("8.8.8.8", True),
        ("2a00:1450:4002::200e", True),
        ("64:ff9b::808:808", True),
        ("64:ff9b::a9fe:a9fe", False),
        ("64:ff9b::a00:1", False),
        ("::ffff:10.0.0.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("::1", False),
        ("fd00::1", False),
        ("224.0.0.1", False),
    ],
)
def test_which_machines_are_public(address: str, public: bool) -> None:
    assert downloads.is_public(address) is public
