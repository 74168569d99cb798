"""A play on a shop's tables: seen while it is played, taken up again, and never kept."""

import time

import pytest
from django.db import IntegrityError, OperationalError, connection, transaction
from psycopg import sql

from scheduling.models import Customer
from shops.context import in_shop
from shops.db.current import TransactionOpen, let_go
from shops.db.rehearsal import aside, is_on, rehearse
from shops.models import Shop
from tests.database import superuser


def names() -> list[str]:
    return list(Customer.objects.order_by("first_name").values_list("first_name", flat=True))


def test_what_is_played_is_taken_up_again_and_not_kept(in_rossi: Shop) -> None:
    with rehearse() as play:
        row = Customer.objects.create(first_name="Ada")
        Customer.objects.filter(pk=row.pk).update(first_name="Bea")
        assert names() == ["Bea"]
    assert names() == []
    with rehearse(play.journal) as again:
        assert names() == ["Bea"]
        assert Customer.objects.get().pk == row.pk
        Customer.objects.all().delete()
    with rehearse(again.journal):
        assert names() == []
    assert names() == []


def test_what_a_savepoint_takes_back_is_forgotten(in_rossi: Shop) -> None:
    with rehearse() as play:
        Customer.objects.create(first_name="Ada")
        with transaction.atomic():
            Customer.objects.create(first_name="Bea")
            with transaction.atomic():
                Customer.objects.create(first_name="Ciro")
            transaction.set_rollback(True)
        with transaction.atomic():
            Customer.objects.create(first_name="Dora")
    with rehearse(play.journal):
        assert names() == ["Ada", "Dora"]


def test_aside_is_in_earnest(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi), rehearse():
        Customer.objects.create(first_name="Ada")
        with aside():
            assert not is_on()
            assert names() == []
            let_go()  # no transaction is open
            Customer.objects.create(first_name="Rita")
        assert is_on()
        assert names() == ["Ada", "Rita"]
    with in_shop(rossi):
        assert names() == ["Rita"]


def test_nobody_goes_out_in_the_middle_of_a_scene(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi), rehearse():
        with pytest.raises(TransactionOpen):
            let_go()
        with pytest.raises(TransactionOpen), transaction.atomic(), aside():
            raise AssertionError("unreachable")


def test_nothing_is_run_on_commit(transactional_db: None, rossi: Shop) -> None:
    ran: list[str] = []
    with in_shop(rossi), rehearse():
        transaction.on_commit(lambda: ran.append("played"))
        with aside(), transaction.atomic():
            transaction.on_commit(lambda: ran.append("in earnest"))
    assert ran == ["in earnest"]


def test_what_does_not_hold_any_more_is_counted(in_rossi: Shop) -> None:
    with rehearse() as play:
        Customer.objects.create(first_name="Ada", phone="+393331110000")
    Customer.objects.create(first_name="Rita", phone="+393331110000")
    with rehearse(play.journal) as again:
        assert names() == ["Rita"]
    assert again.lost == 1


def test_locks_that_have_to_come_first_come_first(in_rossi: Shop) -> None:
    seen: list[int] = []
    with rehearse(prepare=lambda journal: seen.append(len(journal))) as play:
        Customer.objects.create(first_name="Ada")
        with aside():
            pass
    assert seen == [1]
    with rehearse(play.journal, prepare=lambda journal: seen.append(Customer.objects.count())):
        assert names() == ["Ada"]
    assert seen == [1, 0]


def test_an_error_in_the_play_leaves_nothing(in_rossi: Shop) -> None:
    with pytest.raises(IntegrityError), rehearse():
        Customer.objects.bulk_create([Customer(first_name=each, phone="+393331110000") for each in "AB"])
    assert names() == []
    assert not is_on()


def test_a_database_that_goes_in_the_middle_leaves_a_connection_that_works(
    transactional_db: None, rossi: Shop
) -> None:
    with in_shop(rossi):
        with rehearse():
            Customer.objects.create(first_name="Ada")
            with superuser() as admin:
                admin.execute("SELECT pg_terminate_backend(%s)", [connection.connection.info.backend_pid])
            with pytest.raises(OperationalError):
                names()
        assert names() == []
        with rehearse() as play:
            Customer.objects.create(first_name="Bea")
        assert len(play.journal) == 1
        assert names() == []


def test_the_play_gives_way_to_whoever_means_it(transactional_db: None, rossi: Shop) -> None:
    """Somebody has the row: the play does not wait until PostgreSQL looks for a deadlock, and may then end them."""
    with in_shop(rossi):
        row = Customer.objects.create(first_name="Rita")
        with superuser(connection.settings_dict["NAME"]) as admin, admin.transaction():
            question = sql.SQL("SELECT 1 FROM {} FOR UPDATE")
            admin.execute(question.format(sql.Identifier(rossi.schema_name, "scheduling_customer")))
            began = time.monotonic()
            with rehearse(), pytest.raises(OperationalError, match="lock timeout"), transaction.atomic():
                Customer.objects.filter(pk=row.pk).update(first_name="Ada")
            assert time.monotonic() - began < 0.9
