"""What goes with the public pages: their headers, what they cost, and the small files beside them."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders
from django.core.files.base import ContentFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from scheduling.demo import Kind
from shops.context import in_shop
from shops.models import Shop
from tests.website.booking_pages import one_service, page
from website import colours, demo
from website.models import Site

pytestmark = pytest.mark.django_db
PNG = demo.wheel("#b4232a")


def test_headers(rossi_client: Client) -> None:
    answer = rossi_client.get("/")
    policy = answer["Content-Security-Policy"]
    nonce = re.search(r'<style nonce="([^"]+)">', answer.content.decode())
    assert nonce
    assert f"style-src 'self' 'nonce-{nonce[1]}'" in policy
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "frame-ancestors 'self'" in policy
    assert answer["X-Frame-Options"] == "SAMEORIGIN"
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert answer["Referrer-Policy"] == "same-origin"
    assert nonce[1] not in rossi_client.get("/")["Content-Security-Policy"]
    assert not answer.cookies


def test_nothing_is_written_into_the_pages_that_runs(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        service = one_service()
    for path in ("/", f"/prenota?servizio={service.pk}"):
        text = rossi_client.get(path).content.decode()
        assert not re.search(r"<script(?![^>]* src=)", text)
        assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", text)


def test_what_the_first_page_costs(rossi: Shop, rossi_client: Client) -> None:
    page(rossi_client, "/")  # the shop's rows are there, and its host is known
    with CaptureQueriesContext(connection) as queries:
        page(rossi_client, "/")
    asked = [each["sql"] for each in queries if "SELECT" in each["sql"] and "set_config" not in each["sql"]]
    assert len(asked) <= 3, asked


def test_what_the_second_page_costs_however_many_appointments(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        service = one_service()
    address = f"/prenota?servizio={service.pk}"
    page(rossi_client, address)
    with CaptureQueriesContext(connection) as queries:
        page(rossi_client, address)
    asked = [each["sql"] for each in queries if "SELECT" in each["sql"] and "set_config" not in each["sql"]]
    assert len(asked) <= 4, asked


def test_the_first_load_is_small(rossi: Shop, rossi_client: Client) -> None:
    size = len(PNG) + len(rossi_client.get("/").content)
    for name in ("site.css", "site.js", "icon.svg"):
        found = finders.find(f"website/{name}")
        assert isinstance(found, str)
        size += Path(found).stat().st_size
    assert size < 60_000


def test_the_logo_is_served_under_its_name_alone(
    rossi: Shop, rossi_client: Client, bianchi_client: Client
) -> None:
    with in_shop(rossi):
        site = Site.load()
        site.logo.save("logo.png", ContentFile(PNG))
    address = re.search(r'<img src="(/logo/[^"]+)"', page(rossi_client, "/"))
    assert address
    answer = rossi_client.get(address[1])
    assert (answer["Content-Type"], answer.content) == ("image/png", PNG)
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer["Cache-Control"]
    assert bianchi_client.get(address[1]).status_code == 404
    assert rossi_client.get("/logo/other.png").status_code == 404
    assert rossi_client.get("/logo/..%2f..%2fetc%2fpasswd").status_code == 404


def test_what_is_no_picture_is_not_served(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        Site.load().logo.save("logo.png", ContentFile(b"<svg onload=alert(1)>"))
    address = re.search(r'<img src="(/logo/[^"]+)"', page(rossi_client, "/"))
    assert address
    assert rossi_client.get(address[1]).status_code == 404


def test_what_browsers_and_search_engines_ask_for(rossi_client: Client) -> None:
    assert "Disallow: /admin/" in rossi_client.get("/robots.txt").content.decode()
    assert rossi_client.get("/favicon.ico")["Location"].endswith("icon.svg")
    first = page(rossi_client, "/")
    assert '<meta name="description"' in first
    assert "noindex" not in first
    assert 'hreflang="en" href="/?lingua=en"' in first


@pytest.mark.parametrize(
    "colour",
    ["#ffffff", "#000000", "#ffff00", "#767676", "#00ff00", "#7f7f7f", "#1d4ed8", "#ff6600", "red;}", ""],
)
def test_every_colour_can_be_read(colour: str) -> None:
    found = colours.palette(colour)
    rgb = {
        name: tuple(int(getattr(found, name)[at : at + 2], 16) for at in (1, 3, 5))
        for name in found.__slots__
    }
    assert colours.contrast(rgb["brand"], rgb["on_brand"]) >= 4.5  # type: ignore[arg-type]
    assert colours.contrast(rgb["ink"], (255, 255, 255)) >= 4.5  # type: ignore[arg-type]
    assert colours.contrast(rgb["ink"], (244, 246, 249)) >= 4.5  # type: ignore[arg-type]


def test_a_demonstration_has_its_own_dress(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        demo.on_filled(None, kind=Kind.OFFICINA)
        logo = Site.load().logo.name
        demo.on_filled(None, kind=Kind.CARROZZERIA)  # somebody's dress stays
        assert Site.load().logo.name == logo
    assert "dal 1987" in page(rossi_client, "/")
    assert "#b4232a" in page(rossi_client, "/")
