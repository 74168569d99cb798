"""The daily look for due dates over many shops: seconds, memory, and queries that do not grow with the cars.

`python -m benchmarks.duedates --shops 50 --cars 2000` measures it alone, and smaller. Every shop has customers with two
cars each, 40 % of whom agreed to promotional messages, and a year of changed tyres. The round is the one of the beat, at
a moment in the season of winter tyres; what it decides is stored and queued as ever.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks import stack
from benchmarks.report import Row, table

SHOPS, CARS, FEW = int(os.environ.get("BENCH_DUE_SHOPS", "1000")), 2000, 200
# A Tuesday at half past ten in Rome, in the season.
NOW = datetime(2026, 10, 20, 8, 30, tzinfo=UTC)
_CUSTOMERS = """
INSERT INTO scheduling_customer (id, phone, email, first_name, last_name, gdpr_consent, language, notes, created_at)
SELECT gen_random_uuid(), '+39333' || lpad(n::text, 7, '0'), '', 'Anna', 'Prova ' || n, true, 'it', '', %(now)s
  FROM generate_series(1, %(cars)s / 2) n
"""
_CONSENTS = """
INSERT INTO scheduling_consent (id, customer_id, purpose, granted, wording, channel, given_at)
SELECT gen_random_uuid(), id, 'marketing', true, 'Posso scriverle?', 'shop', %(now)s - interval '300 days'
  FROM scheduling_customer WHERE right(phone, 1) IN ('0', '2', '4', '6')
"""
_VEHICLES = """
INSERT INTO scheduling_vehicle (id, customer_id, license_plate, make, model, vin, fuel, mileage_km, registered_on,
                                last_revision_on, yearly_revision, last_service_on, last_service_km, next_revision_on,
                                next_service_on, next_service_km, notes, created_at)
SELECT gen_random_uuid(), c.id, 'AB' || lpad((c.nth * 2 + k)::text, 6, '0'), 'Fiat', 'Panda', '', 'petrol',
       40000 + (c.nth * 37 %% 20000), '2019-01-01', %(today)s::date - (c.nth * 7 %% 730), false,
       %(today)s::date - (c.nth * 11 %% 400), 40000,
       (date_trunc('month', %(today)s::date - (c.nth * 7 %% 730) + interval '2 years') + interval '1 month - 1 day')::date,
       (%(today)s::date - (c.nth * 11 %% 400) + interval '1 year')::date, 55000, '', %(now)s
  FROM (SELECT id, row_number() OVER (ORDER BY phone)::integer AS nth FROM scheduling_customer) c, generate_series(0, 1) k
"""
_TYRES = """
INSERT INTO scheduling_appointment (id, code, customer_id, vehicle_id, service_id, bay_id, scheduled_at, ends_at,
                                    duration_minutes, status, source, contact_phone, customer_note, notes,
                                    cancel_reason, cancelled_by, created_at, updated_at)
SELECT gen_random_uuid(), 'T' || lpad(v.nth::text, 4, '0'), v.customer_id, v.id,
       (SELECT id FROM scheduling_service WHERE renews = 'tyres' LIMIT 1), (SELECT min(id) FROM scheduling_bay),
       %(now)s - interval '180 days', %(now)s - interval '180 days' + interval '1 hour', 60, 'completed', 'manual',
       '', '', '', '', '', %(now)s - interval '200 days', %(now)s - interval '180 days'
  FROM (SELECT id, customer_id, row_number() OVER (ORDER BY id) AS nth FROM scheduling_vehicle) v
 WHERE v.nth %% 5 = 0
"""


def measure(shops: int = SHOPS, cars: int = CARS) -> list[Row]:
    """Make the shops, then look through them: the first time of a day, and once more when nothing is new."""
    from django.db import connection
    from django.test.utils import override_settings

    from receptionist.followups import rounds
    from receptionist.tasks import _in_every_shop
    from shops.context import in_shop

    # A thousand managers' passwords would be hashed for minutes.
    quick = override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"])
    quick.enable()
    few, many = _shop(0, FEW), _shop(1, cars)
    used = []
    for shop in (few, many):
        with in_shop(shop), connection.execute_wrapper(counter := _Counter()):
            rounds.run(NOW)
        used.append(counter.count)
    for number in range(2, shops + 1):
        _shop(number, cars)
    quick.disable()
    connection.close()
    began, before = time.perf_counter(), _peak()
    _in_every_shop("followups", partial(rounds.run, NOW))
    whole = time.perf_counter() - began
    python = _peak() - before
    backend = _backend()
    began = time.perf_counter()
    _in_every_shop("followups", partial(rounds.run, NOW + timedelta(minutes=5)))
    idle = time.perf_counter() - began
    size = f"{shops:,} shops × {cars:,} cars"
    return [
        Row(f"due dates, {size}: the daily round", whole, "s"),
        Row("due dates: a round with nothing new", idle, "s"),
        Row("due dates: the process grows by", python, "MB", 64),
        Row("due dates: PostgreSQL's backend holds", backend, "MB"),
        Row(f"due dates: queries a shop, {cars:,} cars", used[1], ""),
        Row(f"due dates: queries more than with {FEW} cars", used[1] - used[0], "", 0),
    ]


class _Counter:
    """Counts what the block asks."""

    count = 0

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        self.count += 1
        return execute(*statement)


def _peak() -> float:
    """The most memory this process has held, in MB (Linux counts in kB, macOS in bytes)."""
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most / 1e6 if sys.platform == "darwin" else most / 1e3


def _backend() -> float:
    """What this connection's process of PostgreSQL holds for itself, in MB; 0 where that cannot be read."""
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        status = Path(f"/proc/{cursor.fetchone()[0]}/status")
    held = (
        (line for line in status.read_text().splitlines() if line.startswith("RssAnon"))
        if status.exists()
        else ()
    )
    return sum(float(line.split()[1]) / 1e3 for line in held)


def _shop(number: int, cars: int) -> Any:
    """A shop of its own with so many cars, everything switched on."""
    from django.db import connection

    from shops import lines, provisioning
    from shops.context import in_shop
    from shops.models import Shop

    phone = f"+3902{number:07}"
    shop = provisioning.create_shop(
        provisioning.NewShop(
            name=f"Officina Scadenze {number}",
            domain=f"scadenze-{number}.example",
            phone_number=phone,
            manager_email=f"m{number}@prova.example",
            manager_password="una password di prova",
            subscription_tier=Shop.Tier.STARTER,
        )
    )
    lines.attach_whatsapp(shop, phone_number_id=f"wa-{number}", waba_id="w", number=phone, access_token="t")
    values: dict[str, Any] = {"now": NOW, "today": NOW.date(), "cars": cars}
    with in_shop(shop):
        _switch_on()
        with connection.cursor() as cursor:
            for statement in (_CUSTOMERS, _CONSENTS, _VEHICLES, _TYRES):
                cursor.execute(statement, values)
    return shop


def _switch_on() -> None:
    from receptionist.followups import due_dates
    from receptionist.models import FollowUpConfig, FollowUpSetting
    from scheduling.models import Service

    FollowUpConfig.load()
    FollowUpSetting.objects.bulk_create(FollowUpSetting(kind=kind, enabled=True) for kind in due_dates.KINDS)
    if not Service.objects.filter(renews="tyres").exists():
        first = Service.objects.first()
        if first is not None:
            Service.objects.filter(pk=first.pk).update(renews="tyres")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shops", type=int, default=SHOPS)
    parser.add_argument("--cars", type=int, default=CARS)
    wish = parser.parse_args()
    with stack.servers():
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        rows = measure(wish.shops, wish.cars)
    print(table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
