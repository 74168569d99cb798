"""Booking in a few words."""

from datetime import datetime
from typing import Any

from scheduling import booking
from scheduling.models.appointments import Source
from tests.factories import local
from tests.scheduling.conftest import Workshop


def book(workshop: Workshop, starts_at: datetime | None = None, **values: Any) -> booking.Booking:
    """A booking for Thursday 26 November at 9:30 unless said otherwise."""
    return booking.book(
        **{
            "customer": workshop.customer,
            "vehicle": workshop.vehicle,
            "service": workshop.service,
            "starts_at": starts_at or local(2026, 11, 26, 9, 30),
            "source": Source.AI_VOICE,
            "now": workshop.now,
        }
        | values
    )


def wall(moment: datetime) -> str:
    return f"{moment.astimezone(local(2026, 1, 1).tzinfo):%m-%d %H:%M}"
