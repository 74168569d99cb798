"""The words about appointments, services and free places."""

from django.utils.translation import gettext_lazy as _

from api.docs.words import ID, LATER, MOMENT, OTHER, WORK, Operation
from api.serializers.appointments import (
    AppointmentIn,
    AppointmentOut,
    AppointmentPage,
    AvailabilityOut,
    CancelIn,
    MoveIn,
    ServiceList,
)

SHOWN = {
    "id": ID,
    "code": "K7M4X2",
    "status": "confirmed",
    "source": "manual",
    "service": {"id": OTHER, "name": "Tagliando"},
    "bay": {"id": 1, "name": "Ponte 1"},
    "customer_id": OTHER,
    "vehicle_id": OTHER,
    "starts_at": MOMENT,
    "ends_at": LATER,
    "duration_minutes": 60,
    "drop_off_at": None,
    "arrived_at": None,
    "promised_at": None,
    "collected_at": None,
    "customer_confirmed_at": None,
    "customer_note": "",
    "notes": "",
    "cancel_reason": "",
    "created_at": MOMENT,
    "updated_at": MOMENT,
}
SLOT = {"starts_at": MOMENT, "ends_at": LATER}
LIST = Operation(
    "appointments_list",
    WORK,
    _("Elenco degli appuntamenti"),
    _("In ordine di inizio, una pagina per volta."),
    {200: AppointmentPage},
    shown={"results": [SHOWN], "next": None},
    filters={
        "from": _("Che cominciano da questo momento in poi."),
        "to": _("Che cominciano prima di questo momento."),
        "status": _("In questo stato."),
        "service": _("Di questo servizio."),
        "customer": _("Di questo cliente."),
        "vehicle": _("Di questo veicolo."),
        "updated_since": _("Solo quelli nati o cambiati da questo momento in poi."),
    },
)
BOOK = Operation(
    "appointments_book",
    WORK,
    _("Prenota"),
    _(
        "customer_id, oppure customer: chi ha già quel telefono è lui, altrimenti nasce un cliente (serve anche "
        "customers:write, come per una targa nuova). L'appuntamento ha l'origine manual e segue le regole dei clienti: "
        "preavviso, orari, tetti. Se il posto non c'è: 409 con le alternative più vicine. Lo stesso desiderio due volte "
        "dà lo stesso appuntamento: la seconda risposta è 200."
    ),
    {201: AppointmentOut, 200: AppointmentOut},
    body=AppointmentIn,
    problems=(404, 409),
    sent={
        "service_id": OTHER,
        "starts_at": MOMENT,
        "customer": {"first_name": "Maria", "phone": "333 1234567"},
    },
    shown=SHOWN,
)
SHOW = Operation(
    "appointments_show", WORK, _("Un appuntamento"), _("Con il suo ETag."), {200: AppointmentOut}, shown=SHOWN
)
MOVE = Operation(
    "appointments_move",
    WORK,
    _("Sposta un appuntamento"),
    _("A un altro inizio. If-Match è obbligatorio. Se il posto non c'è: 409 con le alternative più vicine."),
    {200: AppointmentOut},
    body=MoveIn,
    problems=(409,),
    sent={"starts_at": LATER},
    shown=SHOWN,
)
SERVICES = Operation(
    "services_list",
    WORK,
    _("I servizi che si prenotano"),
    _("Nell'ordine dell'officina."),
    {200: ServiceList},
    shown={
        "results": [
            {
                "id": OTHER,
                "name": "Tagliando",
                "description": "",
                "duration_minutes": 60,
                "price_from": "120.00",
                "confirmed_by": "ai",
                "preparation": "",
            }
        ]
    },
)
AVAILABILITY = Operation(
    "availability_show",
    WORK,
    _("Posti liberi"),
    _(
        "Per un servizio, al massimo 62 giorni per volta. Quando non c'è posto: perché, e che cosa c'è di più vicino."
    ),
    {200: AvailabilityOut},
    problems=(404,),
    shown={"slots": [SLOT], "nothing": None, "closed": [], "nearest": []},
    filters={
        "service": _("Per questo servizio."),
        "part_of_day": _("Solo di mattina o di pomeriggio."),
        "from": _("Da questo giorno; altrimenti da oggi."),
        "to": _("Fino a questo giorno compreso."),
    },
)
VERBS = {
    "confirm": (_("L'officina conferma"), _("Un appuntamento da confermare diventa confermato.")),
    "start": (_("Comincia il lavoro"), _("L'auto è in lavorazione.")),
    "complete": (_("L'auto è pronta"), _("Il lavoro è finito e la postazione è libera.")),
    "reopen": (_("Riapre il lavoro"), _("L'auto non è ancora pronta.")),
    "cancel": (_("Annulla"), _("Libera la postazione. Il primo motivo resta.")),
    "no-show": (_("Non si è presentato"), _("Solo dopo l'ora dell'inizio.")),
    "arrived": (_("L'auto è arrivata"), _("La prima volta resta.")),
    "collected": (_("L'auto è stata ritirata"), _("La prima volta resta.")),
    "acknowledge": (_("Il cliente dice che viene"), _("Lo stato non cambia.")),
}


def act(verb: str) -> Operation:
    """The words about one verb."""
    summary, text = VERBS[verb]
    return Operation(
        f"appointments_{verb.replace('-', '_')}",
        WORK,
        summary,
        text,
        {200: AppointmentOut},
        body=CancelIn if verb == "cancel" else None,
        problems=(409,),
        sent={"reason": "Il cliente ha cambiato idea"} if verb == "cancel" else None,
        shown=SHOWN,
    )
