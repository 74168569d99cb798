"""Sections of a shop's settings (a JSON column of its row). Each room owns one section and parses it itself."""

from collections.abc import Mapping
from typing import Any

from django.db import transaction

from shops.context import in_shop
from shops.models import Shop


def read(shop: Shop, section: str) -> dict[str, Any]:
    """The section as last saved; empty when never saved. No query."""
    found = shop.settings.get(section)
    return dict(found) if isinstance(found, dict) else {}


def update(shop: Shop, section: str, values: Mapping[str, Any]) -> None:
    """Merge `values` into the section and save it. In force from the next request (the routing cache is emptied)."""
    with in_shop(shop), transaction.atomic():
        row = Shop.objects.select_for_update().get(pk=shop.pk)
        row.settings = {**row.settings, section: {**read(row, section), **values}}
        row.save(update_fields=["settings"])
    shop.settings = row.settings
