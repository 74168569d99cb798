"""Every table of every schema, tried from every kind of connection. Tables added later are found in the catalogue."""

import os

import psycopg
import pytest
from django.db import connection

from shops import isolation, roles
from shops.context import as_platform, in_shop
from shops.models import Shop, WhatsAppNumber
from tests.database import superuser
from tests.isolation.database import REFUSED, Table, attempts, column, outcome, tables, value

pytestmark = pytest.mark.django_db

OWN_ROWS = {name for name, access in isolation.PUBLIC_TABLES.items() if access.own}
ROUTED = {name for name, access in isolation.PUBLIC_TABLES.items() if access.routing}


def not_refused(found: list[Table]) -> list[str]:
    """What was let through, or refused for another reason than a missing right."""
    tried = [(table, name, *attempt) for table in found for name, attempt in attempts(table).items()]
    results = [(f"{table}: {name}", outcome(*attempt)) for table, name, *attempt in tried]
    assert results
    return [f"{name} → {code}" for name, code in results if code != REFUSED]


def test_the_catalogue_knows_the_tables(rossi: Shop, bianchi: Shop) -> None:
    """Otherwise the tests below would try nothing."""
    found = {str(table) for table in tables()}
    for schema in (rossi.schema_name, bianchi.schema_name, "aros_template"):
        assert {f"{schema}.scheduling_appointment", f"{schema}.staff_staffuser"} <= found
    assert "public.shops_shop" in found


def test_a_shop_reaches_no_table_of_another_schema(rossi: Shop, bianchi: Shop) -> None:
    for shop in (rossi, bianchi):
        elsewhere = [t for t in tables() if t.schema not in (shop.schema_name, "public")]
        with in_shop(shop):
            assert not_refused(elsewhere) == []


def test_a_shop_reaches_no_public_table_that_is_not_declared(rossi: Shop) -> None:
    hidden = [t for t in tables() if t.schema == "public" and t.name not in OWN_ROWS]
    with in_shop(rossi):
        assert not_refused(hidden) == []


def test_a_shop_works_in_its_own_schema(rossi: Shop) -> None:
    with in_shop(rossi):
        assert value("SELECT count(*) FROM scheduling_bay") > 0
        assert outcome("UPDATE scheduling_bay SET position = %s", [1]) == "done"
        assert outcome("DELETE FROM scheduling_appointment") == "done"
        assert (
            outcome("INSERT INTO django_migrations (app, name, applied) VALUES ('a', 'b', now())") == REFUSED
        )


def test_a_shop_owns_nothing_even_of_its_own(rossi: Shop) -> None:
    owners_only = {"truncate", "drop", "policy", "trigger"}
    with in_shop(rossi):
        for table in [t for t in tables() if t.schema == rossi.schema_name]:
            for name in owners_only:
                assert outcome(*attempts(table)[name]) == REFUSED, (str(table), name)


def test_a_shop_sees_its_own_public_rows_only(furnished: tuple[Shop, Shop]) -> None:
    owned = {
        "shops_domain",
        "shops_phoneline",
        "shops_whatsappnumber",
        "shops_shophealth",
        "shops_supportvisit",
    }
    assert {"shops_shop"} | owned == OWN_ROWS
    seen = {}
    for shop in furnished:
        with in_shop(shop):
            seen[shop.slug] = {name: column(f"SELECT id FROM public.{name}") for name in OWN_ROWS}
            assert column("SELECT id FROM public.shops_shop") == {shop.pk}
            assert column("SELECT tenant_id FROM public.shops_domain") == {shop.pk}
            for name in owned - {"shops_domain"}:
                assert column(f"SELECT shop_id FROM public.{name}") == {shop.pk}
    first, second = seen.values()
    assert all(first[name] and second[name] and not first[name] & second[name] for name in OWN_ROWS)


WRITABLE = {
    ("shops_shop", "settings"),
    ("shops_whatsappnumber", "stopped_at"),
    ("shops_whatsappnumber", "stopped_code"),
    ("shops_whatsappnumber", "stopped_reason"),
    ("shops_supportvisit", "entered_at"),
    ("shops_supportvisit", "ended_at"),
    ("shops_supportvisit", "ended_by"),
    *(("shops_shophealth", name) for name in isolation.HEALTH),
}


