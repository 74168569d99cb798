"""Slots that an answer offers, as rows to tap: only those that the instructions or a tool gave in this turn.

Nothing is guessed. Every time that the answer names must be a slot that was given, on a day that the answer names in
full; otherwise nobody gets anything to tap, and writes.
"""

import re
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta

from receptionist.content import Option
from receptionist.italian import write_when
from receptionist.italian.dates import MONTHS

FEWEST, MOST = 2, 9
_GIVEN = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d) = ")
_OFFER = re.compile(r"(?:posso offrire|il primo posto libero è) [^?]*", re.IGNORECASE)
_MONTH = "|".join(MONTHS)
# A weekday or a number alone may be another day than the one before: only the month behind it settles which.
_WORDS = re.compile(
    rf"\b(?P<near>oggi|domani|dopodomani)\b|\b(?P<day>\d{{1,2}})º?\s+(?P<month>{_MONTH})\b|"
    r"(?P<unclear>\b(?:luned|marted|mercoled|gioved|venerd|sabato|domenica)|\b(?:lun|mar|mer|gio|ven|sab|dom)\b|"
    rf"\b\d{{1,2}}/\d{{1,2}}\b|\bil\s+\d{{1,2}}\b(?!º?\s+(?:{_MONTH})))|"
    r"(?:\b(?:alle|ore)\s+|\ball['’])(?P<hour>\d{1,2})(?:[:.](?P<minute>\d{2}))?(?!\d)|"
    r"\b(?P<h>\d{1,2})[:.](?P<m>\d{2})\b",
    re.IGNORECASE,
)
_NEAR = {"oggi": 0, "domani": 1, "dopodomani": 2}


def slots(text: str, *, system: str, told: Sequence[str], now: datetime) -> tuple[Option, ...]:
    """A row for each slot that the text offers; none unless it asks, and offers two to nine that were given.

    `system`: the instructions, `told`: what this turn's tools answered; `now` local to the shop. The id of a row is
    the slot as the tools take it.
    """
    if not text.rstrip().endswith("?"):
        return ()
    offered = _moments(text, now)
    if offered is None or not FEWEST <= len(offered) <= MOST:
        return ()
    given = {datetime.fromisoformat(hit[1]) for hit in _GIVEN.finditer(system)}
    for each in told:
        given |= {moment for hit in _OFFER.finditer(each) for moment in _moments(hit[0], now) or ()}
    if not given.issuperset(offered):
        return ()
    return tuple(
        Option(f"{each:%Y-%m-%dT%H:%M}", write_when(each.replace(tzinfo=now.tzinfo), now)) for each in offered
    )


def _moments(text: str, now: datetime) -> list[datetime] | None:
    """The moments a text names, local and naive, each once and in its order; None when one has no day or is none."""
    day: date | None = None
    found: dict[datetime, None] = {}
    for hit in _WORDS.finditer(text):
        try:
            if hit["near"]:
                day = now.date() + timedelta(days=_NEAR[hit["near"].lower()])
            elif hit["day"]:
                day = _coming(int(hit["day"]), hit["month"].lower(), now.date())
            elif hit["unclear"]:
                day = None
            elif day is None:
                return None
            else:
                clock = time(int(hit["hour"] or hit["h"]), int(hit["minute"] or hit["m"] or 0))
                found[datetime.combine(day, clock)] = None
        except ValueError:
            return None
    return list(found)


def _coming(day: int, month: str, today: date) -> date:
    """The next such day. ValueError for one that does not exist."""
    number = MONTHS.index(month) + 1
    this = date(today.year, number, day)
    return this if this >= today else date(today.year + 1, number, day)
