"""What a trial is kept in: the cache, for an hour, under the person's own key. There are no rows.

The page reads and begins, the worker answers; a lock lets one of them write at a time. A cache that is away makes
`Unkept`: a trial cannot do without.
"""

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone
from redis.exceptions import RedisError

from receptionist.content import Option
from receptionist.tryout import Report, Trial
from shops.staff.models import StaffUser

KEPT_SECONDS = 3600
MOST_TEXT = 1000
MOST_EXCHANGES = 40
# Turns of all the shop's people together: nobody burns the model's money by trying.
MOST_AN_HOUR = 60
# When somebody is told that no worker has begun.
PATIENCE = timedelta(seconds=6)


class Unkept(Exception):
    """The cache did not answer, so the trial cannot go on."""


@dataclass
class Exchange:
    """What was written, and what came of it. `tap`: the id of the option that was tapped, "" for a text.

    `key` is the page's own for this message: the same again is no second one. `failed` says why no answer came:
    "busy" (the database did not answer), "late" (no worker came), "lost" (what was played is gone), "error".
    """

    key: str
    text: str
    tap: str = ""
    asked_at: datetime = field(default_factory=timezone.now)
    started_at: datetime | None = None
    report: Report | None = None
    failed: str = ""

    @property
    def is_open(self) -> bool:
        """Whether an answer may still come."""
        return self.report is None and not self.failed and not self.is_late

    @property
    def is_late(self) -> bool:
        """Whether nobody answers any more."""
        return self.report is None and not self.failed and timezone.now() > self.asked_at + longest_turn()

    @property
    def waits_for_worker(self) -> bool:
        """Whether no worker has begun in good time."""
        return self.is_open and self.started_at is None and timezone.now() > self.asked_at + PATIENCE


@dataclass
class Talk:
    """A trial as the page shows it: as whom somebody writes, and what was written. `name` "": a new customer."""

    phone: str
    name: str = ""
    customer_id: str = ""
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    exchanges: list[Exchange] = field(default_factory=list)

    @property
    def is_waiting(self) -> bool:
        """Whether an answer is to come."""
        return bool(self.exchanges) and self.exchanges[-1].is_open

    def option(self, option_id: str) -> Option | None:
        """What can be tapped under this id, in any answer: rows of an old list still work."""
        found = (
            option
            for each in reversed(self.exchanges)
            if each.report
            for content in each.report.said
            for option in content.options
        )
        return next((each for each in found if each.id == option_id), None)

    def exchange(self, key: str) -> Exchange | None:
        """The exchange with the page's key."""
        return next((each for each in self.exchanges if each.key == key), None)


def longest_turn() -> timedelta:
    """After so long nobody answers any more: the model's time, the guided mode's, and a worker that was busy."""
    return timedelta(seconds=float(settings.AI_TURN_SECONDS) + 45)


def load(person_id: object) -> Talk | None:
    """The person's trial; None when there is none, or no cache."""
    found = cache.get(_talk(person_id))
    return found if isinstance(found, Talk) else None


def save(person_id: object, talk: Talk) -> None:
    """Keep the trial for another hour. Raises Unkept when it is not there afterwards."""
    cache.set(_talk(person_id), talk, KEPT_SECONDS)
    if not cache.has_key(_talk(person_id)):
        raise Unkept


def load_stage(talk: Talk) -> Trial | None:
    """What the trial has played so far; None when nothing is kept."""
    found = cache.get(f"tryout:stage:{talk.id}")
    return found if isinstance(found, Trial) else None


def save_stage(talk: Talk, trial: Trial) -> None:
    """Keep what the trial has played."""
    cache.set(f"tryout:stage:{talk.id}", trial, KEPT_SECONDS)


def forget(person_id: object, talk: Talk | None) -> None:
    """Begin anew: nothing of the trial is kept."""
    cache.delete(_talk(person_id))
    if talk is not None:
        forget_stage(talk.id)


def forget_stage(talk_id: str) -> None:
    """What a trial has played is forgotten."""
    cache.delete(f"tryout:stage:{talk_id}")


def forget_all(**_kwargs: Any) -> None:
    """On receptionist.signals.customer_erased: trials may have been about anybody, and are begun anew."""
    for person_id in StaffUser.objects.values_list("pk", flat=True):
        forget(person_id, load(person_id))


@contextmanager
def writing(person_id: object) -> Iterator[bool]:
    """Be the one request that writes the person's trial; False when another does. Raises Unkept without a cache."""
    key = f"tryout:writing:{person_id}"
    try:
        mine = cache.add(key, 1, 10)
    except RedisError as error:
        raise Unkept from error
    try:
        yield bool(mine)
    finally:
        if mine:
            cache.delete(key)


def take_turn() -> bool:
    """Count a turn; False when the shop has had its turns of this hour. Raises Unkept without a cache."""
    key = f"tryout:turns:{timezone.now():%Y%m%d%H}"
    try:
        cache.add(key, 0, KEPT_SECONDS)
        return bool(cache.incr(key) <= MOST_AN_HOUR)
    except (RedisError, ValueError) as error:
        raise Unkept from error


def _talk(person_id: object) -> str:
    return f"tryout:talk:{person_id}"
