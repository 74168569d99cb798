"""How fast a number may send, counted in the suite's own Valkey."""

import threading
from collections import Counter
from typing import Any

import pytest

from sandbox.meta import Meta
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp import sending_kit as kit
from whatsapp import limits, sending


def test_a_person_gets_a_burst_and_then_one_every_six_seconds(in_rossi: Shop) -> None:
    taken = [limits.wait_for(line="wa-1", recipient=kit.ANNA) for _ in range(45)]
    assert taken == [0.0] * 45
    wait = limits.wait_for(line="wa-1", recipient=kit.ANNA)
    assert 5 < wait <= 6
    assert limits.wait_for(line="wa-1", recipient=kit.BRUNO) == 0


def test_a_refused_message_takes_no_place(in_rossi: Shop) -> None:
    for _ in range(45):
        limits.wait_for(line="wa-1", recipient=kit.ANNA)
    first = limits.wait_for(line="wa-1", recipient=kit.ANNA)
    assert limits.wait_for(line="wa-1", recipient=kit.ANNA) <= first


def test_a_number_sends_eighty_at_once_and_eighty_a_second(in_rossi: Shop) -> None:
    waits = [limits.wait_for(line="wa-2", recipient=f"+39333{n:07d}") for n in range(200)]
    assert waits[:80] == [0.0] * 80
    assert any(wait > 0 for wait in waits)
    assert max(waits) <= 0.0125 + 0.001


def test_shops_and_numbers_are_counted_apart(bianchi: Shop, in_rossi: Shop) -> None:
    for _ in range(45):
        limits.wait_for(line="wa-3", recipient=kit.ANNA)
    assert limits.wait_for(line="wa-3", recipient=kit.ANNA) > 0
    assert limits.wait_for(line="wa-4", recipient=kit.ANNA) == 0
    with in_shop(bianchi):
        assert limits.wait_for(line="wa-3", recipient=kit.ANNA) == 0


def test_a_paused_number_waits(in_rossi: Shop) -> None:
    limits.pause(line="wa-5", seconds=20)
    assert 19 < limits.wait_for(line="wa-5", recipient=kit.ANNA) <= 20
    assert limits.wait_for(line="wa-6", recipient=kit.ANNA) == 0


def test_many_threads_take_no_more_than_there_is(in_rossi: Shop) -> None:
    taken: Counter[bool] = Counter()

    def take() -> None:
        with in_shop(in_rossi):
            for _ in range(10):
                taken[limits.wait_for(line="wa-7", recipient=kit.ANNA) == 0] += 1

    threads = [threading.Thread(target=take) for _ in range(10)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert taken[True] == 45


def test_without_valkey_everything_may_go(in_rossi: Shop, settings: Any) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert [limits.wait_for(line="wa-8", recipient=kit.ANNA) for _ in range(50)] == [0.0] * 50
    limits.pause(line="wa-8", seconds=5)
    assert limits.first(kind="typing", what="x")


@pytest.mark.django_db(transaction=True)
def test_what_comes_too_fast_waits_in_the_queue_and_meta_sees_none_of_it(
    transactional_db: None, settings: Any
) -> None:
    rossi = Shop.objects.get(slug="officina-rossi")
    kit.number(rossi)
    with kit.meta(settings) as meta, in_shop(rossi):
        _too_fast(meta)


def _too_fast(meta: Meta) -> None:
    kit.open_window(meta)
    kit.chat()
    rows = [kit.message(str(n)) for n in range(46)]
    for row in rows:
        sending.send(message_id=row.pk)
    last = kit.again(rows[-1])
    assert len(meta.sent) == 45
    assert (last.status, last.attempts, last.error_code) == ("queued", 0, None)
