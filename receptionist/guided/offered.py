"""Answers to a freed place that was offered: yes, no, or too late."""

from django.utils import timezone

from receptionist.content import Option
from receptionist.followups import offers
from receptionist.followups.offering import when_text
from receptionist.followups.offers import Answered, Outcome
from receptionist.guided import ending, moving, slots
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn
from scheduling.models import Appointment

_DONE = {Outcome.TAKEN: "offer_taken", Outcome.PENDING: "offer_taken_pending"}


def answer(turn: Turn, offer_id: str, *, yes: bool) -> Says:
    """Take the place, or leave it to others. Said again it is told again. Side effects: those of the verbs."""
    verb = offers.accept if yes else offers.decline
    answered = verb(offer_id=offer_id, conversation=turn.conversation, now=timezone.now())
    row = _row(answered)
    if answered.outcome in _DONE and row is not None:
        turn.state.begin("")
        turn.state.last, turn.state.asked = row.code, "else"
        text = turn.say(_DONE[answered.outcome], what=_what(turn, row), when=ending.when(turn, row))
        return Says(text, did=True)
    if answered.outcome == Outcome.DECLINED:
        turn.state.begin("")
        turn.state.asked = "else"
        return Says(turn.say("offer_declined"), did=True)
    if answered.offer is None:
        return moving.begin(turn, "").after(turn.say("tap_unknown"))
    return _instead(turn, answered)


def _row(answered: Answered) -> Appointment | None:
    if answered.appointment is None:
        return None
    rows = Appointment.objects.select_related("service", "vehicle", "customer")
    return rows.filter(pk=answered.appointment.pk).first()


def _what(turn: Turn, row: Appointment) -> str:
    said = ending.what(turn, row)
    return said[:1].upper() + said[1:]


def _instead(turn: Turn, answered: Answered) -> Says:
    """The place is gone: said plainly, and what is free meanwhile."""
    offer = answered.offer
    assert offer is not None  # noqa: S101 - asked by the caller
    key = "offer_late" if answered.outcome == Outcome.LATE else "offer_gone"
    text = turn.say(key, until=when_text(offer.held_until, offer.held_until))
    turn.state.begin("book")
    turn.wish.service = str(offer.waiting.service_id)
    if offer.waiting.vehicle is not None:
        turn.wish.plate = offer.waiting.vehicle.license_plate
    if turn.service is None:  # no longer offered
        turn.state.begin("")
        offered = (Option("m:book", turn.say("m_book")), Option("m:person", turn.say("m_person")))
        return Says(text, offered, did=True)
    said = slots.show(turn, f"{text} {turn.say('offer_instead')}")
    return Says(said.text, said.options, said.button, did=True)
