"""What every test may use: two shops, someone of the second one, and an outsider.

Both shops are made by provisioning, so they have the seeds of a new officina (services, hours, bays) and the first
manager. `db` runs a test in a transaction; `transactional_db` commits, and everything is put back afterwards.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import structlog
from django.core.cache import caches
from django.db import connection
from django.test import Client, TransactionTestCase

from aros.celery import app as celery_app
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import database
from tests.network import close_network

close_network()
TransactionTestCase._fixture_teardown = database.put_back  # type: ignore[attr-defined]


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    with django_db_blocker.unblock():
        database.build()


@pytest.fixture(autouse=True)
def fresh_process(settings: Any, tmp_path: Path) -> Iterator[None]:
    """Files go to a folder of the test's own; the connection, the log context and the caches start clean."""
    settings.MEDIA_ROOT = tmp_path / "media"
    structlog.contextvars.clear_contextvars()
    connection.set_schema_to_public()
    caches["default"].clear()  # both caches: what a test that rolls back cached was never true
    yield
    connection.set_schema_to_public()


@pytest.fixture
def rossi(db: None) -> Shop:
    """The first shop: host rossi.example, line "line-rossi" (+390212345678)."""
    return Shop.objects.get(slug="officina-rossi")


@pytest.fixture
def bianchi(db: None) -> Shop:
    """The second shop: host bianchi.example, line "line-bianchi" (+390287654321)."""
    return Shop.objects.get(slug="carrozzeria-bianchi")


@pytest.fixture
def in_rossi(rossi: Shop) -> Iterator[Shop]:
    """The test runs inside the first shop."""
    with in_shop(rossi):
        yield rossi


@pytest.fixture
def manager(rossi: Shop) -> StaffUser:
    """The first shop's first manager (role admin)."""
    with in_shop(rossi):
        return StaffUser.objects.get(email="anna@rossi.example")


@pytest.fixture
def outsider(bianchi: Shop) -> StaffUser:
    """Someone who works in the second shop and has no business in the first."""
    with in_shop(bianchi):
        return StaffUser.objects.get(email="bruno@bianchi.example")


@pytest.fixture
def rossi_client(rossi: Shop) -> Client:
    """A browser on the first shop's host, nobody logged in."""
    return Client(SERVER_NAME="rossi.example")


@pytest.fixture
def bianchi_client(bianchi: Shop) -> Client:
    """A browser on the second shop's host, nobody logged in."""
    return Client(SERVER_NAME="bianchi.example")


@pytest.fixture
def platform_client(db: None) -> Client:
    """A client on the platform's host, as Vapi and Meta are."""
    return Client(SERVER_NAME="localhost")


@pytest.fixture
def eager_tasks() -> Iterator[None]:
    """Queued tasks run at once, when they are sent on commit."""
    celery_app.conf.update(task_always_eager=True, task_eager_propagates=True)
    yield
    celery_app.conf.update(task_always_eager=False, task_eager_propagates=False)


@pytest.fixture
def log_in() -> Callable[[Client, StaffUser, Shop], Client]:
    """Log a person of a shop in on the client."""

    def log_in(client: Client, user: StaffUser, shop: Shop) -> Client:
        with in_shop(shop):
            client.force_login(user)
        return client

    return log_in
