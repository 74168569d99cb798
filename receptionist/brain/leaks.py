"""What must not stand in an answer: what identifies other people, what nobody told, and how the assistant is set up.

A plate, a telephone number, an address of mail or web, a code may only be said when it comes from the instructions, a
tool, the shop's people or the person's own messages. That holds for other shops as well, whose rows cannot even be
read here. Names cannot be told from other words: those of the shop's other customers are looked up.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache, cached_property

from django.db import connection
from django.template.loader import get_template

from receptionist.despelling import despelled, plain
from receptionist.tools import REGISTRY
from scheduling.models import Appointment, Customer, Vehicle
from shops.phones import normalise_phone

_PLATE = re.compile(r"(?<![a-z0-9])[a-z]{2}[\s.-]?\d{3}[\s.-]?[a-z]{2}(?![a-z0-9])", re.IGNORECASE)
_MOTORCYCLE = re.compile(r"(?<![a-z0-9])[a-z]{2}[\s.-]?\d{5}(?!\d)", re.IGNORECASE)
_IN_LETTERS = re.compile(r"(?<![A-Za-z0-9])[A-Z](?:[\s,.-]+[A-Z0-9](?![A-Za-z0-9])){4,16}")
_CODE = re.compile(r"(?<![\w/])(?=[a-z-]*\d)(?=[\d-]*[a-z])[a-z0-9]+(?:-[a-z0-9]+)*(?![\w/])", re.IGNORECASE)
_CAPITALS = re.compile(r"(?<!\w)[2-9A-HJ-NP-Z]{5}(?!\w)")
# Figures with letters that are no code: oil, tyres, units, clocks, ordinals.
_MEASURE = re.compile(
    r"\d{1,2}W-?\d{2}|(?:\d{2,3}/)?\d{2,3}Z?R\d{2}[A-Z]?|\d{1,9}(?:KM|CM|MM|KW|CV|CC|MIN|ORE|H|EURO|EUR|ST|ND|RD|TH|AM|PM)"
    r"|H\d{1,2}|EURO-?\d|\d{1,2}H\d{2}",
    re.IGNORECASE,
)
_DATE_OR_TIME = re.compile(
    r"(?<!\d)(?:\d{4}-\d\d-\d\d(?:T\d\d:\d\d)?|\d{1,2}[./-]\d{1,2}(?:[./-]\d{2,4})?|\d{1,2}[:.]\d{2})(?!\d)"
)
_PHONE = re.compile(r"\+?\d(?:[\s.()/-]{0,3}\d){7,14}")
_SPOKEN_PHONE = re.compile(r"(?<!\d)\d(?:[\s,.-]{1,3}\d(?!\d)){7,14}")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+\.[\w.-]*\w")
_LINK = re.compile(
    r"(?:https?://|www\.)\S+|\b[\w-]+\.(?:com|it|net|org|info|eu|me|io|ru|cn|xyz|app|dev)\b", re.IGNORECASE
)
_NAME = r"[A-ZÀ-Ý][^\W\d_]+(?:['’][^\W\d_]+)?"
_NAMES = re.compile(rf"(?=\b({_NAME}(?:\s+{_NAME}){{1,3}}))")
_TITLED = re.compile(
    rf"\b(?:signor[aei]?|sig\.?(?:ra|na)?|dott\.?(?:ssa)?|mr|mrs|ms|herr|frau)\.?\s+({_NAME})", re.IGNORECASE
)
_SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
_NO_FIGURE = re.compile(r"\D+")
MIN_PLATE, MAX_CODE = 5, 20
LAST_DIGITS = 8
LONG_SENTENCE = 45
MOST_NAMES = 200
_OTHERS = """
    SELECT lower(btrim(first_name || ' ' || last_name))
      FROM scheduling_customer
     WHERE id IS DISTINCT FROM %s
       AND (lower(btrim(first_name || ' ' || last_name)) = ANY(%s)
            OR lower(btrim(last_name || ' ' || first_name)) = ANY(%s)
            OR lower(last_name) = ANY(%s))
     LIMIT 5
