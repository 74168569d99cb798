"""Turning what the model wrote into services, moments, plates and names, or into the question to ask."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from receptionist.identity import MAX_NAME
from receptionist.italian import join_or, read_day, read_moment
from receptionist.tools.base import Reply, ToolContext
from scheduling import plates
from scheduling.catalogue import Catalogue
from scheduling.models import Service
from shops.phones import normalise_phone

MAX_SERVICES_SAID = 4
MAX_PLATE_SAID = 30
FARTHEST = timedelta(days=1000)


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
    """The aware local start that was meant. Raises Ask when day or time is missing or impossible."""
    moment = read_moment(said, context.now)
    if moment.at is not None:
        return moment.at
    if moment.day and moment.day < context.now.date():
        raise Ask("Quel giorno è già passato: chiedere un altro giorno.")
    if moment.day and moment.clock:
        raise Ask(
            "Quell'ora in quel giorno non esiste, perché cambia l'ora legale: chiedere un altro orario."
        )
    if moment.day:
        raise Ask("Manca l'ora: chiedere a che ora.")
    if moment.clock:
        raise Ask("Il giorno non è valido: chiedere quale giorno.")
    raise Ask("Giorno e ora non sono chiari: chiedere quale giorno e a che ora.")


@dataclass(frozen=True)
class Days:
    """The days in which to look. `unclear`: something was said that is no date."""

    first: date | None = None
    last: date | None = None


def days(context: ToolContext, date_from: str, date_to: str) -> Days:
    """The range that was meant, in order. The first day alone means that day and what follows it.

    Raises Ask for what is no date.
    """
    today = context.now.date()
    first, last = read_day(date_from, today), read_day(date_to, today)
    if (date_from and first is None) or (date_to and last is None):
        raise Ask("La data non è valida: chiedere quale giorno.")
    first, last = _near(first, today), _near(last, today)
    if first and last and last < first:
        first, last = last, first
    return Days(first, last)


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
