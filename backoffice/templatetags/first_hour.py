"""How far the first hour has come, for the pages where the day begins."""

from typing import Any

from django import template

from backoffice.firsthour import steps
from shops.context import current_shop

register = template.Library()


@register.inclusion_tag("backoffice/firsthour/banner.html", takes_context=True)
def first_hour(context: dict[str, Any]) -> dict[str, Any]:
    """A line with the way on, for who sets the shop up; nothing once it is done or put away. No query of its own."""
    may = context["request"].user.has_perm("scheduling.change_openinghours")
    return {"progress": steps.progress(current_shop()) if may else None}
