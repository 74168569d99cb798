"""Messages as the stand-in for Meta sends them, over HTTP: signed by it, fetched from it, told of by it."""

from collections.abc import Iterator
from typing import Any

import pytest

from receptionist.models import ConversationMessage, Media, MediaState
from sandbox.meta import Meta, meta_server
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.sending_kit import number
from whatsapp import media

SECRET = "the app secret of the stand-in tests"
ANNA, LUCIA = "+393331234567", "IT.4207714839115072"
JPEG = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01" + bytes(2000)


@pytest.fixture
def meta(live_server: Any, settings: Any, transactional_db: None) -> Iterator[Meta]:
    """The stand-in, which sends to this server; its files may be fetched from this machine."""
    settings.WHATSAPP_APP_SECRETS = [SECRET]
    settings.DOWNLOAD_FROM_PRIVATE_ADDRESSES = True
    settings.ALLOWED_HOSTS = ["*"]
    settings.PLATFORM_HOSTS = [*settings.PLATFORM_HOSTS, "127.0.0.1"]
    with meta_server(SECRET, live_server.url.replace("localhost", "127.0.0.1")) as running:
        settings.WHATSAPP_API_URL = running.url
        number(Shop.objects.get(slug="officina-rossi"), token=running.token("wa-rossi"))
        yield running


def kept() -> dict[str, ConversationMessage]:
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        rows = ConversationMessage.objects.select_related("conversation")
        return {str(row.wire_id): row for row in rows}


def test_every_kind_arrives(meta: Meta) -> None:
    text = meta.write("wa-rossi", ANNA, "Buongiorno", name="Anna")
    hidden = meta.write("wa-rossi", LUCIA, "Sono Lucia", name="Lucia")
    place = meta.write("wa-rossi", ANNA, type="location", content={"latitude": 45.1, "longitude": 9.2})
    picture = meta.write_file("wa-rossi", ANNA, "image", JPEG, "image/jpeg", caption="Il paraurti")
    heart = meta.react("wa-rossi", ANNA, text, "❤️")
    assert meta.wait_idle(20)
    found = kept()
    assert {wire_id: row.kind for wire_id, row in found.items()} == {
        text: "text",
        hidden: "text",
        place: "location",
        picture: "image",
        heart: "reaction",
    }
    assert found[hidden].conversation.contact == LUCIA
    assert found[text].conversation.contact == ANNA
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        row = Media.objects.get()
        media.fetch(media_id=row.pk)
        row.refresh_from_db()
    assert (row.state, row.size, row.caption) == (MediaState.STORED, len(JPEG), "Il paraurti")


def test_two_hundred_in_one_webhook(meta: Meta) -> None:
    said = [{"type": "text", "text": {"body": f"parola {number}"}} for number in range(200)]
    ids = meta.write_many("wa-rossi", ANNA, said)
    assert meta.wait_idle(30)
    assert set(ids) == set(kept())


def test_a_lie_about_a_file(meta: Meta) -> None:
    meta.write_file("wa-rossi", ANNA, "image", b"MZ" + bytes(500), "image/jpeg")
    assert meta.wait_idle(20)
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        row = Media.objects.get()
        with pytest.raises(media.Refused):
            media.fetch(media_id=row.pk)
        row.refresh_from_db()
    assert row.state == MediaState.FAILED
