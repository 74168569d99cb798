"""Each call is answered once, in one transaction, with one line; whatever comes and however often."""

import json
import os
import time
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from receptionist import toolcalls, tools
from receptionist.models import Conversation, Handover, ToolCall
from receptionist.toolcalls import FAILED, UNKNOWN, UNREADABLE, ToolAnswer
from receptionist.tools.base import Reply, Tool, ToolArguments, ToolContext
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import database, factories
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, at_once, counted, open_call, statements, use

EXAMPLES = int(os.environ.get("AROS_FUZZ_EXAMPLES", "150"))


class Anything(ToolArguments):
    """No arguments."""


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[ToolContext], Reply]], None]:
    """Register a tool "prova" that runs a function."""

    def register(run: Callable[[ToolContext], Reply]) -> None:
        tool = Tool("prova", "", Anything, lambda context, _arguments: run(context))
        monkeypatch.setitem(tools.REGISTRY, "prova", tool)

    return register


def test_a_repeated_id_gets_the_stored_answer(call: Conversation) -> None:
    first = use(call, "book_appointment", call_id="t1", service="tagliando", start=THURSDAY)
    made = Appointment.objects.get().pk
    Appointment.objects.all().delete()
    assert use(call, "book_appointment", call_id="t1", service="tagliando", start=THURSDAY) == first
    assert not Appointment.objects.exists()
    kept = ToolCall.objects.get()
    assert (kept.call_id, kept.name, kept.result, kept.ok) == ("t1", "book_appointment", first.text, True)
    assert kept.arguments == {"service": "tagliando", "start": THURSDAY}
    assert kept.appointment_id == made


def test_a_repeated_id_of_a_tool_that_only_reads_hears_the_same(call: Conversation) -> None:
    """It runs again, but what was said first stands: the model must not hear two stories of one question."""
    first = use(call, "list_appointments", call_id="t1")
    use(call, "book_appointment", service="tagliando", start=THURSDAY)
    assert use(call, "list_appointments", call_id="t1") == first
    assert use(call, "list_appointments", call_id="t2") != first
    assert ToolCall.objects.filter(call_id="t1").count() == 1


def test_the_same_id_in_another_call_is_another_call(call: Conversation) -> None:
    use(call, "list_appointments", call_id="t1")
    use(open_call(), "list_appointments", call_id="t1")
    assert ToolCall.objects.count() == 2


def test_an_empty_id_is_never_taken_for_a_repetition(call: Conversation) -> None:
    for _ in range(2):
        toolcalls.answer(conversation=call, call_id="", name="list_appointments", arguments={})
    assert ToolCall.objects.count() == 2


@pytest.mark.parametrize("call_id", ["x" * 5000, "a\x00b", "\ud800", "ключ"])
def test_strange_ids_work_as_keys(call: Conversation, call_id: str) -> None:
    for _ in range(2):
        use(call, "list_appointments", call_id=call_id)
    assert ToolCall.objects.count() == 1


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ('{"service": "tagliando"}', None),
        ("", None),
        (None, None),
        ("{not json", UNREADABLE),
        ("[1, 2]", UNREADABLE),
        ("9" * 5000, UNREADABLE),
        ("[" * 100_000, UNREADABLE),
        ([], UNREADABLE),
    ],
)
def test_arguments_as_text(call: Conversation, arguments: Any, text: str | None) -> None:
    said = toolcalls.answer(
        conversation=call, call_id="t", name="check_availability", arguments=arguments, now=NOW
    )
    assert said.text != FAILED
    assert (said.text == UNREADABLE) is (text == UNREADABLE)


def test_an_unknown_tool_is_answered(call: Conversation) -> None:
    assert use(call, "fly_to_the_moon") == ToolAnswer(UNKNOWN, ok=False)
    assert ToolCall.objects.get().ok is False


