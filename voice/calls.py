"""What each of Vapi's messages does in a shop. Every function runs inside the shop and answers with a JSON
object.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from receptionist import conversations, handover, optin_spoken, prompt, recording, toolcalls
from receptionist.conversations import Line
from receptionist.models import AIConfig, Conversation, ConversationStatus, MessageRole
from receptionist.tools import openai_schema
from scheduling import catalogue
from shops.models import Shop
from voice import assistant, promoting, refusing
from voice.payloads import Message, Said, ToolRequest
from voice.tasks import fetch_recording

log = structlog.get_logger(__name__)
Answer = dict[str, Any]

MOST_TOOLS = 16  # in one message
LINK_LIVES = timedelta(hours=1)
ROLES = {
    "user": MessageRole.CUSTOMER,
    "customer": MessageRole.CUSTOMER,
    "bot": MessageRole.ASSISTANT,
    "assistant": MessageRole.ASSISTANT,
}
# What only a telephone call has. Each takes the conversation and the arguments as they came.
OWN_TOOLS: dict[str, Callable[[Conversation, Any], str]] = {
    refusing.NAME: refusing.run,
    promoting.NAME: promoting.run,
}
STATUSES = {
    "forwarding": ConversationStatus.TRANSFERRED,
    "not-found": ConversationStatus.FAILED,
}


def present_assistant(message: Message, shop: Shop, digest: str) -> Answer:
    """assistant-request: who is calling, and the assistant for that caller.

    Side effects: the conversation is opened, and the sentence that discloses the AI is kept as its proof.
    """
    conversation = open_call(message, digest)
    config = _config_for(conversation)
    now = _moment_of(conversation, shop)
    offered = catalogue.load(shop)
    asks = optin_spoken.question(conversation, config)
    built = prompt.build(
        conversation=conversation, config=config, now=now, offered=offered, promotion_question=asks
    )
    sentence = prompt.first_sentence(conversation=conversation, config=config, now=now)
    conversations.record_disclosure(conversation=conversation, sentence=sentence)
    return {
        "assistant": assistant.build(
            shop=shop,
            config=config,
            conversation_id=str(conversation.pk),
            first_message=sentence,
            prompt=built,
            tools=[*openai_schema(), *_own_tools(records=config.recording_enabled, promotes=bool(asks))],
            service_words=[name for each in offered.services for name in (each.name, *each.words)],
        )
    }


def _own_tools(*, records: bool, promotes: bool) -> list[dict[str, Any]]:
    """What only a telephone call has, as far as this one needs it."""
    offered = ((refusing.SCHEMA, records), (promoting.SCHEMA, promotes))
    return [schema for schema, is_needed in offered if is_needed]


def _config_for(conversation: Conversation) -> AIConfig:
    """The shop's settings, without recording for who once refused it. One query, two where calls are recorded."""
    config = AIConfig.load()
    if config.recording_enabled and not recording.is_wanted_by(conversation.customer):
        config.recording_enabled = False  # in memory, for this call
    return config


def open_call(message: Message, digest: str) -> Conversation:
    """The conversation of the message's call. A request that names no call is known by its own digest."""
    return conversations.open_call(
        external_id=message.call.id or f"request:{digest}", phone_number=message.caller or None
    )


def _moment_of(conversation: Conversation, shop: Shop) -> datetime:
    """The shop's local time; for a request that is sent again within minutes, the one it had the first
    time.
    """
    now = timezone.now()
    if now - conversation.created_at < timedelta(seconds=settings.VAPI_HMAC_MAX_AGE):
        now = conversation.created_at
    return now.astimezone(shop.tz)


def run_tools(message: Message, digest: str) -> Answer:
    """tool-calls: one result for each call, in order, with its exact id, on one line.

    Side effects: the tools' own. A repeated id gets the stored answer.
    """
    if not message.call.id:
        log.warning("tool calls without a call")
        return tool_errors(message, _("La richiesta non dice di quale telefonata si tratta."))
    conversation = open_call(message, digest)
    results = []
    for index, each in enumerate(message.tools):
        if index >= MOST_TOOLS:
            results.append(tool_error(each, _("Troppe richieste insieme: ripetere questa da sola.")))
            continue
        if each.name in OWN_TOOLS:
            said_of_it = OWN_TOOLS[each.name](conversation, each.arguments)
            results.append({"toolCallId": each.id, "name": each.name, "result": said_of_it})
            continue
        said = toolcalls.answer(
            conversation=conversation,
            call_id=each.id or f"request:{digest}:{index}",
            name=each.name,
            arguments=each.arguments,
        )
        results.append({"toolCallId": each.id, "name": each.name, "result": said.text})
    return {"results": results}


