"""Taps that are done, not talked about: buttons of our own messages mean one thing, and no model is asked what."""

from collections.abc import Sequence

from receptionist import tapped
from receptionist.guided import taps as guided_taps
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


def written(conversation: Conversation, pending: Sequence[ConversationMessage]) -> None:
    """A plain yes or no, or a thumb, to a reminder or an offer is the tap on its button: it is read as that.

    Only where the message is nothing else. Side effects: the message's kind on the object alone, its payload.
    """
    if len(pending) != 1 or not isinstance(pending[0].payload, dict):
        return
    message = pending[0]
    payload = tapped.meant(conversation, message)
    if payload:
        message.kind = MessageKind.INTERACTIVE
        message.payload = {"id": payload, "title": message.text}
