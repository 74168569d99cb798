"""The operators' commands: what they say, and that a refusal is one sentence and an exit code."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, ManagementUtility, call_command

from shops.context import in_shop
from shops.models import PhoneLine, Shop, WhatsAppNumber
from shops.refusals import Refused
from shops.staff.models import StaffUser
from tests import database

ROOT = Path(__file__).resolve().parents[2]
CREATE = {
    "name": "Gomme Verdi",
    "domain": "verdi.example",
    "phone": "02 1122334",
    "tier": "professional",
    "manager_email": "vera@verdi.example",
}


def run(name: str, /, **options: Any) -> str:
    """What the command says on standard output."""
    output = io.StringIO()
    call_command(name, stdout=output, **options)
    return output.getvalue()


@pytest.fixture(autouse=True)
def no_secrets_around(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MANAGER_PASSWORD", "OPERATOR_PASSWORD", "WHATSAPP_TOKEN"):
        monkeypatch.delenv(name, raising=False)


# --- create_shop ----------------------------------------------------------------------------------------------


def test_create_shop_shows_a_password_it_made_up(as_owner: None) -> None:
    said = run("create_shop", **CREATE)
    assert "http://verdi.example:8000/admin/" in said
    password = said.rpartition("password ")[2].strip()
    with in_shop(Shop.objects.get(slug="gomme-verdi")):
        assert StaffUser.objects.get().check_password(password)


def test_create_shop_keeps_a_given_password_to_itself(
    as_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MANAGER_PASSWORD", "una password tutta sua")
    said = run("create_shop", **CREATE)
    assert "una password" not in said
    with in_shop(Shop.objects.get(slug="gomme-verdi")):
        assert StaffUser.objects.get().check_password("una password tutta sua")


def test_create_shop_if_missing(as_owner: None) -> None:
    wish = CREATE | {"name": "Officina Rossi", "domain": "rossi.example"}
    with pytest.raises(CommandError, match="C'è già"):
        run("create_shop", **wish)
    before = Shop.objects.count()
    assert "C'è già" in run("create_shop", **wish, if_missing=True)
    assert Shop.objects.count() == before


# --- create_operator ------------------------------------------------------------------------------------------


def test_create_operator_and_again(as_owner: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPERATOR_PASSWORD", "la prima password")
    assert "la prima" not in run("create_operator", email="Op@Aros.example")
    monkeypatch.setenv("OPERATOR_PASSWORD", "la seconda password")
    assert "C'è già" in run("create_operator", email="op@AROS.example")
    operator = StaffUser.objects.get(email="op@aros.example")
    assert operator.role == StaffUser.Role.ADMIN
    assert operator.check_password("la prima password")
    run("create_operator", email="op@aros.example", reset_password=True)
    operator.refresh_from_db()
    assert operator.check_password("la seconda password")


def test_create_operator_does_not_let_in_who_was_shut_out(as_owner: None) -> None:
    run("create_operator", email="op@aros.example")
    StaffUser.objects.update(is_active=False)
    with pytest.raises(CommandError, match="disattivato"):
        run("create_operator", email="op@aros.example")
    assert "password" in run("create_operator", email="op@aros.example", reset_password=True)
    assert StaffUser.objects.get().is_active


@pytest.mark.parametrize(
    ("email", "password"), [("nonsense", "una password lunga"), ("op@aros.example", "corta")]
)
def test_create_operator_refuses(
    email: str, password: str, as_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPERATOR_PASSWORD", password)
    with pytest.raises(CommandError):
        run("create_operator", email=email)
    assert not StaffUser.objects.exists()


# --- set_line -------------------------------------------------------------------------------------------------


def test_set_line_attaches_and_moves(as_owner: None, bianchi: Shop) -> None:
    line = {"vapi": "line-9", "number": "02 998877"}
    assert "risponde ora per officina-rossi" in run("set_line", shop="officina-rossi", **line)
    assert "rispondeva già" in run("set_line", shop="officina-rossi", **line)
    assert "risponde ora per carrozzeria-bianchi" in run("set_line", shop="carrozzeria-bianchi", **line)
    assert PhoneLine.objects.get(phone_number_id="line-9").shop == bianchi


def test_set_line_of_whatsapp(as_owner: None, monkeypatch: pytest.MonkeyPatch) -> None:
    said = run("set_line", shop="officina-rossi", whatsapp="wa-9", waba="55", number="333 1234567")
    assert "Manca il token" in said
    monkeypatch.setenv("WHATSAPP_TOKEN", "geheim")
    said = run("set_line", shop="officina-rossi", whatsapp="wa-9")
    assert "Manca" not in said
    assert "geheim" not in said
    assert WhatsAppNumber.objects.get().access_token == "geheim"


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shop": "nessuna", "vapi": "x", "number": "02 998877"}, "list_shops"),
        ({"shop": "officina-rossi", "vapi": "x"}, "--number"),
        ({"shop": "officina-rossi", "vapi": "x", "number": "02 998877", "waba": "5"}, "--waba"),
        ({"shop": "officina-rossi", "vapi": "x", "number": "+390287654321"}, "line-bianchi"),
        ({"shop": "officina-rossi", "vapi": "x", "number": "pronto"}, "numero di telefono"),
    ],
)
def test_set_line_refuses(options: dict[str, str], sentence: str, as_owner: None) -> None:
    with pytest.raises(CommandError, match=sentence):
        run("set_line", **options)
    assert PhoneLine.objects.count() == 2


# --- list, suspend, resume, delete ----------------------------------------------------------------------------


def test_list_shops(as_owner: None) -> None:
    table = run("list_shops")
    assert "officina-rossi" in table
    assert "+390212345678 (line-rossi)" in table
    rows = json.loads(run("list_shops", json=True))
    assert [row["slug"] for row in rows] == ["carrozzeria-bianchi", "officina-rossi"]
    assert rows[1]["domains"] == ["rossi.example"]


def test_list_shops_without_any(as_owner: None) -> None:
    for shop in Shop.objects.all():
        shop.delete()
    assert "create_shop" in run("list_shops")
    assert json.loads(run("list_shops", json=True)) == []


def test_list_shops_asks_no_more_for_more_shops(as_owner: None, django_assert_max_num_queries: Any) -> None:
    with django_assert_max_num_queries(4):
        run("list_shops")


def test_suspend_and_resume(as_owner: None, rossi: Shop) -> None:
    assert "ora sospesa" in run("suspend_shop", shop=rossi.slug)
    assert "già sospesa" in run("suspend_shop", shop=rossi.slug)
    assert Shop.objects.get(pk=rossi.pk).is_suspended
    assert "di nuovo attiva" in run("resume_shop", shop=rossi.slug)
    assert "già attiva" in run("resume_shop", shop=rossi.slug)
    with pytest.raises(CommandError, match="list_shops"):
        run("suspend_shop", shop="nessuna")


@pytest.mark.parametrize("typed", ["", "gomme verdi", "gomme-verdi"])
def test_delete_shop_wants_the_name(
    typed: str, as_owner: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run("create_shop", **CREATE)
    monkeypatch.setattr("builtins.input", lambda _question: typed)
    for options in ({}, {"confirm": typed}):
        with pytest.raises(CommandError, match="niente è stato cancellato"):
            run("delete_shop", shop="gomme-verdi", dump_to=tmp_path, **options)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("error", [EOFError, KeyboardInterrupt])
def test_delete_shop_without_an_answer(
    error: type[BaseException], as_owner: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_answer(_question: str) -> str:
        raise error

    monkeypatch.setattr("builtins.input", no_answer)
    with pytest.raises(CommandError, match="--confirm"):
        run("delete_shop", shop="officina-rossi")


@pytest.mark.parametrize("asked", [True, False])
def test_delete_shop(asked: bool, as_owner: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run("create_shop", **CREATE)
    monkeypatch.setattr("builtins.input", lambda _question: " Gomme Verdi ")
    said = run("delete_shop", shop="gomme-verdi", dump_to=tmp_path, confirm=None if asked else "Gomme Verdi")
    dump = next(tmp_path.glob("gomme-verdi-*.sql"))
    assert str(dump) in said
    assert not Shop.objects.filter(slug="gomme-verdi").exists()


# --- as an operator types them --------------------------------------------------------------------------------

NOWHERE = "postgres://aros_owner:x@127.0.0.1:9/aros"
MIGRATE = ["migrate", "--skip-checks"]
MISTAKES = {
    "refused": (["suspend_shop", "--shop", "nessuna"], "owner", "Non c'è nessuna officina"),
    "nobody answers": (["list_shops"], "nowhere", "non risponde (127.0.0.1:9): Connection refused"),
    "nobody answers, migrating": (MIGRATE, "nowhere", "non risponde (127.0.0.1:9)"),
    "not the owner": (["suspend_shop", "--shop", "officina-rossi"], "app", "non ha i diritti che servono"),
    "wrong password": (["list_shops"], "wrong", "password authentication failed"),
    "no such database": (["list_shops"], "missing", "does not exist"),
    "never migrated": (["list_shops"], "empty", "eseguire prima manage.py migrate"),
}


def type_in(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> tuple[int, str, str]:
    """Run manage.py's command in this process: exit code, standard output, standard error."""
    code = 0
    try:
        ManagementUtility(["manage.py", *arguments]).execute()
    except SystemExit as end:
        code = int(end.code or 0)
    said = capsys.readouterr()
    return code, said.out, said.err


