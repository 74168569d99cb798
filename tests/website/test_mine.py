"""My appointment: what the link shows, moving, cancelling, and everything that is no valid link."""

import re
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from auditlog.models import LogEntry
from django.test import Client
from icalendar import Calendar

from receptionist import links
from receptionist.models import AIConfig
from scheduling import booking
from scheduling.models import Appointment, Bay, Service
from scheduling.models.appointments import Status
from shops.context import in_public, in_shop
from shops.models import Shop
from tests import factories
from website.mine.opened import WRONG

pytestmark = pytest.mark.django_db
# A Monday, ten in the morning in Italy.
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def service(in_rossi: Shop) -> Service:
    """One service in one bay, so that what is free is known."""
    factories.empty_workshop()
    factories.hours()
    config = AIConfig.load()
    config.address = "Via Po 1, Torino"
    config.save()
    return factories.service("Tagliando", bays=[factories.bay("Ponte 1")], preparation="Il libretto.")


@pytest.fixture
def row(service: Service) -> Appointment:
    """Thursday at nine, confirmed."""
    who = factories.customer(first_name="Giulia", last_name="Ferri")
    car = factories.vehicle(who, license_plate="AB123CD")
    return factories.appointment(local(2026, 3, 5, 9), service=service, customer=who, vehicle=car)


def at(row: Appointment, tail: str = "") -> str:
    """The path of a page of the appointment."""
    return f"/appuntamento/{links.token(row, shop=rossi_shop())}{tail}"


def rossi_shop() -> Shop:
    """The first shop; from anywhere, since a request leaves its shop when it ends."""
    with in_public():
        return Shop.objects.get(slug="officina-rossi")


def local(*moment: int) -> datetime:
    """A local time of the shop, aware."""
    return datetime(*moment, tzinfo=ZoneInfo("Europe/Rome"))  # type: ignore[misc, arg-type]


def text(answer: Any) -> str:
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())).split())


def fields(answer: Any) -> dict[str, str]:
    found = re.findall(r'<input type="hidden" name="([a-z]+)" value="([^"]*)"', answer.content.decode())
    return {name: unescape(value) for name, value in found if name != "csrfmiddlewaretoken"}


def now_in(row: Appointment) -> Appointment:
    with in_shop(rossi_shop()):
        return Appointment.objects.get(pk=row.pk)


def set_to(row: Appointment, **values: Any) -> None:
    with in_shop(rossi_shop()):
        Appointment.objects.filter(pk=row.pk).update(**values)


def test_the_page_says_when_what_where_and_no_more_of_the_customer(
    rossi_client: Client, row: Appointment
) -> None:
    set_to(row, notes="nota interna", contact_phone="+393331112223")
    answer = rossi_client.get(at(row))
    told = text(answer)
    for each in (
        "giovedì 5 marzo alle 9:00",
        "Tagliando",
        "AB123CD",
        "Via Po 1, Torino",
        "Il libretto.",
        row.code,
    ):
        assert each in told
    assert "Giulia" in told
    for hidden in ("Ferri", "nota interna", "333", row.customer.phone or "x"):
        assert hidden not in told
    assert "confermato" in told


def test_of_somebody_elses_car_only_the_plate_is_shown(rossi_client: Client, row: Appointment) -> None:
    with in_shop(rossi_shop()):
        owner = factories.customer(first_name="Piero")
        known = factories.vehicle(owner, license_plate="ZZ999ZZ", make="Ferrari", model="Roma")
        Appointment.objects.filter(pk=row.pk).update(vehicle=known)
    told = text(rossi_client.get(at(row)))
    assert "ZZ999ZZ" in told
    assert "Ferrari" not in told
    assert "Roma" not in told
    with in_shop(rossi_shop()):
        known.customer = row.customer
        known.save()
    assert "Ferrari Roma · ZZ999ZZ" in text(rossi_client.get(at(row)))


def test_the_token_leaks_nowhere(rossi_client: Client, row: Appointment) -> None:
    answer = rossi_client.get(at(row))
    assert answer["Referrer-Policy"] in ("same-origin", "no-referrer")
    assert "noindex" in answer["X-Robots-Tag"]
    assert 'name="robots" content="noindex' in answer.content.decode()
    assert "no-store" in answer["Cache-Control"]
    assert "default-src 'none'" in answer["Content-Security-Policy"]
    assert not answer.cookies


