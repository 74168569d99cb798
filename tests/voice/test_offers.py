"""The scripted caller's ear: offers in Italian, and times in the instructions."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from receptionist.italian import say_moments
from sandbox.dialogues import known_slots, section, stranger
from sandbox.offers import iso_times, read_offers, say
from scheduling.plates import plate_problem
from shops.phones import normalise_phone

TODAY = date(2026, 11, 24)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("giovedì 26 novembre alle nove e mezza", ["2026-11-26T09:30"]),
        ("domani, mercoledì 25 novembre alle undici e un quarto", ["2026-11-25T11:15"]),
        ("venerdì 27 novembre all'una e venti", ["2026-11-27T01:20"]),
        ("venerdì 27 novembre a mezzogiorno", ["2026-11-27T12:00"]),
        ("martedì primo dicembre alle quattordici e quarantacinque", ["2026-12-01T14:45"]),
        ("lunedì 4 gennaio alle otto", ["2027-01-04T08:00"]),
        ("lunedì 4 gennaio 2027 alle 8:30", ["2027-01-04T08:30"]),
        (
            "Posso offrire giovedì 26 novembre alle undici oppure venerdì 27 novembre alle otto o alle nove.",
            ["2026-11-26T11:00", "2026-11-27T08:00", "2026-11-27T09:00"],
        ),
        ("Non ci sono posti liberi.", []),
        ("lunedì 31 novembre alle otto", []),
        ("alle otto", []),
    ],
)
def test_offers(said: str, expected: list[str]) -> None:
    assert [moment.isoformat(timespec="minutes") for moment in read_offers(said, TODAY)] == expected


def test_every_time_the_receptionist_says_is_understood() -> None:
    tz = ZoneInfo("Europe/Rome")
    now = datetime.combine(TODAY, time(9), tz)
    for minutes in range(0, 24 * 60, 5):
        moment = datetime.combine(TODAY + timedelta(days=2), time(), tz) + timedelta(minutes=minutes)
        assert read_offers(say_moments([moment], now), TODAY) == [moment.replace(tzinfo=None)]


def test_slots_in_the_instructions() -> None:
    prompt = (
        "# Adesso\nOggi è … (2026-11-24T09:41)\n# Prossimi posti liberi\n"
        "- Revisione: 2026-11-25T08:00 = domani …; 2026-11-25T09:00 = domani ….\n"
        "- Tagliando: 2026-11-26T09:30 = giovedì ….\n- Freni: nessuno nelle prossime due settimane.\n\n# Chi ti parla\nx\n"
    )
    assert known_slots(prompt, "tagliando") == ("Tagliando", ["2026-11-26T09:30"])
    assert known_slots(prompt) == ("Revisione", ["2026-11-25T08:00", "2026-11-25T09:00"])
    assert known_slots(prompt, "freni") == ("freni", [])
    assert known_slots("") == ("tagliando", [])
    assert section(prompt, "Chi ti parla") == "x\n"
    assert iso_times(prompt)[0] == "2026-11-24T09:41"
    assert say("2026-11-26T09:05") == "26 novembre alle 9:05"


def test_strangers_have_possible_numbers_and_plates() -> None:
    people = [stranger() for _time in range(50)]
    assert len({person.number for person in people}) == 50
    for person in people:
        assert normalise_phone(person.number) == person.number
        assert plate_problem(person.plate) is None
