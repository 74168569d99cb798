"""Booking in Chromium, with scripts and without, on a desk and on a small telephone."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from receptionist.models import AIConfig
from scheduling.models import Appointment, Service
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.browser import shots
from website.models import Site

pytestmark = pytest.mark.browser
DESK = {"width": 1366, "height": 768}
SMALL = {"width": 360, "height": 740}
CASES = [(DESK, True), (SMALL, True), (DESK, False), (SMALL, False)]


@pytest.fixture(params=CASES, ids=["desk", "small", "desk-no-script", "small-no-script"])
def visitor(browser: Browser, request: Any) -> Iterator[Page]:
    """A visitor's page; whatever the page's policy stops, and any error of a script, fails the test."""
    size, scripts = request.param
    context = browser.new_context(viewport=size, locale="it-IT", java_script_enabled=scripts)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.scripts = scripts  # type: ignore[attr-defined]
    yield page
    context.close()
    # Chromium also tells of refusals in words (409, 422), and that plain http has no opener policy.
    # The reader that looks for what is inaccessible writes styles of its own into the page, which the policy stops.
    told = ("status of 4", "Cross-Origin-Opener-Policy", *(["Applying inline style"] if scripts else []))
    assert [each for each in complaints if not any(words in each for words in told)] == []


def opened(shop: Shop) -> Service:
    """A shop with a site, five services and a WhatsApp number."""
    with in_shop(shop):
        Appointment.objects.all().delete()
        Site.load()
        config = AIConfig.load()
        config.address = "Via Emilia 12, 40138 Bologna"
        config.save()
        return Service.objects.filter(is_active=True, duration_minutes__lte=90).order_by("position")[0]


def fine(page: Page) -> None:
    """Nothing to complain of for a reader who does not see, and nothing wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    if page.scripts:  # type: ignore[attr-defined]
        found = Axe().run(page)
        assert found.violations_count == 0, found.generate_report()


def picture(page: Page, name: str) -> None:
    shots.take(page, f"site/{name}{'' if page.scripts else '-no-script'}")  # type: ignore[attr-defined]


def fill(page: Page) -> None:
    page.get_by_label("Targa").fill("ga 123 bc")
    page.get_by_label("Marca").fill("Fiat")
    page.get_by_label("Nome", exact=True).fill("Giulia")
    page.get_by_label("Cognome").fill("Ferri")
    page.get_by_label("Telefono").fill("333 1234567")


def to_the_form(page: Page, url: str, service: Service) -> None:
    page.goto(url)
    expect(page.get_by_role("heading", level=1)).to_have_text("Che cosa serve alla sua auto?")
    page.get_by_role("link", name=service.name).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quando viene?")


def test_four_steps(transactional_db: None, rossi: Shop, rossi_url: str, visitor: Page) -> None:
    service = opened(rossi)
    page = visitor
    page.goto(rossi_url)
    picture(page, "1-services")
    fine(page)
    to_the_form(page, rossi_url, service)
    picture(page, "2-times")
    fine(page)
    page.get_by_role("link", name="Altri giorni →").click()
    expect(page.get_by_role("link", name="← Giorni prima")).to_be_visible()
    page.locator(".times a:visible").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("La sua auto e i suoi contatti")
    picture(page, "3-details")
    fine(page)
    page.get_by_role("button", name="Prenota").click()
    expect(page.locator("#id_targa_error")).to_have_text("Questo serve.")
    picture(page, "3-errors")
    fine(page)
    fill(page)
    page.get_by_role("button", name="Prenota").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ci vediamo!")
    picture(page, "4-done")
    fine(page)
    with in_shop(rossi):
        row = Appointment.objects.get()
    expect(page.locator(".code")).to_have_text(row.code)
    page.reload()
    expect(page.locator(".code")).to_have_text(row.code)
    with in_shop(rossi):
        assert Appointment.objects.count() == 1


def test_a_start_that_somebody_else_takes(
    transactional_db: None, rossi: Shop, rossi_url: str, visitor: Page
) -> None:
    service, page = opened(rossi), visitor
    to_the_form(page, rossi_url, service)
    page.locator(".times a:visible").first.click()
    fill(page)
    with in_shop(rossi):
        start = page.locator("input[name=inizio]").get_attribute("value") or ""
        from django.utils import timezone

        from scheduling import catalogue
        from website.booking import choosing

        cat = catalogue.load()
        begin = choosing.start(start, cat, timezone.now())
        assert begin
        for bay in service.bays.all():
            factories.appointment(begin, minutes=60, bay=bay, service=service)
    page.get_by_role("button", name="Prenota").click()
    expect(page.get_by_role("alert").first).to_contain_text("Quell'orario è appena stato preso.")
    expect(page.get_by_label("Nome", exact=True)).to_have_value("Giulia")
    picture(page, "3-taken")
    fine(page)
    page.get_by_role("button", name="Prenota").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Ci vediamo!")
    with in_shop(rossi):
        assert Appointment.objects.filter(source="web").count() == 1
