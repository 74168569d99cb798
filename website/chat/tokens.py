"""The visitor's token: an id that names nobody, signed for one shop. It is all that a page has of its visitor."""

import uuid
from datetime import timedelta

from django.core import signing

from shops.models import Shop

HEADER = "X-Chat-Token"
GOOD_FOR = timedelta(days=30)
MOST = 200


def make(*, shop: Shop) -> str:
    """A new visitor's token."""
    return signing.TimestampSigner(salt=_salt(shop)).sign(uuid.uuid4().hex)


def read(token: str, *, shop: Shop) -> uuid.UUID | None:
    """Who the token is for; None when it is forged, expired or another shop's. No query."""
    if not token or len(token) > MOST or not token.isascii():
        return None
    try:
        return uuid.UUID(signing.TimestampSigner(salt=_salt(shop)).unsign(token, max_age=GOOD_FOR))
    except (signing.BadSignature, ValueError, OverflowError):
        return None


def _salt(shop: Shop) -> str:
    return f"website.chat.{shop.pk}"
