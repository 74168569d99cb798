"""The owner's login for a test, as `manage.py` has it, and what the server says about a connection."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from tests import database


@pytest.fixture
def as_owner(transactional_db: None) -> Iterator[None]:
    """The test runs with the owner's login; everything is put back afterwards, shops it made included."""
    with database.as_owner():
        yield


def ask(statement: str, *parameters: Any) -> Any:
    """The first column of the first row."""
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters or None)
        row = cursor.fetchone()
    return row[0] if row else None


def role() -> str:
    """Whose rights the next statement has."""
    return str(ask("SELECT current_user::text"))


def path() -> str:
    """Where the next statement looks for its tables."""
    return str(ask("SELECT current_setting('search_path')"))
