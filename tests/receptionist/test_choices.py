"""Slots that a model's answer offers can be tapped, when they are slots that it was given."""

from typing import Any

import pytest

from receptionist.brain import choices
from receptionist.models import MessageKind
from scheduling.models import Appointment, Vehicle
from tests.receptionist.chatting import Chat, call, says
from tests.receptionist.conftest import NOW, at

SYSTEM = "- Tagliando: 2026-11-26T09:30 = giovedì 26 novembre alle 9:30; 2026-12-01T14:00 = martedì 1º dicembre alle 14:00."
TOLD = (
    "Tagliando: posso offrire giovedì 26 novembre alle 8:00, alle 8:30 o alle 9:00 oppure venerdì 27 novembre alle "
    "8:00. Quale va bene?"
)


@pytest.fixture
def chat(panda: Vehicle, settings: Any) -> Chat:
    """Mario writes."""
    return Chat(settings)


def rows(text: str, told: tuple[str, ...] = (TOLD,), system: str = SYSTEM) -> list[str]:
    return [each.id for each in choices.slots(text, system=system, told=told, now=NOW)]


@pytest.mark.parametrize(
    ("text", "ids"),
    [
        (
            "Giovedì 26 novembre alle 8:00, alle 8:30 o venerdì 27 novembre alle 8:00: quale preferisce?",
            ["2026-11-26T08:00", "2026-11-26T08:30", "2026-11-27T08:00"],
        ),
        ("Va bene giovedì 26 novembre alle 9 oppure alle 9:30?", ["2026-11-26T09:00", "2026-11-26T09:30"]),
        (
            "Martedì 1º dicembre alle 14.00 o giovedì 26 novembre alle 8?",
            ["2026-12-01T14:00", "2026-11-26T08:00"],
        ),
        ("Dopodomani alle 8:00 o alle 8:30?", ["2026-11-26T08:00", "2026-11-26T08:30"]),
    ],
)
def test_slots_that_were_given_can_be_tapped(text: str, ids: list[str]) -> None:
    assert rows(text) == ids


@pytest.mark.parametrize(
    "text",
    [
        "Posso offrire giovedì 26 novembre alle 8:00 o alle 8:30.",  # asks nothing
        "Va bene giovedì 26 novembre alle 8:00?",  # a yes or a no
        "Giovedì 26 novembre alle 8:00 o alle 10:00?",  # ten was not given
        "Giovedì 26 novembre alle 8:00 o venerdì 27 alle 8:00?",  # which 27 is not said
        "Giovedì 26 novembre alle 8:00 o il 27 alle 8:00?",
        "Giovedì 26 novembre alle 8:00 o ven 27/11 alle 8:00?",
        "Giovedì 26 novembre alle 8:00 o venerdì alle 8:00?",
        "Giovedì alle 8:00 o alle 8:30?",
        "Alle 8:00 o alle 8:30?",
        "Giovedì 26 novembre alle 8:00 o alle 25:00?",
        "Giovedì 31 novembre alle 8:00 o alle 8:30?",
        "Thursday 26 November at 8:00 or at 8:30?",
        "Quale giorno preferisce?",
        "",
    ],
)
def test_nothing_is_guessed(text: str) -> None:
    assert rows(text) == []


def test_only_offers_count_as_given() -> None:
    told = ("A quell'ora siamo chiusi: giovedì 26 novembre siamo aperti dalle 8:00 alle 12:30.",)
    assert rows("Giovedì 26 novembre alle 8:00 o alle 12:30?", told=told) == []


def test_titles_fit_a_row() -> None:
    options = choices.slots("Giovedì 26 novembre alle 8:00 o alle 8:30?", system="", told=(TOLD,), now=NOW)
    assert [each.title for each in options] == ["gio 26/11 08:00", "gio 26/11 08:30"]


def test_a_tap_books_what_was_offered(chat: Chat) -> None:
    answer = chat.write(
        "Vorrei un tagliando giovedì mattina",
        call("check_availability", service="tagliando", date_from="2026-11-26"),
        says("Giovedì 26 novembre alle 8:00, alle 8:30 o alle 9:00: quale preferisce?"),
    )
    assert answer.content
    assert [each.title for each in answer.content.options] == [
        "gio 26/11 08:00",
        "gio 26/11 08:30",
        "gio 26/11 09:00",
    ]
    tapped = answer.content.options[1]
    chat.write(
        tapped.title,
        call("book_appointment", service="tagliando", start=tapped.id),
        says("Prenotato giovedì 26 novembre alle 8:30."),
        kind=MessageKind.INTERACTIVE,
        id=tapped.id,
        title=tapped.title,
    )
    assert chat.stub
    last = [each for each in chat.stub.requests[0]["messages"] if each["role"] == "user"][-1]
    assert last["content"] == "[ha scelto: gio 26/11 08:30 (2026-11-26T08:30)]"
    assert Appointment.objects.get().scheduled_at == at("2026-11-26T08:30")


def test_slots_of_the_instructions_can_be_tapped(chat: Chat) -> None:
    answer = chat.write(
        "Un tagliando", says("Domani, mercoledì 25 novembre alle 8:00 o alle 8:30: quale preferisce?")
    )
    assert answer.content
    assert [each.id for each in answer.content.options] == ["2026-11-25T08:00", "2026-11-25T08:30"]
