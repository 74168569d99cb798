"""A claim whose process died or dawdled is taken over by one, and what the late one did is undone."""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import RequestFactory
from django.utils import timezone
from rest_framework.response import Response

from api import idempotency, tokens
from api.models import ApiToken, IdempotencyKey, Scope
from api.problems import Problem
from scheduling.models import Customer
from shops.context import in_shop
from shops.models import Shop
from tests.api.conftest import Program

SENT = {"first_name": "Maria"}


@pytest.fixture
def secret(transactional_db: None) -> str:
    with in_shop(the_shop()):
        return tokens.make(name="x", scopes=Scope.values).secret


def the_shop() -> Shop:
    return Shop.objects.get(slug="officina-rossi")


def aside[Result](work: Callable[[], Result]) -> Result:
    """On a connection of its own."""

    def run() -> Result:
        try:
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        return pool.submit(run).result(timeout=60)


def test_of_many_who_come_for_a_dead_claim_one_gets_it(secret: str) -> None:
    Program("rossi.example", secret).post("customers", SENT, Idempotency_Key="k")
    with in_shop(the_shop()):
        Customer.objects.all().delete()
        old = timezone.now() - idempotency.CLAIM - timedelta(seconds=1)
        IdempotencyKey.objects.update(status=None, body=None, created_at=old)
    together = threading.Barrier(8)

    def ask(_number: int) -> Any:
        try:
            together.wait(timeout=60)
            return Program("rossi.example", secret).post("customers", SENT, Idempotency_Key="k")
        finally:
            connection.close()

    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(ask, range(8)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    fresh = [each for each in answers if each.status_code == 201 and "Idempotent-Replayed" not in each]
    assert len(fresh) == 1
    with in_shop(the_shop()):
        assert Customer.objects.count() == IdempotencyKey.objects.count() == 1


def test_who_lost_the_claim_while_working_leaves_nothing_behind(secret: str) -> None:
    http = RequestFactory().post(
        "/api/v1/customers", SENT, content_type="application/json", headers={"Idempotency-Key": "k"}
    )
    with in_shop(the_shop()):
        token = ApiToken.objects.get()

        def make(name: str) -> Response:
            row = Customer.objects.create(first_name=name)
            return Response({"id": str(row.pk)}, status=201)

        def other() -> Response:
            with in_shop(the_shop()):
                later = timezone.now() + idempotency.CLAIM
                return idempotency.once(http, token, lambda: make("second"), now=later)

        def slow() -> Response:
            mine = make("first")
            assert aside(other).status_code == 201
            return mine

        with pytest.raises(Problem) as refused:
            idempotency.once(http, token, slow)
        assert (refused.value.status, refused.value.code) == (409, "in_progress")
        assert [row.first_name for row in Customer.objects.all()] == ["second"]
        kept = IdempotencyKey.objects.get()
        assert kept.body == {"id": str(Customer.objects.get().pk)}
