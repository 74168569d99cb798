"""What the guided mode remembers between two messages: kept as JSON with the conversation, read back with care."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any, Self

MOST_QUEUED = 4
MOST_TEXT = 600


class _Kept:
    """A dataclass of texts and flags that survives whatever its JSON has become."""

    @classmethod
    def of(cls, kept: Any) -> Self:
        """From JSON; what has another type than it should is left at its default."""
        values: dict[str, Any] = {}
        if isinstance(kept, dict):
            for each in fields(cls):  # type: ignore[arg-type]  # every subclass is a dataclass
                value = kept.get(each.name)
                if type(value) is type(each.default):
                    values[each.name] = value[:MOST_TEXT] if isinstance(value, str) else value
        return cls(**values)

    def kept(self) -> dict[str, Any]:
        """As JSON, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}  # type: ignore[call-overload]  # as above


@dataclass
class Wanted(_Kept):
    """Which slots to show. Days as ISO dates, times as "HH:MM", local; `part` "morning" or "afternoon"."""

    first: str = ""
    last: str = ""
    part: str = ""
    earliest: str = ""
    latest: str = ""
    talk: str = ""
    """The day that was chosen before another time was wished for: an hour alone means that day."""
    seen: str = ""
    """The start (ISO, local) of the last row that was shown: the next page begins after it."""

    @property
    def day(self) -> str:
        """The one day that is wanted, "" when it is not one."""
        return self.first if self.first == self.last else ""


@dataclass
class Wish(_Kept):
    """An appointment on its way: what is known of it. `start` local ISO, `move` the code of one that is moved."""

    service: str = ""
    start: str = ""
    when: str = ""
    """What was written about the time before the service was known."""
    plate: str = ""
    other_car: bool = False
    no_plate: bool = False
    not_plate: str = ""
    """The car that was already taken care of: the next one is another."""
    name: str = ""
    phone: str = ""
    stay: str = ""
    notes: str = ""
    move: str = ""
    proof: str = ""
    """The plate that was written to show whose appointment it is."""


@dataclass
class State:
    """Where the conversation stands. `asked` is the question that is open, "" when none is.

    `options` are the ids and titles that were shown last; `queue` holds further appointments that were wished for;
    `last` is the code of what was booked or moved in this conversation, `about` what a question is about.
    """

    flow: str = ""
    asked: str = ""
    wish: Wish = field(default_factory=Wish)
    queue: list[Wish] = field(default_factory=list)
    wanted: Wanted = field(default_factory=Wanted)
    options: list[list[str]] = field(default_factory=list)
    about: str = ""
    last: str = ""
    turn: str = ""
    """The turn that these were left by."""
    greeted: bool = False

    @classmethod
    def of(cls, kept: Any) -> "State":
        """From what the conversation kept; a new one for anything else."""
        if not isinstance(kept, dict):
            return cls()
        queue, options = kept.get("queue"), kept.get("options")
        return cls(
            **{name: _text(kept.get(name)) for name in ("flow", "asked", "about", "last", "turn")},
            wish=Wish.of(kept.get("wish")),
            queue=[Wish.of(each) for each in queue[:MOST_QUEUED]] if isinstance(queue, list) else [],
            wanted=Wanted.of(kept.get("wanted")),
            options=[list(map(str, each)) for each in options if isinstance(each, list) and len(each) == 2]
            if isinstance(options, list)
            else [],
            greeted=kept.get("greeted") is True,
        )

    def kept(self) -> dict[str, Any]:
        """As JSON, without what is empty."""
        kept: dict[str, Any] = {
            "flow": self.flow,
            "asked": self.asked,
            "wish": self.wish.kept(),
            "queue": [each.kept() for each in self.queue],
            "wanted": self.wanted.kept(),
            "options": self.options,
            "about": self.about,
            "last": self.last,
            "turn": self.turn,
            "greeted": self.greeted,
        }
        return {name: value for name, value in kept.items() if value}

    def begin(self, flow: str) -> None:
        """Begin a flow with nothing known of it."""
        self.flow, self.asked, self.about = flow, "", ""
        self.wish, self.queue, self.wanted, self.options = Wish(), [], Wanted(), []


def _text(value: Any) -> str:
    return value[:MOST_TEXT] if isinstance(value, str) else ""
