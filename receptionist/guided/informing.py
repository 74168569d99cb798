"""What people ask: is it ready, what does it cost, when are you open, and the shop's own facts."""

import re
from itertools import groupby

from receptionist import opening, phoneproof
from receptionist.content import Option
from receptionist.guided import people, refusals
from receptionist.guided.booking import service_row
from receptionist.guided.says import Says
from receptionist.guided.sentences import DAYS_EN, lower_first
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.italian import join_and, sentence
from receptionist.italian.dates import WEEKDAYS
from receptionist.tools.info import plain
from scheduling.models import Service

MOST_PRICES = 9
# What a tool tells a model to do is not for the customer.
_FOR_MODELS = re.compile(r"inventar|\bproporre\b|\bchiedere\b", re.IGNORECASE)
_ASKING = (
    "quanto costa costano costerebbe costera costare costo costi viene vengono venire verra verrebbe "
    "spendo spendere prendete chiedete pago prezzo prezzi preventivo listino tariffa tariffe vorrei "
    "sapere avere fare fate potete invece circa tutto buongiorno buonasera salve ciao grazie scusi come "
    "mille allora much what would price prices cost quote does please hello "
)
ASKING = frozenset(_ASKING.split())


def status(turn: Turn, heard: Heard | None = None) -> Says:
    """ "È pronta?", from the tool alone; it asks the shop to call back for a car that is late."""
    plate = heard.cars[0].license_plate if heard and len(heard.cars) == 1 else heard.plate if heard else ""
    used = turn.use("vehicle_status", license_plate=plate)
    turn.state.begin("")
    if turn.about(used) is not None:
        turn.state.asked = "else"
        return Says(f"{used.text} {turn.say('else')}")
    if phoneproof.is_needed(turn.conversation):
        return people.prove_first(turn)
    turn.state.asked, turn.state.about = (
        "callback",
        "Chiede se la sua auto è pronta: non risulta nulla in corso",
    )
    options = (Option("call:yes", turn.say("call_yes")), Option("m:book", turn.say("m_book")))
    return Says(f"{turn.say('no_work')} {turn.say('no_work_next')}", options)


def price(turn: Turn, heard: Heard) -> Says:
    """The price as the shop wrote it; what has none becomes a request for a quote."""
    if heard.service and not heard.guessed:
        return price_of(turn, heard.service)
    if heard.candidates and not heard.guessed:
        rows = tuple(service_row(turn, each, "price") for each in heard.candidates[:MOST_PRICES])
        return Says(turn.say("which_of"), rows, turn.say("b_services"))
    asked = _about(heard.text)
    if not asked and turn.service is not None and turn.state.flow == "book":
        return price_of(turn, turn.service)
    last = turn.appointment(turn.state.last)
    if not asked and last is not None:
        return price_of(turn, last.service)
    return _quote(turn, turn.say("price_unknown"), asked) if asked else prices(turn)


def price_of(turn: Turn, service: Service) -> Says:
    """One work: from how much, how long, and whether to book it."""
    words = turn.say
    if service.price_from is None:
        name = service.name if turn.lang == "en" else lower_first(service.name)
        return _quote(turn, words("price_none", service=name), service.name)
    told = words(
        "price_from",
        service=service.name,
        price=words.price(service.price_from),
        takes=sentence(words.takes(service.duration_minutes)),
    )
    if turn.state.flow in ("book", "move"):
        return Says(told)
    turn.state.begin("")
    turn.state.asked, turn.state.about = "book_it", str(service.pk)
    options = (Option(f"svc:{service.pk.hex}", words("book_yes")), Option("no", words("no_thanks")))
    described = f" {sentence(service.description)}" if service.description and turn.lang == "it" else ""
    return Says(f"{told}{described} {words('book_it')}", options)


def prices(turn: Turn) -> Says:
    """All prices."""
    words, services = turn.say, turn.shop.services[:MOST_PRICES]
    lines = [
        f"• {each.name}: {words.price(each.price_from) if each.price_from is not None else words('by_quote')}"
        for each in services
    ]
    rows = tuple(service_row(turn, each) for each in services)
    turn.state.begin("")
    turn.state.asked = "service_or_not"
    return Says("\n".join([words("prices"), *lines, "", words("price_which")]), rows, words("b_services"))


