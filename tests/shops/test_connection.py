"""The connection follows the shop, and when it cannot it does not go on with the previous one's rights."""

import threading
from collections.abc import Iterator
from contextlib import suppress

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import DatabaseError, InterfaceError, OperationalError, connection, transaction
from django_tenants.utils import schema_context
from psycopg import sql

from scheduling.models import Bay
from shops import isolation, roles
from shops.context import NoShop, as_platform, current_shop, in_shop
from shops.db.base import DatabaseWrapper
from shops.db.current import here
from shops.models import Shop
from tests.database import superuser
from tests.shops.conftest import ask, path, role

ROUTING = "routing"


class Oops(Exception):
    """Something went wrong inside of a block."""


@pytest.fixture
def roles_of_bianchi_gone(transactional_db: None, bianchi: Shop) -> Iterator[None]:
    """Bianchi's role is renamed away, as if somebody had dropped it."""
    name, other = sql.Identifier(bianchi.db_role), sql.Identifier(f"{bianchi.db_role}_x")
    rename = sql.SQL("ALTER ROLE {} RENAME TO {}")
    with superuser() as admin:
        admin.execute(rename.format(name, other))
    yield
    with superuser() as admin:
        admin.execute(rename.format(other, name))


# --- following ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_path_and_role_change_together(rossi: Shop, bianchi: Shop) -> None:
    assert role() == roles.routing_role(*isolation.here())
    with in_shop(rossi):
        assert (role(), path()) == (rossi.db_role, "shop_officina_rossi, public")
        with in_shop(bianchi):
            assert (role(), path()) == (bianchi.db_role, "shop_carrozzeria_bianchi, public")
        assert (role(), path()) == (rossi.db_role, "shop_officina_rossi, public")
    assert (role(), path()) == (roles.routing_role(*isolation.here()), "public")
    with as_platform():
        assert role() == roles.platform_role(*isolation.here())
    assert role() == roles.routing_role(*isolation.here())


@pytest.mark.django_db
def test_path_and_role_are_set_once(rossi: Shop) -> None:
    with in_shop(rossi):
        role()
        applied = here()._applied
        for _time in range(3):
            Bay.objects.count()
        assert here()._applied is applied


@pytest.mark.django_db
def test_a_schema_without_its_shop_is_no_way_in(rossi: Shop) -> None:
    with schema_context("aros_template"), pytest.raises(ValueError, match="Not a shop's schema"):
        role()
    with schema_context("shop_nobody"), pytest.raises(DatabaseError):
        role()


@pytest.mark.django_db
def test_current_shop_never_falls_back(rossi: Shop) -> None:
    with pytest.raises(NoShop):
        current_shop()
    with as_platform(), pytest.raises(NoShop):
        current_shop()
    with in_shop(rossi):
        assert current_shop() == rossi


@pytest.mark.django_db
def test_an_exception_leaves_the_shop(rossi: Shop) -> None:
    with pytest.raises(Oops), in_shop(rossi):
        raise Oops
    assert role() == roles.routing_role(*isolation.here())


