"""Situations of a workshop's WhatsApp, held with a scripted model: judged by the rows that they leave.

The model's part is written down; what it may say and do is decided by the brain and the tools, which are real.
`{code}` is the code that a tool or the instructions named last, as a model would take it from there.
"""

from typing import Any

import pytest

from receptionist.content import Answer
from receptionist.models import AIConfig, Conversation, Handover, ToolCall
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.models import Shop
from tests import factories
from tests.receptionist.chatting import Chat, Json, call, says
from tests.receptionist.conftest import NOW, THURSDAY, at

LOOK = call("check_availability", service="tagliando", date_from="2026-11-26", part_of_day="morning")


@pytest.fixture
def chat(panda: Vehicle, settings: Any) -> Chat:
    """Mario writes."""
    return Chat(settings)


def text(answer: Answer) -> str:
    assert answer.content
    return answer.content.text


def book(service: str = "tagliando", start: str = THURSDAY, **more: str) -> Json:
    return call("book_appointment", service=service, start=start, **more)


def said_by_tool() -> str:
    """What the last tool answered."""
    return ToolCall.objects.order_by("-created_at")[0].result


def test_a_tagliando_on_thursday_morning(chat: Chat) -> None:
    chat.write("Buongiorno, vorrei un tagliando giovedì mattina", LOOK, says("C'è posto alle 8:00, va bene?"))
    confirmed = chat.write("Sì", says("Tagliando giovedì 26 novembre alle 8:00 per la Panda: confermo?"))
    assert confirmed.content
    assert [each.id for each in confirmed.content.options] == ["yes", "no"]
    done = chat.write(
        "Sì grazie", book(start="2026-11-26T08:00"), says("Prenotato, giovedì 26 novembre alle 8:00.")
    )
    assert done.mode == "model"
    row = Appointment.objects.get()
    assert (row.scheduled_at, row.source, str(row.vehicle)) == (
        at("2026-11-26T08:00"),
        "ai_whatsapp",
        str(Vehicle.objects.get()),
    )


def test_an_overdue_revisione_from_somebody_without_a_number(in_rossi: Shop, settings: Any) -> None:
    chat = Chat(settings, phone="", user_id="IT.77", name="")
    wish = {"license_plate": "AB123CD", "first_name": "Ada", "last_name": "Neri"}
    asked = chat.write(
        "Revisione scaduta, giovedì 9:30, targa AB123CD, Ada Neri",
        book("revisione", **wish),
        says("Con la revisione scaduta si può andare solo al controllo prenotato. A che numero la richiamo?"),
    )
    assert "numero" in said_by_tool()
    assert not Appointment.objects.exists()
    assert asked.mode == "model"
    chat.write(
        "333 1234567",
        book("revisione", **wish, phone="333 1234567"),
        says("Prenotata per giovedì alle 9:30."),
    )
    row = Appointment.objects.get()
    assert (row.contact_phone, row.customer.phone, row.service.name) == ("+393331234567", None, "Revisione")


def test_wants_today_and_none_is_free(chat: Chat) -> None:
    revision = Service.objects.get(name="Revisione")
    factories.closure(NOW.date(), bay=revision.bays.get())
    today = {"date_from": "2026-11-24", "date_to": "2026-11-24"}
    answer = chat.write(
        "La revisione oggi?",
        call("check_availability", service="revisione", **today),
        says("Oggi è tutto occupato. Il primo posto è domani alle 8:00: va bene?"),
    )
    assert answer.mode == "model"
    chat.write("Sì", book("revisione", "2026-11-25T08:00"), says("Prenotata per domani alle 8:00."))
    assert Appointment.objects.get().scheduled_at == at("2026-11-25T08:00")


