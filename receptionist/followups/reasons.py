"""Why a message that was due did not go out, in the words of the shop's people."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Reason(models.TextChoices):
    """As FollowUp.reason keeps it."""

    OFF = "off", _("questo messaggio è spento")
    NO_WHATSAPP = "no_whatsapp", _("l'officina non ha un numero WhatsApp")
    NO_NUMBER = "no_number", _("del cliente non c'è un numero verificato")
    STOPPED = "stopped", _("il cliente ha scritto STOP")
    NO_CONSENT = "no_consent", _("il cliente non ha acconsentito ai messaggi promozionali")
    ONE_A_DAY = "one_a_day", _("il cliente ha già ricevuto un messaggio promozionale quel giorno")
    MOST_A_DAY = "most_a_day", _("i messaggi promozionali del giorno erano finiti")
    ARCHIVED = "archived", _("il cliente è archiviato")
    ERASED = "erased", _("i dati del cliente sono stati cancellati")
    TOO_LATE = "too_late", _("era troppo tardi: l'appuntamento è troppo vicino")
    BOOKED = "booked", _("c'è già un appuntamento")


def words(reason: str) -> str:
    """The reason in plain words; as it is stored when it is none of these."""
    return str(Reason(reason).label) if reason in Reason.values else reason
