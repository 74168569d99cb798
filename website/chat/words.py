"""What the page's script says, in the page's language."""

from django.utils.translation import gettext as _


def of_page() -> dict[str, str]:
    """Name and sentence."""
    return {
        "assistant": _("Assistente"),
        "staff": _("Officina"),
        "you": _("Lei"),
        "typing": _("L'assistente sta scrivendo…"),
        "ai": _("Risponde un'intelligenza artificiale"),
        "person": _("Risponde una persona dell'officina"),
        "proved": _("Numero confermato"),
        "offline": _("Manca la connessione: riprovo da solo."),
        "failed": _("Il messaggio non è partito."),
        "again": _("Riprova"),
        "trouble": _("La chat adesso non risponde: può chiamarci."),
        "prove": _(
            "Per confermare il suo numero ci mandi questo codice su WhatsApp. Il messaggio è già scritto: basta inviarlo."
        ),
        "open": _("Apri WhatsApp"),
        "write_to": _("Oppure scriva il codice al numero %(phone)s."),
        "waiting": _("Aspetto il codice… vale 15 minuti."),
        "ready": _("Numero confermato: grazie."),
        "expired": _("Il codice è scaduto."),
        "another": _("Nuovo codice"),
        "cancel": _("Annulla"),
        "over": _("Questa conversazione è conclusa. Se scrive ancora, ne comincia una nuova."),
        "too_long": _("Il messaggio è troppo lungo."),
    }
