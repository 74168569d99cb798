"""Customers and vehicles through the API."""

import json
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.utils import timezone

from scheduling.models import Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.api.conftest import Program, is_problem


def test_a_customer_is_made_read_and_changed(api: Program, rossi: Shop) -> None:
    made = api.post("customers", {"first_name": "Maria", "phone": "333 1234567"})
    assert made.status_code == 201
    assert made.json()["phone"] == "+393331234567"
    assert made["Location"] == f"/api/v1/customers/{made.json()['id']}"
    read = api.get(made["Location"])
    assert (read.json(), read["ETag"]) == (made.json(), made["ETag"])
    assert api.get(made["Location"], If_None_Match=read["ETag"]).status_code == 304
    changed = api.patch(made["Location"], {"email": "m@example.com"}, If_Match=read["ETag"])
    assert changed.status_code == 200
    assert changed["ETag"] != read["ETag"]
    is_problem(api.patch(made["Location"], {"email": "x@example.com"}, If_Match=read["ETag"]), 412, "changed")
    is_problem(api.patch(made["Location"], {"email": "x@example.com"}), 428, "if_match_required")
    with in_shop(rossi):
        assert Customer.objects.get(pk=made.json()["id"]).email == "m@example.com"


def test_a_number_belongs_to_one(api: Program) -> None:
    api.post("customers", {"phone": "333 1234567"})
    body = is_problem(api.post("customers", {"phone": "+39 333 123 4567"}), 409, "duplicate")
    assert body["errors"][0]["field"] == "phone"


BAD = {
    "nothing": {},
    "unknown field": {"first_name": "x", "is_admin": True},
    "number for a name": {"first_name": 7},
    "10,000 characters": {"first_name": "x" * 10_000},
    "no number": {"phone": "ciao"},
    "no address": {"email": "ciao"},
    "header in the address": {"email": "a@example.com\r\nBcc: b@example.com"},
    "header in the name": {"first_name": "Maria\r\nBcc: b@example.com"},
    "word for true": {"first_name": "x", "gdpr_consent": "yes"},
    "language": {"first_name": "x", "language": "klingon"},
    "a list": {"first_name": ["x"]},
}


@pytest.mark.parametrize("body", BAD.values(), ids=BAD.keys())
def test_bad_values_are_told_by_their_field(api: Program, body: dict[str, Any], rossi: Shop) -> None:
    found = is_problem(api.post("customers", body), 400, "invalid")
    assert found["errors"]
    with in_shop(rossi):
        assert not Customer.objects.exists()


def test_html_stays_text_and_runs_nowhere(api: Program) -> None:
    script = "<script>alert(1)</script>"
    answer = api.post("customers", {"first_name": script, "notes": script})
    assert answer.status_code == 201
    assert answer["Content-Type"] == "application/json"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer.json()["first_name"] == script


def test_customers_are_archived_and_taken_out_again_never_deleted(api: Program, rossi: Shop) -> None:
    one = api.post("customers", {"first_name": "Maria"}).json()["id"]
    is_problem(api("DELETE", f"customers/{one}"), 405)
    is_problem(api("PUT", f"customers/{one}", {"first_name": "x"}), 405)
    assert api.post(f"customers/{one}/archive").json()["archived_at"] is not None
    assert api.get("customers").json()["results"] == []
    assert [row["id"] for row in api.get("customers?archived=true").json()["results"]] == [one]
    assert api.post(f"customers/{one}/restore", {}).json()["archived_at"] is None
    with in_shop(rossi):
        factories.appointment(timezone.now() + timedelta(days=1), customer=Customer.objects.get())
    is_problem(api.post(f"customers/{one}/archive"), 409, "has_appointments")


def test_customers_are_found(api: Program, rossi: Shop) -> None:
    with in_shop(rossi):
        maria = factories.customer(phone="+393331112223")
        car = factories.vehicle(maria, license_plate="AB123CD")
        factories.customer()
        gone = factories.customer(merged_into=maria, archived_at=timezone.now())
        erased = factories.customer(erased_at=timezone.now())

    def found(query: str) -> list[str]:
        return [row["id"] for row in api.get(f"customers?{query}").json()["results"]]

    assert found(f"phone={quote('333 111 2223')}") == [str(maria.pk)]
    assert found("plate=ab-123-cd") == [str(maria.pk)]
    assert len(found("archived=all")) == 2
    for one in (gone, erased):
        is_problem(api.get(f"customers/{one.pk}"), 404)
    later = quote((timezone.now() + timedelta(seconds=5)).isoformat())
    assert found(f"created_since={later}") == []
    assert [row["id"] for row in api.get(f"vehicles?customer={maria.pk}").json()["results"]] == [str(car.pk)]


def test_what_was_changed_since_is_found(api: Program, rossi: Shop) -> None:
    with in_shop(rossi):
        old, other = factories.customer(), factories.customer()
        Customer.objects.update(created_at=timezone.now() - timedelta(days=9))
    since = quote((timezone.now() - timedelta(days=1)).isoformat())
    from auditlog.models import LogEntry

    with in_shop(rossi):
        LogEntry.objects.update(timestamp=timezone.now() - timedelta(days=9))
    assert api.get(f"customers?updated_since={since}").json()["results"] == []
    etag = api.get(f"customers/{old.pk}")["ETag"]
    api.patch(f"customers/{old.pk}", {"first_name": "Nuova"}, If_Match=etag)
    assert [row["id"] for row in api.get(f"customers?updated_since={since}").json()["results"]] == [
        str(old.pk)
    ]
    assert other.pk != old.pk


def test_pages_meet_every_row_once_whatever_comes_meanwhile(api: Program, rossi: Shop) -> None:
    with in_shop(rossi):
        rows = [factories.customer() for _ in range(7)]
        Customer.objects.update(created_at=timezone.now())  # all at the same moment
    met: list[str] = []
    address: str | None = "customers?limit=3"
    while address:
        body = api.get(address.replace("http://rossi.example", "")).json()
        met += [row["id"] for row in body["results"]]
        address = body["next"]
    assert sorted(met) == sorted(str(row.pk) for row in rows)


def test_a_vehicle_follows_its_own_rules(api: Program, rossi: Shop) -> None:
    owner = api.post("customers", {"first_name": "Maria"}).json()["id"]
    made = api.post(
        "vehicles", {"license_plate": "ab 123 cd", "customer_id": owner, "registered_on": "2020-05-10"}
    )
    assert made.status_code == 201
    assert (made.json()["license_plate"], made.json()["next_revision_on"]) == ("AB123CD", "2024-05-31")
    is_problem(api.post("vehicles", {"license_plate": "AB123CD"}), 409, "duplicate")
    for wrong in (
        {"year": 2099},
        {"vin": "CORTO"},
        {"mileage_km": 10**400},
        {"registered_on": "10/05/2020"},
        {"fuel": "wood"},
    ):
        is_problem(api.patch(made["Location"], wrong, If_Match="*"), 400, "invalid")
    nobody = "00000000-0000-4000-8000-000000000000"
    is_problem(api.patch(made["Location"], {"customer_id": nobody}, If_Match="*"), 404)
    with in_shop(rossi):
        assert Vehicle.objects.get().mileage_km is None
    assert json.loads(api.post(f"{made['Location']}/archive").content)["archived_at"]
