"""The test database: built by the owner, used by the application's login, put back after tests that commit."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.core.cache import caches
from django.core.management import call_command
from django.db import connection, connections
from psycopg import sql

from aros.settings import database
from shops import isolation, provisioning, roles
from shops.models import Shop

BASELINE = "test_baseline"
SHOPS = (
    ("Officina Rossi", "rossi.example", "+390212345678", "line-rossi", "anna@rossi.example"),
    ("Carrozzeria Bianchi", "bianchi.example", "+390287654321", "line-bianchi", "bruno@bianchi.example"),
)
PASSWORD = "una password di prova"


@contextmanager
def as_owner() -> Iterator[None]:
    """Run the block with the owner's login, as `manage.py` does. Not inside a test's transaction."""
    _login(os.environ["DATABASE_OWNER_URL"], as_owner=True)
    try:
        yield
    finally:
        _login(os.environ["DATABASE_URL"], as_owner=False)


def _login(url: str, *, as_owner: bool) -> None:
    connection.close()
    connections.settings["default"].update(database(url, as_owner=as_owner))
    connection.settings_dict.update(database(url, as_owner=as_owner))
    connection.set_schema_to_public()


def superuser(name: str | None = None) -> psycopg.Connection[Any]:
    """A superuser's own connection, in autocommit."""
    parameters: dict[str, Any] = {"dbname": name} if name else {}
    return psycopg.connect(os.environ["SUPERUSER_DATABASE_URL"], autocommit=True, **parameters)


def build() -> None:
    """Create this worker's database, migrate it and provision two shops, all as the owner."""
    name = connections.settings["default"]["NAME"]
    with superuser("postgres") as admin:
        for statement in (
            "DROP DATABASE IF EXISTS {name} WITH (FORCE)",
            "CREATE DATABASE {name} OWNER aros_owner",
            "REVOKE ALL ON DATABASE {name} FROM PUBLIC",
            "GRANT CONNECT ON DATABASE {name} TO aros_app",
        ):
            admin.execute(sql.SQL(statement).format(name=sql.Identifier(name)))
    with as_owner():
        call_command("migrate", verbosity=0)
        for shop_name, domain, phone, line, manager in SHOPS:
            shop = provisioning.create_shop(
                provisioning.NewShop(
                    name=shop_name,
                    domain=domain,
                    phone_number=phone,
                    manager_email=manager,
                    manager_password=PASSWORD,
                    subscription_tier=Shop.Tier.PROFESSIONAL,
                )
            )
            provisioning.attach_line(shop, phone_number_id=line, number=phone)
    _remember()


def _tables(admin: psycopg.Connection[Any]) -> list[tuple[str, str]]:
    return admin.execute(
        "SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE c.relkind = 'r' AND (n.nspname = 'public' OR n.nspname LIKE 'shop\\_%') "
        "AND c.relname NOT LIKE 'django_migrations' ORDER BY 1, 2"
    ).fetchall()


def _remember() -> None:
    with superuser() as admin:
        admin.execute(f"CREATE SCHEMA {BASELINE}")
        for schema, table in _tables(admin):
            copy = sql.Identifier(BASELINE, f"{schema}.{table}")
            admin.execute(sql.SQL("CREATE TABLE {} AS TABLE {}").format(copy, sql.Identifier(schema, table)))


def _drop_new_shops(admin: psycopg.Connection[Any], kept: set[str]) -> None:
    """Shops that a test made, with their roles."""
    schemas = admin.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'shop\\_%'").fetchall()
    for schema in {row[0] for row in schemas} - kept:
        admin.execute(sql.SQL("DROP SCHEMA {} CASCADE").format(sql.Identifier(schema)))
        role = sql.Identifier(roles.shop_role(*isolation.here(), schema))
        admin.execute(sql.SQL("DROP ROLE IF EXISTS {}").format(role))


def put_back(*_args: Any) -> None:
    """Every table as after build(), the caches empty. In place of Django's flush, which has neither right nor path."""
    connection.close()
    with superuser() as admin, admin.transaction():
        admin.execute("SET LOCAL session_replication_role = replica")
        kept = {
            row[0]
            for row in admin.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace", [BASELINE]
            )
        }
        _drop_new_shops(admin, {copy.partition(".")[0] for copy in kept})
        for schema, table in _tables(admin):
            where = sql.Identifier(schema, table)
            admin.execute(sql.SQL("DELETE FROM {}").format(where))
            if (copy := f"{schema}.{table}") in kept:
                source = sql.Identifier(BASELINE, copy)
                admin.execute(
                    sql.SQL("INSERT INTO {} OVERRIDING SYSTEM VALUE SELECT * FROM {}").format(where, source)
                )
    for cache in caches.all():
        cache.clear()