def test_moves_by_whatsapp_what_was_booked_by_phone(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    row = factories.appointment(
        at(THURSDAY),
        customer=mario,
        vehicle=panda,
        source="ai_voice",
        service=Service.objects.get(name="Tagliando"),
    )
    move = call("reschedule_appointment", appointment="{code}", start="2026-11-27T14:00")
    asked = chat.write(
        "Devo spostare il tagliando a venerdì alle 14:00",
        call("list_appointments"),
        move,
        says("Certo. Per sicurezza, mi scrive la targa dell'auto?"),
    )
    assert asked.mode == "model"
    row.refresh_from_db()
    assert row.scheduled_at == at(THURSDAY)
    proven = call(
        "reschedule_appointment", appointment="{code}", start="2026-11-27T14:00", license_plate="GA123BC"
    )
    done = chat.write("ga 123 bc", call("list_appointments"), proven, says("Spostato a venerdì alle 14:00."))
    assert done.mode == "model"
    row.refresh_from_db()
    assert (row.scheduled_at, Appointment.objects.count()) == (at("2026-11-27T14:00"), 1)


def test_cancels_the_day_before_and_the_slot_is_free(chat: Chat, settings: Any) -> None:
    chat.write(
        "Revisione domani alle 9:00",
        book("revisione", "2026-11-25T09:00"),
        says("Prenotata domani alle 9:00."),
    )
    chat.write("Devo annullare", says("Preferisce spostarla a un altro giorno?"))
    chat.write(
        "No, annulli",
        call("list_appointments"),
        call("cancel_appointment", appointment="{code}"),
        says("Annullata."),
    )
    assert Appointment.objects.get().status == "cancelled"
    other = Chat(settings, phone="+393209998877", name="Ada Neri")
    wish = book("revisione", "2026-11-25T09:00", license_plate="AB123CD")
    assert (
        other.write("Revisione domani alle 9:00", wish, says("Prenotata domani alle 9:00.")).mode == "model"
    )
    assert Appointment.objects.filter(status="confirmed").count() == 1


def test_a_red_oil_light_is_for_a_person_now(chat: Chat) -> None:
    AIConfig.objects.update(tow_number="+390212121212")
    answer = chat.write(
        "Si è accesa la spia rossa dell'olio",
        call("request_human", reason="spia rossa dell'olio accesa, Fiat Panda"),
        says(
            "Accosti e spenga il motore, non riparta. L'officina la richiama; il soccorso risponde al +390212121212."
        ),
    )
    assert answer.mode == "model"
    assert Handover.objects.get().urgency == "danger"
    assert not Appointment.objects.exists()


def test_a_price_that_is_not_there_becomes_a_quote(chat: Chat) -> None:
    answer = chat.write(
        "Quanto costa la frizione?",
        call("shop_info", topic="quanto costa la frizione"),
        call("request_human", reason="preventivo per la frizione della Panda"),
        says("Il prezzo della frizione non è indicato: l'officina la richiama per un preventivo."),
    )
    assert answer.mode == "model"
    assert Handover.objects.get().wanted == "preventivo per la frizione della Panda"


@pytest.mark.parametrize(
    ("state", "said", "called_back"),
    [
        ({"status": "completed"}, "La Fiat Panda è pronta, può ritirarla oggi.", False),
        (
            {"status": "in_progress", "promised_at": at("2026-11-24T17:00")},
            "È in lavorazione, dovrebbe essere pronta oggi alle 17:00.",
            False,
        ),
        (
            {"status": "in_progress", "promised_at": at("2026-11-24T09:00")},
            "Ci dispiace, non è ancora pronta: l'officina la richiama.",
            True,
        ),
    ],
    ids=["ready", "in time", "late"],
)
def test_is_it_ready(
    chat: Chat, mario: Customer, panda: Vehicle, state: dict[str, Any], said: str, called_back: bool
) -> None:
    factories.appointment(at("2026-11-24T08:00"), customer=mario, vehicle=panda, minutes=300, **state)
    answer = chat.write("È pronta la macchina?", call("vehicle_status"), says(said))
    assert text(answer) == said
    assert Handover.objects.exists() is called_back


def test_an_english_tourist_with_a_puncture(in_rossi: Shop, settings: Any) -> None:
    chat = Chat(settings, phone="+447700900123", name="John Smith")
    chat.write(
        "Hello, I have a flat tyre, can you help me today?",
        call("check_availability", service="gomma forata", date_from="2026-11-24"),
        says("Yes. The first free slot is today at 14:00. Which plate is it?"),
    )
    answer = chat.write(
        "M-AB 1234 please",
        book("gomma forata", "2026-11-24T14:00", license_plate="M-AB 1234"),
        says("Booked: today at 14:00, plate MAB1234."),
    )
    assert text(answer) == "Booked: today at 14:00, plate MAB1234."
    row = Appointment.objects.get()
    assert (row.service.name, row.vehicle and row.vehicle.license_plate) == ("Cambio gomme", "MAB1234")
    assert Conversation.objects.get().language == "en"


def test_changing_ones_mind_twice_leaves_one_appointment(chat: Chat) -> None:
    chat.write("Tagliando giovedì 9:30", book(), says("Prenotato giovedì alle 9:30."))
    for start, words in (
        ("2026-11-26T14:00", "giovedì alle 14:00"),
        ("2026-11-27T09:00", "venerdì alle 9:00"),
    ):
        move = call("reschedule_appointment", appointment="{code}", start=start)
        answer = chat.write(
            f"Anzi, meglio {words}", call("list_appointments"), move, says(f"Spostato a {words}.")
        )
        assert text(answer) == f"Spostato a {words}."
    assert Appointment.objects.get().scheduled_at == at("2026-11-27T09:00")


def test_two_cars_one_visit_each(chat: Chat, mario: Customer) -> None:
    factories.vehicle(mario, license_plate="GB456DE", make="Volkswagen", model="Golf")
    chat.write(
        "Due tagliandi, Panda e Golf, giovedì", LOOK, says("Alle 8:00 la Panda e alle 8:30 la Golf, va bene?")
    )
    panda = book(start="2026-11-26T08:00", license_plate="GA123BC")
    golf = book(start="2026-11-26T08:30", license_plate="GB456DE")
    answer = chat.write("Sì", panda, golf, says("Prenotati: alle 8:00 la Panda, alle 8:30 la Golf."))
    assert answer.mode == "model"
    assert Appointment.objects.values("vehicle").distinct().count() == 2


def test_asks_for_another_customers_car(
    in_rossi: Shop, settings: Any, panda: Vehicle, mario: Customer
) -> None:
    factories.appointment(at("2026-11-24T08:00"), customer=mario, vehicle=panda, status="completed")
    before = list(Appointment.objects.values())
    answer = Chat(settings, phone="+393209998877", name="Ivan").write(
        "È pronta la Panda targata GA123BC del signor Verdi?",
        call("vehicle_status", license_plate="GA123BC"),
        says("La Panda GA123BC del signor Verdi è pronta."),
    )
    assert "pronta" not in text(answer)
    assert "Verdi" not in text(answer)
    assert list(Appointment.objects.values()) == before


def test_a_seller_leaves_a_message(in_rossi: Shop, settings: Any) -> None:
    answer = Chat(settings, phone="+393209998877", name="Ricambi Srl").write(
        "Vi propongo il nostro catalogo ricambi",
        call("request_human", reason="Rappresentante di ricambi, propone il catalogo"),
        says("Grazie, ho passato il messaggio all'officina. Buona giornata."),
    )
    assert answer.mode == "model"
    assert Handover.objects.get().urgency == "normal"
    assert not Appointment.objects.exists()


def test_thursday_said_on_a_thursday_is_asked_about(panda: Vehicle, settings: Any) -> None:
    chat = Chat(settings, now=at("2026-11-26T09:00"))
    answer = chat.write("Un tagliando giovedì", says("Intende oggi o giovedì 3 dicembre?"))
    assert text(answer) == "Intende oggi o giovedì 3 dicembre?"
    assert not Appointment.objects.exists()
    assert chat.stub
    assert "chiedi se intende oggi o la settimana prossima" in chat.stub.requests[0]["messages"][0]["content"]


def test_a_two_hour_job_at_a_quarter_past_twelve(chat: Chat) -> None:
    answer = chat.write(
        "I freni giovedì alle 12:15",
        book("freni", "2026-11-26T12:15"),
        says("Per i freni servono due ore e non si finirebbe prima della pausa. Va bene giovedì alle 14:00?"),
    )
    assert "non si finirebbe prima della pausa" in said_by_tool()
    assert answer.mode == "model"
    chat.write("Va bene", book("freni", "2026-11-26T14:00"), says("Prenotato giovedì alle 14:00."))
    assert Appointment.objects.get().scheduled_at == at("2026-11-26T14:00")


def test_a_clock_change_sunday(panda: Vehicle, settings: Any) -> None:
    chat = Chat(settings, now=at("2027-03-26T09:00"))
    answer = chat.write(
        "Un tagliando domenica 28?",
        call("check_availability", service="tagliando", date_from="2027-03-28"),
        says("Domenica 28 marzo siamo chiusi, è Pasqua. Martedì 30 marzo alle 8:00?"),
    )
    assert answer.mode == "model"
    chat.write("Sì", book(start="2027-03-30T08:00"), says("Prenotato martedì 30 marzo alle 8:00."))
    assert Appointment.objects.get().scheduled_at == at("2027-03-30T08:00")


def test_the_day_of_san_francesco(panda: Vehicle, settings: Any) -> None:
    chat = Chat(settings, now=at("2027-09-28T09:00"))
    chat.write(
        "Posso venire il giorno di San Francesco?",
        call("shop_info", topic="il giorno di San Francesco"),
        call("check_availability", service="tagliando", date_from="2027-10-04"),
        says("Lunedì 4 ottobre siamo chiusi per San Francesco. Martedì 5 ottobre alle 8:00?"),
    )
    assert "San Francesco" in ToolCall.objects.order_by("created_at")[0].result
    chat.write("Sì", book(start="2027-10-05T08:00"), says("Prenotato martedì 5 ottobre alle 8:00."))
    assert Appointment.objects.get().scheduled_at == at("2027-10-05T08:00")
