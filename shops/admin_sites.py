"""The two back offices: the shop's on its own host, the operators' on the platform's."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.templatetags.static import static
from django.urls import URLPattern, URLResolver, path, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from unfold.sites import UnfoldAdminSite

from shops.context import NoShop, current_shop

# The side bar, group by group: each model ("app.model") and page ("app.name") with its icon (fonts.google.com/icons).
# What is not here comes last. People see what their role allows; a group of which nothing is left is not shown.
GROUPS: list[tuple[Any, dict[str, str]]] = [
    (
        _("Ogni giorno"),
        {
            "backoffice.today": "today",
            "backoffice.board": "handyman",
            "backoffice.calendar": "calendar_month",
            "backoffice.inbox": "forum",
            "receptionist.handover": "phone_callback",
            "scheduling.appointment": "event",
            "scheduling.waitinglist": "hourglass_top",
        },
    ),
    (
        _("Clienti"),
        {
            "scheduling.customer": "group",
            "scheduling.vehicle": "directions_car",
            "backoffice.due_dates": "event_upcoming",
            "backoffice.import": "upload_file",
            "scheduling.consent": "fact_check",
            "scheduling.channelidentity": "contact_phone",
        },
    ),
    (
        _("La mia officina"),
        {
            "backoffice.first_hour": "flag",
            "backoffice.my_shop": "storefront",
            "backoffice.try_out": "psychology_alt",
            "receptionist.aiconfig": "support_agent",
            "website.site": "language",
            "api.apitoken": "key",
            "backoffice.follow_ups": "notifications_active",
            "backoffice.hours": "schedule",
            "scheduling.closure": "event_busy",
            "scheduling.service": "build",
            "scheduling.bay": "garage",
            "backoffice.who_does_what": "grid_on",
            "backoffice.privacy": "shield_person",
            "scheduling.scheduling_rules": "rule",
        },
    ),
    (
        _("Piattaforma"),
        {
            "shops.shop": "store",
            "shops.new_shop": "add_business",
            "shops.shoporder": "pending_actions",
            "shops.domain": "language",
            "shops.phoneline": "call",
            "shops.whatsappnumber": "sms",
            "shops.unroutedevent": "call_missed",
            "shops.supportvisit": "support",
        },
    ),
    (
        _("Persone"),
        {
            "staff.staffuser": "badge",
            "backoffice.account": "account_circle",
            "backoffice.my_feeds": "calendar_add_on",
            "scheduling.calendarfeed": "rss_feed",
            "receptionist.my_notices": "notifications_active",
            "receptionist.noticesetting": "notifications",
            "backoffice.support": "support",
        },
    ),
    (
        _("Registro"),
        {
            "auditlog.logentry": "history",
            "receptionist.conversation": "record_voice_over",
            "receptionist.conversationmessage": "chat",
            "receptionist.toolcall": "construction",
            "receptionist.media": "mic",
            "receptionist.outboundmessage": "outgoing_mail",
            "receptionist.followup": "mark_chat_read",
            "receptionist.slotoffer": "event_available",
            "receptionist.personexport": "folder_zip",
            "receptionist.erasure": "person_off",
            "whatsapp.messagetemplate": "quick_phrases",
            "receptionist.modelusage": "query_stats",
            "receptionist.remotecopy": "cloud_off",
        },
    ),
]
MENU = {name: icon for _title, entries in GROUPS for name, icon in entries.items()}


@dataclass(frozen=True)
class Page:
    """A page of a back office that shows no model. `path` is a route below admin/; `permission` as "app.codename".

    Who has not the permission gets a 403 before the view runs. `in_menu` False: an address that belongs to a page.
    `shown` says whether the side bar has it now, `badge` what stands beside its name; both ask no query.
    """

    app_label: str
    title: Any
    path: str
    name: str
    view: Callable[..., HttpResponseBase]
    permission: str
    in_menu: bool = True
    shown: Callable[[HttpRequest], bool] | None = None
    badge: Callable[[HttpRequest], str] | None = None


class PagedSite(UnfoldAdminSite):
    """An admin with pages of its own, whose changes carry the name of who is logged in."""

    def __init__(self, name: str = "admin") -> None:
        super().__init__(name)
        self.pages: list[Page] = []
        # The pages around the login, which ask themselves whom they serve.
        self.open_urls: list[URLPattern] = []

    def add_page(self, page: Page) -> None:
        """Serve the page, and list it in the side bar. To be called from the room's admin module."""
        self.pages.append(page)

    def get_urls(self) -> list[URLResolver | URLPattern]:
        """The pages, before Django's catch-all."""
        pages = [path(page.path, self.admin_view(_allowed(page)), name=page.name) for page in self.pages]
        # Nothing here has a page on another site, and Django's redirect to one fails for ids that are none.
        others = [each for each in super().get_urls() if getattr(each, "name", "") != "view_on_site"]
        return [*self.open_urls, *pages, *others]

    def has_permission(self, request: HttpRequest) -> bool:
        """Who is logged in, with the second factor where one is due. Every page of the site asks this first."""
        from shops.staff import second_factor

        return (
            super().has_permission(request)
            and second_factor.missing(request) is second_factor.Missing.NOTHING
        )

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """The password; then, where it is due, the second factor. 429 after too many wrong ones."""
        from shops.staff import second_factor

        lacks = second_factor.missing(request)
        if request.method == "GET" and lacks is not second_factor.Missing.NOTHING:
            page = "second_factor" if lacks is second_factor.Missing.SET_UP else "second_factor_code"
            query = request.GET.urlencode()
            return HttpResponseRedirect(f"{reverse(f'{self.name}:{page}')}{'?' if query else ''}{query}")
        shown: HttpResponse = super().login(request, extra_context)
        if getattr(request, "axes_locked_out", False):
            shown.status_code = 429
        return shown

    def admin_view(self, view: Callable[..., Any], cacheable: bool = False) -> Callable[..., Any]:
        """As Django's; what the view changes is noted as changed by who is logged in (shops.history)."""
        from shops import history  # models are not loaded yet when the sites are made
        from shops.staff.models import StaffUser

        @wraps(view)
        def by_person(request: HttpRequest, *args: Any, **kwargs: Any) -> Any:
            person = request.user  # a lazy stand-in for it, which isinstance sees through
            _speak_as_chosen(request)
            with history.acting(staff=person if isinstance(person, StaffUser) else None):
                return view(request, *args, **kwargs)

        return super().admin_view(by_person, cacheable)  # type: ignore[no-any-return]  # unfold has no types


