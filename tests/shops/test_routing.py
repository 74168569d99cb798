"""Which shop a host, line or number belongs to, and that a change is in force at once."""

import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.cache import caches
from django.db import connection, transaction

from shops import lines, provisioning, routing
from shops.context import as_platform
from shops.models import Domain, PhoneLine, Shop, UnroutedEvent, WhatsAppNumber


@pytest.fixture
def whatsapp(rossi: Shop) -> Iterator[WhatsAppNumber]:
    with as_platform():
        number = WhatsAppNumber.objects.create(shop=rossi, phone_number_id="wa-rossi", access_token="geheim")
    return number


@pytest.fixture
def cache_away(settings: Any) -> Iterator[None]:
    """Nobody answers where the cache should be."""
    caches_before = settings.CACHES
    settings.CACHES = {
        name: {**config, "LOCATION": "redis://127.0.0.1:9/0"} for name, config in caches_before.items()
    }
    yield
    settings.CACHES = caches_before


# --- finding --------------------------------------------------------------------------------------------------

ASKED: dict[str, Callable[[], Shop | None]] = {
    "host": lambda: routing.shop_for_host("rossi.example"),
    "host in capitals": lambda: routing.shop_for_host("ROSSI.Example"),
    "line": lambda: routing.shop_for_line("line-rossi", None),
    "number": lambda: routing.shop_for_line(None, "+390212345678"),
    "number, national": lambda: routing.shop_for_line(None, "02 1234 5678"),
    "number of an unknown line": lambda: routing.shop_for_line("other", "+390212345678"),
    "line with another shop's number": lambda: routing.shop_for_line("line-rossi", "+390287654321"),
    "whatsapp": lambda: routing.shop_for_whatsapp("wa-rossi"),
}
NOBODYS: dict[str, Callable[[], Shop | None]] = {
    "host": lambda: routing.shop_for_host("nobody.example"),
    "empty host": lambda: routing.shop_for_host(""),
    "long host": lambda: routing.shop_for_host("x" * 5000),
    "host with NUL": lambda: routing.shop_for_host("rossi.example\x00"),
    "host that is no text": lambda: routing.shop_for_host("\ud800"),
    "line": lambda: routing.shop_for_line("line-nobody", "+390299999999"),
    "nothing": lambda: routing.shop_for_line(None, None),
    "empty": lambda: routing.shop_for_line("", ""),
    "nonsense": lambda: routing.shop_for_line("'; DROP TABLE shops_shop; --", "pronto?"),
    "whatsapp": lambda: routing.shop_for_whatsapp("nobody"),
    "id": lambda: routing.shop_by_id(uuid.uuid4()),
}


@pytest.mark.parametrize("asked", ASKED)
def test_the_shop_is_found_and_then_remembered(
    asked: str, rossi: Shop, whatsapp: WhatsAppNumber, django_assert_num_queries: Any
) -> None:
    assert ASKED[asked]() == rossi
    unknown_line_first = asked == "number of an unknown line"
    with django_assert_num_queries(1 if unknown_line_first else 0):
        assert ASKED[asked]() == rossi


@pytest.mark.parametrize("asked", NOBODYS)
def test_nobodys_is_nobodys_and_fills_no_cache(asked: str, rossi: Shop) -> None:
    before = list(caches["routing"]._cache.get_client().scan_iter())
    assert NOBODYS[asked]() is None
    assert list(caches["routing"]._cache.get_client().scan_iter()) == before


def test_the_shop_comes_with_its_settings(rossi: Shop, django_assert_num_queries: Any) -> None:
    routing.shop_by_id(rossi.pk)
    with django_assert_num_queries(0):
        found = routing.shop_by_id(str(rossi.pk))
        assert found
        assert (found.settings, found.tz.key, found.status) == (rossi.settings, "Europe/Rome", "active")


def test_no_token_is_in_the_cache(rossi: Shop, whatsapp: WhatsAppNumber) -> None:
    routing.shop_for_whatsapp("wa-rossi")
    client = caches["routing"]._cache.get_client()
    kept = [client.get(key) for key in client.scan_iter()]
    assert kept
    assert not [value for value in kept if b"geheim" in value]


def test_only_active_shops_get_work(rossi: Shop, bianchi: Shop) -> None:
    with as_platform():
        provisioning.suspend(bianchi)
    assert routing.active_shop_ids() == [rossi.pk]


# --- changes --------------------------------------------------------------------------------------------------


def test_a_suspension_is_in_force_at_once(transactional_db: None, rossi: Shop) -> None:
    for ask in (lambda: routing.shop_for_host("rossi.example"), lambda: routing.shop_by_id(rossi.pk)):
        assert not ask().is_suspended
    with as_platform():
        provisioning.suspend(rossi)
    for ask in (
        lambda: routing.shop_for_host("rossi.example"),
        lambda: routing.shop_for_line("line-rossi", None),
        lambda: routing.shop_for_line(None, "+390212345678"),
        lambda: routing.shop_by_id(rossi.pk),
    ):
        assert ask().is_suspended


