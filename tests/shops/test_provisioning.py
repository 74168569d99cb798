"""A shop is there whole or not at all."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import psycopg
import pytest
from django.core.cache import caches
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.db import connection
from psycopg import sql

from scheduling.models import Bay, OpeningHours, Service
from shops import isolation, lines, pgtools, provisioning, roles, routing, schema_template
from shops.context import NoShop, in_shop
from shops.models import Domain, PhoneLine, Shop, WhatsAppNumber
from shops.provisioning import NewShop, Refused
from shops.removal import sole_hand
from shops.signals import shop_created
from shops.staff.models import StaffUser
from tests import database, factories
from tests.database import superuser

WISH = NewShop(
    name="Gomme Verdi",
    domain="verdi.example",
    phone_number="02 1122334",
    manager_email="Vera@Verdi.example",
    manager_password="una password di prova",
)
SCHEMA = "shop_gomme_verdi"


class Oops(Exception):
    """The step that fails."""


def traces(schema: str = SCHEMA) -> dict[str, int]:
    """What there is of a shop, asked as superuser."""
    slug = schema.removeprefix("shop_").replace("_", "-")
    role = roles.shop_role(*isolation.here(), schema)
    questions = {
        "schemas": ("SELECT count(*) FROM pg_namespace WHERE nspname = %s", schema),
        "roles": ("SELECT count(*) FROM pg_roles WHERE rolname = %s", role),
        "shops": ("SELECT count(*) FROM shops_shop WHERE slug = %s", slug),
        "domains": ("SELECT count(*) FROM shops_domain WHERE domain = %s", WISH.domain),
        "default rights": (
            "SELECT count(*) FROM pg_default_acl d JOIN pg_namespace n ON n.oid = d.defaclnamespace"
            " WHERE n.nspname = %s",
            schema,
        ),
    }
    with superuser() as admin:
        found = {name: admin.execute(*_question(question)).fetchone() for name, question in questions.items()}
    return {name: row[0] for name, row in found.items() if row and row[0]}


def _question(question: tuple[str, str]) -> tuple[Any, list[str]]:
    return question[0], [question[1]]


# --- creating -------------------------------------------------------------------------------------------------


def test_a_new_shop_is_ready_to_answer(as_owner: None) -> None:
    shop = provisioning.create_shop(WISH)
    assert (shop.slug, shop.schema_name, shop.status) == ("gomme-verdi", SCHEMA, Shop.Status.ACTIVE)
    assert shop.phone_number == "+39021122334"
    assert shop.primary_domain == "verdi.example"
    assert routing.shop_for_host("verdi.example") == shop
    with in_shop(shop):
        assert Service.objects.count() >= 5
        assert Bay.objects.count() >= 2
        assert OpeningHours.objects.count() >= 6
        vera = StaffUser.objects.get()
        assert vera.email == "vera@verdi.example"
        assert vera.role == StaffUser.Role.ADMIN
        assert vera.check_password("una password di prova")


def test_the_application_serves_the_new_shop(as_owner: None) -> None:
    shop = provisioning.create_shop(WISH)
    database._login(os.environ["DATABASE_URL"], as_owner=False)
    with in_shop(shop):
        customer = factories.customer()
        assert customer.pk
        assert Bay.objects.update(name="Ponte") >= 2


def test_the_role_owns_nothing_and_cannot_log_in(as_owner: None, settings: Any) -> None:
    def attributes() -> Any:
        with superuser() as admin:
            return admin.execute(
                "SELECT rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolbypassrls, rolpassword IS NULL,"
                " (SELECT count(*) FROM pg_class WHERE relowner = a.oid) FROM pg_authid a WHERE rolname = %s",
                [roles.shop_role(*isolation.here(), SCHEMA)],
            ).fetchone()

    provisioning.create_shop(WISH)
    assert attributes() == (False, False, True, 0)
    settings.SHOP_ROLES_CAN_LOGIN = True  # as a distributed PostgreSQL needs it; still without a password
    isolation.secure_shop(SCHEMA)
    assert attributes() == (True, False, True, 0)
    settings.SHOP_ROLES_CAN_LOGIN = False
    isolation.secure_shop(SCHEMA)
    assert attributes() == (False, False, True, 0)


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "Officina Rossi"}, "C'è già"),
        ({"domain": "rossi.example"}, "di un'altra officina"),
        ({"domain": "ROSSI.example"}, "di un'altra officina"),
        ({"domain": "http://verdi.example"}, "nome di host"),
        ({"domain": "verdi.example:8000"}, "nome di host"),
        ({"domain": "verdi..example"}, "nome di host"),
        ({"domain": "-verdi.example"}, "nome di host"),
        ({"domain": "x" * 254}, "nome di host"),
        ({"domain": ""}, "nome di host"),
        ({"phone_number": "pronto"}, "numero di telefono"),
        ({"phone_number": ""}, "numero di telefono"),
        ({"slug": "Gomme Verdi"}, "identificare"),
        ({"slug": "gomme_verdi"}, "identificare"),
        ({"slug": "-gomme"}, "identificare"),
        ({"slug": "x" * 41}, "identificare"),
        ({"slug": "x; DROP SCHEMA public"}, "identificare"),
        ({"name": "東京"}, "identificare"),
        ({"name": ""}, "identificare"),
        ({"name": "x" * 101, "slug": "x"}, "100"),
        ({"subscription_tier": "gold"}, "piano"),
        ({"timezone": "Europe/Roma"}, "Fuso orario"),
        ({"manager_email": "vera"}, "email"),
        ({"manager_email": ""}, "vuoto"),
        ({"manager_password": "corta"}, "password"),
    ],
)
def test_what_cannot_be_is_refused_in_a_sentence(change: dict[str, str], sentence: str, rossi: Shop) -> None:
    with pytest.raises(Refused, match=sentence):
        provisioning.create_shop(replace(WISH, **change))


def fail_once_active(shop: Shop, *_args: Any, **options: Any) -> None:
    """In place of saving the shop: the very last step fails."""
    if "status" in options.get("update_fields", ()):
        raise Oops
    super(Shop, shop).save(*_args, **options)


STEPS = {
    "rows": "shops.provisioning.Domain.save",
    "tables": "shops.schema_template.replay",
    "role": "shops.isolation._ensure_role",
    "grants": "shops.isolation._let_application_become",
    "manager": "shops.staff.models.StaffManager.create_user",
    "end": "shops.provisioning.Shop.save",
}


@pytest.mark.parametrize(
    ("step", "error"),
    [*((step, Oops) for step in STEPS), ("manager", KeyboardInterrupt), ("tables", SystemExit)],
)
def test_a_step_that_fails_leaves_nothing(
    step: str, error: type[BaseException], as_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise error

    monkeypatch.setattr(STEPS[step], fail_once_active if step == "end" else fail)
    with pytest.raises(error):
        provisioning.create_shop(WISH)
    monkeypatch.undo()
    assert traces() == {}
    assert provisioning.create_shop(WISH).status == Shop.Status.ACTIVE


def test_a_receiver_that_fails_leaves_nothing(as_owner: None) -> None:
    def fail(**_kwargs: Any) -> None:
        raise Oops

    shop_created.connect(fail)
    try:
        with pytest.raises(Oops):
            provisioning.create_shop(WISH)
    finally:
        shop_created.disconnect(fail)
    assert traces() == {}


def test_a_broken_connection_leaves_nothing(as_owner: None) -> None:
    def cut(**_kwargs: Any) -> None:
        with superuser() as admin, connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            admin.execute("SELECT pg_terminate_backend(%s)", cursor.fetchone())
        Bay.objects.count()

    shop_created.connect(cut)
    try:
        with pytest.raises(Exception, match=r"terminating|closed|lost"):
            provisioning.create_shop(WISH)
    finally:
        shop_created.disconnect(cut)
    assert traces() == {}


def test_a_schema_that_is_nobodys_is_left_alone(as_owner: None) -> None:
    with superuser() as admin:
        admin.execute(sql.SQL("CREATE SCHEMA {}").format(sql.Identifier(SCHEMA)))
    with pytest.raises(Refused, match="schema shop_gomme_verdi"):
        provisioning.create_shop(WISH)
    assert traces() == {"schemas": 1}


# --- killed ---------------------------------------------------------------------------------------------------

PROGRAM = """
import os, sys, time
import django
django.setup()
from shops import provisioning, signals
from tests.shops.test_provisioning import WISH
def wait(**kwargs):
    print("inside", flush=True)
    time.sleep(60)
