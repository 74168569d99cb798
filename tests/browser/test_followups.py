"""Promemoria e messaggi in a browser: usable at any width and by any reader; the preview follows what is typed."""

from datetime import timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist.models import FollowUp, FollowUpKind, FollowUpSetting, OutboundMessage
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.browser.shots import take

PASSWORD = "una-password-lunga-7"
KINDS = list(FollowUpKind)
REASONS = ("", "", "", "stale", "failed", "no_consent", "stopped", "most_a_day", "too_late")


@pytest.fixture
def lived_in(transactional_db: None) -> Shop:
    """A shop that has sent, that waits, and that did not send, each for a reason."""
    shop: Shop = Shop.objects.get(slug="officina-rossi")
    with in_shop(shop):
        who = factories.customer(first_name="Maria Maddalena", last_name="Dell'Acqua-Bianchi")
        for number, reason in enumerate(REASONS):
            status = ("delivered", "queued", "read")[number % 3] if not reason else "failed"
            message = OutboundMessage.objects.create(
                channel="whatsapp", recipient="+393331234567", purpose="reminder", content={}, status=status
            )
            FollowUp.objects.create(
                kind=KINDS[number],
                key=f"shown:{number}",
                customer=who,
                day=timezone.localdate(),
                outcome="skipped" if reason else "sent",
                reason=reason,
                message=message if not reason or reason in ("stale", "failed") else None,
                created_at=timezone.now() - timedelta(minutes=number),
            )
        staff = StaffUser.objects.get(email="anna@rossi.example")
        staff.set_password(PASSWORD)
        staff.save()
    return shop


@pytest.mark.parametrize("width", [1366, 390])
def test_the_page(page: Page, rossi_url: str, lived_in: Shop, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    page.goto(f"{rossi_url}/admin/login/?next=/admin/promemoria/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    expect(page.get_by_role("heading", name="Messaggi promozionali")).to_be_visible()
    for shut in page.locator("details.fu-words").all()[:2]:
        shut.locator("summary").click()
    expect(page.get_by_text("in coda", exact=True)).to_be_visible()
    expect(page.get_by_text("prima che partisse è cambiato qualcosa")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    found: Any = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]})
    take(page, "promemoria")
    assert found.violations_count == 0, found.generate_report()


def test_the_preview_follows_and_what_cannot_be_used_is_refused(
    page: Page, rossi_url: str, lived_in: Shop
) -> None:
    page.goto(f"{rossi_url}/admin/login/?next=/admin/promemoria/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    words = page.locator("details.fu-words").first
    words.locator("summary").click()
    words.locator("textarea").fill("<img src=x onerror=alert(1)> Ci vediamo {giorno} alle {ora}, {nome}")
    expect(words.locator(".fu-bubble")).to_contain_text("<img src=x onerror=alert(1)> Ci vediamo")
    words.locator("textarea").fill("Ci vediamo {giorno.__class__} {ora}")
    expect(words.locator(".bo-error")).to_contain_text("non è un dato di questo messaggio")
    page.get_by_role("button", name="Salva").click()
    expect(page.get_by_text("Non ho salvato")).to_be_visible()
    with in_shop(lived_in):
        assert not FollowUpSetting.objects.exclude(text="").exists()
