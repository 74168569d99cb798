"""The page of one's own calendars, and the administrator's list of everybody's."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client

from scheduling import feeds
from scheduling.models import CalendarFeed
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser

pytestmark = pytest.mark.django_db
PAGE, LIST = "/admin/account/calendari/", "/admin/scheduling/calendarfeed/"


@pytest.fixture
def mechanic(rossi: Shop) -> StaffUser:
    with in_shop(rossi):
        return StaffUser.objects.create(email="ugo@rossi.example", first_name="Ugo", role="mechanic")


@pytest.fixture
def as_manager(
    rossi_client: Client, manager: StaffUser, rossi: Shop, log_in: Callable[..., Client]
) -> Client:
    return log_in(rossi_client, manager, rossi)


@pytest.fixture
def as_mechanic(mechanic: StaffUser, rossi: Shop, log_in: Callable[..., Client]) -> Client:
    return log_in(Client(SERVER_NAME="rossi.example"), mechanic, rossi)


def address_in(answer: Any) -> str:
    found = re.search(r'id="feed-address"[^>]*value="([^"]+)"', answer.content.decode())
    return unescape(found[1]) if found else ""


def all_feeds(rossi: Shop) -> list[CalendarFeed]:
    with in_shop(rossi):
        return list(CalendarFeed.objects.select_related("staff"))


def test_an_address_is_shown_once_and_opens(as_mechanic: Client, mechanic: StaffUser, rossi: Shop) -> None:
    answer = as_mechanic.post(PAGE, {"do": "make", "name": "Il mio <b>iPhone</b>\x00", "only_mine": "on"})
    address = address_in(answer)
    (feed,) = all_feeds(rossi)
    assert (feed.staff, feed.name, feed.only_mine) == (mechanic, "Il mio <b>iPhone</b>", True)
    assert "<b>iPhone" not in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    path = re.sub(r"^https?://[^/]+", "", address)
    assert Client(SERVER_NAME="rossi.example").get(path).status_code == 200
    again = as_mechanic.get(PAGE)
    assert address_in(again) == ""
    assert path.rpartition("/")[2] not in again.content.decode()
    for each in ("iPhone", "Google Calendar", "Outlook"):
        assert each in again.content.decode()


def test_one_revokes_ones_own_and_nobody_elses(
    as_mechanic: Client, manager: StaffUser, mechanic: StaffUser, rossi: Shop
) -> None:
    with in_shop(rossi):
        others, _token = feeds.make(staff=manager)
        mine, token = feeds.make(staff=mechanic)
    for feed in (others.pk, mine.pk, "x", "\x00"):
        assert as_mechanic.post(PAGE, {"do": "revoke", "feed": str(feed)}).status_code == 302
    assert {feed.pk: feed.revoked_at is not None for feed in all_feeds(rossi)} == {
        others.pk: False,
        mine.pk: True,
    }
    assert Client(SERVER_NAME="rossi.example").get(f"/calendario/{token}.ics").status_code == 404


def test_an_unknown_act_is_refused(as_mechanic: Client) -> None:
    assert as_mechanic.post(PAGE, {"do": "x"}).status_code == 400


def test_too_many_is_said(as_mechanic: Client, rossi: Shop) -> None:
    for _number in range(feeds.MOST):
        assert as_mechanic.post(PAGE, {"do": "make"}).status_code == 200
    answer = as_mechanic.post(PAGE, {"do": "make"}, follow=True)
    assert "prima ne revochi uno" in answer.content.decode()
    assert len(all_feeds(rossi)) == feeds.MOST


def test_the_history_tells_that_it_was_made_and_revoked(
    as_mechanic: Client, mechanic: StaffUser, rossi: Shop
) -> None:
    as_mechanic.post(PAGE, {"do": "make", "name": "Telefono"})
    (feed,) = all_feeds(rossi)
    as_mechanic.post(PAGE, {"do": "revoke", "feed": str(feed.pk)})
    with in_shop(rossi):
        rows = list(LogEntry.objects.get_for_object(feed).order_by("timestamp"))
        assert [row.actor_id for row in rows] == [mechanic.pk] * len(rows)
        assert feed.digest not in str([row.changes for row in rows])
    assert "revoked_at" in str(rows[-1].changes)


def test_an_administrator_sees_and_revokes_everybodys(
    as_manager: Client, as_mechanic: Client, mechanic: StaffUser, rossi: Shop
) -> None:
    with in_shop(rossi):
        feed, _token = feeds.make(staff=mechanic, name="Telefono di Ugo")
    assert "Telefono di Ugo" in as_manager.get(LIST).content.decode()
    assert as_mechanic.get(LIST).status_code == 403
    answer = as_manager.post(LIST, {"action": "revoke", "_selected_action": [str(feed.pk)]}, follow=True)
    assert "1 calendario revocato." in answer.content.decode()
    assert all_feeds(rossi)[0].revoked_at is not None
    assert as_manager.get(f"{LIST}{feed.pk}/change/").status_code == 200
    assert feed.digest not in as_manager.get(f"{LIST}{feed.pk}/change/").content.decode()
