"""Limits on what strangers may do."""

import time
from concurrent.futures import ThreadPoolExecutor

from django.db import connection

from shops.context import in_shop
from shops.limits import Limit
from shops.models import Shop

FIVE = Limit("test", most=5, seconds=60)


def test_so_many_and_no_more(in_rossi: Shop) -> None:
    assert [FIVE.take("198.51.100.7") for _ in range(7)] == [True] * 5 + [False] * 2
    assert FIVE.take("198.51.100.8")


def test_each_shop_counts_for_itself(rossi: Shop, bianchi: Shop) -> None:
    with in_shop(rossi):
        assert [FIVE.take("x") for _ in range(6)][-1] is False
    with in_shop(bianchi):
        assert FIVE.take("x")


def test_anything_can_be_counted(in_rossi: Shop) -> None:
    for who in ["", "\x00", "\ud800", "x" * 100_000, "+39 333 1234567"]:
        assert FIVE.take(who)


def test_what_came_at_once_is_counted_too(rossi: Shop) -> None:
    def taken(_n: int) -> bool:
        try:
            with in_shop(rossi):
                return FIVE.take("at once")
        finally:
            connection.close()

    with ThreadPoolExecutor(12) as pool:
        assert sum(pool.map(taken, range(40))) == 5


def test_a_cache_that_is_away_refuses_nobody(in_rossi: Shop, settings: object) -> None:
    away = {"BACKEND": "shops.cache.TolerantRedisCache", "LOCATION": "redis://127.0.0.1:1/0"}
    settings.CACHES = {**settings.CACHES, "default": away}  # type: ignore[attr-defined]
    assert all(FIVE.take("somebody") for _ in range(9))


def test_the_window_ends(in_rossi: Shop) -> None:
    short = Limit("short", most=1, seconds=1)
    assert short.take("x")
    assert not short.take("x")
    until = time.monotonic() + 5
    while not short.take("x"):
        assert time.monotonic() < until
        time.sleep(0.2)
