"""Booking: what is known of the wish is filled in, and the first thing that is missing is asked."""

from datetime import datetime

from receptionist.content import Option
from receptionist.guided import cars, slots, understanding
from receptionist.guided.says import Says
from receptionist.guided.sentences import lower_first
from receptionist.guided.state import Wanted, Wish
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.italian import one_line, sentence
from receptionist.tools.info import plain
from scheduling.models import Service
from shops.phones import normalise_phone

MOST_SERVICES = 9
# Shorter than this people wait anyway, longer than that nobody does (minutes).
WAITING_MATTERS, NOBODY_WAITS = 90, 240
MAX_NAME = 60
MOST_NAME_WORDS = 5


def begin(turn: Turn, heard: Heard | None = None, lead: str = "") -> Says:
    """Begin a booking with whatever was said already."""
    turn.state.begin("book")
    if heard is None:
        return advance(turn, lead)
    if len(heard.cars) > 1 and _split(turn, heard):
        return advance(turn, lead)
    if len(heard.cars) > 1 or heard.two_cars:
        turn.state.queue = [Wish(not_plate="?")]
    return go_on(turn, heard, lead)


def _split(turn: Turn, heard: Heard) -> bool:
    """Several cars in one message: an appointment for each, the first now. Whether each has its part of the text."""
    wishes: list[Wish] = []
    for part in understanding.in_parts(turn, heard):
        own = understanding.hear(turn, part)
        service = own.service or heard.service
        car = own.cars[0] if own.cars else None
        wishes.append(
            Wish(
                service=str(service.pk) if service else "",
                plate=car.license_plate if car else "",
                when=part if own.when else "",
            )
        )
    if len(wishes) < 2:
        return False
    turn.state.wish, turn.state.queue = wishes[0], wishes[1:]
    return True


def go_on(turn: Turn, heard: Heard, lead: str = "") -> Says:
    """Fill in what was said and ask for what is missing."""
    if heard.symptom and heard.service and not turn.wish.move and "diagnos" in plain(heard.service.name):
        lead = f"{lead} {turn.say('inspection_first')}".strip()
    question = fill(turn, heard)
    return advance(turn, lead) if question is None else question.after(lead)


def fill(turn: Turn, heard: Heard) -> Says | None:
    """Put what was said into the wish; a question when it is not clear or cannot be."""
    wish = turn.wish
    if heard.symptom and not wish.notes and not wish.move:
        wish.notes = understanding.notes(heard.text)
    if heard.service and not wish.move and not _is_both(turn, heard):
        _set_service(turn, heard.service)
    if not wish.move:
        cars.fill(turn, heard)
        wish.stay = cars.staying(heard.text) or wish.stay
    if not wish.service and not heard.service and heard.candidates:
        wish.when = heard.text if heard.when else wish.when
        if heard.guessed:
            wish.notes = wish.notes or understanding.notes(heard.text)
        return which_of(turn, heard)
    if not heard.when or (wish.when and not wish.service):
        return None
    if turn.service is None:
        wish.when = heard.text
        return None
    return slots.choose(turn, heard.when)


def _is_both(turn: Turn, heard: Heard) -> bool:
    return len(heard.candidates) > 1 and understanding.wants_both(heard.text)


def _set_service(turn: Turn, service: Service) -> None:
    wish = turn.wish
    if wish.service == str(service.pk):
        return
    wish.service = str(service.pk)
    if wish.start:
        # Another work may need another time: look whether it can begin then.
        wish.when, wish.start = wish.when or wish.start, ""


def choose_service(turn: Turn, service: Service) -> Says:
    """A work was tapped."""
    _set_service(turn, service)
    return advance(turn)


def advance(turn: Turn, lead: str = "") -> Says:
    """Ask for the first thing that is missing, or for the confirmation."""
    wish, service = turn.wish, turn.service
    if service is None:
        return ask_service(turn).after(lead)
    if wish.when and not wish.start:
        said, wish.when = wish.when, ""
        question = slots.choose(turn, understanding.when(turn, said))
        if question is not None:
            return question.after(lead)
    if not wish.start:
        return slots.show(turn, lead)
    return (cars.missing(turn) or _missing_person(turn) or _missing_stay(turn) or confirm(turn)).after(lead)


def ask_service(turn: Turn, lead: str = "") -> Says:
    """The works there are, the common ones first."""
    turn.state.asked = "service"
    services = list(turn.shop.services)
    if not services:
        return Says(turn.say("no_services"), (Option("m:person", turn.say("m_person")),))
    ordered = sorted(services, key=lambda service: not service.is_common)
    rows = [service_row(turn, service) for service in ordered[:MOST_SERVICES]]
    rows.append(Option("svc:other", turn.say("other_work")))
    return Says(turn.say("which_service"), tuple(rows), turn.say("b_services")).after(lead)


def service_row(turn: Turn, service: Service, verb: str = "svc") -> Option:
    """A work as a row, with the time it takes and its price."""
    told = turn.say.duration(service.duration_minutes)
    if service.price_from is not None:
        told = f"{'from' if turn.lang == 'en' else 'da'} {turn.say.price(service.price_from)} · {told}"
    return Option(f"{verb}:{service.pk.hex}", service.name, told)


