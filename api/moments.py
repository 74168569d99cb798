"""Moments and days as programs write them (RFC 3339): nothing is guessed, least of all the time zone."""

import re
from datetime import UTC, date, datetime
from typing import Any

MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,6})?([Zz]|[+-]\d\d:\d\d)\Z", re.ASCII)
DAY = re.compile(r"\d{4}-\d\d-\d\d\Z", re.ASCII)
FIRST, LAST = datetime(1900, 1, 2, tzinfo=UTC), datetime(2199, 12, 30, tzinfo=UTC)


def parse(text: Any) -> datetime:
    """A moment with its offset, in UTC. Raises ValueError for anything else, and for years that no workshop sees."""
    if not isinstance(text, str) or not MOMENT.match(text):
        raise ValueError("not a moment with its offset")
    try:
        moment = datetime.fromisoformat(text.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of time") from error
    if not FIRST <= moment <= LAST:
        raise ValueError("out of time")
    return moment


def parse_day(text: Any) -> date:
    """A day. Raises ValueError as `parse` does."""
    if not isinstance(text, str) or not DAY.match(text):
        raise ValueError("not a day")
    day = date.fromisoformat(text)
    if not FIRST.date() <= day <= LAST.date():
        raise ValueError("out of time")
    return day
