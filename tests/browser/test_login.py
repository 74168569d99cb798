"""Getting in: an invitation, a second factor, a forgotten password, and where each role arrives."""

import re
import time
from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.core import mail
from django.utils import timezone
from django_otp.oath import TOTP
from playwright.sync_api import Page, expect

from shops.context import in_shop
from shops.models import Shop
from shops.staff import second_factor
from shops.staff.models import Authenticator, StaffUser
from tests.browser import shots
from tests.database import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("transactional_db", "eager_tasks")]
NEW_PASSWORD = "cavalli e motori"


def sound(page: Page) -> None:
    """Nothing that a screen reader stumbles over, nothing beyond the edge."""
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0


def log_in(page: Page, url: str, email: str = "anna@rossi.example", password: str = PASSWORD) -> None:
    page.goto(f"{url}/admin/login/")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Accedi").click()


def shown(shop: Shop, *, later: int = 0) -> str:
    with in_shop(shop):
        totp = TOTP(Authenticator.objects.get()._key)
    totp.time = time.time() + 30 * later
    return f"{totp.token():06d}"


def test_a_second_factor_is_set_up_and_asked(rossi: Shop, rossi_url: str, page: Page) -> None:
    with in_shop(rossi):
        second_factor.ask_of_admins(wanted=True)
    log_in(page, rossi_url)
    expect(page.get_by_alt_text("Codice QR del secondo fattore")).to_be_visible()
    page.get_by_text("Non riesce a inquadrarlo?").click()
    shots.take(page, "staff/set-up")
    sound(page)
    page.goto(f"{rossi_url}/admin/scheduling/customer/")  # nothing before that
    expect(page.get_by_alt_text("Codice QR del secondo fattore")).to_be_visible()
    page.get_by_label("Codice").fill(shown(rossi, later=-1))
    page.get_by_role("button", name="Attiva").click()
    expect(page.locator(".staff-codes li")).to_have_count(10)
    codes = page.locator(".staff-codes li").all_inner_texts()
    shots.take(page, "staff/recovery-codes")
    sound(page)
    page.get_by_role("link", name="Li ho messi al sicuro, continua").click()
    expect(page).to_have_url(f"{rossi_url}/admin/scheduling/customer/")
    page.goto(f"{rossi_url}/admin/account/")
    shots.take(page, "staff/account")
    sound(page)
    page.get_by_role("button", name="Esci da tutti i dispositivi").click()
    log_in(page, rossi_url)
    page.get_by_label("Codice").fill("12 34")
    page.get_by_role("button", name="Entra").click()
    expect(page.get_by_text("Il codice non è giusto")).to_be_visible()
    shots.take(page, "staff/code")
    sound(page)
    with in_shop(rossi):  # the second that nobody may try another one is over
        Authenticator.objects.update(failed_at=timezone.now() - timedelta(minutes=1))
    page.get_by_label("Codice").fill(codes[0])
    page.get_by_role("button", name="Entra").click()
    expect(page).to_have_url(re.compile("/admin/(oggi|scheduling|lavori)"))


def test_who_is_invited_chooses_a_password_and_is_in(
    rossi: Shop, rossi_url: str, page: Page, settings: Any
) -> None:
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/staff/staffuser/")
    shots.take(page, "staff/people")
    sound(page)
    page.goto(f"{rossi_url}/admin/staff/staffuser/add/")
    page.locator("#id_email").fill("ugo@rossi.example")
    page.locator("#id_role").select_option("mechanic", force=True)
    shots.take(page, "staff/invite")
    page.get_by_role("button", name="Salva", exact=True).click()
    expect(page.get_by_text("Invito mandato a ugo@rossi.example")).to_be_visible()
    (sent,) = mail.outbox
    found = re.search(r"https?://[^/]+(/\S+)", sent.body)
    assert found
    page.context.clear_cookies()
    page.goto(f"{rossi_url}{found[1]}")
    page.get_by_label("Nome", exact=False).first.fill("Ugo")
    page.locator("#id_new_password1").fill(NEW_PASSWORD)
    page.locator("#id_new_password2").fill(NEW_PASSWORD)
    shots.take(page, "staff/invitation")
    sound(page)
    page.get_by_role("button", name="Entra").click()
    expect(page).to_have_url(f"{rossi_url}/admin/lavori/")
    page.goto(f"{rossi_url}{found[1]}")
    expect(page.get_by_text("Questo link non vale più")).to_be_visible()
    with in_shop(rossi):
        assert StaffUser.objects.get(email="ugo@rossi.example").first_name == "Ugo"


def test_a_forgotten_password(rossi: Shop, rossi_url: str, page: Page) -> None:
    page.goto(f"{rossi_url}/admin/login/")
    shots.take(page, "staff/login")
    sound(page)
    page.locator(".password-reset-link").click()
    page.get_by_label("E-mail").fill("anna@rossi.example")
    sound(page)
    page.get_by_role("button", name="Manda il link").click()
    expect(page.get_by_text("Controlli la posta")).to_be_visible()
    shots.take(page, "staff/forgotten")
    found = re.search(r"https?://[^/]+(/\S+)", mail.outbox[0].body)
    assert found
    page.goto(f"{rossi_url}{found[1]}")
    page.locator("#id_new_password1").fill(NEW_PASSWORD)
    page.locator("#id_new_password2").fill(NEW_PASSWORD)
    shots.take(page, "staff/reset")
    page.get_by_role("button", name="Salva la password").click()
    expect(page.get_by_text("La password è cambiata")).to_be_visible()
    log_in(page, rossi_url, password=NEW_PASSWORD)
    expect(page).to_have_url(re.compile("/admin/(oggi|scheduling)"))


def test_too_many_wrong_passwords(rossi: Shop, rossi_url: str, page: Page) -> None:
    for _each in range(5):
        log_in(page, rossi_url, password="sbagliata")
    expect(page.get_by_text("Troppi tentativi: riprovi fra 5 minuti.")).to_be_visible()
    shots.take(page, "staff/throttled")
