"""What the shop wrote from its own phone comes again: days later, and about a chat that is over."""

import pytest
from django.utils import timezone

from receptionist.models import Conversation, ConversationMessage
from shops.context import in_shop
from shops.models import Shop
from tests.whatsapp.conftest import Post
from tests.whatsapp.payloads import load

ECHO = "smb_message_echoes__text"

pytestmark = pytest.mark.usefixtures("queued")


def test_an_echo_that_comes_again_when_the_chat_it_began_is_over(post: Post, rossi: Shop) -> None:
    post(ECHO)
    with in_shop(rossi):
        began = Conversation.objects.get()
        Conversation.objects.update(ended_at=timezone.now())

    post(ECHO)

    with in_shop(rossi):
        assert Conversation.objects.get().pk == began.pk
        assert ConversationMessage.objects.count() == 1


def test_an_echo_to_somebody_else_with_the_id_that_a_chat_began_with(post: Post, rossi: Shop) -> None:
    """Never so with Meta; whoever can sign may send it, and gets no 500."""
    post(ECHO)
    other = load(ECHO)
    other["entry"][0]["changes"][0]["value"]["message_echoes"][0]["to"] = "393339998877"

    post(other)

    with in_shop(rossi):
        assert Conversation.objects.count() == 1
        assert ConversationMessage.objects.count() == 1
