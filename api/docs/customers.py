"""The words about customers."""

from django.utils.translation import gettext_lazy as _

from api.docs.words import ID, MOMENT, PEOPLE, SINCE, Operation
from api.serializers.customers import CustomerIn, CustomerOut, CustomerPage

SENT = {"first_name": "Maria", "last_name": "Bianchi", "phone": "333 1234567"}
SHOWN = {
    "id": ID,
    "first_name": "Maria",
    "last_name": "Bianchi",
    "phone": "+393331234567",
    "email": "",
    "language": "it",
    "gdpr_consent": False,
    "notes": "",
    "archived_at": None,
    "created_at": MOMENT,
}
LIST = Operation(
    "customers_list",
    PEOPLE,
    _("Elenco dei clienti"),
    _(
        "Dal primo all'ultimo arrivato, una pagina per volta. Chi è stato unito a un altro o cancellato non c'è."
    ),
    {200: CustomerPage},
    shown={"results": [SHOWN], "next": None},
    filters={
        "phone": _("Il numero, scritto in qualunque modo."),
        "plate": _("La targa di una sua auto."),
        **SINCE,
    },
)
CREATE = Operation(
    "customers_create",
    PEOPLE,
    _("Nuovo cliente"),
    _(
        "Serve almeno un nome, un telefono o un'e-mail. Il telefono vale come scritto dall'officina: chi chiama da lì è "
        "questo cliente. Se un altro ha già quel numero: 409, codice duplicate."
    ),
    {201: CustomerOut},
    body=CustomerIn,
    problems=(409,),
    sent=SENT,
    shown=SHOWN,
)
SHOW = Operation(
    "customers_show", PEOPLE, _("Un cliente"), _("Con il suo ETag."), {200: CustomerOut}, shown=SHOWN
)
CHANGE = Operation(
    "customers_change",
    PEOPLE,
    _("Cambia un cliente"),
    _(
        "Solo i campi mandati. If-Match con l'ETag letto è obbligatorio: nessuno sovrascrive quello che non ha visto."
    ),
    {200: CustomerOut},
    body=CustomerIn,
    problems=(409,),
    sent={"email": "maria@example.com"},
    shown=SHOWN,
)
ARCHIVE = Operation(
    "customers_archive",
    PEOPLE,
    _("Archivia un cliente"),
    _(
        "Fuori dagli elenchi; chi chiama di nuovo si conosce ancora. Non con appuntamenti in corso (409). DELETE non c'è."
    ),
    {200: CustomerOut},
    problems=(409,),
    shown=SHOWN,
)
RESTORE = Operation(
    "customers_restore",
    PEOPLE,
    _("Riprende un cliente dall'archivio"),
    _("Di nuovo negli elenchi."),
    {200: CustomerOut},
    problems=(409,),
    shown=SHOWN,
)
