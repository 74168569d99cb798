"""How many statements a call costs, so that they cannot creep. SET, BEGIN and savepoints apart.

The line comes from the routing cache once it was asked for; the tests count both: with a cold cache and a warm one.
"""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from django.core.cache import caches

from scheduling import booking
from scheduling.models import Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests.scheduling.queries import counted
from tests.voice.conftest import Post
from tests.voice.payloads import load


@pytest.fixture(autouse=True)
def cold_cache(rossi: Shop) -> Iterator[None]:
    """Tuesday, 24 November 2026, 9:41 in Italy; nobody has called since the server started."""
    caches["routing"].clear()
    with time_machine.travel(datetime(2026, 11, 24, 8, 41, tzinfo=UTC), tick=False):
        yield


@pytest.fixture
def anna(rossi: Shop) -> Customer:
    """A customer with a car and an appointment: the heaviest caller."""
    with in_shop(rossi):
        anna = Customer.objects.create(phone="+393331234567", first_name="Anna", last_name="Bianchi")
        car = Vehicle.objects.create(customer=anna, license_plate="AB123CD", make="Fiat", model="Panda")
        booking.book(
            customer=anna,
            vehicle=car,
            service=Service.objects.get(name="Tagliando"),
            starts_at=datetime(2026, 12, 3, 8, 0, tzinfo=UTC),
            source="manual",
        )
    return anna


def tool_call(call_id: str, name: str, **arguments: str) -> Any:
    payload = load("tool-calls__captured_objects")
    payload["message"]["toolCallList"] = [{"id": call_id, "function": {"name": name, "arguments": arguments}}]
    return payload


def test_assistant_request(post: Post, anna: Customer) -> None:
    with counted() as statements:
        prompt = post("assistant-request__caller_shown")["assistant"]["model"]["messages"][0]["content"]
    assert "Fiat Panda" in prompt
    assert len(statements) <= 12, statements


def test_the_envelope_of_a_tool_call(post: Post, anna: Customer) -> None:
    """Line, conversation, tool call (claimed and kept): what is spent beside the tool itself."""
    post("status-update__in_progress")
    caches["routing"].clear()
    with counted() as statements:
        post(tool_call("call_1", "no_such_tool"))
    assert len(statements) <= 4, statements
    with counted() as statements:
        post(tool_call("call_2", "no_such_tool"))
    assert len(statements) <= 3, statements


@pytest.mark.parametrize(
    ("name", "arguments", "most"),
    [
        ("check_availability", {"service": "tagliando"}, 3),
        (
            "book_appointment",
            {
                "service": "tagliando",
                "start": "2026-11-26T09:30",
                "license_plate": "AB123CD",
                "another": "sì",
            },
            8,
        ),
    ],
)
def test_the_verbs(post: Post, anna: Customer, name: str, arguments: dict[str, str], most: int) -> None:
    post("status-update__in_progress")
    with counted() as statements:
        said = post(tool_call("call_1", name, **arguments))["results"][0]["result"]
    assert "posso offrire" in said or "Prenotato" in said
    assert len(statements) <= 3 + most, statements


def test_a_new_callers_first_booking(post: Post, rossi: Shop) -> None:
    """Beside the verb: the customer, what the channel vouches for, the car, and the conversation that learns it."""
    post("status-update__in_progress")
    arguments = {"service": "tagliando", "start": "2026-11-26T09:30", "license_plate": "ZZ987XY"}
    with counted() as statements:
        said = post(tool_call("call_1", "book_appointment", **arguments, first_name="Ugo", last_name="Neri"))
    assert "Prenotato" in said["results"][0]["result"]
    assert len(statements) <= 3 + 8 + 6, statements


def test_a_repeated_call_costs_no_verb(post: Post, anna: Customer) -> None:
    """One that only reads is simply asked again; see toolcalls."""
    payload = tool_call("call_1", "request_human", reason="preventivo")
    post(payload)
    with counted() as statements:
        post(payload)
    assert len(statements) <= 3, statements


@pytest.mark.parametrize("name", ["transcript__final", "teleport-request__never_heard_of"])
def test_messages_of_no_use_cost_nothing(post: Post, name: str) -> None:
    with counted() as statements:
        post(name)
    assert statements == []