def test_a_tool_that_breaks_is_a_sentence_and_undone(
    call: Conversation, made_up: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    def breaks(context: ToolContext) -> Reply:
        context.conversation.customer = Customer.objects.create(first_name="Segreto")
        raise ValueError("Segreto 3331112223")

    made_up(breaks)
    before = call.customer
    assert use(call, "prova", call_id="t1") == ToolAnswer(FAILED, ok=False)
    assert not Customer.objects.filter(first_name="Segreto").exists()
    assert call.customer == before
    assert ToolCall.objects.get().result == FAILED
    assert use(call, "prova", call_id="t1") == ToolAnswer(FAILED, ok=False)
    assert "ValueError" in caplog.text
    assert "Segreto" not in caplog.text


def test_a_deadlock_is_tried_once_more(call: Conversation, made_up: Callable[..., None]) -> None:
    tries = []

    def deadlocks(context: ToolContext) -> Reply:
        tries.append(1)
        if len(tries) == 1:
            with connection.cursor() as cursor:
                cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'x' USING ERRCODE = '40P01'; END $$")
        return Reply("fatto")

    made_up(deadlocks)
    assert use(call, "prova") == ToolAnswer("fatto", ok=True)
    assert len(tries) == 2


def test_a_database_that_is_away_is_a_sentence(call: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_args: object) -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(toolcalls, "_claim", away)
    assert use(call, "list_appointments") == ToolAnswer(FAILED, ok=False)


def test_answers_are_one_line_and_not_endless(call: Conversation, made_up: Callable[..., None]) -> None:
    made_up(lambda _context: Reply("uno\ndue\r\n\x00" + "parola " * 1000))
    said = use(call, "prova").text
    assert said.startswith("uno due parola")
    assert len(said) <= toolcalls.MAX_ANSWER


def test_inside_an_open_transaction_nothing_can_be_promised(
    rossi: Shop, made_up: Callable[..., None]
) -> None:
    """What is said would not be committed yet: a mistake of the programmer, told at once."""
    made_up(lambda _context: Reply("fatto"))
    with in_shop(rossi):
        conversation = open_call()
        with transaction.atomic(), pytest.raises(RuntimeError, match="durable"):
            use(conversation, "prova")


PROPERTIES = {name for tool in tools.REGISTRY.values() for name in tool.arguments.model_fields}


def keys(value: Any) -> set[str]:
    """Every key of a JSON value, however deep."""
    if isinstance(value, dict):
        return set(value).union(*(keys(each) for each in value.values()))
    return set().union(*(keys(each) for each in value)) if isinstance(value, list) else set()


def test_the_schema_is_plain() -> None:
    schema = tools.openai_schema()
    assert [each["function"]["name"] for each in schema] == [
        "check_availability",
        "book_appointment",
        "lookup_customer",
        "list_appointments",
        "reschedule_appointment",
        "cancel_appointment",
        "register_vehicle",
        "vehicle_status",
        "shop_info",
        "request_human",
    ]
    assert keys(schema) - PROPERTIES <= {
        "type",
        "function",
        "name",
        "description",
        "parameters",
        "properties",
    } | {
        "required",
        "enum",
    }
    book = next(each["function"] for each in schema if each["function"]["name"] == "book_appointment")
    assert book["parameters"]["required"] == ["service", "start"]
    assert list(book["parameters"]["properties"]) == [
        "service",
        "start",
        "license_plate",
        "first_name",
        "last_name",
        "phone",
        "drop_off",
        "notes",
        "whatsapp_confirmation",
        "another",
        "waiting_list",
    ]
    for each in schema:
        assert each["type"] == "function"
        assert each["function"]["description"]
        assert all(field["description"] for field in each["function"]["parameters"]["properties"].values())


# --- the database is asked little ----------------------------------------------------------------------------------


def test_the_envelope_asks_little(call: Conversation, made_up: Callable[..., None]) -> None:
    """The conversation, the claim and the answer: three, beside the line (cached) and the tool itself."""
    made_up(lambda _context: Reply("fatto"))
    with counted() as captured:
        conversation = open_call(MARIO, call.external_id)
        use(conversation, "prova")
    assert len(statements(captured)) == 3, statements(captured)


@pytest.mark.parametrize(
    ("tool", "arguments", "most"),
    [
        ("check_availability", {"service": "tagliando"}, 2),
        (
            "check_availability",
            {"service": "tagliando", "date_from": "2026-11-26", "date_to": "2026-11-26"},
            2,
        ),
        ("book_appointment", {"service": "tagliando", "start": THURSDAY}, 8),
        ("book_appointment", {"service": "tagliando", "start": THURSDAY, "license_plate": "GA123BC"}, 8),
        ("lookup_customer", {}, 2),
        ("list_appointments", {}, 1),
        ("vehicle_status", {}, 2),
        ("shop_info", {"topic": "orari"}, 2),
        ("request_human", {"reason": "x"}, 11),
    ],
)
def test_tools_ask_little(call: Conversation, tool: str, arguments: dict[str, str], most: int) -> None:
    for _ in range(3):
        factories.appointment(
            NOW, customer=call.customer, vehicle=None, status="in_progress", bay=factories.bay()
        )
    Service.objects.get(name="Tagliando").bays.set(Service.objects.get(name="Freni").bays.all())
    with counted() as captured:
        use(call, tool, **arguments)
    envelope = 2
    assert len(statements(captured)) - envelope <= most, "\n".join(statements(captured))


# --- at the same time ----------------------------------------------------------------------------------------------


def test_the_same_id_at_once_runs_once(committed: Shop, made_up: Callable[..., None]) -> None:
    ran = []

    def slowly(context: ToolContext) -> Reply:
        ran.append(1)
        time.sleep(0.2)
        return Reply(f"fatto {len(ran)}")

    made_up(slowly)
    with in_shop(committed):
        conversation = open_call(None)
    answers = at_once(committed, lambda _number: use(conversation, "prova", call_id="t1"), 6)
    assert ran == [1]
    assert {answer.text for answer in answers} == {"fatto 1"}


def wait_for_a_waiting_backend() -> None:
    """Until another connection waits for this one's row; at most ten seconds."""
    waiting = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'"
    with database.superuser() as admin:
        for _ in range(200):
            row = admin.execute(waiting).fetchone()
            if row and row[0]:
                return
            time.sleep(0.05)


def test_when_the_first_fails_at_once_the_second_does_the_work(
    committed: Shop, made_up: Callable[..., None]
) -> None:
    ran = []

    def fails_first(context: ToolContext) -> Reply:
        ran.append(1)
        if len(ran) == 1:
            wait_for_a_waiting_backend()
            raise ValueError
        return Reply("fatto")

    made_up(fails_first)
    with in_shop(committed):
        conversation = open_call(None)
    answers = at_once(committed, lambda _number: use(conversation, "prova", call_id="t1"), 2)
    with in_shop(committed):
        kept = ToolCall.objects.get()
    assert "fatto" in {answer.text for answer in answers}
    assert kept.result in {"fatto", FAILED}


def test_the_same_wish_at_once_with_new_ids_books_once(committed: Shop) -> None:
    with in_shop(committed):
        factories.vehicle(factories.customer(phone=MARIO))
        conversation = open_call()
    answers = at_once(
        committed, lambda _n: use(conversation, "book_appointment", service="tagliando", start=THURSDAY), 8
    )
    with in_shop(committed):
        assert Appointment.objects.count() == 1
    heads = sorted(answer.text.split(":")[0] for answer in answers)
    assert heads == ["Era già prenotato"] * 7 + ["Prenotato"]


def test_an_anonymous_caller_at_once_is_one_customer(committed: Shop) -> None:
    with in_shop(committed):
        conversation = open_call(None)

    def book(number: int) -> ToolAnswer:
        with in_shop(committed):
            own = Conversation.objects.get(pk=conversation.pk)
        return use(
            own,
            "book_appointment",
            service=("tagliando", "revisione")[number % 2],
            start=THURSDAY,
            phone="3339998888",
            first_name="Ugo",
            license_plate=f"AB12{number}CD",
        )

    answers = at_once(committed, book, 3)
    assert all(answer.text.startswith("Prenotato") for answer in answers), answers
    with in_shop(committed):
        assert Customer.objects.count() == 1
        assert Appointment.objects.count() == 3


def test_a_new_caller_at_once_is_one_customer_with_one_car(committed: Shop) -> None:
    with in_shop(committed):
        calls = [open_call("+393209998877") for _ in range(4)]

    def register(number: int) -> ToolAnswer:
        return use(calls[number], "register_vehicle", license_plate="AB123CD")

    answers = at_once(committed, register, 4)
    assert len({answer.text for answer in answers}) == 1
    with in_shop(committed):
        assert Customer.objects.get().vehicles.get() == Vehicle.objects.get()


def test_the_last_slot_goes_to_one_and_the_others_hear_alternatives(committed: Shop) -> None:
    with in_shop(committed):
        service = Service.objects.get(name="Revisione")
        assert service.bays.count() == 1
        calls = [open_call(f"+3932000000{number:02d}") for number in range(10)]

    def book(number: int) -> ToolAnswer:
        return use(calls[number], "book_appointment", service="revisione", start=THURSDAY, first_name="Ugo")

    answers = at_once(committed, book, 10)
    assert sum(answer.ok for answer in answers) == 1
    lost = [answer.text for answer in answers if not answer.ok]
    assert all(text.startswith("Quell'orario non è più libero. Posso offrire") for text in lost)
    with in_shop(committed):
        assert Customer.objects.count() == 1


# --- whatever comes ------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=5,
)
plausible = st.sampled_from(
    [
        "tagliando",
        "gomme",
        "revisione",
        THURSDAY,
        "2026-11-29T25:61",
        "2027-03-28T02:30",
        "9999-12-31T23:59",
        "0001-01-01",
        "1582-10-10",
        "domani",
        "AB123CD",
        "XX-000-XX",
        "n" * 5000,
        "Robert'); DROP TABLE scheduling_customer;--",
        "+393331112223",
        "\x00",
        "\ud800",
        "🚗",
        "null",
        -1,
        1e308,
        "orari",
        "san francesco",
    ]
)
fields = [
    "service",
    "start",
    "date_from",
    "date_to",
    "part_of_day",
    "license_plate",
    "first_name",
    "last_name",
]
fields += [
    "phone",
    "drop_off",
    "notes",
    "appointment",
    "reason",
    "make",
    "model",
    "year",
    "vin",
    "topic",
    "tenant_id",
]
argument_sets = st.dictionaries(
    st.sampled_from(fields) | st.text(max_size=8), plausible | json_values, max_size=6
)


@pytest.mark.fuzz
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    name=st.sampled_from([*tools.REGISTRY, "nessuno"]),
    arguments=argument_sets | argument_sets.map(json.dumps) | st.text(max_size=50) | st.none(),
    who=st.sampled_from([MARIO, None, "+393209998877"]),
    call_id=st.text(max_size=20),
)
def test_whatever_arguments_come_the_answer_is_one_line(
    panda: Vehicle, name: str, arguments: Any, who: str | None, call_id: str
) -> None:
    conversation = open_call(who)
    said = toolcalls.answer(
        conversation=conversation, call_id=call_id, name=name, arguments=arguments, now=NOW
    )
    assert said.text
    assert said.text != FAILED
    assert len(said.text.splitlines()) == 1
    assert len(said.text) <= toolcalls.MAX_ANSWER
    panda.refresh_from_db()
    assert panda.customer is not None
    assert Handover.objects.count() <= Conversation.objects.count()
