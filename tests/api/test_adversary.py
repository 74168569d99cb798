"""Somebody who means harm, or whose program is broken: refused in words, and nothing is lost by it."""

import json
from typing import Any
from urllib.parse import quote

import pytest

from scheduling.models import Customer
from shops.context import in_shop
from shops.models import Shop
from tests.api.conftest import Make, Program, is_problem


def test_more_words_in_the_address_than_anybody_has(api: Program) -> None:
    is_problem(api.get("customers?" + "&".join(f"a{n}=1" for n in range(1500))), 400)
    is_problem(api.post("customers?" + "&".join(f"a{n}=1" for n in range(1500)), {"first_name": "x"}), 400)


CURSORS = {
    "nothing": "e30",
    "a number": "MQ",
    "not ASCII": "%C3%A8",
    "NUL": "WyIyMDI2LTExLTIzVDA5OjMwOjAwWiIsICJcdTAwMDAiXQ",
    "three": "WzEsMiwzXQ",
}


@pytest.mark.parametrize("cursor", CURSORS.values(), ids=CURSORS.keys())
def test_forged_places_in_a_list(api: Program, cursor: str) -> None:
    is_problem(api.get(f"customers?cursor={cursor}"), 400)


HEADERS = {
    "Authorization": [
        "Bearer",
        "Bearer  ",
        "Basic eDp4",
        "Bearer aros_",
        "bearer\tx",
        "Bearer é",
        "x" * 5000,
    ],
    "If-Match": ["", "x", '"', "W/", '"' + "x" * 5000 + '"', ",,,", "é"],
    "If-None-Match": ["", '"', "W/*", "é" * 50, "*, *"],
    "Accept": ["", ",", ";", ";;q=1", "*/*;q=", "a" * 5000],
    "Accept-Language": ["", "xx", "*", "it;q=abc", "é", "a" * 5000, "zz-" * 200],
    "Content-Type": ["application/json;", "application/json; charset=", "application/JSON", ";", "é"],
    "Idempotency-Key": ["\x01", "\u00e9", '"a"', "x" * 300],
}


@pytest.mark.parametrize(
    ("name", "value"),
    [(name, value) for name, values in HEADERS.items() for value in values],
    ids=[f"{name}-{number}" for name, values in HEADERS.items() for number in range(len(values))],
)
def test_headers_that_make_no_sense_break_nothing(api: Program, name: str, value: str) -> None:
    made = api.post("customers", {"first_name": "Maria"}).json()
    address = f"customers/{made['id']}"
    for answer in (
        api("GET", "customers", **{name: value}),
        api("GET", address, **{name: value}),
        api("POST", "customers", {"first_name": "Ida"}, **{name: value}),
        api("PATCH", address, {"first_name": "Ida"}, **{name: value}),
    ):
        assert answer.status_code < 500
        if answer.status_code >= 400:
            is_problem(answer, answer.status_code)


def test_two_who_saw_the_same_version_do_not_undo_each_other(api: Program, rossi: Shop) -> None:
    made = api.post("customers", {"first_name": "Maria", "notes": "a"})
    address = f"customers/{made.json()['id']}"
    seen = made["ETag"]
    first = api.patch(address, {"notes": "b"}, If_Match=seen)
    assert first.status_code == 200
    is_problem(api.patch(address, {"first_name": "Ida"}, If_Match=seen), 412, "changed")
    is_problem(api.post(f"{address}/archive", If_Match=seen), 412, "changed")
    is_problem(api.patch(address, {"first_name": "Ida"}, If_Match=f"W/{first['ETag']}"), 412)
    assert api.patch(address, {"first_name": "Ida"}, If_Match=first["ETag"]).status_code == 200
    with in_shop(rossi):
        row = Customer.objects.get()
        assert (row.first_name, row.notes) == ("Ida", "b")


def test_nobody_writes_what_is_not_theirs_to_write(api: Program, rossi: Shop) -> None:
    for name in ("id", "created_at", "archived_at", "erased_at", "merged_into", "pk", "_state", "save"):
        is_problem(api.post("customers", {"first_name": "x", name: None}), 400)
    with in_shop(rossi):
        assert not Customer.objects.exists()


def test_a_program_that_may_only_read_learns_nothing_by_writing(make: Make, api: Program) -> None:
    made = api.post("customers", {"first_name": "Maria", "phone": "+393477654321"}).json()
    reader = make(scopes=["appointments:read"])
    for phone in ("+393477654321", "+393477654322"):
        answer = reader.post("customers", {"first_name": "x", "phone": phone})
        is_problem(answer, 403, "missing_scope")
    for pk in (made["id"], "0b7d4e52-1c3f-4a86-9e2d-5f6a8b9c0d13"):
        is_problem(reader.get(f"customers/{pk}"), 403, "missing_scope")
        is_problem(reader.patch(f"customers/{pk}", {}, If_Match="*"), 403, "missing_scope")


def test_who_may_book_does_not_learn_who_is_a_customer(make: Make, api: Program) -> None:
    """With appointments:write alone, a known number and an unknown one are refused alike."""
    api.post("customers", {"first_name": "Maria", "phone": "+393477654321"})
    booker = make(scopes=["appointments:read", "appointments:write"])
    service = booker.get("services").json()["results"][0]["id"]
    answers = [
        booker.post(
            "appointments",
            {"service_id": service, "starts_at": "2020-01-01T09:00:00Z", "customer": {"phone": phone}},
        )
        for phone in ("+393477654321", "+393477654322")
    ]
    assert answers[0].content == answers[1].content
    is_problem(answers[0], 403, "missing_scope")


@pytest.mark.parametrize("text", ["%27%20OR%201=1--", "%25", "_", "*", quote("’;DROP TABLE x")])
def test_filters_are_values_never_patterns(api: Program, text: str) -> None:
    api.post("customers", {"first_name": "Maria", "phone": "+393477654321"})
    answer = api.get(f"customers?phone={text}")
    assert answer.status_code == 400 or json.loads(answer.content)["results"] == []
    answer = api.get(f"vehicles?plate={text}")
    assert answer.status_code == 400 or json.loads(answer.content)["results"] == []


@pytest.mark.parametrize(
    "body",
    [
        b'{"first_name": "a", "first_name": "b"}',
        b'{"first_name": "' + b"x" * 10_000 + b'"}',
        b'{"first_name": "Maria\\r\\nBcc: x@y.example"}',
        b'{"email": "a@b.example\\nBcc: x@y.example"}',
        b'{"email": "a@b.example", "gdpr_consent": "true"}',
    ],
    ids=["twice", "long", "header", "address", "word"],
)
def test_bodies_with_two_meanings_are_refused(api: Program, body: bytes) -> None:
    is_problem(api.post("customers", body), 400)


def test_an_answer_is_kept_for_who_asked_only(make: Make) -> None:
    """The key of a revoked or narrower program opens no kept answer."""
    first, narrow = make(), make(scopes=["customers:read"])
    made: Any = first.post("customers", {"first_name": "Maria"}, Idempotency_Key="k")
    assert made.status_code == 201
    is_problem(narrow.post("customers", {"first_name": "Maria"}, Idempotency_Key="k"), 403)
    is_problem(
        Program("rossi.example", "").post("customers", {"first_name": "Maria"}, Idempotency_Key="k"), 401
    )
