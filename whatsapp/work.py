"""What a webhook leaves for the workers: gathered while it is stored, queued once at its end."""

from dataclasses import dataclass, field
from uuid import UUID

from receptionist.tasks import answer, answer_many
from whatsapp.media_tasks import fetch_media

# So many chats of one shop are queued by a worker: a message to the broker takes as long as one to the database.
MANY = 10


@dataclass
class Work:
    """Chats to answer and files to fetch, each once, in the order in which they came."""

    chats: dict[UUID, None] = field(default_factory=dict)
    files: dict[UUID, None] = field(default_factory=dict)

    def queue(self) -> None:
        """Queue all of it on commit. What a broker that is away does not take, the sweep finds."""
        for media_id in self.files:
            fetch_media.queue(media_id=str(media_id))
        if len(self.chats) > MANY:
            answer_many.queue(conversation_ids=[str(each) for each in self.chats])
            return
        for conversation_id in self.chats:
            answer.queue(conversation_id=str(conversation_id))
