"""The customer's own appointments: which one, another time for it, or none."""

import re

import structlog

from receptionist import held, phoneproof, tapped
from receptionist.content import Option
from receptionist.followups import offers
from receptionist.followups.offering import when_text
from receptionist.guided import booking, cars, ending, people, reminded, slots, understanding
from receptionist.guided.says import Says
from receptionist.guided.state import Wanted, Wish
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.italian.when import When
from receptionist.models import Channel, ConversationStatus
from receptionist.tools.booking import SOURCES
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from scheduling.plates import normalise_plate

log = structlog.get_logger(__name__)
MOST_ROWS = 9
_TO = re.compile(r"\b(?:a|al|all|alle|per|invece|verso|to)\b", re.IGNORECASE)


def begin(turn: Turn, flow: str, heard: Heard | None = None) -> Says:
    """Begin to move ("move"), to cancel ("cancel") or to look at ("") the customer's appointments."""
    turn.state.begin(flow)
    rows = turn.appointments()
    if not rows:
        turn.state.flow, turn.state.asked = "", ""
        if phoneproof.is_needed(turn.conversation):
            return people.prove_first(turn)
        offered = (Option("m:book", turn.say("m_book")), Option("m:person", turn.say("m_person")))
        return Says(f"{turn.say('none')} {turn.say('none_next')}", offered)
    fitting = [row for row in rows if heard and _is_meant(turn, row, heard)]
    if len(rows) == 1 or len(fitting) == 1:
        row = fitting[0] if fitting else rows[0]
        return picked(turn, row, flow, _new_time(turn, row, heard) if heard and flow == "move" else None)
    turn.state.asked = "which"
    verb = flow or "pick"
    options = tuple(
        Option(
            f"{verb}:{row.code}",
            turn.say.row(row.scheduled_at.astimezone(turn.now.tzinfo)),
            ending.what(turn, row),
        )
        for row in rows[:MOST_ROWS]
    )
    return Says(turn.say("which_one"), options, turn.say("b_which"))


def _is_meant(turn: Turn, row: Appointment, heard: Heard) -> bool:
    if heard.service and heard.service.pk == row.service_id:
        return True
    if heard.cars and row.vehicle_id in {car.pk for car in heard.cars}:
        return True
    day = row.scheduled_at.astimezone(turn.now.tzinfo).date()
    return day in _days_said(turn, heard.text)


def _days_said(turn: Turn, text: str) -> list[object]:
    """The days of the text's pieces: "quello di giovedì a venerdì" has two."""
    pieces = [text, *_TO.split(text)]
    return [read.day for piece in pieces if (read := understanding.when(turn, piece)).day]


def _new_time(turn: Turn, row: Appointment, heard: Heard) -> When | None:
    """The time to move to, when it was said: what comes last, unless it only names the appointment's own day."""
    own = row.scheduled_at.astimezone(turn.now.tzinfo)
    pieces = [piece for piece in _TO.split(heard.text) if piece.strip()]
    for begin in range(len(pieces) - 1, -1, -1):
        read = understanding.when(
            turn, f"alle {pieces[begin]}" if pieces[begin].strip().isdigit() else pieces[begin]
        )
        if read.day and read.day != own.date():
            rest = understanding.when(turn, " alle ".join(pieces[begin:]))
            return rest if rest.day == read.day else read
    read = heard.when
    return read if read and (read.day != own.date() or read.clock) else None


def picked(turn: Turn, row: Appointment, flow: str, when: When | None = None) -> Says:
    """An appointment was chosen: can it be changed, does it need a proof, and what is to be done with it?"""
    turn.state.begin(flow)
    turn.state.wish = Wish(move=row.code, service=str(row.service_id))
    turn.state.wanted = Wanted()
    if when and when.at:
        turn.state.wish.when = when.at.replace(tzinfo=None).isoformat(timespec="minutes")
    elif when and (when.day or when.days or when.part or when.clock):
        turn.state.wanted = slots.wanted(when, row.scheduled_at.astimezone(turn.now.tzinfo).date())
    if (over := reminded.over(turn, row)) is not None:
        return over
    if flow and needs_proof(turn, row):
        turn.state.asked = "proof"
        return Says(f"{_found(turn, row)} {turn.say('ask_proof')}")
    return proven(turn, row)


def needs_proof(turn: Turn, row: Appointment) -> bool:
    """Whether the plate is asked: for what was booked on another channel, when its car is known."""
    own = SOURCES.get(Channel(turn.conversation.channel))
    if row.source == own or row.vehicle is None or turn.wish.proof:
        return False
    return not tapped.proves(turn.conversation, row.code)


def take_proof(turn: Turn, text: str) -> Says | None:
    """A plate was written as the proof; None when it is none."""
    row = turn.appointment(turn.wish.move)
    if row is None:
        return begin(turn, turn.state.flow)
    kept = turn.wish
    turn.state.wish = Wish()
    found = turn.wish.plate if cars.take_plate(turn, text) else ""
    turn.state.wish = kept
    if not found:
        return None
    if row.vehicle is None or normalise_plate(found) != row.vehicle.license_plate:
        return _wrong_proof(turn, row, found)
    turn.wish.proof = found
    return proven(turn, row)


