"""The two back offices: the shop's on its own host, the operators' on the platform's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from shops.context import NoShop, current_shop


@dataclass(frozen=True)
class Page:
    """A page of a back office that shows no model. `path` is below admin/; `permission` as "app.codename"."""

    app_label: str
    title: Any
    path: str
    name: str
    view: Callable[..., HttpResponseBase]
    permission: str


class ShopAdminSite(UnfoldAdminSite):
    """What managers, receptionists and mechanics of one shop use."""

    index_title = _("Officina")

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[Page] = []

    def add_page(self, page: Page) -> None:
        """Serve the page, and list it in the side bar under its room. To be called from the room's admin module."""
        self.pages.append(page)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The pages, before Django's catch-all."""
        pages = [path(page.path, self.admin_view(page.view), name=page.name) for page in self.pages]
        return [*pages, *super().get_urls()]


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
            "items": [
                *({"title": model["name"], "link": model["admin_url"]} for model in app["models"]),
                *_pages(site, app["app_label"], request),
            ],
        }
        for app in site.get_app_list(request)
    ]


def _pages(site: UnfoldAdminSite, app_label: str, request: HttpRequest) -> list[dict[str, Any]]:
    return [
        {"title": page.title, "link": reverse(f"{site.name}:{page.name}")}
        for page in getattr(site, "pages", ())
        if page.app_label == app_label and request.user.has_perm(page.permission)
    ]
