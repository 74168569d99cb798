"""The commands: they do it, and say in a sentence what cannot be done."""

import zipfile
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from receptionist.models import Erasure
from receptionist.rights import search
from scheduling.models import Customer
from shops.context import in_shop
from shops.models import Shop
from shops.staff.models import StaffUser
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
