"""A shop with WhatsApp, whose own messages are looked at before they leave: Meta takes everything."""

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import responses

from receptionist.content import Content
from receptionist.models import OutboundMessage
from shops.lines import attach_whatsapp
from shops.models import Shop
from tests.database import as_owner


def with_whatsapp() -> Shop:
    """The first shop, with a number and a token."""
    with as_owner():
        rossi: Shop = Shop.objects.get(slug="officina-rossi")
        attach_whatsapp(
            rossi, phone_number_id="wa-rossi", waba_id="w", number="+390212345678", access_token="t"
        )
    return rossi


@contextmanager
def meta_takes_all() -> Iterator[None]:
    """Meta takes whatever is sent."""
    ids = itertools.count(1)

    def taken(request: Any) -> tuple[int, dict[str, str], str]:
        return 200, {}, json.dumps({"messages": [{"id": f"wamid.out{next(ids)}"}]})

    with responses.RequestsMock(assert_all_requests_are_fired=False) as meta:
        meta.add_callback("POST", re.compile("https://graph.facebook.com/.*/messages"), callback=taken)
        yield


def begun(phone: str = "", purpose: str = "reminder") -> list[Content]:
    """What the shop began to write, in its order; to one number when it is given."""
    rows = OutboundMessage.objects.filter(purpose=purpose).order_by("created_at")
    if phone:
        rows = rows.filter(recipient=phone)
    return [Content.from_json(row.content) for row in rows]
