"""Puts "Promemoria e messaggi" on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.followups.views import follow_ups, preview
from shops.admin_sites import Page, shop_site

SETS = "receptionist.change_followupsetting"

for name, path, view, in_menu in (
    ("follow_ups", "promemoria/", follow_ups, True),
    ("follow_ups_preview", "promemoria/anteprima/", preview, False),
):
    shop_site.add_page(
        Page(
            app_label="backoffice",
            title=_("Promemoria e messaggi"),
            path=path,
            name=name,
            view=view,
            permission=SETS,
            in_menu=in_menu,
        )
    )
