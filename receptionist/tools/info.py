"""shop_info: hours, address, prices, what the shop wrote of itself. What it did not write is not made up."""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

from receptionist import opening
from receptionist.italian import join_and, read_day, say_it_takes, sentence
from receptionist.italian.telling import Telling
from receptionist.models import AIConfig
from receptionist.tools import wording
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument
from scheduling import catalogue, public_holidays
from scheduling.catalogue import Catalogue
from scheduling.models import Service

UNKNOWN = "Su questo l'officina non ha lasciato indicazioni. Non inventare: proporre di far richiamare dall'officina."
MOST_SERVICES = 6
MAX_TOPIC = 200
# Words of a question that say nothing of what it is about.
_EMPTY = frozenset(
    {
        "avete",
        "come",
        "cosa",
        "dove",
        "fare",
        "fate",
        "posso",
        "potete",
        "quale",
        "quando",
        "quanto",
        "siete",
        "sono",
    }
)


class ShopInfo(ToolArguments):
    """What about."""

    topic: Said = argument(
        "L'argomento con le parole del cliente: orari, indirizzo, parcheggio, pagamenti, auto sostitutiva, soccorso, "
        "servizi, il prezzo di un lavoro, una data o una festa. Vuoto: orari e indirizzo."
    )


@dataclass(frozen=True)
class _Facts:
    """What there is to tell from, what was asked, as it came, and how to tell it."""

    shop: Catalogue
    config: AIConfig
    today: date
    asked: str
    tell: Telling


def shop_info(context: ToolContext, arguments: ShopInfo) -> Reply:
    """What the shop says about the topic; nothing that it did not write. Two queries."""
    asked = arguments.topic[:MAX_TOPIC]
    facts = _Facts(catalogue.load(context.shop), context.config, context.now.date(), asked, context.tell)
    topic = plain(asked)
    if not topic:
        return Reply(f"{_hours(facts)} {_address(facts)}".strip())
    for answer in (_from_faq, _from_subject, _from_day, _from_service):
        said = answer(topic, facts)
        if said:
            return Reply(said)
    return Reply.ask(UNKNOWN)


def plain(text: str) -> str:
    """Lower case without accents and punctuation, for comparing words."""
    folded = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(char if char.isalnum() else " " for char in folded if not unicodedata.combining(char))
    return " ".join(kept.split())


def _hours(facts: _Facts) -> str:
    week = sentence(opening.say_week(facts.shop.calendar, facts.tell))
    soon = opening.closures_soon(facts.shop.calendar, facts.today, tell=facts.tell)
    return f"{week} Chiusi {join_and(soon)}." if soon else week


def _address(facts: _Facts) -> str:
    return sentence(f"Siamo in {facts.config.address}") if facts.config.address else ""


def _services(facts: _Facts) -> str:
    names = [service.name for service in facts.shop.services[:MOST_SERVICES]]
    return sentence(f"I lavori che si possono prenotare: {join_and(names)}") if names else ""


def say_service(service: Service, tell: Telling) -> str:
    """What is known of one service: price, time it takes, what to bring."""
    if service.price_from is None:
        price = "il prezzo non è indicato, si può chiedere un preventivo all'officina"
    else:
        price = tell.price_from(service.price_from)
    parts = [f"{service.name}: {price}. {sentence(say_it_takes(service.duration_minutes))}"]
    if service.description:
        parts.append(sentence(service.description))
    if service.preparation:
        parts.append(sentence(f"Da portare: {wording.lower_first(service.preparation)}"))
    return " ".join(parts)


def _tow(facts: _Facts) -> str:
    number = str(facts.config.tow_number)
    return f"Il soccorso stradale risponde al {facts.tell.phone(number)}." if number else ""


# Stems of words, and what they are about; the first that fits answers.
_SUBJECTS: tuple[tuple[str, Callable[[_Facts], str]], ...] = (
    (r"orar|apert|apri|chiud|chius|ferie", _hours),
    (r"indirizz|dove|via|strada|arriv|posizion", lambda facts: join_place(facts.config)),
    (r"parchegg|access", lambda facts: sentence(facts.config.parking)),
    (r"pag|carta|bancomat|contant|rate|satispay|fattur", lambda facts: sentence(facts.config.payment)),
    (r"sostitutiv|cortesia|auto in prestito", lambda facts: sentence(facts.config.courtesy_car)),
    (r"soccors|carro|traino|fermo per strada", _tow),
    (
        r"elettric|ibrid|camper|moto\b|motocicl|furgon|gpl|metano|veicol|marc[ah]",
        lambda facts: sentence(facts.config.vehicles_served),
    ),
    (r"serviz|lavori|che cosa fate|cosa fate", _services),
)


def join_place(config: AIConfig) -> str:
    """Address and parking."""
    return " ".join(part for part in (sentence(config.address), sentence(config.parking)) if part)


def _from_subject(topic: str, facts: _Facts) -> str:
    for stems, answer in _SUBJECTS:
        if re.search(rf"\b({stems})", topic) and not _asks_for_a_day(topic, facts):
            said = answer(facts)
            if said:
                return said
    return ""


def _asks_for_a_day(topic: str, facts: _Facts) -> bool:
    return bool(read_day(facts.asked, facts.today) or _holiday(topic, facts.today))


def _from_faq(topic: str, facts: _Facts) -> str:
    """The shop's own answer to the question that shares most words with the topic, and at least half of its own."""
    asked = _telling(topic)
    best, most = "", 0
    for entry in facts.config.faq if isinstance(facts.config.faq, list) else []:
        question = _telling(plain(str(entry.get("domanda", ""))))
        shared = len(asked & question)
        if shared > most and shared * 2 >= len(question):
            best, most = str(entry.get("risposta", "")), shared
    return sentence(best)


def _telling(text: str) -> set[str]:
    """The words that say what a question is about."""
    return {word for word in text.split() if len(word) > 3 and word not in _EMPTY}


def _from_day(topic: str, facts: _Facts) -> str:
    """Whether the shop works on a day: a date, a weekday, or a holiday by its name."""
    day = _holiday(topic, facts.today) or read_day(facts.asked, facts.today)
    if day is None or abs(day - facts.today) > timedelta(days=800):
        return ""
    return sentence(opening.say_day_hours(facts.shop.calendar, day, facts.today, facts.tell))


def _holiday(topic: str, today: date) -> date | None:
    """The next day of the holiday that is named: "il giorno di San Francesco"."""
    for year in (today.year, today.year + 1):
        for day, holiday in sorted(public_holidays.of_year(year).items()):
            names = {plain(holiday.key), plain(holiday.name)}
            if day >= today and any(name in topic for name in names):
                return day
    return None


def _from_service(topic: str, facts: _Facts) -> str:
    match = facts.shop.match(topic)
    if match.service:
        return say_service(match.service, facts.tell)
    if re.search(r"\b(prezz|cost|quanto|preventiv)", topic):
        return (
            "Di questo lavoro non c'è un prezzo indicato: non inventarlo, proporre di far richiamare dall'officina "
            "per un preventivo."
        )
    return ""


TOOL = Tool(
    name="shop_info",
    description=(
        "Dice orari, chiusure, indirizzo, parcheggio, pagamenti, auto sostitutiva, servizi e prezzi, come li ha "
        "scritti l'officina. Quello che non c'è non va inventato."
    ),
    arguments=ShopInfo,
    run=shop_info,
    only_reads=True,
)