signals.shop_created.connect(wait)
provisioning.create_shop(WISH)
"""


@pytest.fixture
def creator() -> Iterator[subprocess.Popen[str]]:
    """Another process in the middle of creating the shop."""
    environment = os.environ | {"AROS_DATABASE_AS": "owner", "DJANGO_SETTINGS_MODULE": "aros.settings"}
    root = Path(__file__).resolve().parents[2]
    with subprocess.Popen(
        [sys.executable, "-c", PROGRAM], cwd=root, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout
        assert process.stdout.readline().strip() == "inside"
        yield process
        process.kill()


def test_what_a_killed_process_left_is_swept_away(as_owner: None, creator: subprocess.Popen[str]) -> None:
    assert traces().keys() == {"schemas", "roles", "shops", "domains", "default rights"}
    with pytest.raises(Refused, match="Un altro processo"):
        provisioning.create_shop(WISH)
    with pytest.raises(Refused, match="Un altro processo"):
        provisioning.create_shop(replace(WISH, slug="verdi-due"))  # another name, the same host
    creator.send_signal(signal.SIGKILL)
    creator.wait()
    left = Shop.objects.get(slug="gomme-verdi")
    assert left.status == Shop.Status.CREATING
    assert left.is_suspended
    shop = _once_the_server_noticed(lambda: provisioning.create_shop(replace(WISH, slug="verdi-due")))
    assert shop.slug == "verdi-due"
    assert traces().keys() == {"domains"}


def _once_the_server_noticed(work: Any) -> Any:
    """The server lets go of a dead process's lock when it reads from the socket, a moment later."""
    for _attempt in range(100):
        try:
            return work()
        except Refused:
            time.sleep(0.05)
    return work()


