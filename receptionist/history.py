"""A conversation as a model reads it: who said what, what the tools answered, within a budget.

The newest comes first until the budget is used up; what is still to be answered is always there. What is no text
(a picture, a place, a reaction) becomes a short note in brackets.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from django.conf import settings

from receptionist.italian import one_line
from receptionist.models import (
    Conversation,
    ConversationMessage,
    MessageKind,
    MessageRole,
    OutboundMessage,
    ToolCall,
)

Json = dict[str, Any]
MOST_MESSAGES = 80
CHARACTERS_A_TOKEN = 3.5  # Italian in the tokenisers in use; a little too few is on the safe side
TOKENS_A_MESSAGE = 6
MAX_QUOTED = 120
TURN = "turn:"
UNHEARD = "[messaggio vocale che non si è potuto ascoltare: chiedere di scriverlo]"
# Why a file was not kept, as the channel notes it in the message's payload under "file", and tells the customer.
_NOT_KEPT = {"too large": "troppo grande", "not what it says": "non si può aprire"}
_LOST = "non è arrivato"
_NOTES = {
    MessageKind.AUDIO: "messaggio vocale",
    MessageKind.IMAGE: "foto",
    MessageKind.VIDEO: "video",
    MessageKind.DOCUMENT: "documento",
    MessageKind.STICKER: "adesivo",
    MessageKind.LOCATION: "posizione",
    MessageKind.CONTACTS: "contatto",
    MessageKind.ORDER: "ordine dal catalogo",
    MessageKind.SYSTEM: "avviso di WhatsApp",
    MessageKind.UNSUPPORTED: "messaggio che non si può leggere",
}


def messages(conversation: Conversation, pending: Sequence[ConversationMessage] = ()) -> list[Json]:
    """The conversation so far, with the pending messages last, as chat completions take it.

    The earlier part fits AI_HISTORY_TOKENS as `tokens` estimates them. One to three queries.
    """
    waiting = {each.pk for each in pending}
    rows = conversation.messages.exclude(pk__in=waiting).order_by("-sent_at", "-received_at")[:MOST_MESSAGES]
    earlier = list(rows)
    quoted = _quoted([*earlier, *pending])
    calls = _calls_by_turn(conversation) if any(map(_turn_of, earlier)) else {}
    kept: list[list[Json]] = []
    last = [_said(each, quoted) for each in pending]
    left = settings.AI_HISTORY_TOKENS - tokens(last)
    for row in earlier:
        unit = [*tool_exchange(calls.pop(_turn_of(row), [])), _said(row, quoted)]
        left -= tokens(unit)
        if left < 0:
            break
        kept.append(unit)
    return [*(message for unit in reversed(kept) for message in unit), *last]


def tokens(found: Iterable[Json]) -> int:
    """About how many tokens the messages are. The exact count needs each model's own dictionary."""
    return sum(
        int(len(str(each.get("content") or "")) / CHARACTERS_A_TOKEN)
        + int(len(json.dumps(each.get("tool_calls") or "")) / CHARACTERS_A_TOKEN)
        + TOKENS_A_MESSAGE
        for each in found
    )


def tool_exchange(calls: Sequence[ToolCall]) -> list[Json]:
    """What a turn's tools were asked and answered, round by round, from the stored rows."""
    rounds: dict[int, list[ToolCall]] = defaultdict(list)
    for each in calls:
        rounds[each.round].append(each)
    found: list[Json] = []
    for number in sorted(rounds):
        asked = sorted(rounds[number], key=_place)
        found.append(asking([(_wire_id(each), each.name, json.dumps(each.arguments)) for each in asked]))
        found += [answering(_wire_id(each), each.result) for each in asked]
    return found


def asking(calls: Sequence[tuple[str, str, str]], text: str = "") -> Json:
    """The assistant's message that calls tools: (id, name, arguments as text)."""
    return {
        "role": "assistant",
        "content": text or None,
        "tool_calls": [
            {"id": call_id, "type": "function", "function": {"name": name, "arguments": arguments}}
            for call_id, name, arguments in calls
        ],
    }


def answering(call_id: str, text: str) -> Json:
    """A tool's answer."""
    return {"role": "tool", "tool_call_id": call_id, "content": text}


def wire_id(turn_id: UUID | None, number: int, place: int) -> str:
    """A call's id for the model, at most 40 characters: what the model called it need not be unique, or anything."""
    return f"{turn_id.hex[:12] if turn_id else 'now'}_{number}_{place}"


