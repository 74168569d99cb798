"""The messages that the shop begins, as data: on or off, when, in which words, with which template.

Words have places in braces: "Buongiorno {nome}". A place is filled in one pass, so that what a customer is called
can be anything. Outside WhatsApp's 24 hours only the approved template goes out, filled from the same places.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import time

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from receptionist import standard_templates
from receptionist.content import Content, Option, Template
from receptionist.followups.texts import TEXTS
from receptionist.italian import one_line
from receptionist.models import PROMOTIONAL, AIConfig, FollowUpKind, FollowUpSetting

MAX_VALUE = 500
MAX_TEXT = 900
PLACE = re.compile(r"\{([^{}]*)\}")
# A line that only names one thing is left out when that is not known: "*Auto:* ".
_NAMED_LINE = re.compile(r"[^{}\n]*:\*? ?\{([^{}]*)\}")
# "Rispondi STOP", "scriva «stop»"; not the name of a shop, nor a service without a stop.
_SAYS_STOP = re.compile(r"\bSTOP\b|(?i:\b(?:scriv|rispond|invi|mand|text|reply)\w*\W+(?:\w+\W+){0,3}stop\b)")
STOP_HINT = {
    "lei": "Per non ricevere più questi messaggi scriva STOP.",
    "tu": "Per non ricevere più questi messaggi scrivi STOP.",
}


@dataclass(frozen=True)
class Kind:
    """One kind of message.

    `places` can stand in its words, `needs` must. `send_at` is local time, `days` before (thanks: after) the day;
    None where the shop does not choose. `parameters` are the places that fill the template, in its order.
    """

    kind: FollowUpKind
    on: bool
    places: tuple[str, ...]
    template: str
    parameters: tuple[str, ...]
    needs: tuple[str, ...] = ()
    send_at: time | None = None
    days: int | None = None

    @property
    def promotional(self) -> bool:
        """Whether it needs the customer's consent to promotional messages."""
        return self.kind in PROMOTIONAL

    def standard_text(self, manner: str) -> str:
        """The words of a shop that has none of its own; `manner` is "lei" or "tu"."""
        return TEXTS[self.kind][manner]


_WHO = ("nome", "officina", "telefono", "indirizzo")
_DUE_PARAMETERS = ("officina", "cosa")


def _due(kind: FollowUpKind, days: int) -> Kind:
    return Kind(
        kind,
        on=False,
        places=(*_WHO, "auto", "targa", "scadenza", "cosa"),
        template=standard_templates.DUE,
        parameters=_DUE_PARAMETERS,
        send_at=time(10),
        days=days,
    )


_APPOINTMENT = ("officina", "giorno", "ora", "lavoro", "indirizzo")
KINDS: dict[FollowUpKind, Kind] = {
    each.kind: each
    for each in (
        Kind(
            FollowUpKind.DAY_BEFORE,
            on=True,
            places=(*_WHO, "giorno", "ora", "lavoro", "auto", "targa", "preparazione", "link"),
            needs=("giorno", "ora"),
            template=standard_templates.REMINDER,
            parameters=_APPOINTMENT,
            send_at=time(17),
        ),
        Kind(
            FollowUpKind.READY,
            on=True,
            places=(*_WHO, "auto", "targa", "lavoro", "ora", "ritiro", "nota"),
            template=standard_templates.CAR_READY,
            parameters=("officina", "auto", "ritiro"),
        ),
        Kind(
            FollowUpKind.MISSED_CALL,
            on=True,
            places=_WHO,
            template=standard_templates.MISSED_CALL,
            parameters=("officina",),
        ),
        Kind(
            FollowUpKind.FREED_PLACE,
            on=True,
            places=(*_WHO, "giorno", "ora", "lavoro", "auto", "targa", "entro"),
            needs=("giorno", "ora"),
            template=standard_templates.FREED_PLACE,
            parameters=("officina", "giorno", "ora", "lavoro", "entro"),
        ),
        Kind(
            FollowUpKind.THANKS,
            on=False,
            places=(*_WHO, "auto", "targa", "lavoro", "link"),
            needs=("link",),
            template=standard_templates.THANKS,
            parameters=("officina", "link"),
            send_at=time(11),
            days=1,
        ),
        _due(FollowUpKind.REVISION, days=30),
        _due(FollowUpKind.SERVICE, days=14),
        _due(FollowUpKind.TYRES_WINTER, days=7),
        _due(FollowUpKind.TYRES_SUMMER, days=7),
    )
}


@dataclass(frozen=True)
class Wanted:
    """One kind as the shop wants it. `text` "" means the standard words."""

    kind: Kind
    enabled: bool
    text: str
    send_at: time | None
    days: int | None


