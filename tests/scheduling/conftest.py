"""A small workshop with known hours, at a known moment: Monday 23 November 2026, 7:00 in Rome."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import pytest

from scheduling import demo
from scheduling.models import Bay, Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.desk import Desk, Login


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


@pytest.fixture
def desk(rossi: Shop, manager: StaffUser, log_in: Login) -> Iterator[Desk]:
    """The manager at work in a shop full of data; the test itself runs inside the shop."""
    client = Desk(SERVER_NAME="rossi.example")
    client.shop = rossi
    log_in(client, manager, rossi)
    with in_shop(rossi):
        demo.fill(rossi)
        yield client
