"""The page on which somebody of the shop makes, copies once and revokes the addresses of their calendar."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from backoffice import pages
from scheduling import feeds
from scheduling.models import CalendarFeed
from shops.context import current_shop
from shops.dates import in_a_sentence

LONGEST_NAME = 80


def my_feeds(request: HttpRequest) -> HttpResponse:
    """The person's feeds. A new one's address stands on the answer to its making, and nowhere afterwards."""
    person = pages.person(request)
    if person.is_support:  # a visit ends, and an address would go on
        raise PermissionDenied
    if request.method != "POST":
        return _page(request)
    act = request.POST.get("do", "")
    if act == "make":
        return _make(request)
    return _revoke(request) if act == "revoke" else HttpResponseBadRequest()


def _make(request: HttpRequest) -> HttpResponse:
    name = request.POST.get("name", "")[:LONGEST_NAME] or _("Calendario")
    try:
        feed, token = feeds.make(
            staff=pages.person(request), name=name, only_mine=request.POST.get("only_mine") == "on"
        )
    except feeds.TooMany:
        messages.error(request, _("Ha già molti calendari: prima ne revochi uno che non usa."))
        return _back()
    path = reverse("calendar_feed", args=[token])
    address = current_shop().url(path)
    response = _page(request, fresh=feed, address=address, by_app=f"webcal://{address.partition('://')[2]}")
    response["Referrer-Policy"] = "no-referrer"
    response["Cache-Control"] = "private, no-store"
    return response


def _revoke(request: HttpRequest) -> HttpResponse:
    feed = _own(request)
    if feed is None:
        messages.error(request, _("Questo calendario non c'è."))
        return _back()
    feeds.revoke(feed=feed)
    messages.success(request, _("Revocato: quell'indirizzo non mostra più niente."))
    return _back()


def _own(request: HttpRequest) -> CalendarFeed | None:
    try:
        return CalendarFeed.objects.filter(
            staff=pages.person(request), pk=request.POST.get("feed", "")
        ).first()
    except ValidationError:
        return None


def _page(request: HttpRequest, **more: Any) -> HttpResponse:
    mine = CalendarFeed.objects.filter(staff=pages.person(request))
    context = {
        "feeds": [_shown(feed) for feed in mine.filter(revoked_at=None)],
        "revoked": [_shown(feed) for feed in mine.exclude(revoked_at=None).order_by("-revoked_at")[:5]],
        "longest_name": LONGEST_NAME,
        "sees_phones": pages.person(request).has_perm("scheduling.view_customer"),
        **more,
    }
    return pages.page(request, "backoffice/feeds/page.html", context, title=_("I miei calendari"))


def _shown(feed: CalendarFeed) -> dict[str, Any]:
    return {
        "pk": feed.pk,
        "name": feed.name,
        "only_mine": feed.only_mine,
        "last_used_at": feed.last_used_at,
        "made_on": _day(feed.created_at),
        "read_on": _day(feed.last_used_at, "j F Y H:i"),
        "revoked_on": _day(feed.revoked_at),
    }


def _day(moment: datetime | None, how: str = "j F Y") -> str:
    return in_a_sentence(date_format(timezone.localtime(moment), how)) if moment else ""


def _back() -> HttpResponse:
    return HttpResponseRedirect(reverse("admin:my_feeds"))
