"""Every fixed sentence of the guided mode, in Italian (lei, tu) and in English, and how days and times are written.

A sentence with two Italian forms has them as (lei, tu); where both are the same there is one. Short, one question at
a time, with what happens next at the end.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from receptionist.guided.phrasebook import SENTENCES
from receptionist.italian.dates import MONTHS, WEEKDAYS
from receptionist.italian.numbers import say_it_takes

DAYS_EN = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS_EN = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)
YEAR_NEEDED = 300


@dataclass(frozen=True)
class Words:
    """The sentences in one language and manner: `words("key", name=value)`."""

    lang: str = "it"
    tu: bool = False

    def __call__(self, key: str, **values: object) -> str:
        """The sentence `key` with its places filled. KeyError for one that does not exist."""
        lei, tu, english = SENTENCES[key]
        chosen = english if self.lang == "en" else (tu if self.tu and tu else lei)
        return chosen.format(**values) if values else chosen

    def day(self, day: date, today: date) -> str:
        """ "domani, giovedì 26 novembre"."""
        year = f" {day.year}" if abs((day - today).days) > YEAR_NEEDED else ""
        if self.lang == "en":
            near = {0: "today, ", 1: "tomorrow, "}.get((day - today).days, "")
            return f"{near}{DAYS_EN[day.weekday()]} {day.day} {MONTHS_EN[day.month - 1]}{year}"
        near = {0: "oggi, ", 1: "domani, "}.get((day - today).days, "")
        number = "1º" if day.day == 1 else str(day.day)
        return f"{near}{WEEKDAYS[day.weekday()]} {number} {MONTHS[day.month - 1]}{year}"

    def at(self, clock: time) -> str:
        """ "alle 9:30"."""
        if self.lang == "en":
            return f"at {clock.hour}:{clock.minute:02}"
        return f"{'all’' if clock.hour == 1 else 'alle '}{clock.hour}:{clock.minute:02}"

    def when(self, moment: datetime, today: date) -> str:
        """ "giovedì 26 novembre alle 9:30"; `moment` local."""
        return f"{self.day(moment.date(), today)} {self.at(moment.time())}"

    def row(self, moment: datetime) -> str:
        """A slot as a list row, short enough for its title: "gio 26/11 09:30"."""
        return f"{self.short_day(moment.date())} {moment:%H:%M}"

    def short_day(self, day: date) -> str:
        """ "gio 26/11"."""
        name = (DAYS_EN if self.lang == "en" else WEEKDAYS)[day.weekday()][:3]
        return f"{name} {day:%d/%m}"

    def duration(self, minutes: int) -> str:
        """ "1 ora e 30 minuti"."""
        hours, rest = divmod(minutes, 60)
        hour, many, and_, minute = (
            ("hour", "hours", "and", "minutes") if self.lang == "en" else ("ora", "ore", "e", "minuti")
        )
        parts = [f"{hours} {hour if hours == 1 else many}"] if hours else []
        parts += [f"{rest} {minute}"] if rest or not hours else []
        return f" {and_} ".join(parts)

    def takes(self, minutes: int) -> str:
        """ "ci vuole circa un'ora e mezza": how long a work takes, before a full stop."""
        return f"it takes about {self.duration(minutes)}" if self.lang == "en" else say_it_takes(minutes)

    def needs(self, minutes: int) -> str:
        """ "serve un'ora e mezza": as `takes`, of a work that has to end in time."""
        en = f"takes {self.duration(minutes)}"
        return en if self.lang == "en" else say_it_takes(minutes, "serve", "servono")

    def price(self, amount: Decimal) -> str:
        """ "149 €", "79,02 €"."""
        written = f"{amount:.2f}" if amount % 1 else f"{amount:.0f}"
        return f"{written} €" if self.lang == "en" else f"{written.replace('.', ',')} €"


def lower_first(name: str) -> str:
    """A name inside a sentence; abbreviations stay."""
    return name if name[1:2].isupper() else name[:1].lower() + name[1:]
