"""Lists of customers and cars: what is put away, how people are found, what is taken away as a file and by whom."""

import csv
import io
from datetime import date
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.test import Client
from django.urls import reverse
from openpyxl import load_workbook

from scheduling import exporting, people
from scheduling.models import Appointment, Consent, Customer, Vehicle
from shops.models import Shop
from tests import factories
from tests.scheduling.desk import Desk, Login, errors, url, worker
from tests.scheduling.queries import counted

EMPTY = {f"{p}-{n}_FORMS": 0 for p in ("vehicles", "identities", "consents") for n in ("TOTAL", "INITIAL")}


def names(desk: Desk, model: Any, **query: str) -> set[str]:
    return {str(row) for row in desk.get(url(model, "changelist"), query).context["cl"].result_list}


def autocomplete(desk: Desk, term: str, model: str, field: str) -> list[str]:
    query = {"term": term, "app_label": "scheduling", "model_name": model, "field_name": field}
    answer = desk.get(reverse("admin:autocomplete", urlconf="aros.urls_shop"), query)
    return [row["text"] for row in answer.json()["results"]]


def export(desk: Client, model: Any, kind: str = "csv", query: str = "") -> Any:
    return desk.post(f"{url(model, 'export')}?{query}", {"format": kind})


def read_csv(response: Any) -> list[dict[str, str]]:
    text = b"".join(response.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text), delimiter=";"))


@pytest.mark.parametrize(
    "typed", ["333 12 34 567", "3331234567", "+39 333/1234567", "0039 333 1234567", "ab 123 cd", "AB-123-CD"]
)
def test_customers_are_found_in_any_spelling(desk: Desk, typed: str) -> None:
    who = factories.customer(first_name="Gino", last_name="Paoli", phone="+393331234567")
    factories.vehicle(who, license_plate="AB123CD")
    assert "Gino Paoli" in names(desk, Customer, q=typed)
    assert autocomplete(desk, typed, "appointment", "customer") == ["Gino Paoli"]
    assert names(desk, Vehicle, q=typed) == {"AB123CD Fiat Panda"}


@pytest.mark.parametrize("typed", ["333 12 34 567", "+39 333/1234567", "ab 123 cd", "AB-123 CD"])
def test_appointments_are_found_in_any_spelling(desk: Desk, typed: str) -> None:
    who = factories.customer(phone="+393331234567")
    car = factories.vehicle(who, license_plate="AB123CD")
    wanted = factories.appointment(factories.local(2027, 5, 4, 9), customer=who, vehicle=car)
    factories.appointment(factories.local(2027, 5, 4, 11))
    assert names(desk, Appointment, q=typed) == {str(wanted)}


def test_a_customer_nobody_could_find_again_is_refused(desk: Desk) -> None:
    given = {**EMPTY, "language": "it", "notes": "parla piano"}
    before = Customer.objects.count()

    assert "Scrivere almeno un nome" in str(errors(desk.post(url(Customer, "add"), given)))
    assert Customer.objects.count() == before
    assert desk.post(url(Customer, "add"), {**given, "email": "gino@paoli.example"}).status_code == 302


def test_a_customers_language_is_chosen_by_name_and_an_unusual_one_stays(desk: Desk) -> None:
    who = factories.customer(first_name="Jan", language="nl")

    page = desk.get(url(Customer, "change", who.pk)).content.decode()
    desk.post(url(Customer, "change", who.pk), {**EMPTY, "first_name": "Jan", "language": "nl"})

    who.refresh_from_db()
    assert "tedesco</option>" in page.lower()
    assert who.language == "nl"


def test_archived_are_out_of_lists_and_pickers_until_asked_for(desk: Desk) -> None:
    who = factories.customer(first_name="Gino", last_name="Paoli")
    car = factories.vehicle(who, license_plate="AB123CD")
    for model, row in ((Customer, who), (Vehicle, car)):
        desk.post(url(model, "changelist"), {"action": "archive", "_selected_action": [str(row.pk)]})
        row.refresh_from_db()
        assert row.archived_at is not None
        assert LogEntry.objects.filter(object_pk=str(row.pk), changes__has_key="archived_at").exists()
        assert str(row) not in names(desk, model, q="AB123CD")
        assert names(desk, model, archivio="archiviati") == {str(row)}
        assert str(row) in names(desk, model, archivio="tutti", q="AB123CD")
    assert autocomplete(desk, "Paoli", "appointment", "customer") == []
    assert autocomplete(desk, "ab 123 cd", "appointment", "vehicle") == []
    asked = {"action": "restore", "_selected_action": [str(who.pk)]}
    desk.post(f"{url(Customer, 'changelist')}?archivio=archiviati", asked)
    assert str(who) in names(desk, Customer, q="Paoli")


