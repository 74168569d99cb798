"""What a grammar finds in a text: days, hours, parts of the day, and the small words that tie them together."""

from dataclasses import dataclass, replace
from datetime import date, time
from typing import Literal

Bound = Literal["", "after", "from", "before", "by", "between"]
"""How a moment limits: later than, from then on, earlier than, no later than, between it and the next."""
Which = Literal["", "next", "this", "last", "today", "tomorrow"]
Kind = Literal["day", "clock", "part", "soon", "not", "maybe_not", "or", "correct", "stop", "now_plus"]


@dataclass(frozen=True, slots=True)
class Days:
    """One day or several, as said: some of it may still be open (a weekday without week, a number without month)."""

    first: date | None = None
    last: date | None = None
    """None: `first` alone."""
    weekday: int | None = None
    number: int | None = None
    """Of the month, when the month was not said."""
    which: Which = ""
    weeks: int = 0
    """So many more: "giovedì a otto" is one."""
    loose: bool = False
    """Counted from today ("fra due settimane"): with a weekday it means that week."""
    in_words: bool = False
    holiday: bool = False
    recent: bool = False
    """Day and month without a year, that passed a short while ago."""
    said_year: bool = False
    edge: Literal["", "start", "middle", "end"] = ""

    @property
    def is_range(self) -> bool:
        """More than one day."""
        return self.last is not None and self.last != self.first

    @property
    def end(self) -> date | None:
        """The last day, or the only one."""
        return self.last or self.first


@dataclass(frozen=True, slots=True)
class Hour:
    """A time of the day as said. `exact`: no doubt whether before or after noon."""

    hour: int
    minute: int = 0
    exact: bool = False
    half: Literal["", "am", "pm", "night"] = ""

    @property
    def at(self) -> time:
        """The time taken literally."""
        return time(self.hour, self.minute)


@dataclass(frozen=True, slots=True)
class Piece:
    """Something found between the tokens `start` and `end`."""

    kind: Kind
    start: int
    end: int
    bound: Bound = ""
    days: Days | None = None
    hour: Hour | None = None
    until: Hour | None = None
    part: str | None = None
    edge: Literal["", "start", "middle", "end"] = ""
    """Of the part of the day: "tarda mattinata" is its end."""
    minutes: int = 0
    """From now: "tra un'ora"."""
    weak: bool = False
    """Told, not wished for: since when, a deadline, where it stands now."""
    word: str = ""

    def given(self, bound: Bound, start: int) -> "Piece":
        """The same, limited, and beginning where the limiting words do."""
        return replace(self, bound=bound or self.bound, start=start)
