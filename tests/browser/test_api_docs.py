"""The page about the API in Chromium: readable on a desk and on a telephone, in both languages."""

from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from shops.models import Shop
from tests.browser import shots
from tests.browser.conftest import DESK, PHONE

pytestmark = pytest.mark.browser


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def reader(browser: Browser, request: Any) -> Iterator[Page]:
    """A page without scripts of its own; what the page's policy stops fails the test."""
    context = browser.new_context(viewport=request.param, locale="it-IT")
    page = context.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    yield page
    context.close()
    # axe writes styles of its own into the page; plain http has no opener policy.
    told = ("Cross-Origin-Opener-Policy", "Applying inline style")
    assert [each for each in complaints if not any(words in each for words in told)] == []


def fine(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_read_and_found_ones_way_about(
    transactional_db: None, rossi: Shop, rossi_url: str, reader: Page
) -> None:
    reader.goto(f"{rossi_url}/api/v1/docs")
    expect(reader.get_by_role("heading", name="I programmi dell'officina")).to_be_visible()
    fine(reader)
    shots.take(reader, "api/docs")
    reader.get_by_role("navigation").get_by_role("link", name="POST Prenota", exact=True).click()
    article = reader.locator("#appointments_book")
    expect(article).to_be_in_viewport()
    expect(article).to_contain_text(f"{rossi_url}/api/v1/appointments")
    top = reader.locator("header").bounding_box()
    heading = article.get_by_role("heading", level=2).bounding_box()
    assert top is not None
    assert heading is not None
    assert heading["y"] >= top["height"]  # not under the bar that stays
    article.get_by_text("Tutte le risposte").click()
    expect(article.get_by_text("409", exact=True)).to_be_visible()
    reader.get_by_role("link", name="English").click()
    expect(reader.locator("html")).to_have_attribute("lang", "en")
    expect(reader.get_by_role("heading", name="Appointments", exact=True)).to_be_visible()
    fine(reader)


def test_scripts_do_not_run_there(transactional_db: None, rossi: Shop, rossi_url: str, reader: Page) -> None:
    answer = reader.goto(f"{rossi_url}/api/v1/docs?lingua=<script>alert(1)</script>#x")
    assert answer is not None
    assert answer.status == 200
    assert "script-src" not in answer.headers["content-security-policy"]
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    expect(reader.locator("script")).to_have_count(0)
