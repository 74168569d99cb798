"""Puts Oggi and the lost requests on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.today import lost_page, views
from shops.admin_sites import Page, shop_site

SEES = "scheduling.view_appointment"
TALKS = "receptionist.view_conversation"

for page in (
    Page("backoffice", _("Oggi"), "oggi/", "today", views.today, SEES),
    Page("backoffice", _("Oggi"), "oggi/vivo/", "today_live", views.live, SEES, in_menu=False),
    Page("backoffice", _("Oggi"), "oggi/fatto/", "today_act", views.act, SEES, in_menu=False),
    Page(
        "backoffice",
        lost_page.TITLE,
        "oggi/perse/",
        "lost_requests",
        lost_page.lost_requests,
        TALKS,
        in_menu=False,
    ),
):
    shop_site.add_page(page)
