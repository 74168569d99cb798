"""What the assistant said against what was done: in the workshop's words, flagged where the two do not agree."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from backoffice.inbox import deeds
from receptionist import handover, holding
from receptionist.models import Conversation, MessageRole
from scheduling.models import Appointment
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.backoffice.test_inbox import write
from tests.receptionist.conftest import at_once


@pytest.fixture
def chat(in_rossi: Shop) -> Conversation:
    return write("Vorrei il tagliando")


def say(chat: Conversation, text: str, minutes: int = 0) -> None:
    at = timezone.now() + timedelta(minutes=minutes)
    chat.messages.create(role=MessageRole.ASSISTANT, text=text, sent_at=at)


def used(chat: Conversation, name: str, row: Appointment | None = None, **more: Any) -> None:
    values = {"ok": True, "result": "Fatto.", "duration_ms": 310} | more
    chat.tool_calls.create(call_id=name, name=name, appointment_id=row.pk if row else None, **values)


def booked(chat: Conversation, **more: Any) -> Appointment:
    at = factories.local(2031, 11, 27, 9, 30)  # a Thursday
    return factories.appointment(at, customer=chat.customer, conversation_id=chat.pk, **more)


def findings(chat: Conversation) -> list[str]:
    return [each.text for each in deeds.account(chat).findings]


def test_words_that_are_borne_out(chat: Conversation) -> None:
    row = booked(chat)
    used(chat, "book_appointment", row, arguments={"service": "tagliando", "start": "2031-11-27T09:30"})
    say(chat, "Prenotato: giovedì 27 novembre alle 9:30. La aspettiamo!")
    account = deeds.account(chat)
    assert account.findings == []
    assert account.made == [row]
    (deed,) = account.deeds
    assert (deed.asked, deed.ok, deed.seconds, deed.appointment) == (
        "Prendere un appuntamento",
        True,
        0.3,
        row,
    )
    assert dict(deed.arguments)["lavoro"] == "tagliando"
    assert "27" in dict(deed.arguments)["quando"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Prenotato: giovedì alle 9:30.", "appuntamento è preso"),
        ("Perfetto, ho annullato tutto: appuntamento annullato.", "è annullato"),
        ("Ho già avvisato il titolare.", "nessuno è stato avvisato"),
        ("L'appuntamento è stato spostato a venerdì.", "è spostato"),
    ],
)
def test_said_and_not_done(chat: Conversation, text: str, words: str) -> None:
    used(chat, "check_availability")
    used(chat, "book_appointment", ok=False)
    say(chat, text)
    (found,) = findings(chat)
    assert words in found


def test_another_time_than_was_booked_is_flagged(chat: Conversation) -> None:
    used(chat, "book_appointment", booked(chat))
    say(chat, "Prenotato: venerdì alle 15:00.")
    assert len(findings(chat)) == 1


def test_what_was_moved_later_was_true_when_it_was_said(chat: Conversation) -> None:
    row = booked(chat)
    used(chat, "book_appointment", row)
    say(chat, "Prenotato: venerdì alle 15:00.")
    Appointment.objects.filter(pk=row.pk).update(updated_at=timezone.now() + timedelta(hours=1))
    assert findings(chat) == []


def test_done_and_not_said(chat: Conversation) -> None:
    say(chat, "Buongiorno, mi dica.", minutes=-10)
    used(chat, "book_appointment", booked(chat))
    say(chat, "A presto!", minutes=1)
    (found,) = findings(chat)
    assert "non risulta che l'abbia detto" in found


@pytest.mark.parametrize("text", ["Vuole che sia prenotato per giovedì?", "Non è ancora confermato."])
def test_questions_and_denials_claim_nothing(chat: Conversation, text: str) -> None:
    say(chat, text)
    assert findings(chat) == []


def test_a_person_who_was_asked_for_was_told(chat: Conversation) -> None:
    handover.ask(conversation=chat, reason="fattura")
    say(chat, "Ho avvisato il titolare.")
    assert findings(chat) == []


def test_of_two_who_take_at_once_one_has_it(transactional_db: None, rossi: Shop) -> None:
    with in_shop(rossi):
        chat = write("Buongiorno")
        people = [StaffUser.objects.create_user(f"p{n}@rossi.example", role="receptionist") for n in range(4)]

    def take(number: int) -> str:
        try:
            holding.take(conversation=chat, staff=people[number])
        except holding.HeldByOther as told:
            return str(told.holder)
        return "mine"

    said = at_once(rossi, take, 4)
    with in_shop(rossi):
        holder = Conversation.objects.get().held_by
    assert sorted(said) == sorted(["mine", *[str(holder)] * 3])
