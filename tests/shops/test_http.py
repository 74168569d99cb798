"""The one way out: every failure is one error that says whether trying again can help."""

from typing import Any

import pytest
import requests
import responses

from shops import http
from shops.http import OutboundError
from tests.network import NetworkCallNotFaked

URL = "https://api.vapi.ai/phone-number"


@responses.activate
def test_a_success_is_the_response() -> None:
    responses.post(URL, json={"id": "1"}, status=201)
    answer = http.call("Vapi", "POST", URL, json={"a": 1}, headers={"Authorization": "Bearer geheim"})
    assert answer.json() == {"id": "1"}


@pytest.mark.parametrize(
    ("status", "permanent"),
    [
        *((status, True) for status in (400, 401, 403, 404, 410, 422)),
        *((status, False) for status in (408, 409, 425, 429, 500, 502, 503, 504)),
    ],
)
@responses.activate
def test_a_status_says_whether_to_come_again(status: int, permanent: bool) -> None:
    responses.get(URL, json={"message": "because"}, status=status)
    with pytest.raises(OutboundError) as failed:
        http.call("Vapi", "GET", URL)
    assert (failed.value.status, failed.value.permanent, failed.value.service) == (status, permanent, "Vapi")
    assert "because" in str(failed.value)


@pytest.mark.parametrize(
    "error",
    [
        requests.ConnectionError,
        requests.Timeout,
        requests.exceptions.ChunkedEncodingError,
        requests.exceptions.SSLError,
    ],
)
@responses.activate
def test_no_answer_is_worth_another_try(error: type[Exception]) -> None:
    responses.get(URL, body=error("Bearer geheim to https://user:geheim@host"))
    with pytest.raises(OutboundError) as failed:
        http.call("Vapi", "GET", URL)
    assert not failed.value.permanent
    assert "geheim" not in str(failed.value)


@pytest.mark.parametrize("url", ["", "no-scheme", "ftp://x/y", "http://", "https://[::1"])
def test_an_address_that_is_none_is_not(url: str) -> None:
    with pytest.raises(OutboundError) as failed:
        http.call("Vapi", "GET", url)
    assert failed.value.permanent


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"message": "one"}, "one"),
        ({"message": ["one", "two"]}, "one; two"),
        ({"error": {"message": "inner"}}, "inner"),
        ({"error": "text"}, "refused"),
        ([], "refused"),
        ({"message": "x" * 5000}, "x" * 300),
    ],
)
@responses.activate
def test_the_services_own_words(body: Any, said: str) -> None:
    responses.get(URL, json=body, status=400)
    with pytest.raises(OutboundError) as failed:
        http.call("Vapi", "GET", URL)
    assert failed.value.message == f"{said} (status 400)"


def test_a_time_out_is_always_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}

    def answer(*_args: Any, **kwargs: Any) -> requests.Response:
        sent.update(kwargs)
        response = requests.Response()
        response.status_code = 200
        return response

    monkeypatch.setattr(requests, "request", answer)
    http.call("Vapi", "GET", URL)
    assert sent["timeout"] == 10
    http.call("Vapi", "GET", URL, timeout=2)
    assert sent["timeout"] == 2


def test_a_call_that_no_test_faked_is_told_with_advice() -> None:
    with pytest.raises(NetworkCallNotFaked, match="responses"):
        requests.get("https://api.vapi.ai/", timeout=1)
