"""A visitor of the web chat: an id that nobody can guess, and whether they left for good."""

import uuid

from django.db import connection

from receptionist.models import Channel, Conversation

LEFT = "left"
"""Why a chat has ended that its visitor has forgotten."""


def contact_of(visitor: uuid.UUID) -> str:
    """The visitor as a conversation's contact."""
    return f"web:{visitor}"


def has_left(visitor: uuid.UUID) -> bool:
    """Whether the visitor left for good. One query."""
    chats = Conversation.objects.filter(channel=Channel.WEB, contact=contact_of(visitor))
    return chats.filter(ended_reason=LEFT).exists()


def hold(visitor: uuid.UUID) -> None:
    """Until the transaction ends nobody else leaves or begins a chat as this visitor. Locks of rows come before it."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_catalog.pg_advisory_xact_lock(pg_catalog.hashtextextended(%s, 0))",
            [contact_of(visitor)],
        )
