"""The two back offices: the shop's on its own host, the operators' on the platform's."""

from typing import Any

from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from shops.context import NoShop, current_shop


class ShopAdminSite(UnfoldAdminSite):
    """What managers, receptionists and mechanics of one shop use."""

    index_title = _("Officina")


class PlatformAdminSite(UnfoldAdminSite):
    """What the platform's operators use."""

    index_title = _("Piattaforma")


shop_site = ShopAdminSite(name="admin")
platform_site = PlatformAdminSite(name="admin")


def site_header(request: HttpRequest) -> str:
    """The shop's name at the top of every page; the platform's on the operators' host."""
    try:
        return current_shop().name
    except NoShop:
        return "AROS-Voice"


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: one group a room, only what the person's role may see."""
    site = platform_site if getattr(request, "urlconf", None) else shop_site
    return [
        {
            "title": app["name"],
            "separator": True,
            "items": [{"title": model["name"], "link": model["admin_url"]} for model in app["models"]],
        }
        for app in site.get_app_list(request)
    ]
