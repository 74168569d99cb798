"""Files in the back office: who may open them, and what is said of those that are not there."""

from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from receptionist.models import Channel, Conversation, Media, MediaKind, MediaState
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser


@pytest.fixture
def picture(rossi: Shop) -> Media:
    with in_shop(rossi):
        chat = Conversation.objects.create(
            channel=Channel.WHATSAPP, external_id="wamid.1", contact="+393331234567"
        )
        row = Media(
            conversation=chat,
            kind=MediaKind.IMAGE,
            content_type="image/jpeg",
            caption="Il libretto",
            state="stored",
        )
        row.file.save("x.jpg", ContentFile(b"\xff\xd8\xff\xe0"), save=False)
        row.save(force_insert=True)
        return row


def test_a_picture_can_be_opened(
    rossi_client: Client, rossi: Shop, manager: StaffUser, log_in: Any, picture: Media
) -> None:
    log_in(rossi_client, manager, rossi)
    for page in ("", f"{picture.pk}/change/"):
        shown = rossi_client.get(f"/admin/receptionist/media/{page}")
        assert shown.status_code == 200
        assert f"/media/{picture.pk}/" in shown.content.decode()
    assert b"Il libretto" in shown.content
    response = rossi_client.get(f"/admin/receptionist/conversation/media/{picture.pk}/")
    assert response.getvalue() == b"\xff\xd8\xff\xe0"


def test_a_file_that_is_gone_has_no_link(
    rossi_client: Client, rossi: Shop, manager: StaffUser, log_in: Any, picture: Media
) -> None:
    with in_shop(rossi):
        Media.objects.update(state=MediaState.PURGED, file="")
    log_in(rossi_client, manager, rossi)
    page = rossi_client.get("/admin/receptionist/media/").content.decode()
    assert f'/media/{picture.pk}/"' not in page.replace("/change/", "")
    assert "Cancellato" in page


def test_another_shops_people_see_nothing(
    bianchi_client: Client, bianchi: Shop, outsider: StaffUser, log_in: Any, picture: Media
) -> None:
    log_in(bianchi_client, outsider, bianchi)
    assert bianchi_client.get(f"/admin/receptionist/conversation/media/{picture.pk}/").status_code == 404