def address(whose: str) -> str:
    owner = os.environ["DATABASE_OWNER_URL"]
    server = owner.rpartition("/")[0]
    password = owner.partition("aros_owner:")[2].partition("@")[0]
    return {
        "owner": owner,
        "app": os.environ["DATABASE_URL"],
        "nowhere": NOWHERE,
        "wrong": owner.replace(password, "wrong"),
        "missing": f"{server}/missing",
        "empty": f"{server}/postgres",
    }[whose]


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_one_sentence_and_an_exit_code(
    mistake: str, as_owner: None, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments, whose, sentence = MISTAKES[mistake]
    database._login(address(whose), as_owner=True)
    code, out, err = type_in(arguments, capsys)
    assert (code, out) == (1, "")
    assert sentence in err
    assert len(err.strip().splitlines()) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["suspend_shop", "--shop", "offi\udce8na"],
        ["retention", "--shop", "offi\udce8na"],
        ["find_person", "--shop", "officina-rossi", "Niccol\udcf2"],
    ],
    ids=["shop", "retention", "person"],
)
def test_bytes_that_are_no_utf_8_are_told_in_a_sentence(
    arguments: list[str], as_owner: None, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = type_in(arguments, capsys)
    assert (code, out) == (1, "")
    assert "non è testo in UTF-8" in err
    assert len(err.strip().splitlines()) == 1


def test_the_traceback_is_there_for_who_asks(as_owner: None) -> None:
    with pytest.raises(CommandError) as refused:
        ManagementUtility(["manage.py", "suspend_shop", "--shop", "nessuna", "--traceback"]).execute()
    assert isinstance(refused.value.__cause__, Refused)


def test_wrong_options_are_told_by_their_name(as_owner: None, capsys: pytest.CaptureFixture[str]) -> None:
    code, _out, err = type_in(["set_line", "--shop", "officina-rossi"], capsys)
    assert code == 2
    assert "--vapi" in err
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("environment", "name"),
    [
        ({"DATABASE_OWNER_URL": ""}, "DATABASE_OWNER_URL"),
        ({"DATABASE_OWNER_URL": "", "AROS_ENV": "production"}, "DATABASE_OWNER_URL"),
        ({"DATABASE_OWNER_URL": "nonsense"}, "DATABASE_OWNER_URL"),
        ({"AROS_ENV": "staging"}, "AROS_ENV"),
    ],
)
def test_a_setting_that_is_missing_or_wrong_is_named(environment: dict[str, str], name: str) -> None:
    done = manage("list_shops", **environment)
    assert done.returncode == 1
    assert name in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_it_works_as_typed(transactional_db: None) -> None:
    done = manage("list_shops")
    assert done.returncode == 0, done.stderr
    assert "officina-rossi" in done.stdout


def manage(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run manage.py as a process of its own; an empty value takes the variable away."""
    known = os.environ | environment
    known.pop("AROS_DATABASE_AS", None)
    clean = {name: value for name, value in known.items() if value}
    command = [sys.executable, "manage.py", *arguments]
    return subprocess.run(command, cwd=ROOT, env=clean, capture_output=True, text=True, check=False)
