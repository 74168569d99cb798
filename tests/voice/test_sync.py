"""vapi_sync and vapi_check against recorded-style answers of Vapi's API."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
import responses
from django.core.checks import run_checks
from django.core.management import CommandError, call_command

from receptionist.models import AIConfig
from shops.context import in_shop
from shops.models import PhoneLine, Shop
from tests.database import as_owner
from tests.voice.conftest import SECRET

FOLDER = Path(__file__).resolve().parent.parent / "payloads" / "vapi_api"
API = "https://api.vapi.ai"
IMPORTED = "7d3f2a51-9a4e-4f0e-9a51-3b4f3c0d7e22"
SERVER = {
    "url": "https://voice.example.it/api/vapi/webhook",
    "timeoutSeconds": 20,
    "headers": {"X-Vapi-Secret": SECRET},
}
Run = Callable[..., str]


def payload(name: str, **changes: Any) -> dict[str, Any]:
    """A recorded-style answer, with changes."""
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return {**found, **changes}


@pytest.fixture(autouse=True)
def configured(settings: Any) -> None:
    settings.PUBLIC_URL = "https://voice.example.it"
    settings.VAPI_API_KEY = "private-key-of-the-tests"


@pytest.fixture
def rossi(transactional_db: None) -> Iterator[Shop]:
    """The first shop with a transfer number; the test runs with the owner's login, as manage.py does."""
    with as_owner():
        shop = Shop.objects.get(slug="officina-rossi")
        with in_shop(shop):
            AIConfig.objects.update(transfer_number="+393480000001")
        yield shop


@pytest.fixture
def vapi() -> Iterator[responses.RequestsMock]:
    """Vapi's API; what is not declared is an error."""
    with responses.RequestsMock() as mock:
        yield mock


@pytest.fixture
def run(rossi: Shop, capsys: Any) -> Run:
    """Run a command; returns what it printed. No secret is ever printed."""

    def run(command: str, **options: Any) -> str:
        try:
            call_command(command, **{"shop": "officina-rossi", **options})
        finally:
            printed = str(capsys.readouterr().out)
            assert SECRET not in printed
            assert "private-key" not in printed
            run.printed = printed  # type: ignore[attr-defined]
        return printed

    return run


def sent(vapi: responses.RequestsMock, method: str) -> dict[str, Any]:
    """The body of the one request of a method, which carried the key."""
    (found,) = [call.request for call in vapi.calls if call.request.method == method]
    assert found.headers["Authorization"] == "Bearer private-key-of-the-tests"
    body: dict[str, Any] = json.loads(found.body or "null")
    return body


# --- vapi_sync ------------------------------------------------------------------------------------------------------


def test_in_order_is_left_alone(run: Run, vapi: responses.RequestsMock) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order"))
    assert run("vapi_sync") == "+390212345678 presso Vapi è line-rossi: era già a posto.\n"


def test_what_differs_is_patched(run: Run, vapi: responses.RequestsMock) -> None:
    wrong = payload("phone-number__in_order", assistantId="fixed", server={"url": "https://old.example"})
    vapi.get(f"{API}/phone-number/line-rossi", json=wrong)
    vapi.patch(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order"))
    assert (
        run("vapi_sync")
        == "+390212345678 presso Vapi è line-rossi: aggiornato (server, prova, assistantId).\n"
    )
    assert sent(vapi, "PATCH") == {
        "name": "Officina Rossi",
        "server": SERVER,
        "fallbackDestination": {"type": "number", "number": "+393480000001"},
        "assistantId": None,
    }


def test_a_number_that_was_imported_by_hand_is_found_by_its_number(
    run: Run, vapi: responses.RequestsMock
) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("error__not_found"), status=404)
    vapi.get(f"{API}/phone-number", json=[payload("phone-number__as_imported")])
    vapi.patch(f"{API}/phone-number/{IMPORTED}", json=payload("phone-number__in_order"))
    assert f"+390212345678 presso Vapi è {IMPORTED}: aggiornato" in run("vapi_sync")
    line = PhoneLine.objects.get(number="+390212345678")
    assert (line.phone_number_id, line.shop.slug) == (IMPORTED, "officina-rossi")


def test_all_pages_are_searched(run: Run, vapi: responses.RequestsMock) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("error__not_found"), status=404)
    others = [
        payload(
            "phone-number__as_imported", number=f"+3906{n:07}", createdAt=f"2026-11-01T10:00:{n % 60:02}.000Z"
        )
        for n in range(100)
    ]
    vapi.get(f"{API}/phone-number", json=others)
    vapi.get(f"{API}/phone-number", json=[payload("phone-number__as_imported")])
    vapi.patch(f"{API}/phone-number/{IMPORTED}", json={})
    run("vapi_sync")
    pages = [
        call.request.params for call in vapi.calls if call.request.url.startswith(f"{API}/phone-number?")
    ]
    assert pages == [{"limit": "100"}, {"limit": "100", "createdAtLt": "2026-11-01T10:00:00.000Z"}]