def test_threads_begin_in_public_and_do_not_share(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    seen: dict[str, list[str]] = {}
    both_inside = threading.Barrier(2, timeout=20)

    def work(shop: Shop) -> None:
        before = role()
        with in_shop(shop):
            both_inside.wait()
            inside = role()
            both_inside.wait()
            seen[shop.slug] = [before, inside, role()]
        connection.close()

    with in_shop(rossi):
        threads = [threading.Thread(target=work, args=[shop]) for shop in (rossi, bianchi)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert role() == rossi.db_role
    routing = roles.routing_role(*isolation.here())
    assert seen == {shop.slug: [routing, shop.db_role, shop.db_role] for shop in (rossi, bianchi)}


def test_a_new_connection_is_set_again(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        assert role() == rossi.db_role
        connection.close()
        assert role() == rossi.db_role
    assert here().settings_dict["CONN_MAX_AGE"] > 0  # kept between requests, and not for ever
    assert here().settings_dict["CONN_HEALTH_CHECKS"]


# --- transactions ---------------------------------------------------------------------------------------------


def test_a_rollback_takes_the_role_back(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    with in_shop(rossi):
        role()
        with suppress(Oops), transaction.atomic(), in_shop(bianchi):
            assert role() == bianchi.db_role
            raise Oops
        assert (role(), path()) == (rossi.db_role, "shop_officina_rossi, public")


def test_a_rollback_inside_of_another_shop(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    """The transaction began in Rossi, its rollback returns the server to Rossi: Bianchi must be set anew."""
    with in_shop(rossi), transaction.atomic():
        role()
        with in_shop(bianchi):
            with suppress(Oops), transaction.atomic():
                assert role() == bianchi.db_role
                raise Oops
            assert (role(), path()) == (bianchi.db_role, "shop_carrozzeria_bianchi, public")
        assert role() == rossi.db_role


@pytest.mark.parametrize(
    "bad", ["SELECT 1/0", "SELECT * FROM nowhere", "INSERT INTO scheduling_bay DEFAULT VALUES"]
)
def test_failed_statements_across_shops(bad: str, transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    """Savepoint in one shop, failure in the other: the rollback works, and both are themselves afterwards."""
    with in_shop(rossi), transaction.atomic():
        Bay.objects.update(name="di Rossi")
        with pytest.raises(DatabaseError), transaction.atomic(), in_shop(bianchi):  # noqa: PT012
            Bay.objects.update(name="di Bianchi")
            ask(bad)
        assert role() == rossi.db_role
    with in_shop(rossi):
        assert set(Bay.objects.values_list("name", flat=True)) == {"di Rossi"}
    with in_shop(bianchi):
        assert "di Bianchi" not in Bay.objects.values_list("name", flat=True)


def test_a_swallowed_error_reads_nothing(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    """In a failed transaction no SET is possible: the next statement fails too, in whichever shop."""
    with pytest.raises(DatabaseError), transaction.atomic():  # noqa: PT012
        with in_shop(rossi), pytest.raises(DatabaseError):
            ask("SELECT 1/0")
        with in_shop(bianchi):
            Bay.objects.count()
    with in_shop(bianchi):
        assert role() == bianchi.db_role


def test_a_commit_keeps_what_was_set(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    with in_shop(rossi), transaction.atomic():
        role()
        with in_shop(bianchi), transaction.atomic():
            role()
    with in_shop(bianchi):
        assert role() == bianchi.db_role


# --- when it cannot be set --------------------------------------------------------------------------------------


def test_a_missing_role_reads_nothing(roles_of_bianchi_gone: None, rossi: Shop, bianchi: Shop) -> None:
    """The parent backend swallows this failure, and the next query then reads Rossi's rows."""
    with in_shop(rossi):
        assert Bay.objects.count()
    backend = here().connection
    with in_shop(bianchi):
        for _again in range(2):
            with pytest.raises(DatabaseError, match="does not exist"):
                Bay.objects.count()
        assert backend.closed
    with in_shop(rossi):
        assert role() == rossi.db_role


def test_a_missing_role_within_a_transaction(roles_of_bianchi_gone: None, rossi: Shop, bianchi: Shop) -> None:
    """The transaction is lost, and what was written in it with it."""
    with in_shop(rossi):
        names = set(Bay.objects.values_list("name", flat=True))
        with pytest.raises((DatabaseError, InterfaceError)), transaction.atomic():  # noqa: PT012
            Bay.objects.update(name="lost")
            with in_shop(bianchi), pytest.raises(DatabaseError, match="does not exist"):
                Bay.objects.count()
            Bay.objects.count()
        assert set(Bay.objects.values_list("name", flat=True)) == names


def test_a_killed_backend_is_an_error_and_then_a_new_one(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        with superuser() as admin:
            admin.execute("SELECT pg_terminate_backend(%s)", [ask("SELECT pg_backend_pid()")])
        with pytest.raises((OperationalError, InterfaceError)):
            Bay.objects.count()
        connection.close_if_unusable_or_obsolete()
        assert role() == rossi.db_role


def test_a_role_made_again_is_taken_again(transactional_db: None, rossi: Shop) -> None:
    """Deleted and created anew, a shop has the same names and another role behind them."""
    with in_shop(rossi):
        role()
        first = here()._applied
    again = Shop(schema_name=rossi.schema_name, timezone=rossi.timezone)
    with in_shop(again):
        role()
        assert here()._applied != first


def test_no_name_from_outside_gets_into_the_statement() -> None:
    wrapper = here()
    with pytest.raises(ImproperlyConfigured):
        wrapper._statement('x"; DROP ROLE y; --')
    with pytest.raises(ValueError, match="Not a shop's schema"):
        roles.shop_role("aros", "aros", 'shop_x"; --')


# --- the login ------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_application_sends_one_statement_at_a_time(rossi: Shop) -> None:
    with in_shop(rossi):
        for parameters in ([], [1]):
            with pytest.raises(DatabaseError) as refused, transaction.atomic():
                ask("SELECT 1; SELECT %s" if parameters else "SELECT 1; SELECT 2", *parameters)
            assert isinstance(refused.value.__cause__, psycopg.errors.SyntaxError)


def test_the_owner_keeps_its_login(as_owner: None, rossi: Shop) -> None:
    with in_shop(rossi):
        assert (role(), path()) == ("aros_owner", "shop_officina_rossi, public")
        assert here().wanted_role() is None


def test_the_wrapper_of_another_alias_is_its_own(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        role()
        copy = here().copy()
        assert isinstance(copy, DatabaseWrapper)
        try:
            with copy.cursor() as cursor:
                cursor.execute("SELECT current_user")
                assert cursor.fetchone() == (roles.routing_role(*isolation.here()),)
        finally:
            copy.close()
