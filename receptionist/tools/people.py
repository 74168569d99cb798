"""request_human: a person is asked for."""

from receptionist import handover
from receptionist.models import HandoverKind
from receptionist.tools.base import Reply, Said, Tool, ToolArguments, ToolContext, argument


class RequestHuman(ToolArguments):
    """Why."""

    reason: Said = argument(
        "In una frase: che cosa vuole il cliente e perché serve una persona.", required=True
    )


def request_human(context: ToolContext, arguments: RequestHuman) -> Reply:
    """Hand the conversation over. Side effects: a Handover and notices; the conversation may become transferred."""
    row = handover.ask(conversation=context.conversation, reason=arguments.reason, now=context.now)
    if row.kind == HandoverKind.TRANSFER:
        return Reply(handover.TRANSFERRING)
    return Reply(f"Richiesta annotata. {handover.say_next(row, context.now)}")


TOOL = Tool(
    name="request_human",
    description=(
        "Chiede che risponda una persona: quando il cliente lo vuole, è arrabbiato, c'è un pericolo, si parla di soldi "
        "già pagati o di questioni legali, o dopo due tentativi non riusciti. La risposta dice se la chiamata viene "
        "passata adesso o entro quando l'officina richiama."
    ),
    arguments=RequestHuman,
    run=request_human,
)