def _wire_id(row: ToolCall) -> str:
    return wire_id(row.turn_id, row.round, _place(row))


def _place(row: ToolCall) -> int:
    """The place of the call among its round's, which ends its id."""
    place = row.call_id.rpartition(":")[2]
    return int(place) if place.isdecimal() else 0


def _calls_by_turn(conversation: Conversation) -> dict[UUID | None, list[ToolCall]]:
    """The tool calls of earlier turns. What the turn in progress did is the brain's to tell."""
    rows = ToolCall.objects.filter(conversation=conversation, turn_id__isnull=False)
    found: dict[UUID | None, list[ToolCall]] = defaultdict(list)
    for row in rows.exclude(turn_id=conversation.turn_id).order_by("-created_at")[:MOST_MESSAGES]:
        found[row.turn_id].append(row)
    return found


def _turn_of(row: ConversationMessage) -> UUID | None:
    """The turn whose answer the message is; None for any other message."""
    name = row.external_id.removeprefix(TURN) if row.external_id.startswith(TURN) else ""
    try:
        return UUID(name)
    except ValueError:
        return None


def _said(row: ConversationMessage, quoted: dict[str, str]) -> Json:
    if row.role == MessageRole.ASSISTANT:
        return {"role": "assistant", "content": row.text or "…"}
    if row.role == MessageRole.STAFF:
        return {"role": "assistant", "content": f"[scritto da una persona dell'officina] {note(row)}"}
    if row.role == MessageRole.SYSTEM:
        return {"role": "system", "content": row.text}
    return {"role": "user", "content": note(row, quoted)}


def note(row: ConversationMessage, quoted: dict[str, str] | None = None) -> str:
    """A message in words, whatever it is made of."""
    quoted = quoted or {}
    payload = row.payload if isinstance(row.payload, dict) else {}
    if row.kind == MessageKind.REACTION:
        return _reaction(payload, quoted)
    if row.kind in (MessageKind.BUTTON, MessageKind.INTERACTIVE):
        return _tap(row, payload)
    answered = quoted.get(_context(payload), "")
    lead = f"[in risposta a: {answered}] " if answered else ""
    name = _NOTES.get(MessageKind(row.kind)) if row.kind in MessageKind.values else ""
    if not name:
        return f"{lead}{row.text}" or "[messaggio vuoto]"
    if row.kind == MessageKind.AUDIO and row.role == MessageRole.CUSTOMER and not row.text.strip():
        return f"{lead}{UNHEARD}"
    filename = one_line(str(payload.get("filename") or ""), MAX_QUOTED)
    name = f"{name}: {filename}" if filename else name
    if row.kind != MessageKind.AUDIO and (reason := payload.get("file")):
        name = f"{name}; l'officina non ha ricevuto il file ({_NOT_KEPT.get(str(reason), _LOST)}, il cliente lo sa già)"
    return f"{lead}[{name}] {row.text}".strip()


def _tap(row: ConversationMessage, payload: Json) -> str:
    title = one_line(str(payload.get("title") or row.text), MAX_QUOTED)
    chosen = one_line(str(payload.get("id") or ""), MAX_QUOTED)
    return f"[ha scelto: {title}{f' ({chosen})' if chosen and chosen != title else ''}]"


def _reaction(payload: Json, quoted: dict[str, str]) -> str:
    emoji = one_line(str(payload.get("emoji") or ""), 20)
    about = quoted.get(str(payload.get("message_id") or ""), "")
    said = f"reazione {emoji}" if emoji else "reazione tolta"
    return f"[{said} a: «{about}»]" if about else f"[{said}]"


def _context(payload: Json) -> str:
    context = payload.get("context")
    return str(context.get("id") or "") if isinstance(context, dict) else ""


def _quoted(rows: Sequence[ConversationMessage]) -> dict[str, str]:
    """The words of the messages that others point at, by their id on the channel. At most one query."""
    known = {row.wire_id: row.text for row in rows if row.wire_id}
    wanted = set()
    for row in rows:
        payload = row.payload if isinstance(row.payload, dict) else {}
        wanted |= {str(payload.get("message_id") or ""), _context(payload)}
    wanted -= {""}
    found = {name: str(known[name]) for name in wanted & known.keys()}
    if missing := wanted - known.keys():
        sent = OutboundMessage.objects.filter(wire_id__in=missing).values_list("wire_id", "content")
        found |= {str(name): str(content.get("text", "")) for name, content in sent}
    return {name: one_line(text, MAX_QUOTED) for name, text in found.items()}
