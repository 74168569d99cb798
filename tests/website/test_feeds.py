"""Calendar feeds: who sees what, until when, and that a calendar that asks all day costs little."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.test import Client
from icalendar import Calendar

from scheduling import feeds
from scheduling.models import Appointment, CalendarFeed, Service
from scheduling.models.appointments import Status
from shops.context import in_public, in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

pytestmark = pytest.mark.django_db
# Ten in the morning on the Monday before the clocks go forward.
NOW = datetime(2026, 3, 23, 9, 0, tzinfo=UTC)
ROME = ZoneInfo("Europe/Rome")


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def mechanic(in_rossi: Shop) -> StaffUser:
    return StaffUser.objects.create(
        email="meccanico@rossi.example", first_name="Ugo", role=StaffUser.Role.MECHANIC, is_active=True
    )


@pytest.fixture
def work(in_rossi: Shop) -> Service:
    factories.empty_workshop()
    factories.hours()
    return factories.service("Tagliando", bays=[factories.bay("Ponte 1")])


def local(*moment: int) -> datetime:
    return datetime(*moment, tzinfo=ROME)  # type: ignore[misc, arg-type]


def made(staff: StaffUser, *, only_mine: bool = False) -> tuple[CalendarFeed, str]:
    with in_shop(rossi_shop()):
        feed, token = feeds.make(staff=staff, name="iPhone", only_mine=only_mine)
    return feed, f"/calendario/{token}.ics"


def rossi_shop() -> Shop:
    with in_public():
        return Shop.objects.get(slug="officina-rossi")


def read(answer: Any) -> list[Any]:
    assert answer.status_code == 200
    calendar: Any = Calendar.from_ical(answer.content)
    return list(calendar.events)


def kept(feed: CalendarFeed) -> CalendarFeed:
    with in_shop(rossi_shop()):
        return CalendarFeed.objects.get(pk=feed.pk)


def test_the_feed_says_who_comes_with_what_and_where(
    rossi_client: Client, work: Service, manager: StaffUser
) -> None:
    who = factories.customer(first_name="Giulia", last_name="Ferri", phone="+393331112223")
    car = factories.vehicle(who, license_plate="AB123CD")
    row = factories.appointment(
        local(2026, 3, 24, 9), service=work, customer=who, vehicle=car, notes="Rumore"
    )
    _feed, address = made(manager)
    answer = rossi_client.get(address)
    (event,) = read(answer)
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    for each in ("Tagliando", "Giulia Ferri", "AB123CD"):
        assert each in str(event["summary"])
    told = str(event["description"])
    for each in ("333 111 2223", "Fiat Panda", "Ponte 1", "confermato", row.code, "Rumore"):
        assert each in told
    assert str(event["location"]) == "Ponte 1"
    assert row.scheduled_at == event.DTSTART
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in answer.content
    assert b"X-WR-CALNAME:Officina Rossi" in answer.content


def test_it_reaches_from_thirty_days_ago_to_half_a_year_ahead(
    rossi_client: Client, work: Service, manager: StaffUser
) -> None:
    days = (-31, -29, 0, 179, 181)
    rows = [factories.appointment(NOW + timedelta(days=day, hours=1), service=work) for day in days]
    _feed, address = made(manager)
    assert [event.DTSTART for event in read(rossi_client.get(address))] == [
        row.scheduled_at for row in rows[1:4]
    ]


def test_what_was_cancelled_is_gone_and_what_waits_is_tentative(
    rossi_client: Client, work: Service, manager: StaffUser
) -> None:
    factories.appointment(local(2026, 3, 24, 9), service=work, status=Status.CANCELLED)
    factories.appointment(local(2026, 3, 24, 10), service=work, status=Status.PENDING)
    factories.appointment(local(2026, 3, 24, 11), service=work, status=Status.IN_PROGRESS)
    _feed, address = made(manager)
    assert [str(each["status"]) for each in read(rossi_client.get(address))] == ["TENTATIVE", "CONFIRMED"]


def test_nine_o_clock_stays_nine_o_clock_over_the_clock_change(
    rossi_client: Client, work: Service, manager: StaffUser
) -> None:
    for day in (27, 30):  # the Friday before and the Monday after
        factories.appointment(local(2026, 3, day, 9), service=work)
    _feed, address = made(manager)
    starts = [event.DTSTART for event in read(rossi_client.get(address))]
    assert [start.astimezone(ROME).hour for start in starts] == [9, 9]
    assert [start.astimezone(UTC).hour for start in starts] == [8, 7]


def test_a_mechanic_sees_the_work_without_telephones_and_only_theirs_when_asked(
    rossi_client: Client, work: Service, mechanic: StaffUser
) -> None:
    bay, other = work.bays.get(), factories.bay("Ponte 2")
    bay.mechanic = mechanic
    bay.save()
    in_my_bay = factories.appointment(local(2026, 3, 24, 9), service=work, bay=bay)
    given_to_me = factories.appointment(local(2026, 3, 24, 10), service=work, bay=other, mechanic=mechanic)
    nobodys = factories.appointment(
        local(2026, 3, 24, 11), service=work, bay=other, contact_phone="+393331112223"
    )
    (_all, whole), (_mine, mine) = made(mechanic), made(mechanic, only_mine=True)
    everything = rossi_client.get(whole)
    assert len(read(everything)) == 3
    assert b"333" not in everything.content.replace(nobodys.code.encode(), b"")
    uids = [str(event["uid"]).split("@")[0] for event in read(rossi_client.get(mine))]
    assert uids == [str(in_my_bay.pk), str(given_to_me.pk)]


def test_revoked_inactive_and_foreign_feeds_open_nothing(
    rossi_client: Client, bianchi_client: Client, manager: StaffUser, mechanic: StaffUser, in_rossi: Shop
) -> None:
    (revoked, first), (_other, second) = made(manager), made(mechanic)
    assert bianchi_client.get(first).status_code == 404
    assert rossi_client.get(first).status_code == 200
    with in_shop(rossi_shop()):
        feeds.revoke(feed=revoked)
        StaffUser.objects.filter(pk=mechanic.pk).update(is_active=False)
    answers = [rossi_client.get(each) for each in (first, second, "/calendario/AAAA.ics")]
    assert [each.status_code for each in answers] == [404, 404, 404]
    assert len({each.content for each in answers}) == 1


BAD = ["x", "A" * 10_000, "%00", "%F0%9F%9A%97", "%FF%FE", "%ED%A0%80", "a%0d%0ab", "..%2e", "%20"]


@pytest.mark.parametrize("token", BAD, ids=[f"bad{number}" for number in range(len(BAD))])
def test_what_is_no_feed_is_a_page(rossi_client: Client, token: str) -> None:
    answer = rossi_client.get(f"/calendario/{token}.ics")
    assert answer.status_code == 404
    assert b"<main>" in answer.content


def test_guessing_is_slowed_down(rossi_client: Client, manager: StaffUser) -> None:
    answers = [rossi_client.get("/calendario/x.ics") for _number in range(61)]
    assert answers[-2].status_code == 404
    assert answers[-1].status_code == 429
    assert answers[-1]["Retry-After"]
    assert rossi_client.get(made(manager)[1]).status_code == 200


def test_a_calendar_that_asks_again_gets_304_until_something_changes(
    rossi_client: Client, work: Service, manager: StaffUser, frozen: Any
) -> None:
    row = factories.appointment(local(2026, 3, 24, 9), service=work)
    _feed, address = made(manager)
    first = rossi_client.get(address)
    assert "private" in first["Cache-Control"]
    frozen.shift(600)
    again = rossi_client.get(address, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert rossi_client.get(address, headers={"If-None-Match": f'"x", W/{first["ETag"]}'}).status_code == 304
    with in_shop(rossi_shop()):
        Appointment.objects.filter(pk=row.pk).update(status=Status.IN_PROGRESS, updated_at=NOW)
    changed = rossi_client.get(address, headers={"If-None-Match": first["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] != first["ETag"]


def test_that_it_was_used_is_written_once_an_hour(
    rossi_client: Client, manager: StaffUser, frozen: Any
) -> None:
    feed, address = made(manager)
    rossi_client.get(address)
    assert kept(feed).last_used_at == NOW
    frozen.shift(3599)
    rossi_client.get(address)
    assert kept(feed).last_used_at == NOW
    frozen.shift(1)
    rossi_client.get(address)
    assert kept(feed).last_used_at == NOW + timedelta(hours=1)


def test_queries_do_not_grow_with_the_appointments(
    rossi_client: Client,
    work: Service,
    manager: StaffUser,
    django_assert_max_num_queries: Callable[[int], Any],
) -> None:
    for hour in (8, 9, 10, 11, 14, 15, 16, 17):
        factories.appointment(local(2026, 3, 24, hour), service=work)
    _feed, address = made(manager)
    rossi_client.get(address)
    with django_assert_max_num_queries(3):
        assert len(read(rossi_client.get(address))) == 8


def test_nothing_typed_becomes_an_event(rossi_client: Client, work: Service, manager: StaffUser) -> None:
    hostile = "x\r\nEND:VEVENT\r\nBEGIN:VEVENT\r\nSUMMARY:finto"
    who = factories.customer(first_name=hostile, last_name="<script>")
    bay = work.bays.get()
    bay.name = hostile
    bay.save()
    factories.appointment(local(2026, 3, 24, 9), service=work, bay=bay, customer=who, notes=hostile)
    _feed, address = made(manager)
    answer = rossi_client.get(address)
    assert len(read(answer)) == 1
    assert answer.content.count(b"\r\nBEGIN:VEVENT") == 1


def test_the_token_is_kept_nowhere(in_rossi: Shop, manager: StaffUser) -> None:
    feed, token = feeds.make(staff=manager, name="x")
    assert token not in str(CalendarFeed.objects.filter(pk=feed.pk).values())
    assert feeds.find(token) == feed
    assert feeds.find(token[:-1]) is None
    assert feeds.find("") is None


def test_a_person_has_ten_at_most_and_revoking_makes_room(in_rossi: Shop, manager: StaffUser) -> None:
    mine = [feeds.make(staff=manager)[0] for _number in range(feeds.MOST)]
    with pytest.raises(feeds.TooMany):
        feeds.make(staff=manager)
    first = feeds.revoke(feed=mine[0])
    assert feeds.revoke(feed=first).revoked_at == first.revoked_at
    feeds.make(staff=manager)
