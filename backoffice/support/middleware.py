"""A session of the support ends with its visit, whichever page it asks for."""

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext as _

from shops import support
from shops.context import NoShop, current_shop
from shops.models import SupportVisit

GetResponse = Callable[[HttpRequest], HttpResponse]


class SupportMiddleware:
    """Asks, for sessions of the support only, whether the visit is still open. One query for those, none for others."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and self._is_over(request):
            logout(request)
            messages.info(request, _("L'accesso per assistenza è finito."))
            return HttpResponseRedirect(reverse("admin:login"))
        return self.get_response(request)

    def _is_over(self, request: HttpRequest) -> bool:
        try:
            shop = current_shop()
        except NoShop:
            return False
        wanted = request.session.get(support.SESSION_KEY)
        if wanted is None:
            return False
        if support.visit_of(wanted) is not None:
            return False
        visit = SupportVisit.objects.filter(pk=wanted, shop_id=shop.pk).first()
        if visit is not None:
            support.end(visit=visit, by=SupportVisit.EndedBy.TIME)
        return True
