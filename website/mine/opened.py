"""From a link to the appointment it opens, the same for every page behind it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.csrf import csrf_protect

from receptionist import links
from scheduling.models import Appointment
from shops.context import current_shop
from shops.limits import Limit
from shops.models import Shop
from shops.staff.throttle import address
from website import frame

# A signature of 128 bits is not guessed; whoever tries makes work all the same.
WRONG = Limit("mine-wrong", 30, 3600)
CHANGES = Limit("mine-changes", 30, 3600)


@dataclass(frozen=True)
class Opened:
    """An appointment that somebody has the link of."""

    row: Appointment
    shop: Shop
    now: datetime
    page: frame.Frame

    def path(self, name: str = "my_appointment", **query: object) -> str:
        """The path of one of its pages, in the page's language, under a link that lasts as long as a new one."""
        return self.page.link(reverse(name, args=[links.token(self.row, shop=self.shop)]), **query)


View = Callable[[HttpRequest, Opened], HttpResponseBase]


def opened(view: View) -> Callable[[HttpRequest, str], HttpResponseBase]:
    """A view behind a link. Whatever is no valid one gets a page with the shop's telephone, which does not tell why.

    The referrer policy of public pages stays ("same-origin": no other site learns the address). With none at all
    browsers send forms without an origin, and the guard of forms refuses them.
    """

    @wraps(view)
    def found(request: HttpRequest, token: str) -> HttpResponseBase:
        now, shop = timezone.now(), current_shop()
        pk = links.read(token, shop=shop, now=now)
        row = _row(pk) if pk else None
        response = view(request, Opened(row, shop, now, frame.of(request))) if row else _gone(request)
        response.headers.setdefault("X-Robots-Tag", "noindex, nofollow")
        return response

    return frame.public(csrf_protect(found))


def _row(pk: UUID) -> Appointment | None:
    rows = Appointment.objects.select_related("customer", "service", "vehicle")
    return rows.filter(pk=pk, customer__erased_at=None).first()


def _gone(request: HttpRequest) -> HttpResponse:
    if WRONG.take(address(request)):
        return frame.render(request, "website/mine/gone.html", status=404)
    response = frame.render(request, "website/mine/gone.html", status=429)
    response["Retry-After"] = str(WRONG.seconds)
    return response
