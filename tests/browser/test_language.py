"""What scripts write into the pages is Italian too."""

import pytest
from playwright.sync_api import Page, expect

from tests.database import PASSWORD

pytestmark = pytest.mark.browser


def test_lists_that_can_be_searched_speak_italian(transactional_db: None, rossi_url: str, page: Page) -> None:
    page.goto(f"{rossi_url}/admin/login/?next=/admin/scheduling/appointment/add/")
    expect(page).to_have_title("Accedi | Officina Rossi")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()

    for name in ("customer", "vehicle"):
        page.locator(f"#id_{name} + .select2").click()
        page.locator(".select2-search__field").fill("zzzz")
        expect(page.locator(".select2-results__message")).to_have_text("Nessun risultato")
        page.keyboard.press("Escape")
