"""What the model calls with the caller's answer to the question about promotional messages (receptionist.optin_spoken)."""

from typing import Any

from receptionist import optin_spoken, storable
from receptionist.models import Conversation

NAME = "note_promotion"
MAX_ANSWER = 400
SCHEMA: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": NAME,
        "description": (
            "Annota la risposta del cliente alla domanda se scrivergli su WhatsApp per scadenze e proposte. Da usare una "
            "volta sola, dopo aver prenotato e dopo averglielo chiesto con le parole delle istruzioni."
        ),
        "parameters": {
            "type": "object",
            "properties": {
                "answer": {"type": "string", "description": "La risposta del cliente: «sì» o «no»."}
            },
            "required": ["answer"],
        },
    },
}


def run(conversation: Conversation, arguments: Any) -> str:
    """Keep the answer. Whatever the arguments hold, it is a sentence for the assistant. Safe to repeat."""
    answer = arguments.get("answer") if isinstance(arguments, dict) else ""
    if isinstance(answer, bool):
        answer = "sì" if answer else "no"
    said = storable.text(answer[:MAX_ANSWER]) if isinstance(answer, str) else ""
    return optin_spoken.note_answer(conversation=conversation, said=said)
