"""Files of customers and cars: how they are read, matched, tried and written; and what is refused."""

import io
import zipfile
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.files.storage import default_storage
from django.utils import timezone
from openpyxl import Workbook

from scheduling.importing import cells, columns, keeping, reading, writing
from scheduling.importing.planning import Plan, Planner
from scheduling.models import Customer, Vehicle
from shops import history
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.queries import counted

NOVEMBER = datetime(2022, 11, 3)  # noqa: DTZ001 - as Excel has it
HEAD = "Cognome;Nome;Cellulare;Tel.;E-mail;Targa;Marca;Modello;Immatricolazione;Km;Telaio"
FILE = f"""{HEAD}
ROSSI;MARIO;333 12 34 567;;mario@example.it;ab 123 cd;Fiat;Panda;03/11/2022;120.000;
ROSSI;MARIO;+393331234567;;;EF456GH;Fiat;Tipo;11/2021;;
Nèri;Ada;;02 1234567;;;;;;;
;;;;;ZZ999ZZ;Lancia;Ypsilon;;;
"""


def table(text: str) -> reading.Table:
    return reading.read(text.encode())


def tried(text: str) -> Plan:
    read = table(text)
    return Planner(read, columns.match(read.headings)).run()


def written(text: str) -> Plan:
    read = table(text)
    return writing.write(table=read, mapping=columns.match(read.headings), name="clienti.csv")


def excel(rows: list[list[Any]]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


# --- reading -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_encodings_and_separators(encoding: str, separator: str) -> None:
    text = 'Cognome;Città\r\n"Nèri";"Forlì è bella"\r\n\r\nBianchì;"a\nb"\r\n'.replace(";", separator)
    read = reading.read(text.encode(encoding))
    assert read.headings == ["Cognome", "Città"]
    assert read.rows == [(2, ["Nèri", "Forlì è bella"]), (4, ["Bianchì", "a\nb"])]


def test_titles_above_the_headings_and_excels_own_first_line() -> None:
    read = table("sep=;\nElenco clienti al 1/1/2026\n\nCognome;Targa\nRossi;AB123CD\n")
    assert (read.headings, len(read.rows)) == (["Cognome", "Targa"], 1)


def test_nul_bytes_are_dropped() -> None:
    assert reading.read(b"Cognome;Nome\nRo\x00ssi;Ma\x00rio\n").rows == [(2, ["Rossi", "Mario"])]


def bomb(part: bytes, name: str = "xl/worksheets/sheet1.xml", times: int = 1) -> bytes:
    file = io.BytesIO()
    with (
        zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed,
        packed.open(name, "w", force_zip64=True) as out,
    ):
        for _time in range(times):
            out.write(part)
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "vuoto"),
        (b"  \n \n", "vuoto"),
        (b"Cognome;Nome\n", "nessuna riga"),
        (b"\x89PNG\r\n\x1a\n\x00\x01\x02\x03\x04\x05\x06\x07\x08" * 9, "non è un file csv"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 99, ".xls"),
        (b"PK\x03\x04" + b"x" * 99, "rovinato"),
        (b"x" * (reading.MAX_BYTES + 1), "10 mb"),
        (b"Cognome\n" + b"Rossi\n" * 20_011, "20.000 righe"),
        (b";".join(b"c" * 3 for _ in range(81)) + b"\nx\n", "80 colonne"),
        (b'Cognome\n"' + b"x" * 200_000, "virgoletta"),
        (bomb(b"0" * 1024 * 1024, times=210), "troppo grande"),
        (bomb(b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY a "b">]><x/>'), "istruzioni"),
    ],
)
def test_what_cannot_be_read_is_said(data: bytes, says: str) -> None:
    with pytest.raises(reading.Unreadable) as refused:
        reading.read(data)
    assert says in refused.value.message.lower()


def test_headings_of_italian_programs() -> None:
    known = columns.match(
        [
            "Cod.",
            "Ragione sociale",
            "Tel. cellulare",
            "Tel.",
            "E-Mail",
            "N° Targa",
            "Data imm.",
            "KM",
            "Telaio",
            "Tel.",
        ]
    )
    assert known == [
        "",
        "company",
        "mobile",
        "phone",
        "email",
        "license_plate",
        "registered_on",
        "mileage_km",
        "vin",
        "",
    ]


