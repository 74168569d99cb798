"""From a day to a day, as people mean it."""

from collections.abc import Callable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.test import Client

from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

LogIn = Callable[[Client, StaffUser, Shop], Client]
ROME = ZoneInfo("Europe/Rome")
LIST = "/admin/scheduling/appointment/"


@pytest.fixture
def desk(rossi: Shop, manager: StaffUser, log_in: LogIn) -> Client:
    """Three cars: half an hour after midnight, at noon, half an hour before the next midnight."""
    with in_shop(rossi):
        for hour, minute in ((0, 30), (12, 0), (23, 30)):
            factories.appointment(datetime(2026, 11, 25, hour, minute, tzinfo=ROME), status="completed")
    return log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)


@pytest.mark.parametrize(
    ("first", "last", "found"),
    [
        ("25/11/2026", "25/11/2026", 3),
        ("25/11/2026", "", 3),
        ("", "25/11/2026", 3),
        ("24/11/2026", "24/11/2026", 0),
        ("26/11/2026", "27/11/2026", 0),
        ("26/11/2026", "25/11/2026", 0),
        ("2026-11-25", "2026-11-25", 3),
        ("05/11/2026", "11/11/2026", 0),
        ("01/12/2026", "31/12/2026", 0),
    ],
)
def test_both_days_are_whole_and_the_shops(desk: Client, first: str, last: str, found: int) -> None:
    page: Any = desk.get(LIST, {"scheduled_at_from": first, "scheduled_at_to": last})
    assert len(page.context["cl"].result_list) == found


@pytest.mark.parametrize("typed", ["x", "31/02/2026", "31/12/9999", "01/01/0001", "\x00", "9" * 400])
def test_what_is_no_day_is_no_error(desk: Client, typed: str) -> None:
    for edge in ("from", "to"):
        assert desk.get(LIST, {f"scheduled_at_{edge}": typed}).status_code in (200, 302, 404)
