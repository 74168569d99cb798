"""How the shop's telephone is forwarded to its receptionist: the codes, with its own number in them.

The same as in docs/proprietario.md; checked in November 2026 on public sources.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


@dataclass(frozen=True)
class Code:
    """When calls are forwarded, and what is dialled to turn it on and off."""

    when: Any
    on: str
    off: str


FIXED = (
    Code(gettext_lazy("Se nessuno risponde (consigliato)"), "*61*{number}#", "#61#"),
    Code(gettext_lazy("Se è occupato"), "*67*{number}#", "#67#"),
    Code(gettext_lazy("Sempre"), "*21*{number}#", "#21#"),
)
MOBILE = (
    Code(gettext_lazy("Se nessuno risponde (consigliato)"), "**61*{number}#", "##61#"),
    Code(gettext_lazy("Se è spento o non prende"), "**62*{number}#", "##62#"),
    Code(gettext_lazy("Se è occupato"), "**67*{number}#", "##67#"),
    Code(gettext_lazy("Sempre"), "**21*{number}#", "##21#"),
)
OPERATORS = (
    (
        "TIM",
        gettext_lazy(
            "Su fibra e ISDN di solito è già compreso. Sulle linee tradizionali va chiesto prima: 187, oppure 191 "
            "per le aziende. Il tempo di squillo lo cambia il servizio clienti."
        ),
    ),
    (
        "Vodafone",
        gettext_lazy(
            "Si imposta dalla Vodafone Station o dall'area clienti; i codici dipendono dall'offerta."
        ),
    ),
    (
        "WindTre",
        gettext_lazy(
            "«Sempre» con il codice qui sopra. «Se nessuno risponde» e «se è occupato» dipendono dall'offerta: chieda "
            "al servizio clienti."
        ),
    ),
    (
        "Fastweb",
        gettext_lazy(
            "«Sempre» con il codice qui sopra; le altre hanno codici propri (risultano *22* se occupato e *23* se "
            "nessuno risponde). Più sicuro da MyFastweb."
        ),
    ),
    (
        gettext_lazy("VoIP o centralino"),
        gettext_lazy(
            "Niente codici: si imposta nel pannello, con regole separate per «non risponde», «occupato» e orari. Lo fa "
            "chi lo gestisce."
        ),
    ),
)


def dialled(number: str) -> str:
    """An Italian number as it is dialled in Italy; others with 00."""
    if number.startswith("+39"):
        return number[3:]
    return f"00{number[1:]}" if number.startswith("+") else number


def tables(number: str) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """The codes for a landline and for a mobile, with the number to forward to."""
    plain = dialled(number)
    return [
        (title, [(str(code.when), code.on.format(number=plain), code.off) for code in codes])
        for title, codes in ((_("Telefono fisso"), FIXED), (_("Cellulare"), MOBILE))
    ]
