"""What a webhook leaves for the workers: gathered while it is stored, queued once at its end."""

from dataclasses import dataclass, field
from uuid import UUID

from receptionist.tasks import answer
from whatsapp.media_tasks import fetch_media


@dataclass
class Work:
    """Chats to answer and files to fetch, each once, in the order in which they came."""

    chats: dict[UUID, None] = field(default_factory=dict)
    files: dict[UUID, None] = field(default_factory=dict)

    def queue(self) -> None:
        """Queue all of it on commit. What a broker that is away does not take, the sweep finds."""
        for media_id in self.files:
            fetch_media.queue(media_id=str(media_id))
        for conversation_id in self.chats:
            answer.queue(conversation_id=str(conversation_id))
