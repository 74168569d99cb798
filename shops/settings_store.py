"""Sections of a shop's settings (a JSON column of its row). Each room owns one section and parses it itself.

Who changed what is noted in the shop's history as "section.key".
"""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from shops.context import in_shop
from shops.models import Shop


def read(shop: Shop, section: str) -> dict[str, Any]:
    """The section as last saved; empty when never saved. No query."""
    found = shop.settings.get(section)
    return dict(found) if isinstance(found, dict) else {}


def update(
    shop: Shop,
    section: str,
    values: Mapping[str, Any],
    *,
    noted: bool = True,
    defaults: Mapping[str, Any] | None = None,
) -> None:
    """Merge `values` into the section and save it. In force from the next request (the routing cache is emptied).

    `defaults` is what held where nothing was stored, for the history; not `noted`: it is no news for anybody.
    """
    from shops import history  # models are not loaded yet when this module is

    with in_shop(shop), transaction.atomic():
        row = Shop.objects.select_for_update().get(pk=shop.pk)
        before = read(row, section)
        row.settings = {**row.settings, section: {**before, **values}}
        row.save(update_fields=["settings"])
        if noted:
            named = {f"{section}.{key}": value for key, value in values.items()}
            held = {**(defaults or {}), **before}
            history.record(row, {f"{section}.{key}": value for key, value in held.items()}, named)
    shop.settings = row.settings
