"""Puts the calendar on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.calendar import assets, dialogs, views
from shops.admin_sites import Page, shop_site

__all__ = ["assets"]

LOOK = "scheduling.view_appointment"

for _path, _name, _view in (
    ("calendario/dati/", "calendar_data", views.data),
    ("calendario/nuovo/", "calendar_new", dialogs.new),
    ("calendario/clienti/", "calendar_customers", views.customers),
    ("calendario/<uuid:pk>/", "calendar_appointment", dialogs.appointment),
    ("calendario/<uuid:pk>/sposta/", "calendar_move", views.move),
):
    shop_site.add_page(
        Page(
            app_label="backoffice",
            title=_("Calendario"),
            path=_path,
            name=_name,
            view=_view,
            permission=LOOK,
            in_menu=False,
        )
    )
shop_site.add_page(
    Page(
        app_label="backoffice",
        title=_("Calendario"),
        path="calendario/",
        name="calendar",
        view=views.calendar,
        permission=LOOK,
    )
)
