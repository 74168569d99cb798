"""The receptionist's mind: from what was written to what is answered.

With a key the model answers, with the shop's tools and within a budget of time; its words are held against what the
tools said before they go out. Without one, or when it fails, is late or does not tell the truth, the guided mode does.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

import structlog
from django.conf import settings
from django.db import Error
from django.utils import timezone

from receptionist import guided, languages
from receptionist.brain import fallback, rounds, taps
from receptionist.content import Answer
from receptionist.llm import ModelFailed
from receptionist.models import Channel, Conversation, ConversationMessage
from shops.context import current_shop
from shops.limits import Limit
from shops.webhooks import where

log = structlog.get_logger(__name__)
# Why the model did not answer (Answer.why), beside what went wrong with it.
NO_KEY, UNSUITABLE, TOO_MANY = "no key", "unsuitable", "too many turns"


def reply(
    conversation: Conversation,
    *,
    pending: Sequence[ConversationMessage] = (),
    now: datetime | None = None,
) -> Answer:
    """Answer the pending messages of a conversation. Outside of any transaction, inside the shop; `now` aware.

    Side effects: what the tools do, each once in a turn (`conversation.turn_id`); `conversation.language` and
    `.guided` may change, on the object alone. No connection is held while the model is waited for. Raises database
    errors only.
    """
    now = (now or timezone.now()).astimezone(current_shop().tz)
    languages.note(conversation, pending)
    taps.written(conversation, pending)
    if taps.are_ours(conversation, pending):
        return guided.reply(conversation, pending=pending, now=now)
    why = _why_guided(conversation)
    if why:
        return replace(guided.reply(conversation, pending=pending, now=now), why=why)
    try:
        return rounds.answer(conversation, pending, now)
    except Error:
        raise
    except rounds.Unsuitable as refused:
        answer = fallback.instead(conversation, pending, now, refused.verdict)
        return replace(answer, why=f"{UNSUITABLE}: {refused.verdict.kind}")
    except ModelFailed as failure:
        log.warning("model failed", reason=failure.reason)
        why = failure.reason
    except Exception as error:  # noqa: BLE001 - whatever a model sends, somebody waits for an answer
        log.error("model's turn failed", error=type(error).__name__, at=where(error))
        why = type(error).__name__
    return replace(fallback.instead(conversation, pending, now), why=why)


def _why_guided(conversation: Conversation) -> str:
    """Why the model is not asked; empty when it is. Who writes without end shall not cost without end."""
    if not settings.OPENAI_API_KEY:
        return NO_KEY
    hour = Limit("model turns", settings.AI_TURNS_AN_HOUR, 3600)
    who = conversation.contact or str(conversation.phone_number)
    if conversation.channel == Channel.WEB and not conversation.caller_verified:
        # A visitor is whoever asks for a token: all of them share what the shop spends on strangers.
        together = Limit("model-turns-of-visitors", settings.AI_WEB_TURNS_AN_HOUR, 3600)
        if hour.take(who) and together.take("site"):
            return ""
    elif hour.take(who):
        return ""
    log.warning("guided for the rest of the hour, too many turns")
    return TOO_MANY