def wanted(kind: FollowUpKind) -> Wanted:
    """How the shop wants this kind. One query."""
    return of_row(kind, FollowUpSetting.objects.filter(pk=kind).first())


def all_wanted() -> dict[FollowUpKind, Wanted]:
    """How the shop wants each kind, in the order of the registry. One query."""
    rows = {row.kind: row for row in FollowUpSetting.objects.all()}
    return {kind: of_row(kind, rows.get(kind)) for kind in KINDS}


def of_row(kind: FollowUpKind, row: FollowUpSetting | None) -> Wanted:
    """The stored wish over the defaults. Words that no longer pass fall back on the standard ones."""
    data = KINDS[kind]
    if row is None:
        return Wanted(data, data.on, "", data.send_at, data.days)
    text = row.text if row.text and not problem_of(data, row.text) else ""
    send_at = row.send_at if data.send_at and row.send_at else data.send_at
    days = row.days if data.days is not None and row.days is not None else data.days
    return Wanted(data, row.enabled, text, send_at, days)


def check_text(kind: FollowUpKind, text: str) -> None:
    """Raises ValidationError with what to change when a shop's own words cannot be used. "" can."""
    problem = problem_of(KINDS[kind], text)
    if problem:
        raise ValidationError(problem)


def problem_of(kind: Kind, text: str) -> str:
    """Why words cannot be used, and what to do; "" when they can."""
    if not text.strip():
        return ""
    if len(text) > MAX_TEXT:
        return _("Il testo è troppo lungo: al massimo %(most)d caratteri.") % {"most": MAX_TEXT}
    named = PLACE.findall(text)
    unknown = [name for name in named if name not in kind.places]
    can_be = ", ".join(f"{{{name}}}" for name in kind.places)
    if unknown:
        shown = f"{{{one_line(unknown[0], 40)}}}"
        return _("%(place)s non è un dato di questo messaggio: scrivi uno di questi: %(places)s.") % {
            "place": shown,
            "places": can_be,
        }
    if re.search(r"[{}]", PLACE.sub("", text)):
        return _("C'è una parentesi graffa da sola: servono solo intorno a un dato, come in %(places)s.") % {
            "places": can_be
        }
    missing = [f"{{{name}}}" for name in kind.needs if name not in named]
    if missing:
        return _("Nel testo manca %(places)s: senza, chi lo riceve non sa di che cosa si tratta.") % {
            "places": ", ".join(missing)
        }
    return ""


def text_for(
    kind: FollowUpKind, places: Mapping[str, str], *, wish: Wanted | None = None, manner: str = ""
) -> str:
    """The message in the shop's own words, or the standard ones.

    `wish` and `manner` ("lei", "tu") spare the queries for them. A place without a value is left out with the space
    before it, or with its line when the line only names it. What a value holds is never looked at as a place.
    """
    wish = wish or wanted(kind)
    manner = manner or AIConfig.load().formality
    words, standard = wish.text, wish.kind.standard_text(manner)
    if not fill(words, places):  # nothing but places that nothing is known for
        words = standard
    text = fill(words, places)
    if wish.kind.promotional and not _SAYS_STOP.search(words):
        text = f"{text}\n\n{STOP_HINT[manner]}"
    return text


def fill(text: str, places: Mapping[str, str]) -> str:
    """The words with their places filled, each value on one line."""
    values = {name: one_line(str(value), MAX_VALUE) for name, value in places.items()}
    lines = (_line(line, values) for line in text.replace("\r\n", "\n").split("\n"))
    return "\n".join(line for line in lines if line is not None).strip()


def _line(line: str, values: Mapping[str, str]) -> str | None:
    only = _NAMED_LINE.fullmatch(line.strip())
    if only and not values.get(only[1]):
        return None
    return re.sub(r"( ?)\{([^{}]*)\}", lambda at: _filled(at[1], values.get(at[2], "")), line)


def _filled(space: str, value: str) -> str:
    return f"{space}{value}" if value else ""


def content_for(
    kind: FollowUpKind,
    places: Mapping[str, str],
    *,
    options: tuple[Option, ...] = (),
    wish: Wanted | None = None,
    manner: str = "",
) -> Content:
    """The whole message: words, buttons, and the template for when the window is closed.

    The template's buttons send back the ids of `options`, in that order. A place of the template without a value is
    filled with a dash: WhatsApp refuses empty ones.
    """
    data = KINDS[kind]
    filled = tuple(one_line(str(places.get(name, "")), MAX_VALUE) or "–" for name in data.parameters)
    return Content(
        text_for(kind, places, wish=wish, manner=manner),
        options=options,
        template=Template(data.template, filled, tuple(each.id for each in options)),
    )
