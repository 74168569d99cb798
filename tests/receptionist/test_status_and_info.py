"""vehicle_status, shop_info, request_human."""

from datetime import datetime, time
from typing import Any

import pytest

from receptionist import handover
from receptionist.models import AIConfig, Conversation, Handover
from receptionist.tools import info, status
from scheduling.models import Appointment, Customer, Service, Vehicle
from shops.models import Shop
from tests import factories
from tests.receptionist.conftest import MARIO, NOW, at, open_call, use

EVENING = at("2026-11-24T20:00")


def work(who: Customer, car: Vehicle | None, **values: Any) -> Appointment:
    """Mario's car at the shop since this morning."""
    service = Service.objects.get(name="Tagliando")
    return factories.appointment(
        at("2026-11-24T08:00"), customer=who, vehicle=car, service=service, minutes=300, **values
    )


@pytest.mark.parametrize(
    ("values", "now", "said"),
    [
        (
            {"status": "completed"},
            NOW,
            "La Fiat Panda è pronta. Si può ritirare oggi fino alle diciotto e trenta.",
        ),
        (
            {"status": "completed", "customer_note": "il conto è di novanta euro"},
            EVENING,
            "La Fiat Panda è pronta. Si può ritirare domani, mercoledì 25 novembre dalle otto alle dodici e trenta. "
            "Il conto è di novanta euro.",
        ),
        (
            {"status": "in_progress", "promised_at": at("2026-11-24T17:00")},
            NOW,
            "La Fiat Panda è in lavorazione. Dovrebbe essere pronta oggi, martedì 24 novembre alle diciassette.",
        ),
        (
            {
                "status": "in_progress",
                "promised_at": at("2026-11-25T12:00"),
                "customer_note": "in attesa del\nricambio",
            },
            NOW,
            "La Fiat Panda è in lavorazione. In attesa del ricambio. Dovrebbe essere pronta domani, mercoledì 25 "
            "novembre a mezzogiorno.",
        ),
        (
            {"status": "in_progress"},
            NOW,
            "La Fiat Panda è in lavorazione. L'ora in cui sarà pronta non è ancora stata indicata.",
        ),
        (
            {"status": "confirmed"},
            NOW,
            "Il lavoro per la Fiat Panda era fissato per oggi, martedì 24 novembre alle otto e non risulta ancora "
            "iniziato.",
        ),
    ],
)
def test_is_it_ready(
    call: Conversation, mario: Customer, panda: Vehicle, values: dict[str, Any], now: datetime, said: str
) -> None:
    row = work(mario, panda, **values)
    answer = use(call, "vehicle_status", now=now)
    assert answer.text == said
    assert call.tool_calls.get().appointment_id == row.pk
    assert not Handover.objects.exists()


def test_a_late_car_is_apologised_for_and_called_back_about(
    call: Conversation, mario: Customer, panda: Vehicle
) -> None:
    work(
        mario,
        panda,
        status="in_progress",
        promised_at=at("2026-11-24T09:00"),
        customer_note="manca un ricambio",
    )
    AIConfig.objects.update(transfer_number="+393400000000")
    said = use(call, "vehicle_status").text
    assert said == (
        "Ci dispiace, la Fiat Panda non è ancora pronta. Manca un ricambio. L'officina richiamerà entro oggi, "
        "martedì 24 novembre alle undici."
    )
    row = Handover.objects.get()
    assert (row.kind, row.urgency, row.callback_at) == ("callback", "high", at("2026-11-24T11:00"))
    use(call, "vehicle_status")
    assert Handover.objects.count() == 1


def test_a_car_ahead_and_no_car(call: Conversation, mario: Customer, panda: Vehicle) -> None:
    assert use(call, "vehicle_status").text == status.NOTHING.format(car="")
    factories.appointment(at("2026-11-27T09:00"), customer=mario, vehicle=panda)
    said = use(call, "vehicle_status").text
    assert said == (
        "La Fiat Panda non è ancora in lavorazione: l'appuntamento è venerdì 27 novembre alle nove."
    )


def test_a_collected_car_is_no_longer_told(call: Conversation, mario: Customer, panda: Vehicle) -> None:
    work(mario, panda, status="completed", collected_at=NOW)
    assert use(call, "vehicle_status").text == status.NOTHING.format(car="")


