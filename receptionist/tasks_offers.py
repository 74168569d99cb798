"""Places that came free, and the messages that events bring about: what is left to the workers."""

from datetime import datetime
from uuid import UUID

from receptionist.followups import events, offers, ready
from receptionist.tasks import _in_every_shop
from scheduling.waiting import Place
from shops.tasks import platform_task, shop_task


@shop_task("receptionist.offer_left_place")
def offer_left_place(*, freed_by: str, starts_at: str, minutes: int, bay_id: int, customer_id: str) -> None:
    """Offer the place that a moved appointment left."""
    place = Place(datetime.fromisoformat(starts_at), minutes, bay_id, UUID(customer_id))
    offers.offer_place(freed_by=UUID(freed_by), place=place)


@shop_task("receptionist.tell_ready")
def tell_ready(*, appointment_id: str) -> None:
    """Tell a customer that the car is ready."""
    ready.tell(appointment_id=appointment_id)


@platform_task("receptionist.sweep_follow_ups")
def sweep_follow_ups() -> None:
    """Beat: in every shop, what events bring about: holds that ran out, missed calls, thanks."""
    _in_every_shop("follow-ups", events.sweep)
