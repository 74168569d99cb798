"""WhatsApp as a way out."""

from uuid import UUID

from receptionist.content import KnownTemplate
from receptionist.models import OutboundMessage
from whatsapp import tasks, templates


class WhatsApp:
    """Queues what the tasks send."""

    def queue(self, message: OutboundMessage) -> None:
        """Have the message sent."""
        tasks.send.queue(message_id=str(message.pk))

    def show_typing(self, *, conversation_id: UUID, wire_id: str) -> None:
        """Show that the message was read and an answer is being written."""
        tasks.show_typing.queue(conversation_id=str(conversation_id), wire_id=wire_id)

    def templates(self, *, line: str) -> list[KnownTemplate]:
        """What Meta has approved for the account of this line. Two queries."""
        return templates.approved(line)