def test_in_english(rossi_client: Client, row: Appointment) -> None:
    answer = rossi_client.get(f"{at(row)}?lingua=en")
    assert '<html lang="en"' in answer.content.decode()
    assert f"{at(row, '/sposta')}?lingua=en" in unescape(answer.content.decode())


@pytest.mark.parametrize(
    ("values", "told", "changeable"),
    [
        ({"status": Status.PENDING}, "deve ancora confermare", True),
        ({"status": Status.CONFIRMED}, "confermato", True),
        ({"status": Status.IN_PROGRESS}, "Stiamo lavorando", False),
        ({"status": Status.COMPLETED}, "Si può ritirare oggi fino alle 18:30", False),
        ({"status": Status.COMPLETED, "collected_at": NOW}, "ritirata", False),
        ({"status": Status.CANCELLED}, "annullato", False),
        ({"status": Status.NO_SHOW}, "passato", False),
        ({"arrived_at": NOW}, "da noi", False),
    ],
)
def test_the_status_in_plain_words(
    rossi_client: Client, row: Appointment, values: dict[str, Any], told: str, changeable: bool
) -> None:
    set_to(row, **values)
    answer = rossi_client.get(at(row))
    assert told in text(answer)
    assert ("/sposta" in answer.content.decode()) == changeable
    assert ("/annulla" in answer.content.decode()) == changeable
    assert "tel:" in answer.content.decode()


def test_the_promised_time_is_told(rossi_client: Client, row: Appointment) -> None:
    set_to(
        row,
        status=Status.IN_PROGRESS,
        promised_at=NOW + timedelta(hours=7),
        customer_note="Manca un ricambio",
    )
    told = text(rossi_client.get(at(row)))
    assert "lunedì 2 marzo alle 17:00" in told
    assert "Manca un ricambio" in told


def test_a_ready_car_after_hours_is_collected_the_next_day(
    rossi_client: Client, row: Appointment, frozen: Any
) -> None:
    set_to(row, status=Status.COMPLETED)
    frozen.move_to(datetime(2026, 3, 5, 19, 0, tzinfo=UTC))
    assert "domani, venerdì 6 marzo dalle 8:00" in text(rossi_client.get(at(row)))


def test_past_and_expired(rossi_client: Client, row: Appointment, frozen: Any) -> None:
    address = at(row)
    frozen.move_to(row.ends_at + timedelta(days=29))
    assert "passato" in text(rossi_client.get(address))
    frozen.move_to(row.ends_at + timedelta(days=30))
    answer = rossi_client.get(address)
    assert answer.status_code == 404
    assert "tel:" in answer.content.decode()
    assert "Giulia" not in text(answer)


BAD = [
    "x",
    "A" * 48,
    "A" * 10_000,
    "%00" * 16,
    "%F0%9F%9A%97" * 12,
    "%FF%FE" * 24,
    "%ED%A0%80" * 16,
    "a%0d%0ab",
    "%27--",
]


@pytest.mark.parametrize(
    "tail", ["", "/sposta", "/annulla", "/calendario.ics"], ids=["see", "move", "cancel", "ics"]
)
@pytest.mark.parametrize("token", BAD, ids=[f"bad{number}" for number in range(len(BAD))])
def test_what_is_no_link_is_a_friendly_page(rossi_client: Client, token: str, tail: str) -> None:
    for answer in (
        rossi_client.get(f"/appuntamento/{token}{tail}"),
        rossi_client.post(f"/appuntamento/{token}{tail}"),
    ):
        assert answer.status_code in (404, 405)
        if answer.status_code == 404:
            assert "tel:" in answer.content.decode()


def test_all_that_is_invalid_gets_the_same_page(
    rossi_client: Client, bianchi_client: Client, row: Appointment, bianchi: Shop, frozen: Any
) -> None:
    def shown(client: Client, address: str) -> str:
        page = client.get(address).content.decode()
        return re.sub(r'nonce="[^"]*"|/appuntamento/[^"?]*', "", page)

    forged = shown(rossi_client, "/appuntamento/" + "A" * 48)
    other_shops = shown(rossi_client, f"/appuntamento/{links.token(row, shop=bianchi)}")
    assert other_shops == forged
    assert bianchi_client.get(at(row)).status_code == 404
    gone = at(row)
    with in_shop(rossi_shop()):
        row.customer.erased_at = NOW
        row.customer.save()
    assert shown(rossi_client, gone) == forged


