"""whatsapp_templates, whatsapp_check and rotate_keys, as an operator runs them."""

import io
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from sandbox.meta import Meta
from shops.context import in_shop
from shops.models import Shop, WhatsAppNumber
from tests.database import as_owner
from tests.whatsapp import sending_kit as kit
from whatsapp.models import MessageTemplate
from whatsapp.templates import DEFINITIONS

Run = Callable[..., str]
NAMES = sorted(each.name for each in DEFINITIONS)


@pytest.fixture
def meta(settings: Any) -> Iterator[Meta]:
    settings.PUBLIC_URL = "https://aros.example.it"
    settings.WHATSAPP_APP_SECRETS = ["the app secret of the tests"]
    settings.WHATSAPP_VERIFY_TOKEN = "the verify token"
    with kit.meta(settings) as running:
        yield running


@pytest.fixture
def rossi(transactional_db: None, meta: Meta) -> Iterator[Shop]:
    """The first shop with its number; the test runs with the owner's login, as manage.py does."""
    with as_owner():
        shop = Shop.objects.get(slug="officina-rossi")
        kit.number(shop)
        yield shop


@pytest.fixture
def run(rossi: Shop) -> Run:
    def run(name: str, *arguments: str) -> str:
        output = io.StringIO()
        try:
            call_command(name, *arguments, stdout=output)
        except CommandError as error:
            raise CommandError(f"{output.getvalue()}\n{error}") from error
        return output.getvalue()

    return run


def kept(shop: Shop) -> dict[str, str]:
    with in_shop(shop):
        return dict(MessageTemplate.objects.order_by("name").values_list("name", "status"))


def posts(meta: Meta) -> int:
    return len(meta.world.templates.get("waba-rossi", []))


# --- whatsapp_templates -------------------------------------------------------------------------------------


def test_templates_are_created_and_their_state_is_kept(run: Run, rossi: Shop, meta: Meta) -> None:
    said = run("whatsapp_templates", "--shop", "officina-rossi")

    assert sorted(each["name"] for each in meta.world.templates["waba-rossi"]) == NAMES
    assert kept(rossi) == dict.fromkeys(NAMES, "approved")
    assert said.count("creato") == len(NAMES)
    with in_shop(rossi):
        row = MessageTemplate.objects.get(name="aros_conferma")
        assert row.meta_id
        assert "Gentile cliente" in row.body


def test_what_is_there_already_is_not_sent_again(run: Run, rossi: Shop, meta: Meta) -> None:
    run("whatsapp_templates", "--shop", "officina-rossi")
    before = [dict(each) for each in meta.world.templates["waba-rossi"]]
    said = run("whatsapp_templates", "--shop", "officina-rossi")
    assert said.count("era già a posto") == len(NAMES)
    assert meta.world.templates["waba-rossi"] == before


def test_a_template_that_differs_is_updated(run: Run, rossi: Shop, meta: Meta) -> None:
    run("whatsapp_templates", "--shop", "officina-rossi")
    there = next(each for each in meta.world.templates["waba-rossi"] if each["name"] == "aros_conferma")
    body = next(each for each in there["components"] if each["type"] == "BODY")
    right, body["text"] = body["text"], "Tutt'altro {{1}} {{2}} {{3}} {{4}} {{5}} ciao"

    said = run("whatsapp_templates", "--shop", "officina-rossi")

    assert said.count("aggiornato") == 1
    assert next(each for each in there["components"] if each["type"] == "BODY")["text"] == right


def test_metas_verdict_is_read(run: Run, rossi: Shop, meta: Meta) -> None:
    meta.set_faults(pending=True)
    run("whatsapp_templates", "--shop", "officina-rossi")
    assert set(kept(rossi).values()) == {"pending"}
    meta.world.templates["waba-rossi"][0]["status"] = "REJECTED"
    meta.world.templates["waba-rossi"][1]["status"] = "APPROVED"

    with pytest.raises(CommandError, match="da rivedere"):
        run("whatsapp_templates", "--shop", "officina-rossi")
    assert {"rejected", "approved", "pending"} == set(kept(rossi).values())


def test_a_dry_run_changes_nothing(run: Run, rossi: Shop, meta: Meta) -> None:
    said = run("whatsapp_templates", "--shop", "officina-rossi", "--dry-run")
    assert said.count("da creare") == len(NAMES)
    assert posts(meta) == 0
    assert kept(rossi) == {}


