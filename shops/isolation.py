"""The walls: database roles, grants and row level security. Run as the owner, safe to run twice.

What a shop may see of the public schema is declared in PUBLIC_TABLES; a public table that is not named there is
for the owner and the operators only. Policies test current_user, never a session setting.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings
from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper
from psycopg import sql

from shops import roles

OWN_SHOP = "db_role = current_user::text"
OWN_BY_SHOP = "shop_id IN (SELECT s.id FROM public.shops_shop s WHERE s.db_role = current_user::text)"
OWN_BY_TENANT = "tenant_id IN (SELECT s.id FROM public.shops_shop s WHERE s.db_role = current_user::text)"


@dataclass(frozen=True)
class Access:
    """What a public table shows: grants of the three kinds of roles.

    `own` is the condition for the rows a shop may read, `shop_update` the columns it may write in them, `shop_insert`
    those that it may give to a row of its own that it adds. The routing role sees all rows, through `routing`; so does
    the operators' role, through `platform`.
    """

    own: str | None = None
    shop_update: tuple[str, ...] = ()
    shop_insert: tuple[str, ...] = ()
    routing: tuple[str, ...] = ()
    platform: tuple[str, ...] = ("SELECT", "INSERT", "UPDATE", "DELETE")


HEALTH = (
    *("reported_at", "last_call_at", "last_message_at", "waiting_in", "waiting_out", "waiting_since"),
    *("failed_messages", "failed_conversations", "month", "calls", "call_minutes", "chats", "ai_cost"),
)
PUBLIC_TABLES = {
    # Shops are made and deleted by commands; what names their schema and role is nobody's to change.
    "shops_shop": Access(
        own=OWN_SHOP,
        shop_update=("settings",),
        routing=("SELECT",),
        platform=(
            "SELECT",
            "UPDATE (name, phone_number, whatsapp_number, subscription_tier, settings, timezone, status)",
        ),
    ),
    "shops_domain": Access(own=OWN_BY_TENANT, routing=("SELECT",)),
    "shops_phoneline": Access(own=OWN_BY_SHOP, routing=("SELECT",)),
    # The routing role finds the shop of a number; the token is for the shop alone. Who sends notes that Meta refused.
    "shops_whatsappnumber": Access(
        own=OWN_BY_SHOP,
        shop_update=("stopped_at", "stopped_code", "stopped_reason"),
        routing=("SELECT (id, shop_id, phone_number_id, waba_id, number)",),
    ),
    "shops_unroutedevent": Access(routing=("SELECT", "INSERT", "UPDATE")),
    # What a shop says about itself: nobody else says it, and operators only read it.
    "shops_shophealth": Access(
        own=OWN_BY_SHOP, shop_update=HEALTH, shop_insert=("id", "shop_id", *HEALTH), platform=("SELECT",)
    ),
    # Asked for by operators; the worker with the owner's login does it and says how far it is.
    "shops_shoporder": Access(
        platform=("SELECT", "INSERT", "UPDATE (status, step, error, queued_at, finished_at)")
    ),
    # Who entered, why and until when is nobody's to change; that they came and went the shop notes itself.
    "shops_supportvisit": Access(
        own=OWN_BY_SHOP,
        shop_update=("entered_at", "ended_at", "ended_by"),
        platform=("SELECT", "INSERT", "UPDATE (ended_at, ended_by)"),
    ),
    # The owner executes what stands in it.
    "shops_schematemplate": Access(platform=()),
    "django_migrations": Access(platform=()),
}
# Count up when secure_shop changes: the next migrate then secures every shop anew.
WALLS = 1
HISTORY = "django_migrations"


def here() -> tuple[str, str]:
    """Installation and database, the first two parts of every role's name."""
    return settings.INSTALLATION, connection.settings_dict["NAME"]


def _run(cursor: CursorWrapper, statement: str, **names: str) -> None:
    """Execute DDL with names quoted; DDL takes no parameters."""
    quoted = {key: sql.Identifier(name) for key, name in names.items()}
    cursor.execute(sql.SQL(statement).format(**quoted).as_string(cursor.connection))


def _ensure_role(cursor: CursorWrapper, name: str, *, can_login: bool = False) -> None:
    cursor.execute("SELECT rolcanlogin FROM pg_catalog.pg_roles WHERE rolname = %s", [name])
    row = cursor.fetchone()
    login = "LOGIN" if can_login else "NOLOGIN"
    if row is None:
        _run(cursor, f"CREATE ROLE {{role}} {login} NOSUPERUSER NOCREATEDB NOCREATEROLE", role=name)
    elif row[0] != can_login:
        _run(cursor, f"ALTER ROLE {{role}} {login}", role=name)


def _let_application_become(cursor: CursorWrapper, name: str) -> None:
    """The application's login may SET ROLE to it, and inherits nothing of it."""
    _run(
        cursor,
        "GRANT {role} TO {login} WITH INHERIT FALSE, SET TRUE",
        role=name,
        login=settings.APPLICATION_LOGIN,
    )


def secure_public() -> None:
    """Create the three common roles and put every table of the public schema behind row level security."""
    names = (roles.group_role(*here()), roles.routing_role(*here()), roles.platform_role(*here()))
    group, routing, platform = names
    with connection.cursor() as cursor:
        for name in names:
            _ensure_role(cursor, name)
            _run(cursor, "GRANT USAGE ON SCHEMA public TO {role}", role=name)
        _let_application_become(cursor, routing)
        _let_application_become(cursor, platform)
        _run(cursor, "REVOKE CREATE ON SCHEMA public FROM PUBLIC")
        for table in public_tables(cursor):
            with transaction.atomic():  # nobody sees the table between two policies
                _secure_table(cursor, table, group=group, routing=routing, platform=platform)


