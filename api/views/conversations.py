"""Conversations: read only, and only what was said. Tools, prompts and costs are nobody's but ours."""

from typing import Any
from uuid import UUID

from django_filters import ChoiceFilter
from rest_framework.response import Response

from api.asked import Asked, KeyFilter, MomentFilter
from api.docs.conversations import LIST, MESSAGES, SHOW
from api.models import Scope
from api.pagination import Order
from api.serializers.conversations import ROLES, ConversationOut, MessageOut
from api.views.base import ApiView
from receptionist.models import Channel, Conversation, ConversationMessage


class AskedConversations(Asked):
    """Which conversations; `since` is about when somebody last called, wrote or answered."""

    channel = ChoiceFilter(choices=[(value, value) for value in Channel.values])
    customer = KeyFilter(field_name="customer_id")
    since = MomentFilter(field_name="active_at", lookup_expr="gte")

    class Meta:
        model = Conversation
        fields: list[str] = []


class Conversations(ApiView):
    """The list."""

    scopes = {"get": Scope.CONVERSATIONS_READ}
    operations = {"get": LIST}
    asked = AskedConversations
    pages = True

    def get(self, _request: Any) -> Response:
        """A page of conversations, the latest first."""
        order = Order("started_at", newest_first=True)
        return self.listed(ConversationOut, Conversation.objects.all(), order)


class OneConversation(ApiView):
    """One conversation."""

    scopes = {"get": Scope.CONVERSATIONS_READ}
    operations = {"get": SHOW}

    def get(self, _request: Any, pk: UUID) -> Response:
        """The conversation, without its words."""
        return self.shown(ConversationOut, self.find(Conversation.objects.all(), pk))


class Messages(ApiView):
    """What was said."""

    scopes = {"get": Scope.CONVERSATIONS_READ}
    operations = {"get": MESSAGES}
    pages = True

    def get(self, _request: Any, pk: UUID) -> Response:
        """A page of what was said, from its beginning."""
        talk = self.find(Conversation.objects.only("pk"), pk)
        rows = ConversationMessage.objects.filter(conversation=talk, role__in=ROLES)
        return self.listed(MessageOut, rows, Order("sent_at"))
