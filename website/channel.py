"""The web chat as a way out: the visitor's page asks for what is new, so that nothing has to be sent."""

from uuid import UUID

from django.utils import timezone

from receptionist.content import KnownTemplate
from receptionist.models import OutboundMessage, OutboundStatus


class Web:
    """Messages are rows that the page fetches."""

    def queue(self, message: OutboundMessage) -> None:
        """Note the stored message as delivered, in the transaction it was stored in. One statement."""
        now = timezone.now()
        due = OutboundMessage.objects.filter(pk=message.pk, status=OutboundStatus.QUEUED)
        if due.update(status=OutboundStatus.DELIVERED, sent_at=now, delivered_at=now):
            message.status, message.sent_at, message.delivered_at = OutboundStatus.DELIVERED, now, now

    def show_typing(self, *, conversation_id: UUID, wire_id: str) -> None:
        """Nothing: the page sees by the rows that an answer is being written."""

    def templates(self, *, line: str) -> list[KnownTemplate]:
        """None: one may write as long as the chat is there."""
        return []
