"""Counting the statements that a verb sends, SET, BEGIN and savepoints apart."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection

APART = ("SET ", "BEGIN", "COMMIT", "ROLLBACK", "SAVEPOINT", "RELEASE")


@contextmanager
def counted() -> Iterator[list[str]]:
    """Collect the statements sent in the block."""
    statements: list[str] = []

    def remember(execute: Any, sql: Any, params: Any, many: bool, context: Any) -> Any:
        if not str(sql).startswith(APART):
            statements.append(str(sql))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(remember):
        yield statements
