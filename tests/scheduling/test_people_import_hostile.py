"""Files that were made to do harm, and two people who import at the same moment."""

import io
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from time import process_time
from typing import Any

import pytest
from django.db import connection
from openpyxl import Workbook

from scheduling import exporting
from scheduling.importing import cells, columns, keeping, reading, writing
from scheduling.models import Customer, Vehicle
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories

WRITES = "Cognome;Nome;Cellulare;E-mail;Targa;Km\n"


def write(text: str) -> None:
    read = reading.read(text.encode())
    writing.write(table=read, mapping=columns.match(read.headings), name="clienti.csv")


@contextmanager
def just_before_lock_of(table: str, change: Callable[[], Any]) -> Iterator[None]:
    """Somebody else is quicker: `change` happens right before rows of the table are locked."""
    done = False

    def wrapper(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        nonlocal done
        if f'FROM "{table}"' in str(sql) and "FOR NO KEY UPDATE" in str(sql) and not done:
            done = True
            change()
        return execute(sql, params, many, context)

    with connection.execute_wrapper(wrapper):
        yield
    assert done


@pytest.mark.parametrize(
    ("kind", "cell"),
    [
        ("day", "²²²²²"),
        ("year", "²²²²"),
        ("number", "1E999999999"),  # a number with a thousand million digits
        ("number", "NaN"),
        ("number", "-Infinity"),
        ("number", "1" * 2000),
        ("phone", 10**400),
        ("phone", 1e300),
        ("phone", float("nan")),
        ("plate", "A1" * 500),
    ],
)
def test_cells_that_are_nothing_are_wrong_and_no_error(in_rossi: Shop, kind: str, cell: Any) -> None:
    with pytest.raises(cells.Wrong):
        cells.read(kind, cell)


@pytest.mark.parametrize("sign", ['"', "§", "x"])
def test_a_separator_that_is_none_is_not_taken(in_rossi: Shop, sign: str) -> None:
    read = reading.read(f"sep={sign}\nCognome;Targa\nRossi;AB123CD\n".encode())
    assert read.headings == ["Cognome", "Targa"]


def test_what_somebody_wrote_meanwhile_is_not_written_over(in_rossi: Shop) -> None:
    """The file brings an e-mail address; while it is compared a colleague writes a note."""
    row = factories.customer(phone="+393331112223", email="", notes="")

    def note() -> None:
        Customer.objects.filter(pk=row.pk).update(notes="Paga in ritardo")

    with just_before_lock_of("scheduling_customer", note), pytest.raises(writing.Overtaken):
        write(f"{WRITES}Bianchi;Maria;3331112223;maria@example.it;;\n")


def test_a_car_does_not_go_back_to_who_was_merged_meanwhile(in_rossi: Shop) -> None:
    """The file brings kilometres; while it is compared the car's owner is merged into somebody."""
    old, kept = factories.customer(), factories.customer()
    car = factories.vehicle(old, license_plate="AB123CD", mileage_km=10)

    def merged() -> None:
        Vehicle.objects.filter(pk=car.pk).update(customer=kept)

    with just_before_lock_of("scheduling_vehicle", merged), pytest.raises(writing.Overtaken):
        write(f"{WRITES};;;;AB123CD;90000\n")


def test_nobody_who_was_merged_meanwhile_is_written_to(in_rossi: Shop) -> None:
    row, kept = factories.customer(phone="+393331112223", email=""), factories.customer()

    def merged() -> None:
        Customer.objects.filter(pk=row.pk).update(merged_into=kept)

    with just_before_lock_of("scheduling_customer", merged), pytest.raises(writing.Overtaken):
        write(f"{WRITES}Bianchi;Maria;3331112223;maria@example.it;;\n")


def test_pressed_twice_at_once_it_is_written_once(in_rossi: Shop, manager: StaffUser) -> None:
    before = Customer.objects.count()
    upload = keeping.keep(staff=manager, name="a.csv", data=f"{WRITES}Vanoni;Ornella;;;;\n".encode())
    keeping.begin(upload, writes=False)
    first, second = (keeping.find(token=upload.token, staff=manager) for _press in range(2))
    assert first
    assert second
    keeping.begin(first, writes=True)
    keeping.begin(second, writes=True)
    now = keeping.find(token=upload.token, staff=manager)
    assert now
    assert (now.state, now.summary["customers"]["new"]) == ("done", 1)
    assert Customer.objects.count() == before + 1


def packed(part: str, old: bytes, new: bytes) -> bytes:
    """A small Excel file in one part of which something was put."""
    book = Workbook()
    book.active.append(["Cognome", "Targa"])
    book.active.append(["Rossi", "AB123CD"])
    plain, made = io.BytesIO(), io.BytesIO()
    book.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as target:
        for each in source.namelist():
            content = source.read(each)
            target.writestr(each, content.replace(old, new, 1) if each == part else content)
    return made.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


@pytest.mark.parametrize(
    ("part", "old", "new"),
    [
        (SHEET, b"</sheetData>", b"<row>" + b"<c/>" * 5_000_000 + b"</row></sheetData>"),
        (SHEET, b"</sheetData>", b"<row/>" * 5_000_000 + b"</sheetData>"),
        (SHEET, b"<sheetData>", b'<x a="" b="" c=""/>' * 1_500_000 + b"<sheetData>"),
        ("xl/styles.xml", b"<cellXfs", b"<cellXfs>" + b"<xf/>" * 300_000 + b"</cellXfs><cellXfs"),
    ],
)
def test_a_small_file_that_holds_millions_of_things_is_not_opened(
    in_rossi: Shop, part: str, old: bytes, new: bytes
) -> None:
    data = packed(part, old, new)
    assert len(data) < 1024 * 1024
    began = process_time()
    with pytest.raises(reading.Unreadable, match="troppo grande"):
        reading.read(data)
    assert process_time() - began < 2


def test_definitions_far_down_are_found(in_rossi: Shop) -> None:
    late = b"<!--" + b"x" * 5000 + b'--><!DOCTYPE lolz [<!ENTITY a "b">]><worksheet'
    with pytest.raises(reading.Unreadable, match="istruzioni"):
        reading.read(packed(SHEET, b"<worksheet", late))


def test_an_ordinary_file_is_opened(in_rossi: Shop) -> None:
    assert len(reading.read(packed("", b"", b"")).rows) == 1


@pytest.mark.parametrize(
    "start", ["=", " =", "\u200b=", "\ufeff@", "\xa0+", "\uff1d", "\uff0b", "\t\u200b-", "\r\n="]
)
def test_no_cell_of_an_export_begins_like_a_formula(start: str) -> None:
    assert exporting.neutral(f'{start}HYPERLINK("http://x")').startswith("'")
    assert exporting.neutral("+393331112223") == "+393331112223"
