"""Oggi in a real browser: the first page after the login, pressing what is next, and bringing itself up to date."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from benchmarks import officina
from scheduling import lifecycle
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
POLL = "htmx.ajax('GET', document.querySelector('#td-live').getAttribute('hx-get'), {target: '#td-live'})"


def polled(page: Page) -> None:
    """Brought up to date once, to the end: htmx keeps its promise when what came is in its place."""
    page.evaluate(f"() => {POLL}")


def log_in(page: Page, address: str) -> None:
    page.goto(f"{address}/admin/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()


def a_late_one() -> Appointment:
    """Should have begun a minute ago; nobody has come."""
    return factories.appointment(
        timezone.now() - timedelta(minutes=1),
        bay=factories.bay("Ponte del collaudo"),
        customer=factories.customer(first_name="Carla", last_name="Neri"),
    )


def test_the_day_is_worked_from_oggi(transactional_db: None, rossi: Shop, rossi_url: str, page: Page) -> None:
    with in_shop(rossi):
        officina.fill(customers=80, appointments=120, conversations=60, days_ahead=1, days_of_talk=6)
        late = a_late_one()
    log_in(page, rossi_url)
    bay = page.get_by_role("region", name="Ponte del collaudo")
    expect(bay.get_by_text("non è ancora arrivato")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing scrolls sideways"
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []

    bay.get_by_role("button", name="Arrivato: Carla Neri").click()
    expect(bay.get_by_text("non è ancora arrivato")).to_have_count(0)
    bay.get_by_role("button", name="Inizia: Carla Neri").click()
    expect(bay.get_by_text("in lavorazione")).to_be_visible()
    with in_shop(rossi):
        late.refresh_from_db()
        assert late.status == "in_progress"
        assert late.arrived_at is not None

    page.get_by_role("row", name="Richieste perse").get_by_role("link").last.click()
    expect(page.get_by_role("heading", name="Richieste perse")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []


def test_it_brings_itself_up_to_date_and_disturbs_nobody(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    with in_shop(rossi):
        row, other = a_late_one(), a_late_one()
    log_in(page, rossi_url)
    menu = page.locator(f"#td-m-{row.pk}")
    menu.locator("summary").focus()
    page.keyboard.press("Enter")
    expect(menu.get_by_role("button", name="Non presentato")).to_be_visible()

    polled(page)
    page.evaluate(
        "document.querySelector('#td-live').dataset.seen = 'same'; document.querySelector('.td-day').dataset.kept = '1'"
    )
    polled(page)
    assert page.locator(".td-day[data-kept]").count() == 1, "what is the same is not touched"

    with in_shop(rossi):
        lifecycle.start(appointment=other)
    page.evaluate(POLL)
    expect(page.get_by_text("in lavorazione")).to_be_visible()
    expect(menu.get_by_role("button", name="Non presentato")).to_be_visible()
    expect(menu.locator("summary")).to_be_focused()
    page.keyboard.press("Escape")
    expect(menu.get_by_role("button", name="Non presentato")).to_be_hidden()
    expect(menu.locator("summary")).to_be_focused()


def test_who_was_logged_out_is_led_to_the_login_and_back_to_oggi(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    """A page that stays open over night: the login is no piece of it, and afterwards Oggi is there, whole."""
    log_in(page, rossi_url)
    expect(page.locator("#td-live")).to_be_visible()
    page.context.clear_cookies()
    page.evaluate(f"() => {{ {POLL}; }}")
    page.get_by_label("E-mail").wait_for()
    expect(page.locator("#td-live")).to_have_count(0)
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    expect(page.locator("#td-live")).to_be_visible()
    expect(page.locator("#td-live #login-form")).to_have_count(0)
    assert page.url.endswith("/admin/oggi/")
