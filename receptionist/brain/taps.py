"""Taps that are done, not talked about: buttons of our own messages mean one thing, and no model is asked what."""

from collections.abc import Sequence

from receptionist.followups import offers
from receptionist.guided import taps as guided_taps
from receptionist.italian import read_yes_no
from receptionist.models import Conversation, ConversationMessage, MessageKind

TAPPED = (MessageKind.BUTTON, MessageKind.INTERACTIVE)
# The buttons of confirmations, reminders and offers, and those of the questions that follow them.
ALWAYS = frozenset({"confirm", "expect", "move", "cancel", "drop", "keep", "mv", "offer_yes", "offer_no"})


def are_ours(conversation: Conversation, pending: Sequence[ConversationMessage]) -> bool:
    """Whether among these messages is a tap that the guided mode does by itself. No query.

    Besides the buttons above these are the rows of a list that the guided mode itself has shown.
    """
    for message in pending:
        if message.kind not in TAPPED:
            continue
        payload = message.payload if isinstance(message.payload, dict) else {}
        verb, colon, _rest = str(payload.get("id") or "").partition(":")
        if colon and (verb in ALWAYS or (conversation.guided and guided_taps.knows(verb))):
            return True
    return False


def written_yes(conversation: Conversation, pending: Sequence[ConversationMessage]) -> None:
    """A plain yes or no that is written to an offered place is the tap on its button: it is read as that.

    Only where the offer is open and the message is nothing else. One query when a message is a yes or a no. Side
    effect: the message's kind and payload, on the object alone.
    """
    if len(pending) != 1 or pending[0].kind != MessageKind.TEXT or len(pending[0].text) > 40:
        return
    yes = read_yes_no(pending[0].text)
    state = conversation.guided if isinstance(conversation.guided, dict) else {}
    if yes is None or state.get("asked"):
        return
    offer = offers.last_open(conversation)
    if offer is not None:
        message = pending[0]
        message.kind = MessageKind.INTERACTIVE
        message.payload = {"id": f"{'offer_yes' if yes else 'offer_no'}:{offer.pk}", "title": message.text}
