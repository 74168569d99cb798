"""A WhatsApp number that Meta refuses, as the operators see it and start it again."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from shops import lines
from shops.context import as_platform
from shops.models import Shop, WhatsAppNumber
from shops.staff.models import StaffUser
from tests.database import PASSWORD


def url(page: str, *args: Any) -> str:
    return reverse(f"admin:shops_whatsappnumber_{page}", args=args, urlconf="aros.urls_platform")


@pytest.fixture
def operator(platform_client: Client) -> Client:
    with as_platform():
        platform_client.force_login(StaffUser.objects.create_user("op@aros.example", PASSWORD, role="admin"))
    return platform_client


@pytest.fixture
def stopped(rossi: Shop) -> WhatsAppNumber:
    with as_platform():
        return WhatsAppNumber.objects.create(
            shop=rossi,
            phone_number_id="wa-1",
            number="+390212345678",
            access_token="geheim",
            stopped_at=timezone.now(),
            stopped_code=190,
            stopped_reason="Il token di WhatsApp non vale più.",
        )


def again(number: WhatsAppNumber) -> WhatsAppNumber:
    with as_platform():
        return WhatsAppNumber.objects.get(pk=number.pk)


def test_it_is_shown_with_the_reason(operator: Client, stopped: WhatsAppNumber) -> None:
    for page in (operator.get(url("changelist")), operator.get(url("change", stopped.pk))):
        text = page.content.decode()
        assert "fermo dal" in text
        assert "Il token di WhatsApp non vale più. (190)" in text
        assert "geheim" not in text


def test_the_action_starts_it_again(operator: Client, stopped: WhatsAppNumber) -> None:
    answer = operator.post(
        url("changelist"), {"action": "restart", "_selected_action": [str(stopped.pk)]}, follow=True
    )
    assert "Invio ripreso per 1 numeri." in answer.content.decode()
    number = again(stopped)
    assert (number.stopped_at, number.stopped_code, number.stopped_reason) == (None, None, "")
    assert number.access_token == "geheim"


def test_a_new_token_starts_it_again(operator: Client, stopped: WhatsAppNumber, rossi: Shop) -> None:
    form = {
        "shop": str(rossi.pk),
        "number": "+390212345678",
        "phone_number_id": "wa-1",
        "waba_id": "waba-1",
        "new_token": "ganz neu",
    }
    assert operator.post(url("change", stopped.pk), form).status_code == 302
    number = again(stopped)
    assert (number.stopped_at, number.access_token) == (None, "ganz neu")


def test_another_change_leaves_it_stopped(operator: Client, stopped: WhatsAppNumber, rossi: Shop) -> None:
    form = {
        "shop": str(rossi.pk),
        "number": "+390212345678",
        "phone_number_id": "wa-1",
        "waba_id": "waba-2",
    }
    assert operator.post(url("change", stopped.pk), form).status_code == 302
    assert again(stopped).stopped_at is not None


def test_a_token_that_no_key_reads_can_be_replaced(as_owner: None, settings: Any) -> None:
    shop = Shop.objects.get(slug="officina-rossi")
    lines.attach_whatsapp(shop, phone_number_id="wa-1", access_token="alt")
    settings.FIELD_ENCRYPTION_KEYS = ["b3RoZXIta2V5LW9ubHktZm9yLXRlc3RzLTEyMzQ1Njc="]

    number, changed = lines.attach_whatsapp(shop, phone_number_id="wa-1", access_token="neu")

    assert changed
    assert WhatsAppNumber.objects.get(pk=number.pk).access_token == "neu"
