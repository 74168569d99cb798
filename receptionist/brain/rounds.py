"""One turn with a model: ask, run the tools it wants, ask again, and look at its words before they go out.

Everything that a tool did is stored before the model hears of it, so a turn that is run again begins where the rows end.
"""

import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

import structlog
from django.conf import settings

from receptionist import history, llm, prompt, toolcalls, usage
from receptionist.brain import choices, drafts, manners, repeats
from receptionist.brain.verdicts import Verdict, judge
from receptionist.content import Answer, Content, Option
from receptionist.llm import ChatModel, Completion, ModelFailed, Request
from receptionist.models import AIConfig, Conversation, ConversationMessage, ToolCall
from receptionist.tools import openai_schema
from scheduling import catalogue
from scheduling.catalogue import Catalogue
from shops.context import current_shop

log = structlog.get_logger(__name__)
# A model that wants more at once has lost its way.
MOST_CALLS = 6
TOO_MANY = "Troppe richieste insieme: questa non è stata eseguita. Se serve ancora, ripeterla da sola."
PAUSE = 0.2


class Unsuitable(Exception):
    """The model's words may not go out, and it had its chance to correct them."""

    def __init__(self, verdict: Verdict) -> None:
        super().__init__(verdict.kind)
        self.verdict = verdict


@dataclass
class Turn:
    """What a turn works with. `until` on the monotonic clock; `number` is the next round's."""

    conversation: Conversation
    pending: Sequence[ConversationMessage]
    now: datetime
    config: AIConfig
    offered: Catalogue
    system: str
    model: ChatModel
    until: float
    messages: list[history.Json] = field(default_factory=list)
    sent: list[str] = field(default_factory=list)
    """What the shop wrote before, by whomever."""
    told: list[str] = field(default_factory=list)
    """What this turn's tools answered."""
    number: int = 0
    requests: int = 0
    prompt_tokens: int = 0
    completion_tokens: int = 0
    corrected: bool = False
    retried: bool = False
    draft: "drafts.Draft | None" = None
    """Where the words are shown while they are written; None where nobody sees them."""

    @property
    def may_call(self) -> bool:
        """Whether there is a round of tools left."""
        return self.number < int(settings.AI_MAX_ROUNDS)


def answer(conversation: Conversation, pending: Sequence[ConversationMessage], now: datetime) -> Answer:
    """The model's answer to the pending messages. Raises ModelFailed, Unsuitable and database errors.

    Side effects: those of the tools it calls, and the count of what it cost.
    """
    turn = _begin(conversation, pending, now, time.monotonic() + settings.AI_TURN_SECONDS)
    try:
        return _in_rounds(turn)
    finally:
        if turn.requests:
            usage.count(
                model=turn.config.llm_model,
                requests=turn.requests,
                prompt_tokens=turn.prompt_tokens,
                completion_tokens=turn.completion_tokens,
                now=turn.now,
            )


def _in_rounds(turn: Turn) -> Answer:
    for _request in range(settings.AI_MAX_ROUNDS + 2):
        may_call = turn.may_call
        completion = _ask(turn, may_call=may_call)
        if completion.calls and may_call:
            _run(turn, completion)
            continue
        text = _usable(turn, completion)
        verdict = judge(text, turn)
        if verdict is None:
            return _said(turn, text)
        log.warning("answer not suitable", why=verdict.kind, corrected=turn.corrected)
        if turn.corrected:
            _take_back(turn)
            raise Unsuitable(verdict)
        _correct(turn, text, verdict)
    raise ModelFailed("the rounds do not end")


def _begin(
    conversation: Conversation, pending: Sequence[ConversationMessage], now: datetime, until: float
) -> Turn:
    config, offered = AIConfig.load(), catalogue.load(current_shop())
    system = prompt.build(conversation=conversation, config=config, now=now, offered=offered)
    turn = Turn(conversation, pending, now, config, offered, system, llm.get(), until)
    earlier = history.messages(conversation, pending)
    turn.messages = [{"role": "system", "content": system}, *earlier]
    turn.sent = [str(each.get("content") or "") for each in earlier if each["role"] == "assistant"]
    turn.draft = drafts.of(turn)
    before = [] if conversation.turn_is_new else calls_of(conversation)
    if before:
        log.info("turn goes on", calls=len(before))
        turn.messages += history.tool_exchange(before)
        turn.told = [each.result for each in before]
        turn.number = max(each.round for each in before) + 1
    return turn