"""


@dataclass(frozen=True)
class Sources:
    """Where an answer may come from: what was `told` (instructions, tools, the shop), and what the person `said`."""

    told: str
    said: str

    @cached_property
    def told_plain(self) -> str:
        """Letters and figures alone, spelling undone."""
        return plain(self.told)

    @cached_property
    def told_figures(self) -> str:
        """Figures alone."""
        return _figures(self.told_plain)

    @cached_property
    def said_plain(self) -> str:
        """Letters and figures alone, spelling undone."""
        return plain(self.said)


def found(text: str, sources: Sources, customer: Customer | None) -> str:
    """What kind of thing must not be said, "" when there is none. At most three queries, usually one or none."""
    if _tells_instructions(text):
        return "instructions"
    unsaid, repeated = _identifiers(text, sources)
    if unsaid:
        return "identifier"
    if repeated and _belongs_to_others(repeated, text, customer):
        return "identifier"
    if _unknown_mail_or_link(text, sources):
        return "address"
    return "name" if _names_others(text, sources, customer) else ""


def _identifiers(text: str, sources: Sources) -> tuple[set[str], set[str]]:
    """What identifies a car, an appointment or a telephone: what nobody told, and what only the person said."""
    unsaid: set[str] = set()
    repeated: set[str] = set()
    for each in _codes(text):
        if each in sources.told_plain:
            continue
        (repeated if each in sources.said_plain else unsaid).add(each)
    for each in _phones(text):
        if each[-LAST_DIGITS:] in sources.told_figures:
            continue
        (repeated if each[-LAST_DIGITS:] in _figures(sources.said_plain) else unsaid).add(each)
    return unsaid, repeated


def _codes(text: str) -> set[str]:
    """Plates, chassis numbers and codes of appointments, without spaces; prices, dates and measures left out."""
    bare = _MEASURE.sub(" ", _LINK.sub(" ", _MAIL.sub(" ", text)))
    hits = [hit[0] for pattern in (_PLATE, _MOTORCYCLE, _CODE, _CAPITALS) for hit in pattern.finditer(bare)]
    spelled = [plain(hit[0]) for hit in _IN_LETTERS.finditer(despelled(text))]
    codes = {plain(hit) for hit in hits} | {each for each in spelled if sum(map(str.isdigit, each)) >= 2}
    return {each for each in codes if MIN_PLATE <= len(each) <= MAX_CODE}


def _phones(text: str) -> set[str]:
    bare = _DATE_OR_TIME.sub(" ; ", text)
    hits = [hit[0] for hit in _PHONE.finditer(bare)]
    hits += [hit[0] for hit in _SPOKEN_PHONE.finditer(despelled(bare))]
    return {_figures(hit) for hit in hits}


def _figures(text: str) -> str:
    return _NO_FIGURE.sub("", text)


def _belongs_to_others(repeated: Iterable[str], text: str, customer: Customer | None) -> bool:
    """Whether what the person named is another's and is talked about. To read a plate back is to ask."""
    wanted = {each for each in repeated if not _only_asked(each, text)}
    if not wanted:
        return False
    # A plate is no number that could be asked for.
    phones = {normalise_phone(f"{prefix}{each}") for each in wanted for prefix in ("+", "")} - {None}
    cars = Vehicle.objects.filter(license_plate__in=wanted).exclude(customer=None)
    appointments = Appointment.objects.filter(code__in=wanted)
    people = Customer.objects.filter(phone__in=phones)
    if customer:
        cars, appointments = cars.exclude(customer=customer), appointments.exclude(customer=customer)
        people = people.exclude(pk=customer.pk)
    return cars.exists() or appointments.exists() or people.exists()


def _only_asked(identifier: str, text: str) -> bool:
    sentences = [each for each in _SENTENCE.findall(text) if identifier in plain(each)]
    return bool(sentences) and all(each.rstrip().endswith("?") for each in sentences)


def _unknown_mail_or_link(text: str, sources: Sources) -> bool:
    known = f"{sources.told}\n{sources.said}".lower()
    hits = [hit[0].lower().rstrip(".,;)!?") for pattern in (_MAIL, _LINK) for hit in pattern.finditer(text)]
    return any(each not in known for each in hits)


def _names_others(text: str, sources: Sources, customer: Customer | None) -> bool:
    """Whether another customer is named, in full or with a title. One query when there is any name."""
    told = " ".join(sources.told.lower().split())
    own = customer.full_name.lower().split() if customer else []
    full = _known_as(_windows(text), told, own)
    titled = _known_as([hit[1] for hit in _TITLED.finditer(text)], told, own)
    if not full and not titled:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_OTHERS, [customer.pk if customer else None, full, full, titled])
        return cursor.fetchone() is not None


def _known_as(names: Sequence[str], told: str, own: Sequence[str]) -> list[str]:
    """The names in small letters, without the person's own and those that were told anyway."""
    small = {" ".join(name.lower().replace("’", "'").split()) for name in names}
    return sorted(each for each in small if not set(each.split()) <= set(own) and each not in told)[
        :MOST_NAMES
    ]


def _windows(text: str) -> list[str]:
    """Every run of two to four capitalised words."""
    runs = [hit[1].split() for hit in _NAMES.finditer(text)]
    return [" ".join(run[:length]) for run in runs for length in range(2, len(run) + 1)]


def _tells_instructions(text: str) -> bool:
    """Whether the answer holds the name of a tool or a whole sentence of the instructions."""
    if any(name in text for name in REGISTRY):
        return True
    bare = plain(text)
    return any(each in bare for each in _instructions())


@cache
def _instructions() -> frozenset[str]:
    """The sentences of the instructions that are the same for all shops, letters and figures alone."""
    from receptionist.prompt import TEMPLATE

    source: str = get_template(TEMPLATE).template.source  # type: ignore[attr-defined]  # Django's own backend has it
    parts = re.split(r"\{[{%].*?[%}]\}|[.:;|\n]", source)
    return frozenset(made for each in parts if len(made := plain(each)) >= LONG_SENTENCE)
