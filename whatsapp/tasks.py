"""What WhatsApp leaves to the workers."""

from shops.tasks import shop_task


@shop_task("whatsapp.send")
def send(*, message_id: str) -> None:
    """Send one stored message."""


@shop_task("whatsapp.show_typing", max_retries=0)
def show_typing(*, conversation_id: str, wire_id: str) -> None:
    """Tell Meta that a message was read and an answer is being written."""