def test_one_hand_at_a_time_and_again_afterwards(as_owner: None) -> None:
    with sole_hand("shop_x"), sole_hand("shop_x"):
        pass
    with psycopg.connect(os.environ["DATABASE_OWNER_URL"], autocommit=True) as other:
        other.execute("SELECT pg_advisory_lock(hashtextextended('shop_x', 0))")
        with pytest.raises(Refused), sole_hand("shop_x"):
            pass
    _once_the_server_noticed(lambda: sole_hand("shop_x").__enter__())


# --- suspending -----------------------------------------------------------------------------------------------


def test_suspend_and_resume(as_owner: None, rossi: Shop) -> None:
    assert provisioning.suspend(rossi)
    assert not provisioning.suspend(rossi)
    assert Shop.objects.get(pk=rossi.pk).is_suspended
    assert provisioning.resume(rossi)
    assert not provisioning.resume(rossi)
    rossi.status = Shop.Status.DELETING
    with pytest.raises(Refused, match="in cancellazione"):
        provisioning.resume(rossi)


# --- deleting -------------------------------------------------------------------------------------------------


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


# --- lines ----------------------------------------------------------------------------------------------------


def test_a_line_is_attached_and_moved(as_owner: None, rossi: Shop, bianchi: Shop) -> None:
    line, changed = lines.attach_line(rossi, phone_number_id="line-9", number="02 99 88 77")
    assert changed
    assert line.number == "+3902998877"
    assert lines.attach_line(rossi, phone_number_id="line-9", number="+3902998877") == (line, False)
    moved, changed = lines.attach_line(bianchi, phone_number_id="line-9", number="+3902998877")
    assert changed
    assert (moved.pk, moved.shop) == (line.pk, bianchi)
    with pytest.raises(Refused, match="line-9 di carrozzeria-bianchi"):
        lines.attach_line(rossi, phone_number_id="line-10", number="+3902998877")
    with pytest.raises(Refused, match="numero di telefono"):
        lines.attach_line(rossi, phone_number_id="line-10", number="anonymous")
    with pytest.raises(Refused, match="100"):
        lines.attach_line(rossi, phone_number_id="x" * 101, number="02998899")


def test_a_whatsapp_number_keeps_its_token(as_owner: None, rossi: Shop, bianchi: Shop) -> None:
    attach = lines.attach_whatsapp
    number, _ = attach(
        rossi, phone_number_id="wa-1", waba_id="77", number="333 1234567", access_token="geheim"
    )
    assert number.number == "+393331234567"
    assert Shop.objects.get(pk=rossi.pk).whatsapp_number == "+393331234567"
    with superuser() as admin:
        stored = admin.execute("SELECT access_token FROM shops_whatsappnumber").fetchone()
    assert stored
    assert "geheim" not in stored[0]
    again, changed = attach(rossi, phone_number_id="wa-1")
    assert not changed
    assert again.access_token == "geheim"
    moved, changed = attach(bianchi, phone_number_id="wa-1")
    assert changed
    assert (moved.shop, moved.access_token, moved.waba_id) == (bianchi, "geheim", "77")
    with pytest.raises(Refused, match="numero di telefono"):
        attach(rossi, phone_number_id="wa-1", number="x")


# --- migrate --------------------------------------------------------------------------------------------------


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
