"""Sections of a shop's settings, each a room's own."""

import threading

import pytest
from django.db import connection

from shops import routing, settings_store
from shops.context import in_shop
from shops.models import Shop


def test_what_was_never_saved_is_empty(rossi: Shop) -> None:
    assert settings_store.read(rossi, "scheduling") == {}
    rossi.settings = {"scheduling": "nonsense"}
    assert settings_store.read(rossi, "scheduling") == {}


def test_a_section_is_merged_and_others_stay(rossi: Shop) -> None:
    settings_store.update(rossi, "scheduling", {"notice": 60, "grid": 30})
    settings_store.update(rossi, "website", {"colour": "red"})
    settings_store.update(rossi, "scheduling", {"grid": 15})
    stored = Shop.objects.get(pk=rossi.pk)
    assert settings_store.read(stored, "scheduling") == {"notice": 60, "grid": 15}
    assert settings_store.read(stored, "website") == {"colour": "red"}
    assert rossi.settings == stored.settings


def test_reading_hands_out_a_copy(rossi: Shop) -> None:
    settings_store.update(rossi, "scheduling", {"notice": 60})
    settings_store.read(rossi, "scheduling")["notice"] = 0
    assert settings_store.read(rossi, "scheduling") == {"notice": 60}


def test_it_is_in_force_at_the_next_request(transactional_db: None, rossi: Shop) -> None:
    assert routing.shop_for_host("rossi.example")
    settings_store.update(rossi, "scheduling", {"notice": 60})
    found = routing.shop_for_host("rossi.example")
    assert found
    assert settings_store.read(found, "scheduling") == {"notice": 60}


@pytest.mark.parametrize("outside", [True, False])
def test_only_the_shops_own_row_can_be_written(outside: bool, rossi: Shop, bianchi: Shop) -> None:
    """Whoever calls: the shop's role is taken, and it sees no other row."""
    if outside:
        settings_store.update(rossi, "scheduling", {"notice": 60})
    else:
        with in_shop(bianchi):
            settings_store.update(rossi, "scheduling", {"notice": 60})
    assert Shop.objects.get(pk=bianchi.pk).settings == {}


def test_two_at_once_lose_nothing(transactional_db: None, rossi: Shop) -> None:
    start = threading.Barrier(8, timeout=20)

    def write(number: int) -> None:
        start.wait()
        settings_store.update(Shop.objects.get(pk=rossi.pk), f"section {number}", {"number": number})
        connection.close()

    threads = [threading.Thread(target=write, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stored = Shop.objects.get(pk=rossi.pk).settings
    assert stored == {f"section {number}": {"number": number} for number in range(8)}
