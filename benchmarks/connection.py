"""What a role beside the search path costs: the statement that enters a shop, with and without it."""

import os
import statistics
import time

import psycopg

from benchmarks.report import Row
from shops.models import Shop

ROUNDS = 2000


def measure(shop: Shop) -> list[Row]:
    """Microseconds of the statement, the two variants taking turns, with the application's login."""
    path = f'SET search_path = "{shop.schema_name}", "public"'
    variants = {"path": path, "both": f'{path}; SET ROLE "{shop.db_role}"'}
    times: dict[str, list[float]] = {name: [] for name in variants}
    with (
        psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection,
        connection.cursor() as cursor,
    ):
        for _ in range(ROUNDS):
            for name, statement in variants.items():
                started = time.perf_counter()
                cursor.execute(statement.encode())
                times[name].append((time.perf_counter() - started) * 1e6)
    only_path, both = statistics.median(times["path"]), statistics.median(times["both"])
    return [
        Row("enter a shop: search path only, p50", only_path, "µs"),
        Row("enter a shop: path and role, p50", both, "µs"),
        Row("enter a shop: path and role ÷ path only", both / only_path, "×"),
    ]
