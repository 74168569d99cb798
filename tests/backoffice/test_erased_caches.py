"""What the back office keeps for an hour in the cache goes with who is erased."""

import json

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from backoffice.tryout import talk as talks
from backoffice.tryout import tasks
from receptionist.inbound import Person
from receptionist.rights import erase
from receptionist.tryout import Trial
from scheduling.importing import keeping
from scheduling.models import Customer
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.scheduling.conftest import desk as desk  # the fixture
from tests.scheduling.desk import Desk

TABLE = "Cognome;Nome;Cellulare;Targa\nVanoni;Ornella;3339998887;AB123CD\n"
OTHER = "Cognome;Nome;Cellulare;Targa\nPaoli;Gino;3331112223;AB124CD\n"


def bring(desk: Desk, table: str) -> str:
    file = SimpleUploadedFile("clienti.csv", table.encode())
    answer = desk.post(reverse("admin:import", urlconf="aros.urls_shop"), {"file": file})
    return str(answer.headers["Location"])


def test_the_summary_of_an_import_is_forgotten_with_who_stands_in_it(desk: Desk) -> None:
    theirs, others = bring(desk, TABLE), bring(desk, OTHER)
    desk.post(theirs, {"do": "write"})
    tokens = [address.rstrip("/").rpartition("/")[2] for address in (theirs, others)]
    known = [json.dumps(cache.get(f"import:{token}")) for token in tokens]
    assert "Vanoni" in known[0]
    assert "Paoli" in known[1]
    erase.erase(customer=Customer.objects.get(phone="+393339998887"))
    assert cache.get(f"import:{tokens[0]}") is None
    assert "Paoli" in json.dumps(cache.get(f"import:{tokens[1]}"))
    assert desk.get(theirs).status_code in (302, 404)


def test_an_import_that_ends_after_the_erasure_writes_no_summary(in_rossi: Shop, manager: StaffUser) -> None:
    upload = keeping.keep(staff=manager, name="clienti.csv", data=TABLE.encode())
    keeping.forget(upload.token)
    keeping.save(upload)
    assert keeping.find(token=upload.token, staff=manager) is None


@pytest.fixture
def tried(in_rossi: Shop, manager: StaffUser) -> talks.Talk:
    maria = factories.customer(first_name="Maria", last_name="Vanoni", phone="+393339998887")
    talk = talks.Talk(phone=str(maria.phone), name="Maria Vanoni", customer_id=str(maria.pk))
    talks.save(manager.pk, talk)
    talks.save_stage(talk, Trial(Person(phone=str(maria.phone))))
    return talk


def test_a_trial_as_a_customer_is_forgotten_with_them(tried: talks.Talk, manager: StaffUser) -> None:
    erase.erase(customer=Customer.objects.get(pk=tried.customer_id))
    assert talks.load(manager.pk) is None
    assert talks.load_stage(tried) is None


def test_a_turn_that_was_running_meanwhile_leaves_nothing(tried: talks.Talk, manager: StaffUser) -> None:
    erase.erase(customer=Customer.objects.get(pk=tried.customer_id))
    talks.save_stage(tried, Trial(Person(phone=tried.phone)))  # as a worker that had begun before
    tasks._finish(str(manager.pk), tried.id, "k", None, "")
    assert talks.load_stage(tried) is None
