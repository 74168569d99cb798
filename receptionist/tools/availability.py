"""check_availability: free slots for what somebody asks for."""

from datetime import date

from receptionist.italian import read_part_of_day
from receptionist.tools import parsing, wording
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument
from scheduling import booking, catalogue
from scheduling.availability import Nothing
from scheduling.catalogue import Catalogue
from scheduling.models import Service
from scheduling.offers import Offers

MOST_OFFERS = 3
# Not for the customer's ears: the model asks in its own words.
OR_WAIT = "Se nessuno va bene, proporre la lista d'attesa per i giorni voluti: book_appointment con waiting_list «sì»."


class CheckAvailability(ToolArguments):
    """Service, and when."""

    service: Said = argument(
        "Il lavoro con le parole del cliente, per esempio «il tagliando» o «cambio gomme».", required=True
    )
    date_from: Said = argument(
        "Primo giorno che va bene, AAAA-MM-GG, o le parole del cliente («giovedì mattina»). Vuoto: da oggi."
    )
    date_to: Said = argument("Ultimo giorno che va bene, AAAA-MM-GG. Per un giorno solo, uguale a date_from.")
    part_of_day: Said = argument(
        "Solo se il cliente preferisce mattina o pomeriggio.", enum=["morning", "afternoon"]
    )


def check_availability(context: ToolContext, arguments: CheckAvailability) -> Reply:
    """At most three free slots, nearest first; when there are none, why, and what comes closest. Two queries."""
    shop = catalogue.load(context.shop)
    try:
        service = parsing.service(shop, arguments.service)
        days = parsing.days(context, arguments.date_from, arguments.date_to)
    except parsing.Ask as ask:
        return ask.reply
    found = booking.free_slots(
        service=service,
        date_from=days.first,
        date_to=days.last,
        part_of_day=read_part_of_day(arguments.part_of_day) or days.part,
        limit=MOST_OFFERS,
        catalogue=shop,
        now=context.now,
    )
    lead = _lead(found, days, service, shop, context)
    offers = wording.offers(found.slots or found.nearest, context)
    wait = f" {OR_WAIT}" if _may_wait(found, days, context) else ""
    said = f"{service.name}. {lead} {offers}" if lead else f"{service.name}: {wording.lower_first(offers)}"
    return Reply(f"{said}{wait}")


def _may_wait(found: Offers, days: parsing.Days, context: ToolContext) -> bool:
    """Whether all is taken in the days that were asked for, so that only somebody's cancelling helps."""
    if not found.slots:
        return found.nothing == Nothing.FULL
    open_then = not any(closed.day == days.first for closed in found.closed)
    asked = days.first is not None and days.first >= context.now.date()
    return asked and open_then and _first_day(found, context) != days.first


def _lead(found: Offers, days: parsing.Days, service: Service, shop: Catalogue, context: ToolContext) -> str:
    """What has to be said before the offers: why they are not what was asked for."""
    today = context.now.date()
    if days.last and days.last < today:
        return "Quei giorni sono già passati."
    past = "Il giorno chiesto è già passato." if days.first and days.first < today else ""
    if days.first and any(closed.day == days.first for closed in found.closed):
        return wording.closed_then(shop, days.first, context)
    if not found.slots:
        return past or wording.nothing(found.nothing, service=service, catalogue=shop, context=context)
    if not past and days.first and _first_day(found, context) != days.first:
        return f"Per {context.tell.full_date(days.first, today)} non c'è posto."
    return past


def _first_day(found: Offers, context: ToolContext) -> date:
    return found.slots[0].starts_at.astimezone(context.now.tzinfo).date()


TOOL = Tool(
    name="check_availability",
    description=(
        "Cerca gli orari liberi per un lavoro. Da usare prima di proporre un orario che non è già tra i prossimi "
        "posti liberi noti."
    ),
    arguments=CheckAvailability,
    run=check_availability,
    only_reads=True,
)