# --- cells ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "cell", "expected"),
    [
        ("phone", "333 12 34 567", ["+393331234567"]),
        ("phone", 3331234567.0, ["+393331234567"]),
        ("phone", "3.331234567E+09", ["+393331234567"]),
        ("phone", "393331234567", ["+393331234567"]),
        ("phone", "'+393331234567", ["+393331234567"]),
        ("phone", 212345678, ["+390212345678"]),
        ("phone", "02/12345678", ["+390212345678"]),
        ("phone", "333 1234567 / 02 12345678", ["+393331234567", "+390212345678"]),
        ("phone", "+41 44 668 18 00", ["+41446681800"]),
        ("phone", "-", []),
        ("day", NOVEMBER, date(2022, 11, 3)),
        ("day", 44868, date(2022, 11, 3)),
        ("day", "44868", date(2022, 11, 3)),
        ("day", "3/11/2022 00:00:00", date(2022, 11, 3)),
        ("day", "03.11.99", date(1999, 11, 3)),
        ("day", "2022-11-03T00:00:00", date(2022, 11, 3)),
        ("day", "11/2022", date(2022, 11, 1)),
        ("number", "120.000 km", 120_000),
        ("number", "1.234.567", 1_234_567),
        ("number", 99999.6, 100_000),
        ("name", "DE LUCA", "De Luca"),
        ("name", "D'ANGELO", "D'Angelo"),
        ("name", "McGregor", "McGregor"),
        ("plate", "ab-123 cd", "AB123CD"),
        ("plate", "MI 1A2345", "MI1A2345"),
        ("fuel", "Benz./GPL", "lpg"),
        ("fuel", "GASOLIO", "diesel"),
        ("fuel", "boh", ""),
        ("year", 2019.0, 2019),
        ("text", "'=SUM(A1)", "=SUM(A1)"),
    ],
)
def test_cells(kind: str, cell: Any, expected: Any) -> None:
    assert cells.read(kind, cell) == expected


@pytest.mark.parametrize(
    ("kind", "cell", "says"),
    [
        ("phone", "3.3312E+09", "Excel ha abbreviato"),
        ("phone", "33", "non è un numero di telefono"),
        ("phone", "333 1234567 / 33", "«33»"),
        ("phone", -5, "non è un numero di telefono"),
        ("phone", True, "non è un numero di telefono"),
        ("email", "mario@", "non è un indirizzo"),
        ("plate", "X", "AB 123 CD"),
        ("vin", "ABC", "17 caratteri"),
        ("day", "31/02/2020", "31/12/2026"),
        ("day", "1/1/2099", "non è plausibile"),
        ("day", float("nan"), "non è una data"),
        ("number", "tanti", "non è un numero"),
        ("number", float("inf"), "non è un numero"),
        ("number", "99999999999", "plausibile"),
        ("year", "19", "non è un anno"),
    ],
)
def test_wrong_cells_say_what_to_do(kind: str, cell: Any, says: str) -> None:
    with pytest.raises(cells.Wrong, match=says):
        cells.read(kind, cell)


# --- trying and writing --------------------------------------------------------------------------------------------


def test_a_file_of_both_is_written_once(in_rossi: Shop, manager: StaffUser) -> None:
    before = tried(FILE)
    assert (len(before.made(before.customers)), len(before.made(before.vehicles)), before.problems) == (
        2,
        3,
        [],
    )
    assert not Customer.objects.exists()
    with history.acting(staff=manager):
        written(FILE)
    mario = Customer.objects.get(phone="+393331234567")
    assert (mario.full_name, mario.email) == ("Mario Rossi", "mario@example.it")
    assert {car.license_plate for car in mario.vehicles.all()} == {"AB123CD", "EF456GH"}
    panda = Vehicle.objects.get(license_plate="AB123CD")
    assert (panda.mileage_km, panda.registered_on, panda.next_revision_on) == (
        120_000,
        date(2022, 11, 3),
        date(2026, 11, 30),
    )
    assert str(Customer.objects.get(first_name="Ada").phone) == "+39021234567"
    assert Vehicle.objects.get(license_plate="ZZ999ZZ").customer_id is None
    assert LogEntry.objects.get(object_pk=str(mario.pk)).changes == {"importazione": ["", "clienti.csv"]}
    whole = LogEntry.objects.get(object_pk=str(manager.pk), changes__has_key="importazione")
    assert "4 righe, 2 clienti e 3 veicoli nuovi" in whole.changes["importazione"][1]
    # The same file once more.
    entries = LogEntry.objects.exclude(object_pk=str(manager.pk)).count()
    again = written(FILE)
    assert not [*again.new, *again.changed(again.customers), *again.changed(again.vehicles)]
    assert LogEntry.objects.exclude(object_pk=str(manager.pk)).count() == entries
    assert (Customer.objects.count(), Vehicle.objects.count()) == (2, 3)


