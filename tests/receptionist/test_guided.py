"""The guided mode step by step: what is understood, asked, changed; what comes in odd forms; what is run again."""

import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.utils import timezone

from receptionist import guided, handover, turns
from receptionist.content import Answer, Option
from receptionist.guided import intents
from receptionist.guided.says import Says
from receptionist.guided.sentences import Words
from receptionist.guided.state import State, Wanted, Wish
from receptionist.inbound import Incoming
from receptionist.models import (
    AIConfig,
    Conversation,
    ConversationMessage,
    ConversationStatus,
    Handover,
    MessageKind,
    MessageRole,
    ToolCall,
)
from scheduling import waiting
from scheduling.models import Appointment, Customer, Service, Vehicle, WaitingList
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.receptionist.chat import Chat, chat_with
from tests.receptionist.conftest import NOW, at

TEXT = MessageKind.TEXT


@pytest.fixture(autouse=True)
def no_model(settings: Any) -> Iterator[None]:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""
    with time_machine.travel(NOW + timedelta(minutes=5), tick=True):
        yield


@pytest.fixture
def chat(panda: Vehicle) -> Chat:
    return chat_with()


@pytest.fixture
def unknown(in_rossi: Shop) -> Chat:
    return chat_with("+393209998877", name="Ada")


def start() -> str:
    """The local start of the one live appointment."""
    row = Appointment.objects.exclude(status="cancelled").get()
    return f"{timezone.localtime(row.scheduled_at, NOW.tzinfo):%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("text", "intent"),
    [
        ("Buongiorno, è pronta la macchina?", "status"),
        ("a che punto siete con la mia auto", "status"),
        ("quando posso passare a ritirarla?", "status"),
        ("is my car ready?", "status"),
        ("devo spostare l'appuntamento di domani", "move"),
        ("posso anticipare?", "move"),
        ("vorrei disdire", "cancel"),
        ("domani non riesco a venire", "cancel"),
        ("quanto costa il tagliando", "price"),
        ("mi fate un preventivo?", "price"),
        ("how much is an oil change", "price"),
        ("quanto verrà a costare?", "price"),
        ("quanto tempo ci vuole?", "about"),
        ("che documenti devo portare?", "about"),
        ("ci penso e vi faccio sapere", "later"),
        ("a che ora chiudete?", "hours"),
        ("siete aperti sabato?", "hours"),
        ("dove siete?", "facts"),
        ("si può pagare con il bancomat?", "facts"),
        ("lavorate anche sulle ibride?", "kinds"),
        ("vorrei prenotare", "book"),
        ("avete posto domani?", "book"),
        ("vorrei parlare con un operatore", "person"),
        ("potete richiamarmi?", "person"),
        ("sono un rappresentante", "seller"),
        ("vi propongo un sito web", "seller"),
        ("cercate personale?", "job"),
        ("sono il perito dell'assicurazione", "surveyor"),
        ("voglio fare un reclamo", "complaint"),
        ("i freni sono molli", "emergency"),
        ("the brakes feel soft", "emergency"),
        ("ciao", "greeting"),
        ("buonasera a tutti", "greeting"),
        ("grazie mille, a presto", "thanks"),
        ("no grazie, a posto così", "thanks"),
        ("menu", "menu"),
        ("indietro", "back"),
        ("lascia stare", "drop"),
    ],
)
def test_what_a_text_is_about(text: str, intent: str) -> None:
    assert intents.of(text)[0] == intent


@pytest.mark.parametrize(
    "text",
    [
        "vorrei cambiare le pastiglie dei freni",
        "pronto?",
        "tagliando giovedì alle 9",
        "mi si è accesa la spia del motore",
        "ho avuto un incidente il mese scorso, vorrei un preventivo di carrozzeria",
    ],
)
def test_what_is_no_emergency_and_no_question(text: str) -> None:
    assert not {"emergency", "status", "complaint"} & set(intents.of(text))


