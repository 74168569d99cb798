"""What a new officina starts with: services, bays and hours that the owner then adapts."""

from typing import Any

from shops.models import Shop
from shops.signals import shop_created


def connect() -> None:
    """Seed every shop when it is created."""
    shop_created.connect(_on_shop_created, dispatch_uid="scheduling.seeds")


def _on_shop_created(*, shop: Shop, **_kwargs: Any) -> None:
    seed(shop)


def seed(shop: Shop) -> None:
    """Fill the empty tables of services, bays and hours; touches nothing that has rows."""