def test_filled_cells_replace_empty_ones_do_not_and_nothing_goes_back(
    in_rossi: Shop, manager: StaffUser
) -> None:
    who = factories.customer(
        first_name="Mario", last_name="Rossi", phone="+393331234567", email="m@example.it", notes="n"
    )
    car = factories.vehicle(
        who, license_plate="AB123CD", mileage_km=100_000, last_service_on=date(2026, 5, 1)
    )
    with history.acting(staff=manager):
        written(
            "Cognome;Nome;Cellulare;E-mail;Targa;Modello;Km;Ultimo tagliando;Note\n"
            "ROSSI;MARIO;3331234567;;AB123CD;Panda Cross;90000;1/5/2025;Cane in auto\n"
            "Rossi;Mario;3339876543;nuova@example.it;AB123CD;;110000;;\n"
        )
    who.refresh_from_db()
    car.refresh_from_db()
    assert (str(who.phone), who.email, who.full_name) == ("+393331234567", "nuova@example.it", "Mario Rossi")
    assert who.notes.splitlines() == ["n", "Cane in auto", "Altro telefono: +393339876543"]
    assert (car.model, car.mileage_km, car.last_service_on) == ("Panda Cross", 110_000, date(2026, 5, 1))
    noted = LogEntry.objects.get(object_pk=str(car.pk))
    assert noted.changes == {"model": ["Panda", "Panda Cross"], "mileage_km": ["100000", "110000"]}
    assert noted.actor_id == manager.pk


def test_who_a_row_speaks_of(in_rossi: Shop) -> None:
    called = factories.customer(first_name="Gino", last_name="Blu", phone="+393330000001")
    called.identities.create(channel="voice", external_id="+390212345678", verified=True)
    namesake = factories.customer(first_name="Ada", last_name="Neri", phone="+393330000002")
    silent = factories.customer(first_name="Ugo", last_name="Verdi", phone=None)
    plan = tried(
        "Nominativo;Telefono;Targa\n"
        "BLU GINO;02 12345678;AA111AA\nNeri Ada;;BB222BB\nVerdi Ugo;;CC333CC\nUgo Verdi;;DD444DD\n"
    )
    cars = {car.license_plate: car.customer_id for car in plan.vehicles.values()}
    assert cars["AA111AA"] == called.pk
    assert cars["BB222BB"] != namesake.pk  # whoever has a telephone is not known by the name alone
    assert (cars["CC333CC"], cars["DD444DD"]) == (silent.pk, silent.pk)
    assert len(plan.made(plan.customers)) == 1


def test_problems_by_row_in_words(in_rossi: Shop) -> None:
    for _time in range(2):
        factories.customer(first_name="Ugo", last_name="Verdi", phone=None)
    plan = tried(
        f"{HEAD}\n"
        "Rossi;Mario;33;;mario@;AB123CD;;;;;\n"
        "Neri;Ada;3330000001;;;EF456GH;;;;;\n"
        "Blu;Gino;3330000002;;;EF456GH;;;;;\n"
        ";;;;;;Fiat;Panda;;;\n"
        "Verdi;Ugo;;;;;;;;;\n"
    )
    told = [(each.row, each.column, each.text[:34]) for each in plan.problems]
    assert told == [
        (2, "Cellulare", "«33» non è un numero di telefono: "),
        (2, "E-mail", "«mario@» non è un indirizzo e-mail"),
        (4, "", "la targa EF456GH è già alla riga 3"),
        (5, "", "manca chi è: serve almeno un nome,"),
        (6, "", "ci sono più clienti con questo nom"),
    ]
    assert [row.full_name for row in plan.made(plan.customers)] == ["Ada Neri"]


