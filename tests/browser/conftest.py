"""A real Chromium: the one CHROMIUM names, or the one on the PATH. Without one the tests here are skipped, aloud;
with AROS_REQUIRE_BROWSER set, as the builder does, its absence is a failure."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright

# Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
# A builder's two cores are shared with another worker and its servers: five seconds are sometimes not enough.
expect.set_options(timeout=15_000)
DESK = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Where a browser is required (the builder), a page that was too slow may try once more; the summary says so."""
    if not os.environ.get("AROS_REQUIRE_BROWSER"):
        return
    once_more = pytest.mark.flaky(reruns=1, only_rerun=["TimeoutError", "Locator expected", "Page expected"])
    for item in items:
        if Path(item.path).is_relative_to(Path(__file__).parent):
            item.add_marker(once_more)


def chromium() -> str:
    named = os.environ.get("CHROMIUM")
    found = (
        shutil.which(named or "chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    )
    if found:
        return found
    if os.environ.get("AROS_REQUIRE_BROWSER"):
        pytest.fail("A Chromium is required here: install one, or name it in CHROMIUM.")
    pytest.skip("No Chromium: install one, or name it in CHROMIUM.")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        flags = ["--disable-background-networking", "--host-resolver-rules=MAP *.example 127.0.0.1"]
        started = playwright.chromium.launch(executable_path=chromium(), chromium_sandbox=False, args=flags)
        yield started
        started.close()


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def page(browser: Browser, request: Any) -> Iterator[Page]:
    """A page of each size; an error in the page's scripts fails the test."""
    context = browser.new_context(viewport=request.param, locale="it-IT")
    opened = context.new_page()
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    yield opened
    context.close()
    assert errors == []


@pytest.fixture
def rossi_url(live_server: Any) -> str:
    """The first shop's host on the live server."""
    return f"http://rossi.example:{urlsplit(live_server.url).port}"
