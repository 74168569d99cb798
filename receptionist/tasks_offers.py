"""Places that came free, and the messages that events bring about: what is left to the workers."""

from datetime import datetime
from uuid import UUID

from receptionist.followups import offers
from receptionist.tasks import _in_every_shop
from scheduling.waiting import Place
from shops.tasks import platform_task, shop_task


@shop_task("receptionist.offer_left_place")
def offer_left_place(*, freed_by: str, starts_at: str, minutes: int, bay_id: int, customer_id: str) -> None:
    """Offer the place that a moved appointment left."""
    place = Place(datetime.fromisoformat(starts_at), minutes, bay_id, UUID(customer_id))
    offers.offer_place(freed_by=UUID(freed_by), place=place)


@platform_task("receptionist.sweep_offers")
def sweep_offers() -> None:
    """Beat: in every shop, let holds run out and see to places that no worker saw to."""
    _in_every_shop("offers", offers.sweep)