def test_guessing_is_slowed_down_and_the_right_link_still_opens(
    rossi_client: Client, row: Appointment
) -> None:
    for _number in range(WRONG.most):
        assert rossi_client.get("/appuntamento/x").status_code == 404
    answer = rossi_client.get("/appuntamento/x")
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert rossi_client.get(at(row)).status_code == 200


# Moving


def ask_to_move(client: Client, row: Appointment, start: str) -> dict[str, str]:
    answer = client.get(f"{at(row, '/sposta')}?inizio={start}")
    assert answer.status_code == 200, text(answer)
    return fields(answer)


def test_moving_in_three_clicks(rossi_client: Client, row: Appointment) -> None:
    days = rossi_client.get(at(row, "/sposta"))
    assert "inizio=2026-03-06T10:00" in days.content.decode()
    form = ask_to_move(rossi_client, row, "2026-03-06T10:00")
    answer = rossi_client.post(at(row, "/sposta"), form)
    moved = now_in(row)
    assert moved.scheduled_at == local(2026, 3, 6, 10)
    assert answer.status_code == 302
    assert answer["Location"] == f"{at(moved)}?fatto=spostato"
    shown = text(rossi_client.get(answer["Location"]))
    assert "venerdì 6 marzo alle 10:00" in shown
    assert "è spostato" in shown


def test_its_own_place_counts_as_free_when_it_is_moved_by_half_an_hour(
    rossi_client: Client, row: Appointment
) -> None:
    page = rossi_client.get(at(row, "/sposta?dal=2026-03-05")).content.decode()
    assert "inizio=2026-03-05T09:30" in page
    assert "inizio=2026-03-05T09:00" not in page
    form = ask_to_move(rossi_client, row, "2026-03-05T09:30")
    assert rossi_client.post(at(row, "/sposta"), form).status_code == 302
    assert now_in(row).scheduled_at == local(2026, 3, 5, 9, 30)


def test_sent_twice_it_moves_once(rossi_client: Client, row: Appointment) -> None:
    form = ask_to_move(rossi_client, row, "2026-03-06T10:00")
    first, second = (rossi_client.post(at(row, "/sposta"), form) for _twice in range(2))
    assert first["Location"] == second["Location"]
    assert now_in(row).scheduled_at == local(2026, 3, 6, 10)


def test_a_longer_appointment_is_only_offered_where_it_fits(rossi_client: Client, row: Appointment) -> None:
    set_to(row, duration_minutes=240, ends_at=row.scheduled_at + timedelta(minutes=240))
    page = rossi_client.get(at(row, "/sposta?dal=2026-03-06")).content.decode()
    assert "inizio=2026-03-06T08:30" in page
    assert "inizio=2026-03-06T10:00" not in page


def test_of_two_tabs_the_second_overwrites_nothing(
    rossi_client: Client, row: Appointment, frozen: Any
) -> None:
    stale = ask_to_move(rossi_client, row, "2026-03-06T10:00")
    frozen.shift(5)
    with in_shop(rossi_shop()):
        booking.reschedule(appointment=now_in(row), starts_at=local(2026, 3, 9, 11))
    for tail, form in (("/sposta", stale), ("/annulla", {"versione": stale["versione"]})):
        answer = rossi_client.post(at(row, tail), form)
        assert answer.status_code == 409
        assert "Nel frattempo" in text(answer)
        assert "lunedì 9 marzo alle 11:00" in text(answer)
    assert now_in(row).scheduled_at == local(2026, 3, 9, 11)
    assert now_in(row).status == Status.CONFIRMED


@pytest.mark.parametrize("version", ["", "ieri", "2026-03-02", "9" * 5000, "2026-03-02T09:00:00", "\x00"])
def test_a_version_nobody_saw_changes_nothing(rossi_client: Client, row: Appointment, version: str) -> None:
    form = {"inizio": "2026-03-06T10:00", "versione": version}
    assert rossi_client.post(at(row, "/sposta"), form).status_code == 409
    assert rossi_client.post(at(row, "/annulla"), form).status_code == 409
    assert now_in(row).updated_at == row.updated_at


