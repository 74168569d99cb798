"""The proof: every text of every table and every file of the shop is searched for strings that name somebody.

It asks the database which tables and columns there are, not the program, so that nothing is left out; tables of the
public schema that the shop may read are searched as the shop sees them.
"""

import base64
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

from django.contrib.sessions.models import Session
from django.core.files.storage import default_storage
from django.db import connection
from psycopg import sql

from receptionist.rights import terms
from shops.context import current_shop

MOST_OF_A_COLUMN = 50
PIECE = 1024 * 1024
OVERLAP = 512
LARGEST_UNPACKED = 64 * 1024 * 1024
SESSIONS = "django_session"
# Ordinary and partitioned tables that may be read, their columns that can hold words, and their key. Numbers, dates,
# ids and truth values cannot ("N", "D", "T", "B", "R" are PostgreSQL's categories of types).
_COLUMNS = """
SELECT n.nspname, c.relname, a.attname,
       coalesce((SELECT k.attname FROM pg_catalog.pg_index i
                   JOIN pg_catalog.pg_attribute k ON k.attrelid = c.oid AND k.attnum = i.indkey[0]
                  WHERE i.indrelid = c.oid AND i.indisprimary), '')
  FROM pg_catalog.pg_class c
  JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
  JOIN pg_catalog.pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
  JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
 WHERE n.nspname = ANY(%s) AND c.relkind IN ('r', 'p', 'm')
   AND t.typcategory NOT IN ('N', 'D', 'T', 'B', 'R') AND t.typname <> 'uuid'
   AND pg_catalog.has_column_privilege(c.oid, a.attnum, 'SELECT')
 ORDER BY 1, 2, a.attnum
"""


@dataclass(frozen=True, slots=True)
class Found:
    """Where a string stands: a table's column and row, or a file of the shop's store (`table` empty, `key` its name)."""

    schema: str
    table: str
    column: str
    key: str

    def __str__(self) -> str:
        return f"{self.table}.{self.column} {self.key}" if self.table else f"file {self.key}"


@dataclass(frozen=True, slots=True)
class Column:
    """A column that can hold words."""

    schema: str
    table: str
    name: str
    key: str


def look_for(texts: Iterable[str]) -> list[Found]:
    """Everywhere any of these strings stands, in any spelling (receptionist.rights.terms).

    Raises ValueError for a string that is too short to tell anybody. Reads every table and file of the current shop.
    """
    return look(terms.together(terms.pattern(each) for each in texts))


def look(pattern: str) -> list[Found]:
    """Everywhere the pattern finds something. "" finds nothing."""
    return [*in_tables(pattern), *in_files(pattern)] if pattern else []


def columns(tables: Sequence[str] | None = None) -> list[Column]:
    """Every column that can hold words, of the shop's schema and of what it sees of the public one. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_COLUMNS, [[current_shop().schema_name, "public"]])
        found = [Column(*row) for row in cursor.fetchall()]
    return [each for each in found if tables is None or each.table in tables]


def in_tables(pattern: str, tables: Sequence[str] | None = None) -> Iterator[Found]:
    """The cells; at most MOST_OF_A_COLUMN of one column. One statement for each column."""
    for column in columns(tables):
        with connection.cursor() as cursor:
            cursor.execute(
                sql.SQL("SELECT {}::text FROM {} WHERE {}::text ~* %s LIMIT {}").format(
                    sql.Identifier(column.key) if column.key else sql.Literal(""),
                    sql.Identifier(column.schema, column.table),
                    sql.Identifier(column.name),
                    sql.Literal(MOST_OF_A_COLUMN),
                ),
                [pattern],
            )
            keys = [str(key) for (key,) in cursor.fetchall()]
        yield from (Found(column.schema, column.table, column.name, key) for key in keys)
    if tables is None or SESSIONS in tables:
        yield from _in_sessions(re.compile(pattern, re.IGNORECASE))


def _in_sessions(pattern: re.Pattern[str]) -> Iterator[Found]:
    """A session's row is packed: what it says is looked at unpacked."""
    for row in Session.objects.iterator(500):
        if pattern.search(unpacked(row.session_data)):
            yield Found(current_shop().schema_name, SESSIONS, "session_data", row.session_key)


def unpacked(session_data: str) -> str:
    """What a session's row says, whoever signed it; "" for what cannot be read."""
    body = session_data.partition(":")[0]
    packed = body.startswith(".")
    try:
        raw = base64.urlsafe_b64decode(body.lstrip(".") + "===")
        return (zlib.decompress(raw) if packed else raw).decode("utf-8", "replace")
    except (ValueError, zlib.error):
        return ""


def in_files(pattern: str, *, folder: str = "") -> Iterator[Found]:
    """Files of the shop's store whose name or content has it. Those that pack texts (xlsx, zip) are unpacked.

    Pictures and sound are compared byte by byte: what they show or say cannot be read.
    """
    root, seek = Path(default_storage.path("")), re.compile(pattern, re.IGNORECASE)
    for path in sorted(each for each in (root / folder).rglob("*") if each.is_file()):
        name = str(path.relative_to(root))
        if seek.search(name) or any(seek.search(text) for text in _texts(path)):
            yield Found("", "", "", name)


def _texts(path: Path) -> Iterator[str]:
    """A file's content as text, in pieces that overlap; read as UTF-8 and, for old tables, as Latin-1."""
    try:
        if zipfile.is_zipfile(path):
            yield from _packed(path)
            return
        with path.open("rb") as file:
            tail = b""
            while piece := file.read(PIECE):
                yield from _decoded(tail + piece)
                tail = piece[-OVERLAP:]
    except FileNotFoundError:
        return  # deleted meanwhile


def _packed(path: Path) -> Iterator[str]:
    try:
        with zipfile.ZipFile(path) as archive:
            for member in archive.infolist():
                yield member.filename
                with archive.open(member) as file:
                    yield from _decoded(file.read(LARGEST_UNPACKED))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, zlib.error):
        yield from _decoded(path.read_bytes()[:LARGEST_UNPACKED])


def _decoded(data: bytes) -> Iterator[str]:
    yield data.decode("utf-8", "replace")
    if not data.isascii():
        yield data.decode("latin-1")
    if b"\x00" in data[:200]:  # UTF-16, as some programs write tables
        yield BytesIO(data).read().decode("utf-16-le", "replace")


def words(found: Iterable[Found]) -> dict[str, int]:
    """How many, by place: for people to read."""
    counts: dict[str, int] = {}
    for each in found:
        place = f"{each.table}.{each.column}" if each.table else "file"
        counts[place] = counts.get(place, 0) + 1
    return counts


__all__: Sequence[Any] = [
    "Column",
    "Found",
    "columns",
    "in_files",
    "in_tables",
    "look",
    "look_for",
    "unpacked",
]
