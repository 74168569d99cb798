"""The mechanic's board: whose work stands where, what a tap does, and what it does not."""

import re
from collections.abc import Callable
from datetime import datetime, time, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format

from scheduling.models import Appointment, Bay
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.database import PASSWORD
from tests.scheduling.queries import counted

LogIn = Callable[[Client, StaffUser, Shop], Client]
BOARD = "/admin/lavori/"


@pytest.fixture
def ugo(rossi: Shop) -> StaffUser:
    with in_shop(rossi):
        Appointment.objects.all().delete()
        return StaffUser.objects.create_user("ugo@rossi.example", PASSWORD, role="mechanic", first_name="Ugo")


@pytest.fixture
def phone(rossi: Shop, ugo: StaffUser, log_in: LogIn) -> Client:
    return log_in(Client(SERVER_NAME="rossi.example"), ugo, rossi)


def at(days: int = 0, hour: int = 9) -> datetime:
    return datetime.combine(
        timezone.localdate() + timedelta(days=days), time(hour), timezone.get_current_timezone()
    )


def car(shop: Shop, days: int = 0, hour: int = 9, **values: Any) -> Appointment:
    with in_shop(shop):
        values.setdefault("bay", factories.bay())
        return factories.appointment(at(days, hour), minutes=30, **values)


def again(shop: Shop, row: Appointment) -> Appointment:
    with in_shop(shop):
        return Appointment.objects.select_related("mechanic").get(pk=row.pk)


def tap(client: Client, shop: Shop, row: Appointment, verb: str, choice: str = "", **more: Any) -> Any:
    """As the page's button, with the version that is there now unless `seen` says another."""
    seen = more.pop("seen", None) or again(shop, row).updated_at
    act = f"{verb}|{row.pk}|{seen.isoformat()}" + (f"|{choice}" if choice else "")
    return client.post(BOARD, {"act": act, **more}, headers={"x-requested-with": "fetch"})


def places(client: Client) -> dict[str, list[str]]:
    return {
        section.name: [card.appointment.notes for card in section.cards]
        for section in client.get(BOARD).context["sections"]
    }


def test_mine_first_then_what_is_in_then_the_others(rossi: Shop, ugo: StaffUser, phone: Client) -> None:
    with in_shop(rossi):
        his_bay = factories.bay(mechanic=ugo)
        other = StaffUser.objects.create_user("ivo@rossi.example", PASSWORD, role="mechanic")
    car(rossi, notes="mia", mechanic=ugo)
    car(rossi, hour=11, notes="nella mia postazione", bay=his_bay)
    car(rossi, hour=10, notes="data a un altro", bay=his_bay, mechanic=other)
    car(rossi, hour=8, notes="di nessuno")
    car(rossi, -3, notes="aperta", status="in_progress")
    car(rossi, -2, notes="pronta da ieri", status="completed")
    car(rossi, -1, notes="mai venuta")
    car(rossi, 1, notes="domani")
    car(rossi, notes="annullata", status="cancelled")
    car(rossi, notes="ritirata", status="completed", collected_at=timezone.now())
    assert places(phone) == {
        "mine": ["mia", "nella mia postazione"],
        "earlier": ["aperta"],
        "others": ["di nessuno", "data a un altro"],
        "ready": ["pronta da ieri"],
        "over": ["ritirata"],
    }


def test_a_day_at_the_workshop(rossi: Shop, ugo: StaffUser, phone: Client) -> None:
    row = car(rossi)
    for verb, said in (
        ("take", "suo lavoro"),
        ("mark_arrived", "arrivata"),
        ("start", "iniziato"),
        ("complete", "pronta"),
        ("reopen", "lavorazione"),
        ("complete", "pronta"),
        ("mark_collected", "ritirata"),
    ):
        answer = tap(phone, rossi, row, verb)
        assert answer.status_code == 200, verb
        assert said in answer.content.decode()
    done = again(rossi, row)
    assert (done.status, done.mechanic) == ("completed", ugo)
    assert done.arrived_at
    assert done.collected_at


