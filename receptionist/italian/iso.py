"""Moments in the form that machines write: "2026-11-26T09:30"."""

import re
from datetime import UTC, date, datetime, tzinfo

_ISO = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d")


def iso_moment(text: str, zone: tzinfo) -> datetime | None:
    """The naive local moment of an ISO text that has a time.

    A trailing Z is taken for local time too, since models add it to what they were asked to write in local
    time; a real offset is obeyed.
    """
    if len(text) < 12 or not _ISO.match(text):
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None and moment.utcoffset():
            moment = moment.astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return moment.replace(tzinfo=None, second=0, microsecond=0)


def real(naive: datetime, zone: tzinfo) -> datetime | None:
    """`naive` in `zone`; None when the clocks jump over it or it is out of the calendar."""
    try:
        aware = naive.replace(tzinfo=zone)
        back = aware.astimezone(UTC).astimezone(zone)
    except (ValueError, OverflowError):
        return None
    return aware if back.replace(tzinfo=None) == naive else None


def iso_day(text: str) -> date | None:
    """A text that is an ISO date and nothing else: "20261126"."""
    if not re.fullmatch(r"\d{8}", text) or not text.startswith(("19", "20")):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None
