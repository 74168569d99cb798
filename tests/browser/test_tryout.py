"""Prova in a browser: what is written is answered while the page polls, and what was done is explained beside it."""

import re
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.db import connection
from playwright.sync_api import Page, expect

from backoffice.tryout import talk as talks
from backoffice.tryout import tasks
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.browser.conftest import PHONE
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
MARIO = "+393331112223"


@pytest.fixture
def worker(transactional_db: None, rossi: Shop) -> Iterator[None]:
    """A worker beside the server: takes up what waits in the manager's trial, on a connection of its own."""
    with in_shop(rossi):
        manager = StaffUser.objects.get(email="anna@rossi.example")
        factories.vehicle(
            factories.customer(first_name="Mario", last_name="Verdi", phone=MARIO), license_plate="GA123BC"
        )
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.1):
            with in_shop(rossi):
                talk = talks.load(manager.pk)
            if talk is not None and talk.is_waiting:
                tasks.try_out.task(
                    shop_id=str(rossi.pk),
                    person_id=str(manager.pk),
                    talk_id=talk.id,
                    key=talk.exchanges[-1].key,
                )
        connection.close()

    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(10)


def log_in(page: Page, url: str) -> None:
    page.goto(url)
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()


def choose(page: Page, title: str, messages: int) -> None:
    """Tap the first option whose title begins so, as on WhatsApp; wait for the answer to that."""
    option = (
        page.get_by_role("log").locator("button.try-option").filter(has_text=re.compile(rf"^\s*({title})"))
    )
    option.last.click()
    expect(page.locator(".try-line--customer")).to_have_count(messages, timeout=15_000)
    expect(page.locator("[data-try]")).to_have_attribute("data-waiting", "no", timeout=15_000)


def serious(page: Page) -> list[Any]:
    found = Axe().run(page, ".bo")
    return [each for each in found.response["violations"] if each["impact"] in ("serious", "critical")]


def wide(page: Page) -> int:
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


def test_somebody_tries_their_receptionist(worker: None, rossi: Shop, rossi_url: str, page: Page) -> None:
    log_in(page, f"{rossi_url}/admin/prova/")
    expect(page.get_by_text("non prenota nulla davvero")).to_be_visible()
    page.get_by_text("Scrivi come un altro cliente").click()
    page.get_by_label("Un cliente che c'è già").fill("mario")
    page.get_by_role("button", name="Mario Verdi").click()
    expect(page.locator('[data-part="who"]')).to_contain_text("Mario Verdi")

    box = page.get_by_label("Messaggio", exact=True)
    box.fill("Vorrei un tagliando, il primo posto che avete")
    box.press("Enter")
    log = page.get_by_role("log")
    expect(log.get_by_text("intelligenza artificiale")).to_be_visible(timeout=15_000)
    expect(box).to_have_value("")
    expect(box).to_be_focused()
    choose(page, "lun|mar|mer|gio|ven|sab", 2)
    choose(page, "Aspetto", 3)
    choose(page, "Sì", 4)
    works = page.get_by_role("region", name="Che cosa ha fatto")
    expect(works.get_by_text("Prendere un appuntamento")).to_be_visible(timeout=15_000)
    works.get_by_text("Con queste impostazioni").first.click()
    expect(works.get_by_text("Prima frase").first).to_be_visible()
    assert serious(page) == []
    assert wide(page) == 0
    with in_shop(rossi):
        assert not Appointment.objects.exists()
    page.get_by_role("button", name="Ricomincia").click()
    expect(page.locator(".try-line--customer")).to_have_count(0)


def test_the_settings_have_it_at_their_side(worker: None, rossi: Shop, rossi_url: str, page: Page) -> None:
    log_in(page, f"{rossi_url}/admin/receptionist/aiconfig/")
    button = page.get_by_role("button", name="Prova l'assistente")
    button.click()
    drawer = page.get_by_role("dialog", name="Prova")
    box = drawer.get_by_label("Messaggio", exact=True)
    expect(box).to_be_focused()
    drawer.get_by_role("button", name="Quando siete aperti?").click()
    expect(drawer.get_by_role("log").get_by_text("intelligenza artificiale")).to_be_visible(timeout=15_000)
    assert serious(page) == []
    assert wide(page) == 0
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(button).to_be_focused()


def test_a_change_is_tried_without_leaving_the_settings(
    worker: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    """Save, then write: the drawer is still there where there is room, and the next answer goes by what was saved."""
    log_in(page, f"{rossi_url}/admin/receptionist/aiconfig/")
    page.get_by_role("button", name="Prova l'assistente").click()
    expect(page.get_by_role("dialog", name="Prova").get_by_label("Messaggio", exact=True)).to_be_focused()
    if page.viewport_size == PHONE:
        page.keyboard.press("Escape")
    page.get_by_label("Saluto").fill("Qui da Rossi, salve.")
    page.get_by_role("button", name="Salva e continua").click()
    expect(page.get_by_text("Salvato:")).to_be_visible()
    if page.viewport_size == PHONE:
        page.get_by_role("button", name="Prova l'assistente").click()
    drawer = page.get_by_role("dialog", name="Prova")
    drawer.get_by_role("button", name="Quando siete aperti?").click()
    expect(drawer.get_by_role("log").get_by_text("Qui da Rossi, salve.")).to_be_visible(timeout=15_000)
