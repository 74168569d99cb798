"""The amounts of money that a text names."""

from decimal import Decimal

import pytest

from receptionist.brain import amounts


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Il tagliando costa da 149 €.", {149}),
        ("Tra 149 e 169 euro.", {149, 169}),
        ("149/169 €", {149, 169}),
        ("Da 1.200,50 euro in su", {Decimal("1200.5")}),
        ("€ 79,02 per la revisione", {Decimal("79.02")}),
        ("centoventi euro", {120}),
        ("Giovedì 26 alle 9:30.", set()),
    ],
)
def test_amounts(text: str, expected: set[Decimal]) -> None:
    assert amounts.of(text) == expected
