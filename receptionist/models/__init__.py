"""What a shop remembers about its conversations, and how its receptionist is set up."""

from receptionist.models.config import AIConfig, Formality
from receptionist.models.conversations import (
    Channel,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageKind,
    MessageRole,
    ToolCall,
)
from receptionist.models.followups import (
    PROMOTIONAL,
    FollowUp,
    FollowUpConfig,
    FollowUpKind,
    FollowUpOutcome,
    FollowUpSetting,
    FreedPlace,
    OfferStatus,
    SlotOffer,
)
from receptionist.models.handovers import Handover, HandoverKind, HandoverStatus, Urgency
from receptionist.models.media import Media, MediaKind, MediaState
from receptionist.models.notices import NoticeKind, NoticeSetting
from receptionist.models.outbound import OutboundMessage, OutboundStatus, Purpose
from receptionist.models.privacy import PhoneProof, PrivacyConfig, RemoteCopy
from receptionist.models.rights import Erasure, ExportState, GoneMessage, PersonExport
from receptionist.models.usage import ModelUsage

__all__ = [
    "PROMOTIONAL",
    "AIConfig",
    "Channel",
    "Conversation",
    "ConversationMessage",
    "ConversationStatus",
    "Erasure",
    "ExportState",
    "FollowUp",
    "FollowUpConfig",
    "FollowUpKind",
    "FollowUpOutcome",
    "FollowUpSetting",
    "Formality",
    "FreedPlace",
    "GoneMessage",
    "Handover",
    "HandoverKind",
    "HandoverStatus",
    "Media",
    "MediaKind",
    "MediaState",
    "MessageKind",
    "MessageRole",
    "ModelUsage",
    "NoticeKind",
    "NoticeSetting",
    "OfferStatus",
    "OutboundMessage",
    "OutboundStatus",
    "PersonExport",
    "PhoneProof",
    "PrivacyConfig",
    "Purpose",
    "RemoteCopy",
    "SlotOffer",
    "ToolCall",
    "Urgency",
]
