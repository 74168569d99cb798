"""The public notice: what is on is told, what is off is not, in both languages, and nothing typed in runs."""

from typing import Any

import pytest
from django.test import Client

from receptionist.models import AIConfig, FollowUpSetting, PrivacyConfig
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.sending_kit import number
from website.models import Site

EVIL = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>"


@pytest.fixture
def read(rossi_client: Client) -> Any:
    def read(query: str = "") -> str:
        response = rossi_client.get(f"/privacy{query}")
        assert response.status_code == 200
        return str(response.content.decode())

    return read


@pytest.mark.django_db
def test_it_tells_who_why_and_what_may_be_asked(read: Any, rossi: Shop) -> None:
    with in_shop(rossi):
        PrivacyConfig.load()
        PrivacyConfig.objects.update(
            controller="Rossi Mario & C. snc, P. IVA 01234567890",
            email="privacy@rossi.example",
            officer="Avv. Bruna Neri",
            transcript_days=77,
            more="Le telecamere del cortile\nsono a parte.",
        )
    text = read()
    for expected in (
        "Rossi Mario &amp; C. snc", "privacy@rossi.example", "Avv. Bruna Neri", "77 giorni", "10 anni",
        "intelligenza artificiale", "Garante", "telecamere", "Vapi Inc.", "Stati Uniti",
    ):  # fmt: skip
        assert expected in text, expected
    assert "<script" not in text


@pytest.mark.django_db
def test_what_is_off_is_not_told(read: Any, rossi: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    text = read()
    assert "non sono registrate" in text
    assert "Meta Platforms" not in text
    assert "Registrazione delle telefonate" not in text
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
    text = read()
    assert "Le telefonate sono registrate" in text
    assert "si prenota lo stesso" in text


@pytest.mark.django_db(transaction=True)
def test_promotions_are_told_where_they_are_sent(read: Any, rossi: Shop) -> None:
    number(rossi)
    with in_shop(rossi):
        for kind in ("thanks", "revision", "service", "tyres_winter", "tyres_summer"):
            FollowUpSetting.objects.update_or_create(kind=kind, defaults={"enabled": False})
    text = read()
    assert "Meta Platforms Ireland" in text
    assert "Scadenze e proposte" not in text
    with in_shop(rossi):
        FollowUpSetting.objects.filter(kind="revision").update(enabled=True)
    assert "Scadenze e proposte" in read()


@pytest.mark.django_db
def test_a_shop_without_a_web_chat_has_none_in_its_notice(read: Any, rossi: Shop) -> None:
    with in_shop(rossi):
        Site.load()
        Site.objects.update(chat_enabled=False)
    text = read()
    assert "Al telefono risponde un assistente virtuale" in text
    assert "in chat risponde" not in text.lower()
    assert "Chat con" not in text


@pytest.mark.django_db
def test_in_english(read: Any) -> None:
    text = read("?lingua=en")
    assert '<html lang="en">' in text


@pytest.mark.django_db
def test_nothing_that_is_typed_in_runs(read: Any, rossi: Shop) -> None:
    with in_shop(rossi):
        PrivacyConfig.load()
        PrivacyConfig.objects.update(controller=EVIL[:200], officer=EVIL[:200], address=EVIL, more=EVIL * 3)
    text = read()
    assert "<script>alert" not in text
    assert "<img src=x" not in text


@pytest.mark.django_db
def test_each_shop_tells_its_own(read: Any, bianchi_client: Client, rossi: Shop, bianchi: Shop) -> None:
    with in_shop(rossi):
        PrivacyConfig.load()
        PrivacyConfig.objects.update(controller="Solo Rossi")
    assert "Solo Rossi" in read()
    assert "Solo Rossi" not in bianchi_client.get("/privacy").content.decode()


@pytest.mark.django_db
def test_headers_and_methods(rossi_client: Client) -> None:
    response = rossi_client.get("/privacy")
    assert "script-src 'self'" in response.headers["Content-Security-Policy"]
    assert not response.cookies
    assert rossi_client.post("/privacy").status_code in (403, 405)
