"""Prova in the back office: who may, what is kept, what is refused, and that a worker answers."""

import re
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import time_machine
from celery.signals import before_task_publish
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from backoffice.tryout import talk as talks
from backoffice.tryout import tasks, words
from backoffice.tryout.talk import Exchange, Talk
from receptionist.models import Conversation, OutboundMessage, ToolCall
from receptionist.tryout import Report
from scheduling.models import Appointment, Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.chatting import one_by_one, says
from tests.receptionist.conftest import NOW

FETCH = {"X-Requested-With": "fetch"}
Write = Callable[..., str]


@pytest.fixture(autouse=True)
def tuesday(settings: Any) -> Iterator[None]:
    settings.OPENAI_API_KEY = ""
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def browser(rossi_client: Client, manager: StaffUser, rossi: Shop, log_in: Any) -> Client:
    """The manager's browser on the first shop's host."""
    client: Client = log_in(rossi_client, manager, rossi)
    return client


@pytest.fixture
def send(browser: Client, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks) -> Write:
    """Write or tap something; what the page is told at once. With `eager_tasks` a worker has answered by then."""

    def send(text: str = "", key: str = "", path: str = "scrivi", **fields: str) -> str:
        given = {"text": text, "key": key or uuid.uuid4().hex, **fields}
        with django_capture_on_commit_callbacks(execute=True):
            answer = browser.post(f"/admin/prova/{path}/", given, headers=FETCH)
        assert answer.status_code == 200, answer.status_code
        return html(answer)

    return send


def html(answer: Any) -> str:
    return re.sub(r"\s+", " ", answer.content.decode())


def now_shown(browser: Client) -> str:
    return html(browser.get("/admin/prova/stato/"))


def role(shop: Shop, name: str) -> StaffUser:
    with in_shop(shop):
        return StaffUser.objects.create_user(email=f"{name}@rossi.example", password="x" * 12, role=name)


@pytest.mark.parametrize("name", ["receptionist", "mechanic"])
@pytest.mark.parametrize("path", ["", "pannello/", "stato/", "clienti/"])
def test_only_who_may_change_the_settings(
    rossi_client: Client, rossi: Shop, log_in: Any, name: str, path: str
) -> None:
    client = log_in(rossi_client, role(rossi, name), rossi)
    assert client.get(f"/admin/prova/{path}").status_code == 403
    assert client.post("/admin/prova/scrivi/", {"text": "Ciao"}).status_code == 403


def test_the_page_is_in_the_side_bar_and_says_that_nothing_is_real(browser: Client) -> None:
    page = html(browser.get("/admin/prova/"))
    assert "È una prova: non prenota nulla davvero." in page
    assert "Vorrei un tagliando" in page
    assert page.count('href="/admin/prova/"') >= 1


def test_a_message_is_answered_by_a_worker_and_explained(
    browser: Client, send: Write, eager_tasks: None, rossi: Shop
) -> None:
    send("Vorrei un tagliando giovedì mattina alle 9:30")
    shown = now_shown(browser)
    assert "la targa" in shown
    assert "Procedura guidata" in shown
    assert "Non c&#x27;è una chiave per il modello linguistico" in shown
    assert "Officina Rossi, buongiorno." in shown  # the first sentence, as a setting
    assert 'data-waiting="no"' in shown
    send("FZ123AB")
    assert "9:30" in now_shown(browser)
    with in_shop(rossi):
        assert not Conversation.objects.exists()
        assert not ToolCall.objects.exists()
        assert not OutboundMessage.objects.exists()
        assert not Customer.objects.exists()


