"""A process whose threads share a pool of connections: the walls hold, and nothing is held while waiting.

In a process of its own, since the pool belongs to the process and is settled when Django reads its settings.
"""

import json
import os
import subprocess
import sys
from typing import Any

import pytest
from django.db import connection, transaction

from receptionist import tasks
from receptionist.tasks import _in_every_shop
from shops.context import in_shop
from shops.db.current import TransactionOpen, let_go, renew
from shops.models import Shop

MANY_THREADS = """
import django, json, sys, threading, time
django.setup()
from concurrent.futures import ThreadPoolExecutor
from django.db import connection
from scheduling.models import Customer
from shops.context import in_shop
from shops.db.current import let_go
from shops.routing import shop_by_id

shops = [shop_by_id(each) for each in sys.argv[1:]]
let_go()
most, here, lock = 0, 0, threading.Lock()
barrier = threading.Barrier(40)

def work(number):
    global most, here
    shop = shops[number % 2]
    wrong = 0
    with in_shop(shop):
        for turn in range(3):
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_user, current_schema()")
                wrong += cursor.fetchone() != (shop.db_role, shop.schema_name)
            names = set(Customer.objects.values_list("first_name", flat=True))
            wrong += names != {shop.slug}
            let_go()
            assert connection.connection is None
            barrier.wait(20)  # all forty wait for a model at once
    return wrong

with ThreadPoolExecutor(40) as pool:
    wrong = sum(pool.map(work, range(40)))
stats = connection.pool.get_stats()
print(json.dumps({"wrong": wrong, "size": stats["pool_size"], "most": stats["pool_max"]}))
"""


RENEWED = """
import django, json, sys
django.setup()
from django.db import connection
from shops.context import in_shop
from shops.db.current import let_go, renew
from shops.routing import shop_by_id

def backend():
    with in_shop(shop), connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid(), current_schema()")
        pid, schema = cursor.fetchone()
    assert schema == shop.schema_name
    return pid

shop = shop_by_id(sys.argv[1])
first = backend()
let_go()
same = backend()
renew()
print(json.dumps({"kept": first == same, "renewed": backend() != first}))
"""


def run(code: str, *arguments: str, **environment: str) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments],
        env={**os.environ, "AROS_DATABASE_AS": "app", "DATABASE_POOL": "5", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_forty_threads_of_two_shops_on_five_connections(
    transactional_db: None, rossi: Shop, bianchi: Shop
) -> None:
    for shop in (rossi, bianchi):
        with in_shop(shop), connection.cursor() as cursor:
            cursor.execute("DELETE FROM scheduling_customer")
            cursor.execute(
                "INSERT INTO scheduling_customer"
                " (id, first_name, last_name, email, notes, language, gdpr_consent, created_at)"
                " VALUES (gen_random_uuid(), %s, '', '', '', 'it', false, now())",
                [shop.slug],
            )
    found = run(MANY_THREADS, str(rossi.pk), str(bianchi.pk))
    assert found["wrong"] == 0
    assert found["size"] <= 5 == found["most"]


def test_letting_go_inside_a_transaction_is_a_mistake(transactional_db: None, in_rossi: Shop) -> None:
    with pytest.raises(TransactionOpen), transaction.atomic():
        let_go()


def test_letting_go_closes(transactional_db: None, in_rossi: Shop) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    let_go()
    assert connection.connection is None
    assert Shop.objects.get() == in_rossi  # and the next query takes one again, in the same shop


def test_within_a_tests_own_transaction_nothing_is_closed(in_rossi: Shop) -> None:
    let_go()
    assert connection.connection is not None


@pytest.mark.parametrize("size", ["1", "0"], ids=["pool", "no pool"])
def test_a_renewed_connection_is_another_one(transactional_db: None, rossi: Shop, size: str) -> None:
    found = run(RENEWED, str(rossi.pk), DATABASE_POOL=size)
    assert found == {"kept": size == "1", "renewed": True}


def test_a_round_over_many_shops_does_not_grow_one_connection(
    transactional_db: None, rossi: Shop, bianchi: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look() -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_backend_pid()")
            seen.append(cursor.fetchone()[0])

    seen: list[int] = []
    _in_every_shop("test", look)
    assert len(set(seen)) == 1
    monkeypatch.setattr(tasks, "SHOPS_A_CONNECTION", 1)
    _in_every_shop("test", look)
    assert seen[2] != seen[3]


def test_within_a_transaction_nothing_is_renewed(in_rossi: Shop) -> None:
    renew()
    assert connection.connection is not None
    assert not connection.connection.closed