def _speak_as_chosen(request: HttpRequest) -> None:
    """In the person's language rather than the browser's, where they chose one that there is."""
    chosen = getattr(request.user, "language", "")
    if chosen in dict(settings.LANGUAGES) and chosen != translation.get_language():
        translation.activate(chosen)
        request.LANGUAGE_CODE = chosen


class ShopAdminSite(PagedSite):
    """What managers, receptionists and mechanics of one shop use."""

    index_title = _("Officina")
    home: Callable[[HttpRequest], str] | None = None
    """The address of the first page after the login; the room above sets it."""
    history_page: Callable[[HttpRequest, Any, str], HttpResponse] | None = None
    """The history of one row, in place of Django's; the room above sets it."""

    def has_permission(self, request: HttpRequest) -> bool:
        """As the base; the support's person only in the session of a visit."""
        from shops import support

        is_support = getattr(request.user, "is_support", False)
        return super().has_permission(request) and not (
            is_support and support.SESSION_KEY not in request.session
        )

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """With who of the platform's support is inside, which every page shows. No query."""
        from shops import support

        context: dict[str, Any] = super().each_context(request)
        visits = support.shown(current_shop())
        if visits:
            context |= {
                "support_visits": visits,
                "may_end_support": request.user.has_perm(support.ANSWERS_FOR_THE_SHOP),
            }
        return context

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Straight to the day's work."""
        if self.home is not None:
            return HttpResponseRedirect(self.home(request))
        shown: HttpResponse = super().index(request, extra_context)
        return shown


class PlatformAdminSite(PagedSite):
    """What the platform's operators use."""

    index_title = _("Piattaforma")


def _allowed(page: Page) -> Callable[..., HttpResponseBase]:
    @wraps(page.view)
    def view(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if not request.user.has_perm(page.permission):
            raise PermissionDenied
        return page.view(request, *args, **kwargs)

    return view


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
    """The side bar in the order of GROUPS, only what the person's role may see."""
    found = _entries(request)
    shown = [
        {
            "title": title,
            "separator": True,
            "collapsible": False,
            "items": [{**found.pop(name), "icon": icon} for name, icon in entries.items() if name in found],
        }
        for title, entries in GROUPS
    ]
    if found:  # nobody has given it a place yet
        shown.append({"title": _("Altro"), "separator": True, "items": list(found.values())})
    return [group for group in shown if group["items"]]


def _entries(request: HttpRequest) -> dict[str, dict[str, Any]]:
    """What the person may open, by its name in GROUPS."""
    site = platform_site if getattr(request, "urlconf", None) else shop_site
    models = {
        f"{app['app_label']}.{model['object_name'].lower()}": {
            "title": getattr(site._registry[model["model"]], "menu_title", model["name"]),
            "link": model["admin_url"],
        }
        for app in site.get_app_list(request)
        for model in app["models"]
    }
    pages = {
        f"{page.app_label}.{page.name}": {
            "title": page.title,
            "link": reverse(f"{site.name}:{page.name}"),
            **({"badge": page.badge(request)} if page.badge else {}),
        }
        for page in site.pages
        if page.in_menu
        and request.user.has_perm(page.permission)
        and (page.shown is None or page.shown(request))
    }
    return models | pages
