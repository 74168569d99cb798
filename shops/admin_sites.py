"""The two back offices: the shop's on its own host, the operators' on the platform's."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from shops.context import NoShop, current_shop

# The order of the side bar and of the start page, with the icon (fonts.google.com/icons) of each model and page.
# What is not here comes last.
MENU = {
    "scheduling.appointment": "event",
    "scheduling.waitinglist": "hourglass_top",
    "scheduling.customer": "group",
    "scheduling.vehicle": "directions_car",
    "scheduling.service": "build",
    "scheduling.bay": "garage",
    "scheduling.openinghours": "schedule",
    "scheduling.closure": "event_busy",
    "scheduling.channelidentity": "contact_phone",
    "scheduling.consent": "fact_check",
    "scheduling.scheduling_rules": "rule",
    "receptionist.conversation": "forum",
    "receptionist.handover": "phone_callback",
    "receptionist.conversationmessage": "chat",
    "receptionist.toolcall": "construction",
    "receptionist.media": "mic",
    "receptionist.outboundmessage": "outgoing_mail",
    "receptionist.modelusage": "query_stats",
    "receptionist.noticesetting": "notifications",
    "receptionist.my_notices": "notifications_active",
    "receptionist.aiconfig": "tune",
    "whatsapp.messagetemplate": "quick_phrases",
    "shops.shop": "store",
    "shops.domain": "language",
    "shops.phoneline": "call",
    "shops.whatsappnumber": "sms",
    "shops.unroutedevent": "call_missed",
    "staff.staffuser": "badge",
}
_PLACES = {name: place for place, name in enumerate(MENU)}
_ROOMS = {room: place for place, room in enumerate(dict.fromkeys(name.partition(".")[0] for name in MENU))}


@dataclass(frozen=True)
class Page:
    """A page of a back office that shows no model. `path` is below admin/; `permission` as "app.codename"."""

    app_label: str
    title: Any
    path: str
    name: str
    view: Callable[..., HttpResponseBase]
    permission: str


class OrderedSite(UnfoldAdminSite):
    """Lists the rooms and their models in the order of MENU."""

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """What the person may see."""
        rooms: list[dict[str, Any]] = super().get_app_list(request, app_label)
        for room in rooms:
            room["models"].sort(key=lambda model: _PLACES.get(_menu_name(room, model), len(MENU)))
        return sorted(rooms, key=lambda room: _ROOMS.get(room["app_label"], len(MENU)))


def _menu_name(room: dict[str, Any], model: dict[str, Any]) -> str:
    return f"{room['app_label']}.{model['object_name'].lower()}"


class ShopAdminSite(OrderedSite):
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


class PlatformAdminSite(OrderedSite):
    """What the platform's operators use."""

    index_title = _("Piattaforma")


shop_site = ShopAdminSite(name="admin")
platform_site = PlatformAdminSite(name="admin")


def site_header(request: HttpRequest) -> str:
    """The shop's name in the titles and at the top of every page; the platform's on the operators' host."""
    try:
        return current_shop().name
    except NoShop:
        return "AROS-Voice"


def select2_texts(request: HttpRequest) -> str:
    """The address of the Italian texts of lists that can be searched."""
    return static("shops/select2.js")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The side bar: one group a room, only what the person's role may see."""
    site = platform_site if getattr(request, "urlconf", None) else shop_site
    return [
        {
            "title": app["name"],
            "separator": True,
            "items": [
                *(
                    _entry(model["name"], model["admin_url"], _menu_name(app, model))
                    for model in app["models"]
                ),
                *_pages(site, app["app_label"], request),
            ],
        }
        for app in site.get_app_list(request)
    ]


def _entry(title: Any, link: str, name: str) -> dict[str, Any]:
    return {"title": title, "link": link, "icon": MENU.get(name, "")}


def _pages(site: UnfoldAdminSite, app_label: str, request: HttpRequest) -> list[dict[str, Any]]:
    return [
        _entry(page.title, reverse(f"{site.name}:{page.name}"), f"{app_label}.{page.name}")
        for page in getattr(site, "pages", ())
        if page.app_label == app_label and request.user.has_perm(page.permission)
    ]
