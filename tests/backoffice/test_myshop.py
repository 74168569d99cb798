"""La mia officina: what is changed there holds at the next call."""

import json
from datetime import time, timedelta
from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format

from receptionist.models import AIConfig
from scheduling import booking, week
from scheduling.models import Appointment, Bay, Closure, OpeningHours, Service
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.desk import Desk, Login, existing, next_opening, url, worker
from tests.scheduling.queries import counted

SECRET = "the secret of these calls"
HUB, HOURS, MATRIX, MISFITS = (
    reverse(f"admin:{name}", urlconf="aros.urls_shop")
    for name in ("my_shop", "hours", "who_does_what", "out_of_hours")
)
RULES = reverse("admin:scheduling_rules", urlconf="aros.urls_shop")


@pytest.fixture
def vapi(settings: Any) -> None:
    settings.VAPI_WEBHOOK_SECRETS = [SECRET]


def webhook(**message: Any) -> dict[str, Any]:
    """What Vapi sends for a call on the first shop's line, and the answer."""
    shop = connection.tenant
    call = {"id": "call-e", "phoneNumberId": "line-rossi", "customer": {"number": "+393335550001"}}
    answer = Client(SERVER_NAME="localhost").post(
        "/api/vapi/webhook",
        json.dumps({"message": {"call": call, **message}}),
        content_type="application/json",
        headers={"X-Vapi-Secret": SECRET},
    )
    connection.set_tenant(shop)
    assert answer.status_code == 200, answer.content
    return dict(answer.json())


def said(name: str, number: int, **arguments: Any) -> str:
    """What a tool answers over the telephone."""
    tool = {"id": f"tool-{number}", "type": "function", "function": {"name": name, "arguments": arguments}}
    return str(webhook(type="tool-calls", toolCallList=[tool])["results"][0]["result"])


def assistant() -> dict[str, Any]:
    """The assistant that the next call gets."""
    return dict(webhook(type="assistant-request")["assistant"])


def sent(hours: list[list[tuple[str, str]]], **values: str) -> dict[str, str]:
    """What the page of the week sends."""
    data = {"seen": week.mark(week.current())}
    for number, day in enumerate(hours):
        if not day:
            data[f"closed-{number}"] = "on"
        for index, (opens, closes) in enumerate(day):
            data |= {f"opens-{number}-{index}": opens, f"closes-{number}-{index}": closes}
    return data | values


USUAL = [[("08:00", "12:30"), ("14:00", "18:30")]] * 5 + [[("08:00", "12:00")], []]


def told(response: Any) -> str:
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def test_the_hours_are_seen_by_the_next_check_of_availability(desk: Desk, vapi: None) -> None:
    Appointment.objects.all().delete()
    day = next_opening(5).date()
    asked = {"service": "tagliando", "date_from": f"{day:%Y-%m-%d}", "date_to": f"{day:%Y-%m-%d}"}
    early = said("check_availability", 1, **asked)
    evening = [
        [("19:00", "23:00")] if number == day.weekday() else hours for number, hours in enumerate(USUAL)
    ]
    response = desk.post(HOURS, sent(evening))
    assert response.status_code == 302
    late = said("check_availability", 2, **asked)
    assert early != late
    assert "19" in late or "diciannove" in late or "sette di sera" in late


def test_the_greeting_is_in_the_next_assistant(desk: Desk, vapi: None) -> None:
    config = AIConfig.load()
    address = reverse("admin:receptionist_aiconfig_change", args=[config.pk], urlconf="aros.urls_shop")
    before = assistant()
    form = desk.get(address).context["adminform"].form
    data: dict[str, Any] = {}
    for bound in form:
        value = bound.value()
        if value is True:
            data[bound.html_name] = "on"
        elif value not in (None, False) and bound.name != "faq":
            data[bound.html_name] = value if isinstance(value, list) else str(value)
    data |= {
        "greeting": "Buongiorno, qui da Rossi.",
        "languages": ["it", "en"],
        "faq-domanda": ["Fate la convergenza?", ""],
        "faq-risposta": ["Sì, su prenotazione.", ""],
        "transfer_number": "340 1234567",
    }
    response = desk.post(address, data)
    assert response.status_code == 302, response.context["adminform"].form.errors
    after = assistant()
    assert "qui da Rossi" not in before["firstMessage"]
    assert after["firstMessage"].startswith("Buongiorno, qui da Rossi.")
    assert "intelligenza artificiale" in after["firstMessage"]
    assert "Fate la convergenza?" in after["model"]["messages"][0]["content"]
    assert after["transcriber"]["language"] == "multi"


