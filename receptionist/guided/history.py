"""Coming into a conversation that somebody else led so far: what was wished for is read from it."""

from receptionist.guided import booking, understanding
from receptionist.guided.said import Said
from receptionist.guided.says import Says
from receptionist.guided.turn import Turn
from receptionist.guided.understanding import Heard
from receptionist.models import ConversationMessage, MessageRole, ToolCall

MOST_MESSAGES = 8


def resume(turn: Turn, said: Said, heard: Heard) -> Says | None:
    """Go on with a booking that the messages before show; None when they show none.

    Only what is asked for the first time is asked; nothing is booked before the customer confirms it here.
    """
    customers, ours = _before(turn)
    if not customers and not ours:
        return None
    earlier = understanding.hear(turn, " . ".join(customers))
    offered = understanding.hear(turn, ours)
    service = heard.service or earlier.service or offered.service
    if service is None:
        return None
    turn.state.begin("book")
    turn.wish.service = str(service.pk)
    for each in (earlier, offered) if said.yes is True and offered.when.at else (earlier,):
        if each.when.at or (each.when and not heard.when):
            turn.wish.when = each.text if not each.when.at else each.when.at.replace(tzinfo=None).isoformat()
    if len(earlier.cars) == 1:
        turn.wish.plate = earlier.cars[0].license_plate
    elif earlier.plate:
        turn.wish.plate = earlier.plate
    if heard.when:
        turn.wish.when = ""
    return booking.go_on(turn, heard)


def _before(turn: Turn) -> tuple[list[str], str]:
    """What the customer wrote since something was last booked or a person had the chat, and our last words.

    What was handed over is the person's to settle: given back, the chat begins afresh. Two queries.
    """
    conversation = turn.conversation
    done = ToolCall.objects.filter(conversation=conversation, ok=True, name="book_appointment")
    booked = done.order_by("-created_at").values_list("created_at", flat=True).first()
    rows = ConversationMessage.objects.filter(conversation=conversation).order_by("-received_at")
    for since in (booked, conversation.handed_over_at):
        if since:
            rows = rows.filter(received_at__gt=since)
    last = list(rows.values_list("role", "text", "answered_at")[:MOST_MESSAGES])
    customers = [
        text for role, text, answered in reversed(last) if role == MessageRole.CUSTOMER and text and answered
    ]
    ours = next((text for role, text, _answered in last if role == MessageRole.ASSISTANT), "")
    return customers, ours
