"""What goes wrong on purpose: slowness, errors, lost answers, webhooks twice or out of order.

    {"slow_ms": 500, "jitter_ms": 200,              every answer of the Graph API takes so long
     "fail": [{"code": 131000, "status": 500, "next": 3}, {"code": 131026, "share": 0.1, "as": "status"}],
     "lose": {"next": 2}, "drop": {"share": 0.05},  processed but not answered; neither
     "statuses": false, "duplicate": 3,             no status webhooks; each webhook so many times
     "shuffle_ms": 2000, "hold": true,              webhooks late by up to so much; only when told (POST /_deliver)
     "window": "response",                          a closed window is refused at once, not by a failed status
     "undeliverable": ["+393331234567"],            people whom no message reaches (131026)
     "rates": false, "pending": true}               no rate limits; new templates wait for Meta's approval

`next` counts down, `share` is a probability, `line` narrows either to one phone_number_id. `fail` and `lose` also
take one object. A person's own messages (`/_write`) never fail: the phone is not the network.
"""

import random
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal

from sandbox.httpd import BadRequest


@dataclass
class Chance:
    """When a fault strikes: the next so many times, then by chance."""

    next: int = 0
    share: float = 0.0
    line: str = ""

    def strikes(self, line: str, dice: random.Random) -> bool:
        """Whether it strikes this request; counts down."""
        if self.line and self.line != line:
            return False
        if self.next > 0:
            self.next -= 1
            return True
        return self.share > 0 and dice.random() < self.share


@dataclass
class Failure(Chance):
    """An error: its code, and the HTTP status (0: the code's own); `as` a response, or as a failed status."""

    code: int = 131000
    status: int = 0
    way: Literal["response", "status"] = "response"


@dataclass
class Faults:
    """The faults in force. One lock, since many threads ask."""

    slow_ms: float = 0
    jitter_ms: float = 0
    fail: list[Failure] = field(default_factory=list)
    lose: list[Chance] = field(default_factory=list)
    drop: list[Chance] = field(default_factory=list)
    statuses: bool = True
    duplicate: int = 1
    shuffle_ms: float = 0
    hold: bool = False
    window: Literal["status", "response"] = "status"
    undeliverable: list[str] = field(default_factory=list)
    rates: bool = True
    pending: bool = False
    seed: int | None = None

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._dice = random.Random(self.seed)

    def failure(self, line: str, way: str) -> Failure | None:
        """The error that strikes this message in this way ("response", "status"), if any."""
        with self._lock:
            return next(
                (each for each in self.fail if each.way == way and each.strikes(line, self._dice)), None
            )

    def loses(self, line: str) -> bool:
        """Whether the answer to this message is lost after it was accepted."""
        with self._lock:
            return any(each.strikes(line, self._dice) for each in self.lose)

    def drops(self, line: str) -> bool:
        """Whether this request is lost before anything happens."""
        with self._lock:
            return any(each.strikes(line, self._dice) for each in self.drop)

    def seconds(self) -> float:
        """How long this answer takes."""
        with self._lock:
            return (self.slow_ms + self.jitter_ms * self._dice.random()) / 1000

    def lateness(self) -> float:
        """Seconds by which this webhook is late."""
        with self._lock:
            return self.shuffle_ms * self._dice.random() / 1000

    def described(self) -> dict[str, Any]:
        """As JSON, in the words of `changed`."""
        with self._lock:
            values = {each.name: getattr(self, each.name) for each in fields(self)}
        values["fail"] = [_described(each) for each in self.fail]
        values["lose"] = [_described(each) for each in self.lose]
        values["drop"] = [_described(each) for each in self.drop]
        return values

    def changed(self, wanted: Mapping[str, Any]) -> "Faults":
        """These faults with what is wanted in their place. Raises BadRequest for what does not exist."""
        known = {each.name for each in fields(self)}
        if unknown := wanted.keys() - known:
            raise BadRequest(f"There is no fault {', '.join(sorted(unknown))}; there are {sorted(known)}.")
        values: dict[str, Any] = {**wanted}
        try:
            for name in ("fail", "lose", "drop"):
                if name in values:
                    values[name] = [_chance(name, each) for each in _listed(values[name])]
            return replace(self, **values)
        except (TypeError, ValueError) as error:
            raise BadRequest(f"These faults cannot be read: {error}.") from error


def _listed(value: Any) -> list[Mapping[str, Any]]:
    return [value] if isinstance(value, Mapping) else list(value or [])


def _chance(name: str, value: Mapping[str, Any]) -> Chance:
    renamed = {("way" if key == "as" else key): item for key, item in value.items()}
    if renamed.keys() <= {"code", "status", "way", "line"}:
        renamed["share"] = 1.0
    return Failure(**renamed) if name == "fail" else Chance(**renamed)


def _described(chance: Chance) -> dict[str, Any]:
    return {
        ("as" if each.name == "way" else each.name): getattr(chance, each.name) for each in fields(chance)
    }
