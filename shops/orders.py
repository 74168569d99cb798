"""Shops that operators order: written down by the web, made by the worker that has the owner's login.

The web never has that login. It writes a ShopOrder and asks the queue `provision`; a message that is lost, or a worker
that dies midway, is made up for by the next time anybody asks: when the worker starts, when the operator's page polls,
or when the operator presses the button. Made twice is made once: an order is in one hand at a time, and the shop has
the order's id.
"""

from datetime import datetime, timedelta
from uuid import UUID

import structlog
from django.core.cache import caches
from django.db.models import F
from django.utils import timezone

from shops import provisioning, refusals
from shops.context import in_public
from shops.models import Shop, ShopOrder
from shops.refusals import Refused
from shops.removal import sole_hand

log = structlog.get_logger(__name__)
# A worker that runs takes an order within a second.
PICK_UP = timedelta(seconds=20)
# While it works it says what it does; making a shop takes a second or two.
STUCK = timedelta(seconds=60)
ASK_AGAIN = 20  # seconds
UNFORESEEN = "Qualcosa di imprevisto ({kind}): il perché è nel registro del processo di provisioning."


def wish_of(order: ShopOrder) -> provisioning.NewShop:
    """What the order asks of provisioning; the manager is invited."""
    return provisioning.NewShop(
        name=order.name,
        slug=order.slug,
        domain=order.domain,
        phone_number=order.phone_number,
        manager_email=order.manager_email,
        subscription_tier=order.subscription_tier,
        timezone=order.timezone,
        key=order.pk,
    )


def ask(order: ShopOrder) -> None:
    """Ask the worker for it, on commit. Safe to repeat."""
    from shops.tasks_provision import queue

    queue(order_id=str(order.pk))


def retry(order: ShopOrder) -> bool:
    """Ask again for one that did not work. False when there is nothing to try again."""
    again = ShopOrder.objects.filter(pk=order.pk, status=ShopOrder.Status.FAILED)
    fresh = {"step": "", "error": "", "finished_at": None, "queued_at": timezone.now()}
    if not again.update(status=ShopOrder.Status.QUEUED, **fresh):
        return False
    ask(order)
    return True


def nudge(order: ShopOrder, now: datetime | None = None) -> None:
    """Ask again for one that nobody has taken, or that a worker left, but not at every look at it."""
    if is_waiting_in_vain(order, now) and caches["default"].add(
        f"nudged:{order.pk}", b"1", timeout=ASK_AGAIN
    ):
        ask(order)


def is_waiting_in_vain(order: ShopOrder, now: datetime | None = None) -> bool:
    """Whether no worker seems to be there: nobody took it, or nobody has gone on with it, for too long."""
    patience = {ShopOrder.Status.QUEUED: PICK_UP, ShopOrder.Status.WORKING: STUCK}.get(
        ShopOrder.Status(order.status)
    )
    return patience is not None and order.queued_at < (now or timezone.now()) - patience


def carry_out(order_id: UUID | str) -> None:
    """Make the shop of the order, or say in the order why not. Needs the owner's login. Safe to run twice, at once or
    again: a second one does nothing."""
    with in_public():
        order = ShopOrder.objects.filter(pk=order_id).first()
        if order is None or order.status in (ShopOrder.Status.DONE, ShopOrder.Status.FAILED):
            return
        try:
            with sole_hand(f"order {order.pk}"):
                _carry_out(order)
        except Refused:  # another hand has it
            log.info("order is in another hand", order=str(order.pk))


def _carry_out(order: ShopOrder) -> None:
    order.refresh_from_db()
    if order.status in (ShopOrder.Status.DONE, ShopOrder.Status.FAILED):
        return
    if Shop.objects.filter(pk=order.pk).exclude(status__in=provisioning.UNFINISHED).exists():
        _note(
            order, status=ShopOrder.Status.DONE, step="", finished_at=timezone.now()
        )  # its worker died just then
        return
    _note(order, status=ShopOrder.Status.WORKING, attempts=F("attempts") + 1, step="")
    try:
        provisioning.create_shop(wish_of(order), progress=lambda step: _note(order, step=step[:100]))
    except Exception as error:
        words = refusals.sentence(error)
        if words is None:
            log.exception("shop not made", order=str(order.pk))
        _note(
            order,
            status=ShopOrder.Status.FAILED,
            error=(words or UNFORESEEN.format(kind=type(error).__name__))[:500],
            finished_at=timezone.now(),
        )
        return
    _note(order, status=ShopOrder.Status.DONE, step="", error="", finished_at=timezone.now())


def _note(order: ShopOrder, **values: object) -> None:
    """Write it down where the operator's page sees it at once: outside of any transaction of the shop's making."""
    with in_public():
        ShopOrder.objects.filter(pk=order.pk).update(**values)


def carry_out_waiting() -> int:
    """All that wait, or that a dead worker left; how many. For the worker's start."""
    with in_public():
        unfinished = (ShopOrder.Status.QUEUED, ShopOrder.Status.WORKING)
        waiting = list(
            ShopOrder.objects.filter(status__in=unfinished)
            .order_by("created_at")
            .values_list("pk", flat=True)
        )
    for pk in waiting:
        carry_out(pk)
    return len(waiting)
