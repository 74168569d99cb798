"""Puts the pages on the shop's site, and hears when the support leaves."""

from typing import Any

from django.contrib.auth.signals import user_logged_out
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from backoffice.support import views
from shops import support
from shops.admin_sites import Page, shop_site
from shops.models import SupportVisit

shop_site.add_page(
    Page(
        app_label="backoffice",
        title=_("Assistenza"),
        path="support/",
        name="support",
        view=views.visits,
        permission=support.ANSWERS_FOR_THE_SHOP,
    )
)
shop_site.add_page(
    Page(
        app_label="backoffice",
        title=_("Termina l'accesso"),
        path="support/end/",
        name="support_end",
        view=views.end,
        permission="scheduling.view_appointment",
        in_menu=False,
    )
)


def on_logout(sender: type, request: HttpRequest | None, user: Any, **_kwargs: Any) -> None:
    """Who logs out has left."""
    wanted = request.session.get(support.SESSION_KEY) if request is not None else None
    if wanted is None or not getattr(user, "is_support", False):
        return
    visit = SupportVisit.objects.filter(pk=wanted).first()
    if visit is not None:
        support.end(visit=visit, by=SupportVisit.EndedBy.OPERATOR)


user_logged_out.connect(on_logout, dispatch_uid="backoffice.support")
