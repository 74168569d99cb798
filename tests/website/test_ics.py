"""Appointments as iCalendar: what is written reads back, and no text becomes anything but text."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st
from icalendar import Calendar

from scheduling.models import Appointment
from scheduling.models.appointments import Status
from website import ics

BEGINS = datetime(2026, 3, 30, 7, 30, tzinfo=UTC)
SHOP = uuid4()
HOSTILE = [
    "BEGIN:VEVENT\r\nSUMMARY:finto\r\nEND:VEVENT",
    "fine\nEND:VCALENDAR\nBEGIN:VCALENDAR",
    "<script>alert(1)</script>",
    'virgola, punto e virgola; barra \\ due punti: "virgolette"',
    "\\nBEGIN:VALARM",
    "riga\u2028altra\u2029riga\x0b\x0c\x85x",
    "nul\x00 e campanella\x07",
    "\u202egirato",
    "metà \ud800 surrogato",
    "🚗" * 200,
    "à" * 75,
]
IDS = [f"hostile{number}" for number in range(len(HOSTILE))]


def row(**values: Any) -> Appointment:
    fields: dict[str, Any] = {
        "pk": uuid4(),
        "scheduled_at": BEGINS,
        "ends_at": BEGINS + timedelta(hours=1),
        "created_at": BEGINS - timedelta(days=9),
        "updated_at": BEGINS - timedelta(days=9),
        "status": Status.CONFIRMED,
    }
    return Appointment(**(fields | values))


def read(raw: bytes) -> tuple[Any, list[Any]]:
    calendar = Calendar.from_ical(raw)
    assert isinstance(calendar, Calendar)
    return calendar, list(calendar.events)


def only(raw: bytes) -> Any:
    _calendar, events = read(raw)
    assert len(events) == 1
    return events[0]


def test_an_appointment_reads_back() -> None:
    mine = row()
    entry = ics.entry(
        mine,
        shop_id=SHOP,
        summary="Tagliando",
        location="Via Po 1, Torino",
        description="Prima riga\nSeconda",
        url="https://rossi.example/appuntamento/x",
        alarm="Domani: tagliando",
    )
    event = only(ics.write([entry]))
    assert event["uid"] == f"{mine.pk}@{SHOP}"
    assert event.DTSTART == BEGINS
    assert BEGINS + timedelta(hours=1) == event.DTEND
    assert str(event["summary"]) == "Tagliando"
    assert str(event["location"]) == "Via Po 1, Torino"
    assert str(event["description"]) == "Prima riga\nSeconda"
    assert event["url"] == "https://rossi.example/appuntamento/x"
    (alarm,) = event.walk("VALARM")
    assert alarm["trigger"].dt == timedelta(days=-1)


def test_lines_end_in_crlf_and_are_folded_at_75_bytes() -> None:
    raw = ics.write([ics.entry(row(), shop_id=SHOP, summary="è" * 300, description="a\nb")], name="Officina")
    assert raw.endswith(b"END:VCALENDAR\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert all(len(line) <= 75 for line in raw.split(b"\r\n"))


def test_a_moved_appointment_is_the_same_event_with_a_higher_sequence() -> None:
    mine = row()
    before = only(ics.write([ics.entry(mine, shop_id=SHOP, summary="x")]))
    mine.scheduled_at += timedelta(days=1)
    mine.ends_at += timedelta(days=1)
    mine.updated_at += timedelta(hours=3)
    after = only(ics.write([ics.entry(mine, shop_id=SHOP, summary="x")]))
    assert after["uid"] == before["uid"]
    assert after["sequence"] > before["sequence"]
    assert after["last-modified"].dt > before["last-modified"].dt
    assert before.DTSTART + timedelta(days=1) == after.DTSTART


@pytest.mark.parametrize(
    ("status", "written"),
    [
        (Status.PENDING, "TENTATIVE"),
        (Status.CONFIRMED, "CONFIRMED"),
        (Status.IN_PROGRESS, "CONFIRMED"),
        (Status.COMPLETED, "CONFIRMED"),
        (Status.CANCELLED, "CANCELLED"),
        (Status.NO_SHOW, "CANCELLED"),
    ],
)
def test_the_status_is_told(status: Status, written: str) -> None:
    event = only(ics.write([ics.entry(row(status=status), shop_id=SHOP, summary="x", alarm="domani")]))
    assert event["status"] == written
    assert bool(event.walk("VALARM")) == (written != "CANCELLED")


def test_a_feed_says_how_often_to_look() -> None:
    calendar, _events = read(ics.write([], name="Officina Rossi", feed=True))
    assert calendar["refresh-interval"].dt == timedelta(hours=1)
    assert b"REFRESH-INTERVAL;VALUE=DURATION:PT1H" in ics.write([], feed=True)
    assert b"X-PUBLISHED-TTL:PT1H" in ics.write([], feed=True)
    assert str(calendar["x-wr-calname"]) == "Officina Rossi"


def test_the_same_rows_give_the_same_bytes() -> None:
    mine = row()
    assert ics.write([ics.entry(mine, shop_id=SHOP, summary="x")]) == ics.write(
        [ics.entry(mine, shop_id=SHOP, summary="x")]
    )


def _with(text: str) -> bytes:
    entry = ics.entry(
        row(),
        shop_id=SHOP,
        summary=text,
        location=text,
        description=text,
        alarm=text or "x",
        url="https://a.example/",
    )
    return ics.write([entry], name=text, feed=True)


@pytest.mark.parametrize("text", HOSTILE, ids=IDS)
def test_text_stays_text_in_every_field(text: str) -> None:
    raw = _with(text)
    calendar, events = read(raw)
    assert len(events) == 1
    assert len(calendar.subcomponents) == 1
    assert len(events[0].walk("VALARM")) == 1
    assert [line for line in raw.split(b"\r\n") if line.startswith(b"BEGIN:")] == [
        b"BEGIN:VCALENDAR",
        b"BEGIN:VEVENT",
        b"BEGIN:VALARM",
    ]
    assert b"\x00" not in raw
    visible = "".join(char for char in text if char.isalnum())
    assert "".join(char for char in str(events[0]["description"]) if char.isalnum()) == visible


@given(st.text(max_size=200))
def test_no_text_adds_a_component(text: str) -> None:
    calendar, events = read(_with(text))
    assert len(events) == len(calendar.subcomponents) == 1
    assert set(events[0]) <= {
        *("UID", "DTSTAMP", "CREATED", "LAST-MODIFIED", "SEQUENCE", "DTSTART", "DTEND", "STATUS"),
        *("SUMMARY", "LOCATION", "DESCRIPTION", "URL"),
    }