def test_the_words_of_a_service_match_at_the_next_call(desk: Desk, vapi: None) -> None:
    Appointment.objects.all().delete()
    row = Service.objects.get(name="Diagnosi")
    before = said("check_availability", 1, service="sbrindolatura")
    data = {
        "name": row.name,
        "words": "sbrindolatura",
        "duration_minutes": "60",
        "bays": [str(bay.pk) for bay in Bay.objects.all()],
        "confirmed_by": "ai",
        "is_active": "on",
        "position": "0",
        "description": "",
        "preparation": "",
        "price_from": "",
        "most_a_day": "",
    }
    assert desk.post(url(Service, "change", row.pk), data).status_code == 302
    after = said("check_availability", 2, service="sbrindolatura")
    assert before != after
    assert "iagnosi" in after


def test_a_service_without_a_bay_is_no_longer_offered(desk: Desk, vapi: None) -> None:
    Appointment.objects.all().delete()
    row = Service.objects.get(name="Diagnosi")
    data = {
        f"can-{service.pk}-{bay.pk}": "on"
        for service in Service.objects.exclude(pk=row.pk)
        for bay in service.bays.all()
    }
    before = said("check_availability", 1, service="diagnosi")
    response = desk.post(MATRIX, data)
    assert "Diagnosi" in told(response)
    assert said("check_availability", 2, service="diagnosi") != before
    assert not row.bays.exists()
    assert "non si prenota" in desk.get(MATRIX).content.decode()
    assert "Nessuna postazione" in desk.get(HUB).content.decode()


def test_the_matrix_names_a_bays_mechanic_and_keeps_bays_out_of_use(desk: Desk, manager: StaffUser) -> None:
    bay = Bay.objects.order_by("pk")[0]
    hidden = factories.bay("Fuori uso", is_active=False)
    service = Service.objects.get(name="Diagnosi")
    service.bays.add(hidden)
    data = {f"can-{service.pk}-{bay.pk}": "on", f"mechanic-{bay.pk}": str(manager.pk)}
    assert desk.post(MATRIX, data).status_code == 302
    bay.refresh_from_db()
    assert bay.mechanic == manager
    assert set(service.bays.all()) == {bay, hidden}
    assert desk.post(MATRIX, {f"mechanic-{bay.pk}": "no-such-person\x00"}).status_code == 302
    bay.refresh_from_db()
    assert bay.mechanic is None


def test_the_rules_hold_at_the_next_call(desk: Desk, vapi: None) -> None:
    Appointment.objects.all().delete()
    data = {
        "notice_minutes": str(60 * 24 * 20),
        "horizon_days": "60",
        "grid_minutes": "30",
        "buffer_minutes": "0",
        "drop_off_time": "",
        "most_morning": "",
        "most_afternoon": "",
        "afternoon_from": "13:00",
    }
    before = said("check_availability", 1, service="tagliando")
    assert desk.post(RULES, data).status_code == 302
    assert said("check_availability", 2, service="tagliando") != before


