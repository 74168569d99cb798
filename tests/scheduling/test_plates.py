"""Plates and chassis numbers as they are said, typed and misheard."""

import pytest

from scheduling import codes, plates


@pytest.mark.parametrize(
    ("text", "plate"),
    [
        ("ab 123 cd", "AB123CD"),
        ("AB-123-CD", "AB123CD"),
        (" a b.1 2·3 c d ", "AB123CD"),
        ("ab1o3cd", "AB103CD"),  # an O heard in a digit's place
        ("ABOOOCD", "AB000CD"),
        ("mi1a2345", "MI1A2345"),
        ("MIO12345", "MIO12345"),  # not a car's form: taken as it is
        ("m-ü 1234", "MÜ1234"),
        ("１２３ab", "123AB"),
        ("", ""),
    ],
)
def test_normalise_plate(text: str, plate: str) -> None:
    assert plates.normalise_plate(text) == plate
    assert plates.normalise_plate(plate) == plate


@pytest.mark.parametrize(
    ("text", "italian"),
    [
        ("AB123CD", True),
        ("AB12OCD", True),
        ("AI123CD", False),
        ("AB123CQ", False),
        ("MI1A2345", False),
        ("AA12345", False),
    ],
)
def test_is_italian_car(text: str, italian: bool) -> None:
    assert plates.is_italian_car(text) is italian


@pytest.mark.parametrize(
    "text",
    [
        "AB123CD",
        "AA12345",
        "MI1A2345",
        "XA123BC",
        "B-AB 1234",
        "AB12 CDE",
        "1234 BCD",
        "AB 123 Q",
        "W-12345X",
    ],
)
def test_plates_that_can_be_kept(text: str) -> None:
    assert plates.plate_problem(text) is None


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Manca"),
        ("--", "Manca"),
        ("AB1", "non sembra"),
        ("ABCDEFG", "non sembra"),
        ("AB123CDEFGHI", "non sembra"),
        ("A" * 5000, "non sembra"),
        ("0B123CD", "cifra"),
        ("A1123CD", "cifra"),
        ("AB123C0", "cifra"),
        ("AB1231D", "cifra"),
    ],
)
def test_plates_to_ask_again(text: str, says: str) -> None:
    assert says in str(plates.plate_problem(text))


def test_what_is_typed_may_look_misheard() -> None:
    assert plates.plate_problem("B1234CD", heard=True)
    assert plates.plate_problem("B1234CD", heard=False) is None  # an old Spanish one


@pytest.mark.parametrize(
    ("vin", "good"),
    [
        ("ZFA31200000745586", True),
        ("zfa 3120 0000 745586", True),
        ("ZFA3120000074558", False),
        ("ZFA312000007455860", False),
        ("ZFA3120000074558O", False),
        ("ZFA3120000074558I", False),
        ("ZFA3120000074558Q", False),
    ],
)
def test_vin(vin: str, good: bool) -> None:
    assert (plates.vin_problem(vin) is None) is good


def test_codes_can_be_said() -> None:
    made = {codes.new_code() for _ in range(500)}
    assert len(made) > 490
    assert all(len(code) == 5 and set(code) <= set(codes.ALPHABET) for code in made)
    assert not set("01IO") & set(codes.ALPHABET)
    assert codes.normalise_code(" k7-p2q ") == "K7P2Q"
