"""Oggi: the day by bay, what can be pressed, what needs a person, who sees what, and that the page polls."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine

from receptionist import handover
from receptionist.models import Conversation, Handover, OutboundMessage
from scheduling.models import Appointment, Bay, Customer
from shops.context import as_platform, in_shop
from shops.models import Shop, WhatsAppNumber
from shops.staff.models import StaffUser
from tests import factories
from tests.factories import local
from tests.scheduling.desk import Desk, Login, worker
from tests.scheduling.queries import counted

TODAY = "/admin/oggi/"
ACT = "/admin/oggi/fatto/"
# A Thursday, 11:00 in Rome.
NOW = datetime(2026, 11, 26, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _thursday() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def counter(rossi: Shop, manager: StaffUser, log_in: Login) -> Iterator[Desk]:
    """The manager at work in a new shop; the test runs inside the shop."""
    client = Desk(SERVER_NAME="rossi.example")
    client.shop = rossi
    log_in(client, manager, rossi)
    with in_shop(rossi):
        yield client


def text(response: Any) -> str:
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def row_of(page: str, appointment: Appointment) -> str:
    """The piece of the page that shows the appointment."""
    before, after = page.split(f'id="td-w-{appointment.pk}"')
    return before[before.rindex("<li ") :] + after[: after.index("</li>")]


def at(hour: int, minute: int = 0, **values: Any) -> Appointment:
    """An appointment of today, in a bay of its own so that any fit together."""
    return factories.appointment(local(2026, 11, 26, hour, minute), bay=factories.bay(), **values)


def press(client: Desk, verb: str, pk: object, **more: str) -> Any:
    return client.post(ACT, {"do": f"{verb}:{pk}", **more})


def test_a_new_shop_has_an_empty_day(counter: Desk) -> None:
    page = text(counter.get(TODAY))
    assert "Giovedì 26 novembre 2026" in page
    assert "Nessuno aspetta una risposta." in page
    assert page.count("Libera tutto il giorno.") == Bay.objects.count() > 0
    assert "La giornata: 0 appuntamenti" in page


def test_the_bays_of_a_closed_day_are_not_called_free(counter: Desk) -> None:
    factories.closure(local(2026, 11, 26).date())
    page = text(counter.get(TODAY))
    assert "Libera tutto il giorno." not in page
    assert page.count("Nessun lavoro: l'officina è chiusa.") == Bay.objects.count()


def test_a_shop_without_anything_opens_too(counter: Desk) -> None:
    factories.empty_workshop()
    page = text(counter.get(TODAY))
    assert "L'officina non ha ancora postazioni." in page or "non ha ancora postazioni" in page
    assert "Nessun servizio prenotabile." in page


def test_the_first_page_after_the_login(counter: Desk) -> None:
    assert counter.get("/admin/").headers["Location"] == TODAY


def test_who_waits_who_leaves_the_car_and_who_is_late(counter: Desk) -> None:
    start = local(2026, 11, 26, 9)
    late = at(9)
    left = at(
        10, drop_off_at=start, arrived_at=start, promised_at=local(2026, 11, 26, 10, 30), status="in_progress"
    )
    ahead = at(15, customer_note="In attesa del ricambio", vehicle=None)
    page = text(counter.get(TODAY))
    assert "1 in ritardo" in page
    row = row_of(page, late)
    assert "aspetta" in row
    assert "non è ancora arrivato" in row
    assert "td-work--late" in row
    assert late.vehicle
    assert late.vehicle.license_plate in row
    assert "Fiat Panda" in row
    row = row_of(page, left)
    assert "lascia l&#x27;auto" in row
    assert "arrivato 09:00" in row
    assert "promessa 10:30" in row
    assert "td-work--over" in row, "what was promised has passed"
    row = row_of(page, ahead)
    assert "«In attesa del ricambio»" in row
    assert "td-work--" not in row


def test_cars_that_are_in_since_before(counter: Desk) -> None:
    before = local(2026, 11, 24, 9)
    in_work = factories.appointment(before, status="in_progress")
    ready = factories.appointment(before, bay=factories.bay(), status="completed")
    gone = factories.appointment(before, bay=factories.bay(), status="completed", collected_at=NOW)
    forgotten = factories.appointment(local(2026, 9, 1, 9), status="completed")
    page = text(counter.get(TODAY))
    assert "In officina da giorni prima" in page
    assert str(in_work.pk) in page
    assert str(ready.pk) in page
    assert str(gone.pk) not in page
    assert str(forgotten.pk) not in page
    assert "mar 24 nov" in row_of(page, in_work)


def test_words_from_outside_are_no_markup(counter: Desk) -> None:
    who = factories.customer(first_name="<script>alert(1)</script>", last_name='"><b>')
    at(9, customer=who, customer_note="<img src=x onerror=alert(1)>")
    page = text(counter.get(TODAY))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert '"><b>' not in page


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("2026-11-27", "Venerdì 27 novembre 2026"),
        ("2026-11-25", "Mercoledì 25 novembre 2026"),
        *(
            (nonsense, "Giovedì 26 novembre 2026")
            for nonsense in ("", "ieri", "9999-12-31", "0001-01-01", "\0")
        ),
        ("2026-02-30", "Giovedì 26 novembre 2026"),
    ],
)
def test_days_before_and_after(counter: Desk, said: str, shown: str) -> None:
    page = text(counter.get(TODAY, {"giorno": said}))
    assert shown in page


def test_another_day_shows_its_own(counter: Desk) -> None:
    tomorrow = factories.appointment(local(2026, 11, 27, 9))
    long = factories.appointment(
        local(2026, 11, 26, 17), minutes=60 * 20, bay=factories.bay(), status="confirmed"
    )
    page = text(counter.get(TODAY, {"giorno": "2026-11-27"}))
    assert str(tomorrow.pk) in page
    assert "Cominciati prima di questo giorno" in page
    assert str(long.pk) in page
    assert "in ritardo" not in page


@pytest.mark.parametrize(
    ("verb", "begun", "status", "field"),
    [
        ("confirm", {"status": "pending"}, "confirmed", ""),
        ("mark_arrived", {}, "confirmed", "arrived_at"),
        ("start", {}, "in_progress", ""),
        ("complete", {"status": "in_progress"}, "completed", ""),
        ("mark_collected", {"status": "completed"}, "completed", "collected_at"),
        ("mark_no_show", {}, "no_show", ""),
    ],
)
def test_what_is_pressed_is_done(
    counter: Desk, verb: str, begun: dict[str, Any], status: str, field: str
) -> None:
    row = at(9, **begun)
    assert f'value="{verb}:{row.pk}"' in text(counter.get(TODAY))
    answer = press(counter, verb, row.pk, giorno="2026-11-26")
    assert (answer.status_code, answer.headers["Location"]) == (302, TODAY)
    row.refresh_from_db()
    assert row.status == status
    assert not field or getattr(row, field) == NOW


def test_what_cannot_be_is_refused_in_words(counter: Desk) -> None:
    row = at(9, status="cancelled")
    page = text(counter.post(ACT, {"do": f"start:{row.pk}"}, follow=True))
    assert "Non è possibile: l&#x27;appuntamento è annullato." in page
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_the_day_stays_after_something_was_pressed(counter: Desk) -> None:
    row = factories.appointment(local(2026, 11, 25, 9), status="in_progress")
    answer = press(counter, "complete", row.pk, giorno="2026-11-25")
    assert answer.headers["Location"] == f"{TODAY}?giorno=2026-11-25"


@pytest.mark.parametrize(
    "do", ["", "start", "start:", "start:x", "drop:{}", "start:\0", "take:{}", "start:{}"]
)
def test_nonsense_is_not_found(counter: Desk, do: str) -> None:
    assert counter.post(ACT, {"do": do.format(uuid4())}).status_code == 404
    assert counter.get(ACT).status_code == 405


def test_only_who_may_change_appointments_presses(
    counter: Desk, rossi: Shop, log_in: Login, manager: StaffUser
) -> None:
    row = at(9)
    mechanic = worker(rossi, "mechanic", Desk(SERVER_NAME="rossi.example"), log_in)
    mechanic.shop = rossi  # type: ignore[attr-defined]  # a Desk
    for address in (TODAY, "/admin/oggi/vivo/", "/admin/oggi/perse/"):
        assert mechanic.get(address).status_code == 403
    assert mechanic.post(ACT, {"do": f"start:{row.pk}"}).status_code == 403
    row.refresh_from_db()
    assert row.status == "confirmed"
    receptionist = worker(rossi, "receptionist", Desk(SERVER_NAME="rossi.example"), log_in)
    receptionist.shop = rossi  # type: ignore[attr-defined]  # a Desk
    assert f'value="mark_arrived:{row.pk}"' in text(receptionist.get(TODAY))


def test_without_the_permission_conversations_are_not_shown(
    counter: Desk, rossi: Shop, log_in: Login
) -> None:
    from django.contrib.auth.models import Group, Permission

    group = Group.objects.get(name="receptionist")
    group.permissions.remove(*Permission.objects.filter(codename="view_conversation"))
    asked()
    client = worker(rossi, "receptionist", Desk(SERVER_NAME="rossi.example"), log_in)
    client.shop = rossi  # type: ignore[attr-defined]  # a Desk
    page = text(client.get(TODAY))
    assert "Un preventivo" not in page
    assert "Conversazioni con risposta" not in page
    assert "Richieste perse" not in page
    assert "Appuntamenti presi" in page
    assert client.get("/admin/oggi/perse/").status_code == 403


def asked(channel: str = "voice", **values: Any) -> Handover:
    """Somebody waits for a person, whose call back was promised for ten o'clock."""
    who = Customer.objects.first() or factories.customer(first_name="Carla", last_name="Neri")
    talk = Conversation.objects.create(
        channel=channel, external_id=str(uuid4()), customer=who, started_at=NOW, active_at=NOW
    )
    row = handover.ask(conversation=talk, reason="Un preventivo per la frizione", now=NOW)
    Handover.objects.filter(pk=row.pk).update(callback_at=NOW - timedelta(hours=1), **values)
    return row