def _wrong_proof(turn: Turn, row: Appointment, plate: str) -> Says:
    """The tool counts wrong plates, and hands over after a few: it is asked to move the appointment to where it is."""
    start = row.scheduled_at.astimezone(turn.now.tzinfo).replace(tzinfo=None).isoformat(timespec="minutes")
    used = turn.use("reschedule_appointment", appointment=row.code, start=start, license_plate=plate)
    if turn.conversation.status == ConversationStatus.TRANSFERRED:
        turn.state.begin("")
        return Says(used.text, did=True)
    return Says(turn.say("bad_proof"), failed=True)


def proven(turn: Turn, row: Appointment) -> Says:
    """Go on with the appointment that was chosen."""
    if turn.state.flow == "cancel":
        return ask_cancel(turn, row)
    if turn.state.flow == "move":
        return advance(turn, _found(turn, row))
    offer = offers.of_appointment(row.pk)
    if offer is not None:  # held for them until they answer: that is the question, not whether to move it
        turn.state.begin("")
        answers = (
            Option(f"offer_yes:{offer.pk}", turn.say("take_held")),
            Option(f"offer_no:{offer.pk}", turn.say("no_thanks")),
        )
        return Says(f"{_found(turn, row)} {turn.say('want_held')}", answers)
    turn.state.asked = "move_or_cancel"
    options = (
        Option(f"move:{row.code}", turn.say("move")),
        Option(f"cancel:{row.code}", turn.say("cancel")),
        Option(f"keep:{row.code}", turn.say("keep")),
    )
    return Says(f"{_found(turn, row)} {turn.say('move_or_cancel')}", options)


def _found(turn: Turn, row: Appointment) -> str:
    until = held.until(row)
    if until is None:
        return turn.say("found", what=ending.what(turn, row), when=ending.when(turn, row))
    by = when_text(until, turn.now)
    return turn.say("found_held", what=ending.what(turn, row), when=ending.when(turn, row), until=by)


def advance(turn: Turn, lead: str = "") -> Says:
    """Ask for the new time, or for the confirmation."""
    wish = turn.wish
    if wish.when and not wish.start:
        said, wish.when = wish.when, ""
        question = slots.choose(turn, understanding.when(turn, said))
        if question is not None:
            return question.after(lead)
    if not wish.start:
        return slots.show(turn, lead)
    return confirm(turn)


def confirm(turn: Turn) -> Says:
    """From when to when, before it is moved."""
    row = turn.appointment(turn.wish.move)
    if row is None:
        return begin(turn, "move")
    turn.state.asked = "confirm_move"
    new = turn.say.when(booking.starts(turn), turn.today)
    text = turn.say("move_to", what=ending.what(turn, row), old=ending.when(turn, row), new=new)
    return Says(text, booking.yes_change_no(turn))


def move(turn: Turn) -> Says:
    """Move what was confirmed. Only what the tool says is moved."""
    wish = turn.wish
    if not wish.start:
        return advance(turn)
    used = turn.use(
        "reschedule_appointment", appointment=wish.move, start=wish.start, license_plate=wish.proof
    )
    row = turn.about(used) if used.ok else None
    if row is None:
        return _not_moved(turn, used.text)
    key = "move_requested" if row.status == Status.PENDING else "moved"
    text = turn.say(key, what=ending.what(turn, row), when=ending.when(turn, row))
    turn.state.begin("")
    turn.state.last, turn.state.asked = row.code, "else"
    return Says(f"{text} {turn.say('await')}", did=True)


def _not_moved(turn: Turn, told: str) -> Says:
    question = slots.take(turn, booking.starts(turn))
    if question is not None:
        return question.after(turn.say("stays_valid"))
    if "targa" in told.lower():
        turn.state.asked = "proof"
        turn.wish.proof = ""
        return Says(turn.say("ask_proof"))
    return people.trouble(turn)


def ask_cancel(turn: Turn, row: Appointment) -> Says:
    """Another time is offered before anything is cancelled."""
    turn.state.asked = "cancel"
    options = (
        Option(f"move:{row.code}", turn.say("move")),
        Option(f"drop:{row.code}", turn.say("cancel")),
        Option(f"keep:{row.code}", turn.say("keep")),
    )
    what = ending.what(turn, row)
    text = turn.say("sure_cancel", what=what[:1].upper() + what[1:], when=ending.when(turn, row))
    return Says(text, options)


def cancel(turn: Turn) -> Says:
    """Cancel what was chosen."""
    before = turn.appointment(turn.wish.move)
    if before is None:
        return begin(turn, "cancel")
    used = turn.use("cancel_appointment", appointment=before.code, license_plate=turn.wish.proof)
    row = turn.about(used) if used.ok else None
    if row is None:
        if "targa" in used.text.lower() and not turn.wish.proof:
            turn.state.flow, turn.state.asked = "cancel", "proof"
            return Says(turn.say("ask_proof"))
        return people.trouble(turn)
    text = turn.say("cancelled", what=ending.what(turn, row), when=ending.when(turn, row))
    turn.state.begin("")
    turn.state.asked, turn.state.last = "else", ""
    return Says(f"{text} {turn.say('cancelled_next')}", did=True)


def keep(turn: Turn, row: Appointment) -> Says:
    """Everything stays as it is."""
    turn.state.begin("")
    turn.state.asked = "else"
    return Says(turn.say("kept", when=ending.when(turn, row)))
