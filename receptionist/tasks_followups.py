"""The beat of what the shop says of its own accord."""

from receptionist.followups import rounds
from receptionist.tasks import _in_every_shop
from shops.tasks import platform_task


@platform_task("receptionist.follow_up")
def follow_up() -> None:
    """Beat: in every shop, decide about the reminders and due dates whose time has come.

    One task for all, one at a time; a statement for a shop that has nothing due.
    """
    _in_every_shop("followups", rounds.run)