def test_somebody_elses_car_is_answered_like_an_unknown_one(
    stranger: Conversation, withheld: Conversation, mario: Customer, panda: Vehicle
) -> None:
    work(mario, panda, status="completed")
    factories.customer(phone="+393201111111")
    for caller in (stranger, withheld, open_call("+393201111111")):
        theirs = use(caller, "vehicle_status", license_plate="GA123BC")
        unknown = use(caller, "vehicle_status", license_plate="AB987CD")
        assert theirs == unknown
        assert not theirs.ok
    assert use(open_call(MARIO), "vehicle_status", license_plate="ga 123 bc").text.startswith(
        "La Fiat Panda è pronta"
    )


def test_the_plate_is_spelled_for_a_car_without_a_name(call: Conversation, mario: Customer) -> None:
    work(mario, factories.vehicle(mario, make="", model="", license_plate="JK00W"), status="completed")
    said = use(call, "vehicle_status").text
    assert said.startswith("L'auto targata i lunga, kappa, zero, zero, doppia vu è pronta.")


@pytest.fixture
def facts(in_rossi: Shop) -> AIConfig:
    """What the shop wrote about itself."""
    config = AIConfig.load()
    config.address = "via Roma 1, Milano"
    config.parking = "parcheggio in cortile"
    config.payment = "contanti e carte"
    config.tow_number = "+390212121212"
    config.faq = [{"domanda": "Fate la convergenza?", "risposta": "sì, su prenotazione"}]
    config.save()
    return config


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        ("", "Siamo aperti dal lunedì al venerdì dalle otto alle dodici e trenta e dalle quattordici alle diciotto e"),
        ("orari", "Chiusi martedì 8 dicembre (Immacolata), venerdì 25 dicembre (Natale) e sabato 26 dicembre (Santo"),
        ("a che ora aprite?", "il sabato dalle otto a mezzogiorno"),
        ("dove siete", "Via Roma 1, Milano. Parcheggio in cortile."),
        ("indirizzo", "Via Roma 1, Milano"),
        ("si può parcheggiare?", "Parcheggio in cortile."),
        ("posso pagare con la carta?", "Contanti e carte."),
        ("carro attrezzi", "Il soccorso stradale risponde al zero due uno, due uno due, uno due uno due."),
        ("fate la convergenza?", "Sì, su prenotazione."),
        ("il giorno di San Francesco", "lunedì 4 ottobre 2027 siamo chiusi: è festa di San Francesco."),
        ("siete aperti a Santo Stefano?", "Sabato 26 dicembre siamo chiusi: è Santo Stefano."),
        ("siete aperti domenica?", "Domenica 29 novembre siamo chiusi."),
        ("2026-11-28", "Sabato 28 novembre siamo aperti dalle otto a mezzogiorno."),
        ("quanto costa il tagliando", "Tagliando: a partire da centoquarantanove euro. Ci vuole circa un'ora e "),
        ("che lavori fate", "I lavori che si possono prenotare: Tagliando, Revisione, Cambio gomme, Freni, Diagnosi"),
    ],
)  # fmt: skip
def test_the_shop_says_what_it_wrote(facts: AIConfig, topic: str, said: str) -> None:
    answer = use(open_call(), "shop_info", topic=topic)
    assert answer.ok
    assert said.lower() in answer.text.lower()


@pytest.mark.parametrize(
    ("topic", "words"),
    [
        ("avete l'auto sostitutiva?", info.UNKNOWN),
        ("che squadra tifate", info.UNKNOWN),
        ("quanto costa la frizione", None),
        ("x" * 5000, info.UNKNOWN),
    ],
)
def test_what_the_shop_did_not_write_is_not_made_up(facts: AIConfig, topic: str, words: str | None) -> None:
    said = use(open_call(), "shop_info", topic=topic)
    if words is None:
        assert "non inventarlo" in said.text
    else:
        assert (said.ok, said.text) == (False, words)


def test_a_price_that_is_not_written_becomes_a_quote(in_rossi: Shop) -> None:
    Service.objects.filter(name="Freni").update(price_from=None)
    assert "il prezzo non è indicato" in use(open_call(), "shop_info", topic="prezzo freni").text


