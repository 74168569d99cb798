"""The hours are changed on one page, and the next question about free places knows it; the pages around it."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist import conversations, toolcalls
from scheduling import week
from shops.context import in_shop
from shops.models import Shop
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
SERIOUS = {"serious", "critical"}


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/login/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    page.wait_for_url(lambda address: "/login" not in address)


def faults(page: Page) -> list[str]:
    """What axe finds serious in the page's own part."""
    found = Axe().run(page, context="#content-main").response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:160]}" for each in found if each["impact"] in SERIOUS]


def overflow(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def look(page: Page, name: str) -> None:
    """Nothing serious, nothing sideways; a picture for who wants to look."""
    folder = Path("/tmp/shots/myshop")
    if folder.is_dir():
        width = (page.viewport_size or {"width": 0})["width"]
        page.screenshot(path=folder / f"{name}-{width}.png", full_page=True)
    assert overflow(page) <= 0, name
    assert faults(page) == [], name


def ask(shop: Shop, day: Any, number: int) -> str:
    """What the assistant answers on the telephone about a day."""
    with in_shop(shop):
        call = conversations.open_call(external_id=f"call-{number}", phone_number="+393331112223")
        return toolcalls.answer(
            conversation=call,
            call_id=f"tool-{number}",
            name="check_availability",
            arguments={"service": "tagliando", "date_from": str(day), "date_to": str(day)},
        ).text


def test_a_change_of_hours_is_seen_by_the_next_availability(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    today = timezone.localdate()
    tuesday = today + timedelta(days=(1 - today.weekday()) % 7 + 7)
    before = ask(rossi, tuesday, 1)
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/officina/orari/")
    day = page.get_by_role("group", name=re.compile("Lunedì", re.I))
    day.get_by_label(re.compile("periodo 1: apre")).fill("15:00")
    day.get_by_label(re.compile("periodo 1: chiude")).fill("19:00")
    for edge in ("apre", "chiude"):
        day.get_by_label(re.compile(f"periodo 2: {edge}")).fill("")
    day.get_by_label(re.compile("Copia gli orari")).select_option("1")
    second = page.get_by_role("group", name=re.compile("Martedì", re.I))
    expect(second.get_by_label(re.compile("periodo 1: apre"))).to_have_value("15:00")
    page.get_by_role("button", name="Salva gli orari").click()
    expect(page.get_by_text("Gli orari sono salvati")).to_be_visible()
    with in_shop(rossi):
        assert week.told(week.current()[1]) == "15:00–19:00"
    after = ask(rossi, tuesday, 2)
    assert "alle otto" in before
    assert "alle otto" not in after
    assert "quindici" in after or "tre" in after
    look(page, "hours")


def test_wrong_hours_are_refused_on_the_page(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/officina/orari/")
    day = page.get_by_role("group", name=re.compile("Lunedì", re.I))
    day.get_by_label(re.compile("periodo 1: chiude")).fill("07:00")
    page.get_by_role("group", name=re.compile("Sabato", re.I)).get_by_label("chiuso").check()
    page.get_by_role("button", name="Salva gli orari").click()
    expect(page.get_by_text("finisce prima di cominciare")).to_be_visible()
    look(page, "hours-wrong")


def test_the_other_pages_of_the_shop(transactional_db: None, rossi: Shop, rossi_url: str, page: Page) -> None:
    log_in(page, rossi_url)
    for path, name in (
        ("officina/", "hub"),
        ("officina/chi-fa-cosa/", "matrix"),
        ("officina/fuori-orario/", "outside"),
        ("officina/storia/", "shop-history"),
        ("prima-ora/", "first-hour"),
        ("auditlog/logentry/", "registry"),
    ):
        page.goto(f"{rossi_url}/admin/{path}")
        look(page, name)


def test_a_call_ticks_the_step_by_itself(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/prima-ora/")
    page.get_by_role("button", name=re.compile("Comincio adesso.*telefonata di prova")).click()
    expect(page.get_by_text("chiami adesso")).to_be_visible()
    look(page, "first-hour-waiting")
    with in_shop(rossi):
        conversations.open_call(external_id="call-9", phone_number="+393331112223")
    expect(page.get_by_text("dal numero +393331112223")).to_be_visible(timeout=10_000)
    expect(page.get_by_text("1 di 6")).to_be_visible()
    look(page, "first-hour-done")


def test_questions_are_added_and_the_greeting_is_heard_first(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/receptionist/aiconfig/")
    page.get_by_label("saluto").fill("Qui da Rossi, buongiorno.")
    expect(page.locator("[data-first-sentence]")).to_contain_text("Qui da Rossi, buongiorno. Sono")
    page.get_by_label("Domanda 1").fill("Fate la convergenza?")
    page.get_by_label("Risposta").first.fill("Sì, su prenotazione.")
    page.get_by_role("button", name="Aggiungi una domanda").click()
    page.locator("[data-faq-row]").last.get_by_role("textbox").first.fill("Avete il bar?")
    page.locator("[data-faq-row]").last.get_by_role("button", name="Togli questa domanda").click()
    with page.expect_navigation():
        page.get_by_role("button", name=re.compile("^Salva$")).first.click()
    page.goto(f"{rossi_url}/admin/receptionist/aiconfig/")
    expect(page.get_by_label("Domanda 1")).to_have_value("Fate la convergenza?")
    look(page, "assistant")
