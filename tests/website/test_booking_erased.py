"""A form of the booking page that comes again after who sent it was erased."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from receptionist.rights import erase, search
from scheduling.models import Appointment, Customer
from shops.context import in_shop
from shops.models import Shop
from tests.website.booking_pages import NOW, START, TYPED, hidden, one_service, send, text_of


@pytest.fixture(autouse=True)
def frozen() -> Iterator[Any]:
    with time_machine.travel(NOW, tick=False) as clock:
        yield clock


def test_it_does_not_book_again(rossi: Shop, rossi_client: Client) -> None:
    with in_shop(rossi):
        service = one_service()
    sent = {**hidden(rossi_client, service), **TYPED}
    address = f"/prenota/dati?servizio={service.pk}"
    assert rossi_client.post(address, sent).status_code == 302
    with in_shop(rossi):
        erase.erase(customer=Customer.objects.get(), cancel_coming=True)
        count = Appointment.objects.count()
    answer = rossi_client.post(address, sent)
    assert answer.status_code == 422
    assert "non è ancora prenotato" in text_of(answer)
    with in_shop(rossi):
        assert Appointment.objects.count() == count
        assert search.look_for([TYPED["cognome"], TYPED["email"]]) == []
    # Opened anew it is a new booking, of a new customer.
    assert send(rossi_client, service, START).status_code == 302
    with in_shop(rossi):
        assert Customer.objects.filter(erased_at=None).count() == 1
