"""The operators' admin in a real browser: how shops are, a new one, a line that nobody has, and a visit to a shop."""

import re
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from shops import health, orders, routing
from shops.context import as_platform, in_shop
from shops.models import Shop, ShopHealth, ShopOrder, WhatsAppNumber
from shops.staff.models import StaffUser
from tests import database
from tests.browser import shots
from tests.database import PASSWORD

pytestmark = pytest.mark.browser


@pytest.fixture
def platform_url(transactional_db: None, rossi: Shop, bianchi: Shop, live_server: Any, settings: Any) -> str:
    """The operators' host on the live server, with an operator and two shops, one of which is not well."""
    port = urlsplit(live_server.url).port
    settings.PUBLIC_URL = f"http://localhost:{port}"
    with as_platform():
        StaffUser.objects.create_user(
            "op@aros.example", PASSWORD, role="admin", first_name="Olga", last_name="Operatore"
        )
        WhatsAppNumber.objects.create(
            shop=bianchi,
            phone_number_id="wa-bianchi",
            number="+390287654321",
            stopped_at=timezone.now(),
            stopped_reason="Session has expired",
        )
    now = timezone.now()
    common = {
        "reported_at": now,
        "month": health._month_floor(now),
        "last_call_at": now,
        "last_message_at": now,
    }
    with in_shop(rossi):
        ShopHealth.objects.create(shop=rossi, **common, call_minutes=312, chats=204, calls=130)
    with in_shop(bianchi):
        waiting = {"waiting_in": 4, "waiting_out": 2, "waiting_since": now - timedelta(minutes=40)}
        ShopHealth.objects.create(
            shop=bianchi, **common, **waiting, failed_messages=3, call_minutes=1300, chats=80
        )
    return f"http://localhost:{port}"


def log_in(page: Page, url: str, email: str) -> None:
    page.goto(url)
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()


def is_fine(page: Page, name: str, part: str = "#content") -> None:
    """Fits the screen, and axe finds nothing serious in the page's own part."""
    page.wait_for_load_state("load")
    shots.take(page, f"platform/{name}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    found = Axe().run(page, context=part, options={"resultTypes": ["violations"]}).response["violations"]
    serious = [
        (each["id"], each["nodes"][0]["html"][:200])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == [], name


def test_how_shops_are(platform_url: str, page: Page) -> None:
    log_in(page, f"{platform_url}/admin/shops/shop/", "op@aros.example")
    expect(page.get_by_text("Carrozzeria Bianchi").first).to_be_visible()
    expect(page.locator("#result_list")).to_contain_text("4 problemi")
    is_fine(page, "shops", "#result_list")
    page.goto(f"{platform_url}/admin/shops/shop/?salute=problemi")
    expect(page.locator("#result_list")).not_to_contain_text("Officina Rossi")
    page.get_by_role("link", name="Carrozzeria Bianchi").first.click()
    expect(page.locator("#content")).to_contain_text("Session has expired")
    expect(page.locator("#content")).to_contain_text("1300 minuti di telefono su 1200")
    is_fine(page, "shop", "fieldset:nth-of-type(2)")


def test_a_new_shop_is_ordered_and_its_page_follows_the_worker(platform_url: str, page: Page) -> None:
    log_in(page, f"{platform_url}/admin/shops/shoporder/add/", "op@aros.example")
    page.get_by_label("Nome").fill("Gomme Verdi")
    page.get_by_label("Host").fill("verdi.example")
    page.get_by_label("Telefono").fill("02 1122334")
    page.get_by_label("E-mail del responsabile").fill("vera@verdi.example")
    is_fine(page, "order-form")
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_text("A che punto è: in attesa")).to_be_visible()
    is_fine(page, "order-waiting")
    with as_platform():
        order = ShopOrder.objects.get()
        ShopOrder.objects.filter(pk=order.pk).update(queued_at=timezone.now() - timedelta(seconds=30))
    expect(page.get_by_text("Nessun processo di provisioning")).to_be_visible()
    is_fine(page, "order-in-vain")
    with database.as_owner():
        orders.carry_out(order.pk)
    expect(page.get_by_text("L'officina è pronta")).to_be_visible()
    is_fine(page, "order-done")


def test_a_line_that_nobody_has_is_given_to_a_shop(platform_url: str, page: Page, rossi: Shop) -> None:
    routing.count_unrouted(channel="whatsapp", external_id="10012345", kind="messages")
    log_in(page, f"{platform_url}/admin/shops/unroutedevent/", "op@aros.example")
    page.get_by_role("link", name="10012345").first.click()
    expect(page.get_by_text("messages")).to_be_visible()
    page.goto(page.url.replace("/change/", "/attach/"))  # on a telephone the button is in a menu
    is_fine(page, "attach")
    page.locator(".select2-selection").click()
    page.locator(".select2-search__field").fill("rossi")
    page.locator(".select2-results__option", has_text="Officina Rossi").click()
    page.get_by_label("Token").fill("un-token-lungo")
    page.get_by_role("button", name="Assegna").click()
    expect(page.get_by_text("10012345 risponde ora per Officina Rossi.")).to_be_visible()
    assert routing.shop_for_whatsapp("10012345") == rossi


def test_an_operator_helps_in_a_shop(
    platform_url: str, page: Page, rossi: Shop, rossi_url: str, browser: Any
) -> None:
    log_in(page, f"{platform_url}/admin/shops/shop/{rossi.pk}/enter/", "op@aros.example")
    page.get_by_label("Motivo").fill("Il calendario non si apre")
    is_fine(page, "visit-ask")
    page.get_by_role("button", name="Continua").click()
    is_fine(page, "visit-key")
    page.get_by_role("button", name="Entra in Officina Rossi").click()
    expect(page).to_have_url(re.compile(r"^http://rossi\.example:\d+/admin/"))
    expect(page.get_by_text("Olga Operatore è collegata fino alle")).to_be_visible()
    is_fine(page, "inside", ".op-visit")
    other = browser.new_context(viewport=page.viewport_size, locale="it-IT")
    boss = other.new_page()
    log_in(boss, f"{rossi_url}/admin/support/", "anna@rossi.example")
    expect(boss.get_by_text("Motivo: Il calendario non si apre")).to_be_visible()
    is_fine(boss, "shop-visits")
    boss.get_by_role("button", name="Termina l'accesso").click()
    expect(boss.get_by_text("L'accesso dell'assistenza è terminato.")).to_be_visible()
    expect(boss.locator(".op-visit")).to_have_count(0)
    other.close()
    page.goto(f"{rossi_url}/admin/")
    expect(page.get_by_text("L'accesso per assistenza è finito.")).to_be_visible()
