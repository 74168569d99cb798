"""A table out of a file that somebody uploaded: CSV in whatever encoding and with whatever separator, or XLSX.

The file is not to be trusted: its size, its unpacked size, its rows and columns are bounded, and whatever is wrong with
it ends in Unreadable with a sentence.
"""

import codecs
import csv
import io
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import IO, Any

from django.utils.translation import gettext as _
from openpyxl import load_workbook

from scheduling.errors import SchedulingError
from scheduling.importing import columns

MAX_BYTES = 10 * 1024 * 1024
MAX_UNPACKED = 100 * 1024 * 1024
MAX_PARTS = 500
MAX_TAGS = 4_000_000
MAX_ROW_TAGS = 70_000
"""A row of Excel has at most 16,384 cells."""
MAX_STYLES = 200_000
"""Tags of a part that holds no data."""
MAX_ROWS = 20_000
MAX_COLUMNS = 80
MAX_CELL = 2000
HEADING_IN = 10
"""Programs put titles above the headings: they are looked for in so many rows."""
SHEETS = "xl/worksheets/"
PIECE = 1024 * 1024
FORBIDDEN = (b"<!DOCTYPE", b"<!ENTITY", b"<\x00!\x00", b"\x00<\x00!")
"""XML that defines things of its own, also in two bytes a letter."""
LONGEST_MARK = 9
ZIP, OLE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
SEPARATORS = ";\t,|"
CONTROL = {chr(code) for code in range(32)} - set("\t\r\n\f\v\x1a\x00")


class Unreadable(SchedulingError):
    """The file cannot be read; the text says why and what to do."""

    code = "unreadable"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.said = text

    @property
    def message(self) -> str:
        return self.said


@dataclass(frozen=True)
class Table:
    """Headings, and the rows below with their number in the file (the first row is 1). Empty rows are left out."""

    headings: list[str]
    rows: list[tuple[int, list[Any]]]


def read(data: bytes) -> Table:
    """The table in the file. Raises Unreadable."""
    if len(data) > MAX_BYTES:
        raise Unreadable(_("Il file supera i 10 MB: dividerlo in più file."))
    if not data.strip():
        raise Unreadable(_("Il file è vuoto."))
    if data.startswith(OLE):
        raise Unreadable(
            _(
                "È un vecchio file .xls, o è protetto da password: salvarlo come .xlsx o come CSV, senza password."
            )
        )
    lines = _excel(data) if data.startswith(ZIP) else _csv(data)
    return _table(lines)


def _table(lines: Iterable[Sequence[Any]]) -> Table:
    kept = [
        (number, row)
        for number, row in enumerate(_trimmed(lines), start=1)
        if any(_full(cell) for cell in row)
    ]
    if not kept:
        raise Unreadable(_("Nel file non c'è nessuna riga."))
    at = max(
        range(min(len(kept), HEADING_IN)), key=lambda index: (columns.recognised(kept[index][1]), -index)
    )
    headings = [str(cell or "").strip()[:80] for cell in kept[at][1]]
    rows = kept[at + 1 :]
    if not rows:
        raise Unreadable(_("Sotto le intestazioni non c'è nessuna riga."))
    width = max(len(headings), *(len(row) for _number, row in rows))
    return Table(
        headings + [""] * (width - len(headings)),
        [(number, [*row, *[None] * (width - len(row))]) for number, row in rows],
    )


def _trimmed(lines: Iterable[Sequence[Any]]) -> Iterator[list[Any]]:
    """Without cells beyond the last full one; bounded."""
    full = 0
    for line in lines:
        row = [_clean(cell) for cell in line]
        while row and not _full(row[-1]):
            row.pop()
        if len(row) > MAX_COLUMNS:
            raise Unreadable(_("Ci sono più di 80 colonne: lasciare solo quelle che servono."))
        full += bool(row)
        if full > MAX_ROWS + HEADING_IN:
            raise Unreadable(_("Ci sono più di 20.000 righe: dividere il file in più parti."))
        yield row


def _clean(cell: Any) -> Any:
    return cell.replace("\x00", "").strip()[:MAX_CELL] if isinstance(cell, str) else cell


