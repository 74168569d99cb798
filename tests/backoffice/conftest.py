"""The manager at work, for the tests of the pages."""

from collections.abc import Iterator

import pytest

from scheduling import demo
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.scheduling.desk import Desk, Login


@pytest.fixture
def desk(rossi: Shop, manager: StaffUser, log_in: Login) -> Iterator[Desk]:
    """The manager at work in a shop full of data; the test itself runs inside the shop."""
    client = Desk(SERVER_NAME="rossi.example")
    client.shop = rossi
    log_in(client, manager, rossi)
    with in_shop(rossi):
        demo.fill(rossi)
        yield client
