"""The pages of this part, on the shop's site."""

from django.utils.translation import gettext_lazy as _

from backoffice.people import cards, due_list, imports, merging, rights
from shops.admin_sites import Page, shop_site

SEE_CUSTOMERS, SEE_CARS = "scheduling.view_customer", "scheduling.view_vehicle"
CHANGE, IMPORT = "scheduling.change_customer", "scheduling.import_customer"
CONSENT, COPY, ERASE = "scheduling.add_consent", "receptionist.add_personexport", "receptionist.add_erasure"
RIGHTS = "clienti/<uuid:pk>/diritti/"

PAGES = (
    (_("Cliente"), "clienti/<uuid:pk>/", "customer_page", cards.customer_page, SEE_CUSTOMERS, False),
    (_("Archivio"), "clienti/<uuid:pk>/archivio/", "customer_archive", cards.customer_archive, CHANGE, False),
    (_("Unisci clienti"), "clienti/unisci/", "merge", merging.merge_page, CHANGE, False),
    (_("Doppioni"), "clienti/<uuid:pk>/doppioni/", "likely_same", merging.likely_page, CHANGE, False),
    (_("Diritti della persona"), RIGHTS, "person_rights", rights.rights_page, ERASE, False),
    (_("Copia dei dati"), f"{RIGHTS}copia/", "person_copy", rights.copy_ask, COPY, False),
    (_("Copia dei dati"), f"{RIGHTS}copia/<uuid:copy>/", "person_copy_file", rights.copy_file, COPY, False),
    (_("Consenso"), f"{RIGHTS}consenso/", "person_consent", rights.consent_record, CONSENT, False),
    (_("Opposizione"), f"{RIGHTS}opposizione/", "person_object", rights.objection, CONSENT, False),
    (_("Cancellazione"), f"{RIGHTS}cancella/", "person_erase", rights.erasure, ERASE, False),
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
