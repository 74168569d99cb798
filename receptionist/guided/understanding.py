"""What a text tells about an appointment: work, time, car, plate. Reads, decides nothing."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from receptionist.guided import intents
from receptionist.guided.turn import Turn
from receptionist.italian import read_plate, read_when
from receptionist.italian.when import When
from receptionist.tools.info import plain
from scheduling import matching
from scheduling.models import Service, Vehicle

MAX_NOTES = 300
# Models that people name without their make: enough to notice that another car is meant than the one that is known.
_MODELS = (
    "panda punto tipo 500 500x 500l ypsilon musa delta golf polo passat tiguan up clio megane captur twingo scenic "
    "fiesta focus kuga puma ka corsa astra mokka insignia 208 308 2008 3008 207 206 c1 c3 c4 yaris aygo corolla rav4 "
    "micra qashqai juke swift ignis picanto rio sportage i10 i20 i30 tucson civic jazz smart fortwo giulietta giulia "
    "stelvio mito renegade compass avenger duster sandero logan octavia fabia ibiza leon a1 a3 a4 q3 q5 x1 x3 ducato "
    "doblo fiorino transit kangoo berlingo partner scudo mini countryman model3 modely zoe leaf spring"
)
_MAKES = (
    "fiat lancia alfa volkswagen vw renault ford opel peugeot citroen toyota nissan suzuki kia hyundai honda jeep "
    "dacia skoda seat audi bmw mercedes volvo mazda mitsubishi subaru tesla mg cupra ds land porsche ferrari maserati "
    "lexus iveco"
)
MODELS, MAKES = frozenset(_MODELS.split()), frozenset(_MAKES.split())
_TWO_CARS = re.compile(
    r"\b(due|2|entrambe le|tutte e due le|two) (macchine|auto|vetture|cars)\b|\btutte e due\b|\bentrambe\b|\bboth cars\b"
)
_BOTH = re.compile(r"\b(tutti e due|entrambi|tutte e due|both)\b")
_OTHER_CAR = re.compile(
    r"\b(altra|nuova|un altra|l altra) (macchina|auto|vettura)\b|\bmacchina (nuova|di mi[ao]|della? mi[ao]|del mio)\b"
)


@dataclass(frozen=True)
class Heard:
    """What was understood. `candidates`: several works that it could be; `cars`: all own cars that are named."""

    text: str
    service: Service | None = None
    candidates: tuple[Service, ...] = ()
    when: When = field(default_factory=When)
    plate: str = ""
    cars: tuple[Vehicle, ...] = ()
    other_car: bool = False
    two_cars: bool = False
    symptom: bool = False
    guessed: bool = False
    """The work was not named: it is what helps with a symptom or a part."""

    @property
    def anything(self) -> bool:
        """Whether there is anything about an appointment in it."""
        return bool(self.service or self.when or self.plate or self.cars or self.other_car)


def hear(turn: Turn, text: str, *, expects: str = "") -> Heard:
    """Everything that the text tells. `expects` "clock" or "day": what was asked, for a bare number."""
    words = plain(text)
    plate = read_plate(text) or ""
    service, candidates, guessed = work(turn, text)
    cars = tuple(car for car in turn.cars if car.license_plate == plate or _names(words, car))
    return Heard(
        text=text,
        service=service,
        candidates=candidates,
        when=when(turn, _without_plate(text, plate), expects),
        plate=plate,
        cars=cars,
        other_car=not cars and not plate and _names_another(words, turn.cars),
        two_cars=bool(_TWO_CARS.search(words)),
        symptom=intents.is_symptom(text) or (guessed and service is not None),
        guessed=guessed,
    )


def work(turn: Turn, text: str) -> tuple[Service | None, tuple[Service, ...], bool]:
    """The work that the text names, or those that it could be, and whether that is only a guess.

    Something wrong with the car, and a part that no work is named after, is a diagnosis.
    """
    found = turn.shop.match(text)
    if found.service:
        return found.service, found.candidates, False
    whole = tuple(each for each in found.candidates if _said_whole(text, each))
    if len(whole) > 1 and not intents.is_symptom(text):
        # "Un controllo ai freni": what is named says more than that it is to be looked at.
        whole = tuple(each for each in whole if each != _diagnosis(turn))
        if len(whole) > 1:
            return None, whole, False
    if len(whole) == 1:
        return whole[0], (), False
    english = intents.english_work(text)
    if english and (service := turn.shop.match(english).service):
        return service, (), False
    if intents.is_symptom(text) or intents.is_part(text):
        return _diagnosis(turn), (), True
    return None, found.candidates, True


def _said_whole(text: str, service: Service) -> bool:
    """Whether a name of the work is said in full, not only a word of it."""
    heard = set(matching.stems(text))
    phrases = (matching.stems(phrase) for phrase in (service.name, *service.words))
    return any(phrase and set(phrase) <= heard for phrase in phrases)


def _diagnosis(turn: Turn) -> Service | None:
    return turn.shop.match("diagnosi").service or turn.shop.match("controllo").service


def when(turn: Turn, text: str, expects: str = "") -> When:
    """The time that the text names, by the shop's own hours."""
    if expects == "clock":
        return read_when(text, turn.now, expects="clock")
    return read_when(text, turn.now, expects="day") if expects == "day" else read_when(text, turn.now)


def wants_both(text: str) -> bool:
    """ "Tutti e due"."""
    return bool(_BOTH.search(plain(text)))


def notes(text: str) -> str:
    """The customer's own words for the shop, short."""
    return text[:MAX_NOTES]


def _without_plate(text: str, plate: str) -> str:
    """The text without the plate, whose figures are no time."""
    if not plate:
        return text
    spaced = r"[\s.\-]*".join(map(re.escape, plate))
    return re.sub(spaced, " ", text, flags=re.IGNORECASE)


def _names(words: str, car: Vehicle) -> bool:
    """Whether the text names this car by its model, or by its make alone."""
    said = set(words.split())
    model = [part for part in plain(car.model).split() if len(part) > 1]
    make = [part for part in plain(car.make).split() if len(part) > 1]
    if (
        model
        and model[0] in said
        and (not model[0].isdigit() or set(make) & said or _after_article(words, model[0]))
    ):
        return True
    return bool(make and make[0] in said and not said & MODELS)


def _after_article(words: str, model: str) -> bool:
    """A model that is a number: "la 500", "della 208"."""
    return re.search(rf"\b(la|alla|della|sulla|mia|per la|l) {model}\b", words) is not None


def _names_another(words: str, cars: Sequence[Vehicle]) -> bool:
    """Whether a car is named that is none of the customer's."""
    if _OTHER_CAR.search(words):
        return True
    named = {
        word
        for word in words.split()
        if word in MAKES or (word in MODELS and (not word.isdigit() or _after_article(words, word)))
    }
    return bool(named and cars)


def in_parts(turn: Turn, heard: Heard) -> list[str]:
    """The text cut so that each part names one of the cars; [] when it does not name several."""
    if len(heard.cars) < 2:
        return []
    parts = [
        part for part in re.split(r"(?:\be\b|,|;|\.|\bpoi\b|\bmentre\b|\bed\b)", heard.text) if part.strip()
    ]
    found: list[str] = []
    for part in parts:
        if any(_names(plain(part), car) or read_plate(part) == car.license_plate for car in heard.cars):
            found.append(part)
        elif found:
            found[-1] = f"{found[-1]} {part}"
        else:
            found.append(part)
    if len(found) > 1 and not any(_names(plain(found[0]), car) for car in heard.cars):
        found[:2] = [f"{found[0]} {found[1]}"]
    return found
