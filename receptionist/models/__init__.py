"""What a shop remembers about its conversations, and how its receptionist is set up."""

from receptionist.models.config import AIConfig, Formality
from receptionist.models.conversations import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageRole,
    ToolCall,
)
from receptionist.models.handovers import Handover, HandoverKind, HandoverStatus, Urgency
from receptionist.models.media import Media, MediaKind, MediaState

__all__ = [
    "AIConfig",
    "Channel",
    "Conversation",
    "ConversationMessage",
    "ConversationStatus",
    "Formality",
    "Handover",
    "HandoverKind",
    "HandoverStatus",
    "Media",
    "MediaKind",
    "MediaState",
    "MessageRole",
    "ToolCall",
    "Urgency",
]