@pytest.mark.parametrize(
    ("provider", "origin"),
    [
        ("twilio", {"provider": "twilio", "twilioAccountSid": "AC1", "twilioAuthToken": "token-1"}),
        ("byo-phone-number", {"provider": "byo-phone-number", "credentialId": "trunk-1"}),
    ],
)
def test_a_missing_number_is_created(
    run: Run, vapi: responses.RequestsMock, settings: Any, provider: str, origin: dict[str, str]
) -> None:
    settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.VAPI_SIP_CREDENTIAL_ID = (
        "AC1",
        "token-1",
        "trunk-1",
    )
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("error__not_found"), status=404)
    vapi.get(f"{API}/phone-number", json=[])
    vapi.post(f"{API}/phone-number", json={"id": "made-anew", "number": "+390212345678"}, status=201)
    printed = run("vapi_sync", provider=provider, fallback="348 0000009")
    assert printed == "+390212345678 presso Vapi è made-anew: creato.\n"
    assert "token-1" not in printed
    assert sent(vapi, "POST") == {
        **origin,
        "number": "+390212345678",
        "name": "Officina Rossi",
        "server": SERVER,
        "fallbackDestination": {"type": "number", "number": "+393480000009"},
    }
    assert PhoneLine.objects.get(number="+390212345678").phone_number_id == "made-anew"


def test_a_further_number_becomes_a_line(run: Run, vapi: responses.RequestsMock, rossi: Shop) -> None:
    other = payload("phone-number__in_order", id="line-two", number="+390299999999")
    vapi.get(f"{API}/phone-number", json=[other])
    assert (
        run("vapi_sync", number="02 9999 9999") == "+390299999999 presso Vapi è line-two: era già a posto.\n"
    )
    assert rossi.phone_lines.count() == 2


def test_a_credential_at_vapi_in_place_of_a_header(
    run: Run, vapi: responses.RequestsMock, settings: Any
) -> None:
    settings.VAPI_CREDENTIAL_ID = "cred-1"
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order"))
    vapi.patch(f"{API}/phone-number/line-rossi", json={})
    assert "aggiornato (prova)" in run("vapi_sync")
    expected = {"url": SERVER["url"], "timeoutSeconds": 20, "credentialId": "cred-1"}
    assert sent(vapi, "PATCH")["server"] == expected


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"VAPI_API_KEY": ""}, "Impostare VAPI_API_KEY: la chiave privata"),
        ({"VAPI_WEBHOOK_SECRETS": []}, "Impostare VAPI_WEBHOOK_SECRETS: senza un segreto"),
        ({"VAPI_AUTH": ["hmac"]}, "Impostare VAPI_CREDENTIAL_ID, la credenziale presso Vapi"),
        (
            {"PUBLIC_URL": "http://localhost:8000"},
            "Impostare PUBLIC_URL: un indirizzo https che Vapi raggiunge",
        ),
    ],
    ids=str,
)
@pytest.mark.parametrize("command", ["vapi_sync", "vapi_check"])
def test_a_missing_setting_is_named(
    run: Run, settings: Any, command: str, changes: dict[str, Any], sentence: str
) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    with pytest.raises(CommandError, match=f"^{sentence}"):
        run(command)


def test_check_deploy_names_each_missing_setting_once(settings: Any) -> None:
    settings.VAPI_API_KEY, settings.VAPI_WEBHOOK_SECRETS = "", []
    told = [each for each in run_checks(include_deployment_checks=True) if each.msg.startswith("VAPI_")]
    assert [(each.id, each.msg.split()[0]) for each in told] == [
        ("voice.W001", "VAPI_WEBHOOK_SECRETS"),
        ("voice.W004", "VAPI_API_KEY"),
    ]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"shop": "nobody"}, "Non c'è nessuna officina «nobody»"),
        ({"fallback": "12"}, "«12» non è un numero di telefono"),
        ({"fallback": "02 1234 5678"}, r"\+390212345678 è il numero deviato dell'officina"),
        ({"number": "hello"}, "«hello» non è un numero di telefono"),
    ],
    ids=str,
)
def test_what_could_not_work_is_refused(run: Run, options: dict[str, str], sentence: str) -> None:
    with pytest.raises(CommandError, match=f"^{sentence}"):
        run("vapi_sync", **options)


def test_a_number_must_ring_when_we_do_not_answer(run: Run, rossi: Shop) -> None:
    with in_shop(rossi):
        AIConfig.objects.update(transfer_number="")
    with pytest.raises(CommandError, match=r"^officina-rossi non ha un numero che squilli .* --fallback"):
        run("vapi_sync")


