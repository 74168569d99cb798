"""Words that every admin uses."""

from collections.abc import Callable
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone, translation

from shops.back_office import short_when
from shops.models import Shop
from shops.staff.models import StaffUser

LogIn = Callable[[Client, StaffUser, Shop], Client]


@pytest.mark.parametrize(("language", "said"), [("it", "gio 26 nov 09:30"), ("en", "Thu 26 Nov 09:30")])
def test_a_moment_is_written_as_the_language_writes_it(language: str, said: str) -> None:
    with translation.override(language), timezone.override(ZoneInfo("Europe/Rome")):
        assert short_when(datetime(2026, 11, 26, 8, 30, tzinfo=UTC)) == said


def test_an_empty_list_has_filters_to_remove_only_when_there_are_some(
    rossi: Shop, rossi_client: Client, manager: StaffUser, log_in: LogIn
) -> None:
    browser = log_in(rossi_client, manager, rossi)
    address = "/admin/scheduling/closure/"
    plain, asked = (
        browser.get(address).content.decode(),
        browser.get(address, {"q": "ferie"}).content.decode(),
    )

    assert "Togli i filtri" not in plain
    assert "Non c'è ancora niente" in plain
    assert "Togli i filtri" in asked


def test_what_was_saved_is_said_without_guessing_a_gender(
    rossi: Shop, rossi_client: Client, manager: StaffUser, log_in: LogIn
) -> None:
    browser = log_in(rossi_client, manager, rossi)
    given = {"name": "Ponte 9", "is_active": "on", "position": "9"}
    page = browser.post("/admin/scheduling/bay/add/", given, follow=True).content.decode()

    assert "Aggiunto: postazione «<a" in page
    assert "Il postazione" not in page
