"""Reading numbers, plates, and a yes or a no; writing plates."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from receptionist import italian


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("ho 120.000 km", 120_000),
        ("120000", 120_000),
        ("120 mila", 120_000),
        ("98mila km", 98_000),
        ("centoventimila", 120_000),
        ("cento venti mila", 120_000),
        ("mille e duecento", 1200),
        ("millecinquecento", 1500),
        ("duemilaventisei", 2026),
        ("ventitré", 23),
        ("ventuno", 21),
        ("trentun giorni", 31),
        ("due", 2),
        ("un paio", 2),
        ("una decina di giorni", 10),
        ("una Panda con 90000 km", 90_000),
        ("tre milioni", 3_000_000),
        ("un", 1),
        ("niente", None),
        ("", None),
        ("9" * 5000, None),
    ],
)
def test_numbers(text: str, number: int | None) -> None:
    assert italian.read_number(text) == number


@given(st.integers(2, 999_999))
def test_numbers_that_are_said_are_understood(number: int) -> None:
    assert italian.read_number(italian.say_number(number)) == number
    assert italian.read_number(f"{number:,} km".replace(",", ".")) == number


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("AB123CD", "AB123CD"),
        ("ab 123 cd", "AB123CD"),
        ("ab-123-cd", "AB123CD"),
        ("la mia targa è FZ 402 KL grazie", "FZ402KL"),
        ("Panda EX345TR, giovedì alle 9", "EX345TR"),
        ("targa AB O23 CD", "AB023CD"),
        ("a b 1 2 3 c d", "AB123CD"),
        ("A come Ancona B come Bologna uno due tre C come Como D come Domodossola", "AB123CD"),
        ("doppia vu, ics, zero, uno, due, Z come Zara, Y", "WX012ZY"),
        ("moto AB12345", "AB12345"),
        ("MI1A2345", "MI1A2345"),
        ("targa tedesca M-AB 1234", "MAB1234"),
        ("plate WX19 ABC", "WX19ABC"),
        ("La targa è G come Genova, A come Ancona, 1 2 3, B come Bologna, C come Como", "GA123BC"),
        ("la targa e' G come Genova, A come Ancona, 1 2 3, B come Bologna, C come Como", "GA123BC"),
        ("Fiat Panda e G come Genova, A come Ancona, uno due tre, B come Bologna, C come Como", "GA123BC"),
        ("è come Empoli, A come Ancona, 1 2 3, B come Bologna, è come Empoli", "EA123BE"),
        ("la targa è e come Empoli, A come Ancona, 1 2 3, B come Bologna, C come Como", "EA123BC"),
        ("la targa è E A 1 2 3 B C", "EA123BC"),
        ("la targa è g a uno due tre b c", "GA123BC"),
        ("A0123CD", None),
        ("le 500 da voi", None),
        ("alle 930 va bene", None),
        ("fiat 500 del 2015", None),
        ("gomme 205/55 R16", None),
        ("333 1234567", None),
        ("giovedì alle 9", None),
        ("ciao", None),
        ("", None),
    ],
)
def test_plates(text: str, plate: str | None) -> None:
    assert italian.read_plate(text) == plate


letters = st.sampled_from([char for char in string.ascii_uppercase if char not in "IOQU"])
digits = st.sampled_from("0123456789")
cars = st.tuples(letters, letters, digits, digits, digits, letters, letters).map("".join)


@given(cars)
def test_plates_that_are_spelled_or_written_are_understood(plate: str) -> None:
    assert italian.read_plate(italian.spell_plate(plate)) == plate
    assert italian.read_plate(f"La targa è {italian.spell_plate(plate)}") == plate
    assert italian.read_plate(italian.write_plate(plate)) == plate
    assert italian.read_plate(f"la targa è {italian.write_plate(plate).lower()}, grazie") == plate


@pytest.mark.parametrize(
    ("plate", "written"),
    [("ab123cd", "AB 123 CD"), ("AB12345", "AB 12345"), ("m ab-1234", "MAB1234"), ("", "")],
)
def test_plates_are_written(plate: str, written: str) -> None:
    assert italian.write_plate(plate) == written


YES = """sì|si|Sì!|SI|siii|sisi|sì grazie|si, confermo|ok|Ok 👍|okay|va bene|vabbene|va benissimo|
d'accordo|daccordo|perfetto|
certo|certo che sì|esatto|giusto|volentieri|confermo|nessun problema|non c'è problema|perché no|come no|senz'altro|
assolutamente sì|
👍|👍🏽|👌|✅|yes|yes please|sure|sounds good|of course|va bene alle 9|benissimo, a domani|ci sto|procediamo|
mi va bene giovedì"""
NO = """no|No.|no no|no grazie|non va bene|non mi va bene|non posso|non riesco|annulla|lasci stare|
👎|❌|nope|not really|
assolutamente no|meglio di no|direi di no|non confermo|ho cambiato idea|per niente|don't|no, va bene giovedì"""
NEITHER = """forse|boh|non so|vediamo|le faccio sapere|
sì ma alle 10|ok però venerdì|va bene?|si può fare domani?|
si è accesa una spia|giovedì alle 9|quanto costa?|❤️|👍👎|?|ciao|la macchina si sente male|non sono sicuro"""


def _each(text: str) -> list[str]:
    return [each.strip() for each in text.replace("\n", "").split("|")]


@pytest.mark.parametrize("text", _each(YES))
def test_yes(text: str) -> None:
    assert italian.read_yes_no(text) is True


@pytest.mark.parametrize("text", _each(NO))
def test_no(text: str) -> None:
    assert italian.read_yes_no(text) is False


@pytest.mark.parametrize("text", _each(NEITHER))
def test_neither(text: str) -> None:
    assert italian.read_yes_no(text) is None
