"""The booking page as a browser without scripts sees it: four steps, in both languages, and what it refuses."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client

from scheduling.models import Appointment, Consent, Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from website.models import BookingRequest, Site

pytestmark = pytest.mark.django_db
# A Thursday, ten in the morning in Italy.
NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
TYPED = {
    "targa": "ab 123 cd",
    "marca": "Fiat",
    "modello": "Panda",
    "auto": "aspetto",
    "nome": "Giulia",
    "cognome": "Ferri",
    "telefono": "333 1234567",
    "email": "giulia@esempio.it",
    "nota": "Fa rumore in frenata.",
}


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def service(in_rossi: Shop) -> Service:
    """One service in one bay on weekdays, so that what is free is known."""
    factories.empty_workshop()
    factories.hours()
    bay = factories.bay("Ponte 1")
    return factories.service(
        "Tagliando", bays=[bay], duration_minutes=60, price_from="89.50", preparation="Il libretto."
    )


def page(client: Client, path: str, **headers: str) -> str:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.status_code
    return unescape(answer.content.decode())


def form_of(client: Client, address: str) -> dict[str, str]:
    """The hidden fields of the form at an address."""
    text = page(client, address)
    found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', text)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def address(service: Service, start: str = "2026-11-27T09:00") -> str:
    return f"/prenota/dati?servizio={service.pk}&inizio={start}"


def send(client: Client, service: Service, start: str = "2026-11-27T09:00", **changed: str) -> Any:
    hidden = form_of(client, address(service))
    return client.post(
        f"/prenota/dati?servizio={service.pk}", {**hidden, **TYPED, "inizio": start, **changed}
    )


def test_four_steps(rossi_client: Client, service: Service) -> None:
    first = page(rossi_client, "/")
    assert "Tagliando" in first and "a partire da 89,50 €" in first and "1 ora" in first
    link = re.search(r'href="(/prenota\?servizio=[^"]+)"', first)
    assert link
    second = page(rossi_client, link[1])
    assert "domani, venerdì 27 novembre" in second and "sabato 28 novembre" in second
    assert "domenica 29 novembre" in second and "chiuso" in second
    time = re.search(r'href="(/prenota/dati\?[^"]+inizio=2026-11-27T09:00)"', second)
    assert time
    third = page(rossi_client, time[1])
    assert "venerdì 27 novembre alle 9:00" in third and "Il libretto." in third
    answer = send(rossi_client, service)
    assert answer.status_code == 302
    fourth = page(rossi_client, answer["Location"])
    row = Appointment.objects.get()
    assert row.code in fourth and "venerdì 27 novembre alle 9:00" in fourth and "AB123CD" in fourth
    assert "/appuntamento/" in fourth
    assert (row.source, row.contact_phone, row.notes) == ("web", "+393331234567", "Fa rumore in frenata.")
    assert (row.customer.full_name, row.customer.phone, row.customer.email) == (
        "Giulia Ferri",
        None,
        "giulia@esempio.it",
    )
    assert (row.vehicle.license_plate, row.vehicle.label) == ("AB123CD", "Fiat Panda")
    assert page(rossi_client, answer["Location"]) and Appointment.objects.count() == 1
