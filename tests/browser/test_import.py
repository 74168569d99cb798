"""A file of customers with errors is brought in, mended and brought again; then what the pages show of them."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist.models import Conversation
from scheduling import demo
from scheduling.models import Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.browser import shots
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
WRONG = (
    "Cognome;Nome;Cellulare;Targa;Marca;Modello;Immatricolazione\n"
    "VANONI;ORNELLA;3339998887;ab 123 cd;Fiat;Panda;03/11/2022\n"
    "PAOLI;GINO;33;EF456GH;Lancia;Ypsilon;31/02/2020\n"
)
RIGHT = WRONG.replace(";33;", ";3331112223;").replace("31/02/2020", "28/02/2020")


def log_in(page: Page, url: str) -> None:
    page.goto(f"{url}/admin/")
    page.get_by_label("E-mail").fill("anna@rossi.example")
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_navigation():
        page.get_by_role("button", name="Accedi").click()


def fine(page: Page, name: str) -> None:
    """Fits the screen, axe finds nothing serious in the page's own part, and there is a picture for who wants one."""
    shots.take(page, f"people/{name}")
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0, name
    found: Any = Axe().run(page, context="#content-main").response["violations"]
    serious = [
        (each["id"], [node["html"] for node in each["nodes"]][:3])
        for each in found
        if each["impact"] in ("serious", "critical")
    ]
    assert serious == [], name


def bring(page: Page, url: str, folder: Path, content: str) -> None:
    file = folder / "clienti.csv"
    file.write_text(content, encoding="cp1252")
    page.goto(f"{url}/admin/importa/")
    page.get_by_label("Scegli il file CSV o Excel").set_input_files(file)
    expect(page.get_by_label("File scelto")).to_have_value("clienti.csv")
    fine(page, "upload")
    page.get_by_role("button", name="Prova il file").click()


def test_a_file_with_errors_is_mended_and_brought_in(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page, tmp_path: Path
) -> None:
    log_in(page, rossi_url)
    bring(page, rossi_url, tmp_path, WRONG)
    problems = page.get_by_role("region", name="Righe con errori")
    expect(problems).to_contain_text("Riga 3, Cellulare: «33» non è un numero di telefono")
    expect(problems).to_contain_text("Riga 3, Immatricolazione: «31/02/2020» non è una data")
    expect(page.get_by_text("non è stato scritto ancora niente")).to_be_visible()
    fine(page, "tried")
    with in_shop(rossi):
        assert not Customer.objects.exists()
    bring(page, rossi_url, tmp_path, RIGHT)
    page.get_by_label("Modello").select_option("")
    page.get_by_role("button", name="Prova di nuovo").click()
    expect(page.get_by_label("Modello")).to_have_value("")
    page.get_by_role("button", name="Conferma e importa").click()
    expect(page.get_by_text("Importato.")).to_be_visible()
    fine(page, "imported")
    with in_shop(rossi):
        assert set(Customer.objects.values_list("last_name", flat=True)) == {"Vanoni", "Paoli"}
        assert set(Vehicle.objects.values_list("license_plate", "model")) == {
            ("AB123CD", ""),
            ("EF456GH", ""),
        }


def test_a_customers_page_the_car_what_is_due_and_merging(
    transactional_db: None, rossi: Shop, rossi_url: str, page: Page
) -> None:
    today = timezone.localdate()
    with in_shop(rossi):
        demo.fill(rossi)
        who = Customer.objects.exclude(appointments=None)[0]
        twin = factories.customer(first_name=who.last_name, last_name=who.first_name)
        car = factories.vehicle(
            who,
            registered_on=today.replace(day=1, year=today.year - 4),
            last_service_on=today - timedelta(days=400),
        )
        who.consents.create(purpose="marketing", granted=True, channel="web")
        Conversation.objects.create(
            customer=who, channel="voice", external_id="c1", summary="Vuole anticipare il tagliando."
        )
        who.identities.create(
            channel="whatsapp", external_id=str(who.phone), verified=True, opted_out_at=timezone.now()
        )
        who.notes = "Preferisce il mattino."
        who.save()
        number = str(twin.phone)
    log_in(page, rossi_url)
    page.goto(f"{rossi_url}/admin/scheduling/customer/?q={who.last_name}")
    shots.take(page, "people/list")
    page.get_by_role("link", name=f"{who.last_name} {who.first_name}").first.click()
    expect(page.get_by_text("Vuole anticipare il tagliando.")).to_be_visible()
    fine(page, "customer")
    page.get_by_role("link", name=car.license_plate).click()
    expect(page.get_by_role("heading", name="Lavori fatti")).to_be_visible()
    fine(page, "vehicle")
    page.goto(f"{rossi_url}/admin/scadenze/?cosa=tagliando&quando=scadute")
    expect(page.get_by_role("link", name=f"{car}")).to_be_visible()
    fine(page, "due")
    page.goto(f"{rossi_url}/admin/scadenze/")
    expect(page.get_by_role("link", name=f"{car}")).to_be_visible()
    fine(page, "due-month")
    page.goto(f"{rossi_url}/admin/clienti/{who.pk}/doppioni/")
    fine(page, "likely")
    page.get_by_role("link", name=f"Confronta con {twin}").first.click()
    page.get_by_label(number).check()
    fine(page, "merge")
    page.get_by_role("button", name="Unisci i due clienti").click()
    expect(page.get_by_text("da ora è un cliente solo")).to_be_visible()
    fine(page, "merged")
    with in_shop(rossi):
        assert Customer.objects.get(pk=who.pk).phone == number