@pytest.mark.parametrize(
    ("text", "service"),
    [
        ("mi serve il tagliando", "Tagliando"),
        ("devo cambiare l'olio", "Tagliando"),
        ("la macchina fa un rumore strano", "Diagnosi"),
        ("non mi parte la macchina", "Diagnosi"),
        ("si è accesa la spia del motore", "Diagnosi"),
        ("devo cambiare la frizione", "Diagnosi"),
        ("un controllo ai freni", "Freni"),
        ("ho bucato", "Cambio gomme"),
        ("I have a puncture", "Cambio gomme"),
        ("my engine light is on", "Diagnosi"),
        ("need an oil change please", "Tagliando"),
    ],
)
def test_which_work_is_meant(chat: Chat, text: str, service: str) -> None:
    chat.say(text)
    if chat.titles[-1] == "Altro":
        chat.tap(service)
    assert any("at:" in option["id"] for option in chat.options), chat.text
    chat.tap_id(chat.options[0]["id"])
    if chat.titles[0] in ("Aspetto", "I'll wait"):
        chat.tap_id("stay:aspetta")
    chat.say("ok")
    row = Appointment.objects.select_related("service").get()
    assert row.service.name == service


def test_a_symptom_is_written_down_for_the_shop(chat: Chat) -> None:
    chat.say("la macchina vibra oltre i novanta")
    chat.tap("mer 25/11 08:00")
    chat.tap("Sì")
    assert "vibra" in Appointment.objects.get().notes


@pytest.mark.parametrize(
    ("said", "first"),
    [
        ("domani pomeriggio", "mer 25/11 14:00"),
        ("venerdì dopo le 15", "ven 27/11 15:00"),
        ("la settimana prossima", "lun 30/11 08:00"),
        ("il prima possibile", "mar 24/11 14:00"),
        ("dopo Natale", "lun 28/12 08:00"),
        ("di pomeriggio", "mar 24/11 14:00"),
        ("venerdì prima delle 9", "ven 27/11 08:00"),
        ("sabato", "sab 28/11 08:00"),
        ("9 dicembre", "mer 09/12 08:00"),
    ],
)
def test_times_in_words_become_rows(chat: Chat, said: str, first: str) -> None:
    chat.say("revisione")
    chat.say(said)
    assert chat.titles[0] == first


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("ieri", "passato"),
        ("domenica", "Domenica 29 novembre siamo chiusi"),
        ("l'8 dicembre", "siamo chiusi: è Immacolata"),
        ("fra sei mesi", "troppo lontano"),
        ("domani alle 13", "A quell'ora siamo chiusi: 8:00–12:30, 14:00–18:30"),
        ("oggi alle 11", "troppo presto"),
        ("domani alle 9:10", "precise non si comincia"),
        ("domani alle 22", "siamo chiusi"),
    ],
)
def test_times_that_cannot_be_are_explained(chat: Chat, said: str, words: str) -> None:
    chat.say("revisione")
    assert words in chat.say(said)
    assert len(chat.titles) > 2
    assert all(option["id"].startswith(("at:", "more:", "wait:")) for option in chat.options)


def test_more_times_page_on_without_an_end(chat: Chat) -> None:
    chat.say("revisione")
    seen: list[str] = []
    for _page in range(6):
        assert not set(chat.titles[:-1]) & set(seen)
        seen += chat.titles[:-1]
        chat.tap("Altri orari")
    assert len(seen) == 54


def test_at_the_end_of_the_calendar_it_begins_again(chat: Chat) -> None:
    chat.say("revisione venerdì 22 gennaio")
    for _page in range(3):
        chat.tap("Altri orari")
    assert "Non ci sono altri orari" in chat.text or chat.titles[0].startswith("sab 23/01")


@pytest.mark.parametrize(
    "said", ["sì", "ok", "va bene", "confermo", "certo grazie", "👍", "perfetto!", "yes"]
)
def test_ways_to_say_yes(chat: Chat, said: str) -> None:
    chat.say("revisione giovedì alle 9")
    chat.say(said)
    assert start() == "2026-11-26T09:00"


@pytest.mark.parametrize("said", ["no", "👎", "no grazie", "lascia stare", "annulla", "forse", "boh", "?"])
def test_what_is_no_yes_books_nothing(chat: Chat, said: str) -> None:
    chat.say("revisione giovedì alle 9")
    chat.say(said)
    assert not Appointment.objects.exists()


