"""A shop that writes on WhatsApp, and the ways to say what a customer agreed to."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from receptionist import consenting
from receptionist.models import FollowUpKind, FollowUpSetting
from scheduling.models import Consent, Customer
from shops.context import as_platform, in_shop
from shops.lines import attach_whatsapp
from shops.models import Shop

ROME = ZoneInfo("Europe/Rome")


def rome(*parts: int) -> datetime:
    """A moment by Rome's clock."""
    return datetime(*parts, tzinfo=ROME)  # type: ignore[arg-type,misc]


def utc(*parts: int) -> datetime:
    """A moment by UTC."""
    return datetime(*parts, tzinfo=UTC)  # type: ignore[arg-type,misc]


def agree(customer: Customer, *, granted: bool = True) -> None:
    """The customer answers about promotional messages."""
    consenting.record(
        customer=customer,
        purpose=Consent.Purpose.MARKETING,
        granted=granted,
        wording="Posso scriverle?",
        channel="shop",
        now=rome(2026, 1, 7, 10),
    )


def turn(kind: FollowUpKind, *, on: bool = True, **values: Any) -> None:
    """Switch a kind on or off in the current shop."""
    FollowUpSetting.objects.update_or_create(kind=kind, defaults={"enabled": on, **values})


def give_whatsapp(shop: Shop) -> None:
    """The shop gets a number to write from."""
    with as_platform():
        attach_whatsapp(
            shop, phone_number_id=f"wa-{shop.slug}", waba_id="w", number="+390212345678", access_token="t"
        )


@pytest.fixture
def writing(rossi: Shop) -> Iterator[Shop]:
    """The test runs inside the first shop, which has a WhatsApp number."""
    give_whatsapp(rossi)
    with in_shop(rossi):
        yield rossi