def test_in_hours_the_call_is_passed_on(call: Conversation, panda: Vehicle) -> None:
    AIConfig.objects.update(transfer_number="+393400000000")
    use(call, "check_availability", service="tagliando")
    use(call, "book_appointment", service="tagliando", start="2026-11-29T09:00")
    said = use(call, "request_human", reason="vuole parlare con il titolare")
    assert (said.ok, said.text) == (True, handover.TRANSFERRING)
    row = Handover.objects.get()
    assert (row.kind, row.status, row.urgency, row.callback_at) == ("transfer", "open", "normal", None)
    assert row.summary == (
        "Mario Verdi, +393331112223, Fiat Panda GA123BC\n"
        "Vuole parlare con il titolare. Già provato: disponibilità, prenotazione non riuscita."
    )
    call.refresh_from_db()
    assert call.status == "transferred"
    found = handover.transfer_destination(conversation=call, now=NOW)
    assert (found.number, found.message) == ("+393400000000", handover.TRANSFERRING)
    assert Handover.objects.count() == 1


@pytest.mark.parametrize(
    ("now", "callback", "words"),
    [
        ("2026-11-24T10:00", "2026-11-24T11:00", "oggi, martedì 24 novembre alle undici"),
        (
            "2026-11-24T12:07",
            "2026-11-24T14:37",
            "oggi, martedì 24 novembre alle quattordici e quarantacinque",
        ),
        ("2026-11-24T20:00", "2026-11-25T09:00", "domani, mercoledì 25 novembre alle nove"),
        ("2026-11-28T15:00", "2026-11-30T09:00", "lunedì 30 novembre alle nove"),
        ("2026-12-07T18:00", "2026-12-09T08:30", "mercoledì 9 dicembre alle otto e mezza"),  # Immacolata
    ],
)
def test_otherwise_a_call_back_is_promised(call: Conversation, now: str, callback: str, words: str) -> None:
    said = use(call, "request_human", now=at(now), reason="fattura pagata due volte")
    assert said.text == f"Richiesta annotata. L'officina richiamerà entro {words}."
    assert Handover.objects.get().callback_at == at(callback)
    call.refresh_from_db()
    assert call.status == "active"
    refused = handover.transfer_destination(conversation=call, now=at(now))
    assert refused.number == ""
    assert words in refused.message


def test_a_closed_shop_may_still_take_calls(call: Conversation) -> None:
    AIConfig.objects.update(transfer_number="+393400000000")
    assert "richiamerà" in use(call, "request_human", now=EVENING, reason="x").text
    AIConfig.objects.update(transfer_out_of_hours=True)
    assert use(call, "request_human", now=EVENING, reason="x").text == handover.TRANSFERRING


def test_nobody_is_called_on_their_own_telephone(call: Conversation) -> None:
    AIConfig.objects.update(transfer_number=MARIO)
    assert "richiamerà" in use(call, "request_human", reason="x").text


def test_a_shop_without_hours_promises_no_time(call: Conversation) -> None:
    factories.hours([])
    assert use(call, "request_human", reason="x").text == f"Richiesta annotata. {handover.NO_TIME}"


def test_asking_twice_is_one_thing_to_do(call: Conversation) -> None:
    use(call, "request_human", reason="preventivo frizione")
    use(call, "request_human", reason="ha i freni che non tengono")
    row = Handover.objects.get()
    assert row.wanted == "preventivo frizione; ha i freni che non tengono"
    assert row.urgency == "danger"


@pytest.mark.parametrize(
    ("reason", "urgency"),
    [
        ("spia rossa dell'olio accesa", "danger"),
        ("esce fumo dal cofano", "danger"),
        ("ha avuto un incidente", "danger"),
        ("reclamo per una riparazione", "high"),
        ("chiede un preventivo", "normal"),
        ("", "normal"),
    ],
)
def test_urgency(call: Conversation, reason: str, urgency: str) -> None:
    use(call, "request_human", reason=reason)
    row = Handover.objects.get()
    assert row.urgency == urgency
    assert row.reason == (reason or handover.DEFAULT_REASON)


def test_the_person_gets_the_number_that_was_left(withheld: Conversation) -> None:
    use(withheld, "book_appointment", service="revisione", start="2026-11-26T15:00", phone="3339998888")
    use(withheld, "request_human", reason="x")
    assert "+393339998888 (detto, non verificato)" in Handover.objects.get().summary


def test_is_open(in_rossi: Shop) -> None:
    assert handover.is_open(NOW)
    assert not handover.is_open(EVENING)
    factories.hours([(1, time(19), time(21))])
    assert handover.is_open(EVENING)
