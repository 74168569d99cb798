"""Host → shop: who is served where."""

import os
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client
from django.urls import path
from django.utils import timezone

from shops import isolation, provisioning, roles
from shops.context import as_platform
from shops.db.current import here
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import database
from tests.shops.conftest import role


def who(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(f"{role()} {timezone.get_current_timezone_name()}")


def broken(_request: HttpRequest) -> HttpResponse:
    raise OperationalError("the database went away in the middle")


urlpatterns = [path("admin/who", who), path("who", who), path("broken", broken)]


@pytest.fixture
def pages(settings: Any) -> None:
    """The pages above, on every host."""
    settings.ROOT_URLCONF = settings.PLATFORM_URLCONF = __name__


@pytest.mark.parametrize(
    "host", ["rossi.example", "ROSSI.example", "rossi.example:8000", "rossi.example.", "Rossi.Example:80"]
)
def test_a_shops_host_is_served_inside_the_shop(host: str, pages: None, rossi: Shop, client: Client) -> None:
    answer = client.get("/who", headers={"host": host})
    assert answer.content.decode() == f"{rossi.db_role} Europe/Rome"
    assert here().schema_name == "public"


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:8000", "127.0.0.1", "127.0.0.1:8000", "localhost."])
@pytest.mark.django_db
def test_the_platforms_host_has_the_routing_role(host: str, pages: None, client: Client) -> None:
    answer = client.get("/who", headers={"host": host})
    assert answer.content.decode() == f"{roles.routing_role(*isolation.here())} UTC"


@pytest.mark.django_db
def test_only_the_operators_admin_has_the_platforms_role(pages: None, platform_client: Client) -> None:
    platform, routing = roles.platform_role(*isolation.here()), roles.routing_role(*isolation.here())
    assert platform_client.get("/admin/who").content.decode().startswith(platform)
    assert platform_client.get("/who").content.decode().startswith(routing)
    assert platform_client.get("/x/../admin/who").status_code == 404
    assert here().tenant.schema_name == "public"
    assert role() == routing


@pytest.mark.parametrize("host", ["nobody.example", "10.0.0.1", "[::1]", "[::1]:8000", "example", "x" * 250])
@pytest.mark.django_db
def test_an_unknown_host_is_nobodys(host: str, client: Client) -> None:
    answer = client.get("/admin/", headers={"host": host})
    assert answer.status_code == 404
    assert "nessuna officina" in answer.content.decode()


@pytest.mark.parametrize(
    "host",
    [
        "",
        "a b",
        "rossi.example/x",
        "rossi.example:port",
        "<script>",
        "rossi.example\x00",
        "rossi_example",
        "è.example",
        "'; --",
    ],
)
@pytest.mark.django_db
def test_nonsense_for_a_host_is_a_bad_request(host: str, client: Client) -> None:
    answer = client.get("/admin/", HTTP_HOST=host, SERVER_NAME=host)
    assert answer.status_code == 400
    assert "<script>" not in answer.content.decode()


def test_a_forwarded_host_is_not_believed(pages: None, rossi: Shop, bianchi: Shop, client: Client) -> None:
    answer = client.get("/who", headers={"host": "rossi.example", "x-forwarded-host": "bianchi.example"})
    assert answer.content.decode().startswith(rossi.db_role)


def test_a_suspended_shop_says_so(rossi: Shop, rossi_client: Client) -> None:
    with as_platform():
        provisioning.suspend(rossi)
    answer = rossi_client.get("/admin/")
    assert answer.status_code == 503
    assert "sospeso" in answer.content.decode()
    with as_platform():
        provisioning.resume(rossi)
    assert rossi_client.get("/admin/").status_code == 302


def test_without_a_database_there_is_a_sentence(transactional_db: None, client: Client) -> None:
    database._login("postgres://aros_app:x@127.0.0.1:9/aros", as_owner=False)
    try:
        answer = client.get("/admin/", headers={"host": "rossi.example"})
    finally:
        database._login(os.environ["DATABASE_URL"], as_owner=False)
    assert answer.status_code == 503
    assert answer["Retry-After"] == "60"
    assert "Traceback" not in answer.content.decode()


def test_a_page_that_loses_the_database_says_so_too(pages: None, rossi_client: Client) -> None:
    assert rossi_client.get("/broken").status_code == 503
    assert here().schema_name == "public"


def test_the_health_page_asks_nobody(client: Client, transactional_db: None) -> None:
    database._login("postgres://aros_app:x@127.0.0.1:9/aros", as_owner=False)
    try:
        assert client.get("/healthz", headers={"host": "127.0.0.1"}).json() == {"status": "ok"}
    finally:
        database._login(os.environ["DATABASE_URL"], as_owner=False)


def test_a_login_of_one_shop_does_not_exist_in_the_other(
    rossi: Shop,
    rossi_client: Client,
    bianchi_client: Client,
    manager: StaffUser,
    log_in: Callable[[Client, StaffUser, Shop], Client],
) -> None:
    log_in(rossi_client, manager, rossi)
    assert rossi_client.get("/admin/password_change/").status_code == 200
    bianchi_client.cookies = rossi_client.cookies
    answer = bianchi_client.get("/admin/password_change/")
    assert answer.status_code == 302
    assert "/login/" in answer["Location"]


def test_one_line_a_request_and_nothing_of_who_asked(
    rossi: Shop, rossi_client: Client, log_lines: Callable[[], list[dict[str, Any]]]
) -> None:
    rossi_client.get("/admin/login/?next=/admin/customers/333-1234567", REMOTE_ADDR="203.0.113.9")
    (line,) = [line for line in log_lines() if line["message"] == "request"]
    assert line["metadata"]["status"] == 200
    assert "333" not in str(line)
    assert "203.0.113.9" not in str(line)
