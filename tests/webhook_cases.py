"""The security suite that every webhook goes through: missing, wrong, rotated, stale, replayed.

Subclass the class below that fits the proof, say how a request is signed and what it stores, and all is
tested:

- WebhookCases      a plain secret in a header
- SignedBodyCases   a signature over the body
- SignedTimeCases   a signature over the body and a timestamp
"""

import json
from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from django.test import Client

OLD_SECRET = "the-secret-of-last-year"
SECRET = "the-secret-of-this-year"
STALE_SECONDS = 3600

# Authentic, and not what any protocol says. None of them may be stored, and none may end in a 500.
NONSENSE = {
    "empty": b"",
    "not JSON": b"hello",
    "half": b'{"message": {"type": "st',
    "a list": b"[]",
    "a text": b'"message"',
    "a number": b"7",
    "null": b"null",
    "NaN": b'{"message": NaN}',
    "not UTF-8": b'{"message": "\xff\xfe"}',
    "UTF-16": '{"message": {}}'.encode("utf-16"),
    "a form": b"message=hello",
    "nothing in it": b"{}",
    "deep list": b"[" * 5000 + b"]" * 5000,
    "very deep list": b"[" * 1_000_000,
    "deep object": b'{"message":' * 500 + b"1" + b"}" * 500,
    "a number without end": b'{"message": 1e999}',
    "a very long number": b'{"message": ' + b"9" * 5000 + b"}",
    "NUL": b'{"message": "\\u0000"}',
    "half a surrogate pair": b'{"message": "\\ud800"}',
}


