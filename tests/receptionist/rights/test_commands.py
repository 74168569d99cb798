"""The commands: they do it, and say in a sentence what cannot be done."""

import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.core.management import CommandError, call_command

from receptionist import consenting
from receptionist.models import Erasure
from receptionist.rights import search
from scheduling.models import Consent, Customer, Vehicle
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
from tests import factories
from tests.receptionist.rights import life
from tests.receptionist.rights.life import lived

SHOP = "officina-rossi"


@pytest.fixture(autouse=True)
def quick(settings: Any) -> None:
    settings.BURST_WAIT_SECONDS = 0
    settings.OPENAI_API_KEY = ""


@pytest.fixture
def customer(rossi: Shop, manager: StaffUser) -> Customer:
    with in_shop(rossi):
        return lived(manager)


def run(name: str, *args: str, **options: Any) -> str:
    said = StringIO()
    call_command(name, *args, shop=options.pop("shop", SHOP), stdout=said, **options)
    return said.getvalue()


@pytest.mark.parametrize("spelled", ["+39 347 765 4321", "3477654321", "id"])
def test_a_copy(customer: Customer, tmp_path: Path, spelled: str) -> None:
    target = tmp_path / "dati.zip"
    run("export_customer", customer=str(customer.pk) if spelled == "id" else spelled, to=target)
    assert "dati.json" in zipfile.ZipFile(target).namelist()
    assert target.stat().st_mode & 0o077 == 0  # nobody else's to read
    assert [each.name for each in tmp_path.iterdir() if each.suffix] == ["dati.zip"]


def test_a_file_that_is_there_is_not_overwritten(customer: Customer, tmp_path: Path) -> None:
    target = tmp_path / "dati.zip"
    target.write_text("mine")
    with pytest.raises(CommandError, match="c'è già"):
        run("export_customer", customer=str(customer.pk), to=target)
    assert target.read_text() == "mine"


