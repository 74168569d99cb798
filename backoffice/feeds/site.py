"""Puts "I miei calendari" on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.feeds.views import my_feeds
from scheduling.feeds import MAY_USE
from shops.admin_sites import Page, shop_site

shop_site.add_page(
    Page(
        app_label="backoffice",
        title=_("I miei calendari"),
        path="account/calendari/",
        name="my_feeds",
        view=my_feeds,
        permission=MAY_USE,
        shown=lambda request: not getattr(request.user, "is_support", False),
    )
)
