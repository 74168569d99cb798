"""What people see where there is nothing, or nothing for them: a sentence in their language, and the way back."""

from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
from django.conf import settings
from django.test import Client, RequestFactory
from django.urls import get_resolver

from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.database import PASSWORD

pytestmark = pytest.mark.django_db
LogIn = Callable[[Client, StaffUser, Shop], Client]


def says(answer: Any, text: str, *, language: str = "it", back: str = "/admin/") -> bool:
    page = unescape(answer.content.decode())
    return text in page and f'<html lang="{language}">' in page and f'href="{back}"' in page


def test_an_address_that_leads_nowhere(rossi_client: Client, platform_client: Client) -> None:
    for browser, back in ((rossi_client, "/"), (platform_client, "/admin/")):
        answer = browser.get("/nonce/", headers={"Accept-Language": "it"})

        assert answer.status_code == 404
        assert says(answer, "Questa pagina non c'è.", back=back)


def test_in_the_language_of_the_browser(rossi_client: Client) -> None:
    answer = rossi_client.get("/nonce/", headers={"Accept-Language": "en"})

    assert says(answer, "This page does not exist.", language="en", back="/")


def test_a_page_that_the_role_does_not_have(rossi: Shop, rossi_client: Client, log_in: LogIn) -> None:
    with in_shop(rossi):
        mechanic = StaffUser.objects.create_user("mario@rossi.example", PASSWORD, role="mechanic")
    answer = log_in(rossi_client, mechanic, rossi).get("/admin/oggi/", headers={"Accept-Language": "it"})

    assert answer.status_code == 403
    assert says(answer, "Il suo ruolo non permette di aprire questa pagina.")


def test_a_form_of_another_login(rossi: Shop) -> None:
    strict = Client(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
    answer = strict.post("/admin/login/", {"username": "x"}, headers={"Accept-Language": "it"})

    assert answer.status_code == 403
    assert says(answer, "La pagina era rimasta aperta troppo a lungo.")


def test_a_mistake_of_ours(rf: RequestFactory) -> None:
    for addresses in (settings.ROOT_URLCONF, settings.PLATFORM_URLCONF):
        answer = get_resolver(addresses).resolve_error_handler(500)(rf.get("/admin/"))

        assert answer.status_code == 500
        assert says(answer, "Qualcosa non ha funzionato, per colpa nostra.")
