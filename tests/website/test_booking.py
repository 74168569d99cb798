"""The booking page as a browser without scripts sees it: four steps, in both languages, in the shop's own time."""

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from django.test import Client

from receptionist.models import AIConfig
from scheduling.models import Appointment, Consent, Service
from shops.context import in_shop
from shops.models import Shop, WhatsAppNumber
from tests import database, factories
from tests.website.booking_pages import NOW, START, details, one_service, page, send, text_of
from website.models import Site

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def service(rossi: Shop) -> Service:
    with in_shop(rossi):
        return one_service()


def booked(shop: Shop) -> Appointment:
    with in_shop(shop):
        return Appointment.objects.select_related("customer", "vehicle", "service").get()


def test_four_steps(rossi: Shop, rossi_client: Client, service: Service) -> None:
    first = page(rossi_client, "/")
    assert "Tagliando" in first
    assert "a partire da 89,50 €" in first
    assert "1 ora" in first
    link = re.search(r'href="(/prenota\?servizio=[^"]+)"', first)
    assert link
    second = page(rossi_client, link[1])
    assert "domani, venerdì 27 novembre" in second
    assert "domenica 29 novembre" in second
    time = re.search(rf'href="(/prenota/dati\?[^"]+inizio={START})"', second)
    assert time
    third = page(rossi_client, time[1])
    assert "venerdì 27 novembre alle 9:00" in third
    assert "Il libretto." in third
    answer = send(rossi_client, service)
    assert answer.status_code == 302
    fourth = page(rossi_client, answer["Location"])
    row = booked(rossi)
    assert row.code in fourth
    assert "venerdì 27 novembre alle 9:00" in fourth
    assert "AB123CD" in fourth
    assert "/appuntamento/" in fourth
    assert "Ci vediamo!" in fourth
    assert (row.source, row.status, row.notes) == ("web", "confirmed", "Fa rumore in frenata.")
    assert (row.customer.full_name, row.customer.email) == ("Giulia Ferri", "giulia@esempio.it")
    assert row.vehicle
    assert (row.vehicle.license_plate, row.vehicle.label) == ("AB123CD", "Fiat Panda")


