"""The guided mode's one entrance: the messages of a turn in, one answer out. No model, no outbound call."""

from collections.abc import Sequence
from datetime import datetime

import structlog
from django.db import Error
from django.utils import timezone

from receptionist.content import Answer, Option
from receptionist.guided import said as saying
from receptionist.guided import slots, taps, texts
from receptionist.guided.said import Said
from receptionist.guided.says import Says
from receptionist.guided.sentences import Words
from receptionist.guided.state import State
from receptionist.guided.turn import Turn
from receptionist.models import (
    Conversation,
    ConversationMessage,
    MessageKind,
    MessageRole,
    OutboundMessage,
    Purpose,
    ToolCall,
)
from shops.webhooks import where

log = structlog.get_logger(__name__)
# Questions that a thumb answers.
THUMBS = frozenset({"confirm", "confirm_move", "again", "book_it", "quote", "callback"})
_FILES = frozenset({MessageKind.IMAGE, MessageKind.VIDEO, MessageKind.DOCUMENT})
# What the channel notes of a file that could not be fetched; other words say why one was refused.
NEVER_CAME = "failed"


def reply(
    conversation: Conversation,
    *,
    pending: Sequence[ConversationMessage] = (),
    now: datetime | None = None,
) -> Answer:
    """Answer the pending messages by the next step. Outside of any transaction, inside the shop; `now` aware.

    Side effects: what the tools do, each once in a turn; `conversation.guided` and `.language`, on the object alone.
    Raises database errors only: whatever else goes wrong, the customer gets a sentence.
    """
    before = conversation.guided
    try:
        return _answer(Turn(conversation, now or timezone.now()), pending)
    except Error:
        conversation.guided = before
        raise
    except Exception as error:  # noqa: BLE001 - whatever it was, somebody waits for an answer
        log.error("guided turn failed", error=type(error).__name__, at=where(error))
        conversation.guided = {}
        words = Words("en" if conversation.language.startswith("en") else "it")
        said = Says(words("trouble"), (Option("m:person", words("m_person")),), failed=True)
        return Answer(said.content(), failed=True)


def _answer(turn: Turn, pending: Sequence[ConversationMessage]) -> Answer:
    conversation = turn.conversation
    if not conversation.language.startswith(("it", "en")):
        # Two languages are spoken here. An Italian number rather writes Italian than what it was taken for.
        conversation.language = "it" if conversation.contact.startswith("+39") else "en"
    _forget_what_is_old(turn)
    done: list[str] = []
    says: Says | None = None
    for step in saying.steps(pending, _done_at(conversation)):
        if says is not None and says.did:
            done.append(says.text)
        says = _step(turn, step) or (None if says is not None and says.did else says)
    if says is None:
        if not done:
            return Answer(None)
        says, done = Says(done[-1], did=True), done[:-1]
    says = says.after("\n\n".join(done))
    content = says.content()
    turn.state.options = [[each.id, each.title] for each in content.options]
    turn.state.greeted, turn.state.turn = True, str(conversation.turn_id or "")
    conversation.guided = {} if says.ends else turn.state.kept()
    return Answer(content, ends=says.ends, failed=says.failed)


def _forget_what_is_old(turn: Turn) -> None:
    """Once a model or a person spoke after the last step, a "sì" is no answer to its question any more."""
    state = turn.state
    if not state.turn:
        return
    spoken = ConversationMessage.objects.filter(
        conversation=turn.conversation, role__in=(MessageRole.ASSISTANT, MessageRole.STAFF)
    )
    last = spoken.order_by("-received_at").values_list("external_id", flat=True).first()
    if last is not None and last != f"turn:{state.turn}":
        turn.state = State(last=state.last)


def _done_at(conversation: Conversation) -> datetime | None:
    """When this turn first used a tool, if it was begun before and not finished."""
    if conversation.turn_id is None:
        return None
    calls = ToolCall.objects.filter(conversation=conversation, turn_id=conversation.turn_id)
    return calls.order_by("created_at").values_list("created_at", flat=True).first()


def _step(turn: Turn, step: Said) -> Says | None:
    """One step; None when there is nothing to say to it."""
    if step.reaction or step.message_id:
        return _reaction(turn, step)
    if step.tap:
        answer = taps.handle(turn, step.tap)
        if answer is not None:
            return answer
        return texts.handle(turn, Said(text=step.title)) if step.title else texts.lost(turn)
    if step.kind:
        return _file(turn, step)
    return texts.handle(turn, step)


def _reaction(turn: Turn, step: Said) -> Says | None:
    """👍 on the question is a yes, 👎 a no; on anything else a reaction is only that."""
    asks = turn.state.asked in THUMBS or turn.state.about == slots.ONE_OFFER
    if step.yes is None or not asks or _is_old(turn, step.message_id):
        return None
    return texts.handle(turn, Said(text="👍" if step.yes else "👎", yes=step.yes))


def _is_old(turn: Turn, wire_id: str) -> bool:
    """Whether the message is an answer of ours that is not the last one."""
    if not wire_id:
        return False
    ours = OutboundMessage.objects.filter(conversation=turn.conversation, purpose=Purpose.REPLY)
    meant = ours.filter(wire_id=wire_id).values_list("created_at", flat=True).first()
    return meant is not None and ours.filter(created_at__gt=meant).exists()


def _file(turn: Turn, step: Said) -> Says:
    """A picture or a paper is kept for the shop; what was written with it is answered.

    Nothing is promised of one that was not kept; the channel says why, and asks for another.
    """
    if step.kind == MessageKind.AUDIO:
        return texts.handle(turn, step) if step.text else Says(turn.say("voice"))
    if step.kind == MessageKind.STICKER and not step.text:
        return texts.wordless(turn)
    key = {
        MessageKind.IMAGE: "photo_image",
        MessageKind.LOCATION: "place",
        MessageKind.CONTACTS: "contact",
    }.get(MessageKind(step.kind), "photo" if step.kind in _FILES else "")
    if step.file and step.kind in _FILES:
        key = "file_lost" if step.file == NEVER_CAME else "file_refused"
    if not key:
        return texts.handle(turn, step) if step.text else texts.lost(turn)
    if step.text and step.kind in _FILES:
        return texts.handle(turn, step).after(turn.say(key))
    if turn.state.flow:
        return texts.repeat(turn).after(turn.say(key))
    return Says(f"{turn.say(key)} {turn.say('photo_what')}")