def test_a_contested_place_gives_alternatives_and_the_old_one_stays(
    rossi_client: Client, row: Appointment, service: Service
) -> None:
    form = ask_to_move(rossi_client, row, "2026-03-06T10:00")
    with in_shop(rossi_shop()):
        factories.appointment(local(2026, 3, 6, 10), service=service)
    answer = rossi_client.post(at(row, "/sposta"), form)
    assert answer.status_code == 409
    assert "appena stato preso" in text(answer)
    assert now_in(row).scheduled_at == row.scheduled_at
    offered = re.findall(r'type="radio" name="inizio" value="([^"]+)"', answer.content.decode())
    assert len(offered) == 3
    again = {**fields(answer), "inizio": offered[0]}
    assert rossi_client.post(at(row, "/sposta"), again).status_code == 302
    assert now_in(row).scheduled_at != row.scheduled_at


@pytest.mark.parametrize(
    "start",
    [
        "2020-01-01T10:00",
        "2026-03-08T10:00",
        "2026-03-06T03:17",
        "9999-12-31T10:00",
        "domani",
        "\x00",
        "1" * 10_000,
        "2026-02-30T10:00",
    ],
    ids=["past", "sunday", "never", "far", "word", "nul", "long", "no-day"],
)
def test_a_start_that_never_existed_moves_nothing(rossi_client: Client, row: Appointment, start: str) -> None:
    asked = rossi_client.get(at(row, "/sposta"), {"inizio": start})
    assert asked.status_code == 409
    version = fields(rossi_client.get(at(row, "/annulla")))["versione"]
    sent = rossi_client.post(at(row, "/sposta"), {"inizio": start, "versione": version})
    assert sent.status_code == 409
    assert now_in(row).scheduled_at == row.scheduled_at


def test_what_the_shop_confirms_is_pending_again(
    rossi_client: Client, row: Appointment, service: Service
) -> None:
    service.confirmed_by = Service.ConfirmedBy.SHOP
    service.save()
    form = ask_to_move(rossi_client, row, "2026-03-06T10:00")
    answer = rossi_client.post(at(row, "/sposta"), form, follow=True)
    assert "conferma il nuovo orario" in text(answer)
    assert now_in(row).status == Status.PENDING


def test_a_service_that_is_not_offered_any_more_says_to_call(
    rossi_client: Client, row: Appointment, service: Service
) -> None:
    Bay.objects.update(is_active=False)
    service.is_active = False
    service.save()
    answer = rossi_client.get(at(row, "/sposta"))
    assert answer.status_code == 200
    assert "Ci chiami" in text(answer)


# Cancelling


def test_cancelling_asks_once_and_keeps_the_reason(rossi_client: Client, row: Appointment) -> None:
    asked = rossi_client.get(at(row, "/annulla"))
    assert now_in(row).status == Status.CONFIRMED
    form = {**fields(asked), "motivo": "Sono <b>malata</b>\x00"}
    answer = rossi_client.post(at(row, "/annulla"), form, follow=True)
    done = now_in(row)
    assert done.status == Status.CANCELLED
    assert done.cancel_reason == "Sono <b>malata</b>"
    assert done.cancelled_by == "cliente, dal sito"
    assert "è annullato e il posto è di nuovo libero" in text(answer)


def test_cancelled_twice_is_cancelled_once(rossi_client: Client, row: Appointment) -> None:
    form = fields(rossi_client.get(at(row, "/annulla")))
    first, second = (rossi_client.post(at(row, "/annulla"), form) for _twice in range(2))
    assert first.status_code == second.status_code == 302
    assert rossi_client.get(at(row, "/annulla")).status_code == 302


@pytest.mark.parametrize(
    "values",
    [
        {"status": Status.IN_PROGRESS},
        {"status": Status.COMPLETED},
        {"status": Status.NO_SHOW},
        {"arrived_at": NOW},
        {"scheduled_at": NOW - timedelta(minutes=1)},
    ],
    ids=["in_progress", "completed", "no_show", "arrived", "past"],
)
def test_what_has_begun_cannot_be_changed(
    rossi_client: Client, row: Appointment, values: dict[str, Any]
) -> None:
    form = {**ask_to_move(rossi_client, row, "2026-03-06T10:00")}
    set_to(row, **values)
    before = now_in(row)
    for tail in ("/sposta", "/annulla"):
        assert rossi_client.get(at(row, tail)).status_code == 409
        answer = rossi_client.post(at(row, tail), form)
        assert answer.status_code == 409
        assert "ci chiami" in text(answer).lower()
    assert now_in(row).status == before.status
    assert now_in(row).scheduled_at == before.scheduled_at


