"""Which car: one that is known, or a plate."""

import re

from receptionist.content import Option
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.italian import read_plate
from receptionist.italian.writing import write_plate
from receptionist.tools.info import plain
from scheduling import plates

_UNKNOWN = re.compile(
    r"\b(non (la |lo )?(so|ricordo|conosco|ho|saprei)|boh|dopo|non ce l ho|piu tardi|i don t know|"
    r"no idea|don t remember|later)\b"
)
_WAITS = re.compile(r"\b(aspetto|attendo|aspettare|aspetterei|i ll wait|i will wait|wait(ing)?)\b")
_LEAVES = re.compile(
    r"\b(la lascio|ve la lascio|lascio (la|l|giu|li)|lasciarla|lasciarvela|lascio|leave (it|the|"
    r"my) ?(car)?|drop (it )?off)\b"
)
MOST_CARS = 8


def fill(turn: Turn, heard: Heard) -> None:
    """Put the car that was named into the wish."""
    wish = turn.wish
    if len(heard.cars) == 1:
        wish.plate, wish.other_car, wish.no_plate = heard.cars[0].license_plate, False, False
    elif heard.plate:
        wish.plate, wish.other_car, wish.no_plate = heard.plate, False, False
    elif heard.other_car and not wish.plate:
        wish.other_car = True
    elif heard.other_car and turn.car_of(wish.plate) is not None:
        wish.plate, wish.other_car = "", True


def missing(turn: Turn) -> Says | None:
    """What has to be asked about the car; None when nothing has."""
    wish = turn.wish
    if wish.plate or wish.no_plate:
        return None
    left = [car for car in turn.cars if car.license_plate != wish.not_plate]
    if len(left) == 1 and not wish.other_car:
        wish.plate = left[0].license_plate
        return None
    return ask(turn)


def ask(turn: Turn) -> Says:
    """The cars that are known as a list; a plate when there is none."""
    wish = turn.wish
    left = [car for car in turn.cars if car.license_plate != wish.not_plate]
    if not left or wish.other_car:
        return ask_plate(turn)
    turn.state.asked = "car"
    rows = [
        Option(
            f"car:{car.license_plate}",
            car.label or write_plate(car.license_plate),
            write_plate(car.license_plate),
        )
        for car in left[:MOST_CARS]
    ]
    return Says(turn.say("which_car"), (*rows, Option("car:other", turn.say("other_car"))))


def ask_plate(turn: Turn, lead: str = "") -> Says:
    """The plate; it need not be known by somebody whose cars are not known either."""
    turn.state.asked = "plate"
    known = bool(turn.cars)
    turn.wish.other_car = known
    question = turn.say("ask_plate_known" if known else "ask_plate")
    options = () if known else (Option("car:unknown", turn.say("no_plate")),)
    return Says(question, options).after(lead)


def take_plate(turn: Turn, text: str) -> bool:
    """Take a written plate; whether it was one."""
    found = read_plate(text) or ""
    if not found:
        bare = re.sub(r"(?i)\b(la|targa|plate|number|numero|è|e|is|mia|my|the)\b", " ", text)
        found = "" if plates.plate_problem(bare) else plates.normalise_plate(bare)
    if found:
        turn.wish.plate, turn.wish.no_plate, turn.wish.other_car = found, False, False
    return bool(found)


def is_unknown(text: str) -> bool:
    """ "Non la so"."""
    return bool(_UNKNOWN.search(plain(text)))


def staying(text: str) -> str:
    """Whether somebody waits ("aspetta") or leaves the car ("lascia"); "" when nothing is said of it."""
    words = plain(text)
    if _LEAVES.search(words) and "lascio stare" not in words:
        return "lascia"
    return "aspetta" if _WAITS.search(words) else ""


def named(turn: Turn, plate: str) -> str:
    """The car as it is written: "la Fiat Panda (GA 123 BC)". Of a car that is not the customer's only the plate."""
    if not plate:
        return ""
    car = turn.car_of(plate)
    if car is None or not car.label:
        return f"{'the car' if turn.lang == 'en' else 'l’auto'} {write_plate(plate)}"
    return f"{'the' if turn.lang == 'en' else 'la'} {car.label} ({write_plate(plate)})"
