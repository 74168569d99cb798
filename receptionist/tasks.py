"""What the receptionist leaves to the workers."""

import time
from collections.abc import Callable

import structlog
from django.conf import settings
from django.core.cache import caches
from django.utils import timezone
from redis.exceptions import RedisError

from receptionist import (
    account_mail,
    confirmations,
    freed,
    gone,
    health,
    mail,
    optin,
    remotecopies,
    retention,
    sweeping,
    turns,
)
from receptionist.rights import erase, export
from shops import routing
from shops.context import in_shop
from shops.db.current import renew
from shops.http import OutboundError
from shops.tasks import platform_task, shop_task

log = structlog.get_logger(__name__)
# With thousands of shops a sweep takes longer than the beat's pause. One that was killed holds up the next no longer.
ALONE_SECONDS = 10
# After so many shops a round goes on with a new connection (shops.db.current.renew).
SHOPS_A_CONNECTION = 100


@shop_task("receptionist.answer", max_retries=3)
def answer(*, conversation_id: str) -> None:
    """Answer what is unanswered in one chat. Waits for the model: its queue has workers of many threads."""
    turns.run(conversation_id=conversation_id)


@shop_task("receptionist.answer_many")
def answer_many(*, conversation_ids: list[str]) -> None:
    """Queue an answer for each of many chats: a webhook that brought them all has no time for it."""
    for conversation_id in conversation_ids:
        answer.queue(conversation_id=conversation_id)


@platform_task("receptionist.sweep")
def sweep() -> None:
    """Beat: in every shop, queue what no worker did. One task for all: a query takes less than a message to a queue.

    One at a time; a second one does nothing.
    """
    _in_every_shop("sweep", sweeping.sweep_shop)


@platform_task("receptionist.report_health")
def report_health() -> None:
    """Beat: every shop says how it is. One task for all, one at a time; some 2 ms a shop."""
    _in_every_shop("health", health.report)


def _in_every_shop(name: str, work: Callable[[], None], *, suspended: bool = False) -> None:
    """Run `work` in every shop that is served (`suspended`: in all), unless another process is at it."""
    alone = f"{settings.DATABASES['default']['NAME']}:{name}"
    try:
        if not caches["routing"].add(alone, b"1", timeout=ALONE_SECONDS):
            log.info("another round is under way", round=name)
            return
        try:
            _round(alone, name, work, suspended=suspended)
        finally:
            caches["routing"].delete(alone)
    except RedisError as error:  # without a broker nothing that is found could be queued
        log.warning("no round, valkey is away", round=name, error=type(error).__name__)


def _round(alone: str, name: str, work: Callable[[], None], *, suspended: bool) -> None:
    renewed = time.monotonic()
    shops = routing.kept_shop_ids() if suspended else routing.active_shop_ids()
    for number, shop_id in enumerate(shops, start=1):
        if time.monotonic() - renewed > ALONE_SECONDS / 3:
            caches["routing"].touch(alone, timeout=ALONE_SECONDS)
            renewed = time.monotonic()
        shop = routing.shop_by_id(shop_id)
        if shop is None or (shop.is_suspended and not suspended):
            continue
        try:
            with in_shop(shop):
                work()
        except Exception as error:  # noqa: BLE001 - one shop's trouble must not keep the others waiting
            log.error("round failed in a shop", round=name, orgId=str(shop_id), error=type(error).__name__)
        if number % SHOPS_A_CONNECTION == 0:
            renew()


@shop_task("receptionist.send_mail")
def send_mail(*, message_id: str) -> None:
    """Send one stored e-mail."""
    mail.send(message_id=message_id)


@platform_task(
    "receptionist.mail_operator", autoretry_for=(OutboundError,), retry_backoff=True, max_retries=6
)
def mail_operator(*, kind: str, person_id: str) -> None:
    """Mail an operator the link of an invitation or of a forgotten password."""
    account_mail.mail_operator(kind=kind, person_id=person_id)


@shop_task("receptionist.confirm_appointment")
def confirm_appointment(*, appointment_id: str) -> None:
    """Confirm an appointment on WhatsApp, where that was agreed."""
    confirmations.send(appointment_id=appointment_id)


@shop_task("receptionist.tell_of_freed_place")
def tell_of_freed_place(*, appointment_id: str) -> None:
    """Tell the shop's people who waits for the place of a cancelled appointment."""
    freed.tell(appointment_id=appointment_id)


@platform_task("receptionist.apply_retention")
def apply_retention() -> None:
    """Beat, nightly: in every shop, suspended ones too, delete what was kept long enough. A task for each."""
    for shop_id in routing.kept_shop_ids():
        shop = routing.shop_by_id(shop_id)
        if shop is not None:
            with in_shop(shop):
                apply_shop_retention.queue()
                if shop.is_suspended:  # the sweep, which sees to these, does not come there
                    delete_remote_copies.queue()


@shop_task("receptionist.apply_shop_retention", while_suspended=True)
def apply_shop_retention() -> None:
    """Delete what the shop has kept long enough; what one task has no time for is left to another."""
    if "left" in retention.apply():
        apply_shop_retention.queue()


@shop_task("receptionist.delete_remote_copies", while_suspended=True)
def delete_remote_copies() -> None:
    """Have the copies at providers deleted whose time has come. What fails has its next time in the row."""
    remotecopies.delete_due()


@shop_task("receptionist.ask_about_promotion")
def ask_about_promotion(*, conversation_id: str, looks: int) -> None:
    """Ask, once in a customer's life, whether the shop may write about due dates and offers."""
    optin.ask(conversation_id=conversation_id, looks=looks)


@shop_task("receptionist.make_person_export")
def make_person_export(*, export_id: str) -> None:
    """Make somebody's copy of their data."""
    export.make(export_id=export_id)


@shop_task("receptionist.delete_erased_files", while_suspended=True)
def delete_erased_files(*, erasure_id: str) -> None:
    """Delete the files that an erasure left; the sweep does it when this one is lost."""
    erase.delete_files(erasure_id=erasure_id)


@shop_task("receptionist.erase_latecomers", while_suspended=True)
def erase_latecomers(*, customer_id: str = "") -> None:
    """Wipe what was written about somebody while they were being erased; without an id, about everybody of late."""
    erase.settle(customer_id=customer_id or None)


@platform_task("receptionist.sweep_rights")
def sweep_rights() -> None:
    """Beat: in every shop, delete copies whose time is over and what an erasure left. One task for all, one at a time."""
    _in_every_shop("rights", _sweep_rights, suspended=True)


def _sweep_rights() -> None:
    export.sweep()
    erase.sweep()
    erase.settle()
    gone.forget(now=timezone.now())
