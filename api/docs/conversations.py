"""The words about conversations."""

from django.utils.translation import gettext_lazy as _

from api.docs.words import ID, MOMENT, OTHER, TALKS, Operation
from api.serializers.conversations import ConversationOut, ConversationPage, MessagePage

SHOWN = {
    "id": ID,
    "channel": "voice",
    "status": "completed",
    "customer_id": OTHER,
    "phone_number": "+393331234567",
    "caller_verified": True,
    "language": "it",
    "summary": "",
    "started_at": MOMENT,
    "ended_at": MOMENT,
    "active_at": MOMENT,
    "disclosed_at": MOMENT,
}
LIST = Operation(
    "conversations_list",
    TALKS,
    _("Elenco delle conversazioni"),
    _("Telefono, WhatsApp e sito; prima le ultime."),
    {200: ConversationPage},
    shown={"results": [SHOWN], "next": None},
    filters={
        "channel": _("Solo di questo canale."),
        "customer": _("Di questo cliente."),
        "since": _("In cui qualcuno ha parlato da questo momento in poi."),
    },
)
SHOW = Operation(
    "conversations_show",
    TALKS,
    _("Una conversazione"),
    _("Senza le parole: quelle sono nei messaggi."),
    {200: ConversationOut},
    shown=SHOWN,
)
MESSAGES = Operation(
    "messages_list",
    TALKS,
    _("Che cosa si è detto"),
    _("Dall'inizio, una pagina per volta. Quello che è stato cancellato per scadenza non c'è più."),
    {200: MessagePage},
    shown={
        "results": [
            {
                "id": ID,
                "role": "customer",
                "kind": "text",
                "text": "Buongiorno, vorrei un tagliando.",
                "sent_at": MOMENT,
            }
        ],
        "next": None,
    },
)
