"""A model that writes word by word, a worker's turn and the page together: what is seen of an answer before it ends."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import pytest
from django.db import connections
from playwright.sync_api import Page, expect

from receptionist.models import Conversation
from shops.context import in_shop
from shops.models import Shop
from tests.browser.shots import take
from tests.browser.test_site_chat import answer, wait_for_row, write
from tests.receptionist.chatting import one_by_one, playing, says

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
SLOWLY = 120  # milliseconds between two words
WATCH = """() => {
    window.seen = [];
    const lines = document.querySelector("#chat-lines");
    const look = () => {
        const last = Array.from(lines.querySelectorAll(".said--assistant")).at(-1);
        const words = last.querySelector(".dots") ? "" : last.querySelector(".words").textContent;
        if (words && words !== window.seen.at(-1)) window.seen.push(words);
    };
    look();
    new MutationObserver(look).observe(lines, {childList: true, subtree: true, characterData: true});
}"""


@pytest.fixture(autouse=True)
def at_once(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0


@contextmanager
def a_worker(rossi: Shop) -> Iterator[None]:
    """A worker answers the last chat, in a thread of its own, while the block looks at the page."""

    def work() -> Conversation:
        try:
            return answer(rossi)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        turn = pool.submit(work)
        yield
        turn.result(timeout=60)


def begin(page: Page, url: str, rossi: Shop, text: str) -> None:
    page.goto(f"{url}/chat")
    page.evaluate(WATCH)
    write(page, text)
    wait_for_row(rossi)


def stored(rossi: Shop) -> str:
    with in_shop(rossi):
        return str(Conversation.objects.get().messages.get(role="assistant").text)


def test_the_page_shows_the_answer_growing(
    page: Page, rossi_url: str, transactional_db: None, rossi: Shop, settings: Any
) -> None:
    whole = (
        "Siamo in officina ogni giorno. Passi quando vuole, anche senza avvisare prima. "
        "La aiuto volentieri con altro, se le serve. Mi dica pure con calma che cosa vorrebbe sapere di noi. A presto."
    )
    with playing(settings, [{"when": "", "rounds": [says(whole)]}], word_ms=SLOWLY) as model:
        begin(page, rossi_url, rossi, "Ci siete?")
        with a_worker(rossi):
            live = page.locator("[aria-busy] .words")
            expect(live).to_contain_text("Siamo in officina ogni giorno.")
            take(page, "chat-streaming")
            expect(page.get_by_role("log")).to_contain_text("A presto.")
    expect(page.locator("[aria-busy]")).to_have_count(0)
    assert not model.misses
    assert model.requests[0]["stream"] is True
    last = page.locator(".said--assistant .words").last.inner_text()
    assert last == whole
    assert stored(rossi).endswith(whole)
    greeting, *drafts = page.evaluate("window.seen")
    assert "intelligenza artificiale" in greeting
    drafts = [each for each in drafts if each != greeting]
    # It grows: every state is a beginning of the next, and one at least was not the whole yet.
    assert len(drafts) >= 2, drafts
    assert all(later.startswith(earlier) for earlier, later in pairwise(drafts)), drafts
    assert whole.startswith(drafts[0])
    assert len(drafts[0]) < len(whole)
    assert drafts[-1] == whole


def test_a_sentence_that_is_not_true_is_never_seen(
    page: Page, rossi_url: str, transactional_db: None, rossi: Shop, settings: Any
) -> None:
    false = "Certo. Le ho prenotato il tagliando per giovedì alle 9:30. A presto e grazie di tutto. Saluti a tutti."
    true = "Per prenotare mi serve la targa. Me la scrive? Grazie."
    with one_by_one(settings, says(false), says(true)) as model:
        model.word_ms = 200
        begin(page, rossi_url, rossi, "Prenotami un tagliando")
        with a_worker(rossi):
            expect(page.locator("[aria-busy] .words")).to_have_text("Certo.")
            expect(page.get_by_role("log")).to_contain_text("Me la scrive?")
    expect(page.locator("[aria-busy]")).to_have_count(0)
    assert len(model.requests) == 2
    seen = page.evaluate("window.seen")
    assert "Certo." in seen
    assert not [each for each in seen if "prenotato" in each or "9:30" in each], seen
    assert page.locator(".said--assistant .words").last.inner_text() == true
    assert "prenotato" not in stored(rossi)
