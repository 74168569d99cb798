"""The link to "my appointment": signed, for one appointment of one shop, good until thirty days after its end.

The token is the appointment's id, the second at which it expires and a signature over both and the shop: 48 characters
that fit into a message. It is a secret of who was sent it and opens nothing but this one appointment.
"""

import base64
import binascii
import hmac
import struct
from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from django.utils.crypto import salted_hmac

from scheduling.models import Appointment
from shops.models import Shop

GOOD_FOR = timedelta(days=30)
"""How long after the end of the appointment its link still opens."""
LENGTH = 48
_PAYLOAD = struct.Struct(">16sI")
_SIGNATURE = 16
_LAST_SECOND = 2**32 - 1


def appointment_url(appointment: Appointment, *, shop: Shop) -> str:
    """The absolute address of the appointment's page, on the shop's primary host. No query but the host's."""
    path = reverse("my_appointment", args=[token(appointment, shop=shop)], urlconf=settings.ROOT_URLCONF)
    return shop.url(path)


def token(appointment: Appointment, *, shop: Shop) -> str:
    """The secret part of the address. One that was made before the appointment was moved later expires earlier."""
    expires = min(int((appointment.ends_at + GOOD_FOR).timestamp()), _LAST_SECOND)
    payload = _PAYLOAD.pack(appointment.pk.bytes, max(expires, 0))
    return base64.urlsafe_b64encode(payload + _signature(payload, shop, settings.SECRET_KEY)).decode()


def read(token: str, *, shop: Shop, now: datetime) -> UUID | None:
    """The appointment's id; None for a token that is forged, expired or another shop's. No query.

    Keys that were replaced (SECRET_KEY_FALLBACKS) still open what they signed.
    """
    raw = _decoded(token)
    if raw is None:
        return None
    payload, signature = raw[: _PAYLOAD.size], raw[_PAYLOAD.size :]
    keys = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    # Every key is tried, so that the time taken does not tell which one fits.
    if not any([hmac.compare_digest(signature, _signature(payload, shop, key)) for key in keys]):  # noqa: C419
        return None
    pk, expires = _PAYLOAD.unpack(payload)
    return UUID(bytes=pk) if now.timestamp() < expires else None


def _decoded(token: str) -> bytes | None:
    # 36 bytes are 48 characters without a remainder: no two spellings of one token.
    if len(token) != LENGTH or not token.isascii():
        return None
    try:
        return base64.b64decode(token.encode(), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        return None


def _signature(payload: bytes, shop: Shop, key: str) -> bytes:
    salt = f"receptionist.links.{shop.pk}"
    return salted_hmac(salt, payload, secret=key, algorithm="sha256").digest()[:_SIGNATURE]
