"""The words about vehicles."""

from django.utils.translation import gettext_lazy as _

from api.docs.words import CARS, ID, MOMENT, OTHER, SINCE, Operation
from api.serializers.vehicles import VehicleIn, VehicleOut, VehiclePage

SENT = {
    "license_plate": "AB 123 CD",
    "customer_id": OTHER,
    "make": "Fiat",
    "model": "Panda",
    "mileage_km": 84000,
}
SHOWN = {
    "id": ID,
    "license_plate": "AB123CD",
    "customer_id": OTHER,
    "make": "Fiat",
    "model": "Panda",
    "year": 2019,
    "vin": "",
    "fuel": "petrol",
    "mileage_km": 84000,
    "registered_on": "2019-03-14",
    "last_revision_on": None,
    "yearly_revision": False,
    "last_service_on": None,
    "last_service_km": None,
    "service_every_months": None,
    "service_every_km": None,
    "next_revision_on": None,
    "next_service_on": None,
    "next_service_km": None,
    "notes": "",
    "archived_at": None,
    "created_at": MOMENT,
}
LIST = Operation(
    "vehicles_list",
    CARS,
    _("Elenco dei veicoli"),
    _("Dal primo all'ultimo registrato, una pagina per volta."),
    {200: VehiclePage},
    shown={"results": [SHOWN], "next": None},
    filters={
        "plate": _("La targa, scritta in qualunque modo."),
        "customer": _("Del cliente con questo id."),
        **SINCE,
    },
)
CREATE = Operation(
    "vehicles_create",
    CARS,
    _("Nuovo veicolo"),
    _("La targa si scrive in qualunque modo. Se un altro veicolo ce l'ha già: 409, codice duplicate."),
    {201: VehicleOut},
    body=VehicleIn,
    problems=(404, 409),
    sent=SENT,
    shown=SHOWN,
)
SHOW = Operation(
    "vehicles_show",
    CARS,
    _("Un veicolo"),
    _("Con le prossime scadenze e il suo ETag."),
    {200: VehicleOut},
    shown=SHOWN,
)
CHANGE = Operation(
    "vehicles_change",
    CARS,
    _("Cambia un veicolo"),
    _("Solo i campi mandati; le scadenze si ricalcolano. If-Match è obbligatorio."),
    {200: VehicleOut},
    body=VehicleIn,
    problems=(409,),
    sent={"mileage_km": 91500},
    shown=SHOWN,
)
ARCHIVE = Operation(
    "vehicles_archive",
    CARS,
    _("Archivia un veicolo"),
    _("Fuori dagli elenchi. Non con appuntamenti in corso (409). DELETE non c'è."),
    {200: VehicleOut},
    problems=(409,),
    shown=SHOWN,
)
RESTORE = Operation(
    "vehicles_restore",
    CARS,
    _("Riprende un veicolo dall'archivio"),
    _("Di nuovo negli elenchi."),
    {200: VehicleOut},
    problems=(409,),
    shown=SHOWN,
)
