"""Each way of changing something leaves exactly one row: who, before and after."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.http import HttpRequest
from django.test import Client, RequestFactory
from django.urls import reverse

from backoffice.changes.reading import Change, read
from receptionist import conversations, optout, toolcalls
from receptionist.models import AIConfig, NoticeSetting
from scheduling import booking, week
from scheduling.models import Appointment, Bay, Consent, Customer, Service, Vehicle
from scheduling.models.appointments import Status
from scheduling.rules import Rules
from shops import history
from shops.context import current_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.desk import Desk, Login, existing, form_data, url, worker
from tests.scheduling.queries import counted

CALLER = "+393331112223"


@dataclass
class Here:
    """Who acts and upon what."""

    desk: Desk
    manager: StaffUser
    appointment: Appointment


@pytest.fixture
def here(desk: Desk, manager: StaffUser) -> Here:
    appointment = existing(customer=factories.customer(phone=CALLER))
    LogEntry.objects.all().delete()
    return Here(desk, manager, appointment)


def viewer(person: StaffUser) -> HttpRequest:
    request = RequestFactory().get("/")
    request.user = person
    return request


def told(here: Here) -> list[Change]:
    """The history since the test began, as the manager reads it."""
    rows = LogEntry.objects.select_related("content_type", "actor").order_by("timestamp", "pk")
    return read(viewer(here.manager), rows)


def lines(change: Change) -> dict[str, tuple[str, str]]:
    return {line.label: (line.before, line.after) for line in change.lines}


def by_staff(verb: Callable[..., Any], **values: Any) -> Callable[[Here], Any]:
    def act(here: Here) -> None:
        with history.acting(staff=here.manager):
            verb(appointment=here.appointment, **values)

    return act


def with_status(status: Status, act: Callable[[Here], Any], **values: Any) -> Callable[[Here], Any]:
    def prepared(here: Here) -> None:
        Appointment.objects.filter(pk=here.appointment.pk).update(status=status, **values)
        here.appointment.refresh_from_db()
        act(here)

    return prepared


def post(model: Any, **values: Any) -> Callable[[Here], Any]:
    """The form of the row, as it is, with these values changed."""

    def act(here: Here) -> None:
        row = model.objects.order_by("pk")[0]
        address = url(model, "change", row.pk)
        form = here.desk.get(address).context["adminform"].form
        sent = {f"{bound.html_name}": _sent(bound) for bound in form}
        flat = {key: value for name, value in sent.items() for key, value in _flat(name, value)}
        response = here.desk.post(address, {**flat, **_inlines(here, address), **values})
        assert response.status_code == 302, response.context["adminform"].form.errors

    return act


def saved(model: Any, **values: Any) -> Callable[[Here], Any]:
    def act(here: Here) -> None:
        row = model.objects.order_by("pk")[0]
        for name, value in values.items():
            setattr(row, name, value)
        with history.acting(staff=here.manager):
            row.save()

    return act


def _inlines(here: Here, address: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for each in here.desk.get(address).context["inline_admin_formsets"]:
        for bound in each.formset.management_form:
            found[bound.html_name] = bound.value()
    return found


def _sent(bound: Any) -> Any:
    return bound.value()


def _flat(name: str, value: Any) -> Iterator[tuple[str, Any]]:
    if value is True:
        yield name, "on"
    elif value is not None and value is not False:
        yield name, value if isinstance(value, list) else str(value)


def reschedule_by_form(here: Here) -> None:
    row = here.appointment
    data = form_data(row.scheduled_at + timedelta(hours=1), service=row.service, customer=row.customer)
    data |= {
        "bay": str(row.bay_id),
        "duration_minutes": str(row.duration_minutes),
        "notes": "Portare le chiavi",
    }
    assert here.desk.post(url(Appointment, "change", row.pk), data).status_code == 302


def book_by_form(here: Here) -> None:
    data = form_data(here.appointment.scheduled_at + timedelta(hours=1), customer=here.appointment.customer)
    assert here.desk.post(url(Appointment, "add"), data).status_code == 302


def bulk_cancel(here: Here) -> None:
    sent = {"action": "cancel", "_selected_action": [str(here.appointment.pk)]}
    here.desk.post(url(Appointment, "changelist"), sent)


def service_links(here: Here) -> None:
    row = Service.objects.order_by("pk")[0]
    with history.acting(staff=here.manager):
        row.bays.set(Bay.objects.filter(name="Ponte 1"))
        row.bays.set(Bay.objects.filter(name="Ponte 2"))


def hours(here: Here) -> None:
    now = week.current()
    with history.acting(staff=here.manager):
        week.save([[(time(8), time(12))], *now[1:5], [], []])


def rules(here: Here) -> None:
    with history.acting(staff=here.manager):
        Rules.of(current_shop()).model_copy(
            update={"notice_minutes": 30, "works_on_holidays": ["immacolata"]}
        ).save(current_shop())


def settings_of_the_assistant(here: Here) -> None:
    config = AIConfig.load()
    config.greeting, config.languages = "Ciao a tutti", ["it", "en"]
    with history.acting(staff=here.manager):
        config.save()


def notices(here: Here) -> None:
    NoticeSetting.objects.create(staff=here.manager, kind="handover", by_email=True)
    with history.acting(staff=here.manager):
        NoticeSetting.objects.update_or_create(
            staff=here.manager, kind="handover", defaults={"by_email": False}
        )


def consent(here: Here) -> None:
    row = here.appointment.customer.consents.create(purpose="marketing", granted=True, channel="web")
    sent = {"action": "withdraw", "_selected_action": [str(row.pk)]}
    here.desk.post(url(Consent, "changelist"), sent)


def closure_gone(here: Here) -> None:
    row = factories.closure(date(2026, 12, 23), reason="Inventario")
    LogEntry.objects.all().delete()
    with history.acting(staff=here.manager):
        row.delete()


# how it is changed → the kind, and one of its lines: name, before, after (None: any)
WAYS: dict[str, tuple[Callable[[Here], Any], str, tuple[str, str | None, str | None]]] = {
    "booked": (book_by_form, "appuntamento", ("stato", "", "confermato")),
    "moved and noted": (reschedule_by_form, "appuntamento", ("note", "", "Portare le chiavi")),
    "confirmed": (
        with_status(Status.PENDING, by_staff(booking.confirm)),
        "appuntamento",
        ("stato", "da confermare", "confermato"),
    ),
    "started": (by_staff(booking.start), "appuntamento", ("stato", "confermato", "in lavorazione")),
    "ready": (
        with_status(Status.IN_PROGRESS, by_staff(booking.complete)),
        "appuntamento",
        ("stato", "in lavorazione", None),
    ),
    "not ready": (
        with_status(Status.COMPLETED, by_staff(booking.reopen)),
        "appuntamento",
        ("stato", None, "in lavorazione"),
    ),
    "collected": (
        with_status(Status.COMPLETED, by_staff(booking.mark_collected)),
        "appuntamento",
        ("ritirato", "", None),
    ),
    "cancelled": (
        by_staff(booking.cancel, reason="Ammalato"),
        "appuntamento",
        ("motivo dell'annullamento", "", "Ammalato"),
    ),
    "cancelled from the list": (bulk_cancel, "appuntamento", ("stato", "confermato", "annullato")),
    "promised": (
        by_staff(booking.promise, promised_at=None, customer_note="In attesa del ricambio"),
        "appuntamento",
        ("nota per il cliente", "", "In attesa del ricambio"),
    ),
    "customer": (saved(Customer, last_name="Nuovo"), "cliente", ("cognome", None, "Nuovo")),
    "vehicle": (post(Vehicle, make="Lancia"), "veicolo", ("marca", None, "Lancia")),
    "service": (post(Service, price_from="79.50", words="olio"), "servizio", (None, None, "79,50")),  # type: ignore[dict-item]
    "service and bays": (service_links, "servizio", ("postazioni", None, "Ponte 2")),
    "bay": (post(Bay, name="Ponte grande"), "postazione", ("nome", "Ponte 1", "Ponte grande")),
    "closure deleted": (closure_gone, "chiusura", ("motivo", "Inventario", "")),
    "hours": (hours, "orari di apertura", ("lunedì", "08:00–12:30, 14:00–18:30", "08:00–12:00")),
    "rules": (rules, "regole di prenotazione", ("Preavviso (minuti)", "120", "30")),
    "assistant": (settings_of_the_assistant, "assistente", ("lingue", "it", "it, en")),
    "notices": (notices, "avviso al personale", ("per e-mail", "sì", "no")),
    "consent": (consent, "consenso", ("ritirato il", "", None)),
}


@pytest.mark.parametrize("way", WAYS)
def test_each_way_is_one_row(here: Here, way: str) -> None:
    act, kind, (name, before, after) = WAYS[way]
    act(here)
    (change,) = told(here)
    assert (change.who, change.kind) == (str(here.manager), kind)
    found = lines(change)
    pair = found[name] if name else next(pair for pair in found.values() if pair[1] == after)
    assert before is None or pair[0] == before
    assert after is None or pair[1] == after
    assert pair[0] != pair[1]


def test_what_the_assistant_does_names_the_conversation(here: Here) -> None:
    call = conversations.open_call(external_id="call-1", phone_number=CALLER)
    toolcalls.answer(
        conversation=call,
        call_id="t1",
        name="cancel_appointment",
        arguments={"appointment": here.appointment.code},
    )
    (change,) = told(here)
    assert change.who == "assistente al telefono"
    assert change.who_url == reverse("admin:inbox_chat", args=[call.pk], urlconf="aros.urls_shop")
    assert lines(change)["stato"] == ("confermato", "annullato")


def test_stop_is_noted_on_the_consent_it_takes_back(here: Here) -> None:
    customer = here.appointment.customer
    customer.consents.create(purpose="marketing", granted=True, channel="web")
    customer.identities.create(channel="whatsapp", external_id=CALLER, verified=True)
    assert optout.record(customer=customer, channel="whatsapp")
    (change,) = [change for change in told(here) if change.kind == "consenso"]
    assert change.who == "assistente su WhatsApp"


def test_two_people_are_two_rows_and_a_change_taken_back_is_none(here: Here) -> None:
    other = StaffUser.objects.create_user("altra@rossi.example", "una password lunga", role="manager")
    LogEntry.objects.all().delete()
    bay = Bay.objects.order_by("pk")[0]
    before = bay.name
    for person, names in ((here.manager, ["A", "B"]), (other, ["C", "D"]), (other, ["E", "D"])):
        with history.acting(staff=person):
            for name in names:
                bay.name = name
                bay.save()
    assert [(change.who, *lines(change).values()) for change in told(here)] == [
        (str(here.manager), (before, "B")),
        (str(other), ("B", "D")),
    ]


def test_passwords_are_never_in_it(here: Here) -> None:
    person = StaffUser.objects.create_user("nuovo@rossi.example", "una password lunga", role="mechanic")
    with history.acting(staff=here.manager):
        person.set_password("un'altra password")
        person.first_name = "Ivo"
        person.save()
    text = " ".join(str(row.changes) for row in LogEntry.objects.all())
    assert "Ivo" in text
    assert "password" not in text
    assert person.password not in text


REGISTRY = reverse("admin:auditlog_logentry_changelist", urlconf="aros.urls_shop")


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, 2),
        ({"cosa": "bay"}, 1),
        ({"cosa": "shop"}, 1),
        ({"cosa": "nonsense"}, 2),
        ({"chi": "voice"}, 0),
        ({"chi": "system"}, 0),
        ({"chi": "x\x00"}, 0),
        ({"q": "Ponte"}, 1),
        ({"timestamp_from": "01/01/2020", "timestamp_to": "02/01/2020"}, 0),
    ],
)
def test_the_registry_is_searched(here: Here, asked: dict[str, str], found: int) -> None:
    rules(here)
    with history.acting(staff=here.manager):
        Bay.objects.filter(name="Ponte 1")[0].save()
        bay = Bay.objects.filter(name="Ponte 1")[0]
        bay.name = "Ponte uno"
        bay.save()
    response = here.desk.get(REGISTRY, asked)
    assert response.status_code in (200, 302, 404)
    if response.status_code == 200:
        assert len(response.context["cl"].result_list) == found


def test_the_registry_shows_words_and_costs_the_same_for_many(here: Here) -> None:
    def cost() -> int:
        with counted() as queries:
            page = here.desk.get(REGISTRY).content.decode()
        assert "nota per il cliente" in page
        counts = [each for each in map(str, queries) if "auditlog" in each and "count(" in each.lower()]
        assert all("LIMIT" in each for each in counts), counts
        return len(queries)

    def change(number: int) -> None:
        with history.acting(staff=here.manager):
            booking.promise(
                appointment=here.appointment, promised_at=None, customer_note=f"ricambio {number}"
            )
        with history.acting(staff=here.manager):
            row = Vehicle.objects.order_by("pk")[number]
            row.customer = factories.customer()
            row.save()

    change(0)
    here.desk.get(REGISTRY)
    few = cost()
    for number in range(1, 9):
        change(number)
    assert cost() <= few


def test_the_history_of_a_row(here: Here) -> None:
    by_staff(booking.start)(here)
    address = url(Appointment, "history", here.appointment.pk)
    page = here.desk.get(address).content.decode()
    assert "in lavorazione" in page
    assert str(here.manager) in page
    assert (
        here.desk.get(url(Appointment, "history", "00000000-0000-4000-8000-000000000000")).status_code == 404
    )
    assert here.desk.get(address, {"pagina": "999999999999"}).status_code == 200
    hours(here)
    shop_page = here.desk.get(reverse("admin:shop_history", urlconf="aros.urls_shop")).content.decode()
    assert "lunedì" in shop_page


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("receptionist", 403), ("mechanic", 403)])
def test_who_sees_the_registry(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, status: int
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(REGISTRY).status_code == status
    assert rossi_client.get(f"{REGISTRY}add/").status_code in (403, 404)
