"""The public page: what the server needs beside the bare view, what goes over the wire, how soon a browser has it."""

import statistics

from playwright.sync_api import Browser, sync_playwright

from benchmarks import calls
from benchmarks.browser import FLAGS, LOADED, chromium
from benchmarks.load import Request, Timing, run
from benchmarks.report import Row
from shops.context import in_shop
from shops.models import Shop

HOST = "prova.example"
ROUNDS, IN_A_ROUND = 8, 24
LOADS = 9
# A reader's page at first sight, with everything it fetches; transferSize counts heads and compressed bodies.
BYTES = """performance.getEntriesByType('navigation').concat(performance.getEntriesByType('resource'))
           .reduce((sum, entry) => sum + entry.transferSize, 0)"""


def measure(shop: Shop, port: int) -> list[Row]:
    """The page's p50 ÷ the bare view's, taking turns, 16 at once; then bytes and load event of a browser's first visit."""
    with in_shop(shop):
        customer = str(calls.shop_customer())
    addresses = {"bare": f"/bare/{customer}", "page": "/"}
    timings = {name: Timing([], [], 0) for name in addresses}
    for turn in range(ROUNDS + 1):
        for name, path in addresses.items():
            timing = run(port, [Request(HOST, path, headers=(("Accept-Language", "it"),))] * IN_A_ROUND)
            if timing.failures:
                raise RuntimeError(f"{path} is not 200.")
            if turn:  # the first one warms up
                timings[name] += timing
    page, bare = timings["page"].p50, timings["bare"].p50
    return [
        Row("booking page, p50, 16 at once", page, "ms"),
        Row("booking page ÷ bare view, p50", page / bare, "×", 4),
        *_in_a_browser(port),
    ]


def _in_a_browser(port: int) -> list[Row]:
    found = chromium()
    if found is None:
        print("No Chromium: bytes and load event of the booking page were not measured.")
        return []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=False, args=FLAGS)
        visits = [_first_visit(browser, port) for _load in range(LOADS)]
        browser.close()
    sizes, times = zip(*visits, strict=True)
    return [
        Row("booking page, first load over the wire", max(sizes) / 1000, "kB", 60),
        Row("booking page, load event in Chromium, median", statistics.median(times), "ms", 1000),
    ]


def _first_visit(browser: Browser, port: int) -> tuple[float, float]:
    """Bytes and milliseconds, with nothing in the browser's cache."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="it-IT")
    page = context.new_page()
    page.goto(f"http://{HOST}:{port}/", wait_until="networkidle")
    page.wait_for_function(f"{LOADED} > 0")
    size, took = float(page.evaluate(BYTES)), float(page.evaluate(LOADED))
    context.close()
    return size, took
