"""A turn books a thing once, even when it is run again and the model then wants another time for it."""

import json

from receptionist.llm import Call
from receptionist.models import Conversation, ToolCall
from receptionist.tools import booking
from scheduling.catalogue import Catalogue
from scheduling.models import Appointment
from scheduling.models.appointments import LIVE
from scheduling.plates import normalise_plate

BEFORE = "{said} È già stato fatto: per un altro giorno o un'altra ora usare reschedule_appointment."


def booked_before(conversation: Conversation, call: Call, offered: Catalogue) -> str:
    """What to answer when this turn has booked the same work for the same car; "" when it has not.

    Two cars, or two kinds of work, are two appointments. Two queries for a booking, none for another tool.
    """
    if call.name != booking.TOOL.name or conversation.turn_id is None:
        return ""
    made = ToolCall.objects.filter(
        conversation=conversation,
        turn_id=conversation.turn_id,
        name=call.name,
        ok=True,
        appointment_id__isnull=False,
    )
    said = {row.appointment_id: row.result for row in made if row.appointment_id}
    if not said:
        return ""
    service, plate = _wish(call, offered)
    rows = Appointment.objects.select_related("vehicle").filter(pk__in=list(said), status__in=LIVE)
    for row in rows:
        own = row.vehicle.license_plate if row.vehicle else ""
        if row.service_id == service and (not plate or not own or plate == own):
            return BEFORE.format(said=said[row.pk])
    return ""


def _wish(call: Call, offered: Catalogue) -> tuple[object, str]:
    """The service that is meant and the plate; nothing for arguments that are none."""
    try:
        arguments = json.loads(call.arguments)
    except (ValueError, RecursionError):
        return None, ""
    if not isinstance(arguments, dict):
        return None, ""
    match = offered.match(str(arguments.get("service") or "")[:200])
    plate = normalise_plate(str(arguments.get("license_plate") or "")[:40])
    return (match.service.pk if match.service else None), plate
