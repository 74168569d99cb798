"""A person's rights in a browser: the page fits, a consent is recorded, and the word erases."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist.models import Erasure
from scheduling.models import Consent, Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.browser.shots import take
from tests.receptionist.rights import life

PASSWORD = "una-password-lunga-7"


@pytest.fixture
def customer(transactional_db: None, settings: Any) -> Customer:
    """Somebody with a long history, and an appointment to come."""
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        staff = StaffUser.objects.get(email="anna@rossi.example")
        staff.set_password(PASSWORD)
        staff.save()
        made = life.lived(staff)
        factories.appointment(timezone.now() + timedelta(days=3), customer=made)
        return made


def test_consent_and_the_end_of_it(page: Page, rossi_url: str, customer: Customer) -> None:
    page.goto(f"{rossi_url}/admin/login/?next=/admin/clienti/{customer.pk}/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()
    page.get_by_text("Registra un consenso o un ritiro").click()
    box = page.get_by_label("Comunicazioni promozionali")
    expect(box).to_be_visible()
    take(page, "customer-consents")
    page.locator("form", has=box).get_by_role("button", name="Ha detto no").click()
    expect(page.get_by_text("negato")).to_be_visible()

    page.get_by_role("link", name="Diritti della persona").click()
    expect(page.get_by_role("heading", name="Una copia di tutto")).to_be_visible()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    take(page, "rights")
    page.get_by_label("annullarli insieme").check()
    page.get_by_label("Per cancellare scrivere").fill(life.LAST)
    page.get_by_role("button", name="Cancella per sempre").click()
    expect(page.get_by_text("Cancellato. I lavori fatti restano")).to_be_visible()
    page.goto(f"{rossi_url}/admin/clienti/{customer.pk}/")
    expect(page.get_by_text("sono stati cancellati il")).to_be_visible()
    take(page, "customer-erased")
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        assert Erasure.objects.count() == 1
        assert not Consent.objects.filter(customer=customer).exists()
