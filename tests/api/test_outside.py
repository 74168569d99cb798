"""What is answered before the API's own code runs, or when it cannot: the same shape of a problem."""

import os
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import get_resolver

from shops import provisioning
from shops.context import as_platform
from shops.models import Shop
from tests import database
from tests.api.conftest import Program, is_problem


@pytest.mark.parametrize(("host", "status"), [("nobody.example", 404), ("a b", 400)], ids=["none", "bad"])
@pytest.mark.django_db
def test_a_host_that_is_no_shops(host: str, status: int, client: Client) -> None:
    answer = client.get("/api/v1/customers", HTTP_HOST=host, SERVER_NAME=host)
    is_problem(answer, status, {404: "not_found", 400: "invalid"}[status])


def test_a_suspended_shop(api: Program, rossi: Shop) -> None:
    with as_platform():
        provisioning.suspend(rossi)
    is_problem(api.get("customers"), 503, "unavailable")


def test_without_a_database(transactional_db: None) -> None:
    database._login("postgres://aros_app:x@127.0.0.1:9/aros", as_owner=False)
    try:
        answer = Program("rossi.example", "").get("customers")
    finally:
        database._login(os.environ["DATABASE_URL"], as_owner=False)
    is_problem(answer, 503, "unavailable")
    assert answer["Retry-After"] == "60"


def test_a_mistake_of_ours_outside_of_a_view(rf: RequestFactory) -> None:
    for status, arguments in ((500, {}), (400, {"exception": ValueError()}), (403, {"exception": None})):
        handler: Any = get_resolver(settings.ROOT_URLCONF).resolve_error_handler(status)
        is_problem(handler(rf.get("/api/v1/customers"), **arguments), status)


def test_people_still_read_a_sentence(rossi: Shop, client: Client) -> None:
    answer = client.get("/api/nothing", headers={"host": "rossi.example"})
    assert (answer.status_code, answer["Content-Type"]) == (404, "text/html; charset=utf-8")
