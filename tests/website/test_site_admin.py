"""The page "Sito" of the back office."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.database import PASSWORD
from website.demo import wheel
from website.models import Site

pytestmark = pytest.mark.django_db
LogIn = Callable[[Client, StaffUser, Shop], Client]
LIST = "/admin/website/site/"
PNG = wheel("#1d4ed8")


@pytest.fixture
def desk(rossi: Shop, rossi_client: Client, manager: StaffUser, log_in: LogIn) -> Client:
    return log_in(rossi_client, manager, rossi)


def save(desk: Client, **changed: Any) -> Any:
    """Open the page and save it with some fields changed."""
    address = desk.get(LIST)["Location"]
    values = {"booking_enabled": "on", "chat_enabled": "on", "name": "", "colour": "#1d4ed8", **changed}
    return desk.post(address, {name: value for name, value in values.items() if value is not None})


def row(shop: Shop) -> Site:
    with in_shop(shop):
        return Site.objects.get()


def test_the_page_shows_address_snippet_and_preview(desk: Client) -> None:
    answer = desk.get(desk.get(LIST)["Location"])
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "//rossi.example" in text
    assert "/widget.js&quot; async&gt;&lt;/script&gt;" in text
    assert '<iframe src="/"' in text


def test_what_is_set_is_kept_with_its_history(rossi: Shop, desk: Client, rossi_client: Client) -> None:
    answer = save(
        desk,
        name="Da Rossi",
        colour="#0f766e",
        welcome="Ciao",
        widget_origins="https://www.rossi.it/x\nrossi.it\n",
    )
    assert answer.status_code == 302
    site = row(rossi)
    assert (site.name, site.colour, site.welcome) == ("Da Rossi", "#0f766e", "Ciao")
    assert site.widget_origins == ["https://www.rossi.it", "https://rossi.it"]
    assert "Da Rossi" in rossi_client.get("/").content.decode()
    with in_shop(rossi):
        assert LogEntry.objects.get_for_object(site).filter(changes__has_key="name").exists()


def test_a_logo_comes_and_goes(rossi: Shop, desk: Client, django_capture_on_commit_callbacks: Any) -> None:
    save(desk, logo=SimpleUploadedFile("wheel.html", PNG, "text/html"))
    with in_shop(rossi):
        first = Path(row(rossi).logo.path)
    assert first.suffix == ".png"
    assert first.read_bytes() == PNG
    with django_capture_on_commit_callbacks(execute=True):
        save(desk)
    assert first.exists()
    with django_capture_on_commit_callbacks(execute=True):
        save(desk, no_logo="on")
    assert not row(rossi).logo
    assert not first.exists()


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"logo": SimpleUploadedFile("a.svg", b"<svg onload='alert(1)'/>")}, "PNG, JPEG o WebP"),
        ({"logo": SimpleUploadedFile("a.png", PNG + b"x" * 200_000)}, "al massimo 200 kB"),
        ({"colour": "rosso"}, "#1d4ed8"),
        ({"colour": "#123456;}"}, "7 caratteri"),
        ({"widget_origins": "https://a.it; script-src *"}, "un sito per riga"),
        ({"widget_origins": "javascript://alert(1)"}, "un sito per riga"),
        ({"widget_origins": "\n".join(f"a{number}.it" for number in range(21))}, "Al massimo 20 siti"),
        ({"name": "x" * 81}, "80"),
    ],
    ids=["svg", "large", "colour", "long-colour", "semicolon", "scheme", "many", "name"],
)
def test_what_is_refused(rossi: Shop, desk: Client, changed: dict[str, Any], sentence: str) -> None:
    answer = save(desk, **changed)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()
    assert row(rossi).colour == "#1d4ed8"
    assert not row(rossi).logo


@pytest.mark.parametrize(("role", "status"), [("manager", 302), ("receptionist", 403), ("mechanic", 403)])
def test_who_may(rossi: Shop, rossi_client: Client, log_in: LogIn, role: str, status: int) -> None:
    with in_shop(rossi):
        person = StaffUser.objects.create_user(f"{role}@rossi.example", PASSWORD, role=role)
    assert log_in(rossi_client, person, rossi).get(LIST).status_code == status
