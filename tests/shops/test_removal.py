"""A deleted shop leaves a copy and nothing else."""

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from psycopg import sql

from shops import lines, pgtools, provisioning, routing
from shops.context import NoShop, in_shop
from shops.models import Domain, PhoneLine, Shop, WhatsAppNumber
from shops.provisioning import Refused
from tests import factories
from tests.database import superuser
from tests.shops.newshop import SCHEMA, WISH, Oops, traces


@pytest.fixture
def verdi(as_owner: None) -> Shop:
    """A shop with a customer, a recording, lines, and something in the cache."""
    shop = provisioning.create_shop(WISH)
    lines.attach_line(shop, phone_number_id="line-verdi", number="021122334")
    lines.attach_whatsapp(
        shop, phone_number_id="wa-verdi", number="3331234567", access_token="un-token-segreto"
    )
    with in_shop(shop):
        factories.customer(first_name="Ludovica")
        default_storage.save("recordings/a.wav", ContentFile(b"RIFF"))
        caches["default"].set("draft", "di Verdi")
    return shop


def test_a_deleted_shop_leaves_a_dump_and_nothing_else(verdi: Shop, tmp_path: Path, settings: Any) -> None:
    dump = provisioning.delete(verdi, dump_to=tmp_path / "dumps")
    text = dump.read_text()
    assert "Ludovica" in text
    assert "+39021122334" in text.splitlines()[0]
    assert "un-token-segreto" not in text
    assert dump.stat().st_mode & 0o077 == 0
    assert dump.with_suffix(".tar").stat().st_mode & 0o077 == 0
    assert traces() == {}
    assert not PhoneLine.objects.filter(phone_number_id="line-verdi").exists()
    assert not WhatsAppNumber.objects.filter(phone_number_id="wa-verdi").exists()
    assert not Domain.objects.filter(domain="verdi.example").exists()
    assert routing.shop_for_host("verdi.example") is None
    assert routing.shop_for_line("line-verdi", None) is None
    assert not (Path(settings.MEDIA_ROOT) / SCHEMA).exists()


def test_a_shop_of_the_same_name_finds_nothing_of_the_former(verdi: Shop, tmp_path: Path) -> None:
    provisioning.delete(verdi, dump_to=tmp_path)
    again = provisioning.create_shop(WISH)
    with in_shop(again):
        assert caches["default"].get("draft") is None
        assert not default_storage.exists("recordings/a.wav")


def test_the_dump_can_be_loaded(verdi: Shop, tmp_path: Path) -> None:
    dump = provisioning.delete(verdi, dump_to=tmp_path)
    psql = next(p for p in pgtools._candidates() if p.exists()).parent / "psql"
    loaded = subprocess.run(
        [psql, os.environ["DATABASE_OWNER_URL"], "-q", "-v", "ON_ERROR_STOP=1", "-f", dump],
        capture_output=True,
        check=False,
    )
    assert loaded.returncode == 0, loaded.stderr
    with superuser() as admin:
        assert admin.execute(f"SELECT first_name FROM {SCHEMA}.scheduling_customer").fetchone() == (
            "Ludovica",
        )


def test_a_dump_that_cannot_be_written_keeps_the_shop(verdi: Shop, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(Refused, match="Niente è stato cancellato"):
        provisioning.delete(verdi, dump_to=tmp_path / "file")
    assert Shop.objects.get(pk=verdi.pk).status == Shop.Status.ACTIVE


def test_a_dump_that_fails_keeps_the_shop(
    verdi: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pgtools, "_candidates", lambda: iter([Path("/bin/false")]))
    with pytest.raises(Refused, match="pg_dump"):
        provisioning.delete(verdi, dump_to=tmp_path)
    assert Shop.objects.get(pk=verdi.pk).status == Shop.Status.ACTIVE
    assert not list(tmp_path.glob("*.sql"))


@pytest.mark.parametrize("step", ["shops.removal._remove_files", "shops.isolation.drop_shop"])
def test_an_interrupted_deletion_goes_on(
    step: str, verdi: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any) -> None:
        raise Oops

    monkeypatch.setattr(step, fail)
    with pytest.raises(Oops):
        provisioning.delete(verdi, dump_to=tmp_path)
    monkeypatch.undo()
    left = Shop.objects.get(pk=verdi.pk)
    assert left.status == Shop.Status.DELETING
    with pytest.raises(Refused, match="delete_shop"):
        provisioning.create_shop(WISH)  # it might not have its dump yet
    dump = provisioning.delete(left, dump_to=tmp_path)
    assert "Ludovica" in dump.read_text()
    assert traces() == {}


def test_what_the_role_came_to_own_goes_with_it(verdi: Shop, tmp_path: Path) -> None:
    """A large object is the one thing that a shop's role can make outside of its schema."""
    with superuser() as admin:
        admin.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(verdi.db_role)))
        admin.execute("SELECT lo_from_bytea(0, 'x')")
    provisioning.delete(verdi, dump_to=tmp_path)
    assert traces() == {}
    with superuser() as admin:
        assert admin.execute("SELECT count(*) FROM pg_largeobject_metadata").fetchone() == (0,)


def test_a_file_without_a_shop_is_an_error(transactional_db: None) -> None:
    with pytest.raises(NoShop):
        default_storage.save("a.txt", ContentFile(b"of nobody"))
