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
from django.db import connection
from psycopg import sql

from scheduling.models import Bay, OpeningHours, Service
from shops import isolation, provisioning, roles, routing
from shops.context import in_shop
from shops.models import Shop
from shops.provisioning import Refused
from shops.removal import sole_hand
from shops.signals import shop_created
from shops.staff.models import StaffUser
from tests import database, factories
from tests.database import superuser
from tests.shops.newshop import SCHEMA, WISH, Oops, traces

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
from tests.shops.newshop import WISH
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
