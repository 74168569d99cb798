"""What the API keeps for a day goes with the person it speaks of, and at night in every shop."""

from datetime import timedelta

import pytest
from django.utils import timezone

from api.models import IdempotencyKey
from api.tasks import purge
from receptionist.models import GoneMessage
from receptionist.rights import erase, search
from scheduling.models import Appointment, Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop
from tests import factories
from tests.api.conftest import Make, Program, is_problem

PHONE, NAME = "+393477654329", "Ermenegilda"


def kept(shop: Shop) -> set[str]:
    with in_shop(shop):
        return set(IdempotencyKey.objects.values_list("key", flat=True))


def test_kept_answers_go_with_the_person(api: Program, rossi: Shop) -> None:
    made = api.post("customers", {"first_name": NAME, "phone": PHONE}, Idempotency_Key="person").json()
    api.post("vehicles", {"license_plate": "FZ987KX", "customer_id": made["id"]}, Idempotency_Key="car")
    api.post("customers", {"first_name": "Ugo", "phone": "333 1234567"}, Idempotency_Key="other")
    with in_shop(rossi):
        customer = Customer.objects.get(pk=made["id"])
        visit = factories.appointment(
            timezone.now() - timedelta(days=2), customer=customer, vehicle=Vehicle.objects.get()
        )
        visit.customer_note = "la macchina della nonna"
        visit.save()
    assert api.post(f"appointments/{visit.pk}/arrived", Idempotency_Key="visit").status_code == 200
    assert api.post(f"appointments/{visit.pk}/start", Idempotency_Key="start").status_code == 200
    assert api.post(f"appointments/{visit.pk}/complete", Idempotency_Key="done").status_code == 200
    assert kept(rossi) == {"person", "car", "other", "visit", "start", "done"}
    with in_shop(rossi):
        erase.erase(customer=customer)
        assert search.look_for([PHONE, NAME, "nonna"]) == []
    assert kept(rossi) == {"other"}


def test_answers_of_who_was_merged_into_them_go_too(api: Program, rossi: Shop) -> None:
    made = api.post("customers", {"email": "una@posta.example"}, Idempotency_Key="merged").json()
    with in_shop(rossi):
        customer = factories.customer()
        Customer.objects.filter(pk=made["id"]).update(merged_into=customer, email="")
        erase.erase(customer=customer)
    assert kept(rossi) == set()


def test_an_erased_person_is_not_there(api: Program, rossi: Shop) -> None:
    made = api.post("customers", {"first_name": NAME, "phone": PHONE}).json()
    address = f"customers/{made['id']}"
    with in_shop(rossi):
        erase.erase(customer=Customer.objects.get(pk=made["id"]))
    assert api.get(address).status_code == 404
    assert api.patch(address, {"first_name": "Ida"}, If_Match="*").status_code == 404
    assert api.post(f"{address}/restore").status_code == 404
    assert api.post("vehicles", {"license_plate": "AB123CD", "customer_id": made["id"]}).status_code == 404
    assert api.get("customers?archived=all").json()["results"] == []
    with in_shop(rossi):
        assert not Appointment.objects.exists()


def test_at_night_old_answers_go_in_every_shop(make: Make, rossi: Shop, bianchi: Shop) -> None:
    for shop in (rossi, bianchi):
        program = make(shop=shop)
        program.post("customers", {"first_name": "Maria"}, Idempotency_Key="old")
        with in_shop(shop):
            IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
        program.post("customers", {"first_name": "Ugo"}, Idempotency_Key="new")
    purge()
    purge()
    assert kept(rossi) == kept(bianchi) == {"new"}


@pytest.mark.parametrize("key", ["person", PHONE, "cliente-FZ987KX"], ids=["word", "number", "plate"])
def test_a_program_that_tries_again_does_not_bring_them_back(api: Program, rossi: Shop, key: str) -> None:
    """Kept answers go in two ways: by the person's id, and by what else names them (the car's has its plate)."""
    sent = {"first_name": NAME, "phone": PHONE}
    made = api.post("customers", sent, Idempotency_Key=key).json()
    car = {"license_plate": "FZ987KX", "customer_id": made["id"]}
    api.post("vehicles", car, Idempotency_Key=f"car-{key}")
    with in_shop(rossi):
        erase.erase(customer=Customer.objects.get(pk=made["id"]))
    for path, body, again in (("customers", sent, key), ("vehicles", car, f"car-{key}")):
        problem = is_problem(api.post(path, body, Idempotency_Key=again), 410, "erased")
        assert NAME not in str(problem)
        is_problem(api.post(path, {"first_name": "Ugo"}, Idempotency_Key=again), 410, "erased")
    assert kept(rossi) == set()
    with in_shop(rossi):
        assert not Customer.objects.filter(erased_at=None).exists()
        assert search.look_for([PHONE, NAME, "FZ987KX"]) == []
    # Somebody who comes again is new.
    assert api.post("customers", sent, Idempotency_Key=f"new-{key}").status_code == 201


def test_refusals_and_what_failed_leave_their_keys_free(api: Program, make: Make, rossi: Shop) -> None:
    """Only what spoke of the person is gone: others' keys, and the same word of another program, open as before."""
    sent = {"first_name": NAME, "phone": PHONE}
    made = api.post("customers", sent, Idempotency_Key="k").json()
    with in_shop(rossi):
        erase.erase(customer=Customer.objects.get(pk=made["id"]))
    assert make().post("customers", {"first_name": "Ugo"}, Idempotency_Key="k").status_code == 201
    with in_shop(rossi):
        IdempotencyKey.objects.update(created_at=timezone.now() - timedelta(hours=25))
    purge()
    assert kept(rossi) == set()
    with in_shop(rossi):
        assert GoneMessage.objects.count() == 1  # what is forgotten with its day is not remembered
