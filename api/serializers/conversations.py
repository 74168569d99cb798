"""Conversations as programs see them: who, when, and what was said; no tools, nothing of how the assistant works."""

from rest_framework import serializers

from api.fields import Key, Moment
from receptionist.models import Channel, ConversationStatus, MessageKind, MessageRole

ROLES = [MessageRole.CUSTOMER.value, MessageRole.ASSISTANT.value, MessageRole.STAFF.value]


class ConversationOut(serializers.Serializer):
    """A conversation as shown."""

    id = Key()
    channel = serializers.ChoiceField(choices=Channel.values)
    status = serializers.ChoiceField(choices=ConversationStatus.values)
    customer_id = Key(allow_null=True)
    phone_number = serializers.CharField()
    caller_verified = serializers.BooleanField()
    language = serializers.CharField()
    summary = serializers.CharField()
    started_at = Moment()
    ended_at = Moment(allow_null=True)
    active_at = Moment()
    disclosed_at = Moment(allow_null=True)


class ConversationPage(serializers.Serializer):
    """Some conversations."""

    results = ConversationOut(many=True)
    next = serializers.URLField(allow_null=True)


class MessageOut(serializers.Serializer):
    """One thing that was said or written."""

    id = Key()
    role = serializers.ChoiceField(choices=ROLES)
    kind = serializers.ChoiceField(choices=MessageKind.values)
    text = serializers.CharField()
    sent_at = Moment()


class MessagePage(serializers.Serializer):
    """Some messages."""

    results = MessageOut(many=True)
    next = serializers.URLField(allow_null=True)