@pytest.mark.parametrize(
    ("choice", "typed", "expected"),
    [("+30", "", "30 min"), ("+60", "", "60 min"), ("own", "23:55", "own"), ("none", "", None)],
)
def test_ready_by(rossi: Shop, phone: Client, choice: str, typed: str, expected: str | None) -> None:
    row = car(rossi, status="in_progress", customer_note="in attesa del ricambio")
    own = (timezone.localtime() + timedelta(days=1)).replace(hour=16, minute=30, second=0, microsecond=0)
    answer = tap(phone, rossi, row, "promise", choice, **{f"at-{row.pk}": f"{own:%Y-%m-%dT%H:%M}"})
    assert answer.status_code == 200
    found = again(rossi, row)
    assert found.customer_note == "in attesa del ricambio"
    if expected is None:
        assert found.promised_at is None
    elif expected == "own":
        assert found.promised_at is not None
        with in_shop(rossi):
            assert timezone.localtime(found.promised_at).strftime("%H:%M") == "16:30"
    else:
        assert found.promised_at is not None
        wait = found.promised_at - timezone.now()
        assert timedelta(minutes=int(choice) - 1) < wait <= timedelta(minutes=int(choice) + 5)
        assert found.promised_at.minute % 5 == found.promised_at.second == 0


@pytest.mark.parametrize(
    "typed", ["", "boh", "2020-01-01T10:00", "9999-12-31T23:59", "2026-13-45T99:99", "\x00"]
)
def test_a_time_that_is_none_is_refused_in_words(rossi: Shop, phone: Client, typed: str) -> None:
    row = car(rossi, status="in_progress")
    answer = tap(phone, rossi, row, "promise", "own", **{f"at-{row.pk}": typed})
    assert answer.status_code == 409
    assert "data-refused" in answer.content.decode()
    assert again(rossi, row).promised_at is None


def test_notes_for_the_customer(rossi: Shop, phone: Client) -> None:
    row = car(rossi, status="in_progress", promised_at=timezone.now() + timedelta(hours=1))
    tap(phone, rossi, row, "note", "0")
    assert again(rossi, row).customer_note == "In attesa del ricambio"
    tap(phone, rossi, row, "note", "own", **{f"note-{row.pk}": "Arriva\x00 lunedì" + "x" * 400})
    assert again(rossi, row).customer_note.startswith("Arriva lunedìx")
    assert len(again(rossi, row).customer_note) == 300
    assert again(rossi, row).promised_at == row.promised_at
    tap(phone, rossi, row, "note", "none")
    assert again(rossi, row).customer_note == ""


def test_a_double_tap_does_it_once(rossi: Shop, phone: Client) -> None:
    row = car(rossi)
    seen = row.updated_at
    for verb in ("start", "start"):
        assert tap(phone, rossi, row, verb, seen=seen).status_code == 200
    changed = again(rossi, row).updated_at
    tap(phone, rossi, row, "start", seen=seen)
    assert again(rossi, row).updated_at == changed


def test_who_sees_an_old_state_is_told(rossi: Shop, phone: Client, manager: StaffUser, log_in: LogIn) -> None:
    row = car(rossi, status="in_progress")
    seen = row.updated_at
    other = log_in(Client(SERVER_NAME="rossi.example"), manager, rossi)
    tap(other, rossi, row, "note", "0")
    answer = tap(phone, rossi, row, "note", "1", seen=seen)
    assert answer.status_code == 409
    assert "cambiato da qualcun altro" in answer.content.decode()
    assert "In attesa del ricambio" in answer.content.decode()  # with how it is now
    assert again(rossi, row).customer_note == "In attesa del ricambio"
    assert tap(phone, rossi, row, "complete", seen=seen).status_code == 409


def test_what_may_not_be_is_refused_in_words(rossi: Shop, phone: Client) -> None:
    row = car(rossi, 0, 23, status="confirmed")
    answer = tap(phone, rossi, row, "reopen")
    assert answer.status_code == 409
    assert "Non è possibile" in answer.content.decode()


@pytest.mark.parametrize("days", [-200, 1, 30])
def test_only_what_stands_on_the_board_is_changed_there(rossi: Shop, phone: Client, days: int) -> None:
    row = car(rossi, days)
    assert tap(phone, rossi, row, "start").status_code == 404
    assert again(rossi, row).status == "confirmed"


def test_another_shops_cars_are_not_there(rossi: Shop, bianchi: Shop, phone: Client) -> None:
    with in_shop(bianchi):
        row = factories.appointment(at(), minutes=30)
    assert tap(phone, bianchi, row, "start").status_code == 404
    assert again(bianchi, row).status == "confirmed"


