"""The tables of a workshop, each shop's in its own schema. Times are aware and stored in UTC."""

from scheduling.models.appointments import Appointment, WaitingList
from scheduling.models.customers import ChannelIdentity, Consent, ConsentChannel, Customer, Vehicle
from scheduling.models.feeds import CalendarFeed
from scheduling.models.workshop import Bay, Closure, OpeningHours, Service

__all__ = [
    "Appointment",
    "Bay",
    "CalendarFeed",
    "ChannelIdentity",
    "Closure",
    "Consent",
    "ConsentChannel",
    "Customer",
    "OpeningHours",
    "Service",
    "Vehicle",
    "WaitingList",
]