def calls_of(conversation: Conversation) -> list[ToolCall]:
    """What the turn in progress has done so far."""
    if conversation.turn_id is None:
        return []
    return list(
        ToolCall.objects.filter(conversation=conversation, turn_id=conversation.turn_id).order_by(
            "created_at"
        )
    )


def _ask(turn: Turn, *, may_call: bool) -> Completion:
    """One request within what is left of the turn's time; tried once more where that may help and time is left."""
    model = turn.config.llm_model
    while True:
        left = turn.until - time.monotonic()
        request = Request(
            model,
            float(turn.config.temperature),
            turn.messages,
            openai_schema(),
            left,
            may_call=may_call,
            on_text=turn.draft.show if turn.draft else None,
        )
        try:
            completion = turn.model.complete(request)
        except ModelFailed as failure:
            _take_back(turn)
            if (
                turn.retried
                or not failure.temporary
                or turn.until - time.monotonic() < settings.AI_TURN_SECONDS / 2
            ):
                raise
            log.info("model asked again", reason=failure.reason)
            turn.retried = True
            time.sleep(PAUSE)
            continue
        turn.requests += 1
        turn.prompt_tokens += completion.prompt_tokens
        turn.completion_tokens += completion.completion_tokens
        return completion


def _run(turn: Turn, completion: Completion) -> None:
    """Run the tools of one answer, each stored before its words go back."""
    _take_back(turn)
    turn_id = turn.conversation.turn_id
    known = turn_id or uuid.uuid4()
    ids = [history.wire_id(turn_id or known, turn.number, place) for place in range(len(completion.calls))]
    wanted = list(zip(ids, completion.calls, strict=True))
    turn.messages.append(
        history.asking([(call_id, call.name, call.arguments) for call_id, call in wanted], completion.text)
    )
    for place, (call_id, call) in enumerate(wanted):
        said = TOO_MANY
        if place < MOST_CALLS:
            said = (
                repeats.booked_before(turn.conversation, call, turn.offered)
                or toolcalls.answer(
                    conversation=turn.conversation,
                    call_id=f"{known}:{turn.number}:{place}",
                    name=call.name,
                    arguments=call.arguments,
                    now=turn.now,
                    turn_id=turn_id,
                    round=turn.number,
                ).text
            )
        turn.messages.append(history.answering(call_id, said))
        turn.told.append(said)
    if len(wanted) > MOST_CALLS:
        log.warning("too many tool calls", calls=len(wanted))
    turn.number += 1


def _take_back(turn: Turn) -> None:
    """What was shown of an answer that is none. No query when nothing was shown."""
    if turn.draft:
        turn.draft.take_back()


def _usable(turn: Turn, completion: Completion) -> str:
    """The words, when there are any that can be sent. Raises ModelFailed, and what was shown is taken back."""
    try:
        return _words(completion)
    except ModelFailed:
        _take_back(turn)
        raise


def _words(completion: Completion) -> str:
    if completion.refused or completion.finish == "content_filter":
        raise ModelFailed("refused")
    text = completion.text if completion.finish != "length" else manners.whole_sentences(completion.text)
    text = manners.tidy(text)
    if not any(char.isalnum() for char in text):
        raise ModelFailed("no words")
    return text


def _correct(turn: Turn, text: str, verdict: Verdict) -> None:
    """Tell the model what was wrong; its words stay in this turn alone."""
    _take_back(turn)
    turn.corrected = True
    turn.messages.append({"role": "assistant", "content": text})
    turn.messages.append(
        {"role": "system", "content": f"Correzione: il messaggio non è stato inviato. {verdict.correction}"}
    )


def _said(turn: Turn, text: str) -> Answer:
    done = manners.ends(turn.conversation, turn.pending, text)
    options = () if done else _options(text, turn)
    return Answer(Content(text, options=options), ends=done, mode="model")


def _options(text: str, turn: Turn) -> tuple[Option, ...]:
    """What can be tapped: the slots that are offered, or a yes and a no."""
    if len(text) > manners.MAX_WITH_BUTTONS:
        return ()
    now = turn.now.astimezone(current_shop().tz)
    offered = choices.slots(text, system=turn.system, told=turn.told, now=now)
    return offered or manners.options(text, turn.conversation.language)
