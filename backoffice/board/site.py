"""Puts the board on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.board.views import board
from shops.admin_sites import Page, shop_site

shop_site.add_page(
    Page(
        app_label="backoffice",
        title=_("Lavori di oggi"),
        path="lavori/",
        name="board",
        view=board,
        permission="scheduling.work_appointment",
    )
)
