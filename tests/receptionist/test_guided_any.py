"""Whatever is written and tapped, in whatever order: never an error, always an answer that WhatsApp takes."""

import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from receptionist import guided
from receptionist.content import Answer
from receptionist.models import (
    Conversation,
    ConversationMessage,
    ConversationStatus,
    MessageKind,
    MessageRole,
)
from scheduling.models import Appointment, Customer, Service, Vehicle
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, at

TEXTS = [
    *(
        "ciao",
        "vorrei prenotare",
        "tagliando",
        "revisione giovedì alle 9",
        "freni domani alle 12:15",
        "gomme e revisione",
    ),
    *(
        "sì",
        "no",
        "ok",
        "👍",
        "👎",
        "boh",
        "non la so",
        "indietro",
        "menu",
        "annulla",
        "altri orari",
        "il primo",
        "anzi venerdì",
    ),
    *(
        "alle 11",
        "di pomeriggio",
        "la settimana prossima",
        "dopo Natale",
        "ieri",
        "giovedì",
        "il 31",
        "domenica",
        "AB123CD",
    ),
    *(
        "per la Panda",
        "per la Golf",
        "due macchine",
        "la Panda giovedì e la Golf venerdì",
        "aspetto",
        "la lascio",
    ),
    *(
        "è pronta?",
        "quanto verrà a costare?",
        "quanto tempo ci vuole?",
        "ci penso",
        "quanto costa?",
        "quanto costa la frizione",
        "che orari fate?",
        "dove siete?",
        "sposta l'appuntamento",
    ),
    *(
        "vorrei disdire",
        "spostalo a venerdì alle 10",
        "annullalo",
        "GA123BC",
        "ZZ999ZZ",
        "Mario Rossi",
        "333 1234567",
    ),
    *(
        "sono un rappresentante",
        "cercate personale?",
        "sono deluso",
        "grazie",
        "asdf",
        "😀",
        "",
        "Hello",
        "tomorrow at 3pm",
    ),
    *(
        "I need an oil change",
        "tutti e due",
        "cambia",
        "un altro giorno",
        "un'altra macchina",
        "quella",
        "2",
        "9",
        "9:30",
    ),
]
TAPS = [
    *(
        "m:book",
        "m:status",
        "m:change",
        "m:price",
        "m:hours",
        "change",
        "c:time",
        "c:car",
        "c:service",
        "c:drop",
        "no",
    ),
    *(
        "yes:2026-11-26T09:00",
        "yes:x",
        "yes:",
        "more:",
        "more:2026-11-26T14:00",
        "more:zzz",
        "svc:other",
        "svc:x",
        "svc:both:x",
    ),
    *(
        "car:GA123BC",
        "car:other",
        "car:unknown",
        "car:ZZ999ZZ",
        "stay:lascia",
        "stay:x",
        "wait::",
        "wait:2026-11-24:2026-11-24:",
    ),
    *(
        "wait:x:y:z",
        "day:2026-11-26:09:30:",
        "day:x",
        "at:2026-11-26T09:00|x",
        "at:x|y",
        "mv:2026-11-27T10:00|NOPE",
        "move:NOPE",
    ),
    *(
        "cancel:NOPE",
        "keep:NOPE",
        "confirm:NOPE",
        "drop:NOPE",
        "pick:NOPE",
        "quote:yes",
        "call:yes",
        "unknown:thing",
        ":",
        "x" * 300,
    ),
]
KINDS = [kind for kind in MessageKind if kind not in (MessageKind.SYSTEM,)]
STEP = st.one_of(
    st.tuples(st.just("text"), st.sampled_from(TEXTS)),
    st.tuples(st.just("text"), st.text(max_size=60)),
    st.tuples(st.just("tap"), st.sampled_from(TAPS)),
    st.tuples(st.just("option"), st.integers(0, 9)),
    st.tuples(st.just("option"), st.integers(0, 9)),
    st.tuples(st.just("code"), st.sampled_from(["move", "cancel", "confirm", "drop", "keep", "pick"])),
    st.tuples(st.just("react"), st.sampled_from(["👍", "👎", "❤️", ""])),
    st.tuples(st.just("kind"), st.sampled_from(KINDS)),
)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel(NOW + timedelta(minutes=5), tick=True):
        yield


