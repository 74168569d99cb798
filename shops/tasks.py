"""Celery tasks that know their shop.

    @shop_task("voice.fetch_recording")
    def fetch_recording(*, media_id: str) -> None: ...

    fetch_recording.queue(media_id=str(media.pk))     # inside a shop; sent on commit

The worker enters the shop and calls the function. A task without a shop is an error, never "public".
OutboundError that is not permanent, and a database that is away, are tried again with exponential backoff and jitter;
every task must be safe to run twice.
"""

import contextvars
import random
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NoReturn

import structlog
from celery import Task, shared_task
from django.db import InterfaceError, OperationalError, transaction
from django_tenants.utils import get_public_schema_name, schema_context
from kombu.exceptions import OperationalError as BrokerAway

from shops import routing
from shops.context import NoShop, current_shop, in_shop
from shops.http import OutboundError

DATABASE_AWAY = (OperationalError, InterfaceError)
log = structlog.get_logger(__name__)
MAX_RETRIES = 8
LONGEST_WAIT = 600  # seconds
# After a broker did not answer nobody waits for it again so soon (seconds): a batch has a thousand tasks to send.
BROKER_PAUSE = 1.0


class _Broker:
    """When this process may try the broker again (monotonic seconds)."""

    away_until = 0.0


_broker = _Broker()


class Queued:
    """A function of one shop that workers run."""

    def __init__(self, task: Task) -> None:
        self.task = task

    def queue(self, **kwargs: Any) -> None:
        """Send the task for the current shop once the transaction has committed.

        A broker that is away is only logged: nothing may depend on it, a beat task picks up what nobody did.
        """
        self.queue_in(0, **kwargs)

    def queue_in(self, seconds: float, **kwargs: Any) -> None:
        """As `queue`, to be run after so many seconds. A worker keeps it meanwhile: for short waits only."""
        shop_id = str(current_shop().pk)
        transaction.on_commit(partial(self._send, {"shop_id": shop_id, **kwargs}, seconds))

    def _send(self, kwargs: dict[str, Any], seconds: float) -> None:
        if time.monotonic() < _broker.away_until:
            return
        try:
            self.task.apply_async(kwargs=kwargs, countdown=seconds)
        except BrokerAway:
            _broker.away_until = time.monotonic() + BROKER_PAUSE
            log.warning("broker is away, tasks are not queued", task=self.task.name)


def shop_task(
    name: str, *, max_retries: int = MAX_RETRIES, while_suspended: bool = False, **options: Any
) -> Callable[[Callable[..., object]], Queued]:
    """Declare a task that runs inside a shop. `name` is "room.verb"; arguments are ids, by keyword.

    In a suspended shop only tasks run that say so (`while_suspended`): what the law asks for does not stop.
    """

    def declare(function: Callable[..., object]) -> Queued:
        @shared_task(name=name, bind=True, max_retries=max_retries, **options)
        def run(self: Task, shop_id: str | None = None, **kwargs: Any) -> None:
            # In a context of its own: a worker's thread keeps what a task bound, and would log it with the next one.
            work = partial(_run, self, function, shop_id, kwargs, while_suspended=while_suspended)
            contextvars.copy_context().run(work)

        return Queued(run)

    return declare


def _run(
    task: Task,
    function: Callable[..., object],
    shop_id: str | None,
    kwargs: dict[str, Any],
    *,
    while_suspended: bool,
) -> None:
    try:
        shop = routing.shop_by_id(shop_id) if shop_id else None
        if shop is None:
            raise NoShop(f"Task {task.name} came without a shop that exists.")
        if shop.is_suspended and not while_suspended:
            log.info("shop is suspended, task dropped", task=task.name, orgId=shop_id)
            return
        with in_shop(shop):
            function(**kwargs)
    except OutboundError as error:
        if error.permanent:
            log.error(
                "task gave up", task=task.name, service=error.service, reason=error.message, orgId=shop_id
            )
            return
        _again(task, shop_id, error, service=error.service, reason=error.message)
    except DATABASE_AWAY as error:
        _again(task, shop_id, error, service="database", reason=type(error).__name__)


def _again(task: Task, shop_id: str | None, error: Exception, *, service: str, reason: str) -> NoReturn:
    wait = backoff(task.request.retries)
    log.warning(
        "task will be tried again", task=task.name, service=service, reason=reason, wait=wait, orgId=shop_id
    )
    raise task.retry(exc=error, countdown=wait) from error


def backoff(retries: int) -> float:
    """Seconds before the next try: doubling from 2, at most LONGEST_WAIT, with full jitter in its upper half."""
    longest = min(2.0 * 2**retries, LONGEST_WAIT)
    return float(longest / 2 + random.random() * longest / 2)


def platform_task(name: str, **options: Any) -> Callable[[Callable[..., object]], Any]:
    """Declare a task without a shop (routing role only): it looks for work and queues shop tasks."""

    def declare(function: Callable[..., object]) -> Any:
        @shared_task(name=name, **options)
        def run(**kwargs: Any) -> None:
            with schema_context(get_public_schema_name()):
                function(**kwargs)

        return run

    return declare
