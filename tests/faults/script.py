"""What the model says, and where in the shops' calendars people want to come.

Every wish names an hour that nobody else asks for: whatever is booked twice, or not at all, shows.
"""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

# Words of customers that must not be in any log.
MARK = "zabaione"
ROME = ZoneInfo("Europe/Rome")
FIRST_NAME, LAST_NAME = "Gelsomina", "Quattropani"

SCENES: list[dict[str, Any]] = [
    {
        "when": r"prenotare una revisione per (?P<start>(?P<day>\d{4}-\d\d-\d\d)T\d\d:\d\d), "
        r"targa (?P<plate>\w+), codice (?P<code>\w+)",
        "take": {"said": r"^(.{1,300})"},  # of the newest message: what the tool answered
        "rounds": [
            {
                "tool_calls": [
                    {
                        "name": "check_availability",
                        "arguments": {"service": "revisione", "date_from": "{day}", "date_to": "{day}"},
                    }
                ]
            },
            {
                "tool_calls": [
                    {
                        "name": "book_appointment",
                        "arguments": {
                            "service": "revisione",
                            "start": "{start}",
                            "license_plate": "{plate}",
                            "first_name": FIRST_NAME,
                            "last_name": LAST_NAME,
                        },
                    }
                ]
            },
            {"content": "{code}: {said}"},
        ],
    },
    {"when": r"codice (?P<code>\w+)", "rounds": [{"content": "{code}: va bene."}]},
    {"when": r"^grazie", "rounds": [{"content": "A presto."}]},
    {"when": r"passo passo", "rounds": [{"status": 500}]},
    {"when": "", "rounds": [{"status": 400}]},
]


def wish(said: str, plate: str, code: str) -> str:
    """A customer who asks for an inspection at this hour (local, ISO)."""
    return f"Vorrei prenotare una revisione per {said}, targa {plate}, codice {code}. {MARK}"


def one_more(code: str) -> str:
    """A customer who had said goodbye."""
    return f"Ah, e il libretto? Codice {code}. {MARK}"


def greeting(code: str) -> str:
    """The first words of a chat."""
    return f"Buongiorno, {MARK}, codice {code}."


GOODBYE = "Grazie mille, a presto"
BY_STEPS = f"Passo passo, per favore. {MARK}"


def hours(today: date | None = None) -> Iterator[datetime]:
    """Half hours on working days from the day after tomorrow, while a new shop is open; local, without a zone."""
    day = today or datetime.now(ROME).date()
    closed = holidays.country_holidays("IT", years=(day.year, day.year + 1))
    for ahead in range(2, 58):
        at = day + timedelta(days=ahead)
        if at.weekday() > 4 or at in closed:
            continue
        for hour in (8, 9, 10, 11, 14, 15, 16, 17):
            for minute in (0, 30):
                yield datetime.combine(at, time(hour, minute))
