"""Who gets no answer in time asks again: there is one appointment for one work on one car, until they want two."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from receptionist import turns
from receptionist.inbound import Incoming
from receptionist.models import Conversation, MessageKind, ToolCall
from scheduling import booking
from scheduling.errors import StandsAlready
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist import chatting
from tests.receptionist.chat import Chat, chat_with
from tests.receptionist.conftest import MARIO, NOW, THURSDAY, at, at_once, open_call, use

FRIDAY = "2026-11-27T10:00"
STANDS = "C'è già un appuntamento"


@pytest.fixture
def chat(panda: Vehicle, settings: Any) -> Iterator[Chat]:
    """Mario writes, and is answered step by step."""
    settings.BURST_WAIT_SECONDS, settings.OPENAI_API_KEY = 0, ""
    with time_machine.travel(NOW + timedelta(minutes=5), tick=True):
        yield chat_with()


def starts() -> list[str]:
    """When the live appointments begin, local."""
    rows = Appointment.objects.exclude(status="cancelled").order_by("scheduled_at")
    return [f"{timezone.localtime(row.scheduled_at, NOW.tzinfo):%Y-%m-%dT%H:%M}" for row in rows]


def book(conversation: Conversation, start: str, **arguments: str) -> Any:
    """The model books a tagliando."""
    return use(conversation, "book_appointment", service="tagliando", start=start, **arguments)


def test_the_same_start_again_is_told_under_any_id(call: Conversation) -> None:
    book(call, THURSDAY)
    for again in (call, open_call()):  # the call's tool call once more with an id of its own; another call
        said = book(again, THURSDAY)
        assert said.ok
        assert said.text.startswith("Era già prenotato")
    assert starts() == [THURSDAY]


def test_another_start_is_asked_about_in_any_call(call: Conversation) -> None:
    book(call, THURSDAY)
    code = Appointment.objects.get().code
    for again in (call, open_call()):
        said = book(again, FRIDAY)
        assert not said.ok
        assert said.text.startswith(f"{STANDS}: tagliando per la Fiat Panda, giovedì")
        assert f"codice {code}" in said.text
        assert "Prenotato" not in said.text
    assert starts() == [THURSDAY]


def test_who_wants_a_second_one_gets_it(call: Conversation) -> None:
    book(call, THURSDAY)
    assert book(call, FRIDAY, another="no").text.startswith(STANDS)
    assert book(call, FRIDAY, another="sì").text.startswith("Prenotato")
    assert starts() == [THURSDAY, FRIDAY]


def test_another_car_another_work_and_what_is_over_are_not_in_the_way(
    call: Conversation, mario: Customer, panda: Vehicle
) -> None:
    book(call, THURSDAY)
    assert book(call, FRIDAY, license_plate="ZZ999ZZ").text.startswith("Prenotato")
    said = use(
        call,
        "book_appointment",
        service="revisione",
        start="2026-11-27T15:00",
        license_plate=panda.license_plate,
    )
    assert said.text.startswith("Prenotato")
    booking.cancel(appointment=Appointment.objects.get(scheduled_at=at(THURSDAY)), by="officina")
    assert book(call, "2026-11-30T09:00", license_plate=panda.license_plate).text.startswith("Prenotato")
    assert len(starts()) == 3


def test_one_without_a_car_may_be_the_same(stranger: Conversation) -> None:
    book(stranger, THURSDAY, first_name="Ada")
    assert book(stranger, FRIDAY, license_plate="ZZ999ZZ").text.startswith(STANDS)
    assert starts() == [THURSDAY]


def test_a_stranger_who_is_refused_learns_nothing_of_others(
    stranger: Conversation, call: Conversation
) -> None:
    book(call, THURSDAY)
    said = book(stranger, FRIDAY, first_name="Ada", license_plate="GA123BC")
    assert said.text.startswith("Prenotato")
    assert "Panda" not in said.text


def test_two_starts_at_once_are_one_appointment(committed: Shop) -> None:
    with in_shop(committed):
        factories.vehicle(factories.customer(phone=MARIO))
        conversation = open_call()
    said = at_once(
        committed,
        lambda n: book(Conversation.objects.get(pk=conversation.pk), (THURSDAY, FRIDAY)[n]).text,
        2,
    )
    assert sorted(each.split(":")[0] for each in said) == [STANDS, "Prenotato"]
    with in_shop(committed):
        assert len(starts()) == 1


def test_the_verb_refuses_only_where_it_is_asked_to(mario: Customer, panda: Vehicle) -> None:
    service = Service.objects.get(name="Tagliando")
    wish: dict[str, Any] = {"customer": mario, "vehicle": panda, "service": service, "now": NOW}
    first = booking.book(**wish, starts_at=at(THURSDAY), source="manual").appointment
    with pytest.raises(StandsAlready) as refused:
        booking.book(**wish, starts_at=at(FRIDAY), source="ai_voice", alone=True)
    assert refused.value.standing == first.pk
    again = booking.book(**wish, starts_at=at(THURSDAY), source="ai_voice", alone=True)
    assert (again.appointment.pk, again.created) == (first.pk, False)
    assert booking.book(**wish, starts_at=at(FRIDAY), source="manual").created


def out_of_step(chat: Chat) -> None:
    """Mario said yes, has not seen the answer, began anew and says yes to another time."""
    chat.say("revisione giovedì alle 9")
    chat.tap("Sì")
    chat.tap_id("m:book")
    chat.say("revisione")
    chat.tap_id(f"at:{FRIDAY}|{Service.objects.get(name='Revisione').pk.hex}")
    assert "Confermo?" in chat.text
    chat.tap("Sì")


def test_step_by_step_nobody_gets_two_because_an_answer_was_late(chat: Chat) -> None:
    out_of_step(chat)
    assert chat.text.startswith(f"{STANDS}: revisione per la Fiat Panda (GA 123 BC), giovedì 26 novembre")
    assert chat.titles == ["Sposta", "Lascia com'è", "Ne serve un secondo"]
    assert starts() == ["2026-11-26T09:00"]


@pytest.mark.parametrize("tapped", [True, False], ids=["tap", "text"])
@pytest.mark.parametrize(
    ("title", "text", "left"),
    [
        ("Lascia", "no, lascia com'è", ["2026-11-26T09:00"]),
        ("Ne serve", "ne voglio un altro", ["2026-11-26T09:00", FRIDAY]),
        ("Sposta", "sì", [FRIDAY]),
    ],
    ids=["keep", "second", "move"],
)
def test_step_by_step_each_answer_does_what_it_says(
    chat: Chat, title: str, text: str, left: list[str], tapped: bool
) -> None:
    out_of_step(chat)
    if tapped:
        chat.tap(title)
    else:
        chat.say(text)
    if title == "Sposta":
        assert starts() == ["2026-11-26T09:00"]
        chat.tap("Sì")
    assert starts() == left


def test_step_by_step_an_old_button_for_a_second_one_books_nothing(chat: Chat) -> None:
    out_of_step(chat)
    second = chat.options[2]["id"]
    chat.tap("Lascia")
    chat.tap_id(second)
    assert starts() == ["2026-11-26T09:00"]


def test_step_by_step_what_is_no_answer_is_asked_again(chat: Chat) -> None:
    out_of_step(chat)
    chat.say("xyzzy")
    assert STANDS in chat.text
    assert starts() == ["2026-11-26T09:00"]


def test_step_by_step_the_question_is_asked_once_in_a_turn_that_is_run_again(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    chat.tap("Sì")
    chat.say("Vorrei prenotare la revisione venerdì alle 10")
    place = chat.receive(Incoming(wire_id="wamid.yes1", kind=MessageKind.TEXT, text="sì, va bene"))
    chat.receive(Incoming(wire_id="wamid.yes2", kind=MessageKind.TEXT, text="sì, va bene"))
    turns.run(conversation_id=place.conversation_id)
    turns.run(conversation_id=place.conversation_id)
    assert STANDS in chat.text
    assert starts() == ["2026-11-26T09:00"]


def test_a_model_hears_what_stands(panda: Vehicle, settings: Any) -> None:
    chat = chatting.Chat(settings)
    booked = chatting.call("book_appointment", service="tagliando", start=THURSDAY)
    chat.write("Giovedì alle 9:30, grazie.", booked, chatting.says("Prenotato, giovedì alle 9:30."))
    elsewhere = chatting.call("book_appointment", service="tagliando", start=FRIDAY)
    asks = "C'è già un appuntamento giovedì alle 9:30: lo sposto a venerdì alle 10:00?"
    answer = chat.write("Allora? Venerdì alle 10?", elsewhere, chatting.says(asks))
    assert answer.content
    assert (answer.content.text, answer.mode) == (asks, "model")
    assert starts() == [THURSDAY]
    assert ToolCall.objects.filter(name="book_appointment", ok=False).count() == 1
