"""The tables of Italian phrases, and the notation in which they say what a phrase means."""

from datetime import date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from receptionist.italian import When

ROME = ZoneInfo("Europe/Rome")
NOW = datetime(2026, 11, 24, 10, 0, tzinfo=ROME)  # a Tuesday
HERE = Path(__file__).parent


def table(name: str) -> list[tuple[str, str]]:
    """The phrases of a file: text, and what it means."""
    rows = []
    for line in (HERE / name).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith("#"):
            text, _bar, meaning = line.rpartition("|")
            rows.append((text.strip(), meaning.strip()))
    return rows


def noted(when: When) -> str:
    """A reading in the notation of the tables."""
    said = [_days(when), "soon" if when.soonest else "", when.part or "", _hours(when)]
    said += ["past" if when.past else "", "?" if when.question else ""]
    return " ".join(part for part in said if part)


def _days(when: When) -> str:
    if when.day:
        return _day(when.day)
    return "..".join(_day(day) for day in when.days) if when.days else ""


def _day(day: date) -> str:
    return day.isoformat().removeprefix(f"{NOW.year}-")


def _hours(when: When) -> str:
    if when.clock is None:
        return "after" if when.after else "before" if when.before else ""
    clock = when.clock.isoformat("minutes")
    if when.until:
        return f"{clock}-{when.until.isoformat('minutes')}"
    return f">={clock}" if when.after else f"<={clock}" if when.before else clock
