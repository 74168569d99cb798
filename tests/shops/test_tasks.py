"""A task knows its shop, or does not run."""

import threading
import time
from typing import Any

import pytest
import structlog
from celery.exceptions import Retry
from django.db import OperationalError, connection, transaction

from aros.celery import app
from shops import isolation, provisioning, roles, tasks
from shops.context import NoShop, as_platform, current_shop, in_shop, log_conversation
from shops.http import OutboundError
from shops.models import Shop
from shops.tasks import LONGEST_WAIT, Queued, backoff, platform_task, shop_task
from tests.shops.conftest import role

seen: list[Any] = []


@shop_task("tests.look")
def look(*, what: str = "") -> None:
    seen.append((what, current_shop().slug, role()))


@shop_task("tests.fail", max_retries=3)
def fail(*, permanent: bool) -> None:
    seen.append("tried")
    raise OutboundError("Meta", "refused", permanent=permanent)


@shop_task("tests.lose", max_retries=3)
def lose() -> None:
    raise OperationalError("gone")


@shop_task("tests.talk")
def talk() -> None:
    log_conversation("c-1")


@platform_task("tests.sweep")
def sweep() -> None:
    seen.append(role())


@pytest.fixture(autouse=True)
def nothing_seen() -> None:
    seen.clear()


def run(task: Queued, **kwargs: Any) -> None:
    """As a worker does."""
    task.task.run(**kwargs)


# --- running --------------------------------------------------------------------------------------------------


def test_a_task_runs_inside_its_shop(rossi: Shop) -> None:
    run(look, shop_id=str(rossi.pk), what="x")
    assert seen == [("x", "officina-rossi", rossi.db_role)]
    assert role() == roles.routing_role(*isolation.here())


@pytest.mark.parametrize(
    "shop_id", [None, "", "nonsense", "00000000-0000-4000-8000-000000000000", "'; --", "\x00"]
)
@pytest.mark.django_db
def test_without_a_shop_it_is_an_error_and_never_public(shop_id: str | None) -> None:
    with pytest.raises(NoShop, match=r"tests\.look"):
        run(look, shop_id=shop_id)
    assert seen == []


def test_a_suspended_shops_tasks_are_dropped(rossi: Shop) -> None:
    with as_platform():
        provisioning.suspend(rossi)
    run(look, shop_id=str(rossi.pk))
    assert seen == []


def test_a_platform_task_has_the_routing_role_wherever_it_is_called(rossi: Shop) -> None:
    with in_shop(rossi):
        sweep.run()
        assert role() == rossi.db_role
    assert seen == [roles.routing_role(*isolation.here())]


def test_what_one_task_bound_is_not_the_next_ones(rossi: Shop) -> None:
    run(talk, shop_id=str(rossi.pk))
    assert "conversationId" not in structlog.contextvars.get_contextvars()


# --- queueing -------------------------------------------------------------------------------------------------


def test_it_is_sent_on_commit_with_the_shops_id(
    rossi: Shop, bianchi: Shop, transactional_db: None, eager_tasks: None
) -> None:
    with transaction.atomic():
        with in_shop(rossi):
            look.queue(what="of Rossi")
        with in_shop(bianchi):
            look.queue(what="of Bianchi")
        assert seen == []
    assert [each[:2] for each in seen] == [
        ("of Rossi", "officina-rossi"),
        ("of Bianchi", "carrozzeria-bianchi"),
    ]
    assert role() == roles.routing_role(*isolation.here())


def test_it_is_not_sent_after_a_rollback(rossi: Shop, transactional_db: None, eager_tasks: None) -> None:
    with in_shop(rossi):
        with transaction.atomic():
            look.queue()
            transaction.set_rollback(True)
        assert seen == []


@pytest.mark.django_db
def test_outside_of_a_shop_nothing_can_be_queued() -> None:
    with pytest.raises(NoShop):
        look.queue()


def test_a_broker_that_is_away_costs_nothing(
    rossi: Shop, transactional_db: None, monkeypatch: pytest.MonkeyPatch, log_lines: Any
) -> None:
    monkeypatch.setattr(tasks._broker, "away_until", 0.0)  # put back afterwards
    with app.connection("redis://127.0.0.1:9/0") as nowhere:
        send = look.task.apply_async
        monkeypatch.setattr(look.task, "apply_async", lambda **kwargs: send(connection=nowhere, **kwargs))
        with in_shop(rossi):
            began = time.monotonic()
            for _each in range(1000):
                look.queue()
            assert time.monotonic() - began < 3  # one waits, the others know
    said = [line["message"] for line in log_lines()]
    assert 1 <= said.count("broker is away, tasks are not queued") <= 4


def test_a_broker_that_is_back_is_tried_again(
    rossi: Shop, transactional_db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent: list[object] = []
    monkeypatch.setattr(look.task, "apply_async", lambda **kwargs: sent.append(kwargs))
    monkeypatch.setattr(tasks._broker, "away_until", time.monotonic() + 0.05)
    with in_shop(rossi):
        look.queue()
        time.sleep(0.06)
        look.queue()
    assert len(sent) == 1


# --- failing --------------------------------------------------------------------------------------------------


def test_what_can_be_mended_by_waiting_is_tried_again(rossi: Shop, log_lines: Any) -> None:
    for task, kwargs in ((fail, {"permanent": False}), (lose, {})):
        with pytest.raises(Retry) as again:
            run_as_received(task, shop_id=str(rossi.pk), **kwargs)
        assert 1 <= again.value.when <= 2
    assert [line["metadata"]["service"] for line in log_lines() if "again" in line["message"]] == [
        "Meta",
        "database",
    ]
    assert {line["orgId"] for line in log_lines() if "again" in line["message"]} == {str(rossi.pk)}


def test_what_waiting_cannot_mend_is_given_up(rossi: Shop, log_lines: Any) -> None:
    run_as_received(fail, shop_id=str(rossi.pk), permanent=True)
    assert seen == ["tried"]
    assert log_lines()[-1]["message"] == "task gave up"


def run_as_received(task: Queued, **kwargs: Any) -> None:
    """With a request, as the worker makes one; the retry is raised and not sent."""
    task.task.push_request(called_directly=False, retries=0, is_eager=False, args=(), kwargs=kwargs)
    sent = task.task.apply_async
    task.task.apply_async = lambda *_args, **_kwargs: (
        None
    )  # signature_from_request(...).apply_async ends here
    try:
        task.task.run(**kwargs)
    finally:
        task.task.apply_async = sent
        task.task.pop_request()


def test_waits_double_up_to_a_limit() -> None:
    for retries in range(20):
        longest = min(2 * 2**retries, LONGEST_WAIT)
        assert all(longest / 2 <= backoff(retries) <= longest for _try in range(20))
    assert len({backoff(5) for _try in range(20)}) > 1


def test_threads_of_a_worker_do_not_mix(transactional_db: None, rossi: Shop, bianchi: Shop) -> None:
    def work(shop: Shop) -> None:
        for _time in range(10):
            run(look, shop_id=str(shop.pk))
        connection.close()

    threads = [threading.Thread(target=work, args=[shop]) for shop in (rossi, bianchi) for _twice in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 40
    assert set(seen) == {("", shop.slug, shop.db_role) for shop in (rossi, bianchi)}
