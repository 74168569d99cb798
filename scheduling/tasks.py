"""What the workshop leaves to the workers."""

from scheduling import people
from shops.tasks import shop_task


@shop_task("scheduling.settle_merges")
def settle_merges() -> None:
    """Bring to merged customers what was written with an old id meanwhile."""
    people.settle()
