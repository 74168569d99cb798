"""The cache slows the answer when it is away; it is not the answer. And every shop has its own."""

import contextvars
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from django.conf import settings
from django.core.cache import caches
from django.test import Client

from shops.cache import TolerantRedisCache
from shops.context import as_platform, in_shop
from shops.models import Shop
from shops.staff.models import StaffUser


@pytest.fixture
def away(settings: Any) -> Iterator[None]:
    """Nobody answers where the cache should be."""
    before = settings.CACHES
    settings.CACHES = {
        name: {**config, "LOCATION": "redis://127.0.0.1:9/0"} for name, config in before.items()
    }
    yield
    settings.CACHES = before


def test_every_shop_has_its_own(rossi: Shop, bianchi: Shop) -> None:
    cache = caches["default"]
    for shop in (rossi, bianchi):
        with in_shop(shop):
            cache.set("draft", shop.slug)
    for shop in (rossi, bianchi):
        with in_shop(shop):
            assert cache.get("draft") == shop.slug
            assert cache.get_many(["draft"]) == {"draft": shop.slug}
    assert cache.get("draft") is None
    with as_platform():
        assert cache.get("draft") is None


def test_what_a_shop_cached_is_forgotten_and_nothing_else(rossi: Shop, bianchi: Shop) -> None:
    cache = caches["default"]
    assert isinstance(cache, TolerantRedisCache)
    for shop in (rossi, bianchi):
        with in_shop(shop):
            cache.set_many({f"draft-{number}": shop.slug for number in range(50)})
    cache.forget_schema(rossi.schema_name)
    with in_shop(rossi):
        assert cache.get_many([f"draft-{number}" for number in range(50)]) == {}
    with in_shop(bianchi):
        assert len(cache.get_many([f"draft-{number}" for number in range(50)])) == 50


def test_away_everything_is_a_miss(away: None, rossi: Shop, log_lines: Any) -> None:
    cache = caches["default"]
    assert isinstance(cache, TolerantRedisCache)
    with in_shop(rossi):
        cache.set("x", 1)
        assert cache.get("x", "default") == "default"
        assert cache.get_many(["x"]) == {}
        assert cache.set_many({"x": 1}) == ["x"]
        assert "x" not in cache
        assert cache.delete("x") is False
        cache.delete_many(["x"])
        cache.forget_schema(rossi.schema_name)
    assert {line["message"] for line in log_lines()} == {"cache is away"}


def test_away_as_a_lock_it_says_so(away: None, rossi: Shop) -> None:
    """Who uses it as a lock or a counter must know."""
    with in_shop(rossi), pytest.raises(Exception, match=r"127\.0\.0\.1:9"):
        caches["default"].add("lock", 1)


def test_away_people_still_log_in_and_work(
    away: None, rossi: Shop, rossi_client: Client, manager: StaffUser, log_in: Callable[..., Client]
) -> None:
    """Sessions have a table of their own behind the cache."""
    log_in(rossi_client, manager, rossi)
    assert rossi_client.get("/admin/").status_code == 302
    assert rossi_client.get("/admin/scheduling/bay/").status_code == 200


def test_every_task_uses_the_connections_of_its_process(rossi: Shop) -> None:
    """A task runs in a context of its own, where Django makes a cache anew."""
    seen = []

    def look() -> None:
        seen.append(caches["routing"])
        caches["routing"].get("anything")

    look()
    before = info("total_connections_received")
    for _each in range(20):
        contextvars.Context().run(look)
    assert len({id(each) for each in seen}) > 10
    assert info("total_connections_received") - before <= 1


def info(name: str) -> int:
    """A number that Valkey tells of itself."""
    with redis.Redis.from_url(settings.REDIS_URL, single_connection_client=True) as valkey:
        return int(valkey.info()[name])
