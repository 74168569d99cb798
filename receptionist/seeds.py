"""What a new shop's receptionist starts with."""

from typing import Any

from receptionist.models import AIConfig
from shops.models import Shop


def seed(shop: Shop) -> AIConfig:
    """Make the shop's settings row if it has none; what the shop wrote stays. Runs in the shop's schema."""
    return AIConfig.load()


def seed_new_shop(sender: Any, shop: Shop, **kwargs: Any) -> None:
    """Receiver of `shops.signals.shop_created`, sent inside the new shop's schema."""
    seed(shop)