def test_tools_are_shown_in_the_workshop_s_words(
    browser: Client, send: Write, eager_tasks: None, rossi: Shop
) -> None:
    with in_shop(rossi):
        mario = factories.customer(first_name="Mario", last_name="Verdi", phone="+393331112223")
        factories.vehicle(mario, license_plate="GA123BC")
    found = html(browser.get("/admin/prova/clienti/", {"q": "ga123"}))
    assert "Mario Verdi" in found
    assert "+393331112223" in found
    assert "Scrive <b>Mario Verdi</b>" in send(path="ricomincia", customer=str(mario.pk))
    send("Un tagliando giovedì alle 9:30, aspetto lì")
    yes = re.search(r'name="tap" value="(yes:[^"]+)"', now_shown(browser))
    assert yes
    send(tap=yes[1])
    shown = now_shown(browser)
    assert "Prendere un appuntamento" in shown
    assert "gio 26 nov 09:30" in shown.lower()
    assert "In agenda, solo per prova:" in shown
    with in_shop(rossi):
        assert not Appointment.objects.exists()


def test_the_model_s_failure_is_said_in_words(
    send: Write, browser: Client, eager_tasks: None, settings: Any
) -> None:
    settings.OPENAI_API_KEY, settings.OPENAI_BASE_URL = "sk-test", "http://127.0.0.1:9"
    send("Vorrei un tagliando")
    assert "Il servizio del modello non si raggiunge." in now_shown(browser)


def test_the_model_answers(send: Write, browser: Client, eager_tasks: None, settings: Any) -> None:
    with one_by_one(settings, says("Siamo aperti dal lunedì al venerdì.")):
        send("Quando siete aperti?")
    shown = now_shown(browser)
    assert "Modello gpt-4o" in shown
    assert "Siamo aperti dal lunedì al venerdì." in shown


def test_the_same_message_twice_is_one(send: Write, browser: Client, eager_tasks: None) -> None:
    key = uuid.uuid4().hex
    send("Ciao", key=key)
    send("Ciao", key=key)
    assert now_shown(browser).count("try-line--customer") == 1


