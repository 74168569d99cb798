"""Before or after noon: "alle 3" in a workshop is the afternoon, "alle 8" the morning."""

from datetime import time

from receptionist.italian.lexicon import AFTERNOON, EVENING, MORNING
from receptionist.italian.pieces import Hour

Opens = tuple[time, time]
"""When the shop opens first and closes last."""


def settle(hour: Hour, part: str | None, opens: Opens) -> time:
    """The time that was meant: as said, by the part of the day, or else by when the shop is open."""
    if hour.exact or hour.hour == 0:
        return hour.at
    if hour.half == "am" or (not hour.half and part == MORNING):
        return hour.at.replace(hour=0) if hour.hour == 12 and hour.half == "am" else hour.at
    later = hour.at if hour.hour >= 12 else hour.at.replace(hour=hour.hour + 12)
    if hour.half == "night":
        return later if 8 <= hour.hour < 12 else hour.at
    if hour.half == "pm" or part == EVENING:
        return later
    if part == AFTERNOON:
        return later if hour.hour < 9 else hour.at
    if opens[0] <= hour.at <= opens[1]:
        return hour.at
    return later if opens[0] <= later <= opens[1] else hour.at
