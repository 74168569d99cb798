"""Puts the pages of "Privacy" on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.privacy.disclosures import disclosures_page, export
from backoffice.privacy.register import register_page
from backoffice.privacy.settings import privacy_page
from shops.admin_sites import Page, shop_site

MAY = "receptionist.change_privacyconfig"

for title, path, name, view, in_menu in (
    (_("Privacy"), "privacy/", "privacy", privacy_page, True),
    (_("Registro dei trattamenti"), "privacy/registro/", "privacy_register", register_page, False),
    (_("Dichiarazioni dell'IA"), "privacy/ia/", "privacy_disclosures", disclosures_page, False),
    (_("Dichiarazioni dell'IA"), "privacy/ia/csv/", "privacy_disclosures_csv", export, False),
):
    shop_site.add_page(
        Page(
            app_label="backoffice",
            title=title,
            path=path,
            name=name,
            view=view,
            permission=MAY,
            in_menu=in_menu,
        )
    )