def test_a_thumb_on_the_question_and_on_nothing(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    assert "Prenotato" in chat.react("👍")
    assert chat.react("👍") == ""
    assert Appointment.objects.count() == 1


def test_a_thumb_down_and_a_thumb_taken_back(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    assert chat.react("") == ""
    assert chat.react("❤️") == ""
    assert "non ho prenotato nulla" in chat.react("👎")
    assert not Appointment.objects.exists()


def test_a_thumb_on_an_old_answer_is_no_yes(chat: Chat) -> None:
    chat.say("revisione venerdì alle 10")
    chat.react("❤️")  # gives that answer its id on the wire
    old = chat._last()
    assert old is not None
    chat.say("anzi alle 11")
    message = Incoming(
        wire_id="wamid.old", kind=MessageKind.REACTION, payload={"emoji": "👍", "message_id": old.wire_id}
    )
    turns.run(conversation_id=chat.receive(message).conversation_id)
    assert not Appointment.objects.exists()


def test_the_second_tap_on_yes_changes_nothing(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    yes = chat.options[0]["id"]
    chat.tap_id(yes)
    assert "Era già prenotato" in chat.tap_id(yes)
    assert Appointment.objects.count() == 1


def test_a_yes_to_an_older_proposal_is_asked_again(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    old = chat.options[0]["id"]
    chat.say("anzi alle 11")
    assert "alle 9:00" in chat.tap_id(old)
    assert not Appointment.objects.exists()
    chat.tap("Sì")
    assert start() == "2026-11-26T09:00"


def test_change_the_car_the_work_and_the_time(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    chat.tap("Cambia")
    assert chat.titles == ["Giorno e ora", "Auto", "Lavoro", "Lascia stare"]
    chat.tap("Lavoro")
    chat.tap("Cambio gomme")
    assert "cambio gomme per la Fiat Panda (GA 123 BC), giovedì 26 novembre alle 9:00" in chat.text
    chat.tap("Cambia")
    chat.tap("Auto")
    chat.tap("Un'altra auto")
    chat.say("GB456CD")
    assert "GB 456 CD" in chat.text
    chat.tap("Cambia")
    chat.tap("Giorno")
    chat.tap("mer 25/11 08:00")
    chat.tap("Sì")
    row = Appointment.objects.select_related("service", "vehicle").get()
    assert row.vehicle is not None
    assert (row.service.name, row.vehicle.license_plate, start()) == (
        "Cambio gomme",
        "GB456CD",
        "2026-11-25T08:00",
    )


def test_another_car_is_noticed_by_its_name(chat: Chat) -> None:
    assert "targa" in chat.say("revisione giovedì alle 9 per la Golf")
    chat.say("GB 456 CD")
    assert "GB 456 CD" in chat.text
    assert "Panda" not in chat.text


def test_two_known_cars_are_a_list(chat: Chat, mario: Customer) -> None:
    factories.vehicle(mario, make="Volkswagen", model="Golf", license_plate="GB456CD")
    chat.say("revisione giovedì alle 9")
    assert chat.titles == ["Volkswagen Golf", "Fiat Panda", "Un'altra auto"]
    chat.say("la panda")
    assert "Panda" in chat.text
    chat.say("sì")
    row = Appointment.objects.select_related("vehicle").get()
    assert row.vehicle is not None
    assert row.vehicle.license_plate == "GA123BC"


@pytest.mark.parametrize(
    ("said", "plate"),
    [
        ("ab123cd", "AB123CD"),
        ("la targa è AB 123 CD", "AB123CD"),
        ("MI1A2345", "MI1A2345"),
        ("non la so", ""),
        ("boh", ""),
    ],
)
def test_a_plate_or_none(unknown: Chat, said: str, plate: str) -> None:
    unknown.say("revisione giovedì alle 9")
    unknown.say(said)
    unknown.say("sì")
    row = Appointment.objects.select_related("vehicle").get()
    assert (row.vehicle.license_plate if row.vehicle else "") == plate


def test_another_persons_plate_tells_nothing(unknown: Chat, panda: Vehicle) -> None:
    unknown.say("revisione giovedì alle 9")
    unknown.say("GA123BC")
    assert "Panda" not in unknown.text
    unknown.say("sì")
    assert "Panda" not in unknown.text
    assert "Panda" not in unknown.say("è pronta?")


def test_a_name_is_asked_only_of_who_has_none(in_rossi: Shop) -> None:
    chat = chat_with("+393209998877")
    chat.say("revisione giovedì alle 9")
    assert "A che nome" in chat.say("AB123CD")
    chat.say("12345")
    assert "nome e cognome" in chat.text
    chat.say("mi chiamo Carla De Rossi")
    chat.say("sì")
    assert str(Appointment.objects.select_related("customer").get().customer) == "Carla De Rossi"


def test_waiting_is_asked_only_where_it_matters(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    assert chat.titles == ["Sì", "Cambia", "No"]
    chat.say("menu")
    chat.say("tagliando giovedì alle 9, vi lascio la macchina")
    assert "lascia l'auto" in chat.text
    chat.say("sì")
    assert Appointment.objects.get().drop_off_at is not None


def test_a_long_work_is_never_waited_for(chat: Chat) -> None:
    Service.objects.filter(name="Freni").update(duration_minutes=270)
    chat.say("freni giovedì alle 8")
    assert chat.titles == ["Sì", "Cambia", "No"]
    assert "lascia l'auto" in chat.text


def test_a_work_the_shop_confirms_is_only_requested(chat: Chat) -> None:
    Service.objects.filter(name="Revisione").update(confirmed_by="shop")
    chat.say("revisione giovedì alle 9")
    said = chat.say("sì")
    assert "Richiesta registrata" in said
    assert "Prenotato" not in said


def test_questions_in_between_are_answered_and_the_question_stays(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    for asked, words in (
        ("quanto costa?", "79,02 €"),
        ("a che ora chiudete?", "lun–ven 8:00–12:30, 14:00–18:30"),
        ("è pronta la mia auto?", "Non vedo lavori in corso"),
    ):
        said = chat.say(asked)
        assert words in said
        assert said.endswith("Confermo?")
        assert said.count("?") == 1
    chat.say("sì")
    assert start() == "2026-11-26T09:00"


def test_how_long_and_what_to_bring(chat: Chat) -> None:
    said = chat.say("che documenti devo portare per la revisione?")
    assert "ci vuole circa mezz'ora" in said
    assert "Da portare: il libretto di circolazione originale." in said
    chat.tap("Sì")
    chat.say("il 26 alle 9")
    chat.say("sì")
    assert "79,02 €" in chat.say("e quanto verrà a costare?")
    assert "proporre" not in chat.text


def test_thinking_it_over_books_nothing_and_fails_nothing(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    assert "per ora non prenoto nulla" in chat.say("un attimo, devo sentire mia moglie")
    assert chat.conversation.failed_turns == 0
    chat.say("ok confermo")
    assert start() == "2026-11-26T09:00"


def test_another_hour_alone_means_the_same_day(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    chat.say("cambia")
    chat.say("l'ora")
    assert "giovedì 26 novembre alle 11:00" in chat.say("11")


def test_back_and_give_up(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    chat.say("indietro")
    assert chat.titles[0] == "mar 24/11 14:00"
    chat.say("indietro")
    assert chat.titles[0] == "Tagliando"
    chat.say("indietro")
    assert chat.titles[0] == "Prenota"
    chat.say("revisione")
    assert "lasciamo stare" in chat.say("annulla")
    assert not Appointment.objects.exists()


def test_facts_and_faq_are_the_shops_own(chat: Chat) -> None:
    config = AIConfig.load()
    config.address, config.payment = "via Roma 1, Milano", "contanti, carte e Satispay"
    config.faq = [
        {"domanda": "Fate la sanificazione dell'abitacolo?", "risposta": "Sì, con l'ozono, 30 minuti."}
    ]
    config.save()
    assert "Via Roma 1" in chat.say("dove siete?")
    assert "Satispay" in chat.say("posso pagare con la carta?")
    assert "ozono" in chat.say("fate la sanificazione dell'abitacolo?")
    assert "via Roma 1" in chat.say("che orari fate?")
    assert "Su questo non ho indicazioni" in chat.say("avete l'auto sostitutiva?")
    chat.tap("Sì, richiamatemi")
    assert "sostitutiva" in Handover.objects.get().wanted


def test_moving_from_a_list_of_several(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    revision = Service.objects.get(name="Revisione")
    values: dict[str, Any] = {
        "customer": mario,
        "vehicle": panda,
        "service": revision,
        "source": "ai_whatsapp",
    }
    first = factories.appointment(at("2026-11-26T09:00"), **values)
    second = factories.appointment(at("2026-12-03T09:00"), **values)
    chat.say("vorrei spostare un appuntamento")
    assert chat.titles == ["gio 26/11 09:00", "gio 03/12 09:00"]
    chat.tap("gio 03/12")
    chat.say("venerdì 4 alle 10")
    assert "da giovedì 3 dicembre alle 9:00 a venerdì 4 dicembre alle 10:00" in chat.text
    chat.tap("Sì")
    first.refresh_from_db()
    second.refresh_from_db()
    assert (first.scheduled_at, second.scheduled_at) == (at("2026-11-26T09:00"), at("2026-12-04T10:00"))


def test_which_one_is_told_by_its_day(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    values: dict[str, Any] = {"customer": mario, "vehicle": panda, "source": "ai_whatsapp"}
    factories.appointment(at("2026-11-26T09:00"), **values)
    row = factories.appointment(at("2026-12-03T09:00"), **values)
    assert "giovedì 3 dicembre" in chat.say("devo annullare l'appuntamento del 3 dicembre")
    chat.say("annulla")
    row.refresh_from_db()
    assert row.status == "cancelled"


@pytest.mark.parametrize(
    ("said", "status"),
    [("lascia com'è", "confirmed"), ("sì", "confirmed"), ("no", "confirmed"), ("annullalo", "cancelled")],
)
def test_a_bare_yes_cancels_nothing(
    chat: Chat, mario: Customer, panda: Vehicle, said: str, status: str
) -> None:
    row = factories.appointment(at("2026-11-26T09:00"), customer=mario, vehicle=panda, source="ai_whatsapp")
    chat.say("vorrei disdire")
    chat.say(said)
    row.refresh_from_db()
    assert row.status == status


def test_the_buttons_of_a_template(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    row = factories.appointment(at("2026-11-26T09:00"), customer=mario, vehicle=panda, source="ai_whatsapp")
    button = MessageKind.BUTTON
    assert "La aspettiamo giovedì 26 novembre alle 9:00" in chat.tap_id(
        f"confirm:{row.code}", "Confermo", button
    )
    assert "quando" in chat.tap_id(f"move:{row.code}", "Sposta", button).lower() or chat.titles
    chat.say("venerdì alle 10")
    chat.say("sì")
    row.refresh_from_db()
    assert row.scheduled_at == at("2026-11-27T10:00")
    chat.tap_id(f"cancel:{row.code}", "Annulla", button)
    chat.tap("Annulla")
    row.refresh_from_db()
    assert row.status == "cancelled"


def test_wrong_plates_end_at_a_person(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    row = factories.appointment(at("2026-11-26T09:00"), customer=mario, vehicle=panda, source="ai_voice")
    chat.say("vorrei disdire")
    for plate in ("ZZ111ZZ", "ZZ222ZZ", "ZZ333ZZ"):
        chat.say(plate)
    row.refresh_from_db()
    assert row.status == "confirmed"
    assert chat.conversation.status == ConversationStatus.TRANSFERRED


def test_an_appointment_that_has_begun_is_for_a_person(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    factories.appointment(
        at("2026-11-24T08:00"),
        customer=mario,
        vehicle=panda,
        status="in_progress",
        source="ai_whatsapp",
        minutes=400,
    )
    assert "non si può più cambiare" in chat.say("vorrei spostare l'appuntamento")


def test_a_lost_move_keeps_the_old_time(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    revision = Service.objects.get(name="Revisione")
    row = factories.appointment(
        at("2026-11-26T09:00"), customer=mario, vehicle=panda, service=revision, source="ai_whatsapp"
    )
    chat.say("sposta l'appuntamento a venerdì alle 10")
    factories.appointment(at("2026-11-27T10:00"), service=revision, bay=revision.bays.get())
    said = chat.tap("Sì")
    assert "resta valido" in said
    assert "non è più libero" in said
    row.refresh_from_db()
    assert row.scheduled_at == at("2026-11-26T09:00")


def test_what_was_handed_over_is_not_taken_up_again(chat: Chat) -> None:
    chat.say("mi si è accesa la spia rossa dell'olio, che faccio?")
    handover.staff_took_over(conversation=chat.conversation)
    assert chat.say("ok grazie, arrivo") == ""
    handover.give_back(conversation=chat.conversation)
    assert "Diagnosi" not in chat.say("ok grazie, arrivo")


def test_a_move_to_a_part_of_the_day_shows_that_part(chat: Chat, mario: Customer, panda: Vehicle) -> None:
    revision = Service.objects.get(name="Revisione")
    factories.appointment(
        at("2026-11-26T09:00"), customer=mario, vehicle=panda, service=revision, source="ai_whatsapp"
    )
    chat.say("posso spostare l'appuntamento a venerdì pomeriggio?")
    assert [title for title in chat.titles if title.startswith("ven ")] != []
    assert all(title >= "ven 27/11 14:00" for title in chat.titles if title.startswith("ven "))


@pytest.mark.parametrize(
    ("kind", "text", "words"),
    [
        (MessageKind.IMAGE, "", "Foto ricevuta"),
        (MessageKind.DOCUMENT, "", "lo vedrà l'officina"),
        (MessageKind.VIDEO, "", "lo vedrà l'officina"),
        (MessageKind.AUDIO, "", "Me lo può scrivere?"),
        (MessageKind.LOCATION, "", "Posizione ricevuta"),
        (MessageKind.CONTACTS, "", "Contatto ricevuto"),
        (MessageKind.STICKER, "", "non ho capito"),
        (MessageKind.UNSUPPORTED, "", "non ho capito"),
        (MessageKind.ORDER, "", "non ho capito"),
        (MessageKind.IMAGE, "quanto costa il tagliando?", "149 €"),
        (MessageKind.AUDIO, "quanto costa il tagliando?", "149 €"),
    ],
)
def test_what_is_no_text(chat: Chat, kind: MessageKind, text: str, words: str) -> None:
    assert words in chat.say(text, kind)


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("too large", "non ho potuto tenerlo"),
        ("not what it says", "non ho potuto tenerlo"),
        ("failed", "non mi è arrivato"),
    ],
)
@pytest.mark.parametrize("kind", [MessageKind.IMAGE, MessageKind.DOCUMENT, MessageKind.VIDEO])
def test_nothing_is_promised_of_a_file_that_was_not_kept(
    chat: Chat, kind: MessageKind, reason: str, words: str
) -> None:
    said = chat.say("", kind, file=reason)
    assert words in said
    assert "vedrà" not in said
    said = chat.say("quanto costa il tagliando?", kind, file=reason)
    assert words in said
    assert "149 €" in said
    chat.say("revisione giovedì alle 9")
    said = chat.say("", kind, file=reason)
    assert words in said
    assert said.endswith("Confermo?")


def test_of_two_pictures_the_one_that_was_kept_is_thanked_for(chat: Chat) -> None:
    chat.receive(Incoming(wire_id="wamid.kept", kind=MessageKind.IMAGE))
    said = chat.say("", MessageKind.IMAGE, file="failed")
    assert "Foto ricevuta" in said
    assert "non mi è arrivato" not in said


def test_a_voice_note_that_was_refused_is_asked_for_in_writing(chat: Chat) -> None:
    assert "Me lo può scrivere?" in chat.say("", MessageKind.AUDIO, file="too large")


def test_a_picture_in_the_middle_keeps_the_question(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    said = chat.say("", MessageKind.IMAGE)
    assert "Foto ricevuta" in said
    assert said.endswith("Confermo?")
    chat.say("sì")
    assert start() == "2026-11-26T09:00"


@pytest.mark.parametrize(
    "text",
    [
        "😀😀",
        "….",
        "\u202e\u202dotangailgat",
        "x" * 4096,
        "?" * 4096,
        "tagliando " * 400,
        "asdf qwer",
        "\x00",
        "١٢٣ مرحبا",
    ],
)
def test_odd_texts_have_a_sensible_answer(chat: Chat, text: str) -> None:
    said = chat.say(text)
    assert said
    assert "rror" not in said


def test_not_understood_twice_offers_a_person_and_thrice_calls_one(chat: Chat) -> None:
    chat.say("asdf qwer")
    assert chat.conversation.failed_turns == 1
    chat.say("zxcv")
    assert "persona" in chat.text
    assert chat.titles[0] == "Parla con qualcuno"
    chat.say("uiop")
    assert chat.conversation.status == ConversationStatus.TRANSFERRED


def test_a_burst_is_one_wish(chat: Chat) -> None:
    for number, text in enumerate(("ciao", "volevo", "la revisione", "giovedì alle 9")):
        place = chat.receive(Incoming(wire_id=f"wamid.b{number}", kind=TEXT, text=text))
    turns.run(conversation_id=place.conversation_id)
    assert "revisione per la Fiat Panda (GA 123 BC), giovedì 26 novembre alle 9:00" in chat.text


def test_a_turn_that_is_run_again_books_once(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.say("revisione giovedì alle 9")
    place = chat.receive(Incoming(wire_id="wamid.yes", kind=TEXT, text="sì"))
    conversation = Conversation.objects.get(pk=place.conversation_id)
    conversation.turn_id = uuid.uuid4()
    conversation.save(update_fields=["turn_id"])
    # The worker dies after the tool and before the answer is stored.
    guided.reply(conversation, pending=turns.unanswered(place.conversation_id))
    assert Appointment.objects.count() == 1
    chat.receive(Incoming(wire_id="wamid.later", kind=TEXT, text="grazie"))
    turns.run(conversation_id=place.conversation_id)
    assert "Prenotato: revisione" in chat.text
    assert Appointment.objects.count() == 1
    assert ToolCall.objects.filter(name="book_appointment").count() == 1


def test_coming_after_a_model_goes_on_where_it_was(chat: Chat) -> None:
    place = chat.receive(Incoming(wire_id="wamid.m1", kind=TEXT, text="Vorrei la revisione per la Panda"))
    conversation = Conversation.objects.get(pk=place.conversation_id)
    ConversationMessage.objects.update(answered_at=timezone.now())
    ConversationMessage.objects.create(
        conversation=conversation,
        role=MessageRole.ASSISTANT,
        text="Le va bene giovedì 26 novembre alle 9:30?",
        external_id="turn:m",
        answered_at=timezone.now(),
        received_at=timezone.now(),
    )
    said = chat.say("sì va bene")
    assert "revisione per la Fiat Panda (GA 123 BC), giovedì 26 novembre alle 9:30. Confermo?" in said
    assert not Appointment.objects.exists()
    chat.tap("Sì")
    assert start() == "2026-11-26T09:30"


def test_a_question_is_over_once_somebody_else_spoke(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    ConversationMessage.objects.create(
        conversation=chat.conversation,
        role=MessageRole.ASSISTANT,
        text="Le va bene venerdì 27 novembre alle 10:30?",
        external_id="turn:of-a-model",
        answered_at=timezone.now(),
        received_at=timezone.now(),
    )
    said = chat.say("sì")
    assert not Appointment.objects.exists()
    assert "venerdì 27 novembre alle 10:30. Confermo?" in said
    chat.say("sì")
    assert start() == "2026-11-27T10:30"


def test_two_people_want_one_slot(committed: Shop) -> None:
    with in_shop(committed):
        chats = [chat_with(f"+3932000000{number}", name=f"Ada {number}") for number in range(2)]
        for chat in chats:
            chat.say("revisione giovedì alle 9, targa AB12" + str(chats.index(chat)) + "CD")
            assert "Confermo?" in chat.text

    def say_yes(chat: Chat) -> str:
        try:
            with in_shop(committed):
                return chat.tap("Sì")
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        said = list(pool.map(say_yes, chats))
    with in_shop(committed):
        assert Appointment.objects.count() == 1
    assert sorted("Prenotato" in each for each in said) == [False, True]
    assert any("non è più libero" in each for each in said)


def test_a_tool_that_fails_is_no_error_for_the_customer(chat: Chat, monkeypatch: pytest.MonkeyPatch) -> None:
    chat.say("revisione giovedì alle 9")
    Service.objects.filter(name="Revisione").update(is_active=False)
    said = chat.tap("Sì")
    assert "rror" not in said
    assert "Prenotato" not in said
    assert not Appointment.objects.exists()


def test_a_state_that_makes_no_sense_is_survived(chat: Chat) -> None:
    chat.say("revisione giovedì alle 9")
    for broken in (
        {"flow": "book", "asked": "confirm", "wish": {"start": "never", "service": "nobody"}},
        {"flow": 3, "wish": [], "queue": "x", "options": [1], "wanted": {"first": "yesterday"}},
        {"flow": "move", "asked": "confirm_move", "wish": {"move": "XXXXX"}},
        {"asked": "slot", "flow": "book", "wanted": {"first": "x", "last": "x"}},
        [],
        "state",
    ):
        Conversation.objects.update(guided=broken, failed_turns=0)
        assert chat.say("sì")
    assert not Appointment.objects.exists()


def test_the_state_survives_its_own_json() -> None:
    state = State(
        flow="book", asked="slot", wish=Wish(service="x", other_car=True), queue=[Wish(plate="AB123CD")]
    )
    state.wanted, state.options, state.greeted = Wanted(first="2026-11-26"), [["a", "b"]], True
    assert State.of(state.kept()) == state
    assert State.of({}) == State()


def test_an_answer_fits_whatsapp() -> None:
    many = tuple(
        Option(f"id:{number}", f"Un titolo molto lungo numero {number}", "d" * 200) for number in range(15)
    )
    content = Says("x" * 5000, many).content()
    assert len(content.options) == 10
    assert len(content.text) == 1024
    assert all(len(option.title) <= 24 and len(option.description) <= 72 for option in content.options)
    assert len({option.title for option in content.options}) == 10
    few = Says(
        "x" * 5000, tuple(Option(str(number), "Lo stesso titolo troppo lungo") for number in range(3))
    ).content()
    assert all(len(option.title) <= 20 for option in few.options)
    assert len({option.title for option in few.options}) == 3
    assert len(Says("x" * 5000).content().text) == 4096


@pytest.mark.parametrize("lang", ["it", "en"])
@pytest.mark.parametrize("tu", [False, True])
def test_every_sentence_exists_in_every_manner(lang: str, tu: bool) -> None:
    from receptionist.guided.phrasebook import SENTENCES

    words = Words(lang, tu=tu)
    titles = [key for key in SENTENCES if key.startswith(("m_", "c_"))]
    for key in SENTENCES:
        assert words(key)
    assert all(len(words(key)) <= 24 for key in titles)
    if tu and lang == "it":
        assert not [key for key in SENTENCES if " lei" in words(key) or "Può " in words(key)]


def test_one_wish_is_one_row_of_the_waiting_list(mario: Customer) -> None:
    service = Service.objects.get(name="Revisione")
    days = {"wanted_from": date(2026, 11, 25), "wanted_to": date(2026, 11, 26)}
    first = waiting.join(customer=mario, service=service, **days)
    assert waiting.join(customer=mario, service=service, **days) == first
    with pytest.raises(ValueError, match="before the first"):
        waiting.join(
            customer=mario, service=service, wanted_from=date(2026, 11, 26), wanted_to=date(2026, 11, 25)
        )
    assert WaitingList.objects.count() == 1


def test_who_fits_a_slot_that_came_free(mario: Customer) -> None:
    service = Service.objects.get(name="Revisione")
    row = factories.appointment(at("2026-11-25T09:00"), service=service, bay=service.bays.get())
    day = date(2026, 11, 25)
    fits = factories.waiting(mario, service, day, day, part_of_day="morning")
    factories.waiting(factories.customer(), service, day, day, part_of_day="afternoon")
    factories.waiting(factories.customer(), service, day + timedelta(days=1), day + timedelta(days=2))
    factories.waiting(factories.customer(), Service.objects.get(name="Freni"), day, day)
    factories.waiting(factories.customer(), service, day, day, status="closed")
    assert waiting.who_fits(row) == [fits]


def test_the_answer_is_an_answer(chat: Chat) -> None:
    place = chat.receive(Incoming(wire_id="wamid.a", kind=TEXT, text="ciao"))
    conversation = Conversation.objects.get(pk=place.conversation_id)
    answer = guided.reply(conversation, pending=turns.unanswered(place.conversation_id), now=NOW)
    assert isinstance(answer, Answer)
    assert (answer.mode, answer.ends, answer.failed) == ("guided", False, False)
    assert answer.content is not None
    assert len(answer.content.options) == 6
    empty = guided.reply(conversation, pending=(), now=NOW)
    assert empty.content is None
