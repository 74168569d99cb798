"""What the page's script says, in the page's language."""

from datetime import datetime, time

from django.utils.translation import gettext as _

from receptionist import phoneproof, welcome
from receptionist.models import AIConfig, Channel, Conversation
from shops.context import current_shop

# The greeting depends on it: "buongiorno" or "buonasera".
_HOURS = (time(12), time(21))


def of_page(language: str) -> dict[str, str | list[str]]:
    """Name and sentence. `openings`: the greetings with which a first answer may begin; the page has said it already."""
    return {"openings": _openings(language), **_sentences()}


def of_note(name: str) -> str:
    """What the page says of a note in the chat (its external id)."""
    if name.startswith(phoneproof.TAKEN_BACK):
        return _("La conferma del numero è stata ritirata.")
    return _("Numero confermato: grazie.")


def _openings(language: str) -> list[str]:
    config, chat = AIConfig.load(), Conversation(channel=Channel.WEB, language=language)
    shop = current_shop()
    today = datetime.now(shop.tz).date()
    moments = (datetime.combine(today, hour, shop.tz) for hour in _HOURS)
    said = [welcome.opening(config=config, conversation=chat, now=moment) for moment in moments]
    return list(dict.fromkeys(said))


def _sentences() -> dict[str, str]:
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
        "expired": _("Il codice è scaduto."),
        "another": _("Nuovo codice"),
        "cancel": _("Annulla"),
        "over": _("Questa conversazione è conclusa. Se scrive ancora, ne comincia una nuova."),
        "forget": _("Dimentica la chat"),
        "forget_sure": _(
            "La chat si chiude e sparisce da questo schermo, e il numero confermato non vale più. "
            "Gli appuntamenti presi restano."
        ),
        "forgotten": _("Fatto: questa chat non si può più aprire."),
    }
