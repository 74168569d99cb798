"""Lists as files for a spreadsheet: CSV as Italian Excel opens it, or XLSX.

What a customer wrote may begin like a formula and would run on the desk of whoever opens the file: such cells begin
with an apostrophe instead. A telephone in E.164 ("+393331234567") stays as it is: a plus sign before nothing but digits
can only be a number, and it has to be dialled and read back. Reading in (scheduling.importing) takes the apostrophe off.
"""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from tempfile import TemporaryFile
from typing import IO, Any

from django.db.models import Model
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

from scheduling.errors import SchedulingError
from scheduling.models import Appointment, Customer, Vehicle

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MOST_ROWS = 50_000
"""Of one file; Excel itself slows down there."""
CHUNK = 1000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "\u2212")
"""Also the wide signs, which some spreadsheets take for the plain ones."""
UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
E164 = re.compile(r"\+[0-9]{4,15}\Z")
Getter = Callable[[Any], Any]


class TooMany(SchedulingError):
    code = "too_many"
    text = _("Sono più di 50.000 righe: restringere l'elenco con i filtri ed esportare in più volte.")


@dataclass(frozen=True)
class Column:
    """A heading, and what stands under it."""

    title: Any
    value: Getter


def _owner(name: str) -> Getter:
    return lambda row: getattr(row.customer, name) if row.customer_id else ""


CUSTOMERS = (
    Column(_("Cognome"), lambda row: row.last_name),
    Column(_("Nome"), lambda row: row.first_name),
    Column(_("Telefono"), lambda row: row.phone),
    Column(_("E-mail"), lambda row: row.email),
    Column(_("Consenso privacy"), lambda row: _("sì") if row.gdpr_consent else _("no")),
    Column(_("Targhe"), lambda row: ", ".join(car.license_plate for car in row.vehicles.all())),
    Column(_("Note"), lambda row: row.notes),
    Column(_("Cliente dal"), lambda row: timezone.localdate(row.created_at)),
)
VEHICLES = (
    Column(_("Targa"), lambda row: row.license_plate),
    Column(_("Marca"), lambda row: row.make),
    Column(_("Modello"), lambda row: row.model),
    Column(_("Anno"), lambda row: row.year),
    Column(_("Alimentazione"), lambda row: row.get_fuel_display()),
    Column(_("Telaio"), lambda row: row.vin),
    Column(_("Km"), lambda row: row.mileage_km),
    Column(_("Immatricolazione"), lambda row: row.registered_on),
    Column(_("Ultima revisione"), lambda row: row.last_revision_on),
    Column(_("Prossima revisione"), lambda row: row.next_revision_on),
    Column(_("Ultimo tagliando"), lambda row: row.last_service_on),
    Column(_("Km ultimo tagliando"), lambda row: row.last_service_km),
    Column(_("Prossimo tagliando"), lambda row: row.next_service_on),
    Column(_("Cognome"), _owner("last_name")),
    Column(_("Nome"), _owner("first_name")),
    Column(_("Telefono"), _owner("phone")),
    Column(_("E-mail"), _owner("email")),
)
APPOINTMENTS = (
    Column(_("Codice"), lambda row: row.code),
    Column(_("Inizio"), lambda row: row.scheduled_at),
    Column(_("Fine"), lambda row: row.ends_at),
    Column(_("Stato"), lambda row: row.get_status_display()),
    Column(_("Servizio"), lambda row: row.service.name),
    Column(_("Postazione"), lambda row: row.bay.name),
    Column(_("Cognome"), _owner("last_name")),
    Column(_("Nome"), _owner("first_name")),
    Column(_("Telefono"), _owner("phone")),
    Column(_("Targa"), lambda row: row.vehicle.license_plate if row.vehicle_id else ""),
    Column(_("Veicolo"), lambda row: row.vehicle.label if row.vehicle_id else ""),
    Column(_("Preso da"), lambda row: row.get_source_display()),
    Column(_("Note"), lambda row: row.notes),
)
COLUMNS: dict[type[Model], Sequence[Column]] = {
    Customer: CUSTOMERS,
    Vehicle: VEHICLES,
    Appointment: APPOINTMENTS,
}
RELATED: dict[type[Model], tuple[str, ...]] = {
    Customer: (),
    Vehicle: ("customer",),
    Appointment: ("customer", "vehicle", "service", "bay"),
}
PREFETCHED: dict[type[Model], tuple[str, ...]] = {Customer: ("vehicles",), Vehicle: (), Appointment: ()}


def neutral(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    plain: str = ILLEGAL_CHARACTERS_RE.sub("", text)
    if E164.match(plain):
        return plain
    return f"'{plain}" if plain.startswith(FORMULA) or _bare(plain).startswith(FORMULA) else plain


def _bare(text: str) -> str:
    """Without blanks and signs that nobody sees at its beginning."""
    begins = next(
        (at for at, char in enumerate(text) if not char.isspace() and char not in UNSEEN), len(text)
    )
    return text[begins:]


def export(*, rows: Any, model: type[Model], kind: str) -> tuple[IO[bytes], int]:
    """A queryset of customers, vehicles or appointments as a file of `kind` (FORMATS), at its beginning; how many rows.

    The rows are fetched in batches and the file lies on the disk: memory does not grow with them. Raises TooMany.
    """
    rows = rows.select_related(*RELATED[model]).prefetch_related(*PREFETCHED[model])
    columns = COLUMNS[model]
    headings = [str(column.title) for column in columns]
    write = _write_xlsx if kind == "xlsx" else _write_csv
    return write(headings, _cells(rows.iterator(chunk_size=CHUNK), columns))


def _cells(rows: Iterable[Any], columns: Sequence[Column]) -> Iterator[list[Any]]:
    for number, row in enumerate(rows, start=1):
        if number > MOST_ROWS:
            raise TooMany
        yield [_plain(column.value(row)) for column in columns]


def _plain(value: Any) -> Any:
    """Numbers and local days as they are, everything else as text that is no formula."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return timezone.localtime(value).replace(tzinfo=None, second=0, microsecond=0)
    return value if isinstance(value, int | date) else neutral(str(value))


def _write_csv(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[IO[bytes], int]:
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="", write_through=True)
    writer = csv.writer(text, delimiter=";")
    writer.writerow(headings)
    count = 0
    for row in rows:
        writer.writerow([_as_text(value) for value in row])
        count += 1
    text.flush()
    text.detach()
    file.seek(0)
    return file, count


def _as_text(value: Any) -> Any:
    if isinstance(value, datetime):
        return f"{value:%d/%m/%Y %H:%M}"
    return f"{value:%d/%m/%Y}" if isinstance(value, date) else value


def _write_xlsx(headings: Sequence[str], rows: Iterable[Sequence[Any]]) -> tuple[IO[bytes], int]:
    book = Workbook(write_only=True)
    sheet = book.create_sheet("AROS")
    sheet.append(list(headings))
    count = 0
    for row in rows:
        sheet.append(list(row))
        count += 1
    file = TemporaryFile()  # noqa: SIM115 - the response closes it
    book.save(file)
    file.seek(0)
    return file, count
