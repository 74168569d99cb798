"""Somebody writes to the first shop on WhatsApp, and a scripted model answers through the real brain and tools."""

import itertools
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from receptionist import brain, inbound, turns
from receptionist.content import Answer
from receptionist.inbound import Incoming, Person
from receptionist.models import Conversation, ConversationMessage, MessageKind, MessageRole, OutboundMessage
from sandbox.httpd import Reply, Request
from sandbox.model_stub import ModelStub
from tests.receptionist.conftest import MARIO, NOW

_numbers = itertools.count(1)
Json = dict[str, Any]


def calls(*wanted: tuple[str, Json], content: str = "") -> Json:
    """A round in which the model calls tools."""
    made = [{"name": name, "arguments": arguments} for name, arguments in wanted]
    return {"tool_calls": made, **({"content": content} if content else {})}


def call(name: str, **arguments: Any) -> Json:
    """A round in which the model calls one tool."""
    return calls((name, arguments))


def says(text: str) -> Json:
    """The round in which the model answers."""
    return {"content": text}


class Chat:
    """A person's chat. Every `write` is a turn: it is stored, answered by the brain, and the answer is kept."""

    def __init__(
        self,
        settings: Any,
        phone: str = MARIO,
        name: str = "Mario Verdi",
        now: datetime = NOW,
        user_id: str = "",
    ) -> None:
        self.settings, self.now = settings, now
        self.person = Person(phone=phone, user_id=user_id, name=name)
        self.stub: ModelStub | None = None
        self.conversation: Conversation

    def receive(self, text: str, kind: MessageKind = MessageKind.TEXT, **payload: Any) -> Conversation:
        """A message comes in, and nobody answers yet."""
        self.now += timedelta(seconds=1)
        wire_id = f"wamid.chat{next(_numbers)}"
        message = Incoming(wire_id=wire_id, kind=kind, text=text, payload=payload, sent_at=self.now)
        place = inbound.receive(
            channel="whatsapp", person=self.person, line="wa-rossi", message=message, now=self.now
        )
        self.conversation = Conversation.objects.select_related("customer").get(pk=place.conversation_id)
        return self.conversation

    def write(self, text: str, *rounds: Json, kind: MessageKind = MessageKind.TEXT, **payload: Any) -> Answer:
        """One turn, in which the model plays the rounds."""
        self.receive(text, kind, **payload)
        return self.turn(*rounds)

    def turn(self, *rounds: Json) -> Answer:
        """Answer what is unanswered, at this chat's time, and note it as the turn does."""
        row = self.conversation
        if row.turn_id is None:
            row.turn_id = uuid.uuid4()
            row.save(update_fields=["turn_id"])
        waiting = turns.unanswered(row.pk)
        scene = {"when": "", "take": {"code": r"codice ([A-Z0-9]{5})"}, "rounds": list(rounds)}
        with playing(self.settings, [scene]) as stub:
            self.stub = stub
            answer = brain.reply(row, pending=waiting, now=self.now)
        assert not stub.misses
        self._note(answer)
        return answer

    def _note(self, answer: Answer) -> None:
        row = self.conversation
        row.messages.filter(answered_at=None).update(answered_at=self.now)
        if answer.content:
            ConversationMessage.objects.create(
                conversation=row,
                role=MessageRole.ASSISTANT,
                text=answer.content.text,
                external_id=f"turn:{row.turn_id}",
                sent_at=self.now + timedelta(milliseconds=500),
                answered_at=self.now,
            )
            OutboundMessage.objects.create(
                conversation=row,
                channel="whatsapp",
                recipient=row.contact,
                content=answer.content.to_json(),
                wire_id=f"wamid.ours{next(_numbers)}",
            )
        row.turn_id, row.disclosed_at = None, row.disclosed_at or self.now
        row.ended_at = self.now if answer.ends else None
        row.save(update_fields=["turn_id", "disclosed_at", "ended_at", "language", "guided"])


@contextmanager
def playing(settings: Any, script: Sequence[Json], **more: Any) -> Iterator[ModelStub]:
    """A scripted model at OPENAI_BASE_URL."""
    stub = ModelStub(script, **more)
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = stub.url, "sk-test"
    try:
        yield stub
    finally:
        stub.close()


class OneByOne(ModelStub):
    """Plays its rounds in the order of the requests, whatever is asked: for what is said after a correction."""

    def __init__(self, rounds: Sequence[Json]) -> None:
        super().__init__([])
        self.rounds = list(rounds)

    def _chat(self, request: Request) -> Reply:
        self.script = [{"when": "", "rounds": [self.rounds[len(self.requests)]] * 30}]
        return super()._chat(request)


@contextmanager
def one_by_one(settings: Any, *rounds: Json) -> Iterator[OneByOne]:
    """A model that plays the rounds in the order of its requests."""
    stub = OneByOne(rounds)
    settings.OPENAI_BASE_URL, settings.OPENAI_API_KEY = stub.url, "sk-test"
    try:
        yield stub
    finally:
        stub.close()
