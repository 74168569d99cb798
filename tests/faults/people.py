"""People who write: each a little story that waits for answers; one thread plays them all."""

import itertools
import os
import random
import re
import time
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from sandbox.meta import Meta, Sent
from tests.faults import script
from tests.faults.stack import LINES

LOOK_EVERY = 0.1
# Seconds until somebody asks again. Shorter than the product's own delays, answers and questions get out of step.
ASK_AGAIN_AFTER = float(os.environ.get("AROS_FAULT_PATIENCE", "45"))
SOON = 15.0
TRIES = 5
STEPS = 16
# Who asks again before the answer has come may hear what stands already.
BOOKED = re.compile(r"\b(prenotato|richiesta registrata|c'è già un appuntamento)\b", re.IGNORECASE)
# Two of so many, one for each shop, are answered without the model.
ONE_BY_STEPS = 10
LETTERS = "ABCDEFGHJKLMNPRSTVWXYZ"
Waits = Generator["Pause | Answer", "Sent | None", None]


@dataclass(frozen=True)
class Pause:
    """Go on in so many seconds."""

    seconds: float


@dataclass(frozen=True)
class Answer:
    """Go on with the first answer of this kind, or with None after so many seconds."""

    fits: Callable[[Sent], bool]
    seconds: float = ASK_AGAIN_AFTER


@dataclass
class Person:
    """Somebody with a telephone who writes to one shop. `code` is in everything they are answered by the script."""

    meta: Meta
    line: str
    phone: str
    code: str
    plate: str
    start: datetime
    by_steps: bool = False
    wrote: list[str] = field(default_factory=list)
    got: list[Sent] = field(default_factory=list)
    asked_again: int = 0
    done: bool = False

    def write(self, text: str) -> None:
        """One message; notes its id."""
        self.wrote.append(self.meta.write(self.line, self.phone, text, name=script.FIRST_NAME))

    @property
    def last_words(self) -> str:
        """The end of the last answer."""
        return self.got[-1].text[-100:] if self.got else ""

    def wants(self) -> list[datetime] | None:
        """The appointments that they must have in the end; None: at most one, at an hour they were offered."""
        return None if self.by_steps else [self.start]

    def tap(self, answer: Sent, option: str) -> None:
        """Tap a row or a button of an answer."""
        self.wrote.append(self.meta.tap(self.line, self.phone, answer, option))

    def answer_to(self, code: str, seconds: float = ASK_AGAIN_AFTER) -> Answer:
        """Waits for what the script answers to this code."""
        return Answer(lambda sent: f"{code}:" in sent.text, seconds)


def by_words(person: Person, dice: random.Random) -> Waits:
    """Greets, asks for an hour without waiting, and says thank you once it is booked."""
    person.write(script.greeting(f"{person.code}g"))
    yield Pause(dice.uniform(0.0, 1.5))
    for attempt in range(TRIES):
        code = f"{person.code}w{attempt}"
        person.write(script.wish(person.start.isoformat(timespec="minutes"), person.plate, code))
        answer = yield person.answer_to(code)
        if answer is not None and "renotato" in answer.text:
            break
        person.asked_again += 1
        yield Pause(dice.uniform(0.5, 1.5))
    else:
        return
    if dice.random() < 0.5:
        person.meta.read(person.line, person.phone)
    yield Pause(dice.uniform(0.0, 1.0))
    person.write(script.GOODBYE)  # after which the chat ends
    yield Pause(dice.uniform(0.0, 1.5))
    for attempt in range(TRIES):
        code = f"{person.code}t{attempt}"
        person.write(script.one_more(code))
        # Answered together with the goodbye, which may have come in last, the script hears the goodbye alone.
        person.done = (yield person.answer_to(code, SOON if attempt == 0 else ASK_AGAIN_AFTER)) is not None
        if person.done:
            return
        person.asked_again += 1


def by_steps(person: Person, dice: random.Random) -> Waits:
    """Is answered without the model, taps what is offered, and books some hour that others want as well."""
    person.write(script.BY_STEPS)
    for _step in range(STEPS):
        answer = yield Answer(lambda sent: True)
        if answer is None:
            person.asked_again += 1
            person.write(script.BY_STEPS)
        elif BOOKED.search(answer.text):
            person.done = True
            return
        else:
            yield Pause(dice.uniform(0.2, 0.8))
            _reply(person, answer, dice)


