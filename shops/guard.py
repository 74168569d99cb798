"""Refuses to serve from a database where a shop's role would be no wall."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import psycopg
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from psycopg import sql

from shops.db.current import here

PROVISION = "provision"
OLDEST_SERVER = 16  # the first with GRANT … WITH INHERIT FALSE


@dataclass(frozen=True)
class Fault:
    """A question about the process's own login whose answer must be no, and the sentence with the mend."""

    question: str
    sentence: str


ME = "FROM pg_catalog.pg_roles WHERE rolname = session_user"
FAULTS = (
    Fault(
        f"SELECT rolsuper {ME}",
        "The login of DATABASE_URL is a superuser: no wall holds it. Give the web and the workers a login of their own.",
    ),
    Fault(
        f"SELECT rolbypassrls {ME}",
        "The login of DATABASE_URL bypasses row level security. As superuser: ALTER ROLE {login} NOBYPASSRLS.",
    ),
    Fault(
        f"SELECT rolcreaterole {ME}",
        "The login of DATABASE_URL may create roles. As superuser: ALTER ROLE {login} NOCREATEROLE.",
    ),
    Fault(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_roles r ON r.oid = c.relowner"
        " WHERE r.rolname = session_user)",
        "The login of DATABASE_URL owns tables: give them to the login of DATABASE_OWNER_URL (REASSIGN OWNED).",
    ),
    Fault(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.member"
        " WHERE r.rolname = session_user AND m.inherit_option)",
        "The login of DATABASE_URL inherits the rights of another role: GRANT … TO {login} WITH INHERIT FALSE.",
    ),
    Fault(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')"
        " AND pg_catalog.pg_has_role(session_user, c.relowner, 'MEMBER'))",
        "The login of DATABASE_URL may become the owner of the tables: REVOKE that membership from {login}.",
    ),
    Fault(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_roles r WHERE r.rolname LIKE 'pg\\_%'"
        " AND r.rolname <> 'pg_database_owner' AND pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER'))",
        "The login of DATABASE_URL is a member of one of the server's own roles (pg_…): REVOKE that from {login}.",
    ),
    Fault(
        "SELECT has_database_privilege(session_user, current_database(), 'TEMP')",
        "The login of DATABASE_URL may make temporary tables, which hide a shop's own. "
        "As the owner: REVOKE TEMPORARY ON DATABASE … FROM PUBLIC.",
    ),
    Fault(
        "SELECT EXISTS (SELECT FROM pg_catalog.pg_namespace n WHERE has_schema_privilege(session_user, n.oid, 'CREATE'))",
        "The login of DATABASE_URL may create tables and functions: REVOKE CREATE ON SCHEMA public FROM PUBLIC.",
    ),
    Fault(
        "SELECT current_setting('TimeZone') <> 'UTC'",
        "Give the login of DATABASE_URL its time zone: ALTER ROLE {login} SET timezone TO 'UTC'.",
    ),
)
MAY_SET_CONFIG = Fault(
    "SELECT has_function_privilege(session_user, 'pg_catalog.set_config(text,text,boolean)', 'EXECUTE')",
    "The login of DATABASE_URL may call set_config, with which one injected SELECT changes the role. As superuser, in "
    "this database: REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC; "
    "or accept it knowingly with AROS_ACCEPT_PUBLIC_SET_CONFIG=1.",
)


def verify_database() -> None:
    """Ask the server about this process's login. Raises ImproperlyConfigured with the faults and their mends; a server
    that is away is left to the first request. The owner's processes are not asked."""
    if settings.DATABASE_AS_OWNER:
        return
    try:
        found = faults()
    except psycopg.OperationalError:
        return
    if found:
        raise ImproperlyConfigured(" ".join(found))


def verify_web() -> None:
    """The web never has the owner's login, whatever the environment says. Raises ImproperlyConfigured."""
    if settings.DATABASE_AS_OWNER:
        raise ImproperlyConfigured(
            "The web does not run with the owner's login: take AROS_DATABASE_AS=owner and DATABASE_OWNER_URL from its "
            "environment."
        )
    verify_database()


def verify_worker(queues: Collection[str]) -> None:
    """A worker with the owner's login serves the provisioning queue and no other; no other worker serves that one.

    Raises ImproperlyConfigured. What comes from customers is never worked on with the owner's login.
    """
    alone = set(queues) == {PROVISION}
    if settings.DATABASE_AS_OWNER and not alone:
        raise ImproperlyConfigured(
            f"A worker with AROS_DATABASE_AS=owner serves the queue {PROVISION} alone: --queues {PROVISION}."
        )
    if not settings.DATABASE_AS_OWNER and PROVISION in queues:
        raise ImproperlyConfigured(
            f"The queue {PROVISION} needs the owner's login: start its worker by itself, with AROS_DATABASE_AS=owner."
        )
    verify_database()


def faults() -> list[str]:
    """What makes this process's login unfit to serve shops, one sentence each. Raises psycopg.OperationalError.

    Asked on a connection of its own, as the login itself: Django's would fail on some of these faults, and a fresh
    database has no roles to take yet.
    """
    with psycopg.connect(**here().get_connection_params(), autocommit=True) as login:
        version = login.info.server_version // 10000
        if version < OLDEST_SERVER:
            return [f"PostgreSQL {OLDEST_SERVER} or newer is needed; this one is {version}."]
        asked = FAULTS if settings.ACCEPT_PUBLIC_SET_CONFIG else (*FAULTS, MAY_SET_CONFIG)
        return [
            fault.sentence.replace("{login}", login.info.user)
            for fault in asked
            if _yes(login, fault.question)
        ]


def _yes(login: psycopg.Connection[Any], question: str) -> bool:
    row = login.execute(sql.SQL(question)).fetchone()
    return bool(row and row[0])
