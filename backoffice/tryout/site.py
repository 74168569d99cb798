"""Puts Prova on the shop's site, and its drawer beside the form of the receptionist's settings."""

from django.utils.translation import gettext_lazy as _

from backoffice.tryout import views
from receptionist.admin_config import AIConfigAdmin
from shops.admin_sites import Page, shop_site

for _path, _name, _view in (
    ("prova/", "try_out", views.page),
    ("prova/pannello/", "try_out_panel", views.panel),
    ("prova/stato/", "try_out_state", views.state),
    ("prova/scrivi/", "try_out_say", views.say),
    ("prova/ricomincia/", "try_out_restart", views.restart),
    ("prova/clienti/", "try_out_customers", views.customers),
):
    shop_site.add_page(
        Page(
            app_label="backoffice",
            title=_("Prova"),
            path=_path,
            name=_name,
            view=_view,
            permission="receptionist.change_aiconfig",
            in_menu=_name == "try_out",
        )
    )

AIConfigAdmin.change_form_outer_before_template = "backoffice/tryout_panel.html"