def test_a_folder_that_is_not_there(customer: Customer, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Non si può scrivere"):
        run("export_customer", customer=str(customer.pk), to=tmp_path / "no" / "dati.zip")


@pytest.mark.parametrize("name", ["export_customer", "erase_customer"])
@pytest.mark.parametrize("who", ["", "nobody", "+393990000000", "00000000-0000-4000-8000-000000000000"])
def test_who_is_not_there_is_said(rossi: Shop, tmp_path: Path, name: str, who: str) -> None:
    more = {"to": tmp_path / "x.zip"} if name == "export_customer" else {"yes": True}
    with pytest.raises(CommandError, match="Nessun cliente trovato"):
        run(name, customer=who, **more)


def test_a_shop_that_is_not_there_is_said(rossi: Shop) -> None:
    with pytest.raises(CommandError, match="nessuna officina"):
        run("find_person", "Mario Rossi", shop="none")


def test_a_rehearsal_changes_nothing(customer: Customer, rossi: Shop) -> None:
    said = run("erase_customer", customer=str(customer.pk), dry_run=True)
    assert "Conversazioni 2" in said
    assert "non è stato cancellato nulla" in said
    with in_shop(rossi):
        assert not Erasure.objects.exists()


def test_no_is_no(customer: Customer, rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("sì\n"))
    with pytest.raises(CommandError, match="Non è stato cancellato nulla"):
        run("erase_customer", customer=str(customer.pk))
    with in_shop(rossi):
        assert not Erasure.objects.exists()


def test_the_word_erases(customer: Customer, rossi: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("Cancella\n"))
    assert "Cancellato." in run("erase_customer", customer=str(customer.pk))
    with in_shop(rossi):
        assert search.look_for(life.TRACES) == []
    with pytest.raises(CommandError, match="già stati cancellati"):
        run("erase_customer", customer=str(customer.pk), yes=True)


def test_it_is_found_and_then_not(customer: Customer, capsys: pytest.CaptureFixture[str]) -> None:
    said = StringIO()
    with pytest.raises(SystemExit) as ended:
        call_command("find_person", *life.TRACES, shop=SHOP, stdout=said)
    assert ended.value.code == 3
    assert "scheduling_customer" in said.getvalue()
    assert life.LAST not in said.getvalue()  # where, not what
    run("erase_customer", customer=str(customer.pk), yes=True)
    assert "0 volte trovato" in run("find_person", *life.TRACES)


def test_too_short_to_tell(rossi: Shop) -> None:
    with pytest.raises(CommandError, match="troppo corto"):
        run("find_person", "ab")


# --- rectify, object ------------------------------------------------------------------------------------------------


def fresh(customer: Customer, rossi: Shop) -> Customer:
    with in_shop(rossi):
        return Customer.objects.get(pk=customer.pk)


def test_what_is_wrong_is_put_right(customer: Customer, rossi: Shop) -> None:
    said = run(
        "rectify_customer",
        customer=life.PHONE,
        last_name=" Quattropani ",
        phone="347 111 22 33",
        email="",
        car="fz 987 kw",
        plate="fz 988 kw",
    )
    assert said == "Corretto: cognome, telefono, email, targa.\n"
    row = fresh(customer, rossi)
    assert (row.first_name, row.last_name) == (life.FIRST, "Quattropani")
    assert (row.phone, row.email, row.language) == ("+393471112233", "", "en")
    with in_shop(rossi):
        assert set(Vehicle.objects.filter(customer=row).values_list("license_plate", flat=True)) == {
            "FZ988KW"
        }
        told = LogEntry.objects.filter(object_pk=str(customer.pk)).latest("timestamp")
        assert "last_name" in told.changes
        assert (told.additional_data or {}) or told.actor is None
    assert "Era già così" in run("rectify_customer", customer=str(customer.pk), last_name="Quattropani")


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Indicare che cosa correggere"),
        ({"plate": "AB123CD"}, "Indicare con --car"),
        ({"phone": "pippo"}, "telefono: Il numero di telefono non è valido"),
        ({"phone": "+393330009999"}, "C'è già un cliente"),
        ({"email": "a@b.example\nBcc: x@y.example"}, "email"),
        ({"first_name": "x" * 81}, "nome"),
        ({"language": "klingon"}, "lingua"),
        ({"first_name": "", "last_name": "", "phone": "", "email": ""}, "Scrivere almeno"),
        ({"car": "ZZ000ZZ", "plate": "AB123CD"}, "Nessun veicolo"),
        ({"car": "FZ987KW", "vin": "corto"}, "telaio"),
        ({"last_name": "Neri", "car": "FZ987KW", "plate": ""}, "targa"),
        ({"last_name": "Neri", "car": "FZ987KW", "plate": "AA111AA"}, "targa"),
    ],
    ids=lambda value: "-".join(value) or "nothing" if isinstance(value, dict) else "",
)
def test_what_cannot_stand_is_said_and_changes_nothing(
    customer: Customer, rossi: Shop, options: dict[str, str], words: str
) -> None:
    with in_shop(rossi):
        factories.vehicle(factories.customer(phone="+393330009999"), license_plate="AA111AA")
    before = fresh(customer, rossi)
    with pytest.raises(CommandError, match=words):
        run("rectify_customer", customer=str(customer.pk), **options)
    row = fresh(customer, rossi)
    assert [row.last_name, row.phone, row.email] == [before.last_name, before.phone, before.email]
    with in_shop(rossi):
        assert Vehicle.objects.filter(license_plate=life.PLATE).exists()


def test_an_objection(customer: Customer, rossi: Shop) -> None:
    assert "Annotato" in run("object_customer", customer="3477654321")
    with in_shop(rossi):
        assert not consenting.agreed([customer.pk], Consent.Purpose.MARKETING)
        assert consenting.standing(customer, Consent.Purpose.MARKETING)
    assert "Era già annotato" in run("object_customer", customer="3477654321")


@pytest.mark.parametrize("name", ["rectify_customer", "object_customer"])
@pytest.mark.parametrize("who", ["", "nobody", "+393990000000", "00000000-0000-4000-8000-000000000000"])
def test_who_is_not_known_is_said(rossi: Shop, name: str, who: str) -> None:
    with pytest.raises(CommandError, match="Nessun cliente trovato"):
        run(name, customer=who, **({"last_name": "Neri"} if name == "rectify_customer" else {}))


def test_nothing_more_is_done_for_who_was_erased(customer: Customer, rossi: Shop) -> None:
    run("erase_customer", customer=str(customer.pk), yes=True)
    for name, options in (("rectify_customer", {"last_name": "Neri"}), ("object_customer", {})):
        with pytest.raises(CommandError, match="sono stati cancellati"):
            run(name, customer=str(customer.pk), **options)
    with in_shop(rossi):
        assert not Consent.objects.exists()
