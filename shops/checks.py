"""System checks: a missing setting is reported in words, with its name."""

from typing import Any

from django.conf import settings
from django.core import checks


@checks.register(deploy=True)
def missing_settings(**_kwargs: Any) -> list[checks.CheckMessage]:
    """What the platform needs to be reached from outside."""
    needed = {
        "VAPI_API_KEY": "vapi_sync and vapi_check cannot reach Vapi",
        "VAPI_WEBHOOK_SECRETS": "every call is refused",
    }
    return [
        checks.Warning(f"{name} is not set: {effect}.", id=f"shops.W{number:03}")
        for number, (name, effect) in enumerate(needed.items(), start=1)
        if not getattr(settings, name)
    ]
