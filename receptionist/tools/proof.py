"""The plate as proof: what was booked another way is changed only for who can name the car.

A telephone number may have been passed on, lent or put in by mistake; what was booked in the same channel was booked by
whoever holds it now. In a chat the person's own words must hold the plate: what the assistant knows proves nothing.
A tap on a message of ours that told of the appointment proves as much (receptionist.tapped).
"""

from receptionist import handover, held, tapped
from receptionist.despelling import plain
from receptionist.models import Channel, Conversation, HandoverKind, MessageKind, MessageRole, ToolCall
from receptionist.tools.base import ToolContext
from receptionist.tools.booking import SOURCES
from receptionist.tools.parsing import MAX_PLATE_SAID, Ask
from scheduling.models import Appointment
from scheduling.models.appointments import Status
from scheduling.plates import normalise_plate

# Said when no plate was named and when a wrong one was.
ASK_PLATE = (
    "Questo appuntamento non è stato preso da qui: per cambiarlo serve la targa dell'auto. Chiedere la targa al "
    "cliente e passarla in license_plate."
)
TO_A_PERSON = "La targa non corrisponde, quindi da qui non si può cambiare. {next}"
REASON = "Vuole cambiare un appuntamento, ma la targa che dà non corrisponde"
MOST_WRONG = 3
CHANGEABLE = (Status.PENDING, Status.CONFIRMED)
TAPPED = (MessageKind.BUTTON, MessageKind.INTERACTIVE)
TOOLS = ("reschedule_appointment", "cancel_appointment")


def demand(context: ToolContext, row: Appointment, said: str) -> None:
    """Return when this conversation may change the appointment; otherwise raise Ask with what to say.

    Nothing is asked for what was booked here, has no car, cannot be changed anyway, or is only held for them.
    One to three queries else.
    Side effects: with the third wrong plate a Handover; from then on a right one opens nothing.
    """
    conversation = context.conversation
    if row.vehicle is None or row.status not in CHANGEABLE:
        return
    if (
        row.source == SOURCES[Channel(conversation.channel)]
        or held.until(row)
        or tapped.proves(conversation, row.code)
    ):
        return
    plate = normalise_plate(said[:MAX_PLATE_SAID])
    if plate and conversation.channel != Channel.VOICE and not _written(conversation, plate):
        plate = ""
    wrong = _wrong_before(context)
    if wrong < MOST_WRONG:
        if plate == row.vehicle.license_plate:
            return
        if not plate or wrong + 1 < MOST_WRONG:
            raise Ask(ASK_PLATE)
    raise Ask(TO_A_PERSON.format(next=_hand_over(context)))


def _written(conversation: Conversation, plate: str) -> bool:
    """Whether the person named the plate in this chat, written or spelled. What was tapped are words of ours."""
    theirs = conversation.messages.filter(role=MessageRole.CUSTOMER).exclude(kind__in=TAPPED)
    return any(plate in plain(text) for text in theirs.values_list("text", flat=True))


def _wrong_before(context: ToolContext) -> int:
    """How many wrong plates were tried in this conversation. The call that is running has no answer yet."""
    tried = ToolCall.objects.filter(conversation=context.conversation, name__in=TOOLS, ok=False)
    asked = tried.filter(result__startswith=ASK_PLATE).values_list("arguments", flat=True)
    wrong = sum(1 for each in asked if isinstance(each, dict) and _named(context.conversation, each))
    refused = tried.filter(result__startswith=TO_A_PERSON.partition("{")[0].strip()).exists()
    return MOST_WRONG if refused else wrong


def _named(conversation: Conversation, arguments: dict[str, object]) -> bool:
    """Whether the call had a plate that the person had named."""
    plate = normalise_plate(str(arguments.get("license_plate") or "")[:MAX_PLATE_SAID])
    return bool(plate) and (conversation.channel == Channel.VOICE or _written(conversation, plate))


def _hand_over(context: ToolContext) -> str:
    row = handover.ask(conversation=context.conversation, reason=REASON, now=context.now)
    if row.kind == HandoverKind.TRANSFER:
        return handover.TRANSFERRING
    return handover.say_next(row, context.now)
