"""Why a message that was due did not go out, in the words of the shop's people."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from receptionist.models import FollowUp, FollowUpOutcome, OutboundMessage, OutboundStatus

WAITING = (OutboundStatus.QUEUED, OutboundStatus.SENDING)


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
    TOO_LATE = "too_late", _("era troppo tardi")
    BOOKED = "booked", _("c'è già un appuntamento")
    STALE = "stale", _("prima che partisse è cambiato qualcosa")
    FAILED = "failed", _("WhatsApp non l'ha consegnato")


NEVER_CAME = frozenset({Reason.STALE.value, Reason.FAILED.value})
"""What had been decided to go out, and did not."""


def words(reason: str) -> str:
    """The reason in plain words; as it is stored when it is none of these."""
    return str(Reason(reason).label) if reason in Reason.values else reason


def did_not_go_out(message: OutboundMessage, reason: Reason) -> None:
    """A message that had been decided on never reached anybody: what was decided says so, and why. One statement."""
    decided = FollowUp.objects.filter(message=message, outcome=FollowUpOutcome.SENT)
    decided.update(outcome=FollowUpOutcome.SKIPPED, reason=reason)


def state(row: FollowUp) -> tuple[str, str]:
    """What became of a decision: "sent", "waiting" or "skipped", and in words. The message is to be loaded with it."""
    if row.outcome == FollowUpOutcome.SENT and row.message and row.message.status in WAITING:
        return "waiting", str(_("in coda"))
    return row.outcome, row.get_outcome_display().lower()