def _full(cell: Any) -> bool:
    return cell is not None and cell != ""


# --- CSV -----------------------------------------------------------------------------------------------------------


def _csv(data: bytes) -> Iterator[list[str]]:
    text = _decoded(data)
    sample = text[:4096]
    if sum(char in CONTROL for char in sample) > len(sample) / 50:
        raise Unreadable(_("Non è un file CSV né Excel (.xlsx)."))
    first = next((line for line in text.splitlines() if line.strip()), "")
    separator = ""
    if first.lower().startswith("sep=") and len(first.strip()) == 5:
        text = text.split("\n", 1)[-1]
        separator = sign if (sign := first.strip()[4]) in SEPARATORS else ""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator or _separator(sample))
    try:
        yield from reader
    except csv.Error as error:
        raise Unreadable(
            _("Il file non si legge dalla riga %(row)d in poi: forse manca una virgoletta.")
            % {"row": reader.line_num}
        ) from error


def _decoded(data: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if data.startswith(mark):
            return data.decode(encoding, errors="replace")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


def _separator(sample: str) -> str:
    """The one that most lines have most of."""
    lines = [line for line in sample.splitlines() if line.strip()][:HEADING_IN]
    return max(
        SEPARATORS, key=lambda sign: (sum(line.count(sign) for line in lines), -SEPARATORS.index(sign))
    )


# --- XLSX ----------------------------------------------------------------------------------------------------------


def _excel(data: bytes) -> Iterator[Sequence[Any]]:
    try:
        _refuse_bombs(data)
        book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        sheets = [sheet for sheet in book.worksheets if sheet.sheet_state == "visible"]
        if not sheets:
            raise Unreadable(_("Nel file Excel non c'è nessun foglio visibile."))
        # Columns beyond the bound are seen as one too many.
        yield from sheets[0].iter_rows(max_row=3 * MAX_ROWS, max_col=MAX_COLUMNS + 1, values_only=True)
    except Unreadable:
        raise
    except Exception as error:
        raise Unreadable(
            _("Il file Excel è rovinato: aprirlo con Excel, salvarlo di nuovo e riprovare.")
        ) from error


def _refuse_bombs(data: bytes) -> None:
    """What unpacks to far more than it is, or whose XML defines things of its own. Sizes that lie stop the reading.

    A few kilobytes can hold millions of empty cells or styles, each of which costs hundreds of bytes and microseconds
    once it is parsed: they are counted before anything is.
    """
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        parts = packed.infolist()
        if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNPACKED:
            raise _too_big()
        tags = attributes = 0
        for part in parts:
            if part.filename.endswith((".xml", ".rels")):
                with packed.open(part) as file:
                    found = _marks(file, is_sheet=SHEETS in part.filename)
                tags, attributes = tags + found[0], attributes + found[1]
                is_data = SHEETS in part.filename or part.filename.endswith("sharedStrings.xml")
                if tags > MAX_TAGS or attributes > MAX_TAGS or (found[0] > MAX_STYLES and not is_data):
                    raise _too_big()


def _marks(file: IO[bytes], *, is_sheet: bool) -> tuple[int, int]:
    """How many tags and attributes a part has. Raises Unreadable for definitions, and for a row that never ends."""
    tags = attributes = row = 0
    tail = b""
    while piece := file.read(PIECE):
        text = (tail + piece).upper()
        if any(each in text for each in FORBIDDEN):
            raise Unreadable(_("Il file Excel contiene istruzioni che non si accettano: salvarlo come CSV."))
        tail = piece[-LONGEST_MARK:]
        tags, attributes = tags + piece.count(b"<"), attributes + piece.count(b"=")
        before, *others = piece.split(b"</row>")
        row += before.count(b"<")
        for each in others:
            if row > MAX_ROW_TAGS and is_sheet:
                break
            row = each.count(b"<")
        if row > MAX_ROW_TAGS and is_sheet:
            raise _too_big()
    return tags, attributes


def _too_big() -> Unreadable:
    return Unreadable(_("Il file Excel è troppo grande da aprire: salvarlo come CSV."))
