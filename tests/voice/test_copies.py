"""Deleting a call at Vapi: gone is gone, refusals are for the operator, trouble is tried again."""

from typing import Any

import pytest
import responses

from shops.http import OutboundError
from voice import copies

CALL = "0199b3a2-6d1e-7aa4-9c55-1f0e7c2b8a01"
URL = f"https://vapi.example/call/{CALL}"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def vapi(settings: Any) -> None:
    settings.VAPI_API_URL = "https://vapi.example"
    settings.VAPI_API_KEY = "private-key"


@responses.activate
def test_the_call_is_deleted_with_the_private_key() -> None:
    responses.delete(URL, json={"id": CALL})
    copies.delete(external_id=CALL)
    assert responses.calls[0].request.headers["Authorization"] == "Bearer private-key"


@responses.activate
@pytest.mark.parametrize("status", [200, 202, 204, 404, 410])
def test_gone_is_gone(status: int) -> None:
    responses.delete(URL, status=status)
    copies.delete(external_id=CALL)


@responses.activate
@pytest.mark.parametrize(
    ("status", "permanent"), [(400, True), (401, True), (403, True), (429, False), (500, False), (503, False)]
)
def test_what_is_refused_and_what_is_tried_again(status: int, permanent: bool) -> None:
    responses.delete(URL, status=status, json={"message": "no"})
    with pytest.raises(OutboundError) as caught:
        copies.delete(external_id=CALL)
    assert caught.value.permanent is permanent
    assert "private-key" not in str(caught.value)
    if status in (401, 403):
        assert "VAPI_API_KEY" in caught.value.message


@responses.activate
def test_nobody_at_home_is_tried_again() -> None:
    with pytest.raises(OutboundError) as caught:
        copies.delete(external_id=CALL)
    assert not caught.value.permanent


@responses.activate
def test_an_id_that_is_none_of_vapis_is_done() -> None:
    responses.delete("https://vapi.example/call/demo-1", status=400)
    copies.delete(external_id="demo-1")
    copies.delete(external_id="request:0123abcd")
    assert len(responses.calls) == 1


@responses.activate
def test_an_id_reaches_no_other_address() -> None:
    responses.delete("https://vapi.example/call/..%2Fassistant%2Fx%3Fa%3Db", status=404)
    copies.delete(external_id="../assistant/x?a=b")
    assert len(responses.calls) == 1


def test_without_a_key_the_operator_is_told(settings: Any) -> None:
    settings.VAPI_API_KEY = ""
    with pytest.raises(OutboundError) as caught:
        copies.delete(external_id=CALL)
    assert caught.value.permanent
    assert "VAPI_API_KEY" in caught.value.message