def test_who_needs_a_person(counter: Desk) -> None:
    row = asked(urgency="high")
    page = text(counter.get(TODAY))
    for shown in (
        "Carla Neri",
        "Un preventivo per la frizione",
        "urgenza: alta",
        "in ritardo",
        "Già provato: niente.",
    ):
        assert shown in page
    assert f"/admin/conversazioni/{row.conversation_id}/" in page
    answer = press(counter, "take", row.pk)
    assert answer.headers["Location"] == f"/admin/conversazioni/{row.conversation_id}/"
    row.refresh_from_db()
    assert (row.status, row.taken_by_id is not None) == ("taken", True)
    assert "Carla Neri" not in text(counter.get(TODAY)).split("La giornata")[0].split("Serve una persona")[1]


def test_what_a_colleague_has_is_not_taken(counter: Desk, rossi: Shop) -> None:
    row = asked(channel="whatsapp")
    colleague = StaffUser.objects.create_user("altra@rossi.example", "una password lunga", role="manager")
    handover.staff_took_over(conversation=row.conversation, staff=colleague, wrote=False)
    press(counter, "take", row.pk)
    row.refresh_from_db()
    assert row.taken_by == colleague


def test_messages_that_failed_and_appointments_to_confirm(counter: Desk) -> None:
    values = {"channel": "whatsapp", "recipient": "+393331234567", "status": "failed"}
    OutboundMessage.objects.create(
        **values, error="Il numero non ha WhatsApp.", failed_at=NOW - timedelta(hours=2)
    )
    OutboundMessage.objects.create(**values, error="Vecchio.", failed_at=NOW - timedelta(days=9))
    to_confirm = at(16, status="pending")
    page = text(counter.get(TODAY)).split("La giornata")[0]
    assert "Messaggi non consegnati" in page
    assert "Il numero non ha WhatsApp." in page
    assert "Vecchio." not in page
    assert "Appuntamenti da confermare" in page
    assert to_confirm.service.name in page


