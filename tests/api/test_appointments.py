"""Appointments through the API: booked, moved, settled; one key, one appointment."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from api import idempotency, tokens
from api.models import IdempotencyKey, Scope
from scheduling.models import Appointment, Customer, Service
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.api.conftest import Make, Program, is_problem


@pytest.fixture
def service(rossi: Shop) -> str:
    with in_shop(rossi):
        return str(Service.objects.filter(is_active=True, confirmed_by="ai").first().pk)


def free(api: Program, service: str, number: int = 0) -> str:
    return api.get(f"availability?service={service}&limit=20").json()["slots"][number]["starts_at"]


def wish(api: Program, service: str, **more: Any) -> dict[str, Any]:
    who = {"customer": {"first_name": "Maria", "phone": "333 1234567"}}
    return {"service_id": service, "starts_at": free(api, service), **who, **more}


def test_booked_with_a_new_customer_and_a_new_plate(api: Program, service: str, rossi: Shop) -> None:
    sent = wish(api, service, plate="ab 123 cd", notes="rumore")
    made = api.post("appointments", sent)
    assert made.status_code == 201
    assert (made.json()["source"], made.json()["starts_at"]) == ("manual", sent["starts_at"])
    again = api.post("appointments", sent)
    assert (again.status_code, again.json()["id"]) == (200, made.json()["id"])
    with in_shop(rossi):
        row = Appointment.objects.get()
        assert (row.customer.phone, row.vehicle.license_plate) == ("+393331234567", "AB123CD")
        assert row.vehicle.customer == row.customer


def test_a_taken_place_gives_alternatives_and_leaves_no_customer_behind(
    api: Program, service: str, rossi: Shop
) -> None:
    sent = wish(api, service)
    with in_shop(rossi):
        Service.objects.filter(pk=service).update(most_a_day=1)
    assert api.post("appointments", sent).status_code == 201
    other = {**sent, "customer": {"first_name": "Ugo"}}
    body = is_problem(api.post("appointments", other), 409, "taken")
    assert body["alternatives"]
    assert sent["starts_at"] not in [each["starts_at"] for each in body["alternatives"]]
    with in_shop(rossi):
        assert not Customer.objects.filter(first_name="Ugo").exists()


WRONG: dict[str, dict[str, Any]] = {
    "no offset": {"starts_at": "2026-12-01T09:30:00"},
    "no date": {"starts_at": "domani"},
    "nobody": {"customer": None},
    "two": {"customer_id": "00000000-0000-4000-8000-000000000000"},
    "no phone": {"customer": {"phone": "x"}},
}


@pytest.mark.parametrize("more", WRONG.values(), ids=WRONG.keys())
def test_wishes_that_make_no_sense(api: Program, service: str, more: dict[str, Any]) -> None:
    is_problem(api.post("appointments", wish(api, service, **more)), 400, "invalid")


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [("2020-01-07T10:00:00+01:00", "past"), ("2150-01-07T10:00:00+01:00", "beyond_horizon")],
    ids=["past", "far"],
)
def test_starts_that_cannot_be_had(api: Program, service: str, starts_at: str, code: str) -> None:
    is_problem(api.post("appointments", wish(api, service, starts_at=starts_at)), 409, code)


def test_moved_only_by_who_has_seen_it(api: Program, service: str) -> None:
    made = api.post("appointments", wish(api, service))
    address, later = made["Location"], free(api, service, 5)
    is_problem(api.patch(address, {"starts_at": later}), 428)
    is_problem(api.patch(address, {"starts_at": later}, If_Match='"old"'), 412)
    moved = api.patch(address, {"starts_at": later}, If_Match=made["ETag"])
    assert (moved.status_code, moved.json()["starts_at"]) == (200, later)
    is_problem(api.patch(address, {"starts_at": later}, If_Match=made["ETag"]), 412)


def test_the_verbs_and_their_refusals(api: Program, service: str) -> None:
    address = api.post("appointments", wish(api, service))["Location"]
    is_problem(api.post(f"{address}/complete"), 409, "too_early")
    assert api.post(f"{address}/acknowledge").json()["customer_confirmed_at"]
    gone = api.post(f"{address}/cancel", {"reason": "pioggia"}).json()
    assert (gone["status"], gone["cancel_reason"]) == ("cancelled", "pioggia")
    is_problem(api.post(f"{address}/start"), 409, "transition")
    is_problem(api.post(f"{address}/explode"), 404)


def test_an_inline_customer_takes_the_scope_for_customers(make: Make, service: str, rossi: Shop) -> None:
    program = make([Scope.APPOINTMENTS_READ, Scope.APPOINTMENTS_WRITE])
    body = is_problem(program.post("appointments", wish(program, service)), 403)
    assert body["missing_scope"] == "customers:write"
    with in_shop(rossi):
        known = factories.customer()
    sent = wish(program, service, customer_id=str(known.pk))
    del sent["customer"]
    assert program.post("appointments", sent).status_code == 201


# --- idempotency ----------------------------------------------------------------------------------------------------


def test_the_same_again_gets_the_kept_answer(api: Program, rossi: Shop) -> None:
    first = api.post("customers", {"first_name": "Maria"}, Idempotency_Key="uno")
    again = api.post("customers", {"first_name": "Maria"}, Idempotency_Key="uno")
    assert again["Idempotent-Replayed"] == "true"
    assert "Idempotent-Replayed" not in first
    assert (again.status_code, again.json(), again["ETag"], again["Location"]) == (
        201,
        first.json(),
        first["ETag"],
        first["Location"],
    )
    is_problem(
        api.post("customers", {"first_name": "Ugo"}, Idempotency_Key="uno"), 422, "idempotency_mismatch"
    )
    is_problem(api.post("vehicles", {"license_plate": "AB123CD"}, Idempotency_Key="uno"), 422)
    with in_shop(rossi):
        assert Customer.objects.count() == 1


def test_refusals_are_kept_too(api: Program) -> None:
    first = api.post("customers", {"phone": "x"}, Idempotency_Key="due")
    again = api.post("customers", {"phone": "x"}, Idempotency_Key="due")
    assert is_problem(again, 400) == is_problem(first, 400)
    assert again["Idempotent-Replayed"] == "true"


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "è"], ids=["empty", "blank", "long", "accent"])
def test_words_that_are_no_key(api: Program, key: str) -> None:
    is_problem(api.post("customers", {"first_name": "x"}, Idempotency_Key=key), 400)


def test_while_it_is_worked_on_and_when_the_worker_died(api: Program, rossi: Shop) -> None:
    api.post("customers", {"first_name": "Maria"}, Idempotency_Key="tre")
    with in_shop(rossi):
        Customer.objects.all().delete()
        IdempotencyKey.objects.update(status=None, body=None, created_at=timezone.now())
    answer = api.post("customers", {"first_name": "Maria"}, Idempotency_Key="tre")
    is_problem(answer, 409, "in_progress")
    assert int(answer["Retry-After"]) > 0
    with in_shop(rossi):
        IdempotencyKey.objects.update(created_at=timezone.now() - idempotency.CLAIM)
    assert api.post("customers", {"first_name": "Maria"}, Idempotency_Key="tre").status_code == 201


def test_answers_are_kept_for_a_day(api: Program, rossi: Shop) -> None:
    api.post("customers", {"first_name": "Maria"}, Idempotency_Key="quattro")
    with in_shop(rossi):
        assert idempotency.purge() == 0
        assert idempotency.purge(now=timezone.now() + timedelta(hours=25)) == 1


def test_keys_of_two_programs_are_two(make: Make, rossi: Shop) -> None:
    for program in (make(), make()):
        assert program.post("customers", {"first_name": "Maria"}, Idempotency_Key="k").status_code == 201
    with in_shop(rossi):
        assert Customer.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_with_one_key_make_one_appointment(transactional_db: None) -> None:
    rossi = Shop.objects.get(slug="officina-rossi")
    with in_shop(rossi):
        secret = tokens.make(name="x", scopes=Scope.values).secret
        service = str(Service.objects.filter(is_active=True, confirmed_by="ai").first().pk)
    sent = wish(Program("rossi.example", secret), service)

    def ask(_number: int) -> int:
        try:
            return (
                Program("rossi.example", secret).post("appointments", sent, Idempotency_Key="k").status_code
            )
        finally:
            connection.close()

    with ThreadPoolExecutor(20) as pool:
        statuses = list(pool.map(ask, range(20)))
    assert set(statuses) <= {201, 409}
    assert 201 in statuses
    with in_shop(rossi):
        assert Appointment.objects.count() == Customer.objects.count() == 1