def public_tables(cursor: CursorWrapper) -> list[str]:
    """Every table of the public schema, whatever made it."""
    cursor.execute(
        "SELECT c.relname FROM pg_catalog.pg_class c JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') ORDER BY 1"
    )
    return [row[0] for row in cursor.fetchall()]


def _secure_table(cursor: CursorWrapper, table: str, *, group: str, routing: str, platform: str) -> None:
    """Take everything away from everybody but the owner, then give what PUBLIC_TABLES declares."""
    access = PUBLIC_TABLES.get(table, Access())
    for statement in ("ENABLE ROW LEVEL SECURITY", "FORCE ROW LEVEL SECURITY"):
        _run(cursor, f"ALTER TABLE public.{{table}} {statement}", table=table)
    _run(cursor, "REVOKE ALL ON public.{table} FROM PUBLIC", table=table)
    for role in (group, routing, platform):
        _run(cursor, "REVOKE ALL ON public.{table} FROM {role}", table=table, role=role)
    for name in _policies(cursor, table):
        _run(cursor, "DROP POLICY {name} ON public.{table}", name=name, table=table)
    all_rows = "FOR ALL TO {role} USING (true) WITH CHECK (true)"
    _policy(cursor, table, "owner", all_rows, role=connection.settings_dict["USER"])
    for name, role, privileges in (
        ("platform", platform, access.platform),
        ("routing", routing, access.routing),
    ):
        for privilege in privileges:
            _run(cursor, f"GRANT {privilege} ON public.{{table}} TO {{role}}", table=table, role=role)
        if privileges:
            _policy(cursor, table, name, all_rows, role=role)
    if access.own:
        _show_own_rows(cursor, table, access.own, access.shop_update, group=group)
    if access.own and access.shop_insert:
        grant = f"GRANT INSERT ({', '.join(access.shop_insert)}) ON public.{{table}} TO {{role}}"
        _run(cursor, grant, table=table, role=group)
        _policy(cursor, table, "own_insert", f"FOR INSERT TO {{role}} WITH CHECK ({access.own})", role=group)


def _show_own_rows(
    cursor: CursorWrapper, table: str, own: str, columns: tuple[str, ...], *, group: str
) -> None:
    _run(cursor, "GRANT SELECT ON public.{table} TO {role}", table=table, role=group)
    _policy(cursor, table, "own_rows", f"FOR SELECT TO {{role}} USING ({own})", role=group)
    if columns:
        grant = f"GRANT UPDATE ({', '.join(columns)}) ON public.{{table}} TO {{role}}"
        _run(cursor, grant, table=table, role=group)
        rule = f"FOR UPDATE TO {{role}} USING ({own}) WITH CHECK ({own})"
        _policy(cursor, table, "own_update", rule, role=group)


def _policies(cursor: CursorWrapper, table: str) -> list[str]:
    cursor.execute(
        "SELECT policyname FROM pg_catalog.pg_policies WHERE schemaname = 'public' AND tablename = %s",
        [table],
    )
    return [row[0] for row in cursor.fetchall()]


def _policy(cursor: CursorWrapper, table: str, name: str, rule: str, *, role: str) -> None:
    _run(cursor, f"CREATE POLICY {{name}} ON public.{{table}} {rule}", name=name, table=table, role=role)


def secure_shop(schema_name: str) -> str:
    """Create the shop's role with rights on its own schema only, and return the role's name.

    Tables that later migrations add are covered by default privileges of the owner in that schema.
    """
    role = roles.shop_role(*here(), schema_name)
    names = {"role": role, "schema": schema_name, "owner": connection.settings_dict["USER"]}
    default = "ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA {schema} "
    with connection.cursor() as cursor:
        _ensure_role(cursor, role, can_login=settings.SHOP_ROLES_CAN_LOGIN)
        _run(
            cursor,
            "GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE",
            role=role,
            group=roles.group_role(*here()),
        )
        _let_application_become(cursor, role)
        _run(cursor, "GRANT USAGE ON SCHEMA {schema} TO {role}", **names)
        _run(
            cursor, "GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA {schema} TO {role}", **names
        )
        _run(cursor, "GRANT USAGE, SELECT ON ALL SEQUENCES IN SCHEMA {schema} TO {role}", **names)
        _run(cursor, default + "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role}", **names)
        _run(cursor, default + "GRANT USAGE, SELECT ON SEQUENCES TO {role}", **names)
        _run(cursor, f"REVOKE INSERT, UPDATE, DELETE ON {{schema}}.{HISTORY} FROM {{role}}", **names)
    return role


def roles_missing(names: Iterable[str]) -> set[str]:
    """Which of the roles are not there: a database that was restored elsewhere comes without its roles."""
    wanted = set(names)
    with connection.cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_catalog.pg_roles WHERE rolname = ANY(%s)", [list(wanted)])
        return wanted - {row[0] for row in cursor.fetchall()}


def drop_shop(schema_name: str) -> None:
    """Drop the schema with everything in it, and the role. Safe when either is already gone."""
    role = roles.shop_role(*here(), schema_name)
    with connection.cursor() as cursor:
        _run(cursor, "DROP SCHEMA IF EXISTS {schema} CASCADE", schema=schema_name)
        if roles_missing([role]):
            return
        # What the role may have come to own, or was granted by hand, would keep it from being dropped.
        owner = connection.settings_dict["USER"]
        _run(cursor, "GRANT {role} TO {owner} WITH INHERIT TRUE, SET TRUE", role=role, owner=owner)
        _run(cursor, "DROP OWNED BY {role}", role=role)
        _run(cursor, "DROP ROLE {role}", role=role)
