"""Conversations of another time, with everything that belongs to one, for the tests of retention."""

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.core.files.base import ContentFile

from receptionist.models import (
    Channel,
    Conversation,
    ConversationMessage,
    Handover,
    Media,
    MediaKind,
    MediaState,
    MessageRole,
    OutboundMessage,
    OutboundStatus,
    ToolCall,
)

WORDS = "sono Ugo Fantozzi, la mia Bianchina AB123CD perde olio"


def talk(at: datetime, *, channel: str = Channel.WHATSAPP, **values: Any) -> Conversation:
    """A conversation that ended at `at`, with words in every place that can hold some."""
    number = uuid4().hex[:9]
    row = Conversation.objects.create(
        **{
            "channel": channel,
            "external_id": f"ext-{number}",
            "phone_number": "+393330000111",
            "contact": "" if channel == Channel.VOICE else f"+39333{number}",
            "caller_verified": True,
            "summary": WORDS,
            "guided": {"said": WORDS},
            "draft": WORDS,
            "disclosure": "Sono un'intelligenza artificiale.",
            "disclosed_at": at,
            "started_at": at,
            "ended_at": at,
            "active_at": at,
            "line": "wa-rossi",
        }
        | values
    )
    for position, role in enumerate((MessageRole.CUSTOMER, MessageRole.ASSISTANT)):
        ConversationMessage.objects.create(
            conversation=row,
            role=role,
            text=WORDS,
            payload={"said": WORDS},
            wire_id=f"wamid.{number}{position}",
            position=position,
            sent_at=at,
            received_at=at,
        )
    ToolCall.objects.create(
        conversation=row,
        call_id="c1",
        name="book_appointment",
        arguments={"said": WORDS},
        result=WORDS,
        ok=True,
    )
    Handover.objects.create(conversation=row, reason=WORDS, wanted=WORDS, summary=WORDS, created_at=at)
    OutboundMessage.objects.create(
        conversation=row,
        recipient="+393330000111",
        content={"text": WORDS},
        status=OutboundStatus.READ,
        created_at=at,
    )
    return row


def file(row: Conversation, kind: str, at: datetime, **values: Any) -> Media:
    """A stored file of the conversation."""
    media = Media(
        **{
            "conversation": row,
            "kind": kind,
            "caption": WORDS,
            "filename": "fantozzi.jpg",
            "external_id": f"media-{uuid4().hex[:8]}",
            "state": MediaState.STORED,
            "created_at": at,
            "stored_at": at,
            "size": 4,
        }
        | values
    )
    media.file.save("f.wav" if kind == MediaKind.RECORDING else "f.jpg", ContentFile(b"data"), save=False)
    media.save()
    return media
