"""Lists count no whole table, and say so where there is more."""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.admin import ModelAdmin
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from scheduling.models import Customer
from shops import counting
from shops.admin_sites import platform_site, shop_site
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser

LogIn = Callable[[Client, StaffUser, Shop], Client]
LISTS = [(model._meta.app_label, model._meta.model_name) for model in shop_site._registry]


@pytest.fixture
def browser(rossi: Shop, manager: StaffUser, rossi_client: Client, log_in: LogIn) -> Client:
    return log_in(rossi_client, manager, rossi)


def address(app: str, model: str | None) -> str:
    return reverse(f"admin:{app}_{model}_changelist", urlconf="aros.urls_shop")


@pytest.mark.parametrize(("app", "model"), LISTS)
def test_no_list_counts_a_whole_table(browser: Client, app: str, model: str) -> None:
    with CaptureQueriesContext(connection) as queries:
        answer = browser.get(address(app, model))

    counts = [each["sql"] for each in queries if "COUNT(*)" in each["sql"]]
    assert answer.status_code in (200, 302)
    assert all("LIMIT" in sql for sql in counts), counts


@pytest.mark.parametrize("site", [shop_site, platform_site])
def test_every_list_is_bounded(site: Any) -> None:
    lists: list[ModelAdmin[Any]] = list(site._registry.values())

    assert [each for each in lists if each.show_full_result_count] == []


def test_more_than_the_bound_is_said_and_can_be_reached(
    rossi: Shop, browser: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counting, "BOUND", 120)
    monkeypatch.setattr(counting, "PAGES_AHEAD", 1)
    with in_shop(rossi):
        Customer.objects.bulk_create(Customer(last_name=f"Prova {number:04}") for number in range(260))

    first = browser.get(address("scheduling", "customer"))
    third = browser.get(address("scheduling", "customer"), {"p": "3"})
    last = browser.get(address("scheduling", "customer"), {"p": "6"})

    assert "oltre 120" in first.content.decode()
    assert "oltre 200" in third.content.decode()
    assert "oltre" not in last.content.decode().partition("<table")[2]
    assert "260" in last.content.decode()
    assert last.context["cl"].result_list[0].last_name == "Prova 0250"
