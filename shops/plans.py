"""What each plan allows in a month of the shop's calendar. Nothing stops at the end of it: operators see who is over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from shops.models import Shop

NEAR = 0.8
"""From this share of an allowance on, a shop is near its end."""


@dataclass(frozen=True)
class Plan:
    """Allowances a month; None: as much as they like."""

    call_minutes: int | None
    chats: int | None


DEFAULTS: dict[str, dict[str, int | None]] = {
    Shop.Tier.STARTER: {"call_minutes": 300, "chats": 300},
    Shop.Tier.PROFESSIONAL: {"call_minutes": 1200, "chats": 1500},
    Shop.Tier.ENTERPRISE: {"call_minutes": None, "chats": None},
}
KINDS = ("call_minutes", "chats")


def plan_of(tier: str) -> Plan:
    """The allowances of a tier: AROS_PLANS where it says something, else the defaults."""
    return _merged(tier, DEFAULTS.get(tier, {}), settings.PLANS.get(tier, {}))


def _merged(tier: str, usual: Mapping[str, Any], wished: Mapping[str, Any]) -> Plan:
    values = {**dict.fromkeys(KINDS), **usual, **wished}
    for name, value in values.items():
        if name not in KINDS or not (value is None or (isinstance(value, int) and value > 0)):
            raise ImproperlyConfigured(
                f"AROS_PLANS: {tier}.{name} is a whole number above 0 or null; names are {', '.join(KINDS)}."
            )
    return Plan(**values)


def share(used: int, allowed: int | None) -> float:
    """How much of an allowance is used, 1 for all of it; 0 where there is no end."""
    return used / allowed if allowed else 0.0
