"""Appointments as iCalendar (RFC 5545), for a download and for feeds. Pure: no query.

Times are UTC, which every calendar shows in its own zone, so that nothing depends on how it knows the clock changes. Texts
are made harmless here (control characters), escaped and folded by the icalendar package. The same rows always give
the same bytes: nothing says when they were written.
"""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from icalendar import Alarm, Calendar, Event, vDuration, vText

from scheduling.models import Appointment
from scheduling.models.appointments import Status

PRODUCT: Final = "-//AROS-Voice//appointments//IT"
CONTENT_TYPE: Final = "text/calendar; charset=utf-8"
REFRESH: Final = timedelta(hours=1)
"""How often a calendar that follows a feed is asked to look."""
DAY_BEFORE: Final = timedelta(days=-1)
STATUSES: Final = {Status.PENDING: "TENTATIVE", Status.CANCELLED: "CANCELLED", Status.NO_SHOW: "CANCELLED"}
MOST: Final = 2000


@dataclass(frozen=True, slots=True)
class Entry:
    """One appointment as a calendar shows it. `begins` and `ends` are aware; `version` grows with every change."""

    uid: str
    begins: datetime
    ends: datetime
    version: int
    created: datetime
    changed: datetime
    status: str
    summary: str
    location: str = ""
    description: str = ""
    url: str = ""
    alarm: str = ""
    """What the reminder of the day before says; empty for none."""


def entry(
    row: Appointment,
    *,
    summary: str,
    shop_id: UUID,
    location: str = "",
    description: str = "",
    url: str = "",
    alarm: str = "",
    begins: datetime | None = None,
    ends: datetime | None = None,
) -> Entry:
    """An appointment's entry, from its start to its end unless told otherwise."""
    version = int((row.updated_at - row.created_at).total_seconds())
    status = STATUSES.get(Status(row.status), "CONFIRMED")
    return Entry(
        uid=f"{row.pk}@{shop_id}",
        begins=begins or row.scheduled_at,
        ends=ends or row.ends_at,
        version=max(version, 0),
        created=row.created_at,
        changed=row.updated_at,
        status=status,
        summary=summary,
        location=location,
        description=description,
        url=url,
        alarm="" if status == "CANCELLED" else alarm,
    )


def write(entries: Iterable[Entry], *, name: str = "", feed: bool = False) -> bytes:
    """The calendar, with CRLF. `feed`: one that is asked for again and again; `name` is what it is called."""
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("calscale", "GREGORIAN")
    calendar.add("method", "PUBLISH")
    if name:
        calendar.add("name", _line(name))
        calendar.add("x-wr-calname", _line(name))
    if feed:
        every = vDuration(REFRESH)
        calendar.add("refresh-interval", every, parameters={"VALUE": "DURATION"})
        calendar.add("x-published-ttl", "PT1H")  # as text, for Outlook
    for each in entries:
        calendar.add_component(_event(each))
    return bytes(calendar.to_ical())


def _event(entry: Entry) -> Event:
    event = Event()
    event.add("uid", entry.uid)
    event.add("dtstamp", _utc(entry.changed))
    event.add("created", _utc(entry.created))
    event.add("last-modified", _utc(entry.changed))
    event.add("sequence", entry.version)
    event.add("dtstart", _utc(entry.begins))
    event.add("dtend", _utc(entry.ends))
    event.add("status", entry.status)
    event.add("summary", _line(entry.summary))
    if entry.location:
        event.add("location", _line(entry.location))
    if entry.description:
        event.add("description", _text(entry.description))
    if entry.url:
        event.add("url", entry.url)
    if entry.alarm:
        event.add_component(_alarm(entry.alarm))
    return event


def _alarm(text: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", DAY_BEFORE)
    alarm.add("description", _line(text))
    return alarm


def _utc(moment: datetime) -> datetime:
    return moment.astimezone(UTC).replace(microsecond=0)


def _line(text: str) -> vText:
    """One line without control characters."""
    return vText(" ".join(_text(text).split()))


def _text(text: str) -> vText:
    """Lines without control characters; surrogates and what nobody sees are left out."""
    lines = text[:MOST].splitlines()
    kept = (
        "".join(char for char in line if unicodedata.category(char) not in ("Cc", "Cf", "Cs"))
        for line in lines
    )
    return vText("\n".join(kept))
