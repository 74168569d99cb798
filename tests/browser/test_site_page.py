"""The page "Sito" in the back office: what is set, and how it looks at once."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from scheduling.demo import Kind
from shops.context import in_shop
from shops.models import Shop
from tests.browser import shots
from tests.database import PASSWORD
from website import demo

pytestmark = pytest.mark.browser


def test_the_shop_dresses_its_pages(transactional_db: None, rossi: Shop, rossi_url: str, page: Page) -> None:
    with in_shop(rossi):
        demo.on_filled(None, kind=Kind.OFFICINA)
    page.goto(f"{rossi_url}/admin/website/site/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    preview = page.frame_locator("iframe")
    preview.get_by_role("heading", name="Che cosa serve alla sua auto?").scroll_into_view_if_needed()
    expect(preview.get_by_text("dal 1987")).to_be_visible()
    shots.take(page, "staff/site")
    # Landmarks are Unfold's, on every page of a row alike.
    rules = {"region": {"enabled": False}, "landmark-one-main": {"enabled": False}}
    found = Axe().run(page, options={"iframes": False, "rules": rules})
    assert found.violations_count == 0, found.generate_report()
    page.locator("[name=name]").fill("Da Rossi")
    page.locator("[name=_continue], [name=_save]").first.click()
    page.goto(f"{rossi_url}/")
    expect(page.get_by_role("link", name="Da Rossi")).to_be_visible()
    shots.take(page, "site/dressed")
