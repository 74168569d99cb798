"""E-mail as a way out."""

from uuid import UUID

from receptionist.models import OutboundMessage


class Mail:
    """Sends a stored message as an e-mail."""

    def queue(self, message: OutboundMessage) -> None:
        """Have the message sent."""
        from receptionist.tasks import send_mail

        send_mail.queue(message_id=str(message.pk))

    def show_typing(self, *, conversation_id: UUID, wire_id: str) -> None:
        """There is nothing to show."""
