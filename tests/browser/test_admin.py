"""A booking made by telephone, as the shop sees it."""

import json
from datetime import datetime
from typing import Any

import pytest
from django.test import Client
from playwright.sync_api import Page, expect

from scheduling import booking, catalogue
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
CALL = {"id": "call-browser", "phoneNumberId": "line-rossi", "customer": {"number": "+393331234567"}}


def next_slot(shop: Shop) -> datetime:
    with in_shop(shop):
        service = catalogue.load().match("tagliando").service
        assert service
        return booking.free_slots(service=service).slots[0].starts_at.astimezone(shop.tz)


def call_and_book(shop: Shop, secret: str) -> None:
    """What Vapi sends when a caller takes the next free slot."""
    arguments = {
        "service": "il tagliando",
        "start": f"{next_slot(shop):%Y-%m-%dT%H:%M}",
        "license_plate": "FX123YZ",
        "first_name": "Luisa",
        "last_name": "Ferraris",
    }
    tool = {
        "id": "call_1",
        "type": "function",
        "function": {"name": "book_appointment", "arguments": arguments},
    }
    message = {"type": "tool-calls", "call": CALL, "toolCallList": [tool]}
    answer = Client(SERVER_NAME="localhost").post(
        "/api/vapi/webhook",
        json.dumps({"message": message}),
        content_type="application/json",
        headers={"X-Vapi-Secret": secret},
    )
    assert answer.status_code == 200


def test_a_call_becomes_an_appointment_that_the_shop_sees(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page, settings: Any
) -> None:
    settings.VAPI_WEBHOOK_SECRETS = ["a secret of the browser tests"]
    call_and_book(rossi, "a secret of the browser tests")
    page.goto(f"{rossi_url}/admin/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    page.goto(f"{rossi_url}/admin/scheduling/appointment/")
    expect(page.locator("#result_list")).to_contain_text("Luisa Ferraris")
    with in_shop(rossi):
        assert Appointment.objects.get().customer.last_name == "Ferraris"


def test_another_shops_login_does_not_exist_here(transactional_db: None, rossi_url: str, page: Page) -> None:
    page.goto(f"{rossi_url}/admin/")
    page.get_by_label("E-mail").fill("bruno@bianchi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    expect(page.get_by_text("Inserisci e-mail e password")).to_be_visible()
    assert "/admin/login/" in page.url
