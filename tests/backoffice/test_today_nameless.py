"""Customers of whom only the number is known, on Oggi."""

from datetime import timedelta

from django.utils import timezone

from scheduling.models.appointments import Status
from tests import factories
from tests.scheduling.desk import Desk, next_opening


def test_who_is_to_be_confirmed_is_named_by_the_number(desk: Desk) -> None:
    who = factories.customer(first_name="", last_name="", phone="+393339991234")
    factories.appointment(timezone.now() + timedelta(minutes=5), customer=who, status=Status.PENDING)
    assert (
        "+393339991234"
        in desk.get("/admin/oggi/", {"giorno": f"{next_opening(30):%Y-%m-%d}"}).content.decode()
    )
