"""My appointment in Chromium, with scripts and without, on a desk and on a small telephone; one's calendars in the back
office."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from icalendar import Calendar
from playwright.sync_api import Browser, Page, expect

from receptionist import links
from receptionist.models import AIConfig
from scheduling import booking
from scheduling.models import Appointment, CalendarFeed, Service
from scheduling.models.appointments import Source, Status
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.browser import shots
from tests.browser.test_today import log_in
from website.models import Site

pytestmark = pytest.mark.browser
DESK = {"width": 1366, "height": 768}
SMALL = {"width": 360, "height": 740}
CASES = [(DESK, True), (SMALL, True), (DESK, False), (SMALL, False)]


@pytest.fixture(params=CASES, ids=["desk", "small", "desk-no-script", "small-no-script"])
def visitor(browser: Browser, request: Any) -> Iterator[Page]:
    """A visitor's page; whatever the page's policy stops, and any error of a script, fails the test."""
    size, scripts = request.param
    context = browser.new_context(viewport=size, locale="it-IT", java_script_enabled=scripts)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.scripts, page.complaints = scripts, complaints  # type: ignore[attr-defined]
    yield page
    context.close()
    # The reader that looks for what is inaccessible writes styles of its own into the page, which the policy stops.
    told = ("status of 4", "Cross-Origin-Opener-Policy", *(["Applying inline style"] if scripts else []))
    assert [each for each in complaints if not any(words in each for words in told)] == []


@pytest.fixture
def row(transactional_db: None, rossi: Shop) -> Appointment:
    """An appointment from the page at the first free place."""
    with in_shop(rossi):
        Appointment.objects.all().delete()
        Site.load()
        config = AIConfig.load()
        config.address = "Via Emilia 12, 40138 Bologna"
        config.save()
        service = Service.objects.filter(is_active=True, duration_minutes__lte=90).order_by("position")[0]
        service.preparation = "Il libretto di circolazione."
        service.save()
        who = factories.customer(first_name="Giulia", last_name="Ferri", phone=None)
        car = factories.vehicle(who, license_plate="GA123BC")
        slot = booking.free_slots(service=service).slots[0]
        return booking.book(
            customer=who, vehicle=car, service=service, starts_at=slot.starts_at, source=Source.WEB
        ).appointment


def address(url: str, row: Appointment, shop: Shop) -> str:
    return f"{url}/appuntamento/{links.token(row, shop=shop)}"


def stored(row: Appointment, shop: Shop) -> Appointment:
    with in_shop(shop):
        return Appointment.objects.get(pk=row.pk)


def fine(page: Page) -> None:
    """Nothing to complain of for a reader who does not see, and nothing wider than the window."""
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    if page.scripts:  # type: ignore[attr-defined]
        before = list(page.complaints)  # type: ignore[attr-defined]
        found = Axe().run(page)
        page.complaints[:] = before  # type: ignore[attr-defined] # the reader's own styles, which the policy stops
        assert found.violations_count == 0, found.generate_report()


def looked_at(page: Page, name: str) -> None:
    shots.take(page, f"mine/{name}{'' if page.scripts else '-no-script'}")  # type: ignore[attr-defined]
    fine(page)


def test_moving_then_cancelling(row: Appointment, rossi: Shop, rossi_url: str, visitor: Page) -> None:
    page = visitor
    page.goto(address(rossi_url, row, rossi))
    expect(page.get_by_role("heading", level=1)).to_have_text("Il suo appuntamento è confermato")
    expect(page.get_by_text("GA123BC")).to_be_visible()
    looked_at(page, "1-seen")
    page.get_by_role("link", name="Sposta").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Quando preferisce venire?")
    looked_at(page, "2-days")
    page.get_by_role("link", name="Altri giorni →").click()
    expect(page).to_have_url(re.compile("dal="))
    page.locator("details[open] .times a").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Spostiamo l'appuntamento?")
    looked_at(page, "3-asked")
    page.get_by_role("button", name="Sposta l'appuntamento").click()
    expect(page.get_by_text("Fatto: l'appuntamento è spostato.")).to_be_visible()
    assert stored(row, rossi).scheduled_at > row.scheduled_at
    looked_at(page, "4-moved")
    page.get_by_role("link", name="Annulla l'appuntamento").click()
    page.get_by_label("Il motivo").fill("Non posso venire")
    looked_at(page, "5-cancel")
    page.get_by_role("button", name="Sì, annulla").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Appuntamento annullato")
    looked_at(page, "6-cancelled")
    done = stored(row, rossi)
    assert (done.status, done.cancel_reason) == (Status.CANCELLED, "Non posso venire")
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", level=1)).to_have_text("Appuntamento annullato")


def test_a_place_that_was_taken_meanwhile(
    row: Appointment, rossi: Shop, rossi_url: str, visitor: Page
) -> None:
    page = visitor
    page.goto(f"{address(rossi_url, row, rossi)}/sposta")
    page.get_by_role("link", name="Altri giorni →").click()
    expect(page).to_have_url(re.compile("dal="))
    page.locator("details[open] .times a").first.click()
    wanted = page.locator("input[name=inizio]").get_attribute("value") or ""
    with in_shop(rossi):
        start = factories.local(
            *(int(part) for part in wanted.replace("T", "-").replace(":", "-").split("-"))
        )
        for bay in row.service.bays.all():
            factories.appointment(start, service=row.service, bay=bay)
    page.get_by_role("button", name="Sposta l'appuntamento").click()
    expect(page.get_by_text("Quell'orario è appena stato preso.")).to_be_visible()
    looked_at(page, "7-taken")
    page.get_by_role("radio").nth(1).check()
    page.get_by_role("button", name="Sposta l'appuntamento").click()
    expect(page.get_by_text("Fatto: l'appuntamento è spostato.")).to_be_visible()
    assert stored(row, rossi).scheduled_at not in (row.scheduled_at, start)


def test_into_a_calendar_in_english_and_a_link_that_is_none(
    row: Appointment, rossi: Shop, rossi_url: str, visitor: Page, tmp_path: Path
) -> None:
    page = visitor
    page.goto(address(rossi_url, row, rossi))
    with page.expect_download() as waited:
        page.locator("a[href$='calendario.ics']").click()
    assert waited.value.suggested_filename == "appuntamento.ics"
    waited.value.save_as(tmp_path / "mine.ics")
    calendar: Any = Calendar.from_ical((tmp_path / "mine.ics").read_bytes())
    assert [event.DTSTART for event in calendar.events] == [row.scheduled_at]
    page.get_by_role("link", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    looked_at(page, "8-english")
    page.goto(f"{rossi_url}/appuntamento/{'A' * 48}")
    expect(page.get_by_role("heading", level=1)).to_have_text("Questo collegamento non è valido")
    looked_at(page, "9-gone")


def test_work_in_progress_and_a_car_that_is_ready(
    row: Appointment, rossi: Shop, rossi_url: str, visitor: Page
) -> None:
    page = visitor
    for status, title in (
        (Status.PENDING, "In attesa di conferma"),
        (Status.IN_PROGRESS, "Stiamo lavorando alla sua auto"),
        (Status.COMPLETED, "La sua auto è pronta"),
    ):
        with in_shop(rossi):
            Appointment.objects.filter(pk=row.pk).update(status=status)
        page.goto(address(rossi_url, row, rossi))
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        looked_at(page, f"status-{status}")


def test_ones_own_calendars(transactional_db: None, rossi: Shop, rossi_url: str, page: Page) -> None:
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/account/calendari/")
    page.get_by_label("Nome").fill("Il mio iPhone")
    page.get_by_role("button", name="Crea l'indirizzo").click()
    given = page.get_by_label("Indirizzo del calendario").input_value()
    assert "/calendario/" in given
    shots.take(page, "mine/feeds-new")
    page.get_by_role("button", name="Copia").click()
    expect(page.get_by_role("button", name="Copiato")).to_be_visible()
    page.goto(f"{rossi_url}/admin/account/calendari/")
    expect(page.get_by_label("Indirizzo del calendario")).to_have_count(0)
    shots.take(page, "mine/feeds")
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]  # type: ignore[index]
    page.get_by_role("button", name="Revoca Il mio iPhone").click()
    expect(page.get_by_text("Revocato: quell'indirizzo non mostra più niente.")).to_be_visible()
    with in_shop(rossi):
        assert CalendarFeed.objects.get().revoked_at is not None