def test_a_shop_writes_nothing_in_public_but_what_is_declared(
    furnished: tuple[Shop, Shop],
) -> None:
    rossi, bianchi = furnished
    with in_shop(rossi):
        for table in [t for t in tables() if t.schema == "public" and t.name in OWN_ROWS]:
            assert outcome(*attempts(table)["insert"]) == REFUSED, str(table)
            assert outcome(*attempts(table)["delete"]) == REFUSED, str(table)
            for name in table.columns:
                allowed = (table.name, name) in WRITABLE
                code = outcome(f'UPDATE public.{table.name} SET "{name}" = "{name}" WHERE %s', [True])
                assert code == ("done" if allowed else REFUSED), (str(table), name)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE public.shops_shop SET settings = %s", ["{}"])
            assert cursor.rowcount == 1
            cursor.execute("UPDATE public.shops_shop SET settings = %s WHERE id = %s", ["{}", bianchi.pk])
            assert cursor.rowcount == 0
            cursor.execute("UPDATE public.shops_whatsappnumber SET stopped_reason = 'x'")
            assert cursor.rowcount == WhatsAppNumber.objects.count()
            cursor.execute("UPDATE public.shops_shophealth SET waiting_in = 1")
            assert cursor.rowcount == 1
            cursor.execute("UPDATE public.shops_supportvisit SET ended_by = 'shop'")
            assert cursor.rowcount == 1


def test_a_shop_reports_about_itself_and_no_other(rossi: Shop, bianchi: Shop) -> None:
    report = (
        "INSERT INTO public.shops_shophealth (id, shop_id, reported_at, month, waiting_in, waiting_out, ai_cost,"
        " failed_messages, failed_conversations, calls, call_minutes, chats)"
        " VALUES (gen_random_uuid(), %s, now(), now(), 0, 0, 0, 0, 0, 0, 0, 0)"
    )
    with in_shop(rossi):
        assert outcome(report, [rossi.pk]) == "done"
        assert outcome(report, [bianchi.pk]) == REFUSED
        assert outcome("UPDATE public.shops_shophealth SET shop_id = %s", [bianchi.pk]) == REFUSED
        visit = "INSERT INTO public.shops_supportvisit (id, shop_id) VALUES (gen_random_uuid(), %s)"
        assert outcome(visit, [rossi.pk]) == REFUSED


def test_a_shop_locks_its_own_row_and_no_other(furnished: tuple[Shop, Shop]) -> None:
    rossi, _bianchi = furnished
    with in_shop(rossi):
        assert column("SELECT id FROM public.shops_shop FOR UPDATE") == {rossi.pk}


def test_no_role_was_granted_anything_beyond_the_walls(rossi: Shop, bianchi: Shop) -> None:
    """From the catalogue, not by trying: rights on a table must be absent, not only out of reach behind the schema."""
    shop_roles = {shop.schema_name: shop.db_role for shop in (rossi, bianchi)}
    common = {roles.routing_role(*isolation.here()), roles.platform_role(*isolation.here())}
    wrong = []
    with superuser() as admin:
        for table in [t for t in tables("rpvmfS") if t.schema != "public"]:
            strangers = common | {role for schema, role in shop_roles.items() if schema != table.schema}
            for role in strangers:
                rights = admin.execute(
                    "SELECT has_schema_privilege(%(role)s, %(schema)s, 'USAGE'),"
                    " has_schema_privilege(%(role)s, %(schema)s, 'CREATE'),"
                    " relacl::text LIKE '%%' || %(role)s || '=%%' FROM pg_class WHERE oid = %(oid)s",
                    {"role": role, "schema": table.schema, "oid": table.oid},
                ).fetchone()
                if any(rights or ()):
                    wrong.append((str(table), role))
    assert wrong == []


def test_every_public_table_is_behind_row_level_security() -> None:
    with superuser() as admin:
        bare = admin.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
            " AND NOT (relrowsecurity AND relforcerowsecurity)"
        ).fetchall()
    assert bare == []


def test_the_application_login_by_itself_reaches_nothing(rossi: Shop) -> None:
    """A RESET ROLE gains nothing: the login has no rights of its own."""
    found = tables()
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as login:
        for table in found:
            for name in ("count", "insert", "delete"):
                with pytest.raises(psycopg.errors.InsufficientPrivilege):
                    login.execute(*attempts(table)[name])