def which_of(turn: Turn, heard: Heard) -> Says:
    """Several works could be meant."""
    turn.state.asked = "service"
    rows = [service_row(turn, service) for service in heard.candidates[: MOST_SERVICES - 1]]
    if len(heard.candidates) == 2 and not heard.guessed:
        rows.append(
            Option("svc:both:" + ":".join(each.pk.hex for each in heard.candidates), turn.say("both"))
        )
    rows.append(Option("svc:other", turn.say("other_work")))
    question = "which_of" if len(heard.candidates) > 1 else "is_it"
    return Says(turn.say(question), tuple(rows), turn.say("b_services"))


def choose_both(turn: Turn, ids: list[str]) -> Says:
    """Two works in one visit: the second after the first, for the same car and day."""
    found = [service for each in ids if (service := turn.service_of(each))]
    if len(found) < 2:
        return advance(turn)
    first, second = sorted(found[:2], key=lambda service: -service.duration_minutes)
    turn.state.queue.insert(0, Wish(service=str(second.pk), when="=", not_plate="="))
    return choose_service(turn, first)


def _missing_person(turn: Turn) -> Says | None:
    wish, customer = turn.wish, turn.customer
    if not wish.name and not (customer and customer.full_name):
        turn.state.asked = "name"
        return Says(turn.say("ask_name"))
    known = turn.conversation.phone_number or (customer and customer.phone)
    if not wish.phone and not known:
        turn.state.asked = "phone"
        return Says(turn.say("ask_phone"))
    return None


def take_name(turn: Turn, text: str) -> Says | None:
    """A name was written; None when it is none."""
    words = [word for word in one_line(text).split() if word]
    lowered = plain(text)
    for opening in ("mi chiamo ", "sono ", "a nome di ", "a nome ", "nome ", "my name is ", "i am ", "it s "):
        if lowered.startswith(opening):
            words = words[len(opening.split()) :]
            break
    name = " ".join(words).strip(" .,!")
    letters = sum(char.isalpha() for char in name)
    fits = len(words) <= MOST_NAME_WORDS and letters > 1 and len(name) <= MAX_NAME
    if not fits or any(char.isdigit() for char in name) or "?" in name:
        return None
    turn.wish.name = name
    return advance(turn)


def take_phone(turn: Turn, text: str) -> Says | None:
    """A telephone number was written; None when it is none."""
    number = normalise_phone("".join(char for char in text if char.isdigit() or char == "+"))
    if number is None:
        return None
    turn.wish.phone = number
    return advance(turn)


def _missing_stay(turn: Turn) -> Says | None:
    service = turn.service
    if service is None or turn.wish.stay or not service.duration_minutes >= WAITING_MATTERS:
        return None
    if service.duration_minutes >= NOBODY_WAITS:
        turn.wish.stay = "lascia"
        return None
    turn.state.asked = "stay"
    options = (Option("stay:aspetta", turn.say("stay")), Option("stay:lascia", turn.say("leave")))
    when = turn.say.when(starts(turn), turn.today)
    free = turn.say("free", when=when[:1].upper() + when[1:])
    takes = sentence(turn.say.takes(service.duration_minutes)).removesuffix(".")
    return Says(f"{free} {turn.say('ask_stay', takes=takes)}", options)


def confirm(turn: Turn) -> Says:
    """The essentials once, before anything is booked."""
    turn.state.asked = "confirm"
    stay = {"aspetta": turn.say("stays"), "lascia": turn.say("leaves")}.get(turn.wish.stay, "")
    text = turn.say("confirm", what=wished(turn), when=turn.say.when(starts(turn), turn.today), stay=stay)
    return Says(text, yes_change_no(turn))


def yes_change_no(turn: Turn) -> tuple[Option, ...]:
    """The three answers to a confirmation. The yes says what it is a yes to."""
    return (
        Option(f"yes:{turn.wish.start}", turn.say("yes")),
        Option("change", turn.say("change")),
        Option("no", turn.say("no")),
    )


def starts(turn: Turn) -> datetime:
    """The wish's start, local and aware."""
    return datetime.fromisoformat(turn.wish.start).replace(tzinfo=turn.now.tzinfo)


def wished(turn: Turn) -> str:
    """Work and car: "tagliando per la Fiat Panda (GA 123 BC)"."""
    service = turn.service
    name = (service.name if turn.lang == "en" else lower_first(service.name)) if service else ""
    car = cars.named(turn, turn.wish.plate)
    return f"{name}{turn.say('for_car', car=car)}" if car else name


def ask_change(turn: Turn) -> Says:
    """What is to be changed?"""
    turn.state.asked = "change"
    options = [Option("c:time", turn.say("c_time")), Option("c:car", turn.say("c_car"))]
    options += [Option("c:service", turn.say("c_service")), Option("c:drop", turn.say("c_drop"))]
    if turn.wish.move:
        options = [options[0], options[3]]
    return Says(turn.say("what_change"), tuple(options))


def change(turn: Turn, part: str) -> Says:
    """Take one thing back and ask for it again."""
    wish = turn.wish
    if part == "car":
        wish.plate, wish.no_plate, wish.other_car = "", False, False
        return cars.ask(turn)
    if part == "service":
        return ask_service(turn)
    turn.state.wanted = Wanted(talk=wish.start[:10])
    wish.start, wish.when = "", ""
    return slots.show(turn)


def not_booked(turn: Turn) -> Says:
    """The confirmation was refused."""
    turn.state.asked = "again"
    options = (Option("c:time", turn.say("other_time")), Option("c:drop", turn.say("no_thanks")))
    return Says(turn.say("not_booked"), options)
