"""What the model calls when the caller does not want to be recorded. It has no arguments, so nothing can be wrong."""

from typing import Any

from receptionist import recording
from receptionist.models import Conversation

NAME = "refuse_recording"
SCHEMA: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": NAME,
        "description": (
            "Il cliente non vuole che la chiamata sia registrata. La registrazione non viene conservata; la telefonata "
            "e la prenotazione vanno avanti come prima."
        ),
        "parameters": {"type": "object", "properties": {}},
    },
}


def run(conversation: Conversation, _arguments: Any = None) -> str:
    """Keep the refusal. Safe to repeat; what is to be said to the caller."""
    recording.refuse(conversation=conversation)
    return recording.REFUSED
