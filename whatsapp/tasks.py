"""What WhatsApp leaves to the workers."""

from shops.tasks import shop_task
from whatsapp import failures, presence, sending


@shop_task("whatsapp.send")
def send(*, message_id: str) -> None:
    """Send one stored message."""
    sending.send(message_id=message_id)


@shop_task("whatsapp.show_typing", max_retries=0)
def show_typing(*, conversation_id: str, wire_id: str) -> None:
    """Tell Meta that a message was read and an answer is being written."""
    presence.show_typing(conversation_id=conversation_id, wire_id=wire_id)


@shop_task("whatsapp.resume")
def resume() -> None:
    """A number sends again: everything that waited for it is due."""
    failures.resume()