def test_a_sold_car_changes_hands_and_the_archived_stay_away(in_rossi: Shop) -> None:
    seller = factories.customer(first_name="Ada", last_name="Neri", archived_at=timezone.now())
    car = factories.vehicle(seller, license_plate="AB123CD")
    written("Cognome;Nome;Cellulare;Targa\nRossi;Mario;3331234567;AB123CD\n")
    car.refresh_from_db()
    assert car.customer is not None
    assert car.customer.last_name == "Rossi"
    written(f"Cognome;Nome;Cellulare\nNeri;Ada;{seller.phone}\n")
    seller.refresh_from_db()
    assert seller.archived_at is not None
    assert Customer.objects.count() == 2


def test_excels_dates_and_numbers(in_rossi: Shop) -> None:
    data = excel(
        [
            ["Elenco"],
            ["Cognome", "Cellulare", "Targa", "Immatricolazione", "Km"],
            ["Rossi", 3331234567, "AB123CD", NOVEMBER, 120000.0],
            ["Neri", "3.3312E+09", "", None, None],
        ]
    )
    read = reading.read(data)
    plan = Planner(read, columns.match(read.headings)).run()
    assert [(each.row, each.column) for each in plan.problems] == [(4, "Cellulare")]
    (car,) = plan.vehicles.values()
    assert (car.registered_on, car.mileage_km) == (date(2022, 11, 3), 120_000)
    (who,) = plan.customers.values()
    assert who.phone == "+393331234567"


def test_more_rows_do_not_cost_more_queries(in_rossi: Shop) -> None:
    def cost(rows: int) -> int:
        lines = "".join(f"Cognome{n};Nome;33300{n:05d};AA{n:05d}\n" for n in range(rows))
        with counted() as queries:
            tried(f"Cognome;Nome;Cellulare;Targa\n{lines}")
        return len(queries)

    assert cost(3) == cost(1500)


def test_somebody_was_quicker(in_rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    who = factories.customer(first_name="Mario", last_name="Rossi")
    update = writing._update

    def slow(model: Any, changed: Any, *how: Any) -> None:
        if model is Customer:
            Customer.objects.filter(pk=who.pk).update(email="altra@example.it")
        update(model, changed, *how)

    monkeypatch.setattr(writing, "_update", slow)
    with pytest.raises(writing.Overtaken):
        written(f"Cellulare;E-mail;Targa\n{who.phone};nuova@example.it;AB123CD\n")
    assert not Vehicle.objects.filter(license_plate="AB123CD").exists()


# --- between the upload and the writing ----------------------------------------------------------------------------


def test_a_file_is_its_bringers_for_an_hour(in_rossi: Shop, manager: StaffUser) -> None:
    other = StaffUser.objects.create_user("luca@rossi.example", "una password lunga", role="manager")
    upload = keeping.keep(staff=manager, name="clienti.csv", data=FILE.encode())
    assert keeping.find(token=upload.token, staff=other) is None
    assert keeping.find(token="x" * 500, staff=manager) is None
    assert keeping.find(token="è\x00", staff=manager) is None
    assert default_storage.listdir("imports")[1] == [upload.token]
    keeping.begin(upload, writes=False)
    found = keeping.find(token=upload.token, staff=manager)
    assert found is not None
    assert (found.state, found.summary["customers"]["new"], Customer.objects.count()) == ("checked", 2, 0)
    with history.acting(staff=manager):
        keeping.begin(found, writes=True)
    assert (found.state, Customer.objects.count()) == ("done", 2)
    assert default_storage.listdir("imports")[1] == []


def test_files_nobody_came_back_for_are_deleted(in_rossi: Shop, manager: StaffUser, monkeypatch: Any) -> None:
    keeping.keep(staff=manager, name="clienti.csv", data=FILE.encode())
    assert keeping.sweep() == 0
    monkeypatch.setattr(keeping, "KEPT", timedelta(seconds=-1))
    assert keeping.sweep() == 1


def test_a_long_file_is_a_workers(
    transactional_db: None, in_rossi: Shop, manager: StaffUser, eager_tasks: None
) -> None:
    lines = "".join(f"Cognome{n};33300{n:05d}\n" for n in range(keeping.AT_ONCE + 1))
    upload = keeping.keep(staff=manager, name="clienti.csv", data=f"Cognome;Cellulare\n{lines}".encode())
    keeping.begin(upload, writes=True)
    found = keeping.find(token=upload.token, staff=manager)
    assert found is not None
    assert (found.state, found.summary["customers"]["new"]) == ("done", keeping.AT_ONCE + 1)
    assert LogEntry.objects.filter(actor_email=manager.email).count() == keeping.AT_ONCE + 2