def test_a_number_that_stopped(counter: Desk, rossi: Shop) -> None:
    with as_platform():
        WhatsAppNumber.objects.create(
            shop=rossi,
            phone_number_id="wa",
            number="+390212345678",
            stopped_at=NOW,
            stopped_reason="Token scaduto.",
        )
    page = text(counter.get(TODAY))
    assert "Il numero WhatsApp +390212345678 è fermo dal" in page
    assert "Token scaduto." in page


def test_the_page_polls_and_hears_when_nothing_changed(counter: Desk) -> None:
    row = at(9)
    page = text(counter.get(TODAY))
    assert 'hx-get="/admin/oggi/vivo/"' in page
    first = counter.get("/admin/oggi/vivo/")
    etag = first.headers["ETag"]
    again = counter.get("/admin/oggi/vivo/", headers={"If-None-Match": etag})
    assert (again.status_code, again.content) == (304, b"")
    press(counter, "start", row.pk)
    changed = counter.get("/admin/oggi/vivo/", headers={"If-None-Match": etag})
    assert (changed.status_code, changed.headers["ETag"] != etag) == (200, True)
    assert "csrfmiddlewaretoken" not in changed.content.decode()


def test_the_same_queries_whatever_the_data(counter: Desk) -> None:
    counter.get(TODAY)

    def asks(address: str) -> int:
        with counted() as queries:
            assert counter.get(address).status_code == 200
        return len(queries)

    addresses = (TODAY, "/admin/oggi/vivo/", "/admin/oggi/perse/")
    at(9)
    asked()
    few = [asks(address) for address in addresses]
    for number in range(12):
        at(9 + number % 3, number)
        asked(channel="whatsapp" if number % 2 else "voice")
        factories.appointment(local(2026, 11, 25, 9), bay=factories.bay(), status="in_progress")
    assert [asks(address) for address in addresses] == few
    assert max(few) <= 16, few


@pytest.mark.parametrize("day", ["2026-10-25", "2026-03-29"])
def test_the_day_on_which_the_clock_changes(counter: Desk, day: str) -> None:
    """23 or 25 hours: what begins in its last hour belongs to it, and nothing breaks."""
    year, month, number = map(int, day.split("-"))
    with time_machine.travel(local(year, month, number, 10), tick=False):
        last = factories.appointment(local(year, month, number, 23, 30), bay=factories.bay())
        following = factories.appointment(
            local(year, month, number, 0) + timedelta(days=1, hours=0), minutes=30
        )
        page = text(counter.get(TODAY))
        assert str(last.pk) in page
        assert str(following.pk) not in page