def _quote(turn: Turn, lead: str, about: str) -> Says:
    turn.state.begin("")
    turn.state.asked, turn.state.about = "quote", about[:200]
    options = (Option("quote:yes", turn.say("quote_yes")), Option("no", turn.say("no_thanks")))
    return Says(f"{lead} {turn.say('ask_quote')}", options)


def quote(turn: Turn) -> Says:
    """The shop shall prepare a quote."""
    return people.call_back(turn, f"Preventivo: {turn.state.about}", turn.say("quote_done"))


def _about(text: str) -> str:
    """What the price of is asked, without the words of asking; "" when nothing is named."""
    kept = [word for word in plain(text).split() if len(word) > 3 and word not in ASKING]
    return text if kept else ""


def hours(turn: Turn) -> Says:
    """The week as it is written, closures soon, the address."""
    words, config = turn.say, turn.context.config
    lines = [f"• {line}" for line in _week(turn)]
    parts = [words("hours"), *lines] if lines else [words("no_hours")]
    soon = opening.closures_soon(turn.shop.calendar, turn.today, tell=turn.context.tell)
    if soon and turn.lang == "it":
        parts.append(words("closed_soon", days=join_and(soon)))
    if config.address:
        parts.append(words("we_are_in", address=config.address.rstrip(". ")))
    return Says("\n".join(parts))


def _week(turn: Turn) -> list[str]:
    names = [name[:3] for name in (DAYS_EN if turn.lang == "en" else WEEKDAYS)]
    lines = []
    for periods, group in groupby(enumerate(turn.shop.calendar.week), key=lambda day: day[1]):
        numbers = [number for number, _periods in group]
        named = names[numbers[0]] if len(numbers) == 1 else f"{names[numbers[0]]}–{names[numbers[-1]]}"
        if periods:
            lines.append(f"{named} {refusals.spans(periods)}")
    return lines


def facts(turn: Turn, heard: Heard) -> Says | None:
    """What the shop wrote about itself, from the tool; None when it says nothing about this."""
    used = turn.use("shop_info", topic=heard.text[:200])
    told = used.ok and not _FOR_MODELS.search(used.text)
    return Says(used.text) if told else None


def about(turn: Turn, heard: Heard) -> Says | None:
    """How long a work takes and what to bring; None when no work is meant."""
    last = turn.appointment(turn.state.last)
    service = heard.service or turn.service or (last.service if last else None)
    if service is None:
        return None
    words = turn.say
    told = words("takes", service=service.name, takes=words.takes(service.duration_minutes))
    if service.preparation:
        told = f"{told} {words('bring', what=lower_first(sentence(service.preparation)))}"
    if turn.state.flow in ("book", "move") or heard.service is None:
        return Says(told)
    turn.state.begin("")
    turn.state.asked, turn.state.about = "book_it", str(service.pk)
    options = (Option(f"svc:{service.pk.hex}", words("book_yes")), Option("no", words("no_thanks")))
    return Says(f"{told} {words('book_it')}", options)


def not_told(turn: Turn, text: str) -> Says:
    """The shop wrote nothing about it: nothing is made up."""
    turn.state.begin("")
    turn.state.asked, turn.state.about = "callback", f"Domanda: {text[:200]}"
    options = (Option("call:yes", turn.say("call_yes")), Option("no", turn.say("no_thanks")))
    return Says(f"{turn.say('not_told')} {turn.say('ask_shop')}", options)


def day(turn: Turn, heard: Heard) -> Says | None:
    """ "Siete aperti il giorno di San Francesco?": the hours of a day that is named."""
    asked = heard.when.day
    if asked is None:
        return None
    calendar, said = turn.shop.calendar, turn.say.day(asked, turn.today)
    said = said[:1].upper() + said[1:] if turn.lang == "it" else said
    closed = calendar.closed(asked)
    if closed:
        why = opening.say_why(closed) if turn.lang == "it" else ""
        return Says(turn.say("closed", day=said, why=why))
    return Says(turn.say("open_on", day=said, hours=refusals.spans(calendar.spans(asked))))
