"""Days, times, prices, plates and numbers told for the ear or for the eye: in words on the telephone, in figures in a chat.

Both say the same in the same places of a sentence: "giovedì 26 novembre alle nove e mezza", "… alle 9:30".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time
from decimal import Decimal

from receptionist.italian.clock import at_time, from_time, until_time
from receptionist.italian.dates import say_date, say_day
from receptionist.italian.numbers import say_number, say_price_from
from receptionist.italian.offers import say_moments
from receptionist.italian.spelling import say_phone, spell_plate
from receptionist.italian.writing import write_plate, write_price, write_time

FIRST = "1º"


@dataclass(frozen=True)
class Telling:
    """One of the two ways, `SAID` and `WRITTEN`. Times are local, moments aware and told in the time zone of `now`."""

    is_spoken: bool

    def number(self, number: int) -> str:
        """ "tre", "3"."""
        return say_number(number) if self.is_spoken else str(number)

    def full_date(self, day: date, today: date | None = None) -> str:
        """ "martedì primo dicembre", "martedì 1º dicembre"; with the year when `today` is far from it."""
        return say_date(day, today) if self.is_spoken else say_date(day, today, first=FIRST)

    def day(self, day: date, today: date) -> str:
        """As `full_date`, after "oggi" or "domani" when it is."""
        return say_day(day, today) if self.is_spoken else say_day(day, today, first=FIRST)

    def at(self, clock: time) -> str:
        """ "alle nove e mezza", "alle 9:30"."""
        return at_time(clock) if self.is_spoken else _with("alle", clock)

    def until(self, clock: time) -> str:
        """ "fino alle diciotto e trenta", "fino alle 18:30"."""
        return until_time(clock) if self.is_spoken else f"fino {_with('alle', clock)}"

    def span(self, start: time, end: time) -> str:
        """ "dalle otto alle dodici e trenta", "dalle 8:00 alle 12:30"."""
        return f"{from_time(start) if self.is_spoken else _with('dalle', start)} {self.at(end)}"

    def when(self, moment: datetime, now: datetime) -> str:
        """ "giovedì 26 novembre alle nove e mezza", "giovedì 26 novembre alle 9:30"."""
        local = moment.astimezone(now.tzinfo)
        return f"{self.day(local.date(), now.date())} {self.at(local.time())}"

    def moments(self, moments: Iterable[datetime], now: datetime) -> str:
        """Offers to choose from, a day told once."""
        return say_moments(moments, now, day=self.day, at=self.at)

    def price_from(self, amount: Decimal | int) -> str:
        """ "a partire da centoventi euro", "a partire da 120 €"."""
        return say_price_from(amount) if self.is_spoken else f"a partire da {write_price(amount)}"

    def plate(self, plate: str) -> str:
        """ "A come Ancona, B come Bologna, …", "AB 123 CD"."""
        return spell_plate(plate) if self.is_spoken else write_plate(plate)

    def phone(self, number: str) -> str:
        """A number to be heard, or to be tapped."""
        return say_phone(number) if self.is_spoken else number


def _with(preposition: str, clock: time) -> str:
    """ "alle 9:30", "all'1:00"; the hour in which a day ends and begins has a name."""
    if clock == time(0):
        return "a mezzanotte" if preposition == "alle" else "da mezzanotte"
    return f"{f"{preposition[:-1]}'" if clock.hour == 1 else f'{preposition} '}{write_time(clock)}"


SAID, WRITTEN = Telling(is_spoken=True), Telling(is_spoken=False)
