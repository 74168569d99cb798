"""The public pages of shops in every state, and what every one of them says in its headers."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from receptionist import links
from scheduling.models import Appointment, OpeningHours, Service
from shops.context import as_platform, in_public, in_shop
from shops.models import Shop
from tests import factories
from website.chat import tokens
from website.models import Site

pytestmark = pytest.mark.django_db
WAYS = ("", "?lingua=en", "?lingua=xx", "?lingua=en&lingua=it")
CSP = (
    "default-src 'none'",
    "script-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
)


@pytest.fixture
def row(rossi: Shop) -> Appointment:
    with in_shop(rossi):
        return factories.appointment(timezone.now() + timedelta(days=3), source="web")


def mine(row: Appointment, tail: str = "") -> str:
    with in_public():
        return f"/appuntamento/{links.token(row, shop=Shop.objects.get(slug='officina-rossi'))}{tail}"


def pages(row: Appointment) -> list[str]:
    with in_shop(Shop.objects.get(slug="officina-rossi")):
        service = Service.objects.filter(is_active=True).first()
    booking = [f"/prenota?servizio={service.pk}", f"/prenota/dati?servizio={service.pk}"] if service else []
    return ["/", "/chat", "/privacy", *booking, *(mine(row, tail) for tail in ("", "/sposta", "/annulla"))]


def test_only_the_chat_may_stand_in_a_foreign_frame(rossi_client: Client, row: Appointment) -> None:
    for path in pages(row):
        answer = rossi_client.get(path)
        policy = answer["Content-Security-Policy"]
        for part in CSP:
            assert part in policy, path
        if path == "/chat":
            assert "frame-ancestors *" in policy
            assert "X-Frame-Options" not in answer
        else:
            assert policy.endswith("frame-ancestors 'self'"), path
            assert answer["X-Frame-Options"] == "SAMEORIGIN", path
        assert answer["Referrer-Policy"] == "same-origin"
        assert "no-store" in answer["Cache-Control"] or "no-cache" in answer["Cache-Control"]
        assert "unsafe" not in policy


def test_personal_pages_are_kept_nowhere(rossi_client: Client, row: Appointment) -> None:
    for tail in ("", "/sposta", "/annulla", "/calendario.ics", "/posto"):
        answer = rossi_client.get(mine(row, tail))
        assert "no-store" in answer["Cache-Control"], tail
        assert "noindex" in answer["X-Robots-Tag"]
        assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")


def test_looking_with_head_is_looking(rossi_client: Client, row: Appointment) -> None:
    for path in [*pages(row), "/widget.js", mine(row, "/calendario.ics")]:
        assert rossi_client.head(path).status_code == rossi_client.get(path).status_code, path


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize(
    "state", ["no-hours", "no-services", "no-whatsapp", "no-booking", "no-chat", "nothing"]
)
def test_a_shop_in_any_state_has_pages(
    rossi: Shop, rossi_client: Client, row: Appointment, state: str, way: str
) -> None:
    addresses = pages(row)
    with in_shop(rossi):
        site = Site.load()
        if state in ("no-hours", "nothing"):
            OpeningHours.objects.all().delete()
        if state in ("no-services", "nothing"):
            Service.objects.update(is_active=False)
        site.booking_enabled = state not in ("no-booking", "nothing")
        site.chat_enabled = state not in ("no-chat", "nothing")
        site.save()
    if state in ("no-whatsapp", "nothing"):
        with as_platform():
            Shop.objects.filter(pk=rossi.pk).update(whatsapp_number="")
    for path in addresses:
        answer = rossi_client.get(path + (way.replace("?", "&") if "?" in path else way))
        assert answer.status_code in (200, 302, 404, 409), (path, answer.status_code)
        if answer.status_code == 302:
            assert answer["Location"].startswith("/")
            assert not answer["Location"].startswith("//")
    assert rossi_client.get(mine(row)).status_code == 200


def test_a_suspended_shop_has_none(rossi: Shop, rossi_client: Client, row: Appointment) -> None:
    addresses = pages(row)
    with as_platform():
        Shop.objects.filter(pk=rossi.pk).update(status=Shop.Status.SUSPENDED)
    for path in [*addresses, "/widget.js", "/chat/messages"]:
        assert rossi_client.get(path).status_code == 503, path
    assert rossi_client.post("/chat/start").status_code == 503


def test_a_chat_token_and_a_link_open_nothing_at_another_shop(
    rossi: Shop, bianchi_client: Client, row: Appointment
) -> None:
    token = tokens.make(shop=rossi)
    assert bianchi_client.get("/chat/messages", headers={"X-Chat-Token": token}).status_code == 401
    assert bianchi_client.get(mine(row)).status_code == 404
    assert (
        bianchi_client.post(mine(row, "/annulla"), {"versione": row.updated_at.isoformat()}).status_code
        == 404
    )


def test_another_host_in_the_headers_gets_into_no_link(rossi_client: Client, row: Appointment) -> None:
    for headers in ({"X-Forwarded-Host": "evil.example"}, {"Forwarded": "host=evil.example"}):
        for path in [*pages(row), mine(row, "/calendario.ics"), "/widget.js"]:
            assert b"evil.example" not in rossi_client.get(path, headers=headers).content
    assert rossi_client.get("/", headers={"Host": "evil.example"}).status_code in (400, 404)