def test_nobody_deletes_customers_cars_and_consents(desk: Desk) -> None:
    who = Customer.objects.exclude(vehicles=None)[0]
    rows = (who, who.vehicles.all()[0], Consent.objects.all()[0])
    for row in rows:
        assert desk.post(url(type(row), "delete", row.pk), {"post": "yes"}).status_code == 403
        desk.post(
            url(type(row), "changelist"),
            {"action": "delete_selected", "_selected_action": [str(row.pk)], "post": "yes"},
        )
        assert type(row)._default_manager.filter(pk=row.pk).exists()
    car = who.vehicles.all()[0]
    data = {
        "first_name": "Ada",
        "last_name": "Neri",
        "language": "it",
        **EMPTY,
        "vehicles-TOTAL_FORMS": 1,
        "vehicles-INITIAL_FORMS": 1,
        "vehicles-0-id": str(car.pk),
        "vehicles-0-customer": str(who.pk),
        "vehicles-0-license_plate": "xx 111-yy",
        "vehicles-0-DELETE": "on",
    }
    assert desk.post(url(Customer, "change", who.pk), data).status_code == 302
    car.refresh_from_db()
    assert car.license_plate == "XX111YY"


@pytest.mark.parametrize(
    ("model", "data", "says"),
    [
        (Customer, {"phone": "33", "language": "it"}, "scriverlo come 333 1234567"),
        (Customer, {"phone": "+39 333\x00 1234567", "language": "it"}, "caratteri null"),
        (Vehicle, {"license_plate": "A1"}, "targa"),
        (Vehicle, {"license_plate": "AB123CD", "vin": "123"}, "17 caratteri"),
    ],
)
def test_what_is_typed_wrong_is_said(desk: Desk, model: Any, data: dict[str, str], says: str) -> None:
    assert says in errors(desk.post(url(model, "add"), {**data, **EMPTY}))


# --- files ---------------------------------------------------------------------------------------------------------


def test_the_file_is_what_the_list_shows(desk: Desk) -> None:
    Appointment.objects.all().delete()
    Customer.objects.all().delete()
    evil = '=HYPERLINK("http://x","y")'
    who = factories.customer(first_name=evil, last_name="Rossi", phone="+393331234567", notes="-2+3\tx")
    factories.vehicle(who, license_plate="AB123CD")
    factories.customer(first_name="Ada", last_name="Neri")
    people.archive(rows=[factories.customer(first_name="Via", last_name="Rossi")])
    rows = read_csv(export(desk, Customer, query="q=Rossi"))
    assert len(rows) == 1
    assert rows[0]["Nome"] == f"'{evil}"
    assert rows[0]["Note"] == "'-2+3\tx"
    assert rows[0]["Telefono"] == "+393331234567"
    assert rows[0]["Targhe"] == "AB123CD"
    assert [row["Nome"] for row in read_csv(export(desk, Customer, query="archivio=archiviati"))] == ["Via"]
    noted = LogEntry.objects.filter(changes__has_key="esportazione").latest("timestamp")
    assert "1 righe, CSV (archivio=archiviati)" in noted.changes["esportazione"][1]
    assert noted.actor_email == "anna@rossi.example"


def test_excel_has_real_days_and_no_formulas(desk: Desk) -> None:
    Appointment.objects.all().delete()
    Vehicle.objects.all().delete()
    factories.vehicle(
        factories.customer(last_name="@SUM(A1)"),
        registered_on=date(2022, 11, 3),
        model="+1-1",
        mileage_km=90_000,
    )
    response = export(desk, Vehicle, "xlsx")
    sheet = load_workbook(io.BytesIO(b"".join(response.streaming_content))).active
    assert sheet is not None
    head, row = list(sheet.iter_rows())
    cells = {str(title.value): cell for title, cell in zip(head, row, strict=True)}
    assert (cells["Modello"].value, cells["Cognome"].value) == ("'+1-1", "'@SUM(A1)")
    assert cells["Telefono"].data_type == "s"
    assert str(cells["Telefono"].value).startswith("+39333")
    assert (cells["Km"].value, cells["Prossima revisione"].is_date) == (90_000, True)


@pytest.mark.parametrize("model", [Customer, Vehicle, Appointment])
@pytest.mark.parametrize("role", ["manager", "receptionist", "mechanic"])
def test_only_who_answers_for_the_list_takes_it_away(
    rossi: Shop, rossi_client: Client, log_in: Login, role: str, model: Any
) -> None:
    worker(rossi, role, rossi_client, log_in)
    assert export(rossi_client, model).status_code == (200 if role == "manager" else 403)
    assert rossi_client.get(url(model, "export")).status_code == 405
    if role == "receptionist":
        assert url(model, "export") not in rossi_client.get(url(model, "changelist")).content.decode()


def test_a_long_list_costs_no_more_memory_nor_queries(desk: Desk) -> None:
    def cost() -> int:
        with counted() as queries:
            assert export(desk, Vehicle).status_code == 200
        return len(queries)

    few = cost()
    Vehicle.objects.bulk_create(
        Vehicle(license_plate=f"ZZ{number:05d}", customer=Customer.objects.all()[0]) for number in range(900)
    )
    assert cost() <= few


def test_too_long_a_list_is_refused(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exporting, "MOST_ROWS", 3)
    response = desk.post(url(Customer, "export"), {"format": "csv"}, follow=True)
    assert "restringere l'elenco" in response.content.decode().replace("&#x27;", "'")
