"""Sentences that several tools share: an appointment, a car, offers, and why something cannot be had."""

from collections.abc import Sequence
from datetime import date, datetime

from receptionist import held, opening
from receptionist.identity import owns
from receptionist.italian import say_duration, say_it_takes, sentence
from receptionist.italian.telling import Telling
from receptionist.tools.base import ToolContext
from scheduling import clock
from scheduling.availability import Nothing, Slot
from scheduling.catalogue import Catalogue
from scheduling.errors import NotBookable
from scheduling.models import Appointment, Service, Vehicle
from scheduling.models.appointments import Status

CALL_BACK = "Proporre di far richiamare dall'officina."
NO_OFFERS = f"Al momento non ci sono posti liberi. {CALL_BACK}"


def car(vehicle: Vehicle | None, context: ToolContext) -> str:
    """The car as it is called: "la Fiat Panda", or its plate, spelled for the ear. Of a stranger's car only the plate
    that was said is repeated."""
    if vehicle is None:
        return "l'auto"
    if vehicle.label and owns(context.customer, vehicle):
        return f"la {vehicle.label}"
    return f"l'auto targata {context.tell.plate(vehicle.license_plate)}"


def what(appointment: Appointment, context: ToolContext) -> str:
    """Service and car: "tagliando per la Fiat Panda"."""
    name = lower_first(appointment.service.name)
    return f"{name} per {car(appointment.vehicle, context)}" if appointment.vehicle else name


def lower_first(name: str) -> str:
    """A name inside a sentence: "Tagliando" → "tagliando"; abbreviations stay."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]


def appointment(row: Appointment, context: ToolContext) -> str:
    """One appointment in full: service, car, day and time."""
    return f"{what(row, context)}, {context.tell.when(row.scheduled_at, context.now)}"


def listed(row: Appointment, context: ToolContext) -> str:
    """One appointment in a list, with the code that other tools ask for."""
    return f"{appointment(row, context)}{pending(row, context)}, codice {row.code}"


def pending(row: Appointment, context: ToolContext) -> str:
    """What is still missing of an appointment: the shop's yes, or the customer's own to a place of the waiting list. One
    query for a pending one."""
    if row.status != Status.PENDING:
        return ""
    until = held.until(row)
    if until is None:
        return ", da confermare"
    by = context.tell.when(until, context.now)
    return f", posto della lista d'attesa tenuto fino a {by}: se il cliente lo vuole, prenotarlo tale e quale"


def offers(slots: Sequence[Slot], context: ToolContext) -> str:
    """At most three slots to choose from, nearest first; a way out when there is none."""
    starts = [slot.starts_at for slot in slots[:3]]
    if not starts:
        return NO_OFFERS
    if len(starts) == 1:
        return f"Il primo posto libero è {context.tell.moments(starts, context.now)}. Va bene?"
    return f"Posso offrire {context.tell.moments(starts, context.now)}. Quale va bene?"


def closed_then(catalogue: Catalogue, day: date, context: ToolContext) -> str:
    """That the shop is closed on a day, with the reason."""
    closed = catalogue.calendar.closed(day)
    why = opening.say_why(closed) if closed else ""
    return sentence(f"{context.tell.day(day, context.now.date())} siamo chiusi{why}")


def refused(
    error: NotBookable, *, service: Service, start: datetime, catalogue: Catalogue, context: ToolContext
) -> str:
    """Why a start cannot be booked, and the nearest ones that can."""
    reason = _reason(error, service, start, catalogue, context)
    return f"{reason} {offers(error.alternatives, context)}"


def _reason(
    error: NotBookable, service: Service, start: datetime, catalogue: Catalogue, context: ToolContext
) -> str:
    day = start.astimezone(context.now.tzinfo).date()
    if error.code == "closed":
        if error.closed:
            return closed_then(catalogue, day, context)
        hours = opening.say_day_hours(catalogue.calendar, day, context.now.date(), context.tell)
        return f"A quell'ora siamo chiusi: {hours}."
    if error.code == "beyond_horizon":
        return beyond(catalogue, context.tell)
    if error.code == "too_soon":
        return too_soon(catalogue)
    if error.code == "too_long" or (
        error.code == "off_grid" and not _fits(service, start, catalogue, context)
    ):
        return _does_not_fit(service, start, catalogue, context)
    return _PLAIN.get(error.code, "Quell'orario non si può prenotare.")


def _fits(service: Service, start: datetime, catalogue: Catalogue, context: ToolContext) -> bool:
    """Whether work that starts then ends before the shop closes, whatever else is booked."""
    search = catalogue.search(service, clock.to_moment(context.now))
    day = start.astimezone(context.now.tzinfo).date()
    end = search.timeline(day, day).end_of(clock.to_moment(start), search.need.minutes * 60)
    return end is not None


def _does_not_fit(service: Service, start: datetime, catalogue: Catalogue, context: ToolContext) -> str:
    local = start.astimezone(context.now.tzinfo)
    later = any(opens > local.hour * 60 + local.minute for opens, _ in catalogue.calendar.spans(local.date()))
    return (
        f"Per {lower_first(service.name)} {_needs(service)}: iniziando a quell'ora "
        f"non si finirebbe prima della {'pausa' if later else 'chiusura'}."
    )


def _needs(service: Service) -> str:
    return say_it_takes(service.duration_minutes, "serve", "servono")


_PLAIN = {
    "taken": "Quell'orario non è più libero.",
    "past": "Quell'orario è già passato.",
    "off_grid": "A quell'ora precisa non si comincia.",
    "no_bay": "Per questo lavoro bisogna sentire l'officina.",
    "service_inactive": "Questo lavoro al momento non si può prenotare.",
}


def too_soon(catalogue: Catalogue) -> str:
    """That the notice is not kept."""
    return f"È troppo presto: serve un preavviso di almeno {say_duration(catalogue.rules.notice_minutes)}."


def beyond(catalogue: Catalogue, tell: Telling) -> str:
    """That the date is too far away."""
    return f"È troppo lontano: si prenota fino a {tell.number(catalogue.rules.horizon_days)} giorni da oggi."


def nothing(reason: Nothing | None, *, service: Service, catalogue: Catalogue, context: ToolContext) -> str:
    """Why nothing is free in the days that were asked for."""
    if reason == Nothing.TOO_SOON:
        return too_soon(catalogue)
    if reason == Nothing.BEYOND_HORIZON:
        return beyond(catalogue, context.tell)
    if reason == Nothing.TOO_LONG:
        return f"Per {lower_first(service.name)} {_needs(service)} e in quei giorni non ci stanno."
    return (
        _NOTHING.get(reason, "In quei giorni non c'è posto.") if reason else "In quei giorni non c'è posto."
    )


_NOTHING = {
    Nothing.PAST: "Quei giorni sono già passati.",
    Nothing.NO_BAY: "Per questo lavoro bisogna sentire l'officina.",
    Nothing.CLOSED: "In quei giorni siamo chiusi.",
    Nothing.CLOSED_THEN: "In quella parte della giornata siamo chiusi.",
    Nothing.FULL: "In quei giorni è tutto occupato.",
}
