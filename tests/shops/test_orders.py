"""A shop that is ordered in the operators' admin and made by the provisioning worker."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from django.utils import timezone

from receptionist.models import OutboundMessage
from shops import guard, orders, provisioning
from shops.context import as_platform, in_shop
from shops.models import Shop, ShopOrder
from shops.signals import shop_created
from shops.staff.models import StaffUser
from tests.shops.conftest import platform_url
from tests.shops.newshop import Oops, traces

ROOT = Path(__file__).resolve().parents[2]
GIVEN = {
    "name": "Gomme Verdi",
    "slug": "",
    "domain": "Verdi.example",
    "phone_number": "02 1122334",
    "subscription_tier": "professional",
    "timezone": "Europe/Rome",
    "manager_email": "vera@verdi.example",
}


def order(**values: Any) -> ShopOrder:
    given = {**GIVEN, "slug": "gomme-verdi", "domain": "verdi.example", "phone_number": "+39021122334"}
    with as_platform():
        return ShopOrder.objects.create(**{**given, **values})


def again(made: ShopOrder) -> ShopOrder:
    with as_platform():
        return ShopOrder.objects.get(pk=made.pk)


# --- the form -------------------------------------------------------------------------------------------------


def test_an_order_is_written_down_and_its_page_shows_it(operator: Client, rossi: Shop) -> None:
    answer = operator.post(platform_url("shops_shoporder_add"), GIVEN)
    with as_platform():
        made = ShopOrder.objects.get()
    assert answer["Location"] == platform_url("shops_shoporder_change", made.pk)
    assert (made.slug, made.domain, made.phone_number) == ("gomme-verdi", "verdi.example", "+39021122334")
    assert (made.status, made.requested_by) == ("queued", "op@aros.example")
    page = operator.get(answer["Location"]).content.decode()
    assert "Schema e ruolo del database" in page
    assert "hx-get" in page
    assert "Nessun processo" not in page


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"name": "Officina Rossi"}, "C&#x27;è già"),
        ({"domain": "rossi.example"}, "di un&#x27;altra officina"),
        ({"domain": "http://x"}, "nome di host"),
        ({"phone_number": "pronto"}, "telefono"),
        ({"timezone": "Europe/Roma"}, "Fuso orario"),
        ({"manager_email": "vera"}, "e-mail"),
        ({"slug": "Gomme Verdi"}, "identificativo"),
        ({"name": "東京"}, "identificare"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_queued(
    operator: Client, rossi: Shop, change: dict[str, str], sentence: str
) -> None:
    answer = operator.post(platform_url("shops_shoporder_add"), GIVEN | change)
    assert answer.status_code == 200
    assert answer.context["errors"] or answer.context["adminform"].form.errors
    with as_platform():
        assert not ShopOrder.objects.exists()


def test_the_same_shop_is_not_ordered_twice(operator: Client, rossi: Shop) -> None:
    order()
    answer = operator.post(platform_url("shops_shoporder_add"), GIVEN)
    assert "già in lavorazione" in answer.content.decode()


def test_it_is_said_when_no_worker_takes_it(operator: Client, db: None) -> None:
    made = order(queued_at=timezone.now() - timedelta(seconds=30))
    progress = platform_url("shops_shoporder_progress", made.pk)
    answer = operator.get(progress)
    assert "Nessun processo di provisioning" in answer.content.decode()
    assert operator.get(progress, headers={"If-None-Match": answer["ETag"]}).status_code == 304
    assert operator.get(platform_url("shops_shoporder_progress", uuid.uuid4())).status_code == 404
    assert operator.post(progress).status_code == 405


def test_only_operators_see_orders(platform_client: Client, db: None) -> None:
    made = order()
    for name in ("progress", "retry", "change"):
        answer = platform_client.get(platform_url(f"shops_shoporder_{name}", made.pk))
        assert answer.status_code == 302
        assert "/login/" in answer["Location"]


# --- making it ------------------------------------------------------------------------------------------------


def test_the_worker_makes_the_shop_and_invites_the_manager(as_owner: None) -> None:
    made = order()
    orders.carry_out(made.pk)
    done = again(made)
    assert (done.status, done.error, done.attempts) == ("done", "", 1)
    shop = Shop.objects.get(pk=made.pk)
    assert (shop.status, shop.subscription_tier) == ("active", "professional")
    with in_shop(shop):
        manager = StaffUser.objects.get()
        assert (manager.email, manager.role) == ("vera@verdi.example", "admin")
        assert not manager.has_usable_password()
        (mail,) = OutboundMessage.objects.filter(channel="email")
        assert mail.recipient == "vera@verdi.example"
    orders.carry_out(made.pk)
    assert again(made).attempts == 1


def test_what_is_refused_is_told_and_can_be_tried_again(as_owner: None, operator: Client) -> None:
    taken = provisioning.create_shop(
        provisioning.NewShop("Altra", "verdi.example", "02 1122334", "a@b.example", "una password di prova")
    )
    made = order()
    orders.carry_out(made.pk)
    failed = again(made)
    assert failed.status == "failed"
    assert "di un'altra officina" in failed.error
    url = platform_url("shops_shoporder_change", made.pk)
    assert "Riprova" in operator.get(url).content.decode()
    taken.domains.update(domain="altra.example")
    assert operator.post(platform_url("shops_shoporder_retry", made.pk)).status_code == 302
    assert again(made).status == "queued"
    assert orders.carry_out_waiting() == 1
    assert again(made).status == "done"
    page = operator.get(url).content.decode()
    assert "pronta" in page
    assert "http://verdi.example:8000/admin/" in page


def test_the_unforeseen_is_told_without_its_details(as_owner: None) -> None:
    def fail(**_kwargs: Any) -> None:
        raise Oops("secret")

    made = order()
    shop_created.connect(fail)
    try:
        orders.carry_out(made.pk)
    finally:
        shop_created.disconnect(fail)
    assert again(made).status == "failed"
    assert "Oops" in again(made).error
    assert "secret" not in again(made).error
    assert traces() == {}


def test_a_worker_that_died_after_its_work_is_not_repeated(as_owner: None) -> None:
    made = order()
    provisioning.create_shop(orders.wish_of(made))
    orders.carry_out(made.pk)
    assert again(made).status == "done"


def test_the_application_cannot_carry_out_an_order(transactional_db: None) -> None:
    made = order()
    with pytest.raises(Exception, match="permission denied"):
        orders.carry_out(made.pk)
    assert again(made).status == "queued"


# --- the worker -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("owner", "queues", "fine"),
    [
        (True, ["provision"], True),
        (True, ["provision", "default"], False),
        (True, ["default"], False),
        (False, ["default", "outbound"], True),
        (False, ["default", "provision"], False),
    ],
)
def test_who_serves_which_queue(settings: Any, db: None, owner: bool, queues: list[str], fine: bool) -> None:
    settings.DATABASE_AS_OWNER = owner
    if fine:
        guard.verify_worker(queues)
        return
    with pytest.raises(ImproperlyConfigured, match="provision"):
        guard.verify_worker(queues)


def test_the_web_refuses_the_owners_login(settings: Any) -> None:
    settings.DATABASE_AS_OWNER = True
    with pytest.raises(ImproperlyConfigured, match="AROS_DATABASE_AS"):
        guard.verify_web()


def until(question: Callable[[], bool], seconds: float = 45) -> None:
    end = time.monotonic() + seconds
    while not question():
        assert time.monotonic() < end, "too late"
        time.sleep(0.1)


def worker(tmp_path: Path) -> subprocess.Popen[bytes]:
    """As operators start it."""
    environment = os.environ | {"AROS_DATABASE_AS": "owner", "AROS_SERVICE": "provision"}
    command = [
        sys.executable,
        "-m",
        "celery",
        "-A",
        "aros",
        "worker",
        "--pool",
        "threads",
        "--concurrency",
        "1",
    ]
    command += [
        "--queues",
        "provision",
        "--without-gossip",
        "--without-mingle",
        "--hostname",
        f"p{uuid.uuid4()}@x",
    ]
    with (tmp_path / "worker.log").open("ab") as log:
        return subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[Callable[[], subprocess.Popen[bytes]]]:
    """Starts provisioning workers; those that still run are killed at the end."""
    running: list[subprocess.Popen[bytes]] = []

    def start() -> subprocess.Popen[bytes]:
        running.append(worker(tmp_path))
        return running[-1]

    yield start
    for each in running:
        each.send_signal(signal.SIGKILL)
        each.wait()


def test_a_real_worker_makes_what_the_web_ordered_also_after_one_died(
    transactional_db: None, operator: Client, workers: Callable[[], subprocess.Popen[bytes]]
) -> None:
    operator.post(platform_url("shops_shoporder_add"), GIVEN)
    with as_platform():
        made = ShopOrder.objects.get()
    first = workers()
    until(lambda: again(made).status != "queued")
    first.send_signal(signal.SIGKILL)  # most likely midway: whatever it left is made good
    first.wait()
    workers()
    until(lambda: again(made).status == "done")
    with as_platform():
        shop = Shop.objects.get(pk=made.pk)
    with in_shop(shop):
        assert StaffUser.objects.get().email == "vera@verdi.example"
