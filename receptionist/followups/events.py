"""What happens in the workshop, and which follow-up it brings about."""

from receptionist import tasks_offers  # noqa: F401 - registers them
from receptionist.followups import offers
from scheduling.signals import appointment_moved, appointment_settled


def connect() -> None:
    """Listen to the workshop; called once, when the apps are ready."""
    appointment_moved.connect(offers.on_moved, dispatch_uid="receptionist.offers.moved")
    appointment_settled.connect(offers.on_settled, dispatch_uid="receptionist.offers.settled")
