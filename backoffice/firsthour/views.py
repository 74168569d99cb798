"""The page of the first hour, and the piece of it that looks again by itself."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_safe

from backoffice import pages
from backoffice.firsthour import forwarding, steps
from receptionist.models import Conversation
from scheduling import catalogue, week
from scheduling.catalogue import Catalogue
from shops.admin_sites import Page, shop_site
from shops.context import current_shop
from shops.models import PhoneLine, Shop, WhatsAppNumber


def first_hour(request: HttpRequest) -> HttpResponse:
    """The steps; a POST says what the person did about one of them."""
    shop = current_shop()
    if request.method == "POST":
        return _done(request, shop)
    context = {**_context(shop), "poll_url": reverse("admin:first_hour_steps")}
    return pages.page(request, "backoffice/firsthour/page.html", context, title=_("La prima ora"))


@require_safe
def first_hour_steps(request: HttpRequest) -> HttpResponse:
    """The steps again, for the page that waits for a call or a message."""
    return pages.fragment(request, "backoffice/firsthour/steps.html", _context(current_shop()))


def _done(request: HttpRequest, shop: Shop) -> HttpResponse:
    verb, _colon, name = request.POST.get("do", "").partition(":")
    if verb in ("away", "back"):
        steps.put_away(shop, away=verb == "away")
        return HttpResponseRedirect(reverse("admin:my_shop" if verb == "away" else "admin:first_hour"))
    if name not in steps.STEPS:
        return HttpResponseBadRequest()
    if verb == "fine" and name in (*steps.REVIEWED, *_nothing_to_forward(shop)):
        steps.confirm(shop, name, by=str(pages.person(request)))
    elif verb == "begin" and name in steps.ARRIVING:
        steps.begin(shop, name)
    elif verb == "skip":
        steps.skip(shop, name)
    else:
        return HttpResponseBadRequest()
    return HttpResponseRedirect(f"{reverse('admin:first_hour')}#{name}")


def _nothing_to_forward(shop: Shop) -> tuple[str, ...]:
    """Where the receptionist answers the shop's own number there is no call to wait for."""
    return ("forwarding",) if str(shop.phone_number) in _lines(shop) else ()


def _lines(shop: Shop) -> list[str]:
    found = PhoneLine.objects.filter(shop=shop).order_by("created_at").values_list("number", flat=True)
    return [str(number) for number in found]


def _context(shop: Shop) -> dict[str, Any]:
    """What both show. Constant queries: what is in force, the numbers, the conversations that arrived."""
    found = steps.look(shop)
    lines = _lines(shop)
    chats = list(WhatsAppNumber.objects.filter(shop=shop).order_by("created_at").defer("access_token"))
    seen = _conversations(found)
    cat = catalogue.load()
    return {
        "steps": [
            {
                "state": state,
                "name": state.name,
                "title": steps.TITLES[state.name],
                "template": f"backoffice/firsthour/{state.name}.html",
                "conversation": seen.get(state.conversation),
            }
            for state in found
        ],
        "progress": steps.progress(shop),
        "done": sum(state.settled for state in found),
        "total": len(found),
        "waiting": any(state.waiting for state in found),
        "shop": shop,
        "line": lines[0] if lines else "",
        "dialled": forwarding.dialled(lines[0]) if lines else "",
        "own_number": str(shop.phone_number) in lines,
        "codes": forwarding.tables(lines[0]) if lines else [],
        "operators": forwarding.OPERATORS,
        "chat": chats[0] if chats else None,
        **_in_force(cat),
    }


def _in_force(cat: Catalogue) -> dict[str, Any]:
    from backoffice.myshop.hub import grouped

    return {
        "hours": list(grouped(week.current())),
        "services": cat.services,
        "idle": [service for service in cat.services if not cat.bays_for(service)],
        "bays": list(cat.bay_names.values()),
    }


def _conversations(found: list[steps.State]) -> dict[str, Conversation]:
    keys = []
    for state in found:
        try:
            keys.append(UUID(state.conversation))
        except ValueError:
            continue
    rows = Conversation.objects.filter(pk__in=keys) if keys else ()
    return {str(row.pk): row for row in rows}


def badge(request: HttpRequest) -> str:
    """How far the shop is, for the side bar."""
    return str(steps.progress(current_shop()) or "")


def not_over(request: HttpRequest) -> bool:
    """Whether the side bar has a place for it."""
    return steps.progress(current_shop()) is not None


shop_site.add_page(
    Page(
        app_label="backoffice",
        title=gettext_lazy("La prima ora"),
        path="prima-ora/",
        name="first_hour",
        view=first_hour,
        permission="scheduling.change_openinghours",
        badge=badge,
        shown=not_over,
    )
)
shop_site.add_page(
    Page(
        app_label="backoffice",
        title=gettext_lazy("La prima ora"),
        path="prima-ora/passi/",
        name="first_hour_steps",
        view=first_hour_steps,
        permission="scheduling.change_openinghours",
        in_menu=False,
    )
)
