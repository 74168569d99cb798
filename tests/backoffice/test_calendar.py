"""The calendar's page and its data: what is in it, in whose time, at what cost, for whom."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from backoffice.calendar import assets
from scheduling.models import Bay
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

DATA = "/admin/calendario/dati/"
LogIn = Callable[[Client, StaffUser, Shop], Client]


@pytest.fixture
def desk(rossi_client: Client, log_in: LogIn, manager: StaffUser, in_rossi: Shop) -> Client:
    return log_in(rossi_client, manager, in_rossi)


@pytest.fixture
def workshop(in_rossi: Shop) -> list[Bay]:
    """Two bays and the hours of a usual officina."""
    factories.empty_workshop()
    factories.hours()
    return [factories.bay("Ponte 1"), factories.bay("Ponte 2")]


def asked(desk: Client, first: str, last: str) -> dict[str, Any]:
    answer = desk.get(DATA, {"from": first, "to": last})
    assert answer.status_code == 200, answer.content
    found: dict[str, Any] = answer.json()
    return found


def test_appointments_come_in_the_shops_wall_time(desk: Client, workshop: list[Bay]) -> None:
    service = factories.service("Tagliando")
    customer = factories.customer(first_name="Mario", last_name="Neri")
    factories.appointment(
        datetime(2027, 3, 26, 8, 0, tzinfo=UTC), customer=customer, service=service, bay=workshop[1]
    )
    factories.appointment(datetime(2027, 3, 29, 8, 0, tzinfo=UTC), service=service)  # after the clock changed
    (before, after) = asked(desk, "2027-03-22", "2027-04-05")["appointments"]
    assert (before["start"], before["end"]) == ("2027-03-26T09:00", "2027-03-26T10:00")
    assert (before["customer"], before["service"], before["bay"]) == (
        "Mario Neri",
        "Tagliando",
        workshop[1].pk,
    )
    assert after["start"] == "2027-03-29T10:00"


def test_the_hour_that_comes_twice_is_drawn_as_long_as_it_is(desk: Client, workshop: list[Bay]) -> None:
    factories.appointment(datetime(2027, 10, 31, 0, 40, tzinfo=UTC), minutes=30, service=factories.service())
    (night,) = asked(desk, "2027-10-31", "2027-11-01")["appointments"]
    assert (night["start"], night["end"]) == ("2027-10-31T02:40", "2027-10-31T03:10")


def test_only_the_days_asked_for_and_what_runs_into_them(desk: Client, workshop: list[Bay]) -> None:
    service = factories.service()
    factories.appointment(factories.local(2027, 5, 3, 9), service=service)
    long = factories.appointment(factories.local(2027, 5, 4, 9), minutes=60 * 24 * 2, service=service)
    factories.appointment(factories.local(2027, 5, 7, 9), service=service)
    found = asked(desk, "2027-05-05", "2027-05-06")["appointments"]
    assert [one["id"] for one in found] == [str(long.pk)]


def test_breaks_nights_holidays_and_a_bays_own_closure_are_shaded(desk: Client, workshop: list[Bay]) -> None:
    day = date(2027, 5, 5)  # a Wednesday
    factories.closure(day, bay=workshop[0], from_time=time(9), to_time=time(11), reason="Collaudo del ponte")
    factories.closure(date(2027, 5, 6), reason="Ferie")
    shades = asked(desk, "2027-05-05", "2027-05-07")["closed"]
    assert [(s["start"], s["end"], s["bay"], s["reason"], s["whole_day"]) for s in shades] == [
        ("2027-05-05T00:00", "2027-05-05T08:00", None, "", False),
        ("2027-05-05T12:30", "2027-05-05T14:00", None, "", False),
        ("2027-05-05T18:30", "2027-05-06T00:00", None, "", False),
        ("2027-05-05T09:00", "2027-05-05T11:00", workshop[0].pk, "Collaudo del ponte", False),
        ("2027-05-06T00:00", "2027-05-07T00:00", None, "Ferie", True),
    ]
    (christmas,) = asked(desk, "2026-12-25", "2026-12-26")["closed"]
    assert (christmas["reason"], christmas["whole_day"]) == ("Natale", True)


def test_a_bay_out_of_use_is_shown_where_it_still_has_work(desk: Client, workshop: list[Bay]) -> None:
    factories.appointment(factories.local(2027, 5, 4, 9), service=factories.service(), bay=workshop[0])
    Bay.objects.filter(pk=workshop[0].pk).update(is_active=False)
    assert [bay["name"] for bay in asked(desk, "2027-05-04", "2027-05-05")["bays"]] == [
        "Ponte 2",
        "Ponte 1 (fuori uso)",
    ]
    assert [bay["name"] for bay in asked(desk, "2027-05-05", "2027-05-06")["bays"]] == ["Ponte 2"]


@pytest.mark.parametrize(
    ("first", "last"),
    [
        ("", ""),
        ("ieri", "domani"),
        ("2027-05-04", "2027-05-04"),
        ("2027-05-04", "2027-07-04"),
        ("0001-01-01", "0001-01-09"),
        ("9999-12-30", "9999-12-31"),
        ("2027-02-30", "2027-03-01"),
        ("2027-05-04\x00", "2027-05-05'--"[:3]),
    ],
)
def test_nonsense_is_refused_with_a_sentence(desk: Client, first: str, last: str) -> None:
    answer = desk.get(DATA, {"from": first, "to": last})
    assert answer.status_code == 400
    assert "periodo" in answer.json()["message"]


def test_the_same_data_is_not_sent_twice(desk: Client, workshop: list[Bay], rossi: Shop) -> None:
    days = {"from": "2027-05-03", "to": "2027-05-10"}
    etag = desk.get(DATA, days)["ETag"]
    assert desk.get(DATA, days, headers={"If-None-Match": etag}).status_code == 304
    with in_shop(rossi):
        factories.appointment(factories.local(2027, 5, 4, 9), service=factories.service())
    assert desk.get(DATA, days, headers={"If-None-Match": etag}).status_code == 200


def test_the_queries_do_not_grow_with_the_data(desk: Client, workshop: list[Bay], rossi: Shop) -> None:
    def queries(path: str, **query: str) -> int:
        with CaptureQueriesContext(connection) as captured:
            assert desk.get(path, query).status_code == 200
        return len(captured)

    days = {"from": "2027-05-03", "to": "2027-06-07"}
    service = factories.service()
    factories.appointment(factories.local(2027, 5, 3, 9), service=service)
    queries(DATA, **days)
    few = queries(DATA, **days), queries("/admin/calendario/")
    with in_shop(rossi):
        for number in range(12):
            bay = factories.bay()
            factories.appointment(
                factories.local(2027, 5, 4 + number, 9), service=factories.service(), bay=bay
            )
            factories.closure(date(2027, 5, 4 + number), bay=bay)
    assert (queries(DATA, **days), queries("/admin/calendario/")) == few
    assert few[0] <= 5


def test_who_may_look_and_who_may_not(
    rossi_client: Client,
    bianchi_client: Client,
    log_in: LogIn,
    in_rossi: Shop,
    outsider: StaffUser,
    bianchi: Shop,
) -> None:
    made = factories.appointment(factories.local(2027, 5, 4, 9))
    paths = ["/admin/calendario/", f"{DATA}?from=2027-05-03&to=2027-05-04", f"/admin/calendario/{made.pk}/"]
    for role, status in (("mechanic", 403), ("receptionist", 200)):
        with in_shop(in_rossi):
            person = StaffUser.objects.create_user(
                f"{role}@rossi.example", "una password di prova", role=role
            )
        log_in(rossi_client, person, in_rossi)
        assert [rossi_client.get(path).status_code for path in paths] == [status] * 3
    log_in(bianchi_client, outsider, bianchi)
    assert bianchi_client.get(paths[2]).status_code == 404
    assert bianchi_client.get(paths[1]).json()["appointments"] == []


def test_the_page_says_so_when_its_package_is_missing(desk: Client, settings: Any, monkeypatch: Any) -> None:
    monkeypatch.setattr(assets, "SCRIPT", "vendor/event-calendar/not-installed.js")
    assert "make assets" in desk.get("/admin/calendario/").content.decode()
    (said,) = assets.check()
    assert said.id == "backoffice.W001"
    assert "make assets" in str(said.hint)


def test_the_page_has_what_the_script_needs(desk: Client, workshop: list[Bay]) -> None:
    page = desk.get("/admin/calendario/").content.decode()
    for text in ("cal-setup", "da confermare", "Ponte 2", "07:00:00", "19:30:00", "Nuovo appuntamento"):
        assert text in page
