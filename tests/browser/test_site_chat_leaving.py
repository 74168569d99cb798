"""The chat on the shop's site over its life: greeted once, its end in view, the proof in its time, and left for good."""

import time
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from django.utils import timezone
from playwright.sync_api import Page, Route, expect

from receptionist import phoneproof, webchat
from receptionist.models import Conversation, ConversationMessage
from shops.context import as_platform, in_shop
from shops.models import Shop
from tests.browser.shots import take
from tests.browser.test_site_chat import answer, violations, wait_for_row, write

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
AI = "intelligenza artificiale"
KEPT = "localStorage.getItem('aros-chat')"
SHRINKS_AND_GROWS = """() => new Promise((done) => {
    const lines = document.querySelector("#chat-lines");
    const before = lines.offsetHeight;
    lines.style.overflow = "hidden";
    requestAnimationFrame(() => {
        // Letters that arrive late wrap the words anew: the browser brings the box back to its shorter end.
        lines.style.height = `${before - 200}px`;
        setTimeout(() => {
            lines.style.height = `${before + 300}px`;
            requestAnimationFrame(() => requestAnimationFrame(done));
        }, 0);
    });
})"""


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


def answered(page: Page, rossi: Shop, url: str, text: str = "Buongiorno") -> Conversation:
    """A chat with its first answer."""
    page.goto(f"{url}/chat")
    write(page, text)
    wait_for_row(rossi)
    row = answer(rossi)
    expect(page.locator(".said--assistant:not([aria-busy])")).to_have_count(2)
    return row


def staff_says(rossi: Shop, text: str) -> None:
    with in_shop(rossi):
        now = timezone.now()
        ConversationMessage.objects.create(
            conversation=Conversation.objects.get(),
            **{"role": "staff", "text": text, "sent_at": now, "answered_at": now},
        )
        Conversation.objects.update(status="transferred")


def below(page: Page) -> int:
    """Pixels of the conversation below what is seen."""
    return int(
        page.evaluate(
            "(() => { const b = document.querySelector('#chat-log');"
            " return b.scrollHeight - b.scrollTop - b.clientHeight; })()"
        )
    )


def at_the_end(page: Page) -> None:
    """The end is in view, or comes there within a moment."""
    page.wait_for_function(
        "() => { const b = document.querySelector('#chat-log');"
        " return b.scrollHeight - b.scrollTop - b.clientHeight <= 2; }"
    )


def a_long_chat(page: Page, rossi: Shop, url: str) -> None:
    answered(page, rossi, url)
    staff_says(rossi, "\n".join(f"Riga {number}" for number in range(60)))
    expect(page.get_by_role("log")).to_contain_text("Riga 59")
    at_the_end(page)


def test_the_greeting_is_said_once(page: Page, rossi_url: str, rossi: Shop) -> None:
    row = answered(page, rossi, rossi_url)
    with in_shop(rossi):
        stored = row.messages.get(role="assistant").text
    assert AI in stored
    log = page.get_by_role("log")
    said = log.inner_text()
    assert said.count(AI) == 1, said
    last = log.locator(".said--assistant .words").last.inner_text()
    assert last
    assert stored.endswith(last)
    page.reload()
    expect(log.locator(".said--assistant")).to_have_count(2)
    assert log.inner_text().count(AI) == 1


def test_a_chat_is_left_for_good(page: Page, rossi_url: str, rossi: Shop) -> None:
    page.goto(f"{rossi_url}/chat")
    ask = page.get_by_role("button", name="Dimentica questa chat")
    expect(page.get_by_role("textbox")).to_be_visible()
    expect(ask).to_be_hidden()  # there is nothing to forget yet
    answered(page, rossi, rossi_url, "Sono Mario")
    token = page.evaluate(KEPT)
    other = page.context.new_page()
    errors: list[str] = []
    other.on("pageerror", lambda error: errors.append(str(error)))
    other.goto(f"{rossi_url}/chat")
    expect(other.get_by_role("log")).to_contain_text("Sono Mario")

    ask.click()
    sure = page.locator("#chat-leave")
    expect(sure).to_contain_text("Gli appuntamenti presi restano")
    expect(sure.get_by_role("button", name="Dimentica la chat")).to_be_focused()
    assert violations(page) == []
    take(page, "chat-leave")
    sure.get_by_role("button", name="Annulla").click()
    expect(sure).to_be_hidden()
    expect(page.get_by_label("Il suo messaggio")).to_be_focused()
    expect(page.get_by_role("log")).to_contain_text("Sono Mario")
    assert page.evaluate(KEPT) == token

    ask.click()
    with page.expect_response("**/chat/forget*") as gone:
        sure.get_by_role("button", name="Dimentica la chat").click()
    assert gone.value.status == 200
    for each in (page, other):
        expect(each.locator(".said")).to_have_count(1)
        expect(each.get_by_role("log")).not_to_contain_text("Sono Mario")
        expect(each.locator("#chat-forget")).to_be_hidden()
        assert each.evaluate(KEPT) is None
    expect(page.locator("#chat-note")).to_have_text("Fatto: questa chat non si può più aprire.")
    assert violations(page) == []
    take(page, "chat-left")
    status = "async (token) => (await fetch('/chat/messages', {headers: {'X-Chat-Token': token}})).status"
    assert page.evaluate(status, token) == 401
    page.reload()
    expect(page.get_by_role("textbox")).to_be_visible()
    expect(page.locator(".said")).to_have_count(1)

    # Whoever sits down next begins a chat of their own.
    write(page, "Sono Anna")
    wait_for_row(rossi)
    answer(rossi)
    expect(page.locator(".said--assistant:not([aria-busy])")).to_have_count(2)
    assert page.evaluate(KEPT) not in (None, token)
    with in_shop(rossi):
        assert Conversation.objects.count() == 2
        assert Conversation.objects.get(ended_reason=webchat.leaving.LEFT).ended_at is not None
    expect(other.get_by_role("log")).to_contain_text("Sono Anna")
    expect(other.get_by_role("log")).not_to_contain_text("Sono Mario")
    assert errors == []


