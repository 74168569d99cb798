"""The page "Privacy": what goes is seen before, a shorter period asks, the register tells what is on, the AI's proof."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    FollowUpKind,
    FollowUpSetting,
    PrivacyConfig,
    RemoteCopy,
)
from shops.context import in_shop
from shops.lines import attach_whatsapp
from shops.models import PhoneLine, Shop
from shops.staff.models import StaffUser
from tests.database import as_owner
from tests.receptionist.keeping import talk
from website.models import Site

pytestmark = pytest.mark.django_db
PAGE, REGISTER, AI = "/admin/privacy/", "/admin/privacy/registro/", "/admin/privacy/ia/"


@pytest.fixture
def page(rossi_client: Client, manager: StaffUser, rossi: Shop, log_in: Any) -> Client:
    client: Client = log_in(rossi_client, manager, rossi)
    return client


def form(**changes: Any) -> dict[str, Any]:
    return {
        "audio_days": 30,
        "transcript_days": 365,
        "image_days": 365,
        "visitor_days": 30,
        "appointment_years": 10,
        "controller": "",
        "address": "",
        "email": "",
        "officer": "",
        "more": "",
    } | changes


def old(days: int, **values: Any) -> Conversation:
    return talk(timezone.now() - timedelta(days=days), **values)


def test_what_the_next_night_deletes_is_there(page: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        old(400)
        old(362)
        RemoteCopy.objects.create(service="vapi", external_id="x", error="manca VAPI_API_KEY")
    text = page.get(PAGE).content.decode()
    assert "Conversazioni e trascrizioni" in text
    assert "manca VAPI_API_KEY" in text
    assert '<td data-label="La prossima notte">1</td>' in text
    assert '<td data-label="Nei prossimi 7 giorni">2</td>' in text


def test_a_longer_period_is_saved_at_once(page: Client, rossi: Shop) -> None:
    response = page.post(PAGE, form(transcript_days=500, audio_days=60, controller="Rossi snc"))
    assert response.status_code == 302
    with in_shop(rossi):
        row = PrivacyConfig.load()
        assert (row.transcript_days, row.controller, AIConfig.load().audio_days) == (500, "Rossi snc", 60)


def test_a_shorter_one_says_what_it_would_delete_and_asks(page: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        old(100)
    shown = page.post(PAGE, form(transcript_days=60)).content.decode()
    assert "la prossima notte cancella di più" in shown
    assert 'name="confirmed" value="30-60-365-30-10"' in shown
    with in_shop(rossi):
        assert PrivacyConfig.load().transcript_days == 365
        assert Conversation.objects.get().summary
    shown = page.post(PAGE, form(transcript_days=50, confirmed="30-60-365-30-10")).content.decode()
    assert "30-50-365-30-10" in shown, "what was confirmed is these periods and no others"
    assert page.post(PAGE, form(transcript_days=60, confirmed="30-60-365-30-10")).status_code == 302
    with in_shop(rossi):
        assert PrivacyConfig.load().transcript_days == 60
        assert Conversation.objects.get().summary, "deleted by the night, not by the page"


@pytest.mark.parametrize(
    "wrong",
    [
        {"transcript_days": 0},
        {"transcript_days": 99999},
        {"audio_days": ""},
        {"audio_days": "\x00"},
        {"appointment_years": -1},
        {"email": "a@b.example\nBcc: x@y.example"},
        {"controller": "x" * 10_000},
        {"image_days": "9" * 400},
    ],
    ids=["zero", "many", "none", "nul", "negative", "injection", "long", "huge"],
)
def test_nonsense_is_refused_in_words(page: Client, rossi: Shop, wrong: dict[str, Any]) -> None:
    response = page.post(PAGE, form(**wrong))
    assert response.status_code == 200
    assert "pv-error" in response.content.decode()
    with in_shop(rossi):
        assert PrivacyConfig.load().transcript_days == 365


def test_the_register_tells_what_is_on(page: Client, rossi: Shop) -> None:
    text = page.get(REGISTER).content.decode()
    assert "Telefonate con l&#x27;assistente" in text
    assert "Deepgram" in text
    assert "Registrazione delle telefonate" not in text
    with in_shop(rossi):
        AIConfig.objects.update(recording_enabled=True)
    assert "Registrazione delle telefonate" in page.get(REGISTER).content.decode()


@pytest.mark.django_db(transaction=True)
def test_the_register_tells_nothing_that_is_off(page: Client, rossi: Shop, settings: Any) -> None:
    settings.OPENAI_API_KEY = "sk-test"
    with as_owner():
        PhoneLine.objects.filter(shop=rossi).delete()
    with in_shop(rossi):
        Site.load()
        Site.objects.update(chat_enabled=False, booking_enabled=False)
    text = page.get(REGISTER).content.decode()
    assert "Appuntamenti e lavori" in text
    for gone in (
        *("Telefonate con", "Chat con", "Visitatori del sito", "Messaggi sugli", "Scadenze e proposte"),
        *("Vapi", "Deepgram", "OpenAI", "Meta Platforms"),
    ):
        assert gone not in text, gone
    with in_shop(rossi):
        Site.objects.update(booking_enabled=True)
    text = page.get(REGISTER).content.decode()
    assert "prenotazione sul sito, difesa dagli abusi" in text
    assert "Chat con" not in text
    assert "OpenAI" not in text
    with in_shop(rossi):
        Site.objects.update(booking_enabled=False, chat_enabled=True)
    text = page.get(REGISTER).content.decode()
    assert "chat sul sito, difesa dagli abusi" in text
    assert "(chat del sito)" in text
    assert "OpenAI" in text


@pytest.mark.django_db(transaction=True)
def test_confirmations_are_told_without_any_follow_up(page: Client, rossi: Shop) -> None:
    with as_owner():
        attach_whatsapp(rossi, phone_number_id="wa", waba_id="w", number="+390212345678", access_token="t")
    with in_shop(rossi):
        Site.load()
        Site.objects.update(chat_enabled=False)
        for kind in FollowUpKind.values:
            FollowUpSetting.objects.update_or_create(kind=kind, defaults={"enabled": False})
    text = page.get(REGISTER).content.decode()
    assert "conferme degli appuntamenti a chi le ha volute" in text
    assert "(WhatsApp)" in text
    assert "Scadenze e proposte" not in text


def test_the_register_as_a_file(page: Client, settings: Any) -> None:
    settings.HOSTING_NAME, settings.HOSTING_COUNTRY = "Nuvola Srl", "Italia"
    response = page.get(f"{REGISTER}?file")
    assert response.headers["Content-Disposition"].startswith("attachment")
    text = response.content.decode()
    assert text.startswith("<!doctype html>")
    assert "Nuvola Srl" in text
    assert "<script" not in text


def test_disclosures_with_filters(page: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        old(1, disclosure="Sono la voce", channel=Channel.VOICE)
        old(2, disclosure="Sono la chat")
        old(3, disclosure="", disclosed_at=None)
        day = (timezone.now() - timedelta(days=2)).astimezone(rossi.tz).date()
    every = page.get(AI).content.decode()
    assert "Sono la voce" in every
    assert "Sono la chat" in every
    assert "bo-chip--bad" in every
    assert "Sono la chat" not in page.get(f"{AI}?canale=voice").content.decode()
    one = page.get(f"{AI}?dal={day}&al={day}").content.decode()
    assert "Sono la chat" in one
    assert "Sono la voce" not in one
    missing = page.get(f"{AI}?solo=manca").content.decode()
    assert "bo-chip--bad" in missing
    assert "Sono la" not in missing


@pytest.mark.parametrize(
    "query",
    [
        "canale=fax",
        "dal=2026-99-99",
        "al=%00",
        "pagina=0",
        "pagina=99999999999",
        "pagina=²",
        "dal=0001-01-01",
    ],
)
def test_nonsense_in_the_address_is_the_usual_page(page: Client, query: str) -> None:
    assert page.get(f"{AI}?{query}").status_code == 200
    assert page.get(f"{AI}csv/?{query}").status_code == 200


def test_the_proof_outlives_the_words(page: Client, rossi: Shop) -> None:
    from receptionist import retention

    with in_shop(rossi):
        old(400)
        retention.apply()
    assert "Sono un&#x27;intelligenza artificiale." in page.get(AI).content.decode()


def test_the_file_runs_nothing_and_is_whole(page: Client, rossi: Shop, monkeypatch: Any) -> None:
    monkeypatch.setattr("backoffice.privacy.disclosures.CHUNK", 3)
    with in_shop(rossi):
        for number in range(8):
            old(number, disclosure='=HYPERLINK("http://x")' if number == 4 else f"frase {number}")
        Conversation.objects.filter(disclosure__in=["frase 1", "frase 2", "frase 3"]).update(
            started_at=timezone.now()
        )
    response = page.get(f"{AI}csv/")
    text = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    lines = list(csv.reader(io.StringIO(text), delimiter=";"))
    assert len(lines) == 9
    said = {line[4] for line in lines[1:]}
    assert '\'=HYPERLINK("http://x")' in said
    assert {f"frase {number}" for number in range(8) if number != 4} <= said


def test_pages_of_fifty_in_two_queries(page: Client, rossi: Shop) -> None:
    with in_shop(rossi):
        Conversation.objects.bulk_create(
            Conversation(channel="voice", external_id=f"c{n}", disclosure=f"frase {n}") for n in range(120)
        )
    with CaptureQueriesContext(connection) as few:
        text = page.get(f"{AI}?pagina=2").content.decode()
    assert text.count("<span>frase ") == 50
    assert "pagina=3" in text
    assert len([q for q in few if "receptionist_conversation" in q["sql"]]) <= 6


@pytest.mark.parametrize("role", ["receptionist", "mechanic"])
def test_only_who_answers_for_it_gets_in(rossi_client: Client, rossi: Shop, log_in: Any, role: str) -> None:
    with in_shop(rossi):
        staff = StaffUser.objects.create_user(email=f"{role}@rossi.example", password="x" * 12, role=role)
    client = log_in(rossi_client, staff, rossi)
    for address in (PAGE, REGISTER, AI, f"{AI}csv/"):
        assert client.get(address).status_code == 403
