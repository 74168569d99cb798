"""The back office of a shop with years behind it: what its pages cost beside the list of an empty table, and how soon a
browser has them."""

import statistics
from collections.abc import Iterator
from contextlib import contextmanager

from django.conf import settings
from django.db import connection
from django.test import Client
from playwright.sync_api import Page, sync_playwright

from benchmarks import officina
from benchmarks.browser import FLAGS, LOADED, chromium
from benchmarks.load import Request, Timing, run
from benchmarks.report import Row
from shops import provisioning
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser

HOST = "anni.example"
EMAIL = "capo@anni.example"
# The list that everything is compared to: nobody is on this shop's waiting list.
EMPTY = "/admin/scheduling/waitinglist/"
PAGES = {
    "Oggi": "/admin/oggi/",
    "conversations": "/admin/conversazioni/",
    "customers": "/admin/scheduling/customer/",
    "vehicles": "/admin/scheduling/vehicle/",
    "appointments": "/admin/scheduling/appointment/",
    "due dates": "/admin/scadenze/",
    "history of changes": "/admin/auditlog/logentry/",
}
ROUNDS, IN_A_ROUND = 6, 5
LOADS = 9


def create() -> Shop:
    """The shop, with 10,000 customers, 20,000 appointments and 5,000 conversations."""
    shop = provisioning.create_shop(
        provisioning.NewShop(
            name="Officina con gli anni",
            domain=HOST,
            phone_number="+390298765432",
            manager_email=EMAIL,
            manager_password="una password di prova",
            subscription_tier=Shop.Tier.ENTERPRISE,
        )
    )
    with in_shop(shop):
        officina.fill()
    with connection.cursor() as cursor:  # as autovacuum does after a while
        cursor.execute("ANALYZE")
    return shop


def measure(shop: Shop, port: int) -> list[Row]:
    """Server time of each page ÷ that of the empty list, one at a time in turns; and Chromium's load event."""
    cookie = _session(shop)
    addresses = {"an empty list": EMPTY, **PAGES}
    timings = {name: Timing([], [], 0) for name in addresses}
    for _round in range(ROUNDS + 1):
        for name, path in addresses.items():
            request = Request(HOST, path, headers=(("Cookie", cookie), ("Accept-Language", "it")))
            timing = run(port, [request] * IN_A_ROUND, at_once=1)
            if timing.failures:
                raise RuntimeError(f"{path} is not 200 for the shop's manager.")
            if _round:  # the first one warms up
                timings[name] += timing
    bare = timings.pop("an empty list").p50
    rows = [Row("list of an empty table, p50, one at a time", bare, "ms")]
    for name, timing in timings.items():
        aim = 2.0 if name == "Oggi" else None
        rows.append(Row(f"{name} ÷ list of an empty table, p50", timing.p50 / bare, "×", aim))
    return rows + _in_a_browser(port, cookie)


def _session(shop: Shop) -> str:
    client = Client(SERVER_NAME=HOST)
    with in_shop(shop):
        client.force_login(StaffUser.objects.get(email=EMAIL))
    return f"{settings.SESSION_COOKIE_NAME}={client.cookies[settings.SESSION_COOKIE_NAME].value}"


def _in_a_browser(port: int, cookie: str) -> list[Row]:
    with _browser(port, cookie) as page:
        if page is None:
            print("No Chromium: how soon a browser has the pages was not measured.")
            return []
        rows = []
        for name in ("Oggi", "conversations"):
            times = []
            for _load in range(LOADS):
                page.goto(f"http://{HOST}:{port}{PAGES[name]}", wait_until="load")
                page.wait_for_function(f"{LOADED} > 0")
                times.append(float(page.evaluate(LOADED)))
            rows.append(Row(f"{name}, load event in Chromium, median", statistics.median(times), "ms", 1000))
        return rows


@contextmanager
def _browser(port: int, cookie: str) -> Iterator[Page | None]:
    found = chromium()
    if found is None:
        yield None
        return
    name, _sign, value = cookie.partition("=")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, chromium_sandbox=False, args=FLAGS)
        context = browser.new_context(viewport={"width": 1366, "height": 768}, locale="it-IT")
        context.add_cookies([{"name": name, "value": value, "url": f"http://{HOST}:{port}"}])
        yield context.new_page()
        browser.close()
