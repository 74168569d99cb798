"""Two statuses of one message at the same moment: the further one stays."""

import threading
import time
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection

from receptionist.content import Content
from receptionist.models import Channel, OutboundMessage, OutboundStatus
from shops.context import in_shop
from shops.models import Shop
from tests.database import superuser
from tests.whatsapp.payloads import ROSSI, status, value
from whatsapp import statuses
from whatsapp.payloads import Change

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def rossi(transactional_db: None) -> Shop:
    return Shop.objects.get(slug="officina-rossi")


def waits_for_a_lock(admin: Any) -> bool:
    return bool(admin.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone())


@pytest.mark.parametrize("later", ["sent", "delivered"])
def test_what_is_told_meanwhile_is_not_undone(rossi: Shop, later: str) -> None:
    with in_shop(rossi):
        row = OutboundMessage.objects.create(
            channel=Channel.WHATSAPP,
            recipient="+393331234567",
            content=Content("Prenotato.").to_json(),
            status=OutboundStatus.SENDING,
            wire_id=None,
        )
    wamid = f"wamid.{uuid4()}"
    told = value(statuses=[status(wamid, later, biz_opaque_callback_data=str(row.pk))])

    def tell() -> None:
        with in_shop(rossi):
            statuses.take(Change("messages", "", ROSSI, told))
        connection.close()

    teller = threading.Thread(target=tell)
    with superuser() as admin, superuser() as other:
        with other.transaction():
            other.execute(
                "UPDATE shop_officina_rossi.receptionist_outboundmessage SET status = 'read', wire_id = %s "
                "WHERE id = %s",
                [wamid, row.pk],
            )
            teller.start()
            until = time.monotonic() + 10
            while not waits_for_a_lock(admin) and time.monotonic() < until:
                time.sleep(0.02)
        teller.join(10)
    with in_shop(rossi):
        assert OutboundMessage.objects.get(pk=row.pk).status == "read"
