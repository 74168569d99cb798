"""What the API leaves to the workers."""

import structlog

from api import idempotency
from shops import routing
from shops.context import in_shop
from shops.tasks import platform_task

log = structlog.get_logger(__name__)


@platform_task("api.purge")
def purge() -> None:
    """Beat, nightly: in every shop, delete the answers that were kept for a day. Safe to run twice."""
    for shop_id in routing.active_shop_ids():
        shop = routing.shop_by_id(shop_id)
        if shop is not None:
            with in_shop(shop):
                count = idempotency.purge()
                if count:
                    log.info("old answers deleted", rows=count)