def test_all_takes_the_shops_that_have_whatsapp(run: Run, rossi: Shop, meta: Meta) -> None:
    said = run("whatsapp_templates", "--all")
    assert "Officina Rossi" in said
    assert "Bianchi" not in said


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"waba_id": ""}, "--waba"),
        ({"access_token": ""}, "WHATSAPP_TOKEN"),
        ({"access_token": "another"}, "il token non vale"),
    ],
    ids=["no account", "no token", "dead token"],
)
def test_what_is_missing_is_one_sentence(
    run: Run, rossi: Shop, change: dict[str, str], sentence: str
) -> None:
    WhatsAppNumber.objects.filter(shop=rossi).update(**change)
    with pytest.raises(CommandError, match=sentence):
        run("whatsapp_templates", "--shop", "officina-rossi")


@pytest.mark.parametrize("shop", ["nessuna-officina", "carrozzeria-bianchi"])
def test_a_wrong_shop_is_one_sentence(run: Run, shop: str) -> None:
    with pytest.raises(CommandError, match=r"Non c'è nessuna officina|non ha un numero WhatsApp"):
        run("whatsapp_templates", "--shop", shop)


# --- whatsapp_check -----------------------------------------------------------------------------------------


def lines(said: str, mark: str) -> list[str]:
    return [line for line in said.splitlines() if line.startswith(mark)]


def test_all_is_well(run: Run, rossi: Shop, meta: Meta) -> None:
    run("whatsapp_templates", "--shop", "officina-rossi")
    said = run("whatsapp_check")
    assert "Tutto è come dovrebbe essere." in said
    assert not lines(said, "NO")
    assert len(lines(said, "OK")) == 3 + 6 + len(NAMES)
    assert "token-wa-rossi" not in said


def problem(run: Run) -> str:
    with pytest.raises(CommandError) as refused:
        run("whatsapp_check", "--shop", "officina-rossi")
    said = "\n".join(lines(str(refused.value), "NO"))
    assert "token-wa-rossi" not in said
    return said


def test_missing_templates_are_named(run: Run, rossi: Shop) -> None:
    said = problem(run)
    assert all(name in said for name in NAMES)
    assert "manage.py whatsapp_templates --shop officina-rossi" in said


def test_an_app_that_is_not_subscribed(run: Run, rossi: Shop, meta: Meta) -> None:
    meta.world.line("wa-rossi").subscribed = False
    assert "nessuna app iscritta" in problem(run)


def test_settings_that_are_missing(run: Run, rossi: Shop, settings: Any) -> None:
    settings.PUBLIC_URL, settings.WHATSAPP_APP_SECRETS, settings.WHATSAPP_VERIFY_TOKEN = "http://x", [], ""
    said = problem(run)
    assert all(name in said for name in ("PUBLIC_URL", "WHATSAPP_APP_SECRET", "WHATSAPP_VERIFY_TOKEN")), said


def test_a_dead_token(run: Run, rossi: Shop) -> None:
    WhatsAppNumber.objects.filter(shop=rossi).update(access_token="another")
    said = problem(run)
    assert "il token non vale" in said
    assert said.count("set_line") == 1


def test_a_stopped_number(run: Run, rossi: Shop) -> None:
    stopped = {"stopped_at": timezone.now(), "stopped_code": 190, "stopped_reason": "Il token è scaduto."}
    WhatsAppNumber.objects.filter(shop=rossi).update(**stopped)
    assert "Il token è scaduto. (190)" in problem(run)


def test_another_number_than_ours(run: Run, rossi: Shop) -> None:
    WhatsAppNumber.objects.filter(shop=rossi).update(number="+390200000001")
    assert "+39 0212345678" in problem(run)


def test_a_token_that_cannot_be_read(run: Run, rossi: Shop, settings: Any) -> None:
    settings.FIELD_ENCRYPTION_KEYS = ["b3RoZXIta2V5LW9ubHktZm9yLXRlc3RzLTEyMzQ1Njc="]
    assert "non si legge" in problem(run)


def test_nobody_answers(run: Run, rossi: Shop, settings: Any) -> None:
    settings.WHATSAPP_API_URL = "http://127.0.0.1:1"
    assert "Meta non risponde" in problem(run)


def test_a_shop_without_whatsapp(run: Run, rossi: Shop) -> None:
    with pytest.raises(CommandError, match="set_line --shop carrozzeria-bianchi"):
        run("whatsapp_check", "--shop", "carrozzeria-bianchi")
