"""What a customer may ask of their own data, on the pages of the shop."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from receptionist import consenting
from receptionist.models import Erasure, ExportState, PersonExport
from receptionist.rights import export, search
from scheduling.models import Consent, Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.rights import life

LogIn = Callable[[Client, StaffUser, Shop], Client]


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def customer(rossi: Shop, manager: StaffUser) -> Customer:
    with in_shop(rossi):
        return life.lived(manager)


@pytest.fixture
def browser(rossi_client: Client, rossi: Shop, manager: StaffUser, log_in: LogIn) -> Client:
    return log_in(rossi_client, manager, rossi)


def at(customer: Customer, what: str = "") -> str:
    return f"/admin/clienti/{customer.pk}/diritti/{what}"


def said(response: Any) -> str:
    text: str = response.content.decode()
    return text


def test_the_page_says_what_would_go_and_what_would_stay(browser: Client, customer: Customer) -> None:
    shown = said(browser.get(at(customer)))
    for words in (
        "Una copia di tutto",
        "Correggere",
        "Promozioni e consensi",
        "Si cancella",
        "Resta, senza il nome",
    ):
        assert words in shown
    assert "Conversazioni" in shown
    card = said(browser.get(f"/admin/clienti/{customer.pk}/"))
    assert at(customer) in card
    assert "«Possiamo?»" in card  # the wording of what was agreed


def test_a_copy_is_made_and_downloaded(
    browser: Client,
    customer: Customer,
    rossi: Shop,
    django_capture_on_commit_callbacks: Any,
    eager_tasks: None,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        assert browser.post(at(customer, "copia/")).status_code == 302
    with in_shop(rossi):
        row = PersonExport.objects.get()
        assert row.state == ExportState.READY
    assert f"copia/{row.pk}/" in said(browser.get(at(customer)))
    response = browser.get(at(customer, f"copia/{row.pk}/"))
    assert b"".join(response.streaming_content)[:2] == b"PK"  # type: ignore[attr-defined]
    assert response["Content-Disposition"] == 'attachment; filename="dati.zip"'
    assert "no-store" in response["Cache-Control"]
    with in_shop(rossi):
        row.refresh_from_db()
        assert row.taken_at
        export.sweep(now=row.expires_at)
    assert browser.get(at(customer, f"copia/{row.pk}/")).status_code == 404


def test_the_copy_of_another_is_not_theirs(browser: Client, customer: Customer, rossi: Shop) -> None:
    with in_shop(rossi):
        other = factories.customer()
        row = export.ask(customer=customer)
        export.make(export_id=row.pk)
    assert browser.get(at(other, f"copia/{row.pk}/")).status_code == 404


def test_a_consent_is_recorded_with_its_words(browser: Client, customer: Customer, rossi: Shop) -> None:
    answer = {"purpose": "marketing", "answer": "no", "wording": "Possiamo scriverle?", "from": "card"}
    response = browser.post(at(customer, "consenso/"), answer)
    assert response["Location"] == f"/admin/clienti/{customer.pk}/"
    with in_shop(rossi):
        row = consenting.standing(customer, Consent.Purpose.MARKETING)
        assert row
        assert (row.granted, row.wording, row.channel) == (False, "Possiamo scriverle?", "shop")
        assert consenting.agreed([customer.pk], Consent.Purpose.MARKETING) == set()
    history = said(browser.get(f"/admin/clienti/{customer.pk}/"))
    assert "comunicazioni promozionali: no" in history


@pytest.mark.parametrize(
    "answer",
    [
        {},
        {"purpose": "everything", "answer": "yes", "wording": "x"},
        {"purpose": "marketing", "answer": "perhaps", "wording": "x"},
        {"purpose": "marketing", "answer": "yes", "wording": " \x00 "},
    ],
    ids=["nothing", "purpose", "answer", "words"],
)
def test_half_an_answer_is_none(
    browser: Client, customer: Customer, rossi: Shop, answer: dict[str, str]
) -> None:
    with in_shop(rossi):
        before = Consent.objects.count()
    assert browser.post(at(customer, "consenso/"), answer).status_code == 302
    with in_shop(rossi):
        assert Consent.objects.count() == before


def test_words_do_not_run(browser: Client, customer: Customer) -> None:
    answer = {"purpose": "privacy", "answer": "yes", "wording": "<script>alert(1)</script>"}
    browser.post(at(customer, "consenso/"), answer)
    assert "<script>alert(1)" not in said(browser.get(f"/admin/clienti/{customer.pk}/"))


def test_an_objection_is_kept(browser: Client, customer: Customer, rossi: Shop) -> None:
    browser.post(at(customer, "opposizione/"))
    with in_shop(rossi):
        assert consenting.agreed([customer.pk], Consent.Purpose.MARKETING) == set()
    assert "Non vuole comunicazioni promozionali" in said(browser.get(at(customer)))


@pytest.mark.parametrize("typed", ["", "sì", "Rossi"])
def test_the_wrong_word_erases_nobody(browser: Client, customer: Customer, rossi: Shop, typed: str) -> None:
    browser.post(at(customer, "cancella/"), {"word": typed})
    with in_shop(rossi):
        assert not Erasure.objects.exists()


@pytest.mark.parametrize("typed", ["cancella", " QUATTROPANNI "])
def test_the_word_erases(
    browser: Client,
    customer: Customer,
    rossi: Shop,
    typed: str,
    django_capture_on_commit_callbacks: Any,
    eager_tasks: None,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(at(customer, "cancella/"), {"word": typed})
    with in_shop(rossi):
        row = Erasure.objects.get()
        assert row.by
        assert row.by.email == "anna@rossi.example"
        assert search.look_for(life.TRACES) == []
    card = said(browser.get(f"/admin/clienti/{customer.pk}/"))
    assert "sono stati cancellati" in card
    assert "sono stati cancellati" in said(browser.get(at(customer)))
    assert browser.post(at(customer, "cancella/"), {"word": "cancella"}).status_code == 403
    assert browser.post(at(customer, "copia/")).status_code == 403


def test_coming_appointments_are_asked_about(browser: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        maria = factories.customer()
        coming = factories.appointment(timezone.now() + timedelta(days=2), customer=maria)
    assert "annullarli insieme" in said(browser.get(at(maria)))
    browser.post(at(maria, "cancella/"), {"word": "cancella"})
    with in_shop(rossi):
        assert not Erasure.objects.exists()
    browser.post(at(maria, "cancella/"), {"word": "cancella", "appointments": "yes"})
    with in_shop(rossi):
        coming.refresh_from_db()
        assert coming.status == "cancelled"


@pytest.mark.parametrize(
    ("role", "sees", "records"), [("manager", 200, 302), ("receptionist", 403, 302), ("mechanic", 403, 403)]
)
def test_who_may(
    rossi_client: Client,
    rossi: Shop,
    customer: Customer,
    log_in: LogIn,
    role: str,
    sees: int,
    records: int,
) -> None:
    with in_shop(rossi):
        somebody = StaffUser.objects.create_user(email=f"{role}@rossi.example", password="x", role=role)
    log_in(rossi_client, somebody, rossi)
    assert rossi_client.get(at(customer)).status_code == sees
    answer = {"purpose": "marketing", "answer": "yes", "wording": "Sì?"}
    assert rossi_client.post(at(customer, "consenso/"), answer).status_code == records
    if sees == 403:
        assert rossi_client.post(at(customer, "cancella/"), {"word": "cancella"}).status_code == 403
        assert rossi_client.post(at(customer, "copia/")).status_code == 403


def test_reading_changes_nothing(browser: Client, customer: Customer) -> None:
    for what in ("copia/", "consenso/", "opposizione/", "cancella/"):
        assert browser.get(at(customer, what)).status_code == 405


def test_the_other_shops_people_find_nobody(
    bianchi_client: Client, bianchi: Shop, outsider: StaffUser, customer: Customer, log_in: LogIn
) -> None:
    log_in(bianchi_client, outsider, bianchi)
    assert bianchi_client.get(at(customer)).status_code == 404
    assert bianchi_client.post(at(customer, "cancella/"), {"word": "cancella"}).status_code == 404
