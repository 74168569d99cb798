"""Writing to one's own receptionist to see what it does: the brain, the tools and the settings that customers get.

A trial has no rows. Every turn is a rehearsal (shops.db.rehearsal): the message comes in as the channel's webhook would
store it, a turn answers it, and then all of it is rolled back. What was written goes along in the trial, so that the next
turn finds the appointment that this one "made", with its code. What the model costs is real, and counted.
"""

import secrets
import time
import uuid
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone

from receptionist import conversations, handover, inbound, opening, prompt, turns
from receptionist.content import Content, Option
from receptionist.inbound import Incoming, Person
from receptionist.italian.telling import WRITTEN
from receptionist.models import (
    AIConfig,
    Channel,
    Conversation,
    ConversationStatus,
    Handover,
    MessageKind,
    OutboundMessage,
    ToolCall,
)
from scheduling import catalogue
from scheduling.models import Appointment, Bay, Customer
from shops.context import current_shop
from shops.db.rehearsal import Journal, Statement, rehearse

CHANNEL = Channel.WHATSAPP
# No operator has these numbers: a new customer who exists nowhere.
UNUSED_NUMBERS = "+39399"


@dataclass
class Trial:
    """Who writes, and what the turns so far have written. To be kept between two turns as it is."""

    person: Person
    journal: list[Statement] = field(default_factory=list)
    told: set[uuid.UUID] = field(default_factory=set)
    """Tool calls and messages that were reported."""


@dataclass(frozen=True)
class Used:
    """A tool that the turn used: what it was asked, what it answered, and how long that took."""

    name: str
    arguments: dict[str, Any]
    result: str
    ok: bool
    milliseconds: int


@dataclass(frozen=True)
class Booked:
    """An appointment as it stands in the trial. `begins` aware."""

    code: str
    service: str
    car: str
    begins: datetime
    status: str


@dataclass(frozen=True)
class Rules:
    """The settings that the turn went by, as they were in that moment; sentences are the assistant's own."""

    first_sentence: str
    hours: str
    services: int
    questions: int
    has_instructions: bool
    formality: str
    model: str
    has_key: bool
    is_open: bool


@dataclass(frozen=True)
class Report:
    """What one turn did. `said`: its messages, none when nobody answers because a person has the chat (`silent`).

    `mode` and `why` are those of the Answer. `lost`: what was played before does not hold any more, because somebody
    has really taken the place. `person`: why a person was asked for in this turn.
    """

    said: tuple[Content, ...]
    mode: str
    why: str
    tools: tuple[Used, ...]
    booked: tuple[Booked, ...]
    rules: Rules
    person: str
    silent: bool
    ended: bool
    lost: bool
    milliseconds: int

    @property
    def seconds(self) -> float:
        """The time to answer."""
        return self.milliseconds / 1000


def new_customer() -> Person:
    """Somebody the shop does not know, with a telephone number that nobody has."""
    while True:
        phone = f"{UNUSED_NUMBERS}{secrets.randbelow(10**7):07}"
        if not Customer.objects.filter(phone=phone).exists():
            return Person(phone=phone)


def say(*, trial: Trial, text: str = "", tap: Option | None = None) -> Report:
    """Write a text, or tap an option, and have it answered. Outside of any transaction, inside the shop.

    Side effects: `trial` remembers; in the database only the count of what the model cost. No connection is held while
    the model is waited for. Raises database errors; then the trial is as it was before.
    """
    began = time.perf_counter()
    with rehearse(trial.journal, prepare=_lock_bays) as play:
        rules = _rules(timezone.now())
        asked = set(Handover.objects.filter(conversation__contact=trial.person.contact).values_list("pk"))
        place = _receive(trial, text, tap)
        answer = turns.run_at_once(conversation_id=place)
        milliseconds = int((time.perf_counter() - began) * 1000)
        conversation = Conversation.objects.get(pk=place)
        tools = [row for row in _tools(conversation) if row.pk not in trial.told]
        messages = [row for row in _messages(conversation) if row.pk not in trial.told]
        report = Report(
            said=tuple(Content.from_json(row.content) for row in messages),
            mode=answer.mode if answer else "",
            why=answer.why if answer else "",
            tools=tuple(map(_used, tools)),
            booked=tuple(_booked(row) for row in conversations.appointments_of(conversation)),
            rules=rules,
            person=_reason(conversation, asked),
            silent=answer is None and handover.is_silent(conversation),
            ended=conversation.ended_at is not None,
            lost=play.lost > 0,
            milliseconds=milliseconds,
        )
    trial.journal = play.journal
    trial.told |= {row.pk for row in (*tools, *messages)}
    return report


def _lock_bays(journal: Journal) -> None:
    """In the order of the verbs: bays first, then appointments, so that no customer and no trial wait in a ring."""
    if any(Appointment._meta.db_table in each.sql for each in journal):
        list(Bay.objects.select_for_update().filter(is_active=True).order_by("pk").values_list("pk"))


def _receive(trial: Trial, text: str, tap: Option | None) -> uuid.UUID:
    """The message comes in; the id of its conversation. A chat that the customer really has open is left alone."""
    if not trial.journal:
        own = Q(contact=trial.person.contact) | Q(customer__phone=trial.person.phone)
        there = Conversation.objects.filter(own, channel=CHANNEL, ended_at=None)
        there.update(ended_at=timezone.now(), status=ConversationStatus.COMPLETED)
    message = Incoming(
        wire_id=f"trial:{uuid.uuid4()}",
        kind=MessageKind.INTERACTIVE if tap else MessageKind.TEXT,
        text=tap.title if tap else text,
        payload={"id": tap.id, "title": tap.title} if tap else {},
    )
    received = inbound.receive(channel=CHANNEL, person=trial.person, line="", message=message)
    return received.conversation_id


def _tools(conversation: Conversation) -> list[ToolCall]:
    return list(ToolCall.objects.filter(conversation=conversation).order_by("created_at"))


def _messages(conversation: Conversation) -> list[OutboundMessage]:
    return list(OutboundMessage.objects.filter(conversation=conversation).order_by("created_at"))


def _used(row: ToolCall) -> Used:
    return Used(row.name, dict(row.arguments), row.result, bool(row.ok), row.duration_ms)


def _booked(row: Appointment) -> Booked:
    car = str(row.vehicle.license_plate) if row.vehicle else ""
    return Booked(row.code, row.service.name, car, row.scheduled_at, row.status)


def _reason(conversation: Conversation, before: set[Any]) -> str:
    """Why a person was asked for in this turn, "" when none was."""
    rows = Handover.objects.filter(conversation=conversation).order_by("-created_at")
    return next((row.reason for row in rows if (row.pk,) not in before), "")


def _rules(now: datetime) -> Rules:
    config, offered = AIConfig.load(), catalogue.load(current_shop())
    return Rules(
        first_sentence=prompt.first_sentence(
            config=config, conversation=Conversation(channel=CHANNEL), now=now
        ),
        hours=opening.say_week(offered.calendar, WRITTEN),
        services=len(offered.services),
        questions=len(config.faq),
        has_instructions=bool(config.instructions.strip()),
        formality=config.formality,
        model=config.llm_model,
        has_key=bool(settings.OPENAI_API_KEY),
        is_open=offered.calendar.is_open(now),
    )
