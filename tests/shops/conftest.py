"""The owner's login for a test, as `manage.py` has it, and what the server says about a connection."""

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from shops.context import as_platform
from shops.staff.models import StaffUser
from tests import database
from tests.database import PASSWORD


@pytest.fixture
def as_owner(transactional_db: None) -> Iterator[None]:
    """The test runs with the owner's login; everything is put back afterwards, shops it made included."""
    with database.as_owner():
        yield


@pytest.fixture
def log_lines(monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[dict[str, Any]]]:
    """What the log has written since the test began, a dict a line; fails on a line that is no JSON."""
    written = io.StringIO()
    (handler,) = [each for each in logging.getLogger().handlers if type(each) is logging.StreamHandler]
    monkeypatch.setattr(handler, "stream", written)
    return lambda: [json.loads(line) for line in written.getvalue().splitlines()]


@pytest.fixture
def operator(platform_client: Client) -> Client:
    """The platform's admin, with an operator logged in."""
    with as_platform():
        user = StaffUser.objects.create_user(
            "op@aros.example", PASSWORD, role="admin", first_name="Olga", last_name="Operatore"
        )
        platform_client.force_login(user)
    return platform_client


def platform_url(name: str, *args: Any) -> str:
    """An address of the operators' admin."""
    return reverse(f"admin:{name}", args=args, urlconf="aros.urls_platform")


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
