"""The words about one operation, from which schema and page are made."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

PEOPLE, CARS, WORK, TALKS = _("Clienti"), _("Veicoli"), _("Appuntamenti"), _("Conversazioni")
ID = "6f1c2a34-9d7e-4b58-8a10-3c5d7e9f1b24"
OTHER = "0b7d4e52-1c3f-4a86-9e2d-5f6a8b9c0d13"
MOMENT, LATER = "2026-11-23T09:30:00+01:00", "2026-11-23T10:30:00+01:00"


@dataclass(frozen=True)
class Operation:
    """One method of one address. `answers`: status → serializer; the problems join by themselves."""

    name: str
    tag: Any
    summary: Any
    text: Any
    answers: Mapping[int, Any]
    body: Any = None
    problems: tuple[int, ...] = ()
    """Beside those that every operation of its kind may have."""
    sent: Mapping[str, Any] | None = None
    shown: Mapping[str, Any] | None = None
    filters: Mapping[str, Any] = field(default_factory=dict)
    """What each word of the address means."""


SINCE = {
    "created_since": _("Solo quelli nati da questo momento in poi."),
    "updated_since": _("Solo quelli nati o cambiati da questo momento in poi."),
    "archived": _("false (di solito): in uso; true: archiviati; all: tutti."),
}
