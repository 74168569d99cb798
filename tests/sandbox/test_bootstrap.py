"""bootstrap.sql on the suite's own server: who may do what before any shop exists."""

import os
from urllib.parse import urlsplit

import psycopg
import pytest


def url(variable: str, database: str) -> str:
    return urlsplit(os.environ[variable])._replace(path=f"/{database}").geturl()


@pytest.mark.parametrize("database", ["aros", "postgres", "template1"])
def test_nobody_but_the_owner_may_call_set_config(database: str) -> None:
    with psycopg.connect(url("SUPERUSER_DATABASE_URL", database)) as superuser:
        rights = superuser.execute(
            "SELECT role, has_function_privilege(role, 'pg_catalog.set_config(text,text,boolean)', 'EXECUTE') "
            "FROM unnest(ARRAY['public', 'aros_app', 'aros_owner']) AS role"
        ).fetchall()

    assert dict(rights) == {"public": False, "aros_app": False, "aros_owner": True}


def test_a_database_that_is_made_later_has_it_revoked_too() -> None:
    name = "made_later_by_the_owner"
    with psycopg.connect(url("DATABASE_OWNER_URL", "postgres"), autocommit=True) as owner:
        owner.execute(f"CREATE DATABASE {name}")
        try:
            with (
                psycopg.connect(url("DATABASE_URL", name)) as app,
                pytest.raises(psycopg.errors.InsufficientPrivilege),
            ):
                app.execute("SELECT set_config('search_path', 'pg_catalog', false)")
        finally:
            # Not by force: the application's backend may still be leaving, and is not the owner's to end. It waits.
            owner.execute(f"DROP DATABASE {name}")


def test_the_logins_are_no_superusers_and_the_application_makes_nothing() -> None:
    with psycopg.connect(url("SUPERUSER_DATABASE_URL", "aros")) as superuser:
        rows = superuser.execute(
            "SELECT rolname, rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls, rolconfig "
            "FROM pg_roles WHERE rolname IN ('aros_owner', 'aros_app') ORDER BY 1"
        ).fetchall()

    assert rows == [
        ("aros_app", False, False, False, False, False, ["TimeZone=UTC"]),
        ("aros_owner", False, True, True, False, False, ["TimeZone=UTC"]),
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE public.mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE TEMPORARY TABLE mine (id int)",
        "CREATE ROLE mine",
        "CREATE DATABASE mine",
        "SET ROLE aros_owner",
        "SET SESSION AUTHORIZATION postgres",
        "SELECT set_config('role', 'aros_owner', false)",
        "SELECT pg_read_file('/etc/passwd')",
        "COPY (SELECT 1) TO PROGRAM 'true'",
    ],
)
def test_the_application_login_has_no_rights_of_its_own(statement: str) -> None:
    with (
        psycopg.connect(url("DATABASE_URL", "aros"), autocommit=True) as app,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        app.execute(statement)


def test_the_application_login_stays_out_of_other_databases() -> None:
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(url("DATABASE_URL", "postgres"))