def tool_errors(message: Message, sentence: str) -> Answer:
    """The shape of an answer to tool-calls in which nothing was run."""
    return {"results": [tool_error(each, sentence) for each in message.tools]}


def tool_error(call: ToolRequest, sentence: str) -> Answer:
    """One call's error, as the protocol has it."""
    return {"toolCallId": call.id, "name": call.name, "error": sentence}


def run_function(message: Message, digest: str) -> Answer:
    """function-call, the legacy of tool-calls: it has no id, so the request's digest is the id."""
    if not message.call.id:
        log.warning("function call without a call")
        return {"result": _("La richiesta non dice di quale telefonata si tratta.")}
    conversation, name = open_call(message, digest), message.function_call.name
    if name in OWN_TOOLS:
        return {"result": OWN_TOOLS[name](conversation, message.function_call.arguments)}
    said = toolcalls.answer(
        conversation=conversation,
        call_id=f"request:{digest}",
        name=name,
        arguments=message.function_call.arguments,
    )
    return {"result": said.text}


def find_destination(message: Message, digest: str) -> Answer:
    """transfer-destination-request: a person of the shop while it is open, else what happens instead and by when.

    Side effects: the hand-over is noted for the shop, and that the recording is over.
    """
    conversation = open_call(message, digest)
    found = handover.transfer_destination(conversation=conversation)
    if not found.number:
        return {"error": found.message}
    recording.stop(conversation=conversation, at=message.timestamp)
    return {
        "destination": {
            "type": "number",
            "number": found.number,
            "message": found.message,
            # The assistant, and Vapi's recording with it, leaves the call.
            "transferPlan": {"mode": "blind-transfer"},
        }
    }


def note_status(message: Message, digest: str) -> Answer:
    """status-update: the conversation follows the call."""
    if not message.call.id:
        log.warning("status without a call")
        return {}
    conversation = open_call(message, digest)
    status = STATUSES.get(message.status)
    if message.status == "ended":
        status = conversations.status_for(message.ended_reason)
    if message.status == "forwarding":
        recording.stop(conversation=conversation, at=message.timestamp)
    if status is not None:
        conversations.record_status(
            conversation=conversation, status=status, at=message.timestamp, reason=message.ended_reason
        )
    return {}


def store_report(message: Message, digest: str) -> Answer:
    """end-of-call-report: what was said, what it cost, how it ended; its recording is left to a task."""
    if not message.call.id:
        log.warning("report without a call")
        return {}
    conversation = open_call(message, digest)
    lines = _lines(message.said)
    address = _recording(message, conversation, lines)
    media = conversations.finish_call(
        conversation=conversation,
        ended_reason=message.ended_reason,
        messages=lines,
        summary=message.analysis.summary or message.summary,
        cost=message.cost,
        started_at=message.started_at or message.call.started_at,
        ended_at=message.ended_at,
        recording_url=address,
        recording_expires_at=(message.timestamp or timezone.now()) + LINK_LIVES,
    )
    if media is not None:
        fetch_recording.queue(media_id=str(media.pk))
    return {}


def _lines(said: list[Said]) -> list[Line]:
    """What people heard: the prompt and the tools' traffic are no part of it."""
    return [
        Line(role=ROLES[each.role.lower()], text=each.words, sent_at=each.time)
        for each in said
        if each.role.lower() in ROLES and each.words
    ]


def _recording(message: Message, conversation: Conversation, lines: list[Line]) -> str:
    """The recording's address, if any of it may be kept; otherwise Vapi is asked to delete it.

    Not without the announcement, not against the caller's will, and not when nobody knows when it was passed on.
    """
    recording.heard_in(conversation, [line.text for line in lines if line.role == MessageRole.CUSTOMER])
    if not message.recording:
        return ""
    terms = recording.terms_of(conversation)
    passed_on = conversations.status_for(message.ended_reason) == ConversationStatus.TRANSFERRED
    if terms.may_be_kept and (terms.until or not passed_on):
        return message.recording
    log.warning("recording left alone", announced=terms.announced, refused=terms.refused)
    recording.drop(conversation=conversation)
    return ""


def note_hang(message: Message, digest: str) -> Answer:
    """hang: Vapi's assistant fell silent. For the operators."""
    log.warning("vapi reports a silent assistant")
    return {}