def test_one_turn_at_a_time_and_a_worker_that_is_away_is_said(send: Write, browser: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        assert "Sta scrivendo" in send("Ciao")
        assert "Aspetti la risposta" in send("Ci siete?")
        assert "Il lavoro non parte" not in now_shown(browser)
        clock.shift(7)
        assert "Il lavoro non parte" in now_shown(browser)
        clock.shift(120)
        shown = now_shown(browser)
        assert "Nessuno ha risposto" in shown
        assert 'data-waiting="no"' in shown
        assert "Sta scrivendo" in send("Ci siete?")


def test_turns_wait_where_workers_have_many_threads(send: Write) -> None:
    queues: list[str] = []

    def note(routing_key: str = "", **_kwargs: Any) -> None:
        queues.append(routing_key)

    before_task_publish.connect(note)
    send("Ciao")
    before_task_publish.disconnect(note)
    assert queues == ["conversations"]


def test_what_did_not_change_is_not_sent_again(send: Write, browser: Client, eager_tasks: None) -> None:
    send("Ciao")
    first = browser.get("/admin/prova/stato/")
    again = browser.get("/admin/prova/stato/", headers={"If-None-Match": first.headers["ETag"]})
    assert (first.status_code, again.status_code) == (200, 304)


@pytest.mark.parametrize(
    ("fields", "problem"),
    [
        ({"text": "  "}, "Scriva qualcosa."),
        ({"text": "\x00"}, "Scriva qualcosa."),
        ({"text": "a" * 1001}, "troppo lungo"),
        ({"tap": "yes:2026"}, "Questa scelta non c&#x27;è più"),
    ],
)
def test_what_cannot_be_sent_is_said(send: Write, fields: dict[str, str], problem: str) -> None:
    assert problem in send(**fields)


@pytest.mark.parametrize("wanted", ["x", "\x00", "5a93d36d-fb4d-4e89-b636-1bd8054836a7", "9" * 5000])
def test_a_customer_who_is_not_there(browser: Client, wanted: str) -> None:
    assert browser.post("/admin/prova/ricomincia/", {"customer": wanted}, headers=FETCH).status_code == 404


def test_the_other_shop_s_customer_is_not_there(browser: Client, bianchi: Shop) -> None:
    with in_shop(bianchi):
        other = factories.customer(first_name="Ivo", phone="+393330009999")
    assert (
        browser.post("/admin/prova/ricomincia/", {"customer": str(other.pk)}, headers=FETCH).status_code
        == 404
    )


def test_begun_anew_nothing_is_left(send: Write, browser: Client, eager_tasks: None) -> None:
    send("Vorrei un tagliando")
    assert "tagliando" not in send(path="ricomincia", customer="same").split('data-to="log"')[0]
    assert "try-line--customer" not in now_shown(browser)


def test_an_hour_has_so_many_turns(send: Write, rossi: Shop) -> None:
    send("Ciao")
    send(path="ricomincia", customer="")
    with in_shop(rossi):
        for _turn in range(talks.MOST_AN_HOUR):
            talks.take_turn()
    assert "si è già provato molto" in send("Ciao")


def test_a_long_trial_begins_anew(send: Write, rossi: Shop, manager: StaffUser) -> None:
    with in_shop(rossi):
        done = [
            Exchange(key=f"{number}", text="Ciao", failed="error") for number in range(talks.MOST_EXCHANGES)
        ]
        talks.save(manager.pk, Talk(phone="+393990000000", exchanges=done))
    assert "lunga abbastanza" in send("Ciao")


def test_without_a_cache_a_sentence(send: Write, browser: Client, settings: Any) -> None:
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.db"
    location = settings.CACHES["default"] | {"LOCATION": "redis://127.0.0.1:9/0"}
    settings.CACHES = settings.CACHES | {"default": location}
    assert "Valkey" in send("Ciao")


def test_a_turn_of_a_trial_that_was_begun_anew_is_dropped(in_rossi: Shop, manager: StaffUser) -> None:
    talk = Talk(phone="+393990000000", exchanges=[Exchange(key="a", text="Ciao")])
    talks.save(manager.pk, talk)
    tasks.try_out.task(shop_id=str(in_rossi.pk), person_id=str(manager.pk), talk_id="another", key="a")
    kept = talks.load(manager.pk)
    assert kept
    assert kept.is_waiting


def test_what_was_played_and_is_gone_is_said(in_rossi: Shop, manager: StaffUser, eager_tasks: None) -> None:
    talk = Talk(phone="+393990000000", exchanges=[Exchange(key="a", text="Ciao")])
    talks.save(manager.pk, talk)
    run = {"shop_id": str(in_rossi.pk), "person_id": str(manager.pk), "talk_id": talk.id}
    tasks.try_out.task(**run, key="a")
    kept = talks.load(manager.pk)
    assert kept
    assert kept.exchanges[0].report
    kept.exchanges.append(Exchange(key="b", text="Ci siete?"))
    talks.save(manager.pk, kept)
    cache.delete(f"tryout:stage:{talk.id}")
    tasks.try_out.task(**run, key="b")
    kept = talks.load(manager.pk)
    assert kept
    assert kept.exchanges[1].failed == "lost"
    assert words.failure(kept.exchanges[1]).startswith("Questa prova è scaduta")


def test_the_page_asks_little_of_the_database(
    browser: Client,
    send: Write,
    eager_tasks: None,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    browser.get("/admin/prova/stato/")
    for _number in range(3):
        send("Quando siete aperti?")
    with django_assert_max_num_queries(4):
        browser.get("/admin/prova/stato/")


@pytest.mark.parametrize(
    ("reason", "words_of_it"),
    [
        ("the answer is too slow", "entro 12 secondi"),
        ("status 401", "rifiuta la chiave"),
        ("status 429", "troppe richieste"),
        ("status 503", "un errore (503)"),
        ("unsuitable: price", "un prezzo"),
        ("unsuitable: leak: identifier", "dati che non doveva dire"),
        ("the answer is no JSON", "una risposta che si possa usare"),
    ],
)
def test_every_failure_has_its_words(reason: str, words_of_it: str, in_rossi: Shop, settings: Any) -> None:
    settings.AI_TURN_SECONDS = 12
    report = Report.__new__(Report)
    object.__setattr__(report, "why", reason)
    assert words_of_it in words.why(report)
