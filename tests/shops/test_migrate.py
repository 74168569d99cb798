"""What migrating does to the shops that are there."""

import os

import pytest
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from scheduling.models import Bay
from shops import isolation, schema_template
from shops.context import in_shop
from shops.models import Shop
from tests import database
from tests.database import superuser
from tests.shops.newshop import Oops


def test_migrate_is_quick_and_harmless_a_second_time(as_owner: None, rossi: Shop) -> None:
    before = list(Shop.objects.values_list("pk", "schema_version", "db_role"))
    call_command("migrate", verbosity=0)
    assert list(Shop.objects.values_list("pk", "schema_version", "db_role")) == before
    assert rossi.schema_version == schema_template.version_of(rossi.schema_name)


def test_migrate_gives_roles_back_to_a_database_that_was_restored(as_owner: None, rossi: Shop) -> None:
    with superuser() as admin:
        name = sql.Identifier(rossi.db_role)
        admin.execute(sql.SQL("DROP OWNED BY {}").format(name))
        admin.execute(sql.SQL("DROP ROLE {}").format(name))
    Shop.objects.filter(pk=rossi.pk).update(db_role="another_installation_shop_officina_rossi")
    call_command("migrate", verbosity=0)
    database._login(os.environ["DATABASE_URL"], as_owner=False)
    with in_shop(rossi):
        assert Bay.objects.count()
        assert list(Shop.objects.values_list("db_role", flat=True)) == [rossi.db_role]


def test_a_shop_that_cannot_be_migrated_holds_up_no_other(
    as_owner: None, rossi: Shop, bianchi: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    Shop.objects.update(schema_version="old")
    secure = isolation.secure_shop

    def fail_for_bianchi(schema_name: str) -> str:
        if schema_name == bianchi.schema_name:
            raise Oops
        return secure(schema_name)

    monkeypatch.setattr(isolation, "secure_shop", fail_for_bianchi)
    with pytest.raises(Exception, match=r"shop_carrozzeria_bianchi \(Oops\)"):
        call_command("migrate", verbosity=0)
    versions = dict(Shop.objects.values_list("slug", "schema_version"))
    assert versions["carrozzeria-bianchi"] == "old"
    assert versions["officina-rossi"] == rossi.schema_version


def test_migrate_leaves_unfinished_shops_alone(as_owner: None, bianchi: Shop) -> None:
    Shop.objects.filter(pk=bianchi.pk).update(status=Shop.Status.DELETING, schema_version="old")
    call_command("migrate", verbosity=0)
    assert Shop.objects.get(pk=bianchi.pk).schema_version == "old"


def test_tables_that_come_later_are_the_shops_too(as_owner: None, rossi: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {rossi.schema_name}.later (id bigint GENERATED ALWAYS AS IDENTITY, x int)"
        )
    try:
        database._login(os.environ["DATABASE_URL"], as_owner=False)
        with in_shop(rossi), connection.cursor() as cursor:
            cursor.execute("INSERT INTO later (x) VALUES (%s)", [1])
    finally:
        with superuser() as admin:
            admin.execute(f"DROP TABLE {rossi.schema_name}.later")
