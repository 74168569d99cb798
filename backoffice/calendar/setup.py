"""What the calendar's script has to know before it draws: addresses, words, bays, hours, what one may do."""

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from backoffice.calendar.feed import offset
from scheduling import catalogue
from scheduling.catalogue import Catalogue
from scheduling.hours import END_OF_DAY
from scheduling.models.appointments import Status

VIEWS = {
    "giorno": "resourceTimeGridDay",
    "settimana": "resourceTimeGridWeek",
    "mese": "dayGridMonth",
    "lista": "listWeek",
}
"""The views by their name in the address."""
MARKS = {
    Status.PENDING: "?",
    Status.CONFIRMED: "✓",
    Status.IN_PROGRESS: "▶",
    Status.COMPLETED: "★",
    Status.NO_SHOW: "∅",
    Status.CANCELLED: "✕",
}
"""A sign for each status, for who does not tell the colours apart."""
MARGIN = 60
NO_HOURS = (8 * 60, 18 * 60)
ANYWHERE = "00000000-0000-0000-0000-000000000000"
"""Stands in addresses where the script puts an appointment's id."""


def for_script(request: HttpRequest) -> dict[str, Any]:
    """Everything in one object. One query."""
    cat = catalogue.load()
    opens, closes = _hours(cat)
    return {
        "urls": _urls(),
        "views": VIEWS,
        "bays": [{"id": pk, "name": name} for pk, name in cat.bay_names.items()],
        "services": [{"id": str(service.pk), "name": service.name} for service in cat.services],
        "statuses": statuses(),
        "slotMin": _clock(max(0, opens - MARGIN)),
        "opens": _clock(opens)[:5],
        "slotMax": _clock(min(END_OF_DAY, closes + MARGIN)),
        "scroll": _clock(max(0, opens - 30)),
        "closedWeekdays": [(day + 1) % 7 for day in range(7) if not cat.calendar.week[day]],
        "today": timezone.localdate().isoformat(),
        "offset": offset(),
        "locale": get_language() or "it",
        "mayChange": request.user.has_perm("scheduling.change_appointment"),
        "mayAdd": request.user.has_perm("scheduling.add_appointment"),
        "texts": _texts(),
    }


def statuses() -> list[dict[str, Any]]:
    """The statuses in the order of a day, with their sign; what will not happen is hidden at first."""
    return [
        {"value": status.value, "label": str(status.label), "mark": mark, "shown": status != Status.CANCELLED}
        for status, mark in MARKS.items()
    ]


def _urls() -> dict[str, str]:
    return {
        "data": reverse("admin:calendar_data"),
        "new": reverse("admin:calendar_new"),
        "customers": reverse("admin:calendar_customers"),
        "appointment": reverse("admin:calendar_appointment", args=[ANYWHERE]),
        "move": reverse("admin:calendar_move", args=[ANYWHERE]),
        "placeholder": ANYWHERE,
    }


def _texts() -> dict[str, Any]:
    return {
        "buttons": {
            "today": _("Oggi"),
            "prev": _("Indietro"),
            "next": _("Avanti"),
            "close": _("Chiudi"),
            "resourceTimeGridDay": _("Giorno"),
            "resourceTimeGridWeek": _("Settimana"),
            "dayGridMonth": _("Mese"),
            "listWeek": _("Lista"),
        },
        "none": _("Nessun appuntamento in questi giorni."),
        "noBays": _("Nessuna postazione in uso: aggiungerne una in «La mia officina»."),
        "moveHere": _("Sposta a {when}"),
        "stays": _("lascia l'auto"),
        "arrived": _("arrivato"),
        "offline": _(
            "Il calendario non risponde: si riprova fra poco. Quello che si vede può essere vecchio."
        ),
        "loggedOut": _("La sessione è finita: ricaricare la pagina ed entrare di nuovo."),
        "failed": _("Non ha funzionato e niente è cambiato: riprovare."),
        "loading": _("Un momento…"),
        "found": {
            "none": _("Nessun cliente trovato: scriverlo qui sotto come nuovo."),
            "one": ngettext("{count} cliente trovato", "{count} clienti trovati", 1),
            "many": ngettext("{count} cliente trovato", "{count} clienti trovati", 2),
        },
        "noCar": _("senza auto, o con la targa qui sotto"),
    }


def _hours(cat: Catalogue) -> tuple[int, int]:
    """The earliest opening and the latest closing of a usual week, in minutes."""
    spans = [span for day in cat.calendar.week for span in day]
    if not spans:
        return NO_HOURS
    return min(opens for opens, _closes in spans), max(closes for _opens, closes in spans)


def _clock(minutes: int) -> str:
    return f"{timedelta(minutes=minutes)}".rjust(8, "0") if minutes < END_OF_DAY else "24:00:00"