@pytest.mark.parametrize(
    ("monday", "words"),
    [
        ([("12:00", "08:00")], "finisce prima di cominciare"),
        ([("08:00", "13:00"), ("12:00", "18:00")], "si sovrappongono"),
        ([("08:00", "")], "Servono sia"),
        ([("08:00", "mezzodì")], "non è un&#x27;ora"),
        ([("", "")], "Scriva un orario"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_words(
    desk: Desk, monday: list[tuple[str, str]], words: str
) -> None:
    before = week.current()
    response = desk.post(HOURS, sent([monday, *USUAL[1:]]))
    assert response.status_code == 200
    assert words in response.content.decode()
    assert week.current() == before


def test_hours_that_somebody_else_changed_meanwhile_are_not_overwritten(desk: Desk) -> None:
    data = sent([[("09:00", "12:00")], *USUAL[1:]])
    OpeningHours.objects.filter(weekday=5).delete()
    response = desk.post(HOURS, data)
    assert response.status_code == 200
    assert "Intanto qualcun altro" in told(response)
    assert week.current()[0][0] == (time(8), time(12, 30))


def test_midnight_and_closed_days(desk: Desk) -> None:
    desk.post(HOURS, sent([[("18:00", "00:00")], *USUAL[1:5], [], []]))
    assert week.current()[0] == [(time(18), time(0))]
    assert week.current()[5] == []


def test_who_has_booked_and_is_now_outside_is_named(desk: Desk) -> None:
    row = existing()
    day = timezone.localtime(row.scheduled_at).weekday()
    later = [[("15:00", "18:00")] if number == day else hours for number, hours in enumerate(USUAL)]
    response = desk.post(HOURS, sent(later))
    assert "1 appuntamento" in told(response)
    assert MISFITS in told(response)
    assert row.customer.last_name in desk.get(MISFITS).content.decode()
    assert "1 appuntamento" in desk.get(HUB).content.decode()
    booking.cancel(appointment=row)
    assert row.customer.last_name not in desk.get(MISFITS).content.decode()


def test_a_closure_of_the_bay_puts_its_appointments_outside(desk: Desk) -> None:
    row = existing()
    day = timezone.localtime(row.scheduled_at).date()
    data = {
        "starts_on": f"{day:%d/%m/%Y}",
        "ends_on": f"{day:%d/%m/%Y}",
        "bay": str(row.bay_id),
        "reason": "Ponte rotto",
    }
    response = desk.post(url(Closure, "add"), data)
    assert "1 appuntamento cade" in told(response)
    assert row.code in desk.get(MISFITS).content.decode()


def test_the_hub_names_the_closures_that_come_also_those_of_every_year(desk: Desk) -> None:
    Closure.objects.all().delete()
    assert "Nessuna chiusura in vista" in desk.get(HUB).content.decode()
    day = timezone.localdate() + timedelta(days=10)
    years_ago = day.replace(year=day.year - 4, day=min(day.day, 28))
    Closure.objects.create(reason="Patrono", starts_on=years_ago, ends_on=years_ago, every_year=True)
    Closure.objects.create(reason="Passata", starts_on=years_ago, ends_on=years_ago)
    body = desk.get(HUB).content.decode()
    assert f"Patrono: {date_format(years_ago, 'j F').lower()}" in body
    assert "Passata" not in body
    assert "Nessuna chiusura in vista" not in body


def test_what_has_appointments_is_switched_off_not_deleted(desk: Desk) -> None:
    row = existing()
    for model, pk, words in ((Service, row.service_id, "prenotabile"), (Bay, row.bay_id, "in uso")):
        page = desk.get(url(model, "change", pk))
        assert words in told(page)
        assert desk.post(url(model, "delete", pk), {"post": "yes"}).status_code == 403
        sent_ = {"action": "switch_off", "_selected_action": [str(pk)]}
        assert desk.post(url(model, "changelist"), sent_).status_code == 302
        assert not model._default_manager.get(pk=pk).is_active
        everything = {"action": "delete_selected", "_selected_action": [str(pk)], "post": "yes"}
        desk.post(url(model, "changelist"), everything)
        assert model._default_manager.filter(pk=pk).exists()
    unused = factories.service("Mai usato")
    assert desk.post(url(Service, "delete", unused.pk), {"post": "yes"}).status_code == 302
    assert not Service.objects.filter(pk=unused.pk).exists()


@pytest.mark.parametrize("page", [HUB, HOURS, MATRIX, MISFITS])
def test_pages_cost_the_same_for_little_and_for_much(desk: Desk, page: str) -> None:
    def cost() -> int:
        with counted() as queries:
            assert desk.get(page).status_code == 200
        return len(queries)

    Appointment.objects.all().delete()
    start = next_opening(3)
    factories.appointment(start.replace(hour=21), service=Service.objects.get(name="Diagnosi"))
    desk.get(page)
    few = cost()
    for number in range(8):
        bay = factories.bay()
        factories.service()
        factories.closure((start + timedelta(days=30 + number)).date())
        factories.appointment(start.replace(hour=20), bay=bay)
    assert cost() <= few


@pytest.mark.parametrize(("role", "status"), [("manager", 200), ("receptionist", 403), ("mechanic", 403)])
@pytest.mark.parametrize("page", [HUB, HOURS, MATRIX])
def test_who_configures_the_shop(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, status: int, page: str
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert rossi_client.get(page).status_code == status
    assert rossi_client.post(page, {}).status_code in ((200, 302) if status == 200 else (403,))