def test_what_arrives_late_does_not_push_the_end_away(page: Page, rossi_url: str, rossi: Shop) -> None:
    a_long_chat(page, rossi, rossi_url)
    page.evaluate(SHRINKS_AND_GROWS)
    at_the_end(page)
    # A keyboard opens and takes a part of the room.
    size = page.viewport_size
    assert size
    page.set_viewport_size({"width": size["width"], "height": size["height"] - 250})
    at_the_end(page)
    page.set_viewport_size(size)
    at_the_end(page)


def test_who_scrolled_up_stays_there(page: Page, rossi_url: str, rossi: Shop) -> None:
    a_long_chat(page, rossi, rossi_url)
    page.get_by_role("log").hover()
    page.mouse.wheel(0, -400)
    page.wait_for_function(
        "() => { const b = document.querySelector('#chat-log');"
        " return b.scrollHeight - b.scrollTop - b.clientHeight > 300; }"
    )
    top = page.evaluate("document.querySelector('#chat-log').scrollTop")
    staff_says(rossi, "Ancora una cosa.")
    expect(page.get_by_role("log")).to_contain_text("Ancora una cosa.")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert below(page) > 300
    assert abs(page.evaluate("document.querySelector('#chat-log').scrollTop") - top) <= 2
    write(page, "Mi dica")  # who writes wants to see it
    at_the_end(page)


def test_a_limit_is_waited_out(page: Page, rossi_url: str, rossi: Shop) -> None:
    answered(page, rossi, rossi_url)
    asked: list[float] = []

    def refuse_once(route: Route) -> None:
        asked.append(time.monotonic())
        if len(asked) > 1:
            route.continue_()
            return
        route.fulfill(
            status=429,
            headers={"Retry-After": "3", "Content-Type": "application/json"},
            body='{"error": "Troppi messaggi in poco tempo."}',
        )

    with page.expect_response(lambda each: each.status == 429 and "/chat/messages" in each.url):
        page.route("**/chat/messages*", refuse_once)
    # Neither coming back to the page nor a line that is there again asks before its time.
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    staff_says(rossi, "Eccomi.")
    expect(page.get_by_role("log")).to_contain_text("Eccomi.")
    assert asked[1] - asked[0] >= 2.9
    expect(page.locator("#chat-note")).to_be_hidden()


def test_the_proof_stands_where_it_happened(page: Page, rossi_url: str, rossi: Shop) -> None:
    answered(page, rossi, rossi_url, "Quando ho l'appuntamento?")
    page.get_by_role("button", name="Confermo il mio numero").click()
    link = page.get_by_role("link", name="Apri WhatsApp")
    expect(link).to_be_visible()
    with in_shop(rossi):
        chat = Conversation(channel="whatsapp", phone_number="+393331112223", caller_verified=True)
        text = unquote((link.get_attribute("href") or "").partition("text=")[2])
        message = ConversationMessage(role="customer", text=text)
        assert phoneproof.hear(conversation=chat, waiting=[message])
    expect(page.get_by_text("Numero confermato: grazie.")).to_be_visible()
    expect(link).to_be_hidden()
    answer(rossi)
    write(page, "Grazie mille")
    wait_for_row(rossi)
    answer(rossi)
    expect(page.locator(".said--customer:not(.is-sending)")).to_have_count(2)
    order = """() => Array.from(document.querySelectorAll("#chat-lines > :is(.said, .chat-mark)"))
        .map((each) => each.matches(".chat-mark") ? "note" : each.matches(".said--customer") ? "customer" : "assistant")"""
    page.wait_for_function(
        f"() => ({order})().at(-1) === 'assistant' && !document.querySelector('[aria-busy]')"
    )
    before = page.evaluate(order)
    assert before[:4] == ["assistant", "customer", "assistant", "note"], before
    assert before[-2:] == ["customer", "assistant"], before
    take(page, "chat-proved")
    page.reload()
    expect(page.locator(".said--customer")).to_have_count(2)
    assert page.evaluate(order) == before
