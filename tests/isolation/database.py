"""What the isolation tests ask the server: which tables there are, and what becomes of a statement."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from psycopg import sql

from tests.database import superuser

REFUSED = "42501"  # insufficient_privilege


@dataclass(frozen=True)
class Table:
    """A table, view or sequence of any schema."""

    schema: str
    name: str
    oid: int
    columns: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"{self.schema}.{self.name}"

    @property
    def identifier(self) -> sql.Identifier:
        return sql.Identifier(self.schema, self.name)


def tables(kinds: str = "rpvmf") -> list[Table]:
    """Everything that holds rows, in every schema but the server's own; asked as superuser, who sees all."""
    with superuser() as admin:
        rows = admin.execute(
            "SELECT n.nspname, c.relname, c.oid, array(SELECT a.attname::text FROM pg_attribute a"
            " WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum)"
            " FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind::text = ANY(string_to_array(%s, NULL))"
            " AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\\_%%' ORDER BY 1, 2",
            [kinds],
        ).fetchall()
    return [Table(schema, name, oid, tuple(columns)) for schema, name, oid, columns in rows]


def outcome(statement: sql.Composable | str, parameters: Sequence[Any] = ()) -> str:
    """Run one statement on the current connection and take it back: its SQLSTATE, or "done"."""
    try:
        with undone(), connection.cursor() as cursor:
            cursor.execute(statement, list(parameters) or None)
            if cursor.description:
                cursor.fetchall()
    except DatabaseError as error:
        return str(getattr(error.__cause__, "sqlstate", None) or type(error).__name__)
    return "done"


@contextmanager
def undone() -> Iterator[None]:
    """Whatever the block does is rolled back."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def value(statement: sql.Composable | str, parameters: Sequence[Any] = ()) -> Any:
    """The first column of the first row, on the current connection."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters) or None)
        row = cursor.fetchone()
    return row[0] if row else None


def column(statement: sql.Composable | str, parameters: Sequence[Any] = ()) -> set[Any]:
    """The first column of all rows, on the current connection."""
    with connection.cursor() as cursor:
        cursor.execute(statement, list(parameters) or None)
        return {row[0] for row in cursor.fetchall()}


def attempts(table: Table) -> dict[str, tuple[sql.Composed, list[Any]]]:
    """Qualified statements on a table: reading, writing, and what an owner might do with it."""
    some = sql.Identifier(table.columns[0]) if table.columns else sql.SQL("ctid")
    texts = {
        "select": "SELECT * FROM {table} LIMIT %s",
        "count": "SELECT count(*) FROM {table}",
        "select for update": "SELECT 1 FROM {table} FOR UPDATE",
        "insert": "INSERT INTO {table} DEFAULT VALUES",
        "update": "UPDATE {table} SET {some} = DEFAULT",
        "update from itself": "UPDATE {table} SET {some} = {some} WHERE %s",
        "delete": "DELETE FROM {table}",
        "truncate": "TRUNCATE {table}",
        "lock": "LOCK TABLE {table} IN ACCESS SHARE MODE",
        "drop": "DROP TABLE {table}",
        "policy": "ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
        "trigger": "ALTER TABLE {table} DISABLE TRIGGER USER",
    }
    return {
        name: (
            sql.SQL(text).format(table=table.identifier, some=some),
            [1] if "LIMIT" in text else [True] if "%s" in text else [],
        )
        for name, text in texts.items()
    }
