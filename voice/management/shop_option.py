"""The shop that a command is told."""

from shops.models import Shop
from shops.provisioning import Refused


def shop_by_slug(slug: str) -> Shop:
    """The shop of an identifier. Raises Refused with the identifiers there are."""
    shop: Shop | None = Shop.objects.filter(slug=slug).first()
    if shop is None:
        known = ", ".join(Shop.objects.order_by("slug").values_list("slug", flat=True)[:10]) or "none yet"
        raise Refused(f"There is no shop {slug!r}. There are: {known}.")
    return shop
