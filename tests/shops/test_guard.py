"""The web and the workers refuse a database where a shop's role is no wall; each fault has its sentence."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from shops import guard
from tests import database
from tests.database import superuser

# Roles belong to the whole server, which the workers of a parallel run share.
LOGIN = f"guarded_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@contextmanager
def logged_in(*changes: str) -> Iterator[None]:
    """The process runs as a login that is as it should be, but for the changes that a superuser makes to it."""
    before = [
        f"CREATE ROLE {LOGIN} LOGIN NOINHERIT PASSWORD 'x'",
        f"ALTER ROLE {LOGIN} SET timezone TO 'UTC'",
    ]
    name = connection.settings_dict["NAME"]
    with superuser() as admin:
        for statement in (*before, f"GRANT CONNECT ON DATABASE {name} TO {LOGIN}", *changes):
            admin.execute(statement.replace("{login}", LOGIN).replace("{database}", name))
    url = os.environ["DATABASE_URL"]
    mine = f"postgres://{LOGIN}:x@{url.partition('@')[2]}"
    database._login(mine, as_owner=False)
    try:
        yield
    finally:
        database._login(url, as_owner=False)
        with superuser() as admin:
            admin.execute("DROP SCHEMA IF EXISTS of_the_test CASCADE")
            admin.execute(f"REVOKE TEMPORARY ON DATABASE {name} FROM PUBLIC")
            admin.execute(f"REASSIGN OWNED BY {LOGIN} TO postgres")
            admin.execute(f"DROP OWNED BY {LOGIN} CASCADE")
            admin.execute(f"DROP ROLE {LOGIN}")


FAULTS = {
    "superuser": ("ALTER ROLE {login} SUPERUSER", "superuser"),
    "bypasses": ("ALTER ROLE {login} BYPASSRLS", "bypasses row level security"),
    "makes roles": ("ALTER ROLE {login} CREATEROLE", "may create roles"),
    "owns": (
        "CREATE SCHEMA of_the_test; CREATE TABLE of_the_test.t (); ALTER TABLE of_the_test.t OWNER TO {login}",
        "owns tables",
    ),
    "inherits": ("GRANT aros_app TO {login} WITH INHERIT TRUE", "inherits"),
    "may become the owner": (
        "GRANT aros_owner TO {login} WITH INHERIT FALSE, SET TRUE",
        "may become the owner",
    ),
    "may become the server": (
        "GRANT pg_read_all_data TO {login} WITH INHERIT FALSE, SET TRUE",
        "server's own roles",
    ),
    "temporary tables": ("GRANT TEMPORARY ON DATABASE {database} TO PUBLIC", "temporary tables"),
    "makes tables": (
        "CREATE SCHEMA of_the_test; GRANT CREATE ON SCHEMA of_the_test TO {login}",
        "may create tables",
    ),
    "time zone": ("ALTER ROLE {login} SET timezone TO 'Europe/Rome'", "time zone"),
    "set_config": (
        "GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO {login}",
        "set_config",
    ),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_is_named_with_its_mend(fault: str, transactional_db: None) -> None:
    changes, words = FAULTS[fault]
    with logged_in(*changes.split("; ")), pytest.raises(ImproperlyConfigured) as refused:
        guard.verify_database()
    assert words in str(refused.value)
    assert "{login}" not in str(refused.value)
    if fault != "superuser":  # who has every right has every fault
        assert str(refused.value).count("DATABASE_URL") == 1


def test_a_good_login_serves(transactional_db: None) -> None:
    with logged_in():
        guard.verify_database()
    assert guard.faults() == []  # the suite's own
    guard.verify_database()


def test_set_config_can_be_accepted_knowingly(transactional_db: None, settings: Any) -> None:
    settings.ACCEPT_PUBLIC_SET_CONFIG = True
    with logged_in(*FAULTS["set_config"][0].split("; ")):
        guard.verify_database()


def test_an_old_server_is_refused(transactional_db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard, "OLDEST_SERVER", 99)
    with pytest.raises(ImproperlyConfigured, match="PostgreSQL 99 or newer"):
        guard.verify_database()


def test_a_server_that_is_away_is_left_to_the_first_request(transactional_db: None) -> None:
    url = os.environ["DATABASE_URL"]
    database._login("postgres://aros_app:x@127.0.0.1:9/aros", as_owner=False)
    try:
        guard.verify_database()
    finally:
        database._login(url, as_owner=False)


def test_the_owners_processes_are_not_asked(as_owner: None, settings: Any) -> None:
    settings.DATABASE_AS_OWNER = True
    assert guard.faults()
    guard.verify_database()