@pytest.mark.parametrize(
    ("provider", "sentence"),
    [
        ("", r"^Vapi non ha \+390212345678: per crearlo indicare --provider"),
        ("twilio", "^Impostare TWILIO_ACCOUNT_SID e TWILIO_AUTH_TOKEN"),
        ("byo-phone-number", "^Impostare VAPI_SIP_CREDENTIAL_ID"),
    ],
)
def test_creating_needs_to_know_from_where(
    run: Run, vapi: responses.RequestsMock, provider: str, sentence: str
) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("error__not_found"), status=404)
    vapi.get(f"{API}/phone-number", json=[])
    with pytest.raises(CommandError, match=sentence):
        run("vapi_sync", provider=provider)


@pytest.mark.parametrize(
    ("status", "name", "sentence"),
    [
        (401, "error__unauthorized", r"^Vapi risponde con un errore: Invalid Key\."),
        (
            500,
            "error__bad_request",
            r"^Vapi risponde con un errore: fallbackDestination.number must be .*\(status 500\)",
        ),
    ],
)
def test_vapis_own_words_reach_the_operator(
    run: Run, vapi: responses.RequestsMock, status: int, name: str, sentence: str
) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload(name), status=status)
    with pytest.raises(CommandError, match=sentence):
        run("vapi_sync")


@pytest.mark.parametrize("answer", ["<html>", "[1]", '"text"', ""])
def test_answers_that_are_no_number(run: Run, vapi: responses.RequestsMock, answer: str) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", body=answer)
    with pytest.raises(
        CommandError, match=r"^Vapi non risponde come dovrebbe: answered something that is no"
    ):
        run("vapi_sync")


def test_vapi_cannot_be_reached(run: Run, vapi: responses.RequestsMock) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", body=requests.ConnectionError("refused"))
    with pytest.raises(
        CommandError, match=r"^Vapi non risponde come dovrebbe: no answer \(ConnectionError\)$"
    ):
        run("vapi_sync")


# --- vapi_check -----------------------------------------------------------------------------------------------------


def test_everything_in_order(run: Run, vapi: responses.RequestsMock) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order"))
    printed = run("vapi_check")
    assert printed.endswith("Tutto è come dovrebbe essere.\n")
    assert "DIVERSO" not in printed
    assert printed.count("officina-rossi") == 7


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"number": "+390299999999"}, "numero"),
        ({"server": {**SERVER, "url": "https://old.example"}}, "server"),
        ({"server": {"url": SERVER["url"]}}, "prova"),
        ({"server": {**SERVER, "headers": {"x-vapi-secret": "somebody else's"}}}, "prova"),
        ({"server": {**SERVER, "headers": {}, "credentialId": "cred-9"}}, "prova"),
        ({"server": None}, "server"),
        ({"assistantId": "fixed"}, "assistantId"),
        ({"squadId": "fixed"}, "squadId"),
        ({"workflowId": "fixed"}, "workflowId"),
        ({"fallbackDestination": None}, "fallback"),
        ({"fallbackDestination": {"type": "number", "number": "+390212345678"}}, "fallback"),
    ],
    ids=str,
)
def test_a_difference_is_shown_and_fails(
    run: Run, vapi: responses.RequestsMock, changes: dict[str, Any], what: str
) -> None:
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order", **changes))
    with pytest.raises(CommandError, match=r"^Diversi \d di 7: eseguire vapi_sync") as caught:
        run("vapi_check")
    assert caught.value.returncode != 0
    different = [line.split()[2] for line in run.printed.splitlines() if line.endswith("DIVERSO")]  # type: ignore[attr-defined]
    assert what in different


@pytest.mark.parametrize("secret", ["****************", SECRET])
def test_a_secret_that_vapi_hides_counts_as_ours(run: Run, vapi: responses.RequestsMock, secret: str) -> None:
    server = {**SERVER, "headers": {"X-Vapi-Secret": secret}}
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order", server=server))
    assert "Tutto è come dovrebbe essere." in run("vapi_check")


def test_a_secret_that_is_being_rotated_is_named(
    run: Run, vapi: responses.RequestsMock, settings: Any
) -> None:
    settings.VAPI_WEBHOOK_SECRETS = ["the-new-secret-of-the-tests", SECRET]
    vapi.get(f"{API}/phone-number/line-rossi", json=payload("phone-number__in_order"))
    with pytest.raises(CommandError):
        run("vapi_check")
    assert "un segreto da togliere" in run.printed  # type: ignore[attr-defined]


def test_numbers_that_vapi_does_not_have_and_shops_without_a_line(
    run: Run, vapi: responses.RequestsMock, rossi: Shop
) -> None:
    PhoneLine.objects.filter(shop=rossi).delete()
    vapi.get(f"{API}/phone-number/line-bianchi", json=payload("error__not_found"), status=404)
    with pytest.raises(CommandError, match=r"^Diversi 2 di 2"):
        run("vapi_check", shop="")
    assert "non c'è" in run.printed  # type: ignore[attr-defined]
    assert "una linea (vapi_sync)" in run.printed  # type: ignore[attr-defined]
