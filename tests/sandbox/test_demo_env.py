"""demo.env: made once, kept, readable by a shell and by nobody else."""

import subprocess
from pathlib import Path

import pytest

from sandbox import demo_env, ground

ADDRESSES = ground.addresses(8000)
NAMED_IN_THE_MANUAL = {
    "VAPI_WEBHOOK_SECRET",
    "WHATSAPP_APP_SECRET",
    "WHATSAPP_VERIFY_TOKEN",
    "OPERATOR_EMAIL",
    "OPERATOR_PASSWORD",
    "ROSSI_MANAGER_EMAIL",
    "ROSSI_MANAGER_PASSWORD",
    "BIANCHI_MANAGER_EMAIL",
    "BIANCHI_MANAGER_PASSWORD",
    "SECRET_KEY",
    "FIELD_ENCRYPTION_KEYS",
    "PLATFORM_URL",
    "WHATSAPP_TOKEN_ROSSI",
    "WHATSAPP_TOKEN_BIANCHI",
    "WHATSAPP_API_URL",
    "PHONE_URL",
}


def test_it_is_made_with_everything_an_outside_client_needs(data: Path) -> None:
    values = demo_env.ensure(data, ADDRESSES)

    assert values.keys() >= NAMED_IN_THE_MANUAL
    assert all(values.values())
    assert demo_env.read(data) == values
    assert demo_env.path_of(data).stat().st_mode & 0o777 == 0o600


def test_secrets_are_kept_and_addresses_follow_the_port(data: Path) -> None:
    first = demo_env.ensure(data, ADDRESSES)

    second = demo_env.ensure(data, ground.addresses(8001))

    changed = {name for name in first if first[name] != second[name]}
    assert changed == set(ADDRESSES)
    assert second["ROSSI_URL"] == "http://officina-rossi.localhost:8001"
    assert (second["PHONE_URL"], second["WHATSAPP_API_URL"]) == (
        "http://localhost:8002",
        "http://127.0.0.1:8002",
    )


def test_two_sandboxes_share_no_secret(data: Path, tmp_path: Path) -> None:
    one, other = demo_env.ensure(data, ADDRESSES), demo_env.ensure(tmp_path, ADDRESSES)

    same = {name for name in one if one[name] == other[name]}
    assert same == {*ADDRESSES, "AROS_ENV", *(name for name in one if name.endswith("_EMAIL"))}


def test_lines_that_somebody_added_stay(data: Path) -> None:
    demo_env.ensure(data, ADDRESSES)
    with demo_env.path_of(data).open("a", encoding="utf-8") as file:
        file.write("# mine\nexport OPENAI_API_KEY='sk-prova'\n")

    values = demo_env.ensure(data, ground.addresses(8001))

    assert values["OPENAI_API_KEY"] == "sk-prova"
    assert demo_env.read(data)["OPENAI_API_KEY"] == "sk-prova"


def test_a_secret_that_is_missing_is_added_and_the_others_stay(data: Path) -> None:
    first = demo_env.ensure(data, ADDRESSES)
    path = demo_env.path_of(data)
    path.write_text(
        "".join(line for line in path.open() if "WHATSAPP_APP_SECRET" not in line), encoding="utf-8"
    )

    second = demo_env.ensure(data, ADDRESSES)

    assert second["WHATSAPP_APP_SECRET"]
    assert {name for name in first if first[name] != second[name]} == {"WHATSAPP_APP_SECRET"}


def test_the_first_time_a_secret_of_the_environment_is_taken(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("VAPI_WEBHOOK_SECRET", "the-one-vapi-knows")
    first = demo_env.ensure(data, ADDRESSES)
    monkeypatch.setenv("VAPI_WEBHOOK_SECRET", "another-one")

    second = demo_env.ensure(data, ADDRESSES)

    assert first["VAPI_WEBHOOK_SECRET"] == second["VAPI_WEBHOOK_SECRET"] == "the-one-vapi-knows"


def test_a_shell_reads_the_same_values(data: Path) -> None:
    values = demo_env.ensure(data, ADDRESSES)
    script = f'. {demo_env.path_of(data)}; printf %s "$VAPI_WEBHOOK_SECRET|$FIELD_ENCRYPTION_KEYS|$ROSSI_URL"'

    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout

    assert said == "|".join(
        values[name] for name in ("VAPI_WEBHOOK_SECRET", "FIELD_ENCRYPTION_KEYS", "ROSSI_URL")
    )