def test_a_typed_number_is_nobodys_proof(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        known = factories.customer(phone="+393331234567", first_name="Marco", last_name="Neri")
        factories.vehicle(known, license_plate="AB123CD", make="Alfa Romeo", model="Giulia")
    answer = send(rossi_client, service)
    shown = page(rossi_client, answer["Location"])
    row = booked(rossi)
    assert row.customer != known
    assert row.customer.phone is None
    assert row.contact_phone == "+393331234567"
    assert row.vehicle
    assert row.vehicle.customer_id == known.pk
    assert row.vehicle.label == "Alfa Romeo Giulia"
    assert "Marco" not in shown
    assert "Neri" not in shown
    assert "Alfa" not in shown


def test_in_english(rossi: Shop, rossi_client: Client, service: Service) -> None:
    by_browser = page(rossi_client, "/", accept_language="en-GB")
    assert '<html lang="en">' in by_browser
    assert "?lingua=it" in by_browser
    by_address = page(rossi_client, "/?lingua=en")
    assert f'href="/prenota?servizio={service.pk}&lingua=en"' in by_address
    form = page(rossi_client, details(service, tail="&lingua=en"))
    assert "Friday 27 November" in form
    assert f'action="/prenota/dati?servizio={service.pk}&inizio={quote(START)}&lingua=en"' in form
    assert '<html lang="it">' in page(rossi_client, "/?lingua=de")
    assert "lingua" not in rossi_client.cookies
    assert "sessionid" not in rossi_client.cookies


def test_the_shop_confirms_itself(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        service = one_service(confirmed_by="shop")
    shown = page(rossi_client, send(rossi_client, service)["Location"])
    assert booked(rossi).status == "pending"
    assert "non è ancora confermato" in shown
    assert "Ci vediamo" not in shown


@pytest.mark.parametrize("leaves", [True, False], ids=["leaves", "waits"])
def test_the_car_stays_or_not(rossi: Shop, rossi_client: Client, service: Service, leaves: bool) -> None:
    answer = send(rossi_client, service, auto="lascio" if leaves else "aspetto")
    row = booked(rossi)
    assert (row.drop_off_at is not None) == leaves
    assert ("L'auto si porta" in page(rossi_client, answer["Location"])) == leaves


def test_work_of_days_keeps_the_car(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        service = one_service(duration_minutes=1200)
    assert "circa 3 giorni" in page(rossi_client, "/")
    assert "l'auto resta in officina" in page(rossi_client, details(service))
    send(rossi_client, service, auto=None)
    assert booked(rossi).drop_off_at is not None


def test_consents_are_asked_apart_and_refusing_blocks_nothing(
    transactional_db: None, rossi: Shop, rossi_client: Client, service: Service
) -> None:
    with database.as_owner():
        WhatsAppNumber.objects.create(shop=rossi, phone_number_id="wa-rossi-prova")
        rossi.whatsapp_number = "+390212345678"
        rossi.save()
    form = page(rossi_client, details(service))
    boxes = re.findall(r'<input type="checkbox" name="(\w+)"[^>]*>', form)
    assert "checked" not in "".join(re.findall(r'<input type="checkbox"[^>]*>', form))
    assert boxes == ["conferma", "promozioni"]
    send(rossi_client, service)
    with in_shop(rossi):
        assert not Consent.objects.filter(customer=booked(rossi).customer).exists()


@pytest.mark.parametrize(
    ("ticked", "purposes"),
    [
        (("conferma",), {"service_messages"}),
        (("promozioni",), {"marketing"}),
        (("conferma", "promozioni"), {"service_messages", "marketing"}),
    ],
    ids=["confirmation", "promotion", "both"],
)
def test_what_is_ticked_is_kept_in_the_words_that_were_shown(
    rossi: Shop, rossi_client: Client, service: Service, ticked: tuple[str, ...], purposes: set[str]
) -> None:
    answer = send(rossi_client, service, **dict.fromkeys(ticked, "on"))
    form = page(rossi_client, details(service, "2026-11-27T10:00"))
    with in_shop(rossi):
        rows = list(Consent.objects.filter(customer=booked(rossi).customer))
    assert {row.purpose for row in rows} == purposes
    assert all(row.granted and row.channel == "web" and row.wording for row in rows)
    assert all(row.wording in form for row in rows if row.purpose == "marketing")
    assert ("arriva su WhatsApp" in page(rossi_client, answer["Location"])) == ("conferma" in ticked)


def test_the_confirmation_is_queued_for_who_agreed(
    rossi: Shop, rossi_client: Client, service: Service, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as without:
        send(rossi_client, service)
    with django_capture_on_commit_callbacks() as agreed:
        send(rossi_client, service, "2026-11-27T10:00", targa="AB124CD", conferma="on")
    assert len(agreed) == len(without) + 1


# --- days and times --------------------------------------------------------------------------------------------


def times(text: str) -> list[str]:
    return re.findall(r"inizio=([0-9T:-]+)\"", text)


def test_days_go_on_and_back(rossi: Shop, rossi_client: Client, service: Service) -> None:
    here = f"/prenota?servizio={service.pk}"
    first = page(rossi_client, here)
    assert times(first)[0] == "2026-11-26T14:00"
    assert "Giorni prima" not in first
    later = re.search(r'href="([^"]+dal=2026-12-03)"', first)
    assert later
    second = page(rossi_client, later[1])
    assert times(second)[0] == "2026-12-03T08:00"
    assert "dal=2026-11-26" in second
    assert times(page(rossi_client, f"{here}&dal=1999-01-01")) == times(first)
    last = page(rossi_client, f"{here}&dal=2999-01-01")
    assert "Altri giorni →" not in last
    assert "← Giorni prima" in last


def test_closed_days_say_why(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        factories.closure(date(2026, 12, 9), reason="inventario")
        factories.appointment(datetime(2026, 12, 10, 7, 0, tzinfo=UTC), minutes=600, service=service)
    text = page(rossi_client, f"/prenota?servizio={service.pk}&dal=2026-12-06")
    assert "chiuso: Immacolata" in text
    assert "chiuso: inventario" in text
    assert re.search(r"domenica 6 dicembre</span><span>chiuso<", text)


def test_a_full_week_leads_to_the_first_free_day(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        factories.closure(date(2026, 11, 26), date(2026, 12, 11), reason="ferie")
    text = page(rossi_client, f"/prenota?servizio={service.pk}")
    assert "Prima è tutto occupato" in text
    assert times(text)[0] == "2026-12-12T08:00"


def test_nothing_free_leaves_the_telephone(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        factories.closure(date(2026, 11, 26), date(2027, 11, 26), reason="ferie")
    assert (
        "tel:+390212345678" in page(rossi_client, f"/prenota?servizio={service.pk}").partition("<footer")[0]
    )


@pytest.mark.parametrize(
    ("now", "day", "first", "utc"),
    [
        (datetime(2027, 3, 26, 9, 0, tzinfo=UTC), "2027-03-27", "2027-03-27T08:00", "07:00"),
        (datetime(2027, 3, 26, 9, 0, tzinfo=UTC), "2027-03-29", "2027-03-30T08:00", "06:00"),
        (datetime(2026, 10, 23, 9, 0, tzinfo=UTC), "2026-10-24", "2026-10-24T08:00", "06:00"),
        (datetime(2026, 10, 23, 9, 0, tzinfo=UTC), "2026-10-26", "2026-10-26T08:00", "07:00"),
    ],
    ids=["before-march", "after-march", "before-october", "after-october"],
)
def test_both_clock_changes(
    rossi: Shop,
    rossi_client: Client,
    service: Service,
    frozen: Any,
    now: datetime,
    day: str,
    first: str,
    utc: str,
) -> None:
    frozen.move_to(now, tick=False)
    text = page(rossi_client, f"/prenota?servizio={service.pk}&dal={day}")
    assert times(text)[0] == first
    answer = send(rossi_client, service, first)
    assert answer.status_code == 302, text_of(answer)
    assert f"{booked(rossi).scheduled_at:%H:%M}" == utc
    assert "alle 8:00" in page(rossi_client, answer["Location"])


def test_an_hour_that_the_clock_skips_is_no_hour(rossi: Shop, rossi_client: Client, frozen: Any) -> None:
    with in_shop(rossi):
        service = one_service()
    frozen.move_to(datetime(2027, 3, 26, 9, 0, tzinfo=UTC), tick=False)
    text = page(rossi_client, details(service, "2027-03-28T02:30"), status=409)
    assert "Quell'orario non si può prenotare" in text


# --- what the shop sets ----------------------------------------------------------------------------------------


def test_switched_off_the_host_is_its_peoples_door(
    rossi: Shop, rossi_client: Client, service: Service
) -> None:
    with in_shop(rossi):
        Site.load()
        Site.objects.update(booking_enabled=False, chat_enabled=False)
    assert rossi_client.get("/")["Location"] == "/admin/"
    for path in (f"/prenota?servizio={service.pk}", details(service)):
        assert rossi_client.get(path)["Location"] == "/"
    assert rossi_client.post(f"/prenota/dati?servizio={service.pk}", {})["Location"] == "/"


def test_texts_and_name_are_the_shops(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        site = Site.load()
        site.name, site.welcome, site.welcome_en = "Da Rossi", "Benvenuti\n\nqui", "Welcome here"
        site.thanks, site.colour = "A presto <b>!</b>", "#ffee00"
        site.save()
        AIConfig.objects.update_or_create(only=True, defaults={"address": "Via Roma 1, Torino"})
    first = page(rossi_client, "/")
    assert "Da Rossi" in first
    assert "<p>Benvenuti</p>" in first
    assert "Via Roma 1, Torino" in first
    assert "--brand:#ffee00;--on-brand:#111111" in first
    assert "Welcome here" in page(rossi_client, "/?lingua=en")
    last = rossi_client.get(send(rossi_client, service)["Location"]).content.decode()
    assert "A presto &lt;b&gt;!&lt;/b&gt;" in last


def test_only_what_can_be_booked_is_offered(rossi: Shop, rossi_client: Client, service: Service) -> None:
    with in_shop(rossi):
        factories.service("Senza ponte", bays=[])
        off = factories.service("Spento", is_active=False)
    text = page(rossi_client, "/")
    assert "Senza ponte" not in text
    assert "Spento" not in text
    assert "Questo servizio non si prenota dal sito" in page(
        rossi_client, f"/prenota?servizio={off.pk}", status=404
    )


def test_the_last_step_tells_nothing_after_a_day(
    rossi: Shop, rossi_client: Client, service: Service, frozen: Any
) -> None:
    answer = send(rossi_client, service)
    code = booked(rossi).code
    assert code in page(rossi_client, answer["Location"])
    frozen.shift(timedelta(hours=25))
    assert code not in page(rossi_client, answer["Location"], status=404)


def test_the_last_step_of_another_shop(
    rossi: Shop, rossi_client: Client, bianchi_client: Client, service: Service
) -> None:
    address = send(rossi_client, service)["Location"]
    assert "AB123CD" not in page(bianchi_client, address, status=404)


def test_after_a_refusal_the_other_language_has_the_same_form(rossi_client: Client, service: Service) -> None:
    refused = send(rossi_client, service, targa="")
    assert refused.status_code == 422
    (there,) = re.findall(r'<a href="([^"]+)" lang="en"', text_of(refused))
    form = page(rossi_client, there)
    assert '<html lang="en">' in form
    assert f'name="inizio" value="{START}"' in form
