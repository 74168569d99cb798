"""The pages of this part, on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.people import cards, due_list, imports, merging
from shops.admin_sites import Page, shop_site

SEE_CUSTOMERS, SEE_CARS = "scheduling.view_customer", "scheduling.view_vehicle"
CHANGE, IMPORT = "scheduling.change_customer", "scheduling.import_customer"

PAGES = (
    (_("Cliente"), "clienti/<uuid:pk>/", "customer_page", cards.customer_page, SEE_CUSTOMERS, False),
    (_("Archivio"), "clienti/<uuid:pk>/archivio/", "customer_archive", cards.customer_archive, CHANGE, False),
    (_("Unisci clienti"), "clienti/unisci/", "merge", merging.merge_page, CHANGE, False),
    (_("Doppioni"), "clienti/<uuid:pk>/doppioni/", "likely_same", merging.likely_page, CHANGE, False),
    (_("Veicolo"), "veicoli/<uuid:pk>/", "vehicle_page", cards.vehicle_page, SEE_CARS, False),
    (
        _("Archivio"),
        "veicoli/<uuid:pk>/archivio/",
        "vehicle_archive",
        cards.vehicle_archive,
        "scheduling.change_vehicle",
        False,
    ),
    (_("Scadenze"), "scadenze/", "due_dates", due_list.due_page, SEE_CARS, True),
    (_("Importa clienti"), "importa/", "import", imports.upload_page, IMPORT, True),
    (_("Importa clienti"), "importa/<str:token>/", "import_file", imports.file_page, IMPORT, False),
    (_("Importa clienti"), "importa/<str:token>/stato/", "import_state", imports.state, IMPORT, False),
)

for title, path, name, view, permission, in_menu in PAGES:
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
