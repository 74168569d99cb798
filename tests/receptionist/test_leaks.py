"""What an answer may repeat: the person's own plate, and nobody else's."""

import pytest

from receptionist.brain import leaks
from receptionist.brain.leaks import Sources
from shops.models import Shop
from tests import factories


@pytest.fixture
def others_plate(in_rossi: Shop) -> str:
    owner = factories.customer(phone="+393339998877")
    return str(factories.vehicle(owner, license_plate="AB123CD").license_plate)


def test_a_plate_that_nobody_here_has_may_be_read_back(in_rossi: Shop) -> None:
    sources = Sources(told="", said="La targa è ZX001AW, codice k00001w0")
    assert leaks.found("Ho segnato la targa ZX001AW, codice k00001w0.", sources, None) == ""


def test_anothers_plate_may_not_be_talked_about(others_plate: str) -> None:
    sources = Sources(told="", said=f"E la {others_plate}?")
    assert leaks.found(f"La {others_plate} è pronta.", sources, None) == "identifier"


@pytest.mark.parametrize("written", ["+393339998877", "333 999 8877"])
def test_anothers_number_may_not_be_talked_about(others_plate: str, written: str) -> None:
    sources = Sources(told="", said=f"Chi ha il {written}?")
    assert leaks.found(f"Il {written} è di un nostro cliente.", sources, None) == "identifier"