@pytest.fixture
def chat(panda: Vehicle, mario: Customer) -> Conversation:
    factories.vehicle(mario, make="Volkswagen", model="Golf", license_plate="GB456CD")
    for day, source in (("2026-11-30T09:00", "ai_voice"), ("2026-12-01T09:00", "ai_whatsapp")):
        factories.appointment(
            at(day),
            customer=mario,
            vehicle=panda,
            source=source,
            service=Service.objects.get(name="Revisione"),
        )
    return Conversation.objects.create(
        channel="whatsapp",
        external_id="wamid.any",
        contact=MARIO,
        phone_number=MARIO,
        caller_verified=True,
        customer=mario,
    )


def message(step: tuple[str, Any], shown: Answer | None) -> ConversationMessage:
    """What a phone would send for the step."""
    kind, payload, text = MessageKind.TEXT, {}, ""
    match step:
        case ("text", said):
            text = said
        case ("tap", tapped):
            kind, payload = MessageKind.INTERACTIVE, {"id": tapped, "title": tapped[:20]}
        case ("option", number):
            options = shown.content.options if shown and shown.content else ()
            if not options:
                text = "ok"
            else:
                chosen = options[number % len(options)]
                kind, payload = MessageKind.INTERACTIVE, {"id": chosen.id, "title": chosen.title}
        case ("code", verb):
            code = Appointment.objects.order_by("scheduled_at").first()
            kind, payload = MessageKind.BUTTON, {"id": f"{verb}:{code.code if code else ''}", "title": verb}
        case ("react", emoji):
            kind, payload = MessageKind.REACTION, {"emoji": emoji, "message_id": "wamid.x"}
        case ("kind", other):
            kind = other
    return ConversationMessage(
        role=MessageRole.CUSTOMER, kind=kind, text=text.replace("\x00", ""), payload=payload
    )


def check(answer: Answer, said: ConversationMessage) -> None:
    """What WhatsApp takes and a customer understands."""
    if answer.content is None:
        assert said.kind in (MessageKind.REACTION, MessageKind.SYSTEM)
        return
    text, options = answer.content.text, answer.content.options
    assert text.strip()
    assert len(text) <= (1024 if options else 4096)
    assert len(options) <= 10
    assert len({option.id for option in options}) == len(options)
    assert len({option.title for option in options}) == len(options)
    for option in options:
        assert 0 < len(option.id) <= 200
        assert 0 < len(option.title.strip()) <= (20 if len(options) <= 3 and not option.description else 24)
        assert len(option.description) <= 72
    assert 0 < len(answer.content.button) <= 20
    assert not any(
        word in text for word in ("None", "Traceback", "{", "}", "chiedere", "Proporre", "proporre")
    )


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[
        HealthCheck.function_scoped_fixture,
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
    ],
)
@given(st.lists(STEP, min_size=1, max_size=14))
def test_any_sequence(chat: Conversation, steps: list[tuple[str, Any]]) -> None:
    conversation = Conversation.objects.select_related("customer").get(pk=chat.pk)
    conversation.guided, conversation.language, conversation.status = {}, "it", ConversationStatus.ACTIVE
    answer: Answer | None = None
    for step in steps:
        said = message(step, answer)
        with capture_logs() as logs:
            given_answer = guided.reply(conversation, pending=[said])
        failed = [line for line in logs if line["event"] in ("guided turn failed", "tool failed")]
        assert not failed, failed
        check(given_answer, said)
        conversation.failed_turns = conversation.failed_turns + 1 if given_answer.failed else 0
        answer = given_answer if given_answer.content else answer
    live = Appointment.objects.filter(status="confirmed").values_list("bay_id", "scheduled_at")
    assert len(live) == len(set(live))


def test_no_answer_takes_long(chat: Conversation) -> None:
    for text in (
        "a " * 2048,
        "giovedì " * 500,
        "alle 9 e 30 " * 340,
        "1/1/1 " * 600,
        "è pronta " * 450,
        "(" * 4096,
    ):
        conversation = Conversation.objects.get(pk=chat.pk)
        began = time.perf_counter()
        guided.reply(conversation, pending=[message(("text", text[:4096]), None)])
        assert time.perf_counter() - began < 3, text[:20]
