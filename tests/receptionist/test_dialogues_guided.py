"""Situations of a workshop, written on WhatsApp to the guided mode and judged by the rows that they leave."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks

from receptionist.models import AIConfig, ConversationStatus, Handover, OutboundMessage
from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from shops.context import current_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.chat import Chat, chat_with
from tests.receptionist.conftest import NOW, at

STRANGER = "+393209998877"
Clock = Callable[[str], None]


@pytest.fixture(autouse=True)
def no_model(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def clock() -> Iterator[Clock]:
    """The wall clock, on Tuesday at ten unless a test moves it."""
    travel = time_machine.travel(NOW, tick=True)
    traveller = travel.start()
    yield lambda text: traveller.move_to(at(text))
    travel.stop()


@pytest.fixture
def chat(clock: Clock, panda: Vehicle) -> Chat:
    """Mario writes; his Panda is known."""
    return chat_with()


@pytest.fixture
def unknown(clock: Clock, in_rossi: Shop) -> Chat:
    """Somebody nobody knows writes."""
    return chat_with(STRANGER, name="Ada")


def booked() -> tuple[str, str, str]:
    """The one appointment: service, local start, plate."""
    row = Appointment.objects.select_related("service", "vehicle").get()
    local = row.scheduled_at.astimezone(current_shop().tz)
    return row.service.name, f"{local:%Y-%m-%dT%H:%M}", row.vehicle.license_plate if row.vehicle else ""


def test_a_tagliando_on_thursday_morning(chat: Chat) -> None:
    chat.say("vorrei fare il tagliando giovedì mattina")
    assert chat.titles[0] == "gio 26/11 08:00"
    assert all(title.startswith("gio 26/11") for title in chat.titles[:-1])
    chat.tap("gio 26/11 09:30")
    chat.tap("Aspetto")
    said = chat.tap("Sì")
    assert booked() == ("Tagliando", "2026-11-26T09:30", "GA123BC")
    assert "Prenotato: tagliando per la Fiat Panda (GA 123 BC), giovedì 26 novembre alle 9:30." in said
    assert "il libretto" in said
    assert Appointment.objects.get().source == "ai_whatsapp"


def test_with_taps_alone_six_at_most(chat: Chat) -> None:
    chat.say("buongiorno")
    for title in ("Prenota", "Tagliando", "gio 26/11", "Lascio", "Sì"):
        chat.tap(title)
    assert Appointment.objects.get().drop_off_at is not None
    assert (chat.taps, chat.texts) == (5, 1)


def test_everything_in_one_message(chat: Chat) -> None:
    chat.say("Vorrei fare il tagliando alla Panda giovedì mattina verso le 9 e mezza, aspetto lì")
    assert "Riepilogo: tagliando per la Fiat Panda (GA 123 BC), giovedì 26 novembre alle 9:30" in chat.text
    chat.tap("Sì")
    assert booked() == ("Tagliando", "2026-11-26T09:30", "GA123BC")
    assert chat.taps + chat.texts == 2


def test_an_overdue_revisione_without_a_number(clock: Clock, in_rossi: Shop) -> None:
    chat = chat_with("", user_id="IT.77")
    chat.say("Ho la revisione scaduta, quando posso venire?")
    chat.tap("mar 24/11 14:00")
    assert "targa" in chat.say("è quella bianca")
    chat.say("AB 123 CD")
    chat.say("Ada Neri")
    chat.say("333 1234567")
    chat.tap("Sì")
    row = Appointment.objects.get()
    assert booked() == ("Revisione", "2026-11-24T14:00", "AB123CD")
    assert (row.contact_phone, row.customer.phone, str(row.customer)) == ("+393331234567", None, "Ada Neri")


def test_wants_today_and_none_is_free(chat: Chat) -> None:
    revision = Service.objects.get(name="Revisione")
    factories.closure(date(2026, 11, 24), bay=revision.bays.get())
    said = chat.say("mi serve la revisione oggi")
    assert "Per oggi, martedì 24 novembre non c'è più posto." in said
    assert chat.titles[0] == "mer 25/11 08:00"
    said = chat.tap("Avvisatemi")
    row = WaitingList.objects.get()
    assert (row.service.name, row.wanted_from, str(row.customer)) == (
        "Revisione",
        date(2026, 11, 24),
        "Mario Verdi",
    )
    assert "lista d'attesa" in said
    chat.tap("mer 25/11 08:00")
    chat.tap("Sì")
    assert booked() == ("Revisione", "2026-11-25T08:00", "GA123BC")


def test_moves_what_was_booked_by_telephone(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    row = factories.appointment(
        at("2026-11-26T09:00"), customer=mario, vehicle=panda, source="ai_voice", bay=None
    )
    said = chat.say("devo spostare l'appuntamento a venerdì alle 10")
    assert "targa" in said
    assert "non corrisponde" in chat.say("ZZ999ZZ")
    chat.say("ga 123 bc")
    assert "da giovedì 26 novembre alle 9:00 a venerdì 27 novembre alle 10:00" in chat.text
    assert "Spostato" in chat.say("sì")
    row.refresh_from_db()
    assert row.scheduled_at == at("2026-11-27T10:00")
    assert Appointment.objects.count() == 1


def test_cancels_the_day_before(
    chat: Chat,
    mario: Customer,
    panda: Vehicle,
    unknown: Chat,
    eager_tasks: None,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    service = Service.objects.get(name="Revisione")
    row = factories.appointment(
        at("2026-11-25T09:00"), customer=mario, vehicle=panda, service=service, source="ai_whatsapp"
    )
    factories.waiting(factories.customer(first_name="Lia"), service, date(2026, 11, 25), date(2026, 11, 25))
    said = chat.say("domani non posso venire")
    assert "Preferisce spostarlo o lo annullo?" in said
    assert chat.titles == ["Sposta", "Annulla", "Lascia com'è"]
    with django_capture_on_commit_callbacks(execute=True):
        chat.tap("Annulla")
    row.refresh_from_db()
    assert row.status == "cancelled"
    told = OutboundMessage.objects.filter(purpose="notice")
    assert any("Lia" in str(notice.content) for notice in told)
    unknown.say("revisione domani alle 9")
    unknown.say("AB123CD")
    unknown.tap("Sì")
    assert Appointment.objects.filter(status="confirmed").get().scheduled_at == row.scheduled_at


@pytest.mark.parametrize(
    "text",
    [
        "si è accesa la spia rossa dell'olio",
        "Aiuto, esce fumo dal cofano!",
        "i freni non funzionano, vorrei un appuntamento la settimana prossima",
        "The oil light is red, what should I do?",
    ],
)
def test_danger_is_for_a_person_now(chat: Chat, text: str) -> None:
    said = chat.say(text)
    assert "112" in said
    row = Handover.objects.get()
    assert row.urgency == "danger"
    assert not Appointment.objects.exists()
    assert chat.conversation.status == ConversationStatus.TRANSFERRED


def test_danger_in_the_middle_of_a_booking(chat: Chat) -> None:
    chat.say("vorrei prenotare i freni")
    assert "112" in chat.say("in realtà il pedale del freno va a fondo")
    assert Handover.objects.get().urgency == "danger"
    assert not Appointment.objects.exists()


def test_a_price_that_is_not_there_becomes_a_quote(chat: Chat) -> None:
    said = chat.say("quanto costa la frizione?")
    assert not any(char.isdigit() for char in said)
    chat.say("sì grazie")
    row = Handover.objects.get()
    assert "frizione" in row.wanted
    assert row.kind == "callback"
    assert chat.conversation.status == ConversationStatus.ACTIVE


def test_a_price_as_the_shop_wrote_it(chat: Chat) -> None:
    assert "a partire da 149 €" in chat.say("quanto viene il tagliando?")
    chat.tap("Sì")
    assert chat.titles[0].startswith("mar 24/11")


@pytest.mark.parametrize(
    ("status", "values", "said"),
    [
        ("in_progress", {"promised_at": at("2026-11-24T17:00")}, "è in lavorazione"),
        ("in_progress", {"promised_at": at("2026-11-24T09:00")}, "non è ancora pronta"),
        ("completed", {}, "è pronta"),
    ],
)
def test_is_it_ready(
    chat: Chat, mario: Customer, panda: Vehicle, status: str, values: dict[str, Any], said: str
) -> None:
    factories.appointment(
        at("2026-11-24T08:00"), customer=mario, vehicle=panda, status=status, minutes=300, **values
    )
    assert said in chat.say("buongiorno, è pronta la macchina?")
    assert "Panda" in chat.text
    assert Handover.objects.exists() == (said == "non è ancora pronta")


def test_nothing_is_in_progress(chat: Chat) -> None:
    assert "Non vedo lavori in corso" in chat.say("è pronta?")
    chat.tap("Sì, richiamatemi")
    assert Handover.objects.get().kind == "callback"


def test_a_tourist_with_a_puncture(unknown: Chat) -> None:
    said = unknown.say("Hello, I have a flat tyre, can I come today at 3 pm?")
    assert "licence plate" in said
    unknown.say("M-AB 1234")
    assert "Tuesday 24 November at 15:00" in unknown.text
    assert unknown.titles == ["Yes", "Change", "No"]
    assert "Booked" in unknown.say("yes please")
    assert booked() == ("Cambio gomme", "2026-11-24T15:00", "MAB1234")


def test_changes_the_mind_twice_about_the_time(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    assert "giovedì 26 novembre alle 9:00" in chat.text
    assert "giovedì 26 novembre alle 11:00" in chat.say("no alle 11")
    assert "venerdì 27 novembre alle 11:00" in chat.say("anzi venerdì")
    chat.say("ok")
    assert booked() == ("Revisione", "2026-11-27T11:00", "GA123BC")


def test_a_change_of_mind_after_the_booking(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    rows = [dict(option) for option in chat.options]
    chat.tap("Sì")
    assert "a giovedì 26 novembre alle 10:00" in chat.say("anzi, meglio alle 10")
    chat.say("va bene")
    assert booked() == ("Revisione", "2026-11-26T10:00", "GA123BC")
    assert "10:00" in chat.tap_id(rows[0]["id"])
    assert booked() == ("Revisione", "2026-11-26T10:00", "GA123BC")


def test_an_old_list_still_works(chat: Chat) -> None:
    chat.say("revisione")
    old = next(option for option in chat.options if option["title"] == "mer 25/11 08:30")
    chat.tap("mer 25/11 08:00")
    assert "mercoledì 25 novembre alle 8:30" in chat.tap_id(old["id"])
    chat.tap("Sì")
    assert "a domani, mercoledì 25 novembre alle 8:00" in chat.tap_id(old["id"].replace("08:30", "08:00"))
    chat.tap("Sì")
    assert booked() == ("Revisione", "2026-11-25T08:00", "GA123BC")


def test_two_cars_one_visit_each(chat: Chat, mario: Customer) -> None:
    factories.vehicle(mario, make="Volkswagen", model="Golf", license_plate="GB456CD")
    chat.say("vorrei la revisione per la Panda giovedì alle 9 e per la Golf venerdì alle 10")
    assert "Panda" in chat.text
    chat.tap("Sì")
    assert "Prenotato" in chat.text
    assert "Golf" in chat.text
    chat.tap("Sì")
    rows = {
        row.vehicle.license_plate: row.scheduled_at
        for row in Appointment.objects.select_related("vehicle")
        if row.vehicle
    }
    assert rows == {"GA123BC": at("2026-11-26T09:00"), "GB456CD": at("2026-11-27T10:00")}


def test_two_cars_that_are_not_named(chat: Chat, mario: Customer) -> None:
    factories.vehicle(mario, make="Volkswagen", model="Golf", license_plate="GB456CD")
    chat.say("devo fare la revisione a due macchine")
    chat.tap("mer 25/11 08:00")
    chat.tap("Fiat Panda")
    chat.tap("Sì")
    chat.tap("mer 25/11 08:30")
    assert "Golf" in chat.text
    chat.tap("Sì")
    assert Appointment.objects.count() == 2
    assert Appointment.objects.values("vehicle").distinct().count() == 2


@pytest.mark.parametrize(
    "text",
    [
        "è pronta la macchina di Mario Verdi?",
        "a che punto è la GA123BC?",
        "annulla l'appuntamento di Mario Verdi",
    ],
)
def test_asks_for_another_customers_car(unknown: Chat, mario: Customer, panda: Vehicle, text: str) -> None:
    row = factories.appointment(
        at("2026-11-24T08:00"), customer=mario, vehicle=panda, status="in_progress", minutes=300
    )
    said = unknown.say(text)
    assert not any(word in said for word in ("Mario", "Verdi", "Panda", "lavorazione"))
    row.refresh_from_db()
    assert row.status == "in_progress"


def test_a_strangers_tap_on_anothers_code(unknown: Chat, mario: Customer, panda: Vehicle) -> None:
    row = factories.appointment(at("2026-11-26T09:00"), customer=mario, vehicle=panda)
    for verb in ("cancel", "drop", "move", "keep", "confirm", "pick"):
        said = unknown.tap_id(f"{verb}:{row.code}", "Annulla")
        assert "Panda" not in said
    row.refresh_from_db()
    assert row.status == "confirmed"


def test_a_seller_leaves_a_message(unknown: Chat) -> None:
    said = unknown.say("Buongiorno, sono un rappresentante di ricambi, vorrei proporvi il nostro catalogo")
    assert "due frasi" in said
    said = unknown.say("Luca della Ricambi Srl, nuovo listino freni, tel 02 123456")
    assert "Buona giornata" in said
    row = Handover.objects.get()
    assert row.urgency == "normal"
    assert "Luca della Ricambi" in row.wanted
    assert not Appointment.objects.exists()
    assert unknown.conversation.status == ConversationStatus.COMPLETED


def test_thursday_said_on_a_thursday(chat: Chat, clock: Clock) -> None:
    clock("2026-11-26T08:30")
    said = chat.say("revisione giovedì alle 11")
    assert "oggi, giovedì 26 novembre, o giovedì 3 dicembre?" in said
    assert chat.titles == ["gio 26/11", "gio 03/12"]
    chat.tap("gio 03/12")
    chat.tap("Sì")
    assert booked() == ("Revisione", "2026-12-03T11:00", "GA123BC")


def test_half_past_twelve_for_two_hours(chat: Chat) -> None:
    said = chat.say("freni domani alle 12:15")
    assert "servono due ore" in said
    assert "pausa" in said
    assert "mercoledì 25 novembre alle 14:00" in said
    assert "c'è posto" in chat.react("👍")
    chat.tap("Lascio")
    chat.react("👍")
    assert booked() == ("Freni", "2026-11-25T14:00", "GA123BC")


def test_a_clock_change_sunday(chat: Chat, clock: Clock) -> None:
    clock("2027-03-26T09:00")
    said = chat.say("tagliando domenica 28 marzo")
    assert "Domenica 28 marzo siamo chiusi: è Pasqua." in said
    chat.tap("mar 30/03 08:00")
    chat.tap("Lascio")
    chat.tap("Sì")
    assert booked() == ("Tagliando", "2027-03-30T08:00", "GA123BC")


def test_a_holiday_by_its_name(chat: Chat, clock: Clock) -> None:
    clock("2027-09-20T10:00")
    assert "San Francesco" in chat.say("siete aperti il giorno di San Francesco?")
    assert "chiusi" in chat.text
    said = chat.say("tagliando il giorno dell'Immacolata")
    assert "È troppo lontano" in said or "chiusi" in said
    assert not Appointment.objects.exists()


def test_a_slot_that_is_lost_meanwhile(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    service = Service.objects.get(name="Revisione")
    factories.appointment(at("2026-11-26T09:00"), service=service, bay=service.bays.get())
    said = chat.tap("Sì")
    assert "Quell'orario non è più libero." in said
    assert "gio 26/11 09:30" in chat.titles
    chat.tap("gio 26/11 09:30")
    chat.tap("Sì")
    assert Appointment.objects.filter(customer__first_name="Mario").get().scheduled_at == at(
        "2026-11-26T09:30"
    )


def test_two_works_in_one_visit(chat: Chat) -> None:
    chat.say("devo fare tagliando e revisione")
    chat.tap("Tutti e due")
    chat.tap("gio 26/11 08:00")
    chat.tap("Lascio")
    chat.tap("Sì")
    assert "revisione per la Fiat Panda (GA 123 BC), giovedì 26 novembre alle 9:30" in chat.text
    chat.tap("Sì")
    rows = {row.service.name: row.scheduled_at for row in Appointment.objects.select_related("service")}
    assert rows == {"Tagliando": at("2026-11-26T08:00"), "Revisione": at("2026-11-26T09:30")}


def test_the_shop_says_tu(chat: Chat) -> None:
    AIConfig.objects.update_or_create(only=True, defaults={"formality": "tu"})
    assert "Quando" not in chat.say("ciao")
    assert "Come posso aiutarti?" in chat.text
    assert "preferisci" in chat.say("tagliando")
