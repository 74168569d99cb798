"""What the tests of the booking page share: a shop of which it is known what is free, and a form that is filled in."""

import re
from datetime import UTC, datetime
from html import unescape
from typing import Any

from django.test import Client

from scheduling.models import Service
from tests import factories

NOW = datetime(2026, 11, 26, 9, 0, tzinfo=UTC)
"""A Thursday, ten in the morning in Italy."""
START = "2026-11-27T09:00"
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


def one_service(**values: Any) -> Service:
    """One service in one bay, the hours of a usual officina. To be called inside the shop."""
    factories.empty_workshop()
    factories.hours()
    wanted: dict[str, Any] = {
        "duration_minutes": 60,
        "price_from": "89.50",
        "preparation": "Il libretto.",
    } | values
    return factories.service(wanted.pop("name", "Tagliando"), bays=[factories.bay("Ponte 1")], **wanted)


def page(client: Client, path: str, *, status: int = 200, **headers: str) -> str:
    """The text of a page, as people read it."""
    answer = client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()})
    assert answer.status_code == status, (path, answer.status_code)
    return text_of(answer)


def text_of(answer: Any) -> str:
    """The text of an answer, as people read it."""
    return unescape(answer.content.decode())


def details(service: Service, start: str = START, tail: str = "") -> str:
    """The address of the third step."""
    return f"/prenota/dati?servizio={service.pk}&inizio={start}{tail}"


def hidden(client: Client, service: Service, start: str = START) -> dict[str, str]:
    """What the form of the third step carries unseen."""
    text = page(client, details(service, start))
    found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', text)
    return {name: value for name, value in found if name != "csrfmiddlewaretoken"}


def send(client: Client, service: Service, start: str = START, **changed: Any) -> Any:
    """Open the form and send it, with some fields changed; None leaves a field out."""
    given = {**hidden(client, service, start), **TYPED, **changed}
    return client.post(
        details(service, start),
        {name: each for name, each in given.items() if each is not None},
    )
