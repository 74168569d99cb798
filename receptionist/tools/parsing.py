"""Turning what the model wrote into services, moments, plates and names, or into the question to ask."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from receptionist.identity import MAX_NAME
from receptionist.italian import When, join_or, read_when
from receptionist.tools.base import Reply, ToolContext
from scheduling import plates
from scheduling.catalogue import Catalogue
from scheduling.models import Service
from shops.phones import normalise_phone

MAX_SERVICES_SAID = 4
MAX_PLATE_SAID = 30
FARTHEST = timedelta(days=1000)
FIRST_AFTERNOON_HOUR = 13


class Ask(Exception):
    """Something is missing or cannot be right; the text says what to ask."""

    @property
    def reply(self) -> Reply:
        """The question as the tool's answer."""
        return Reply.ask(str(self))


def service(catalogue: Catalogue, said: str) -> Service:
    """The service that was meant. Raises Ask with the ones there are."""
    if not catalogue.services:
        raise Ask("Non ci sono lavori prenotabili qui: proporre di far richiamare dall'officina.")
    match = catalogue.match(said)
    if match.service:
        return match.service
    if len(match.candidates) > 1:
        names = join_or([each.name for each in match.candidates[:MAX_SERVICES_SAID]])
        raise Ask(f"Non è chiaro quale lavoro serve: {names}?")
    if match.candidates:
        raise Ask(f"Chiedere conferma: si tratta di {match.candidates[0].name}?")
    first = list(catalogue.common or catalogue.services)[:MAX_SERVICES_SAID]
    names = join_or([each.name for each in first])
    lead = "Questo lavoro non è tra quelli prenotabili" if said else "Manca il lavoro da fare"
    raise Ask(f"{lead}. Chiedere quale serve, per esempio {names}.")


def start(context: ToolContext, said: str) -> datetime:
    """The aware local start that was meant. Raises Ask when day or time is missing, doubtful or impossible."""
    when = read_when(said, context.now)
    if when.at is not None and (when.past or not when.question):
        return when.at
    if when.past or (when.day and when.day < context.now.date()):
        raise Ask("Quel giorno è già passato: chiedere un altro giorno.")
    if when.either and when.question:
        raise Ask(when.question)
    if when.day and when.clock and not (when.after or when.before):
        raise Ask(
            "Quell'ora in quel giorno non esiste, perché cambia l'ora legale: chiedere un altro orario."
        )
    if when.day:
        raise Ask("Manca l'ora: chiedere a che ora.")
    if when.days:
        raise Ask("Va scelto un giorno solo, con l'ora: chiedere quale.")
    if when.clock:
        raise Ask("Il giorno non è valido: chiedere quale giorno.")
    raise Ask("Giorno e ora non sono chiari: chiedere quale giorno e a che ora.")


@dataclass(frozen=True)
class Days:
    """The days in which to look, and the part of the day when the words for the days had one."""

    first: date | None = None
    last: date | None = None
    part: str | None = None


def days(context: ToolContext, date_from: str, date_to: str) -> Days:
    """The range that was meant, in order. The first day alone means that day and what follows it.

    A customer's words do too: "giovedì mattina", "dopo Natale", "la settimana prossima". Raises Ask for what is
    no date, and for what can be taken in two ways.
    """
    today = context.now.date()
    begin, end = _read(date_from, context.now), _read(date_to, context.now)
    first, last = _near(_first(begin), today), _near(_last(end), today)
    if first and last and last < first:
        # "da lunedì a mercoledì": the second is counted from the first.
        last = _near(_last(_read(date_to, datetime.combine(first, time(), context.now.tzinfo))), today)
    if last is None and begin.days and not begin.after:
        last = _near(begin.days[1], today)
    if first and last and last < first:
        first, last = last, first
    return Days(first, last, _part(begin) or _part(end))


def _read(said: str, now: datetime) -> When:
    when = read_when(said, now)
    if when.question and not when.past:
        raise Ask(when.question)
    told = when.day or when.days or when.soonest or when.part or when.clock
    if said and not told:
        raise Ask("La data non è valida: chiedere quale giorno.")
    return when


def _first(when: When) -> date | None:
    return when.day or (when.days[0] if when.days else None)


def _last(when: When) -> date | None:
    return when.day or (when.days[1] if when.days else None)


def _part(when: When) -> str | None:
    """The half of the day to look in; the evening belongs to the afternoon."""
    if when.part:
        return "morning" if when.part == "morning" else "afternoon"
    if when.clock is None or when.before:
        return None
    if when.clock.hour >= FIRST_AFTERNOON_HOUR:
        return "afternoon"
    return None if when.after else "morning"


def _near(day: date | None, today: date) -> date | None:
    """The day, or one that is as certainly past or too far: the calendar ends in the year 9999."""
    if day is None:
        return None
    return min(max(day, today - FARTHEST), today + FARTHEST)


def plate(said: str) -> str:
    """The normalised plate. Raises Ask when it is no plate or was misheard."""
    if len(said) > MAX_PLATE_SAID:
        raise Ask("La targa non è chiara: chiedere di ripeterla lettera per lettera.")
    problem = plates.plate_problem(said)
    if problem:
        raise Ask(problem)
    return plates.normalise_plate(said)


def name(said: str) -> str:
    """A first or last name. Raises Ask when it is none."""
    if len(said) > MAX_NAME or (said and not any(char.isalpha() for char in said)):
        raise Ask("Il nome non è chiaro: chiedere di ripetere nome e cognome.")
    return said


def phone(said: str) -> str:
    """A telephone number that was said, as E.164; "" when none was. Raises Ask when it cannot be one."""
    if not said:
        return ""
    number = normalise_phone(said)
    if number is None:
        raise Ask("Il numero di telefono non è completo: chiedere di ripeterlo cifra per cifra.")
    return number
