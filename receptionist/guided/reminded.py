"""Answers to the buttons of a reminder: the customer will come, or taps on what is over."""

from django.utils.formats import date_format

from receptionist import tapped
from receptionist.content import Content, Option
from receptionist.guided import ending
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn
from scheduling import booking
from scheduling.errors import SchedulingError
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from shops import history

AHEAD = (Status.PENDING, Status.CONFIRMED)


def expected(turn: Turn, row: Appointment) -> Says:
    """The customer says that they will come: noted, and thanked for with what is true now.

    Of one that was moved after the message it is asked anew. Side effects: booking.acknowledge.
    """
    if (said := over(turn, row)) is not None:
        return said
    what, when = ending.what(turn, row), ending.when(turn, row)
    if _told_otherwise(turn, row):
        turn.state.begin("")
        options = (
            Option(f"expect:{row.code}", turn.say("expected_yes")),
            Option(f"move:{row.code}", turn.say("move")),
            Option(f"cancel:{row.code}", turn.say("cancel")),
        )
        return Says(turn.say("expected_moved", what=what, when=when), options)
    return noted(turn, row)


def noted(turn: Turn, row: Appointment) -> Says:
    """Write down that the customer comes, as the appointment is now."""
    if (said := over(turn, row)) is not None:
        return said
    conversation = turn.conversation
    try:
        with history.acting(name=conversation.channel, conversation_id=conversation.pk):
            booking.acknowledge(appointment=row, now=turn.now)
    except SchedulingError:  # cancelled at this very moment
        row.refresh_from_db()
        return over(turn, row) or Says(turn.say("tap_unknown"))
    turn.state.begin("")
    turn.state.asked = "else"
    key = "expected_pending" if row.status == Status.PENDING else "expected"
    return Says(turn.say(key, what=ending.what(turn, row), when=ending.when(turn, row)), did=True)


def over(turn: Turn, row: Appointment) -> Says | None:
    """What to say of an appointment that cannot be confirmed, moved or cancelled any more; None when it can."""
    what, when = ending.what(turn, row), ending.when(turn, row)
    if row.status == Status.CANCELLED:
        key = "was_cancelled"
    elif row.status == Status.NO_SHOW or (row.status in AHEAD and row.ends_at <= turn.now):
        key = "was_past"
    elif row.status in AHEAD:
        return None
    else:
        turn.state.begin("")
        turn.state.asked, turn.state.about = "callback", f"Vuole cambiare l'appuntamento {row.code}"
        return Says(turn.say("too_late"), (Option("call:yes", turn.say("call_yes")),))
    turn.state.begin("")
    offered = (Option("m:book", turn.say("m_book")), Option("m:person", turn.say("m_person")))
    return Says(turn.say(key, what=what, when=when), offered)


def _told_otherwise(turn: Turn, row: Appointment) -> bool:
    """Whether the last message about it named another day or time than it has now."""
    last = tapped.sent(turn.conversation, row.code).first()
    template = Content.from_json(last.content).template if last else None
    if template is None or len(template.parameters) < 3:
        return False
    at = row.scheduled_at.astimezone(turn.now.tzinfo)
    day, clock = template.parameters[1:3]
    return day != date_format(at, "l j F").lower() or not clock.startswith(f"{at:%H:%M}")
