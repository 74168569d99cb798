"""What an injected piece of SQL could try from a shop's connection. The database refuses, not our code."""

import os
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from django.db import DatabaseError, connection

from shops import isolation, roles
from shops.context import as_platform, in_shop
from shops.models import Shop
from tests.database import superuser
from tests.isolation.conftest import CANARY
from tests.isolation.database import REFUSED, column, outcome, undone, value

pytestmark = pytest.mark.django_db

NO_SUCH_FUNCTION, SYNTAX, NO_SUCH_FILE = "42883", "42601", "58P01"
NOT_SUPPORTED = (
    "0A000"  # "SET is not allowed in a non-volatile function"; also a server that was built without XML
)
NO_QUERY = "42P11"  # "cannot open SET query as cursor"
OWNER, LOGIN = "aros_owner", "aros_app"


@pytest.fixture
def inside(furnished: tuple[Shop, Shop]) -> Iterator[tuple[Shop, Shop]]:
    """Inside Rossi, with Bianchi to break into."""
    with in_shop(furnished[0]):
        yield furnished


def filled(text: str, furnished: tuple[Shop, Shop]) -> str:
    """{me} and {role}, {schema} of the other shop, in the text."""
    rossi, bianchi = furnished
    return (
        text.replace("{me}", rossi.db_role)
        .replace("{role}", bianchi.db_role)
        .replace("{schema}", bianchi.schema_name)
    )


# --- becoming somebody else -----------------------------------------------------------------------------------

BECOME = {
    "set_config role": ("SELECT set_config('role', %s, false)", "{role}"),
    "set_config role, for the transaction": ("SELECT set_config('role', %s, true)", "{role}"),
    "set_config role, qualified": ("SELECT pg_catalog.set_config('role', %s, false)", "none"),
    "set_config path": ("SELECT set_config('search_path', %s, false)", "{schema}"),
    "set_config session": ("SELECT set_config('session_authorization', %s, false)", OWNER),
    "set_config where nobody looks": (
        "SELECT 1 FROM scheduling_bay WHERE set_config('role', %s, false) IS NOT NULL",
        "{role}",
    ),
    "through the settings' view": ("UPDATE pg_settings SET setting = %s WHERE name = 'role'", "{role}"),
    "path through the settings' view": (
        "UPDATE pg_settings SET setting = %s WHERE name = 'search_path'",
        "{schema}",
    ),
}


@pytest.mark.parametrize("name", BECOME)
def test_a_statement_cannot_become_somebody_else(name: str, inside: tuple[Shop, Shop]) -> None:
    statement, parameter = BECOME[name]
    assert outcome(statement, [filled(parameter, inside)]) == REFUSED
    assert value("SELECT current_user") == inside[0].db_role
    assert value("SELECT session_user") == LOGIN


def test_no_path_leads_to_becoming_the_owner(inside: tuple[Shop, Shop]) -> None:
    """A statement that is nothing but a SET is for code that builds SQL; even so, the owner is out of reach."""
    assert outcome(f"SET ROLE {OWNER}") == REFUSED
    assert outcome(f"SET SESSION AUTHORIZATION {OWNER}") == REFUSED
    assert outcome("SET SESSION AUTHORIZATION postgres") == REFUSED


@pytest.mark.parametrize(
    "statement", ["SET ROLE %s", "SET SESSION AUTHORIZATION %s", "SET LOCAL ROLE %s", "SET search_path = %s"]
)
def test_setting_takes_no_parameter(statement: str, inside: tuple[Shop, Shop]) -> None:
    assert outcome(statement, [inside[1].db_role]) == SYNTAX


def test_a_shop_grants_itself_nothing(inside: tuple[Shop, Shop]) -> None:
    for statement in (
        'GRANT "{role}" TO "{me}"',
        f'GRANT {OWNER} TO "{{me}}"',
        f'GRANT "{{me}}" TO {LOGIN} WITH ADMIN OPTION',
        'ALTER ROLE "{me}" SUPERUSER',
        'ALTER ROLE "{me}" BYPASSRLS',
        'ALTER ROLE "{role}" RENAME TO innocent',
        'DROP ROLE "{role}"',
        "CREATE ROLE innocent",
        'GRANT USAGE ON SCHEMA {schema} TO "{me}"',
        "ALTER DEFAULT PRIVILEGES FOR ROLE aros_owner GRANT SELECT ON TABLES TO PUBLIC",
    ):
        assert outcome(filled(statement, inside)) == REFUSED, statement


