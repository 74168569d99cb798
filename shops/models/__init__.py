"""The platform's tables, in the public schema. A shop reads its own rows of them through row level security."""

from shops.models.health import ShopHealth
from shops.models.orders import ShopOrder
from shops.models.shop import (
    HOST,
    Domain,
    PhoneLine,
    SchemaTemplate,
    Shop,
    UnroutedEvent,
    WhatsAppNumber,
    validate_timezone,
)
from shops.models.support import SupportVisit

__all__ = [
    "HOST",
    "Domain",
    "PhoneLine",
    "SchemaTemplate",
    "Shop",
    "ShopHealth",
    "ShopOrder",
    "SupportVisit",
    "UnroutedEvent",
    "WhatsAppNumber",
    "validate_timezone",
]
