"""Whatever a stranger sends to a shop's public addresses, the answer is a sentence and never a 500."""

import itertools
from urllib.parse import quote

import pytest
from django.test import Client

from shops.models import Shop
from tests.addresses import everything

SCRIPT = "<script>document.title='ran'</script>"
WORDS = {
    "nothing": "",
    "long": "è" * 10_000,
    "script": SCRIPT + '"><img src=x onerror=alert(1)>',
    "nul": "a\x00b",
    "surrogate": "\udcff",
    "injection": "x@example.it\r\nBcc: altri@example.it",
    "number": "9" * 400,
    "past": "1970-01-01T00:00",
    "format": "%s%n{0}{nome}",
    "path": "../../etc/passwd",
    "id": "00000000-0000-0000-0000-000000000000",
}
NAMES = (
    *(
        "servizio",
        "service",
        "giorno",
        "day",
        "ora",
        "quando",
        "starts_at",
        "slot",
        "step",
        "passo",
        "lingua",
        "da",
    ),
    *(
        "plate",
        "targa",
        "first_name",
        "nome",
        "last_name",
        "phone",
        "telefono",
        "email",
        "note",
        "id",
        "code",
        "text",
    ),
    *(
        "after",
        "cursor",
        "limit",
        "date_from",
        "date_to",
        "customer",
        "token",
        "tap",
        "option",
        "message_id",
        "file",
    ),
)
BODIES: dict[str, tuple[bytes, str]] = {
    "no json": (b"{", "application/json"),
    "a number": (b"1e999", "application/json"),
    "a list": (b"[" * 500 + b"]" * 500, "application/json"),
    "half a pair": (b'{"text": "\\ud800", "id": "\\u0000"}', "application/json"),
    "not utf-8": (b'{"text": "\xff\xfe"}', "application/json"),
    "no form": (b"\xff\x00=%zz&a=%00", "application/x-www-form-urlencoded"),
    "no parts": (b"--x\r\nbroken", "multipart/form-data; boundary=x"),
    "no type": (b"hello", ""),
}


def _public(word: str = "x") -> dict[str, str]:
    """Every public page by its name, with the word where any text fits."""
    fits = quote(word.encode("utf-8", "replace")[:3000] or b"x", safe="")
    return {name: path for name, path in everything("aros.urls_shop", fits) if not path.startswith("/admin/")}


PAGES = sorted(_public())


@pytest.fixture
def stranger(rossi_client: Client) -> Client:
    """A browser that shows the answer a visitor would get, whatever was raised."""
    rossi_client.raise_request_exception = False
    return rossi_client


def test_there_are_addresses() -> None:
    assert len(PAGES) > 10


@pytest.mark.parametrize("page", PAGES)
def test_nothing_in_an_address_breaks_a_page(page: str, stranger: Client, rossi: Shop) -> None:
    for name, word in WORDS.items():
        # An address is never as long as a form may be.
        for method, most in (("get", 300), ("post", None)):
            fields = dict.fromkeys(NAMES, word[:most].encode("utf-8", "surrogateescape"))
            answer = getattr(stranger, method)(_public(word[:300])[page], fields)
            assert answer.status_code < 500, f"{method} {name}"
            if not answer.streaming and "html" in answer.get("Content-Type", ""):
                assert SCRIPT.encode() not in answer.content, f"{method} {name}"


@pytest.mark.parametrize("page", PAGES)
def test_no_method_and_no_body_breaks_a_page(page: str, stranger: Client, rossi: Shop) -> None:
    address = _public()[page]
    for method, (name, (body, kind)) in itertools.product(
        ("POST", "PUT", "DELETE", "OPTIONS", "BREW"), BODIES.items()
    ):
        answer = stranger.generic(method, address, body, kind)
        assert answer.status_code < 500, f"{method} {name}"
