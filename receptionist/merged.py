"""Two customers turned out to be one: their conversations follow."""

from typing import Any

from receptionist.models import Conversation
from scheduling.models import Customer


def on_merged(sender: object, *, keep: Customer, other: Customer, **_kwargs: Any) -> None:
    """Give the kept customer the other's conversations, in the transaction of the merging. One statement.

    Two chats of theirs that are open on one channel both go on: each is answered at the number it is written from.
    Messages that wait to be sent name that number too, and stay as they are.
    """
    Conversation.objects.filter(customer_id=other.pk).update(customer_id=keep.pk)
