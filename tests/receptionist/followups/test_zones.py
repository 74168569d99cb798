"""Shops in other zones than the server's, and the weeks of both clock changes: hours are those of the shop's wall."""

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine

from receptionist.followups import rounds
from receptionist.models import FollowUp, FollowUpConfig, FollowUpKind, OutboundMessage
from scheduling.models import Appointment
from shops.context import as_platform, in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.followups.conftest import agree, give_whatsapp, turn

ZONES = ["Europe/Rome", "America/New_York"]
# Sundays of the change in Europe (New York's are others), and one week of each further year.
CHANGES = [date(2026, 3, 29), date(2026, 10, 25), date(2027, 3, 28), date(2027, 10, 31)]
STEP = timedelta(hours=1)


@pytest.fixture(params=ZONES)
def shop(request: pytest.FixtureRequest, rossi: Shop) -> Shop:
    with as_platform():
        Shop.objects.filter(pk=rossi.pk).update(timezone=request.param)
        moved: Shop = Shop.objects.get(pk=rossi.pk)
    give_whatsapp(moved)
    return moved


def around(sunday: date, tz: ZoneInfo) -> list[datetime]:
    """Every hour from the Friday before to the Wednesday after, by the real time line."""
    at = datetime.combine(sunday - timedelta(days=2), time(0), tz).astimezone(UTC)
    last = datetime.combine(sunday + timedelta(days=3), time(0), tz).astimezone(UTC)
    return [at + STEP * number for number in range((last - at) // STEP)]


@pytest.mark.parametrize("sunday", CHANGES, ids=str)
def test_reminders_come_at_the_shops_hour(shop: Shop, sunday: date) -> None:
    """On every day of the week of the change, Sundays and days off as well."""
    with in_shop(shop):
        FollowUpConfig.objects.update_or_create(only=True, defaults={"on_sundays": True})
        rows = [
            factories.appointment(datetime.combine(sunday + timedelta(days=days), time(hour), shop.tz))
            for days in range(-1, 3)
            for hour in (8, 18)
        ]
        Appointment.objects.update(created_at=datetime(2026, 1, 1, tzinfo=UTC))
        for moment in around(sunday, shop.tz):
            with time_machine.travel(moment, tick=False):
                rounds.run()
        for row in rows:
            told = FollowUp.objects.get(appointment_id=row.pk)
            local = told.created_at.astimezone(shop.tz)
            day = row.scheduled_at.astimezone(shop.tz).date()
            assert (local.date(), local.time()) == (day - timedelta(days=1), time(17))
            assert told.outcome == "sent"
            text = OutboundMessage.objects.get(key=told.key).content["text"]
            assert f"{row.scheduled_at.astimezone(shop.tz):%H:%M}" in text


@pytest.mark.parametrize("sunday", CHANGES, ids=str)
def test_due_dates_come_once_a_day_at_the_shops_hour(shop: Shop, sunday: date) -> None:
    with in_shop(shop):
        turn(FollowUpKind.SERVICE, days=0)
        for days in range(-1, 3):
            due = sunday + timedelta(days=days)
            customer = factories.customer()
            agree(customer)
            factories.vehicle(customer, last_service_on=due.replace(year=due.year - 1))
        for moment in around(sunday, shop.tz):
            with time_machine.travel(moment, tick=False):
                rounds.run()
        told = FollowUp.objects.order_by("created_at")
        local = [each.created_at.astimezone(shop.tz) for each in told]
        assert len(local) == 4
        assert all(each.time() == time(10) and each.weekday() != 6 for each in local)
        # each on its day or, when that is a day off, before it
        ends = [sunday + timedelta(days=days) for days in range(-1, 3)]
        assert all(each.date() <= end for each, end in zip(local, ends, strict=True))