# --- without a shop -------------------------------------------------------------------------------------------


def test_without_a_shop_no_shop_can_be_read(rossi: Shop, bianchi: Shop) -> None:
    assert value("SELECT current_user") == roles.routing_role(*isolation.here())
    assert not_refused([t for t in tables() if t.schema != "public"]) == []


def test_without_a_shop_only_what_routes_is_seen(furnished: tuple[Shop, Shop]) -> None:
    named = {"shops_shop", "shops_domain", "shops_phoneline", "shops_whatsappnumber"}
    assert named | {"shops_unroutedevent"} == ROUTED
    assert not_refused([t for t in tables() if t.schema == "public" and t.name not in ROUTED]) == []
    assert column("SELECT id FROM shops_shop") == {shop.pk for shop in furnished}


def test_without_a_shop_no_token_is_seen(furnished: tuple[Shop, Shop]) -> None:
    assert outcome("SELECT access_token FROM shops_whatsappnumber") == REFUSED
    assert outcome("SELECT * FROM shops_whatsappnumber") == REFUSED
    assert outcome("SELECT 1 FROM shops_whatsappnumber w WHERE w::text LIKE %s", ["%"]) == REFUSED
    assert outcome("SELECT id FROM shops_whatsappnumber WHERE access_token <> %s", [""]) == REFUSED
    assert len(column("SELECT phone_number_id FROM shops_whatsappnumber")) == 2


def test_without_a_shop_nothing_is_written_but_the_count_of_the_unrouted(rossi: Shop) -> None:
    routed = [t for t in tables() if t.schema == "public" and t.name in ROUTED - {"shops_unroutedevent"}]
    for table in routed:
        for name in ("insert", "update", "delete", "truncate", "drop"):
            assert outcome(*attempts(table)[name]) == REFUSED, (str(table), name)
    unrouted = next(t for t in tables() if t.name == "shops_unroutedevent" and t.schema == "public")
    assert outcome(*attempts(unrouted)["delete"]) == REFUSED


# --- the operators' admin -------------------------------------------------------------------------------------


def test_the_operators_reach_no_shop(rossi: Shop, bianchi: Shop) -> None:
    with as_platform():
        assert not_refused([t for t in tables() if t.schema != "public"]) == []


def test_the_operators_neither_make_nor_rename_nor_delete_shops(rossi: Shop) -> None:
    with as_platform():
        assert outcome("DELETE FROM shops_shop") == REFUSED
        assert outcome("INSERT INTO shops_shop DEFAULT VALUES") == REFUSED
        for name in ("schema_name", "db_role", "slug", "id", "schema_version", "created_at"):
            assert outcome(f"UPDATE shops_shop SET {name} = {name}") == REFUSED, name
        assert outcome("UPDATE shops_shop SET status = %s", ["suspended"]) == "done"


def test_the_operators_change_no_report_and_no_visit_but_that_it_ended(furnished: tuple[Shop, Shop]) -> None:
    with as_platform():
        for table in [t for t in tables() if t.name in ("shops_shophealth", "shops_supportvisit")]:
            assert outcome(*attempts(table)["select"]) == "done"
            assert outcome(*attempts(table)["delete"]) == REFUSED
            for name in table.columns:
                allowed = table.name == "shops_supportvisit" and name in ("ended_at", "ended_by")
                code = outcome(f'UPDATE public.{table.name} SET "{name}" = "{name}" WHERE %s', [True])
                assert code == ("done" if allowed else REFUSED), (str(table), name)
        assert outcome("INSERT INTO shops_shophealth DEFAULT VALUES") == REFUSED
        for name in ("slug", "domain", "manager_email", "id", "requested_by", "attempts"):
            assert outcome(f"UPDATE shops_shoporder SET {name} = {name}") == REFUSED, name
        assert outcome("DELETE FROM shops_shoporder") == REFUSED


def test_what_the_owner_executes_is_out_of_the_operators_reach() -> None:
    mine = [
        t
        for t in tables()
        if t.schema == "public" and t.name in ("shops_schematemplate", "django_migrations")
    ]
    with as_platform():
        assert len(mine) == 2
        assert not_refused(mine) == []
