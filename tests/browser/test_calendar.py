"""Calendario in a real browser: dragging, the keyboard, the finger, two people at once. The browser stands in New York."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from scheduling import booking
from scheduling.models import Appointment, Bay, Customer
from shops import history
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.browser.conftest import DESK, PHONE
from tests.database import PASSWORD

pytestmark = pytest.mark.browser
DAY = "2027-05-04"  # a Tuesday
Opened = Callable[[str], Page]


@pytest.fixture
def bays(transactional_db: None, rossi: Shop) -> list[Bay]:
    with in_shop(rossi):
        factories.empty_workshop()
        factories.hours()
        return [factories.bay("Ponte 1"), factories.bay("Ponte 2")]


@pytest.fixture
def neri(bays: list[Bay], rossi: Shop) -> Appointment:
    """Tuesday 4 May 2027, 9–10, Ponte 1."""
    with in_shop(rossi):
        service = factories.service("Tagliando", duration_minutes=60)
        who = factories.customer(first_name="Mario", last_name="Neri")
        return factories.appointment(at(9), service=service, bay=bays[0], customer=who)


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    return factories.local(2027, 5, day, hour, minute)


@pytest.fixture
def opened(browser: Browser, rossi_url: str, request: Any) -> Iterator[Opened]:
    """Opens the calendar as the shop's manager, in a browser whose clock is New York's; `phone` has a touch screen."""
    contexts, errors = [], list[str]()

    def open_it(query: str, *, phone: bool = False) -> Page:
        context = browser.new_context(
            viewport=PHONE if phone else DESK,
            locale="it-IT",
            timezone_id="America/New_York",
            has_touch=phone,
            is_mobile=phone,
        )
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(f"{rossi_url}/admin/calendario/{query}")
        page.get_by_label("E-mail").fill("anna@rossi.example")
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Accedi").click()
        expect(page.locator(".ec")).to_be_visible()
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert errors == []


def event(page: Page, appointment: Appointment) -> Locator:
    return page.locator(f"[data-appointment='{appointment.pk}']").first


def now(rossi: Shop, appointment: Appointment) -> Appointment:
    with in_shop(rossi):
        return Appointment.objects.select_related("bay").get(pk=appointment.pk)


def settled(where: Locator) -> Any:
    """The box of what is drawn anew while one looks: once it has stayed where it is."""
    last = None
    for _ in range(60):
        box = where.bounding_box() if where.count() else None
        if box is not None and box == last:
            return box
        last = box
        where.page.wait_for_timeout(100)
    raise AssertionError("it does not come to rest")


def middle(where: Locator) -> tuple[float, float]:
    box = settled(where)
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    page.mouse.move(*start)
    page.mouse.down()
    for part in (0.3, 0.7, 1.0):
        page.mouse.move(start[0] + by[0] * part, start[1] + by[1] * part)
    page.mouse.up()


def drop(page: Page, start: tuple[float, float], by: tuple[float, float]) -> None:
    """Drag what is an appointment, until the server has answered."""
    with page.expect_response("**/dati/?**"), page.expect_response("**/sposta/"):
        drag(page, start, by)


def hour_height(page: Page) -> float:
    """In pixels: the labels at the side stand for an hour each."""
    return float(settled(page.locator(".ec-body .ec-slot").nth(1))["height"])


def bay_width(page: Page) -> float:
    heads = page.locator(".ec-header .ec-col-head")
    return middle(heads.nth(1))[0] - middle(heads.nth(0))[0]


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{each['id']}: {each['nodes'][0]['html'][:120]}"
        for each in found
        if each["impact"] in ("serious", "critical")
    ]


def test_dragging_moves_resizes_and_snaps_back(
    opened: Opened, rossi: Shop, bays: list[Bay], neri: Appointment
) -> None:
    with in_shop(rossi):
        other = factories.appointment(at(11), service=neri.service, bay=bays[1])
    page = opened(f"?vista=giorno&data={DAY}")
    mine = event(page, neri)
    expect(mine).to_contain_text("09:00–10:00")  # the shop's time, wherever the browser is
    assert serious(page) == []
    hour = hour_height(page)
    width = bay_width(page)
    # to the other bay, an hour and a quarter later: that is taken
    x, y = middle(mine)
    drop(page, (x, y), (width, hour * 1.25))
    refused = page.get_by_role("alert")
    expect(refused).to_contain_text("già occupato")
    expect(event(page, neri)).to_contain_text("09:00–10:00")
    assert now(rossi, neri).scheduled_at == neri.scheduled_at
    # half an hour earlier it is free
    drop(page, middle(event(page, neri)), (width, -hour / 2))
    expect(page.get_by_role("status").filter(has_text="Mario Neri")).to_be_visible()
    moved = now(rossi, neri)
    with in_shop(rossi):
        assert (moved.bay, moved.scheduled_at) == (bays[1], at(8, 30))
    # its lower edge makes it longer
    expect(event(page, neri)).to_contain_text("08:30–09:30")
    box = settled(event(page, neri))
    drop(page, (box["x"] + 60, box["y"] + box["height"] - 2), (0, hour / 2))
    expect(event(page, neri)).to_contain_text("08:30–10:00")
    assert now(rossi, neri).duration_minutes == 90
    assert now(rossi, other).scheduled_at == other.scheduled_at


def test_a_refusal_offers_the_nearest_free_times(
    opened: Opened, rossi: Shop, bays: list[Bay], neri: Appointment
) -> None:
    with in_shop(rossi):
        soon = booking.book(  # the assistant books within two months: ask for times near today
            customer=neri.customer,
            vehicle=None,
            service=neri.service,
            bay=bays[0],
            by_staff=True,
            source="manual",
            starts_at=next_free(neri),
        ).appointment
        day = soon.scheduled_at.astimezone(rossi.tz)
        factories.appointment(soon.ends_at, service=neri.service, bay=bays[0])
    page = opened(f"?vista=giorno&data={day:%Y-%m-%d}")
    drop(page, middle(event(page, soon)), (0, hour_height(page)))
    expect(page.get_by_role("alert")).to_contain_text("già occupato")
    with page.expect_response("**/sposta/"):
        page.get_by_role("alert").get_by_role("button").first.click()
    expect(page.get_by_role("status").filter(has_text="Mario Neri")).to_be_visible()
    assert now(rossi, soon).scheduled_at != soon.scheduled_at or now(rossi, soon).bay != soon.bay


def next_free(neri: Appointment) -> datetime:
    """The first slot of a day a week from now or later, with room after it."""
    for slot in booking.free_slots(service=neri.service, limit=400).slots:
        local = slot.starts_at.astimezone(neri.scheduled_at.tzinfo)
        if (slot.starts_at - datetime.now(slot.starts_at.tzinfo)).days > 6 and local.minute == 0:
            return slot.starts_at
    raise AssertionError("no slot is free")


def test_the_keyboard_opens_moves_and_changes_the_status(
    opened: Opened, rossi: Shop, bays: list[Bay], neri: Appointment
) -> None:
    page = opened(f"?vista=settimana&data={DAY}")
    event(page, neri).focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading", name="Mario Neri")).to_be_visible()
    assert serious(page) == []
    dialog.get_by_label("Ora").fill("13:00")
    dialog.get_by_label("Note", exact=True).fill("Cigola")
    page.keyboard.press("Tab")
    dialog.get_by_role("button", name="Salva").press("Enter")
    expect(dialog.get_by_role("alert")).to_contain_text("chiusa")
    expect(dialog.get_by_label("Ora")).to_be_focused()
    dialog.get_by_label("Ora").fill("15:30")
    dialog.get_by_label("Postazione").select_option("Ponte 2")
    dialog.get_by_role("button", name="Salva").press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(event(page, neri)).to_contain_text("15:30")  # drawn anew: a key pressed meanwhile meets nothing
    expect(event(page, neri)).to_be_focused()
    moved = now(rossi, neri)
    with in_shop(rossi):
        assert (moved.scheduled_at, moved.bay, moved.notes) == (at(15, 30), bays[1], "Cigola")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Inizia il lavoro").press("Enter")
    expect(event(page, neri)).to_contain_text("in lavorazione")
    page.keyboard.press("Enter")
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_place_that_is_dragged_open_is_booked(
    opened: Opened, rossi: Shop, neri: Appointment, bays: list[Bay]
) -> None:
    page = opened(f"?vista=giorno&data={DAY}")
    hour = hour_height(page)
    width = bay_width(page)
    x, y = middle(event(page, neri))
    drag(page, (x + width, y - hour / 2 + 3), (0, hour * 1.5 - 8))  # Ponte 2 from nine to half past ten
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_label("Ora")).to_have_value("09:00")
    expect(dialog.get_by_label("Minuti di lavoro")).to_have_value("90")
    assert serious(page) == []
    dialog.get_by_label("Cerca il cliente").fill("neri")
    dialog.get_by_role("button", name="Mario Neri").click()
    expect(dialog.get_by_label("Auto", exact=True)).to_contain_text("Fiat Panda")
    dialog.get_by_role("button", name="Cambia cliente").click()
    dialog.get_by_label("Nome e cognome").fill("Lia Blu")
    dialog.get_by_label("Telefono").fill("333 555 1234")
    dialog.get_by_label("Targa").fill("gh456kl")
    dialog.get_by_role("button", name="Prenota").click()
    expect(page.get_by_role("status").filter(has_text="Lia Blu")).to_be_visible()
    expect(page.locator(".cal-event", has_text="Lia Blu")).to_contain_text("09:00–10:30")
    with in_shop(rossi):
        booked = Customer.objects.get(last_name="Blu").appointments.get()
        assert (booked.bay, booked.scheduled_at, booked.duration_minutes) == (bays[1], at(9), 90)


def test_the_second_of_two_people_is_told(
    opened: Opened, rossi: Shop, bays: list[Bay], neri: Appointment
) -> None:
    page = opened(f"?vista=giorno&data={DAY}")
    event(page, neri).click()
    expect(page.get_by_role("dialog").get_by_label("Note", exact=True)).to_be_visible()
    with in_shop(rossi):
        luca = StaffUser.objects.create_user("luca@rossi.example", first_name="Luca", last_name="Verdi")
        with history.acting(staff=luca):
            booking.reschedule(appointment=neri, starts_at=at(16), by_staff=True)
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Note", exact=True).fill("Freni")
    dialog.get_by_role("button", name="Salva").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Luca Verdi")
    expect(dialog.get_by_role("alert")).to_contain_text("Freni")
    expect(dialog.get_by_label("Ora")).to_have_value("16:00")
    assert now(rossi, neri).notes == ""
    dialog.get_by_role("button", name="Chiudi").click()
    # Dragging what has moved meanwhile: the same, and the fresh place is drawn.
    drop(page, middle(event(page, neri)), (0, hour_height(page)))
    expect(page.get_by_role("alert")).to_contain_text("Luca Verdi")
    expect(event(page, neri)).to_contain_text("16:00–17:00")


def test_what_others_change_appears_by_itself(
    opened: Opened, rossi: Shop, bays: list[Bay], neri: Appointment
) -> None:
    page = opened(f"?vista=giorno&data={DAY}")
    expect(event(page, neri)).to_contain_text("09:00")
    with in_shop(rossi):
        booking.reschedule(appointment=neri, starts_at=at(11), by_staff=True)
    page.evaluate("window.dispatchEvent(new Event('focus'))")
    expect(event(page, neri)).to_contain_text("11:00–12:00")


def test_filters_and_the_address(opened: Opened, rossi: Shop, bays: list[Bay], neri: Appointment) -> None:
    with in_shop(rossi):
        booking.cancel(appointment=neri)
        factories.appointment(at(10), service=factories.service("Freni"), bay=bays[1])
        factories.closure(at(0, day=6).date(), reason="Ferie")
    page = opened(f"?vista=settimana&data={DAY}")
    expect(page.locator(".cal-event")).to_have_count(1)
    expect(page.get_by_text("Ferie").first).to_be_visible()
    expect(page.get_by_text("dom 9")).to_have_count(0)  # Sundays are closed
    page.get_by_label("annullato").check()
    expect(page.locator(".cal-event")).to_have_count(2)
    page.get_by_label("Postazione", exact=True).select_option("Ponte 1")
    expect(page.locator(".cal-event")).to_have_count(1)
    page.get_by_label("Servizio", exact=True).select_option("Freni")
    expect(page.locator(".cal-event")).to_have_count(0)
    page.get_by_role("button", name="Mese").click()
    expect(page.get_by_role("heading", name="maggio 2027")).to_be_visible()
    page.wait_for_url("**vista=mese**")
    page.reload()
    expect(page.get_by_role("heading", name="maggio 2027")).to_be_visible()
    page.get_by_label("Postazione", exact=True).select_option("")
    page.get_by_label("Servizio", exact=True).select_option("")
    expect(page.locator(".cal-event")).to_have_count(2)
    assert serious(page) == []
    page.get_by_role("button", name="Lista").click()
    expect(page.locator(".cal-event")).to_have_count(2)
    assert serious(page) == []


def test_a_finger_holds_and_drags(opened: Any, rossi: Shop, bays: list[Bay], neri: Appointment) -> None:
    page = opened(f"?vista=giorno&data={DAY}", phone=True)
    mine = event(page, neri)
    mine.scroll_into_view_if_needed()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert serious(page) == []
    x, y = middle(mine)
    finger = page.context.new_cdp_session(page)

    def touch(kind: str, *points: float) -> None:
        where = [{"x": x, "y": y} for y in points]
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": where})

    touch("touchStart", y)
    # Longer than the calendar waits for a finger to mean it, by the page's own clock: its timer comes before this one.
    page.evaluate("() => new Promise((done) => setTimeout(() => requestAnimationFrame(done), 600))")
    for part in (0.3, 0.6, 1.0):
        touch("touchMove", y + hour_height(page) * part)
    touch("touchEnd")
    expect(page.get_by_role("status").filter(has_text="Mario Neri")).to_be_visible()
    with in_shop(rossi):
        assert now(rossi, neri).scheduled_at == at(10)
    event(page, neri).tap()
    expect(page.get_by_role("dialog").get_by_role("heading", name="Mario Neri")).to_be_visible()
    assert serious(page) == []
    page.get_by_role("button", name="Chiudi").tap()
    pressed = page.locator(".cal button:visible, .cal summary:visible")
    assert min(box["height"] for each in pressed.all() if (box := each.bounding_box())) >= 44


@pytest.mark.parametrize("phone", [False, True], ids=["desk", "phone"])
def test_half_an_hour_says_who_comes(
    opened: Any, rossi: Shop, bays: list[Bay], neri: Appointment, phone: bool
) -> None:
    with in_shop(rossi):
        who = factories.customer(first_name="Elena", last_name="Costa")
        factories.appointment(at(11), minutes=30, bay=bays[1], customer=who)
    page = opened(f"?vista=giorno&data={DAY}", phone=phone)

    event = page.locator(".cal-event--short")
    whole, name = settled(event), settled(event.locator(".cal-who"))

    assert whole
    assert name
    assert name["y"] >= whole["y"]
    assert name["y"] + name["height"] <= whole["y"] + whole["height"] + 1
    assert name["width"] > 50