class WebhookCases:
    """Every test gets `settings` and the platform's client; both shops exist."""

    url: ClassVar[str]

    # --- what a webhook says of itself ----------------------------------------------------------------------

    def use_secrets(self, settings: Any, *secrets: str) -> None:
        """Configure these secrets, and no others."""
        raise NotImplementedError

    def sign(self, body: bytes, secret: str, *, seconds_ago: int = 0) -> Mapping[str, str]:
        """The headers that prove `body`, as they would have been sent so long ago."""
        raise NotImplementedError

    def body(self) -> bytes:
        """An event of the first shop that stores something."""
        raise NotImplementedError

    def stored(self) -> Any:
        """Everything that such events store, in a form that can be compared."""
        raise NotImplementedError

    # --- the suite ------------------------------------------------------------------------------------------

    @pytest.fixture(autouse=True)
    def _secrets(self, settings: Any, rossi: Any) -> None:
        self.use_secrets(settings, SECRET)

    def send(
        self, client: Client, body: bytes, headers: Mapping[str, str] | None = None, **extra: Any
    ) -> Any:
        """POST raw bytes, as a stranger would."""
        kind = extra.pop("content_type", "application/json")
        return client.generic("POST", self.url, body, content_type=kind, headers=dict(headers or {}), **extra)

    def refused(self, client: Client, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """401 in JSON, and nothing stored."""
        before = self.stored()
        response = self.send(client, body, headers)
        assert response.status_code == 401
        assert response.headers["Content-Type"] == "application/json"
        assert set(response.json()) == {"error"}
        assert self.stored() == before

    def test_let_in(self, platform_client: Client) -> None:
        before, body = self.stored(), self.body()
        assert self.send(platform_client, body, self.sign(body, SECRET)).status_code == 200
        assert self.stored() != before

    def test_missing(self, platform_client: Client) -> None:
        self.refused(platform_client, self.body())

    def test_wrong_secret(self, platform_client: Client) -> None:
        body = self.body()
        self.refused(platform_client, body, self.sign(body, "a-guess-of-somebody"))

    def test_empty_credentials(self, platform_client: Client) -> None:
        body = self.body()
        self.refused(platform_client, body, dict.fromkeys(self.sign(body, SECRET), ""))

    def test_no_secret_configured(self, platform_client: Client, settings: Any) -> None:
        self.use_secrets(settings)
        for secret in ("", SECRET):
            body = self.body()
            self.refused(platform_client, body, self.sign(body, secret))

    def test_rotated(self, platform_client: Client, settings: Any) -> None:
        self.use_secrets(settings, SECRET, OLD_SECRET)
        for secret in (OLD_SECRET, SECRET):
            body = self.body()
            assert self.send(platform_client, body, self.sign(body, secret)).status_code == 200
        self.use_secrets(settings, SECRET)
        body = self.body()
        self.refused(platform_client, body, self.sign(body, OLD_SECRET))

    def test_replayed(self, platform_client: Client) -> None:
        body = self.body()
        headers = self.sign(body, SECRET)
        first = self.send(platform_client, body, headers)
        stored = self.stored()
        second = self.send(platform_client, body, headers)
        assert (second.status_code, second.content) == (first.status_code, first.content)
        assert self.stored() == stored

    @pytest.mark.parametrize("name", NONSENSE)
    def test_nothing_is_parsed_before_the_proof(self, platform_client: Client, name: str) -> None:
        self.refused(platform_client, NONSENSE[name])

    @pytest.mark.parametrize("name", NONSENSE)
    def test_authentic_nonsense(self, platform_client: Client, name: str) -> None:
        before, body = self.stored(), NONSENSE[name]
        response = self.send(platform_client, body, self.sign(body, SECRET))
        assert response.status_code == 200
        assert isinstance(json.loads(response.content), dict)
        assert self.stored() == before

    def test_too_large(self, platform_client: Client, settings: Any) -> None:
        body = self.body()
        settings.WEBHOOK_MAX_BYTES = len(body) - 1
        before = self.stored()
        response = self.send(platform_client, body, self.sign(body, SECRET))
        assert response.status_code == 413
        assert set(response.json()) == {"error"}
        assert self.stored() == before
        settings.WEBHOOK_MAX_BYTES = len(body)
        assert self.send(platform_client, body, self.sign(body, SECRET)).status_code == 200

    @pytest.mark.parametrize(
        "extra",
        [
            {"content_type": "text/plain"},
            {"content_type": "application/x-www-form-urlencoded"},
            {"content_type": "multipart/form-data; boundary=x"},
            {"content_type": ""},
            {"HTTP_ACCEPT": "text/html"},
            {"HTTP_ACCEPT": "nonsense"},
            {"HTTP_ACCEPT_LANGUAGE": "en-US"},
            {"QUERY_STRING": "format=xml"},
        ],
        ids=str,
    )
    def test_whatever_the_headers_ask_for(self, platform_client: Client, extra: dict[str, str]) -> None:
        body = self.body()
        plain = self.send(platform_client, body, self.sign(body, SECRET))
        response = self.send(platform_client, body, self.sign(body, SECRET), **extra)
        assert response.status_code == 200
        assert response.headers["Content-Type"] == "application/json"
        assert response.content == plain.content

    @pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
    def test_other_methods(self, platform_client: Client, method: str) -> None:
        body = self.body()
        response = platform_client.generic(method, self.url, body, headers=dict(self.sign(body, SECRET)))
        assert response.status_code == 405

    def test_not_on_a_shops_host(self, rossi_client: Client) -> None:
        body = self.body()
        assert self.send(rossi_client, body, self.sign(body, SECRET)).status_code == 404


class SignedBodyCases(WebhookCases):
    """For a proof that covers the body."""

    def test_signed_for_another_body(self, platform_client: Client) -> None:
        body = self.body()
        self.refused(platform_client, body + b" ", self.sign(body, SECRET))


class SignedTimeCases(SignedBodyCases):
    """For a proof that covers a timestamp as well."""

    def test_stale(self, platform_client: Client) -> None:
        body = self.body()
        self.refused(platform_client, body, self.sign(body, SECRET, seconds_ago=STALE_SECONDS))
        self.refused(platform_client, body, self.sign(body, SECRET, seconds_ago=-STALE_SECONDS))
