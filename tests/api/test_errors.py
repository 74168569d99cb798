"""Whatever is sent: a problem in one shape, never a 500."""

import json
from urllib.parse import quote

import pytest

from api import reading
from tests.api.conftest import Program, is_problem

BODIES = {
    "no JSON": (b"{", 400),
    "not UTF-8": (b'{"first_name": "\xff"}', 400),
    "a list": (b"[]", 400),
    "a word": (b'"ciao"', 400),
    "null": (b"null", 400),
    "NaN": (b'{"a": NaN}', 400),
    "endless": (b'{"a": 1e999}', 400),
    "many digits": (b'{"a": ' + b"9" * 5000 + b"}", 400),
    "NUL": (b'{"first_name": "a\\u0000b"}', 400),
    "half a pair": (b'{"first_name": "\\ud800"}', 400),
    "NUL in a name of a field": (b'{"\\u0000": 1}', 400),
    "deep": (b"[" * 50_000 + b"]" * 50_000, 400),
    "deep object": (b'{"a":' * 100 + b"1" + b"}" * 100, 400),
    "huge": (b'{"notes": "' + b"x" * reading.MOST_BYTES + b'"}', 413),
}


@pytest.mark.parametrize(("body", "status"), BODIES.values(), ids=BODIES.keys())
@pytest.mark.parametrize("path", ["customers", "vehicles", "appointments"])
def test_bodies_that_make_no_sense(api: Program, path: str, body: bytes, status: int) -> None:
    is_problem(api.post(path, body), status)
    is_problem(api.post(path, body, Idempotency_Key="k"), status)


@pytest.mark.parametrize(
    "kind",
    ["text/plain", "multipart/form-data; boundary=x", "application/json; charset=latin-1", "x"],
    ids=["text", "form", "charset", "nonsense"],
)
def test_other_types_are_415(api: Program, kind: str) -> None:
    is_problem(api.post("customers", b'{"first_name": "x"}', Content_Type=kind), 415)


@pytest.mark.parametrize(
    "accept", ["text/html", "application/xml", "application/json;q=0", "§"], ids=["html", "xml", "q0", "sign"]
)
def test_who_takes_no_json_is_406(api: Program, accept: str) -> None:
    is_problem(api.get("customers", Accept=accept), 406)


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "DELETE", "PATCH", "PROPFIND"])
def test_methods_that_there_are_not(api: Program, method: str) -> None:
    answer = api(method, "customers")
    is_problem(answer, 405)
    assert set(answer["Allow"].split(", ")) == {"GET", "HEAD", "POST"}


def test_head_is_get_without_a_body(api: Program) -> None:
    answer = api("HEAD", "customers")
    assert (answer.status_code, answer.content) == (200, b"")
    assert answer["ETag"] == api.get("customers")["ETag"]


@pytest.mark.parametrize(
    "path", ["", "nothing", "customers/1", "customers/", "customers/x/archive", "appointments/x%00"]
)
def test_addresses_that_lead_nowhere(api: Program, path: str) -> None:
    is_problem(api("GET", f"/api/v1/{path}"), 404, "not_found")


NONSENSE = [
    "",
    "%00",
    "a%00b",
    "ciao",
    "9" * 400,
    "-1",
    "2026-02-30",
    "0000-00-00",
    "9999-12-31T23:59:59Z",
    "2026-01-01T00:00:00",
    quote("2026-01-01T00:00:00+99:99"),
    "%ff%fe",
    quote("<script>"),
    "{}",
]
FILTERS = {
    "customers": ["created_since", "updated_since", "archived", "limit", "cursor", "unknown", "format"],
    "vehicles": ["customer", "created_since", "updated_since", "archived"],
    "appointments": ["from", "to", "status", "service", "customer", "vehicle", "updated_since"],
    "conversations": ["channel", "since", "customer"],
    "availability": ["service", "from", "to", "part_of_day", "limit"],
}  # fmt: skip


@pytest.mark.parametrize(
    ("path", "name"), [(path, name) for path, names in FILTERS.items() for name in names]
)
def test_filters_that_make_no_sense_say_so(api: Program, path: str, name: str) -> None:
    for value in NONSENSE:
        body = is_problem(api.get(f"{path}?{name}={value}"), 400, "invalid")
        assert body["errors"][0]["message"]


@pytest.mark.parametrize("value", ["ciao", "%00", "", "9" * 400], ids=["word", "NUL", "empty", "long"])
def test_a_number_that_is_none_says_so(api: Program, value: str) -> None:
    is_problem(api.get(f"customers?phone={value}"), 400, "invalid")


def test_the_same_filter_twice(api: Program) -> None:
    is_problem(api.get("customers?archived=true&archived=false"), 400)


def test_one_shape_has_one_type(api: Program) -> None:
    body = json.loads(api.get("nothing").content)
    assert body["type"] == "/api/v1/docs#problem-404"
    assert 'id="problem-404"' in api("GET", "/api/v1/docs").content.decode()