# --- a second statement ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("parameters", [[1], []], ids=["with parameters", "without parameters"])
@pytest.mark.parametrize(
    "second",
    ['SET ROLE "{role}"', "SELECT 1", "DROP SCHEMA {schema} CASCADE", "RESET ROLE", "DO $$ BEGIN END $$"],
)
def test_a_second_statement_is_refused(second: str, parameters: list[Any], inside: tuple[Shop, Shop]) -> None:
    first = "SELECT %s::int" if parameters else "SELECT 1"
    assert outcome(f"{first}; {filled(second, inside)}", parameters) == SYNTAX
    assert value("SELECT current_user") == inside[0].db_role


def test_a_second_statement_is_refused_behind_an_iterator_too(inside: tuple[Shop, Shop]) -> None:
    """Rows that are streamed come through a cursor of the server, which is declared in another way."""
    rows = Shop.objects.extra(where=[f'true; SET ROLE "{inside[1].db_role}"']).iterator()
    with pytest.raises(DatabaseError), undone():
        list(rows)


@pytest.mark.parametrize("statement", ["DO $$ BEGIN PERFORM %s; END $$", "DO %s"])
def test_a_block_takes_no_parameter(statement: str, inside: tuple[Shop, Shop]) -> None:
    assert outcome(statement, ["1"]) in (SYNTAX, "42P02", "42P18", "ProgrammingError")


# --- SQL inside of SQL ----------------------------------------------------------------------------------------

SQL_IN_SQL = {
    "SET": ('SET ROLE "{role}"', {NOT_SUPPORTED, NO_QUERY}),
    "RESET": ("RESET ROLE", {NOT_SUPPORTED, NO_QUERY}),
    "set_config": ("SELECT to_tsvector(set_config('role', '{role}', false))", {REFUSED}),
    "another shop's table": ("SELECT to_tsvector(first_name) FROM {schema}.scheduling_customer", {REFUSED}),
    "a hidden public table": ("SELECT to_tsvector(email) FROM public.staff_staffuser", {REFUSED}),
    "DO": ("DO $x$ BEGIN NULL; END $x$", {NOT_SUPPORTED, NO_QUERY}),
    "two statements": ("SELECT to_tsvector('a'); SELECT 2", {SYNTAX, NO_QUERY, NOT_SUPPORTED}),
    "COPY": ("COPY {schema}.scheduling_customer TO '/tmp/out'", {REFUSED, NOT_SUPPORTED, NO_QUERY}),
    "a write": ("DELETE FROM scheduling_appointment RETURNING to_tsvector('a')", {NOT_SUPPORTED}),
}
EXECUTES = {
    "ts_stat": "SELECT count(*) FROM ts_stat(%s)",
    "ts_rewrite": "SELECT ts_rewrite('a & b'::tsquery, %s)",
    "query_to_xmlschema": "SELECT query_to_xmlschema(%s, true, false, '')",
    "query_to_xml": "SELECT query_to_xml(%s, true, false, '')",
    "query_to_xml_and_xmlschema": "SELECT query_to_xml_and_xmlschema(%s, true, false, '')",
}


@pytest.mark.parametrize("name", SQL_IN_SQL)
@pytest.mark.parametrize("function", EXECUTES)
def test_functions_that_execute_a_text(function: str, name: str, inside: tuple[Shop, Shop]) -> None:
    text, codes = SQL_IN_SQL[name]
    # ts_rewrite wants pairs of tsquery; a server without XML answers so before it looks at the text
    other_answers = {"22023"} if function == "ts_rewrite" else {NOT_SUPPORTED} if "xml" in function else set()
    assert outcome(EXECUTES[function], [filled(text, inside)]) in codes | other_answers
    assert value("SELECT current_user") == inside[0].db_role