def _reply(person: Person, answer: Sent, dice: random.Random) -> None:
    """The next tap, or what was asked for in words."""
    options = [
        (id_, title) for id_, title in answer.options if not id_.startswith(("more", "wait", "m:person"))
    ]
    slots = [id_ for id_, _title in options if id_.startswith("at:")]
    text = answer.text.lower()
    if slots:
        person.tap(answer, dice.choice(slots))
    elif "targa" in text:
        person.write(f"{person.plate}, {script.MARK}")
    elif "nome" in text:
        person.write(f"{script.FIRST_NAME} {script.LAST_NAME}")
    elif options:
        person.tap(answer, options[0][0])
    else:
        person.write(f"Vorrei prenotare un tagliando, {script.MARK}")


class Crowd:
    """Plays the stories of many people at once."""

    def __init__(self, meta: Meta, people: list[Person], dice: random.Random, spread: float) -> None:
        """`spread`: seconds over which they begin."""
        self.meta, self.people = meta, people
        self._stories = {
            each.phone.lstrip("+"): (each, (by_steps if each.by_steps else by_words)(each, dice))
            for each in people
        }
        self._waits: dict[str, tuple[float, Answer | None]] = {
            phone: (time.monotonic() + dice.uniform(0, spread), None) for phone in self._stories
        }
        self._looked = len(meta.sent)
        self._opaque: set[str] = set()

    @property
    def unfinished(self) -> list[Person]:
        """Who still waits or has given up."""
        return [each for each in self.people if not each.done]

    @property
    def is_over(self) -> bool:
        """Whether nobody waits for anything any more."""
        return not self._waits

    def play(self, seconds: float) -> None:
        """Until all stories are told, or so many seconds have passed."""
        ends = time.monotonic() + seconds
        while self._waits and time.monotonic() < ends:
            self._take_answers()
            now = time.monotonic()
            for phone in [each for each, (due, _) in self._waits.items() if due <= now]:
                self._go_on(phone, None)
            time.sleep(LOOK_EVERY)

    def _take_answers(self) -> None:
        sent = self.meta.sent
        for each in sent[self._looked :]:
            who = each.to.lstrip("+")
            if not each.wamid or who not in self._stories:
                continue
            self._stories[who][0].got.append(each)
            wait = self._waits.get(who)
            if wait and wait[1] is not None and wait[1].fits(each):
                self._go_on(who, each)
        self._looked = len(sent)

    def _go_on(self, phone: str, answer: Sent | None) -> None:
        story = self._stories[phone][1]
        try:
            # A generator that has not begun takes nothing but None.
            wants = story.send(answer)
        except StopIteration:
            self._waits.pop(phone, None)
            return
        seconds = wants.seconds
        self._waits[phone] = (time.monotonic() + seconds, wants if isinstance(wants, Answer) else None)


class Town:
    """Where people come from: numbers, plates and hours that nobody else has, for a whole run."""

    def __init__(self, meta: Meta) -> None:
        self._meta = meta
        self._numbers = itertools.count(1)
        self._hours = {line: script.hours() for line in LINES}

    def people(self, count: int) -> list[Person]:
        """So many new people, half of them for each shop."""
        return [self._person(next(self._numbers)) for _ in range(count)]

    def _person(self, number: int) -> Person:
        line = LINES[number % len(LINES)]
        plate = f"ZX{number % 1000:03d}{LETTERS[number // 1000 % 22]}W"
        phone, code = f"+39333{number:07d}", f"k{number:05d}"
        stepwise = number % ONE_BY_STEPS in (0, 1)
        return Person(self._meta, line, phone, code, plate, self._hour(line), by_steps=stepwise)

    def _hour(self, line: str) -> datetime:
        found: datetime | None = next(self._hours[line], None)
        assert found, "The shops' calendars are full: set AROS_FAULT_CONVERSATIONS to less."
        return found


def marks(people: list[Person]) -> Iterator[str]:
    """What must not be found in a log."""
    yield script.MARK
    yield script.LAST_NAME
    for each in people:
        yield from (each.phone.lstrip("+"), each.plate)
