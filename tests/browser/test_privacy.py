"""Privacy in a browser: the page asks before it shortens a period; the public notice fits a telephone."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist.models import AIConfig, Channel, Conversation, PrivacyConfig
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.browser.shots import take
from tests.receptionist.keeping import talk

PASSWORD = "una-password-lunga-7"


@pytest.fixture
def lived_in(transactional_db: None) -> Shop:
    """A shop that records, with conversations of different ages."""
    shop: Shop = Shop.objects.get(slug="officina-rossi")
    with in_shop(shop):
        AIConfig.load()
        AIConfig.objects.update(recording_enabled=True, address="Via Roma 1, Milano")
        PrivacyConfig.load()
        PrivacyConfig.objects.update(controller="Rossi Mario & C. snc", email="privacy@rossi.example")
        for days in (1, 40, 100, 361, 364, 400):
            talk(timezone.now() - timedelta(days=days), channel=Channel.VOICE)
        talk(timezone.now(), disclosure="", disclosed_at=None)
        staff = StaffUser.objects.get(email="anna@rossi.example")
        staff.set_password(PASSWORD)
        staff.save()
    return shop


@pytest.fixture
def fits(page: Page) -> Callable[[], None]:
    """Nothing is wider than the window."""

    def fits() -> None:
        wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wide <= 0

    return fits


def test_shortening_asks_first(page: Page, rossi_url: str, lived_in: Shop, fits: Any) -> None:
    page.goto(f"{rossi_url}/admin/login/?next=/admin/privacy/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    expect(page.get_by_role("heading", name="Che cosa si cancella")).to_be_visible()
    fits()
    take(page, "privacy")
    page.get_by_label("Conversazioni e trascrizioni conservate per (giorni)").fill("60")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_role("alert")).to_contain_text("la prossima notte cancella di più")
    fits()
    take(page, "privacy-asks")
    with in_shop(lived_in):
        assert PrivacyConfig.load().transcript_days == 365
    page.get_by_role("button", name="Salva e cancella la prossima notte").click()
    expect(page.get_by_text("Salvato: vale dalla prossima notte.")).to_be_visible()
    with in_shop(lived_in):
        assert PrivacyConfig.load().transcript_days == 60
        assert Conversation.objects.exclude(summary="").count() == 7
    page.get_by_role("link", name="Registro dei trattamenti").first.click()
    expect(page.get_by_role("heading", name="Registro delle attività di trattamento")).to_be_visible()
    fits()
    take(page, "privacy-register")
    page.get_by_role("link", name="Dichiarazioni dell'IA").first.click()
    expect(page.get_by_text("manca", exact=True)).to_be_visible()
    fits()
    take(page, "privacy-disclosures")


def test_the_public_notice(page: Page, rossi_url: str, lived_in: Shop, fits: Any) -> None:
    page.goto(f"{rossi_url}/privacy")
    expect(page.get_by_role("heading", name="Informativa sulla privacy", level=1)).to_be_visible()
    expect(page.get_by_text("Le telefonate sono registrate")).to_be_visible()
    assert page.locator("script").count() == 0
    fits()
    take(page, "privacy-notice")
    page.goto(f"{rossi_url}/privacy?lingua=en")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    fits()
