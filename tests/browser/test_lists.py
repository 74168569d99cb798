"""The admin's own lists: a table on a desk, a card for each row on a telephone."""

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
LONG = "Un nome di servizio che su un telefono non starebbe mai in una colonna sola"


@pytest.fixture
def services(transactional_db: None, rossi: Shop, rossi_url: str, page: Page) -> Page:
    """The list of services, one with a long name."""
    with in_shop(rossi):
        factories.service(name=LONG)
    page.goto(f"{rossi_url}/admin/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    page.goto(f"{rossi_url}/admin/scheduling/service/")
    return page


def inside(page: Page, box: Any) -> bool:
    return bool(box) and box["x"] >= 0 and box["x"] + box["width"] <= page.viewport_size["width"]  # type: ignore[index]


def test_every_value_of_a_row_is_on_the_screen(services: Page) -> None:
    row = services.locator("#result_list tr.data-row", has_text=LONG)

    boxes = [cell.bounding_box() for cell in row.locator("> :visible").all()]

    assert len(boxes) > 5
    assert all(inside(services, box) for box in boxes)
    expect(services.get_by_role("heading", level=1)).to_have_text("Servizi")


def test_a_card_says_what_its_values_are_and_opens_the_row(services: Page) -> None:
    row = services.locator("#result_list tr.data-row", has_text=LONG)
    expect(row.locator(".field-duration_minutes")).to_have_attribute("data-label", "Durata (minuti)")
    row.get_by_role("checkbox").check()

    found = Axe().run(services, context="#result_list").response["violations"]
    row.get_by_role("link", name=LONG).click()

    serious = [each for each in found if each["impact"] in ("serious", "critical")]
    assert [(each["id"], node["html"]) for each in serious for node in each["nodes"]] == []
    expect(services.locator("#id_name")).to_have_value(LONG)
