"""The ways out. Which class sends on a channel stands in settings (OUTBOUND_CHANNELS): this room imports none."""

from functools import lru_cache
from typing import Protocol, cast
from uuid import UUID

from django.conf import settings
from django.utils.module_loading import import_string

from receptionist.content import KnownTemplate
from receptionist.models import OutboundMessage


class ChannelPort(Protocol):
    """What a channel can do. No method waits for the outside: what is to be sent is queued as a task on commit."""

    def queue(self, message: OutboundMessage) -> None:
        """Have a stored message sent."""

    def show_typing(self, *, conversation_id: UUID, wire_id: str) -> None:
        """Show that the person's message `wire_id` was read and an answer is being written. May do nothing."""

    def templates(self, *, line: str) -> list[KnownTemplate]:
        """The templates that may go out from this line of the shop now; none on a channel that has no templates."""


@lru_cache(maxsize=8)
def _made(path: str) -> ChannelPort:
    return cast(ChannelPort, import_string(path)())


def get(name: str) -> ChannelPort:
    """The channel of this name. Raises KeyError for one that OUTBOUND_CHANNELS does not know."""
    return _made(settings.OUTBOUND_CHANNELS[name])
