"""The pages that read a file of customers in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from scheduling.importing import keeping
from scheduling.models import Customer
from shops.models import Shop
from shops.staff.models import StaffUser
from tests.scheduling.conftest import desk as desk  # the fixture
from tests.scheduling.desk import Desk, Login

GOOD = "Cognome;Nome;Cellulare;Targa\nVanoni;Ornella;3339998887;AB123CD\n"
HALF = GOOD + "Paoli;Gino;33;\n"


def bring(desk: Desk, content: str | bytes, name: str = "clienti.csv") -> Any:
    data = content.encode() if isinstance(content, str) else content
    return desk.post(
        reverse("admin:import", urlconf="aros.urls_shop"), {"file": SimpleUploadedFile(name, data)}
    )


def text(response: Any) -> str:
    return str(response.content.decode()).replace("&#x27;", "'")


def test_tried_shown_and_written(desk: Desk) -> None:
    before = Customer.objects.count()
    address = bring(desk, HALF).headers["Location"]
    shown = text(desk.get(address))
    assert "Riga 3, Cellulare" in shown
    assert "non è stato scritto ancora niente" in shown
    assert "Importa la riga giusta" in shown
    assert Customer.objects.count() == before
    shown = text(desk.post(address, {"do": "write"}, follow=True))
    assert "Importato" in shown
    assert Customer.objects.filter(phone="+393339998887").count() == 1
    # Pressed twice, or tried again: nothing more happens.
    desk.post(address, {"do": "write"})
    assert Customer.objects.count() == before + 1
    shown = text(desk.get(bring(desk, GOOD).headers["Location"]))
    assert "è già tutto così" in shown


def test_columns_are_matched_by_hand(desk: Desk) -> None:
    address = bring(desk, "A;B;C\nVanoni;Ornella;3339998887\n").headers["Location"]
    assert "abbinare le colonne" in text(desk.get(address))
    shown = text(desk.post(address, {"do": "try", "column": ["", "first_name", "email"]}, follow=True))
    assert "Riga 2, C" in shown
    assert (
        "abbinare"
        not in text(desk.post(address, {"do": "try", "column": ["x", "", "email"]}, follow=True))[:0]
    )
    desk.post(address, {"do": "try", "column": ["last_name", "first_name", "phone"]})
    desk.post(address, {"do": "write"})
    assert Customer.objects.get(phone="+393339998887").full_name == "Ornella Vanoni"


@pytest.mark.parametrize(
    ("content", "says"), [(b" ", "vuoto"), (b"PK\x03\x04xx", "rovinato"), (b"a;b\n", "nessuna riga")]
)
def test_files_that_cannot_be_read(desk: Desk, content: bytes, says: str) -> None:
    response = bring(desk, content)
    assert response.status_code == 400
    assert says in text(response)


def test_no_file_at_all(desk: Desk) -> None:
    response = desk.post(reverse("admin:import", urlconf="aros.urls_shop"))
    assert (response.status_code, "Scegliere un file" in text(response)) == (400, True)


def test_given_up(desk: Desk) -> None:
    address = bring(desk, GOOD).headers["Location"]
    assert "non è stato scritto niente" in text(desk.post(address, {"do": "forget"}, follow=True))
    assert desk.get(address).status_code == 302
    assert desk.post(address, {"do": "write"}).status_code == 302
    assert not Customer.objects.filter(phone="+393339998887").exists()


def test_somebody_elses_file_is_not_there(desk: Desk, rossi: Shop, log_in: Login) -> None:
    address = bring(desk, GOOD).headers["Location"]
    other = StaffUser.objects.create_user("altra@rossi.example", "una password lunga", role="manager")
    second = Desk(SERVER_NAME="rossi.example")
    second.shop = rossi
    log_in(second, other, rossi)
    assert second.get(address).status_code == 302
    second.post(address, {"do": "write"})
    assert not Customer.objects.filter(phone="+393339998887").exists()
    assert second.get(f"{address}stato/").headers["HX-Refresh"] == "true"
    assert (
        second.get(reverse("admin:import_file", args=["x" * 300], urlconf="aros.urls_shop")).status_code
        == 302
    )


def test_a_long_file_tells_how_far_it_is(desk: Desk) -> None:
    lines = "".join(f"Cognome{n};33300{n:05d}\n" for n in range(keeping.AT_ONCE + 1))
    address = bring(desk, f"Cognome;Cellulare\n{lines}").headers["Location"]
    assert "Sto controllando il file" in text(desk.get(address))
    polled = desk.get(f"{address}stato/")
    assert "Sto controllando" in text(polled)
    assert desk.get(f"{address}stato/", headers={"If-None-Match": polled.headers["ETag"]}).status_code == 304
    token = address.rstrip("/").rpartition("/")[2]
    keeping.work_as(
        token=token, staff_id=str(StaffUser.objects.get(email="anna@rossi.example").pk), writes=False
    )
    assert desk.get(f"{address}stato/").headers["HX-Refresh"] == "true"
    assert f"<b>{keeping.AT_ONCE + 1}</b>" in text(desk.get(address))
