"""Where an appointment stands, in the customer's words, and what they may still do about it."""

from copy import copy as twin
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils.translation import gettext as _

from receptionist.opening import time_of
from scheduling.hours import Calendar
from scheduling.models import Appointment, Service
from scheduling.models.appointments import Status
from website.booking import words

CHANGEABLE = (Status.PENDING, Status.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Standing:
    """What the page says first. `tone` is the note's: "", "good", "warn" or "bad"."""

    title: str
    text: str = ""
    tone: str = ""


def may_change(row: Appointment, now: datetime) -> bool:
    """Whether the customer may still move or cancel it: nothing has begun, and its time has not come."""
    return row.status in CHANGEABLE and row.arrived_at is None and row.scheduled_at > now


def as_booked(row: Appointment) -> Service:
    """The service, taking as long as this appointment of it takes. Never to be saved."""
    service = twin(row.service)
    service.duration_minutes = row.duration_minutes
    return service


def standing(
    row: Appointment, calendar: Calendar, now: datetime, *, held_until: datetime | None = None
) -> Standing:
    """What to tell about the appointment at this moment. `held_until`: of a place that still waits for their yes."""
    if row.status == Status.CANCELLED:
        return Standing(
            _("Appuntamento annullato"), _("Questo appuntamento è stato annullato: non la aspettiamo."), "bad"
        )
    if row.status == Status.IN_PROGRESS:
        return Standing(_("Stiamo lavorando alla sua auto"), _until(row, now), "good")
    if row.status == Status.COMPLETED:
        return _ready(row, calendar, now)
    if row.status == Status.NO_SHOW or row.ends_at <= now:
        return Standing(
            _("Questo appuntamento è passato"), _("Se serve ancora, ne prenoti un altro o ci chiami.")
        )
    if row.arrived_at is not None:
        return Standing(_("La sua auto è da noi"), _until(row, now), "good")
    if row.scheduled_at <= now:
        return Standing(_("È l'ora del suo appuntamento"), _("Se è in ritardo, ci chiami."), "warn")
    if row.status == Status.PENDING and held_until is not None:
        return _held(held_until, now)
    if row.status == Status.PENDING:
        text = _("L'officina deve ancora confermare. Fino ad allora il posto è tenuto per lei.")
        return Standing(_("In attesa di conferma"), text, "warn")
    return Standing(_("Il suo appuntamento è confermato"))


def _held(until: datetime, now: datetime) -> Standing:
    if now >= until:
        return Standing(
            _("Il tempo per rispondere è passato"),
            _("Questo posto non è più tenuto per lei. Ci chiami."),
            "warn",
        )
    text = _("Lo teniamo per lei fino a: %(moment)s. Non è ancora un appuntamento.")
    return Standing(
        _("Si è liberato questo posto: lo vuole?"), text % {"moment": words.moment(until)}, "warn"
    )


def _until(row: Appointment, now: datetime) -> str:
    if row.promised_at is not None and row.promised_at > now:
        return _("Dovrebbe essere pronta: %(moment)s.") % {"moment": words.moment(row.promised_at)}
    return _("L'ora in cui sarà pronta non è ancora indicata: per saperla ci chiami.")


def _ready(row: Appointment, calendar: Calendar, now: datetime) -> Standing:
    if row.collected_at is not None:
        return Standing(_("Lavoro finito"), _("L'auto è stata ritirata. Grazie!"))
    return Standing(_("La sua auto è pronta"), collect(calendar, now), "good")


def collect(calendar: Calendar, now: datetime) -> str:
    """Until when the car can be collected today, or from when."""
    local = now.astimezone(calendar.tz)
    minute = local.hour * 60 + local.minute
    spans = calendar.spans(local.date())
    if any(opens <= minute < closes for opens, closes in spans):
        closes = datetime.combine(local.date(), time_of(spans[-1][1]))
        return _("Si può ritirare oggi fino alle %(time)s.") % {"time": words.clock(closes)}
    opening = calendar.next_opening(now)
    if opening is None:
        return _("Per il ritiro ci chiami.")
    opens_at = opening.astimezone(calendar.tz)
    if opens_at.date() - local.date() <= timedelta(days=1):
        said = words.day(opens_at.date(), local.date())
        return _("Si può ritirare %(day)s dalle %(time)s.") % {"day": said, "time": words.clock(opens_at)}
    return _("Si può ritirare da %(moment)s.") % {"moment": words.moment(opening)}