def test_a_moved_line_answers_for_the_other_at_once(as_owner: None, rossi: Shop, bianchi: Shop) -> None:
    assert routing.shop_for_line("line-rossi", None) == rossi
    assert routing.shop_for_line(None, "+390212345678") == rossi
    lines.attach_line(bianchi, phone_number_id="line-rossi", number="+390212345678")
    assert routing.shop_for_line("line-rossi", None) == bianchi
    assert routing.shop_for_line(None, "+390212345678") == bianchi


def test_a_line_with_a_new_number_gives_up_the_old_one(as_owner: None, rossi: Shop) -> None:
    assert routing.shop_for_line(None, "+390212345678") == rossi
    lines.attach_line(rossi, phone_number_id="line-rossi", number="+390211111111")
    assert routing.shop_for_line(None, "+390212345678") is None
    assert routing.shop_for_line(None, "+390211111111") == rossi


def test_a_renamed_domain_gives_up_the_old_name(transactional_db: None, rossi: Shop) -> None:
    assert routing.shop_for_host("rossi.example") == rossi
    with as_platform():
        domain = Domain.objects.get(domain="rossi.example")
        domain.domain = "nuovo.example"
        domain.save()
    assert routing.shop_for_host("rossi.example") is None
    assert routing.shop_for_host("nuovo.example") == rossi


def test_what_is_taken_away_is_gone_at_once(transactional_db: None, rossi: Shop) -> None:
    assert routing.shop_for_line("line-rossi", None) == rossi
    assert routing.shop_for_host("rossi.example") == rossi
    with as_platform():
        PhoneLine.objects.get(phone_number_id="line-rossi").delete()
        Domain.objects.filter(domain="rossi.example").delete()
    assert routing.shop_for_line("line-rossi", None) is None
    assert routing.shop_for_host("rossi.example") is None


def test_a_slow_reader_does_not_bring_the_old_shop_back(
    transactional_db: None, rossi: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It asked the database before the change, and comes to the cache after it."""
    asked, changed = threading.Event(), threading.Event()
    cache = caches["routing"]
    put = type(cache).set

    def late(self: Any, key: str, value: Any, *args: Any, **kwargs: Any) -> None:
        asked.set()
        assert changed.wait(20)
        put(self, key, value, *args, **kwargs)

    def read() -> None:
        routing.shop_for_host("rossi.example")
        connection.close()

    monkeypatch.setattr(type(cache), "set", late)
    reader = threading.Thread(target=read)
    reader.start()
    assert asked.wait(20)
    with as_platform(), transaction.atomic():
        provisioning.suspend(rossi)
    changed.set()
    reader.join()
    monkeypatch.undo()
    found = routing.shop_for_host("rossi.example")
    assert found
    assert found.is_suspended


def test_what_is_not_committed_is_not_in_force(transactional_db: None, rossi: Shop) -> None:
    with as_platform(), transaction.atomic():
        provisioning.suspend(rossi)
        seen: list[bool] = []

        def read() -> None:
            found = routing.shop_for_host("rossi.example")
            seen.append(bool(found and found.is_suspended))
            connection.close()

        for _time in range(2):
            reader = threading.Thread(target=read)
            reader.start()
            reader.join()
    assert seen == [False, False]
    found = routing.shop_for_host("rossi.example")
    assert found
    assert found.is_suspended


# --- without a cache --------------------------------------------------------------------------------------------


def test_without_a_cache_it_still_works(cache_away: None, rossi: Shop) -> None:
    assert routing.shop_for_host("rossi.example") == rossi
    with as_platform():
        provisioning.suspend(rossi)
    found = routing.shop_for_line("line-rossi", None)
    assert found
    assert found.is_suspended


def test_a_value_of_another_release_is_a_miss(rossi: Shop) -> None:
    routing.shop_for_host("rossi.example")
    client = caches["routing"]._cache.get_client()
    for key in list(client.scan_iter()):
        client.set(key, b"\x80\x05cshops.models\nGone\n.")
    assert routing.shop_for_host("rossi.example") == rossi


# --- unrouted -------------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_unrouted_are_counted_without_words() -> None:
    for _time in range(3):
        routing.count_unrouted(channel="voice", external_id="line-x", kind="assistant-request")
    routing.count_unrouted(channel="voice", external_id="y" * 5000 + "\x00", kind="k" * 500)
    routing.count_unrouted(channel="whatsapp", external_id="", kind="")
    counted = {event.external_id: event.count for event in UnroutedEvent.objects.all()}
    assert counted == {"line-x": 3, "y" * 100: 1, "?": 1}
