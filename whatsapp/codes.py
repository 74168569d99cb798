"""Meta's error codes as data: what each asks of us, and how it is told to the shop.

Source: developers.facebook.com, WhatsApp Cloud API, error codes (2026-10). Only the code decides, never the text.
"""

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WINDOW_CLOSED = 131047
TOKEN_DEAD = 190
NOT_A_CUSTOMER_MESSAGE = 131009


class Action(StrEnum):
    """What to do about a message that was not accepted, or not delivered."""

    RETRY = "retry"
    """Send it again, a little later each time."""
    SLOW_DOWN = "slow_down"
    """Too much was sent: send it again, but much later."""
    WINDOW = "window"
    """Free text is not allowed any more: the template, where there is one."""
    PERMANENT = "permanent"
    """It will never go; the shop's people are told."""
    DROP = "drop"
    """It will never go, and nobody can do anything about it."""
    TOKEN = "token"  # noqa: S105 - no secret
    """Nothing of this number goes out until it has a new token. The queue waits, the operators are told."""
    ACCOUNT = "account"
    """Nothing of this number goes out until the account is in order. The queue waits, the operators are told."""
    TEMPLATE = "template"
    """The template is at fault; the shop's people and the operators are told."""


@dataclass(frozen=True)
class Fault:
    """What a code means: what to do, and the words for the shop."""

    action: Action
    words: str | Promise


_AGAIN = Fault(Action.RETRY, _("WhatsApp ha un problema momentaneo."))
_TOO_MUCH = Fault(Action.SLOW_DOWN, _("Troppi messaggi in poco tempo: WhatsApp chiede di rallentare."))
_BAD = Fault(Action.PERMANENT, _("WhatsApp non accetta il contenuto del messaggio."))
_NOT_NOW = Fault(Action.DROP, _("WhatsApp ha scelto di non consegnarlo a questa persona."))
_TOKEN = Fault(Action.TOKEN, _("Il token di WhatsApp non vale più."))
_TEMPLATE = Fault(Action.TEMPLATE, _("Il modello di messaggio non è come WhatsApp lo conosce."))

CODES: dict[int, Fault] = {
    **dict.fromkeys((1, 2, 131000, 131016, 133004), _AGAIN),
    **dict.fromkeys((4, 80007, 130429, 131056), _TOO_MUCH),
    131048: Fault(
        Action.SLOW_DOWN, _("WhatsApp limita il numero: troppi messaggi segnalati come indesiderati.")
    ),
    131057: Fault(Action.SLOW_DOWN, _("L'account WhatsApp è in manutenzione.")),
    WINDOW_CLOSED: Fault(
        Action.WINDOW,
        _("Sono passate più di 24 ore dall'ultimo messaggio del cliente: WhatsApp non lo consente."),
    ),
    131026: Fault(
        Action.PERMANENT,
        _("Non consegnabile: il numero non ha WhatsApp, o non può ricevere questo messaggio."),
    ),
    131021: Fault(Action.PERMANENT, _("Il destinatario è il numero stesso dell'officina.")),
    **dict.fromkeys((131051, 131008, NOT_A_CUSTOMER_MESSAGE, 100), _BAD),
    **dict.fromkeys((131049, 130472), _NOT_NOW),
    131050: Fault(Action.DROP, _("Il cliente ha chiesto a WhatsApp di non ricevere questi messaggi.")),
    **dict.fromkeys((0, TOKEN_DEAD), _TOKEN),
    **dict.fromkeys(
        (10, 131005, *range(200, 300)), Fault(Action.TOKEN, _("Al token di WhatsApp manca un permesso."))
    ),
    131031: Fault(Action.ACCOUNT, _("L'account WhatsApp è bloccato.")),
    368: Fault(Action.ACCOUNT, _("L'account WhatsApp è sospeso per violazione delle regole.")),
    130497: Fault(Action.ACCOUNT, _("L'account WhatsApp non può scrivere a persone di questo paese.")),
    131042: Fault(Action.ACCOUNT, _("C'è un problema di pagamento sull'account WhatsApp.")),
    131045: Fault(Action.ACCOUNT, _("Il numero WhatsApp non è registrato: certificato errato.")),
    133010: Fault(Action.ACCOUNT, _("Il numero WhatsApp non è registrato.")),
    132000: Fault(Action.TEMPLATE, _("Il modello di messaggio ha un altro numero di campi.")),
    132001: Fault(Action.TEMPLATE, _("Il modello di messaggio non esiste, o WhatsApp non l'ha approvato.")),
    132005: Fault(Action.TEMPLATE, _("Il modello di messaggio è troppo lungo, una volta compilato.")),
    132007: Fault(Action.TEMPLATE, _("Il modello di messaggio viola le regole di WhatsApp.")),
    132012: _TEMPLATE,
    132015: Fault(Action.TEMPLATE, _("WhatsApp ha sospeso il modello di messaggio.")),
    132016: Fault(Action.TEMPLATE, _("WhatsApp ha disattivato il modello di messaggio.")),
}
_REFUSED = Fault(Action.PERMANENT, _("WhatsApp ha rifiutato il messaggio."))


def fault(code: int | None, http_status: int | None = None) -> Fault:
    """What a code means; one that is not in the table, or none, by the HTTP status it came with.

    No status either: the service was not reached, so try again.
    """
    if code is not None and code in CODES:
        return CODES[code]
    if code is not None and 132000 <= code < 133000:
        return _TEMPLATE
    if http_status is None or http_status >= 500:
        return _AGAIN if code is None or http_status else _REFUSED
    if http_status == 429:
        return _TOO_MUCH
    if http_status == 401:
        return _TOKEN
    return _AGAIN if http_status in (408, 409, 425) else _REFUSED
