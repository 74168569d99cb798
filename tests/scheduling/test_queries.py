"""How many statements the verbs send, so that they cannot creep. SET, BEGIN and savepoints apart."""

from datetime import date

import pytest
from django.contrib.contenttypes.models import ContentType

from scheduling import booking, catalogue, errors
from scheduling.models import Appointment
from scheduling.models.appointments import Source
from scheduling.rules import Rules
from tests import factories
from tests.factories import local
from tests.scheduling.conftest import Workshop
from tests.scheduling.queries import counted


def test_offering_takes_two(workshop: Workshop) -> None:
    with counted() as queries:
        cat = catalogue.load()
        service = cat.match("il controllo").service
        assert service
        offers = booking.free_slots(service=service, catalogue=cat, now=workshop.now)
    assert len(offers.slots) == 3
    assert len(queries) == 2


@pytest.mark.parametrize("to", [date(2026, 11, 26), date(2026, 12, 22), None])
def test_offering_never_takes_more_than_three(workshop: Workshop, to: date | None) -> None:
    """A shop that is full for weeks, asked for a day, for thirty days and for any time."""
    for bay in workshop.bays:
        factories.appointment(local(2026, 11, 23, 8), minutes=60 * 24 * 29, service=workshop.service, bay=bay)
    with counted() as queries:
        booking.free_slots(
            service=workshop.service, date_from=date(2026, 11, 23), date_to=to, now=workshop.now
        )
    assert len(queries) <= 3


def test_caps_cost_nothing_more(workshop: Workshop) -> None:
    Rules(most_morning=2, most_afternoon=2).save(workshop.shop)
    with counted() as queries:
        booking.free_slots(service=workshop.service, now=workshop.now)
    assert len(queries) == 2


def test_booking_takes_five(workshop: Workshop) -> None:
    """The catalogue, the lock, the same wish before, what is taken, the insert."""
    with counted() as queries:
        booking.book(
            customer=workshop.customer,
            vehicle=workshop.vehicle,
            service=workshop.service,
            starts_at=local(2026, 11, 26, 9),
            source=Source.AI_VOICE,
            leaves_car=True,
            now=workshop.now,
        )
    assert len(queries) == 5, queries
    assert [query for query in queries if "FOR UPDATE" in query] == [queries[1]]


@pytest.mark.parametrize(("hour", "error"), [(9, errors.SlotTaken), (13, errors.Closed)])
def test_a_refusal_with_alternatives_takes_at_most_six(
    workshop: Workshop, hour: int, error: type[errors.NotBookable]
) -> None:
    for bay in workshop.bays:
        factories.appointment(local(2026, 11, 26, 9), service=workshop.service, bay=bay)
    with counted() as queries, pytest.raises(error):
        booking.book(
            customer=workshop.customer,
            vehicle=workshop.vehicle,
            service=workshop.service,
            starts_at=local(2026, 11, 26, hour),
            source=Source.AI_VOICE,
            now=workshop.now,
        )
    assert len(queries) <= 8, queries


def test_moving_and_cancelling(workshop: Workshop) -> None:
    """Each with one row of history. Moving also asks whether it was a held place, and keeps the place that it left."""
    ContentType.objects.get_for_model(Appointment)  # remembered for the shop from its first change on
    made = factories.appointment(local(2026, 11, 26, 9), service=workshop.service, bay=workshop.bays[0])
    with counted() as queries:
        booking.reschedule(appointment=made, starts_at=local(2026, 11, 27, 9), now=workshop.now)
    assert len(queries) <= 8, queries
    with counted() as queries:
        booking.cancel(appointment=made)
    assert len(queries) == 3, queries
