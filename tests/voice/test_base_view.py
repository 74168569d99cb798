"""Reading and decoding, as every webhook does it."""

import io
import json
import re
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIRequest

from shops.webhooks import MAX_DEPTH, Malformed, TooLarge, Unreadable, decode, read_body, where


def request(body: bytes, **environ: Any) -> WSGIRequest:
    """A request whose body is whatever the server would hand over."""
    return WSGIRequest({"REQUEST_METHOD": "POST", "wsgi.input": io.BytesIO(body), **environ})


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


class Breaks(io.RawIOBase):
    """A client that goes away."""

    def read(self, size: int = -1) -> bytes:
        raise ConnectionResetError


@pytest.mark.parametrize("size", [0, 1, 99, 100])
def test_a_body_within_the_limit(size: int) -> None:
    body = b"x" * size
    assert read_body(request(body, CONTENT_LENGTH=str(size)), 100) == body
    assert read_body(request(body, **CHUNKED), 100) == body


def test_an_announced_length_above_the_limit_is_not_read() -> None:
    with pytest.raises(TooLarge):
        read_body(
            WSGIRequest({"REQUEST_METHOD": "POST", "wsgi.input": Breaks(), "CONTENT_LENGTH": "101"}), 100
        )


def test_a_chunked_body_is_counted() -> None:
    with pytest.raises(TooLarge):
        read_body(request(b"x" * 101, **CHUNKED), 100)
    endless = request(b"", **CHUNKED)
    endless.META["wsgi.input"] = io.BufferedReader(io.FileIO("/dev/zero"))
    with pytest.raises(TooLarge):
        read_body(endless, 1_000_000)


def test_a_length_that_lies() -> None:
    with pytest.raises(Unreadable):
        read_body(request(b"short", CONTENT_LENGTH="50"), 100)
    assert read_body(request(b"longer than said", CONTENT_LENGTH="6"), 100) == b"longer"


@pytest.mark.parametrize("length", ["many", "1.5", "0x10"])
def test_a_length_that_is_no_number(length: str) -> None:
    with pytest.raises(Unreadable):
        read_body(request(b"x", CONTENT_LENGTH=length), 100)


@pytest.mark.parametrize("length", ["", "-5", None])
def test_no_length_is_no_body(length: str | None) -> None:
    environ = {} if length is None else {"CONTENT_LENGTH": length}
    assert read_body(request(b"x" * 10, **environ), 100) == b""


def test_a_client_that_goes_away() -> None:
    broken = WSGIRequest({"REQUEST_METHOD": "POST", "wsgi.input": Breaks(), "CONTENT_LENGTH": "10"})
    with pytest.raises(Unreadable):
        read_body(broken, 100)


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b"1" + b"}" * depth


def test_decoded_as_it_is() -> None:
    value = {"testo": "perché 🚗", "numeri": [1, -2.5, 1e10, 2**70], "vuoto": None, "vero": True}
    assert decode(json.dumps(value).encode()) == value
    assert decode(json.dumps(value, ensure_ascii=False).encode()) == value
    assert decode(nested(MAX_DEPTH - 1))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"\xff",
        b"NaN",
        b"[Infinity]",
        b"[-Infinity]",
        b"[1e999]",
        b"[-1e999]",
        nested(MAX_DEPTH + 1),
    ],
    ids=lambda body: repr(body)[:20],
)
def test_refused(body: bytes) -> None:
    with pytest.raises(Malformed) as caught:
        decode(body)
    assert repr(body)[2:20] not in caught.value.reason or len(body) < 3


def test_what_cannot_be_stored_is_replaced_at_any_depth() -> None:
    body = rb'{"a\u0000": ["x\ud800y", {"z": "\u0000\udc00"}], "ok": "\ud83d\ude97"}'
    assert decode(body) == {"a": ["x?y", {"z": "?"}], "ok": "🚗"}


def test_where_names_a_place_of_ours_and_no_words() -> None:
    with pytest.raises(ValueError) as caught:
        json.loads("the customer's own words")
    assert re.fullmatch(r"tests/voice/test_base_view\.py:\d+", where(caught.value))
