"""What an operator sees of a shop's automatic messages."""

from datetime import date
from io import StringIO
from typing import Any

import pytest
import time_machine
from django.core.management import CommandError, call_command

from receptionist.followups import due_dates
from receptionist.models import FollowUp, OutboundMessage
from shops.models import Shop
from tests import factories
from tests.receptionist.followups.conftest import agree, rome, turn
from tests.receptionist.followups.test_day_before import booked


def run(**options: Any) -> str:
    out = StringIO()
    call_command("followups", stdout=out, **{"shop": "officina-rossi", "dry_run": True} | options)
    return out.getvalue()


@pytest.fixture
def filled(writing: Shop) -> Shop:
    for kind in due_dates.KINDS:
        turn(kind)
    one, two = factories.customer(), factories.customer()
    agree(one)
    for who in (one, two):
        factories.vehicle(
            who, last_revision_on=date(2025, 3, 12), license_plate=f"AA{who.pk.int % 1000:03d}BB"
        )
    booked(rome(2027, 3, 3, 11))
    return writing


def test_what_is_due_and_why_not(filled: Shop) -> None:
    with time_machine.travel(rome(2027, 3, 2, 9), tick=False):
        said = run()

    assert "Promemoria del giorno prima: 1." in said
    assert "Scadenze: 1 da mandare." in said
    assert said.count("revisione di Fiat Panda") == 2
    assert "non ha acconsentito" in said
    assert not FollowUp.objects.exists()
    assert not OutboundMessage.objects.exists()


def test_of_another_day(filled: Shop) -> None:
    with time_machine.travel(rome(2027, 3, 2, 9), tick=False):
        said = run(day=date(2027, 4, 6))

    assert "Scadenze: 0 da mandare." in said


def test_without_dry_run_it_is_the_round_of_now(filled: Shop) -> None:
    with time_machine.travel(rome(2027, 3, 2, 17), tick=False):
        said = run(dry_run=False)

    assert "Decisi ora: 2." in said
    assert OutboundMessage.objects.count() == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"shop": "nessuna"}, "Non c'è nessuna officina «nessuna»: list_shops le elenca."),
        ({"shop": "x\x00"}, "Non c'è nessuna officina"),
        ({"dry_run": False, "day": date(2020, 1, 1)}, "--dry-run"),
    ],
    ids=["no such shop", "no shop at all", "another day"],
)
def test_wrong_input_is_answered_with_a_sentence(filled: Shop, options: dict[str, Any], said: str) -> None:
    with pytest.raises(CommandError, match=said.replace("(", r"\(")):
        run(**options)


@pytest.mark.parametrize("day", ["ieri", "2026-13-01", "0001-01-01", "9999-12-31", ""])
def test_a_day_that_is_none(filled: Shop, day: str) -> None:
    with pytest.raises(CommandError):
        call_command("followups", "--shop", "officina-rossi", "--dry-run", "--day", day)