def test_a_table_of_another_shop_is_not_rendered(inside: tuple[Shop, Shop]) -> None:
    theirs = filled("{schema}.scheduling_customer", inside)
    assert outcome("SELECT table_to_xmlschema(%s::regclass, true, false, '')", [theirs]) == REFUSED
    assert outcome("SELECT table_to_xml(%s::regclass, true, false, '')", [theirs]) == REFUSED
    assert (
        outcome("SELECT * FROM dblink(%s, %s) AS t(x text)", ["dbname=aros", "SELECT 1"]) == NO_SUCH_FUNCTION
    )


@pytest.mark.parametrize(
    "whole", ["database_to_xml(true, false, '')", "database_to_xmlschema(true, false, '')"]
)
def test_the_whole_database_is_what_the_role_may_read(whole: str, inside: tuple[Shop, Shop]) -> None:
    code = outcome(f"SELECT {whole}")
    assert code in {"done", NOT_SUPPORTED}
    if code == "done":
        told = value(f"SELECT {whole}::text")
        assert "scheduling_bay" in told or inside[0].name in told
        assert CANARY not in told
        assert inside[1].schema_name not in told


# --- the server's files, programs, other sessions ---------------------------------------------------------------

SERVER = {
    "SELECT pg_read_file(%s)": "/etc/passwd",
    "SELECT pg_read_binary_file(%s)": "/etc/passwd",
    "SELECT pg_ls_dir(%s)": ".",
    "SELECT pg_stat_file(%s)": "postgresql.conf",
    "SELECT pg_ls_logdir() WHERE %s <> ''": "x",
    "SELECT lo_import(%s)": "/etc/passwd",
    "SELECT lo_export(1, %s)": "/tmp/out",
    "SELECT pg_reload_conf() WHERE %s <> ''": "x",
    "SELECT pg_switch_wal() WHERE %s <> ''": "x",
    "SELECT pg_create_restore_point(%s)": "x",
    "SELECT pg_current_logfile(%s)": "csvlog",
    "SELECT rolpassword FROM pg_authid WHERE rolname = %s": LOGIN,
    "SELECT passwd FROM pg_shadow WHERE usename = %s": LOGIN,
    "SELECT * FROM pg_statistic WHERE %s <> ''": "x",
    "SELECT * FROM pg_statistic_ext_data WHERE %s <> ''": "x",
    "SELECT * FROM pg_largeobject WHERE %s <> ''": "x",
    "SELECT * FROM pg_user_mapping WHERE %s <> ''": "x",
    "SELECT * FROM pg_hba_file_rules WHERE %s <> ''": "x",
    "SELECT * FROM pg_file_settings WHERE %s <> ''": "x",
    "SELECT * FROM pg_subscription WHERE %s <> ''": "x",
}


@pytest.mark.parametrize("statement", SERVER)
def test_the_server_itself_is_out_of_reach(statement: str, inside: tuple[Shop, Shop]) -> None:
    assert outcome(statement, [SERVER[statement]]) == REFUSED


@pytest.mark.parametrize(
    "statement",
    [
        "COPY (SELECT 1) TO PROGRAM 'id'",
        "COPY scheduling_bay (name) FROM PROGRAM 'id'",
        "COPY scheduling_bay TO '/tmp/out'",
        "COPY scheduling_bay (name) FROM '/etc/passwd'",
        "COPY {schema}.scheduling_customer TO STDOUT",
        "ALTER SYSTEM SET log_statement = 'all'",
        "CREATE EXTENSION dblink",
        "CREATE EXTENSION file_fdw",
        "LOAD '/tmp/evil.so'",
        "CREATE DATABASE mine",
        "VACUUM {schema}.scheduling_customer",
        "CHECKPOINT",
    ],
)
def test_commands_of_the_server_are_refused(statement: str, inside: tuple[Shop, Shop]) -> None:
    code = outcome(filled(statement, inside))
    assert code in {REFUSED, NO_SUCH_FILE, NOT_SUPPORTED, "25001"}, code


def test_other_sessions_are_neither_seen_nor_ended(inside: tuple[Shop, Shop]) -> None:
    for url in (os.environ["DATABASE_URL"], os.environ["DATABASE_OWNER_URL"]):
        with psycopg.connect(url, autocommit=True) as other:
            other.execute("SELECT 'a secret of the other session'")
            pid = other.info.backend_pid
            assert outcome("SELECT pg_terminate_backend(%s)", [pid]) == REFUSED
            assert outcome("SELECT pg_cancel_backend(%s)", [pid]) == REFUSED
            column("SELECT pg_stat_clear_snapshot()")
            shown = value("SELECT query FROM pg_stat_activity WHERE pid = %s", [pid])
            assert shown == "<insufficient privilege>"


