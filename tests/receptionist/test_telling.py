"""The same thing for the ear and for the eye."""

from datetime import date, time
from decimal import Decimal

import pytest

from receptionist.italian.telling import SAID, WRITTEN
from tests.receptionist.conftest import NOW, at

TODAY = NOW.date()


@pytest.mark.parametrize(
    ("clock", "said", "written"),
    [
        (time(9, 30), "alle nove e mezza", "alle 9:30"),
        (time(1), "all'una", "all'1:00"),
        (time(12), "a mezzogiorno", "alle 12:00"),
        (time(0), "a mezzanotte", "a mezzanotte"),
        (time(18, 5), "alle diciotto e cinque", "alle 18:05"),
    ],
)
def test_times(clock: time, said: str, written: str) -> None:
    assert SAID.at(clock) == said
    assert WRITTEN.at(clock) == written
    assert WRITTEN.until(clock) == f"fino {written}"


def test_spans() -> None:
    assert SAID.span(time(8), time(12, 30)) == "dalle otto alle dodici e trenta"
    assert WRITTEN.span(time(8), time(12, 30)) == "dalle 8:00 alle 12:30"
    assert WRITTEN.span(time(1), time(0)) == "dall'1:00 a mezzanotte"
    assert WRITTEN.span(time(0), time(1)) == "da mezzanotte all'1:00"


def test_days() -> None:
    assert SAID.date(date(2026, 12, 1)) == "martedì primo dicembre"
    assert WRITTEN.date(date(2026, 12, 1)) == "martedì 1º dicembre"
    assert WRITTEN.date(date(2027, 12, 1), TODAY) == "mercoledì 1º dicembre 2027"
    assert WRITTEN.day(date(2026, 11, 25), TODAY) == "domani, mercoledì 25 novembre"


def test_moments() -> None:
    moments = [at("2026-11-26T11:00"), at("2026-11-27T08:00"), at("2026-11-27T09:30")]
    assert WRITTEN.when(moments[0], NOW) == "giovedì 26 novembre alle 11:00"
    assert WRITTEN.moments(moments, NOW) == (
        "giovedì 26 novembre alle 11:00 oppure venerdì 27 novembre alle 8:00 o alle 9:30"
    )
    assert SAID.moments(moments, NOW) == (
        "giovedì 26 novembre alle undici oppure venerdì 27 novembre alle otto o alle nove e mezza"
    )


@pytest.mark.parametrize(
    ("amount", "written"),
    [
        (Decimal("120.00"), "120 €"),
        (Decimal("79.02"), "79,02 €"),
        (1200, "1200 €"),
        (Decimal("89.5"), "89,50 €"),
    ],
)
def test_prices(amount: Decimal | int, written: str) -> None:
    assert WRITTEN.price_from(amount) == f"a partire da {written}"


def test_figures() -> None:
    assert (SAID.number(3), WRITTEN.number(3)) == ("tre", "3")
    assert SAID.price_from(120) == "a partire da centoventi euro"
    assert SAID.plate("AB123CD").startswith("A come Ancona, B come Bologna, uno")
    assert WRITTEN.plate("ab123cd") == "AB 123 CD"
    assert (SAID.phone("+39333111"), WRITTEN.phone("+39333111")) == ("tre tre tre, uno uno uno", "+39333111")
