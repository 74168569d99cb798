"""What a key reaches: its own shop, its own scopes, in a number of queries that does not grow; no secrets of tools."""

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from api.docs.views import described
from api.models import Scope
from receptionist.models import Channel, Conversation, ConversationMessage, MessageRole, ToolCall
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.api.conftest import Make, Program, is_problem

NOBODY = "00000000-0000-4000-8000-000000000000"
ENDPOINTS = sorted(
    (method.upper(), path.replace("{id}", NOBODY), operation["description"].split("`")[1])
    for path, methods in described("it")["paths"].items()
    for method, operation in methods.items()
)


def test_a_key_opens_no_other_shop(make: Make, bianchi: Shop) -> None:
    for method, path, _scope in ENDPOINTS:
        is_problem(make(host="bianchi.example")(method, path, {} if method != "GET" else None), 401)
        break
    program = make(host="bianchi.example")
    for method, path, _scope in ENDPOINTS[1:]:
        assert program(method, path).status_code in (401, 429)


@pytest.mark.parametrize("scope", Scope.values)
def test_every_endpoint_asks_for_its_scope(make: Make, scope: str) -> None:
    program = make([scope])
    for method, path, needed in ENDPOINTS:
        answer = program(method, path, {} if method != "GET" else None)
        if needed == scope:
            assert answer.status_code not in (401, 403), (method, path)
        else:
            assert is_problem(answer, 403)["missing_scope"] == needed


def test_ids_of_another_shop_are_not_there(api: Program, bianchi: Shop) -> None:
    with in_shop(bianchi):
        visit = factories.appointment(timezone.now())
        talk = Conversation.objects.create(channel=Channel.VOICE, external_id="c")
    ids = {
        "customers": visit.customer_id,
        "vehicles": visit.vehicle_id,
        "appointments": visit.pk,
        "conversations": talk.pk,
    }
    for kind, pk in ids.items():
        is_problem(api.get(f"{kind}/{pk}"), 404)
    is_problem(api.patch(f"customers/{visit.customer_id}", {"notes": "x"}, If_Match="*"), 404)
    is_problem(api.post(f"appointments/{visit.pk}/cancel"), 404)
    is_problem(api.get(f"availability?service={visit.service_id}"), 404)
    assert api.get(f"appointments?customer={visit.customer_id}").json()["results"] == []


def test_lists_take_the_same_queries_however_long(api: Program, rossi: Shop) -> None:
    def count(path: str) -> int:
        with CaptureQueriesContext(connection) as asked:
            assert api.get(path).status_code == 200
        return len([each for each in asked if each["sql"].startswith("SELECT")])

    def grow(number: int) -> None:
        with in_shop(rossi):
            for n in range(number):
                visit = factories.appointment(timezone.now() + timedelta(days=3 * n + number))
                Conversation.objects.create(
                    channel=Channel.VOICE, external_id=f"{number}-{n}", customer=visit.customer
                )

    paths = ("customers", "vehicles", "appointments", "conversations")
    grow(1)
    for path in paths:
        count(path)
    few = {path: count(path) for path in paths}
    grow(6)
    assert {path: count(path) for path in paths} == few
    assert max(few.values()) <= 4


def test_conversations_tell_what_was_said_and_nothing_of_the_tools(api: Program, rossi: Shop) -> None:
    secret = "SEGRETISSIMO"
    with in_shop(rossi):
        talk = Conversation.objects.create(
            channel=Channel.WHATSAPP, external_id=secret, guided={"step": secret}, draft=secret, line=secret
        )
        say: dict[str, Any] = {"conversation": talk}
        ConversationMessage.objects.create(
            role=MessageRole.CUSTOMER, text="Buongiorno", payload={"x": secret}, **say
        )
        ConversationMessage.objects.create(role=MessageRole.SYSTEM, text=secret, **say)
        ToolCall.objects.create(call_id="1", name=secret, arguments={"x": secret}, result=secret, **say)
    texts = [
        api.get(path).content.decode()
        for path in ("conversations", f"conversations/{talk.pk}", f"conversations/{talk.pk}/messages")
    ]
    assert secret not in "".join(texts)
    assert "Buongiorno" in texts[2]
    is_problem(api.post("conversations", {}), 405)
