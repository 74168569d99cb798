"""What the workshop leaves to the workers."""

from scheduling import people
from scheduling.importing import keeping
from shops import routing
from shops.context import in_shop
from shops.tasks import platform_task, shop_task


@shop_task("scheduling.settle_merges")
def settle_merges() -> None:
    """Bring to merged customers what was written with an old id meanwhile."""
    people.settle()


@shop_task("scheduling.work_on_import", max_retries=1)
def work_on_import(*, token: str, staff_id: str, writes: bool) -> None:
    """Check or write a long file of customers that somebody brought."""
    keeping.work_as(token=token, staff_id=staff_id, writes=writes)


@platform_task("scheduling.sweep_imports")
def sweep_imports() -> None:
    """Beat, hourly: in every shop, delete files of customers that nobody came back for."""
    for shop_id in routing.active_shop_ids():
        shop = routing.shop_by_id(shop_id)
        if shop is not None:
            with in_shop(shop):
                keeping.sweep()