NOBODY = "00000000-0000-4000-8000-000000000000"
NOW = "2026-11-22T10:00:00+00:00"


@pytest.mark.parametrize(
    ("act", "status"),
    [
        ("", 400),
        ("start", 400),
        (f"cancel|{NOBODY}|{NOW}", 400),
        (f"start|x|{NOW}", 400),
        (f"start|{NOBODY}|ieri", 400),
        (f"start|{NOBODY}|2026-11-22T10:00:00", 400),
        (f"start|{NOBODY}|{NOW}", 404),
        (f"start|{NOBODY}\x00|{NOW}", 400),
    ],
)
def test_nonsense_is_refused(phone: Client, act: str, status: int) -> None:
    assert phone.post(BOARD, {"act": act}).status_code == status


@pytest.mark.parametrize(
    ("verb", "choice"), [("promise", "3:00"), ("promise", ""), ("note", "99"), ("note", "-1")]
)
def test_choices_that_are_none(rossi: Shop, phone: Client, verb: str, choice: str) -> None:
    assert tap(phone, rossi, car(rossi, status="in_progress"), verb, choice).status_code == 400


def test_it_polls_for_nothing_while_nothing_changes(rossi: Shop, phone: Client) -> None:
    row = car(rossi)
    first = phone.get(BOARD, {"part": "1"})
    assert first["X-Board"] == "1"
    assert "<html" not in first.content.decode()
    same = {"if-none-match": first["ETag"]}
    assert phone.get(BOARD, {"part": "1"}, headers=same).status_code == 304
    tap(phone, rossi, row, "start")
    assert phone.get(BOARD, {"part": "1"}, headers=same).status_code == 200


def test_without_a_script_it_works_too(rossi: Shop, phone: Client) -> None:
    row = car(rossi)
    page = phone.get(BOARD).content.decode()
    found = re.search(r'value="(start\|[^"]+)"', page)
    assert found
    answer = phone.post(BOARD, {"act": found[1].replace("&#x2B;", "+")}, follow=True)
    assert "Lavoro iniziato" in answer.content.decode()
    assert again(rossi, row).status == "in_progress"


def test_a_forged_post_is_refused(rossi: Shop, ugo: StaffUser, log_in: LogIn) -> None:
    strict = log_in(Client(SERVER_NAME="rossi.example", enforce_csrf_checks=True), ugo, rossi)
    assert tap(strict, rossi, car(rossi), "start").status_code == 403


@pytest.mark.parametrize(("role", "calls"), [("mechanic", False), ("receptionist", True), ("manager", True)])
def test_who_sees_the_customers_number(rossi: Shop, log_in: LogIn, role: str, calls: bool) -> None:
    with in_shop(rossi):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", PASSWORD, role=role)
    row = car(rossi)
    page = log_in(Client(SERVER_NAME="rossi.example"), person, rossi).get(BOARD).content.decode()
    assert (f"tel:{row.customer.phone}" in page) is calls
    assert (str(row.customer.phone) in page) is calls


def test_more_cars_cost_no_more_queries(rossi: Shop, phone: Client) -> None:
    def cost() -> int:
        with counted() as queries:
            assert phone.get(BOARD).status_code == 200
        return len(queries)

    car(rossi)
    phone.get(BOARD)
    few = cost()
    with in_shop(rossi):
        Bay.objects.update(mechanic=StaffUser.objects.first())
    for number in range(15):
        car(rossi, -number % 5 * -1, status="in_progress")
    assert cost() <= few


def test_a_promise_of_another_day_says_the_day(phone: Client, rossi: Shop) -> None:
    today = datetime.combine(timezone.localdate(timezone=rossi.tz), time(17), rossi.tz)
    car(rossi, status="in_progress", promised_at=today)
    assert "Promessa per le <strong>17:00</strong>" in phone.get(BOARD).content.decode()
    tomorrow = today + timedelta(days=1)
    car(rossi, hour=11, status="in_progress", promised_at=tomorrow)
    shown = date_format(tomorrow, "D j H:i").lower()
    assert f"Promessa per <strong>{shown}</strong>" in phone.get(BOARD).content.decode()
