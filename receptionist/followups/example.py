"""A customer who does not exist, to show a shop how its messages read."""

from datetime import timedelta

from django.utils import timezone, translation
from django.utils.formats import date_format

from receptionist.followups import telling
from receptionist.models import AIConfig, FollowUpConfig, FollowUpKind
from scheduling.models import Customer

MARIA = Customer(first_name="Maria", last_name="Bianchi")
PLATE = "AB123CD"
_WHAT = {
    FollowUpKind.REVISION: ("revisione", "entro il {month}"),
    FollowUpKind.SERVICE: ("tagliando", "entro il {month}"),
    FollowUpKind.TYRES_WINTER: ("gomme invernali", "entro il 15 novembre"),
    FollowUpKind.TYRES_SUMMER: ("gomme estive", "entro il 15 maggio"),
}


def places(kind: FollowUpKind, config: FollowUpConfig, ai: AIConfig) -> dict[str, str]:
    """A value for every place of every kind: in Italian, whatever the language of who looks at it."""
    with translation.override("it"):
        return _places(kind, config, ai)


def _places(kind: FollowUpKind, config: FollowUpConfig, ai: AIConfig) -> dict[str, str]:
    soon = timezone.localdate() + timedelta(days=1)
    what, by_when = _WHAT.get(kind, ("", ""))
    by_when = by_when.format(month=telling.full_date(soon + timedelta(days=29)))
    return telling.general_places(MARIA, ai) | {
        "giorno": date_format(soon, "l j F").lower(),
        "ora": "09:30",
        "lavoro": "Tagliando",
        "auto": f"Fiat Panda {PLATE}",
        "targa": PLATE,
        "preparazione": "il libretto di circolazione",
        "ritiro": "oggi fino alle 18:30",
        "nota": "sostituite anche le spazzole",
        "entro": "11:30",
        "scadenza": by_when,
        "cosa": f"{what} di Fiat Panda {PLATE} {by_when}".strip(),
        "link": _link(kind, config),
    }


def _link(kind: FollowUpKind, config: FollowUpConfig) -> str:
    if kind == FollowUpKind.THANKS:
        return config.review_link or "https://…"
    return "https://…/appuntamento/…"
