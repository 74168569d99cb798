"""The page of the booking rules."""

from datetime import time
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from scheduling.rules import Rules
from shops.models import Shop
from tests.scheduling.desk import Desk, Login, worker

RULES = reverse("admin:scheduling_rules", urlconf="aros.urls_shop")
OWN_PAGE = reverse("admin:password_change", urlconf="aros.urls_shop")  # with the side bar, open to everybody
GOOD_RULES = {
    "notice_minutes": "0",
    "horizon_days": "30",
    "grid_minutes": "15",
    "buffer_minutes": "10",
    "drop_off_time": "",
    "most_morning": "4",
    "most_afternoon": "",
    "afternoon_from": "13:30",
    "works_on_holidays": ["immacolata"],
}


def test_rules_are_saved_and_in_force(desk: Desk, rossi: Shop) -> None:
    page = desk.get(RULES)
    assert page.status_code == 200
    assert RULES in desk.get(OWN_PAGE).content.decode()
    assert desk.post(RULES, GOOD_RULES).status_code == 302
    expected = Rules(
        notice_minutes=0,
        horizon_days=30,
        grid_minutes=15,
        buffer_minutes=10,
        drop_off_time=None,
        most_morning=4,
        afternoon_from=time(13, 30),
        works_on_holidays=["immacolata"],
    )
    assert Rules.of(Shop.objects.get(pk=rossi.pk)) == expected
    assert desk.get(RULES).context["form"].initial["grid_minutes"] == 15


@pytest.mark.parametrize(
    "wrong",
    [
        {"notice_minutes": "-1"},
        {"horizon_days": "0"},
        {"grid_minutes": "7"},
        {"buffer_minutes": "tanto"},
        {"afternoon_from": ""},
        {"most_morning": "0"},
        {"works_on_holidays": ["carnevale"]},
    ],
)
def test_wrong_rules_are_told(desk: Desk, rossi: Shop, wrong: dict[str, Any]) -> None:
    response = desk.post(RULES, GOOD_RULES | wrong)
    assert response.status_code == 200
    assert set(response.context["form"].errors) == set(wrong)
    assert Rules.of(Shop.objects.get(pk=rossi.pk)) == Rules()


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("receptionist", 403), ("mechanic", 403)])
def test_who_may_change_the_rules(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, status: int
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(RULES).status_code == status
    side_bar = rossi_client.get(OWN_PAGE).content.decode()
    assert (RULES in side_bar) is (status == 200)
