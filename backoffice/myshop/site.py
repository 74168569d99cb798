"""Puts the pages of "La mia officina" on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.myshop.hours import hours_page
from backoffice.myshop.hub import my_shop
from backoffice.myshop.matrix import matrix_page
from backoffice.myshop.misfits import out_of_hours
from shops.admin_sites import Page, shop_site

HOURS, SERVICES = "scheduling.change_openinghours", "scheduling.change_service"
SEEING = "scheduling.view_appointment"

for title, path, name, view, permission, in_menu in (
    (_("La mia officina"), "officina/", "my_shop", my_shop, HOURS, True),
    (_("Orari di apertura"), "officina/orari/", "hours", hours_page, HOURS, True),
    (_("Chi può fare che cosa"), "officina/chi-fa-cosa/", "who_does_what", matrix_page, SERVICES, True),
    (_("Appuntamenti fuori orario"), "officina/fuori-orario/", "out_of_hours", out_of_hours, SEEING, False),
):
    shop_site.add_page(
        Page(
            app_label="backoffice",
            title=title,
            path=path,
            name=name,
            view=view,
            permission=permission,
            in_menu=in_menu,
        )
    )
