"""The ways out. Which class sends on a channel stands in settings (OUTBOUND_CHANNELS): this room imports none."""

from functools import lru_cache
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from receptionist.models import OutboundMessage


class ChannelPort(Protocol):
    """What a channel can do. Each method only queues a task on commit: none waits for the outside."""

    def queue(self, message: OutboundMessage) -> None:
        """Have a stored message sent."""

    def show_typing(self, *, conversation_id: UUID, wire_id: str) -> None:
        """Show that the person's message `wire_id` was read and an answer is being written. May do nothing."""


@lru_cache(maxsize=8)
def _made(path: str) -> ChannelPort:
    return cast(ChannelPort, import_string(path)())


def get(name: str) -> ChannelPort:
    """The channel of this name. Raises KeyError for one that OUTBOUND_CHANNELS does not know."""
    return _made(settings.OUTBOUND_CHANNELS[name])
