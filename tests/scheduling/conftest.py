"""A small workshop with known hours, at a known moment: Monday 23 November 2026, 7:00 in Rome."""

from dataclasses import dataclass
from datetime import datetime

import pytest

from scheduling.models import Bay, Customer, Service, Vehicle
from shops.models import Shop
from tests import factories


@dataclass(frozen=True)
class Workshop:
    """Two bays that can do an hour's service, and somebody with a car."""

    shop: Shop
    bays: tuple[Bay, Bay]
    service: Service
    customer: Customer
    vehicle: Vehicle
    now: datetime


def build(shop: Shop) -> Workshop:
    """To be called inside the shop."""
    factories.empty_workshop()
    factories.hours()
    bays = (factories.bay("Ponte A"), factories.bay("Ponte B"))
    who = factories.customer()
    return Workshop(
        shop=shop,
        bays=bays,
        service=factories.service("Controllo", bays=bays),
        customer=who,
        vehicle=factories.vehicle(who),
        now=factories.local(2026, 11, 23, 7),
    )


@pytest.fixture
def workshop(in_rossi: Shop) -> Workshop:
    return build(in_rossi)
