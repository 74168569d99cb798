"""The mechanic's board with a thumb, and with a mouse."""

from datetime import timedelta

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from scheduling import booking
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.browser import shots
from tests.database import PASSWORD

pytestmark = pytest.mark.browser


def a_day(shop: Shop) -> Appointment:
    """Three cars of today and one of yesterday; the one whose hour is now is Ugo's."""
    with in_shop(shop):
        Appointment.objects.all().delete()
        ugo = StaffUser.objects.create_user("ugo@rossi.example", PASSWORD, role="mechanic", first_name="Ugo")
        noon = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
        bay = factories.bay("Ponte 1", mechanic=ugo)
        panda = factories.vehicle(license_plate="GA123BC", make="Fiat", model="Panda")
        mine = factories.appointment(
            noon - timedelta(hours=3), minutes=60, bay=bay, vehicle=panda, notes="Rumore davanti a destra."
        )
        factories.appointment(noon, minutes=60, bay=factories.bay("Ponte 2"))
        factories.appointment(noon + timedelta(hours=3), minutes=60, bay=factories.bay("Ponte 3"))
        factories.appointment(
            noon - timedelta(days=1),
            minutes=60,
            bay=factories.bay("Ponte 4"),
            status="in_progress",
            customer_note="In attesa del ricambio",
        )
        return mine


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/")
    page.get_by_label("E-mail").fill("ugo@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Accedi").click()


def test_a_mechanic_works_through_the_day(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    row = a_day(rossi)
    log_in(page, rossi_url)
    expect(page).to_have_url(f"{rossi_url}/admin/lavori/")
    card = page.locator(f"#card-{row.pk}")
    expect(page.locator("#board-mine")).to_contain_text("GA123BC")
    shots.take(page, "staff/board")
    found = Axe().run(page).response["violations"]
    assert [each["id"] for each in found if each["impact"] in ("serious", "critical")] == []
    assert page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 0
    card.get_by_role("button", name="È arrivata").click()
    expect(page.get_by_role("status").filter(has_text="arrivata")).to_be_visible()
    start = card.get_by_role("button", name="Inizia il lavoro")
    assert (start.bounding_box() or {})["height"] >= 44
    start.dblclick()
    expect(card.get_by_text("in lavorazione")).to_be_visible()
    card.get_by_text("Pronta per…").click()
    shots.take(page, "staff/board-promise")
    card.get_by_role("button", name="fra mezz'ora").click()
    expect(card.get_by_text("Promessa per")).to_be_visible()
    card.get_by_text("Nota per il cliente").click()
    card.get_by_role("button", name="In attesa del ricambio").click()
    expect(card.locator(".bo-note")).to_have_text("In attesa del ricambio")
    # A colleague at the desk says it is ready before the thumb does: the board tells by itself.
    with in_shop(rossi):
        booking.complete(appointment=Appointment.objects.get(pk=row.pk))
    expect(page.locator("#board-ready")).to_contain_text("GA123BC", timeout=15_000)
    card.get_by_role("button", name="Non è ancora pronta").click()
    expect(page.locator("#board-mine")).to_contain_text("GA123BC")
    card.get_by_role("button", name="È pronta", exact=True).click()
    card.get_by_role("button", name="Ritirata").click()
    expect(page.locator("#board-over")).to_contain_text("1")
    with in_shop(rossi):
        done = Appointment.objects.get(pk=row.pk)
    assert (done.status, bool(done.collected_at), bool(done.arrived_at)) == ("completed", True, True)


def test_an_old_state_is_told_and_nothing_is_lost_offline(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    row = a_day(rossi)
    log_in(page, rossi_url)
    card = page.locator(f"#card-{row.pk}")
    with in_shop(rossi):
        booking.cancel(appointment=Appointment.objects.get(pk=row.pk))
        other = Appointment.objects.exclude(pk=row.pk).filter(status="in_progress").get()
        booking.promise(appointment=other, promised_at=None, customer_note="Manca il filtro")
    second = page.locator(f"#card-{other.pk}")
    second.get_by_role("button", name="È pronta", exact=True).click()
    expect(page.locator("#board-said")).to_contain_text("Guardi com'è adesso")
    expect(second).to_contain_text("Manca il filtro")
    shots.take(page, "staff/board-refused")
    expect(card).to_have_count(0)
    page.context.set_offline(True)
    second.get_by_role("button", name="Lo prendo io").click()
    expect(page.locator("#board-said")).to_contain_text("Non c'è collegamento")
    page.context.set_offline(False)
    second.get_by_role("button", name="Lo prendo io").click()
    expect(page.locator("#board-said")).to_contain_text("suo lavoro")