def test_a_form_from_elsewhere_does_nothing(row: Appointment, rossi: Shop) -> None:
    strict = Client(SERVER_NAME="rossi.example", enforce_csrf_checks=True)
    form = fields(strict.get(at(row, "/annulla")))
    assert strict.post(at(row, "/annulla"), form).status_code == 403
    assert now_in(row).status == Status.CONFIRMED


def test_the_history_says_that_it_was_the_customer(rossi_client: Client, row: Appointment) -> None:
    form = ask_to_move(rossi_client, row, "2026-03-06T10:00")
    rossi_client.post(at(row, "/sposta"), form)
    with in_shop(rossi_shop()):
        last = LogEntry.objects.get_for_object(row).latest("timestamp")
    assert (last.additional_data or {})["by"] == "site"


def test_changing_without_end_is_stopped(rossi_client: Client, row: Appointment, frozen: Any) -> None:
    starts = ["2026-03-06T10:00", "2026-03-06T11:00"]
    answers = []
    for number in range(31):
        frozen.shift(1)
        version = now_in(row).updated_at.isoformat()
        form = {"inizio": starts[number % 2], "versione": version}
        answers.append(rossi_client.post(at(now_in(row), "/sposta"), form).status_code)
    assert answers[0] == 302
    assert answers[-1] == 429


# The calendar file


def event(answer: Any) -> Any:
    calendar: Any = Calendar.from_ical(answer.content)
    (found,) = calendar.events
    return found


def test_the_calendar_file(rossi_client: Client, row: Appointment) -> None:
    answer = rossi_client.get(at(row, "/calendario.ics"))
    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    assert answer["Content-Disposition"] == 'attachment; filename="appuntamento.ics"'
    found = event(answer)
    assert row.scheduled_at == found.DTSTART
    assert "Via Po 1, Torino" in str(found["location"])
    assert at(row) in str(found["description"])
    assert "Tagliando" in str(found["summary"])
    assert "Ferri" not in answer.content.decode()


def test_after_moving_the_file_updates_the_same_event(
    rossi_client: Client, row: Appointment, frozen: Any
) -> None:
    before = event(rossi_client.get(at(row, "/calendario.ics")))
    frozen.shift(60)
    rossi_client.post(at(row, "/sposta"), ask_to_move(rossi_client, row, "2026-03-06T10:00"))
    frozen.shift(60)
    moved = now_in(row)
    after = event(rossi_client.get(at(moved, "/calendario.ics")))
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert moved.scheduled_at == after.DTSTART
    rossi_client.post(at(moved, "/annulla"), fields(rossi_client.get(at(moved, "/annulla"))))
    gone = event(rossi_client.get(at(moved, "/calendario.ics")))
    assert gone["status"] == "CANCELLED"
    assert gone["sequence"] > after["sequence"]
    assert not gone.walk("VALARM")


def test_a_car_that_stays_is_in_the_calendar_when_it_is_brought(
    rossi_client: Client, row: Appointment
) -> None:
    brought = local(2026, 3, 4, 18)
    set_to(row, drop_off_at=brought)
    found = event(rossi_client.get(at(row, "/calendario.ics")))
    assert brought == found.DTSTART
    assert "giovedì 5 marzo" in str(found["description"])


HOSTILE = "<script>alert(1)</script>\r\nBEGIN:VEVENT\r\nSUMMARY:finto\r\nEND:VEVENT"


def test_nothing_that_was_typed_runs_on_the_page_or_in_the_file(
    rossi_client: Client, row: Appointment, service: Service
) -> None:
    service.name, service.preparation = HOSTILE[:100], HOSTILE[:100]
    service.save()
    row.customer.first_name = HOSTILE[:60]
    row.customer.save()
    car: Any = row.vehicle
    car.make = car.model = "<img src=x onerror=alert(1)>"
    car.save()
    set_to(row, customer_note=HOSTILE, status=Status.PENDING)
    config = AIConfig.load()
    config.address = HOSTILE
    config.save()
    for tail in ("", "/sposta", "/annulla", "/sposta?inizio=2026-03-06T10:00"):
        page = rossi_client.get(at(row, tail)).content.decode()
        assert "<script>alert" not in page
        assert "<img src=x" not in page
    assert "VEVENT" in str(event(rossi_client.get(at(row, "/calendario.ics")))["summary"])


def test_the_page_takes_few_queries(
    rossi_client: Client, row: Appointment, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    address = at(row)
    rossi_client.get(address)
    with django_assert_max_num_queries(8):
        assert rossi_client.get(address).status_code == 200
