"""Somebody writes on WhatsApp: messages go in as the webhook stores them, answers are read as the phone gets them."""

import itertools
from dataclasses import dataclass, field
from typing import Any

from django.db.models import QuerySet

from receptionist import inbound, turns
from receptionist.inbound import Incoming, Person, Received
from receptionist.models import Conversation, MessageKind, OutboundMessage, Purpose

LINE = "wa-rossi"
_ids = itertools.count(1)


@dataclass
class Chat:
    """One person's chat with the shop. Taps are counted, messages too."""

    person: Person
    line: str = LINE
    taps: int = 0
    texts: int = 0
    conversation_ids: list[Any] = field(default_factory=list)

    def say(self, text: str, kind: MessageKind = MessageKind.TEXT, **payload: Any) -> str:
        """Write something; the text of the answer ("" when there is none)."""
        self.texts += 1
        return self._send(Incoming(wire_id=_wire(), kind=kind, text=text, payload=payload))

    def tap(self, title: str) -> str:
        """Tap a button or a row of the last answer, by the beginning of its title."""
        for option in self.options:
            if option["title"].lower().startswith(title.lower()):
                return self.tap_id(option["id"], option["title"])
        raise AssertionError(f"No option {title!r} among {self.titles}")

    def tap_id(self, option_id: str, title: str = "", kind: MessageKind = MessageKind.INTERACTIVE) -> str:
        """Tap something by its id: a row of an old list, a template's button."""
        self.taps += 1
        return self._send(
            Incoming(wire_id=_wire(), kind=kind, text=title, payload={"id": option_id, "title": title})
        )

    def react(self, emoji: str) -> str:
        """React to the last answer."""
        last = self._last()
        if last is not None and last.wire_id is None:
            last.wire_id = _wire()
            last.save(update_fields=["wire_id"])
        payload = {"emoji": emoji, "message_id": last.wire_id if last else ""}
        return self._send(Incoming(wire_id=_wire(), kind=MessageKind.REACTION, payload=payload))

    def receive(self, message: Incoming) -> Received:
        """Only store a message, without answering it."""
        return inbound.receive(channel="whatsapp", person=self.person, line=self.line, message=message)

    def _send(self, message: Incoming) -> str:
        before = self._count()
        received = self.receive(message)
        self.conversation_ids.append(received.conversation_id)
        turns.run(conversation_id=received.conversation_id)
        return self.text if self._count() > before else ""

    @property
    def conversation(self) -> Conversation:
        """The conversation as it stands in the table."""
        return Conversation.objects.get(pk=self.conversation_ids[-1])

    @property
    def content(self) -> dict[str, Any]:
        """The last answer, as it goes out."""
        last = self._last()
        return dict(last.content) if last else {}

    @property
    def text(self) -> str:
        """The words of the last answer."""
        return str(self.content.get("text", ""))

    @property
    def options(self) -> list[dict[str, str]]:
        """What can be tapped in the last answer."""
        return list(self.content.get("options", ()))

    @property
    def titles(self) -> list[str]:
        """The titles of what can be tapped."""
        return [option["title"] for option in self.options]

    def _last(self) -> OutboundMessage | None:
        return self._mine().order_by("-created_at").first()

    def _mine(self) -> QuerySet[OutboundMessage]:
        return OutboundMessage.objects.filter(recipient=self.person.contact, purpose=Purpose.REPLY)

    def _count(self) -> int:
        return self._mine().count()


def _wire() -> str:
    return f"wamid.chat.{next(_ids)}"


def chat_with(phone: str = "+393331112223", name: str = "", user_id: str = "") -> Chat:
    """A chat of somebody with this number."""
    return Chat(Person(phone=phone, user_id=user_id, name=name))
