"""The tasks of the provisioning worker: a worker with the owner's login, which serves the queue `provision` and no
other (shops.guard.verify_worker). Web and workers only send to it."""

from functools import partial

import structlog
from django.db import transaction
from kombu.exceptions import OperationalError as BrokerAway

from shops import orders
from shops.tasks import DATABASE_AWAY, platform_task

log = structlog.get_logger(__name__)
QUEUE = "provision"
TRIES = {"autoretry_for": DATABASE_AWAY, "retry_backoff": True, "max_retries": 5}


@platform_task("shops.provision", **TRIES)
def provision(*, order_id: str) -> None:
    """Make the shop that was ordered."""
    orders.carry_out(order_id)


@platform_task("shops.provision_waiting", **TRIES)
def provision_waiting() -> None:
    """Make all that wait: the messages of some may be lost, and a worker may have died midway."""
    if count := orders.carry_out_waiting():
        log.info("orders that waited were looked at", count=count)


def queue(*, order_id: str) -> None:
    """Send the order to the worker on commit. A broker that is away is only logged: the page asks again."""
    transaction.on_commit(partial(_send, order_id))


def _send(order_id: str) -> None:
    try:
        provision.apply_async(kwargs={"order_id": order_id}, queue=QUEUE)
    except BrokerAway:
        log.warning("broker is away, the order is not queued", order=order_id)
