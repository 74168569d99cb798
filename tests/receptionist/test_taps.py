"""Buttons of our own messages do what they say: with and without a model, for whom they went to, as things are now."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine

from receptionist import outbox
from receptionist.content import Option
from receptionist.followups import kinds
from receptionist.models import FollowUpKind, MessageKind, OutboundMessage, Purpose
from scheduling import booking
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.models import Shop
from tests import factories
from tests.receptionist.chat import Chat, chat_with
from tests.receptionist.chatting import playing
from tests.receptionist.conftest import MARIO, NOW, at

STRANGER = "+393209998877"
BUTTON, INTERACTIVE = MessageKind.BUTTON, MessageKind.INTERACTIVE


@pytest.fixture(autouse=True)
def clock(settings: Any) -> Iterator[time_machine.Traveller]:
    settings.BURST_WAIT_SECONDS = 0
    with time_machine.travel(NOW + timedelta(minutes=5), tick=True) as traveller:
        yield traveller


@pytest.fixture(params=["guided", "model"])
def mode(request: pytest.FixtureRequest, settings: Any) -> Iterator[str]:
    """Without a model, and with one that must not be asked: it knows no scene."""
    if request.param == "guided":
        settings.OPENAI_API_KEY = ""
        yield "guided"
        return
    with playing(settings, []) as stub:
        yield "model"
        assert not stub.requests


@pytest.fixture
def phoned(mario: Customer, panda: Vehicle) -> Appointment:
    """What Mario booked on the telephone, for Thursday at nine."""
    service = Service.objects.get(name="Tagliando")
    return factories.appointment(
        at("2026-11-26T09:00"), customer=mario, vehicle=panda, service=service, source="ai_voice"
    )


def reminded(row: Appointment, to: str = MARIO) -> OutboundMessage:
    """The reminder with its three buttons went out."""
    local = row.scheduled_at.astimezone(NOW.tzinfo)
    options = tuple(
        Option(f"{verb}:{row.code}", title)
        for verb, title in (("confirm", "Confermo"), ("move", "Sposta"), ("cancel", "Annulla"))
    )
    days = {26: "giovedì 26 novembre", 27: "venerdì 27 novembre"}
    places = {
        "officina": "Officina Rossi",
        "giorno": days[local.day],
        "ora": f"{local:%H:%M}",
        "lavoro": "Tagliando",
    }
    return outbox.put(
        channel="whatsapp",
        recipient=to,
        content=kinds.content_for(FollowUpKind.DAY_BEFORE, places, options=options),
        purpose=Purpose.REMINDER,
        key=f"day_before:{row.pk}:{to}",
    )


@pytest.mark.parametrize("kind", [BUTTON, INTERACTIVE])
def test_confirm_notes_that_the_customer_comes(mode: str, phoned: Appointment, kind: MessageKind) -> None:
    reminded(phoned)
    said = chat_with().tap_id(f"confirm:{phoned.code}", "Confermo", kind)
    assert "La aspettiamo giovedì 26 novembre alle 9:00" in said
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is not None
    assert phoned.status == "confirmed"


def test_confirming_is_in_the_history(mode: str, phoned: Appointment) -> None:
    from auditlog.models import LogEntry

    reminded(phoned)
    chat_with().tap_id(f"confirm:{phoned.code}", "Confermo", BUTTON)
    entry = LogEntry.objects.filter(object_pk=str(phoned.pk)).latest("timestamp")
    assert "customer_confirmed_at" in str(entry.changes)


def test_what_the_shop_still_confirms_is_said(mode: str, phoned: Appointment) -> None:
    Appointment.objects.update(status="pending")
    reminded(phoned)
    said = chat_with().tap_id(f"confirm:{phoned.code}", "Confermo", BUTTON)
    assert "L'officina deve ancora confermare" in said
    phoned.refresh_from_db()
    assert phoned.status == "pending"
    assert phoned.customer_confirmed_at is not None


def test_move_shows_free_times_and_moves_without_a_plate(mode: str, phoned: Appointment) -> None:
    reminded(phoned)
    chat = chat_with()
    said = chat.tap_id(f"move:{phoned.code}", "Sposta", BUTTON)
    assert "targa" not in said.lower()
    times = [option for option in chat.options if option["id"].startswith(("mv:", "at:"))]
    assert times
    said = chat.tap_id(times[0]["id"], times[0]["title"])
    assert "Lo sposto da giovedì 26 novembre alle 9:00" in said
    assert "Spostato" in chat.tap("Sì")
    phoned.refresh_from_db()
    assert phoned.scheduled_at != at("2026-11-26T09:00")


def test_cancel_asks_once_and_cancels(mode: str, phoned: Appointment) -> None:
    reminded(phoned)
    chat = chat_with()
    assert "Preferisce spostarlo o lo annullo?" in chat.tap_id(f"cancel:{phoned.code}", "Annulla", BUTTON)
    phoned.refresh_from_db()
    assert phoned.status == "confirmed"
    assert "Annullato" in chat.tap("Annulla")
    phoned.refresh_from_db()
    assert phoned.status == "cancelled"


def test_without_a_message_of_ours_the_plate_is_asked(phoned: Appointment, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    assert "targa" in chat_with().tap_id(f"move:{phoned.code}", "Sposta", BUTTON).lower()


def test_a_message_to_somebody_else_proves_nothing(phoned: Appointment, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    reminded(phoned, to=STRANGER)
    assert "targa" in chat_with().tap_id(f"cancel:{phoned.code}", "Annulla", BUTTON).lower()


def test_a_message_that_failed_proves_nothing(phoned: Appointment, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    reminded(phoned)
    OutboundMessage.objects.update(status="failed")
    assert "targa" in chat_with().tap_id(f"cancel:{phoned.code}", "Annulla", BUTTON).lower()


@pytest.mark.parametrize("verb", ["confirm", "move", "cancel", "drop", "expect"])
def test_somebody_elses_code(mode: str, phoned: Appointment, verb: str) -> None:
    reminded(phoned)
    chat = chat_with(STRANGER, name="Ada")
    said = chat.tap_id(f"{verb}:{phoned.code}", "Sì", BUTTON)
    assert said
    assert "9:00" not in said
    assert "agliando" not in said
    phoned.refresh_from_db()
    assert (phoned.status, phoned.customer_confirmed_at) == ("confirmed", None)


@pytest.mark.parametrize(
    "payload",
    [
        "confirm:",
        "confirm:NOPE1",
        "move:'; drop table",
        "cancel:\x00",
        "cancel:" + "A" * 190,
        "expect:🚗",
        "drop:",
    ],
)
def test_forged_payloads_are_answered(mode: str, phoned: Appointment, payload: str) -> None:
    assert chat_with(STRANGER, name="Ada").tap_id(payload, "Sì", BUTTON)
    assert chat_with().tap_id(payload, "Sì", BUTTON)
    phoned.refresh_from_db()
    assert (phoned.status, phoned.customer_confirmed_at) == ("confirmed", None)


@pytest.mark.parametrize("verb", ["confirm", "move", "cancel"])
def test_a_cancelled_one(mode: str, phoned: Appointment, verb: str) -> None:
    reminded(phoned)
    booking.cancel(appointment=phoned)
    assert "è stato annullato" in chat_with().tap_id(f"{verb}:{phoned.code}", "X", BUTTON)
    phoned.refresh_from_db()
    assert (phoned.status, phoned.customer_confirmed_at) == ("cancelled", None)


@pytest.mark.parametrize("verb", ["confirm", "move", "cancel"])
def test_a_past_one(mode: str, phoned: Appointment, verb: str, clock: time_machine.Traveller) -> None:
    reminded(phoned)
    clock.move_to(at("2026-11-30T10:00"))
    assert "è già passato" in chat_with().tap_id(f"{verb}:{phoned.code}", "X", BUTTON)
    phoned.refresh_from_db()
    assert (phoned.status, phoned.customer_confirmed_at) == ("confirmed", None)


def test_one_that_is_being_worked_on(mode: str, phoned: Appointment) -> None:
    reminded(phoned)
    booking.start(appointment=phoned)
    assert "non si può più cambiare" in chat_with().tap_id(f"cancel:{phoned.code}", "Annulla", BUTTON)
    phoned.refresh_from_db()
    assert phoned.status == "in_progress"


def test_confirming_what_was_moved_meanwhile_asks_anew(mode: str, phoned: Appointment) -> None:
    reminded(phoned)
    booking.reschedule(appointment=phoned, starts_at=at("2026-11-27T10:00"))
    chat = chat_with()
    said = chat.tap_id(f"confirm:{phoned.code}", "Confermo", BUTTON)
    assert "nel frattempo è stato spostato: tagliando" in said
    assert "venerdì 27 novembre alle 10:00" in said
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is None
    assert "La aspettiamo venerdì 27 novembre" in chat.tap("Sì, va bene")
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is not None


def test_a_move_takes_back_that_they_come(mode: str, phoned: Appointment) -> None:
    reminded(phoned)
    chat_with().tap_id(f"confirm:{phoned.code}", "Confermo", BUTTON)
    phoned.refresh_from_db()
    booking.reschedule(appointment=phoned, starts_at=at("2026-11-27T10:00"))
    assert phoned.customer_confirmed_at is None


def test_booked_on_the_web_and_reminded_at_the_number_left_there(mode: str, in_rossi: Shop) -> None:
    """The customer of a web booking has no number: the message that went there is the link between the two."""
    who = factories.customer(first_name="Ada", phone=None)
    service = Service.objects.get(name="Tagliando")
    row = factories.appointment(
        at("2026-11-26T09:00"), customer=who, service=service, source="web", contact_phone=STRANGER
    )
    reminded(row, to=STRANGER)
    chat = chat_with(STRANGER)
    assert "La aspettiamo" in chat.tap_id(f"confirm:{row.code}", "Confermo", BUTTON)
    chat.tap_id(f"cancel:{row.code}", "Annulla", BUTTON)
    assert "Annullato" in chat.tap("Annulla")
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_a_tap_and_words_together(phoned: Appointment, settings: Any) -> None:
    """Both are answered, whichever comes first."""
    from receptionist import turns
    from receptionist.inbound import Incoming

    settings.OPENAI_API_KEY = ""
    reminded(phoned)
    chat: Chat = chat_with()
    payload = {"id": f"confirm:{phoned.code}", "title": "Confermo"}
    chat.receive(Incoming(wire_id="w1", kind=BUTTON, text="Confermo", payload=payload))
    got = chat.receive(Incoming(wire_id="w2", kind=MessageKind.TEXT, text="a che ora chiudete?"))
    turns.run(conversation_id=got.conversation_id)
    assert "La aspettiamo giovedì" in chat.text
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is not None


def went_out(row: Appointment) -> OutboundMessage:
    """The reminder, delivered."""
    message = reminded(row)
    message.status, message.wire_id = "delivered", "wamid.reminder"
    message.save()
    return message


@pytest.mark.parametrize("text", ["sì", "Sì grazie", "👍"])
def test_a_written_yes_to_the_reminder_is_one(mode: str, phoned: Appointment, text: str) -> None:
    went_out(phoned)
    assert "La aspettiamo giovedì 26 novembre" in chat_with().say(text)
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is not None


def test_a_thumb_on_the_reminder_is_one(mode: str, phoned: Appointment) -> None:
    went_out(phoned)
    chat_with().say("", MessageKind.REACTION, emoji="👍", message_id="wamid.reminder")
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is not None


def test_a_written_no_asks_once_and_needs_no_plate(mode: str, phoned: Appointment) -> None:
    went_out(phoned)
    chat = chat_with()
    assert "Preferisce spostarlo o lo annullo?" in chat.say("no")
    assert "Annullato" in chat.tap("Annulla")


def test_a_written_yes_to_something_else_confirms_nothing(phoned: Appointment, settings: Any) -> None:
    settings.OPENAI_API_KEY = ""
    went_out(phoned)
    chat = chat_with()
    chat.say("quanto costa un tagliando?")
    OutboundMessage.objects.update(status="delivered")
    chat.say("sì")
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is None


def test_a_written_yes_a_week_later_is_no_answer(
    phoned: Appointment, settings: Any, clock: time_machine.Traveller
) -> None:
    settings.OPENAI_API_KEY = ""
    went_out(phoned)
    Appointment.objects.update(scheduled_at=at("2026-12-10T09:00"), ends_at=at("2026-12-10T10:00"))
    clock.move_to(at("2026-12-01T10:00"))
    chat_with().say("sì")
    phoned.refresh_from_db()
    assert phoned.customer_confirmed_at is None
