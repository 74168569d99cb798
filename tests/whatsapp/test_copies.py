"""Deleting files at Meta: with the token of the line they came by; gone is gone; trouble is tried again."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import responses
from django.utils import timezone

from receptionist import remotecopies
from receptionist.models import RemoteCopy
from sandbox.meta import Meta
from shops.http import OutboundError
from shops.models import Shop
from tests.whatsapp.sending_kit import meta, number
from whatsapp import copies

pytestmark = pytest.mark.django_db(transaction=True)
URL = "https://graph.example/v25.0/media-1"


@pytest.fixture
def line(in_rossi: Shop, settings: Any) -> Shop:
    settings.WHATSAPP_API_URL = "https://graph.example"
    settings.WHATSAPP_API_VERSION = "v25.0"
    number(in_rossi, line="wa-rossi", token="token-one")
    number(in_rossi, line="wa-second", token="token-two", waba="waba-second")
    return in_rossi


@pytest.fixture
def stand_in(settings: Any) -> Iterator[Meta]:
    with meta(settings) as running:
        yield running


@responses.activate
@pytest.mark.parametrize(
    ("came_by", "token"), [("wa-second", "token-two"), ("wa-rossi", "token-one"), ("gone", "token-one")]
)
def test_with_the_token_of_its_line(line: Shop, came_by: str, token: str) -> None:
    responses.delete(URL, json={"success": True})
    copies.delete(external_id="media-1", line=came_by)
    assert responses.calls[0].request.headers["Authorization"] == f"Bearer {token}"


@responses.activate
@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, {"error": {"code": 100, "error_subcode": 33, "message": "does not exist"}}),
        (404, {"error": {"code": 131052, "message": "gone"}}),
        (404, None),
    ],
    ids=["does-not-exist", "no-media", "plain"],
)
def test_gone_is_gone(line: Shop, status: int, body: Any) -> None:
    responses.delete(URL, json=body, status=status)
    copies.delete(external_id="media-1", line="wa-rossi")


@responses.activate
@pytest.mark.parametrize(
    ("status", "code", "permanent"),
    [
        (401, 190, True),
        (403, 10, True),
        (400, 190, True),
        (429, 80007, False),
        (500, 2, False),
        (503, None, False),
    ],
)
def test_what_is_refused_and_what_is_tried_again(
    line: Shop, status: int, code: int | None, permanent: bool
) -> None:
    responses.delete(URL, json={"error": {"code": code, "message": "no"}} if code else None, status=status)
    with pytest.raises(OutboundError) as caught:
        copies.delete(external_id="media-1", line="wa-rossi")
    assert caught.value.permanent is permanent
    assert "token-one" not in str(caught.value)


@responses.activate
def test_after_seven_days_meta_has_nothing(line: Shop) -> None:
    copies.delete(external_id="media-1", line="wa-rossi", asked_at=timezone.now() - timedelta(days=8))
    assert len(responses.calls) == 0


@responses.activate
def test_without_a_token_the_shop_is_told(in_rossi: Shop) -> None:
    remotecopies.ask(service="meta", external_id="media-1")
    assert remotecopies.delete_due() == 0
    assert "token" in RemoteCopy.objects.get().error
    assert len(responses.calls) == 0


def test_at_the_stand_in(in_rossi: Shop, stand_in: Meta) -> None:
    """What is deleted there cannot be fetched any more, and deleting it again is done as well."""
    number(in_rossi, line="wa-rossi", token=stand_in.token("wa-rossi"))
    file = stand_in.world.add_file("wa-rossi", b"data", "image/jpeg")
    for _time in range(2):
        copies.delete(external_id=file.id, line="wa-rossi")
    assert file.id not in stand_in.world.files