def test_statistics_show_nothing_of_other_shops(inside: tuple[Shop, Shop]) -> None:
    with superuser() as admin:
        admin.execute(f"ANALYZE {inside[1].schema_name}.scheduling_service")
    assert column("SELECT schemaname FROM pg_stats WHERE schemaname LIKE 'shop%%'") <= {inside[0].schema_name}


def test_settings_tell_no_secret(inside: tuple[Shop, Shop]) -> None:
    told = column("SELECT current_setting(name) FROM pg_settings")
    password = connection.settings_dict["PASSWORD"]
    assert told
    assert not [text for text in told if password in text]
    assert column("SELECT rolpassword FROM pg_roles") == {"********"}


# --- making things --------------------------------------------------------------------------------------------

MAKE = (
    "CREATE TABLE mine (x int)",
    "CREATE TABLE public.mine (x int)",
    "CREATE TEMP TABLE scheduling_customer (x int)",
    "CREATE TEMP VIEW scheduling_customer AS SELECT 1",
    "SELECT 1 AS x INTO TEMP scheduling_customer",
    "CREATE SCHEMA mine",
    "CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE POLICY mine ON public.shops_shop USING (true)",
    "DROP POLICY own_rows ON public.shops_shop",
    "CREATE RULE r AS ON SELECT TO scheduling_bay DO INSTEAD SELECT 1",
    "CREATE TRIGGER t BEFORE INSERT ON scheduling_bay EXECUTE FUNCTION f()",
    "CREATE PUBLICATION mine",
    "CREATE EVENT TRIGGER t ON ddl_command_start EXECUTE FUNCTION f()",
    "CREATE FOREIGN DATA WRAPPER mine",
    "COMMENT ON TABLE scheduling_bay IS 'mine'",
    "GRANT SELECT ON scheduling_bay TO PUBLIC",
)


@pytest.mark.parametrize("statement", MAKE)
def test_a_shop_makes_nothing(statement: str, inside: tuple[Shop, Shop]) -> None:
    """Least of all a temporary table: it would stand in front of the next shop's on this connection."""
    code = outcome(statement)
    granted_nothing = statement.startswith("GRANT") and code == "done"
    assert granted_nothing or code in {REFUSED, NO_SUCH_FUNCTION}, code
    if granted_nothing:  # PostgreSQL warns and grants nothing when the grantor has nothing to give
        with undone(), connection.cursor() as cursor:
            cursor.execute(statement)
            cursor.execute("SELECT has_table_privilege('public', 'scheduling_bay', 'SELECT')")
            assert cursor.fetchone() == (False,)


def test_a_large_object_of_one_shop_is_closed_to_the_other(inside: tuple[Shop, Shop]) -> None:
    """The one thing that a shop's role can make outside of its schema."""
    bianchi = inside[1]
    made = value("SELECT lo_from_bytea(0, %s)", [b"of Rossi"])
    with in_shop(bianchi):
        assert outcome("SELECT lo_get(%s)", [made]) == REFUSED
        assert outcome("SELECT lo_put(%s, 0, %s)", [made, b"x"]) == REFUSED
        assert outcome("SELECT lo_unlink(%s)", [made]) == REFUSED


# --- the other roles ------------------------------------------------------------------------------------------


def test_without_a_shop_nobody_is_become_either(furnished: tuple[Shop, Shop]) -> None:
    for statement, parameter in BECOME.values():
        if "scheduling_bay" not in statement:
            assert outcome(statement, [filled(parameter, furnished)]) == REFUSED, statement
    assert value("SELECT current_user") == roles.routing_role(*isolation.here())


def test_in_the_operators_admin_nobody_is_become_either(furnished: tuple[Shop, Shop]) -> None:
    with as_platform():
        for statement, parameter in BECOME.values():
            if "scheduling_bay" not in statement:
                assert outcome(statement, [filled(parameter, furnished)]) == REFUSED, statement
        assert value("SELECT current_user") == roles.platform_role(*isolation.here())
