"""The chat on the shop's site and on the officina's own: what a visitor sees, on a desk and on a telephone."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.utils import timezone
from playwright.sync_api import Page, expect

from receptionist import phoneproof, turns
from receptionist.models import Conversation, ConversationMessage, MessageRole
from shops.context import as_platform, in_shop
from shops.models import Shop
from tests.browser.shots import take
from website.models import Site

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SCRIPT = "<img src=x onerror=\"document.title='ran'\"><script>document.title='ran'</script>"
STRICT = "default-src 'none'; script-src {shop}; frame-src {shop}; style-src 'none'"


@pytest.fixture(autouse=True)
def no_model(settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    settings.BURST_WAIT_SECONDS = 0


@pytest.fixture
def rossi_url(live_server: Any, transactional_db: None, rossi: Shop) -> str:
    rossi.whatsapp_number = "+390212345678"
    with as_platform():
        rossi.save(update_fields=["whatsapp_number"])
    return f"http://rossi.example:{urlsplit(live_server.url).port}"


def answer(rossi: Shop) -> Conversation:
    """A worker answers the last chat."""
    with in_shop(rossi):
        row = Conversation.objects.latest("started_at")
        turns.run(conversation_id=row.pk)
        row.refresh_from_db()
        return row


def write(page: Any, text: str) -> None:
    box = page.get_by_label("Il suo messaggio")
    box.fill(text)
    box.press("Enter")


def violations(page: Page) -> list[str]:
    """What axe finds; the frames of the page included."""
    found = Axe().run(page).response["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html'][:120]}" for each in found]


def wait_for_row(rossi: Shop) -> None:
    """The message has come."""
    until = time.monotonic() + 15
    while time.monotonic() < until:
        with in_shop(rossi):
            waits = ConversationMessage.objects.filter(role=MessageRole.CUSTOMER, answered_at=None)
            if waits.exists():
                return
        time.sleep(0.05)
    raise AssertionError("nothing came")


def test_the_chat_on_the_page(page: Page, rossi_url: str, rossi: Shop) -> None:
    page.goto(f"{rossi_url}/chat")
    log = page.get_by_role("log")
    expect(log).to_contain_text("intelligenza artificiale")
    take(page, "chat-empty")
    write(page, f"Buongiorno {SCRIPT}")
    expect(log).to_contain_text("Buongiorno <img")
    wait_for_row(rossi)
    expect(log).to_contain_text("L'assistente sta scrivendo")
    answer(rossi)
    expect(log.get_by_role("button").first).to_be_visible()
    assert violations(page) == []
    take(page, "chat-options")
    choice = log.get_by_role("button", name="Prenota").first
    title = choice.inner_text().split("\n")[0]
    choice.click()
    expect(log.locator(".said--customer").last).to_contain_text(title)
    wait_for_row(rossi)
    answer(rossi)
    expect(log.locator(".choices button").first).to_be_visible()
    take(page, "chat-list")
    assert violations(page) == []
    page.reload()
    expect(log).to_contain_text("Buongiorno <img")
    expect(log.locator(".choices button").first).to_be_visible()
    assert page.title() != "ran"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_the_answer_appears_while_it_is_written(page: Page, rossi_url: str, rossi: Shop) -> None:
    page.goto(f"{rossi_url}/chat")
    log = page.get_by_role("log")
    write(page, "Che orari fate?")
    wait_for_row(rossi)
    with in_shop(rossi):
        row = Conversation.objects.get()
        Conversation.objects.filter(pk=row.pk).update(turn_id=row.pk, draft="Siamo aperti dal lunedì.")
    expect(log).to_contain_text("Siamo aperti dal lunedì.")
    with in_shop(rossi):
        Conversation.objects.update(draft=f"Siamo aperti dal lunedì. {SCRIPT} Il sabato")
    expect(log).to_contain_text("Il sabato")
    take(page, "chat-draft")
    answer(rossi)
    expect(log).not_to_contain_text("<script>")
    expect(log.locator(".said--assistant")).to_have_count(2)
    assert page.title() != "ran"


def test_the_number_is_proved(page: Page, rossi_url: str, rossi: Shop) -> None:
    page.goto(f"{rossi_url}/chat")
    write(page, "Quando ho l'appuntamento?")
    wait_for_row(rossi)
    row = answer(rossi)
    page.get_by_role("button", name="Confermo il mio numero").click()
    link = page.get_by_role("link", name="Apri WhatsApp")
    expect(link).to_be_focused()
    code = page.locator(".code").inner_text()
    assert (link.get_attribute("href") or "").startswith("https://wa.me/390212345678?text=")
    assert phoneproof.code_in(code) == code
    assert violations(page) == []
    take(page, "chat-proof")
    with in_shop(rossi):
        chat = Conversation(channel="whatsapp", phone_number="+393331112223", caller_verified=True)
        text = unquote((link.get_attribute("href") or "").partition("text=")[2])
        message = ConversationMessage(role="customer", text=text)
        assert phoneproof.hear(conversation=chat, waiting=[message])
    expect(page.get_by_text("Numero confermato: grazie.")).to_be_visible()
    expect(link).to_be_hidden()
    expect(page.locator("#chat-state")).to_contain_text("Numero confermato")
    answer(rossi)
    with in_shop(rossi):
        row.refresh_from_db()
        assert row.caller_verified


def test_a_person_of_the_shop_answers(page: Page, rossi_url: str, rossi: Shop) -> None:
    page.goto(f"{rossi_url}/chat")
    write(page, "Buongiorno")
    wait_for_row(rossi)
    answer(rossi)
    with in_shop(rossi):
        row = Conversation.objects.get()
        now = timezone.now()
        ConversationMessage.objects.create(
            conversation=row, role="staff", text=f"Sono Anna. {SCRIPT}", sent_at=now, answered_at=now
        )
        Conversation.objects.update(status="transferred")
    expect(page.get_by_role("log")).to_contain_text("Sono Anna. <img")
    expect(page.locator("#chat-state")).to_have_text("Risponde una persona dell'officina")
    take(page, "chat-staff")
    assert page.title() != "ran"


def test_without_a_connection_nothing_is_lost(page: Page, rossi_url: str, rossi: Shop) -> None:
    page.goto(f"{rossi_url}/chat")
    page.context.set_offline(True)
    write(page, "Ci siete?")
    again = page.get_by_role("button", name="Riprova")
    expect(again).to_be_visible()
    take(page, "chat-offline")
    page.context.set_offline(False)
    again.click()
    wait_for_row(rossi)
    answer(rossi)
    expect(page.get_by_role("log").locator(".said--assistant")).to_have_count(2)


def test_without_javascript_the_telephone_is_said(browser: Any, rossi_url: str) -> None:
    context = browser.new_context(
        java_script_enabled=False, locale="it-IT", viewport={"width": 360, "height": 740}
    )
    page = context.new_page()
    page.goto(f"{rossi_url}/chat")
    expect(page.get_by_text("Per la chat serve JavaScript")).to_be_visible()
    expect(page.get_by_role("textbox")).to_have_count(0)
    take(page, "chat-noscript")
    context.close()


@pytest.fixture
def foreign(rossi_url: str) -> Iterator[str]:
    """The officina's own site, on another host, with a policy as strict as it can be."""

    class Page_(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            head = "<meta name=viewport content='width=device-width'><title>Officina</title>"
            body = (
                f"<!doctype html><html lang=it><head>{head}</head><body><main><h1>La nostra officina</h1>"
                f"<p>Via Roma 1.</p></main><script src='{rossi_url}/widget.js' async></script></body></html>"
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", STRICT.format(shop=rossi_url))
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Page_)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://officina.example:{server.server_port}/"
    server.shutdown()
    server.server_close()


def test_the_widget_on_the_officinas_own_site(page: Page, foreign: str, rossi: Shop) -> None:
    before = set(page.evaluate("Object.keys(window)"))
    page.goto(foreign)
    button = page.get_by_role("button", name="Apri la chat con Officina Rossi")
    expect(button).to_be_visible()
    assert set(page.evaluate("Object.keys(window)")) <= before
    take(page, "widget-closed")
    assert violations(page) == []
    button.focus()
    page.keyboard.press("Enter")
    chat = page.frame_locator("iframe")
    expect(chat.get_by_label("Il suo messaggio")).to_be_focused()
    write(chat, f"Buongiorno {SCRIPT}")
    wait_for_row(rossi)
    answer(rossi)
    expect(chat.get_by_role("log").locator(".choices button").first).to_be_visible()
    take(page, "widget-open")
    assert page.title() == "Officina"
    box = page.locator("iframe").bounding_box()
    size = page.viewport_size
    assert box
    assert size
    assert (box["width"] == size["width"]) == (size["width"] < 600)
    chat.get_by_role("button", name="Chiudi la chat").click()
    expect(button).to_be_focused()
    expect(page.locator("iframe")).to_be_hidden()
    button.click()
    expect(chat.get_by_role("log")).to_contain_text("Buongiorno <img")
    chat.get_by_label("Il suo messaggio").press("Escape")
    expect(button).to_be_focused()


def test_the_widget_only_where_the_shop_wants_it(page: Page, foreign: str, rossi: Shop) -> None:
    with in_shop(rossi):
        Site.load()
        Site.objects.update(widget_origins=["https://www.officina.it"])
    page.goto(foreign)
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.get_by_role("button", name="Apri la chat").click()
